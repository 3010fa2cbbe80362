package center

import (
	"slices"
	"strings"
	"time"

	"tccc/internal/clip"
	"tccc/wire"
)

func (a *agent) goOnline(*wire.Empty) (any, error) {
	if a.status.Online(time.Now()) {
		a.onlineAt = time.Now()
		a.statusChanged()
	}
	return wire.Empty{}, nil
}

// goOffline takes the agent off line. What rings goes to somebody else.
func (a *agent) goOffline(*wire.Empty) (any, error) {
	a.refuseRinging()
	if a.status.GoOffline(time.Now()) {
		a.statusChanged()
	}
	return wire.Empty{}, nil
}

func (a *agent) setStatus(p *wire.SetStatusParams) (any, error) {
	status, err := wire.ParseStatus(p.Status)
	if err != nil {
		return nil, err
	}
	reason, err := a.breakReason(p.RestReason)
	if err != nil && status == wire.StatusRest {
		return nil, err
	}
	changed, err := a.status.Set(status, reason, time.Now())
	if changed {
		a.statusChanged()
	}
	return wire.Empty{}, err
}

// breakReason finds a reason in the configuration, without regard to case. An
// application that configures none allows any.
func (a *agent) breakReason(reason string) (string, error) {
	reasons := a.tenant.BreakReasons
	if reason == "" || len(reasons) == 0 {
		return clip.To(reason, 40), nil
	}
	i := slices.IndexFunc(reasons, func(r string) bool { return strings.EqualFold(r, reason) })
	if i < 0 {
		return "", wire.ErrInvalidBreakReason.For("restReason", "%q, allowed are %q", clip.Shown(reason, 40), reasons)
	}
	return reasons[i], nil
}
