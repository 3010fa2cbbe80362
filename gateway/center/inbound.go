package center

import (
	"crypto/rand"
	"time"

	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/gateway/sip"
	"tccc/gateway/tenant"
	"tccc/wire"
)

// NewSessionID gives an unguessable session id.
func NewSessionID() string { return rand.Text() }

// Incoming takes a call that a trunk has brought. id is the session's.
func (c *Center) Incoming(id string, p Phone) {
	ok := c.post(nil, func() { c.incoming(id, p) })
	if !ok {
		_ = p.Reject(503, "Service Unavailable")
	}
}

func (c *Center) incoming(id string, p Phone) {
	l := c.newLine(p)
	if of := p.Replaces(); of != "" && !c.closed() {
		c.replaces(l, of)
		return
	}
	t, number := c.numberOf(p)
	switch {
	case c.closed() || len(c.calls) >= c.MaxSessions:
		c.refuse(l, 503, "Service Unavailable")
		return
	case number == nil || number.SkillGroup == "" && number.IVR == "":
		c.Log.Info("call to a number that takes none", "trunk", p.Trunk(), "to", p.To())
		c.refuse(l, 404, "Not Found")
		return
	}
	now := time.Now()
	s := session.Inbound(id, t.SDKAppID, wire.TypePhone, now)
	s.Trunk, s.Caller, s.Callee = p.Trunk(), p.From(), number.Number
	s.Location = t.LocationOf(s.Caller)
	call := &call{Session: s, tenant: t, number: number, line: l, overflows: map[string]bool{}}
	c.calls[id] = call
	c.counts.started(s)
	c.follow(call, p, func(e sip.Event) { c.lineEvent(call, l, e) })
	c.limit(call)
	if number.IVR != "" {
		c.startMenu(call, t.IVR(number.IVR))
		return
	}
	c.enqueue(call, number.SkillGroup)
}

func (c *Center) refuse(l *line, code int, text string) {
	c.follow(nil, l.Phone, func(sip.Event) {})
	c.job(l, "reject", func() error { return l.Reject(code, text) }, nil)
	l.close()
}

// numberOf finds whose number was called: it must belong to the trunk that
// brought the call.
func (c *Center) numberOf(p Phone) (*tenant.Tenant, *config.Number) {
	to := tenant.Digits(p.To())
	for _, t := range c.tenants {
		if n := t.Number(to); n != nil && n.Trunk == p.Trunk() {
			return t, n
		}
	}
	return nil, nil
}

// limit ends calls that go on longer than the application allows.
func (c *Center) limit(call *call) {
	if d := call.tenant.MaxDuration; d > 0 {
		call.maxTimer = c.after(call, d, func() {
			c.end(call, wire.CloseTimer, wire.ReasonMaxDuration, "the longest duration was reached")
		})
	}
}
