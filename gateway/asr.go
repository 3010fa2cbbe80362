package gateway

import (
	"context"

	"tccc/gateway/asr"
	"tccc/gateway/center"
	"tccc/wire"
)

func (g *Gateway) openASR(context.Context) error {
	g.asr = asr.New(g.conf.Apps, g.log)
	g.metrics.MustRegister(g.asr)
	return nil
}

// recogniser lets the center have conversations recognised: nil, not a nil
// pointer, if they shall not be.
type recogniser struct{ *asr.Recogniser }

func (r recogniser) Hear(app, session string, hear func(wire.ASR)) center.Listener {
	if c := r.Recogniser.Hear(app, session, hear); c != nil {
		return c
	}
	return nil
}
