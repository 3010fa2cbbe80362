package mix

import "tccc/gateway/codec"

// Narrow is a sink for frames of any codec that hands them on in G.711: what is
// recorded, recognised and mixed is the sound of a telephone. Frames of G.711 go
// through as they are.
func Narrow(s Sink) Sink {
	if s == nil {
		return nil
	}
	return &narrow{sink: s}
}

type narrow struct {
	sink Sink
	t    *transcoder // nil until it is needed
}

// WriteFrame implements Sink.
func (n *narrow) WriteFrame(f *Frame) {
	if f.Codec == Event || !f.Codec.Audible() {
		return
	}
	if f.Codec.g711() {
		n.t = nil
		n.sink.WriteFrame(f)
		return
	}
	if n.t == nil {
		enc := newEncoder(PCMU, 8000, FrameTime)
		n.t = &transcoder{to: PCMU, encoder: func(int) codec.Encoder { return enc }, sink: n.sink}
	}
	n.t.write(f)
}
