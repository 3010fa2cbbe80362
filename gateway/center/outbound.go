package center

import (
	"context"
	"errors"
	"regexp"
	"time"

	"tccc/gateway/mix"
	"tccc/gateway/session"
	"tccc/gateway/sip"
	"tccc/gateway/tenant"
	"tccc/wire"
)

// dialable is what can be dialled with the keys of a telephone.
var dialable = regexp.MustCompile(`^\+?[0-9*#]{3,32}$`)

// startCall calls a telephone number for the agent.
func (a *agent) startCall(p *wire.StartCallParams) (any, error) {
	to, err := wire.ParseNumber(p.PhoneNumber)
	switch {
	case p.PhoneNumber == "":
		return nil, wire.ErrInvalidOptions.For("phoneNumber", "phoneNumber is missing")
	case err != nil:
		return nil, err
	case len(p.UUI) > 1024 || len(p.PhoneDesc) > 256:
		return nil, wire.ErrInvalidOptions.For("uui", "uui may have 1024 bytes, phoneDesc 256")
	case p.PhoneEncodeType != "" && p.PhoneEncodeType != "number":
		return nil, wire.ErrInvalidOptions.For("phoneEncodeType", "only \"number\" is allowed")
	}
	call, err := a.callNumber(p, to, a.seat())
	if err != nil {
		return nil, err
	}
	return wire.CallResponse{
		SessionID: call.ID, CalleeLocation: call.Location, Callee: call.Callee, Caller: call.Caller,
		ServerType: call.ServerType, Remark: call.Remark,
	}, nil
}

// callNumber begins a call to a telephone number, from where the agent talks.
func (a *agent) callNumber(p *wire.StartCallParams, to wire.Number, seat wire.ServerType) (*call, error) {
	if err := a.mayCall(); err != nil {
		return nil, err
	}
	number, err := a.tenant.CallerNumber(p, a.conf)
	if err != nil {
		return nil, err
	}
	s := session.Outbound(NewSessionID(), a.key.app, wire.TypePhone, a.key.user, time.Now())
	s.Trunk, s.Caller, s.Callee, s.Title, s.UUI = number.Trunk, number.Number, to.Digits, p.PhoneDesc, p.UUI
	s.Group, s.Location, s.ServerType = number.SkillGroup, a.tenant.LocationOf(to.Digits), seat
	if p.SkillGroupID != "" {
		s.Group = p.SkillGroupID
	}
	call := &call{Session: s, tenant: a.tenant, number: number, extension: to.Extension, agent: a,
		overflows: map[string]bool{}}
	a.begin(call)
	a.place(call, func() { a.c.dial(call) })
	return call, nil
}

// mayCall reports why the agent cannot call anybody now.
func (a *agent) mayCall() error {
	switch {
	case a.status.Offline():
		return wire.ErrAgentOffline
	case a.c.closed():
		return wire.ErrStopping
	case len(a.c.calls) >= a.c.MaxSessions:
		return wire.ErrOverloaded
	}
	for _, other := range a.calls() {
		if s := other.State(); other.Type == wire.TypeIM {
			continue
		} else if s == session.Dialing || s == session.Ringing {
			return wire.ErrBusyWithCall
		}
	}
	return nil
}

// dial places the call outside the loop.
func (c *Center) dial(call *call) {
	o := sip.Outgoing{
		Trunk: call.Trunk, From: call.Caller, To: call.Callee,
		Headers: map[string]string{"X-Session-ID": call.ID},
	}
	if call.UUI != "" {
		o.Headers["User-to-User"] = call.UUI
	}
	call.ringTimer = c.after(call, call.tenant.DialTimeout, func() {
		if call.State() == session.Dialing {
			c.end(call, wire.CloseAdmin, wire.ReasonNoAnswer, "the called party did not answer")
		}
	})
	c.outside(call, func(ctx context.Context) func() {
		p, err := c.Dial(ctx, o)
		return func() { c.dialled(call, p, err) }
	})
}

func (c *Center) dialled(call *call, p Phone, err error) {
	if err != nil {
		c.Log.Warn("call could not be placed", "trunk", call.Trunk, "err", err)
		c.end(call, wire.CloseAdmin, wire.ReasonUnreachable, reasonText(err))
		return
	}
	call.line = c.newLine(p)
	l := call.line
	c.follow(call, p, func(e sip.Event) { c.lineEvent(call, l, e) })
	if call.State() == session.Ended { // hung up meanwhile
		c.hangupLine(call, call.CloseBy, call.MainReason)
	}
}

func reasonText(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "the trunk did not answer"
	}
	return "the trunk could not be reached"
}

// farRings lets the agent hear the ringing tone.
func (c *Center) farRings(call *call) {
	a := call.agent
	if a == nil || call.State() != session.Dialing || a.active != nil {
		return
	}
	if ear := a.end(call).Leg(); ear != nil {
		a.active = call
		a.tone = c.Engine.Play(ear, c.music[tenant.Ringback], mix.PlayOptions{Loop: true})
	}
}

// farEarlyMedia lets the agent hear what the far side sends before it answers.
func (c *Center) farEarlyMedia(call *call) {
	if a := call.agent; a != nil && call.State() == session.Dialing {
		a.bind(call)
	}
}

func (c *Center) farAnswered(call *call) {
	if call.State() != session.Dialing {
		return
	}
	call.line.answered = true
	stopTimer(&call.ringTimer)
	if call.Answer(time.Now()) != nil {
		return
	}
	if k := call.consult; k != nil && k.blind != nil {
		call.show(wire.EventCalloutAccepted, call.ref())
		_, _ = call.agent.completeTransfer(&wire.SessionParams{SessionID: call.ID})
		return
	}
	call.agent.bind(call)
	call.show(wire.EventCalloutAccepted, call.ref())
	c.saveSession(call)
	if call.extension != "" {
		c.sendExtension(call)
	}
}

// sendExtension asks whoever has answered for an extension, after a pause.
func (c *Center) sendExtension(call *call) {
	line, id, digits := call.line, call.ID, "p"+call.extension
	c.outside(call, func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := line.SendDigits(ctx, digits); err != nil {
			c.Log.Info("an extension could not be sent", "session", id, "err", err)
		}
		return nil
	})
}
