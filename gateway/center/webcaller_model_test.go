package center

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/rtc"
	"tccc/gateway/session"
	"tccc/gateway/sip"
	"tccc/wire"
)

// webModel plays customers of web pages, agents in pages and at a desk phone, a
// supervisor and telephones outside, in any order.
type webModel struct {
	*talkWorld
	r     *rand.Rand
	pages []*page
	desk  *deskPhone
	ends  []*sip.Call
	legs  []*talkLeg
	open  []string // sessions of customers
	steps []string
}

// Whatever everybody does: what must hold holds after every step, and when all
// have left, no session, connection or telephone call is left, and everybody is free.
func TestWebCustomersLeaveNothingBehind(t *testing.T) {
	w := newTalkWorld(t, func(a *config.App) {
		atDesk(2)(a)
		supervised(a)
		a.AfterCall = 0
		for i := range a.Agents {
			a.Agents[i].SkillGroups = []string{"sales", "support"}
		}
	})
	seed := rand.Uint64()
	t.Log("seed", seed)
	m := &webModel{talkWorld: w, r: rand.New(rand.NewPCG(seed, 0)), desk: w.desk("102")}
	m.pages = []*page{w.agent(user1), w.loginAs(user2, nil), w.agent(user5)}
	defer func() {
		if t.Failed() {
			t.Log(m.steps)
		}
	}()
	for range 300 {
		m.step()
		m.gather(m.r.IntN(5))
		m.check()
	}
	m.finish()
}

func (m *webModel) step() {
	i := m.r.IntN(len(m.pages))
	p := m.pages[i]
	id := m.sessionOf(p)
	switch m.r.IntN(12) {
	case 0, 1:
		who := ann
		who.UserID = fmt.Sprint("customer ", m.r.IntN(2))
		kind := []wire.SessionType{wire.TypeVoIP, wire.TypeVoIP, wire.TypeVideo}[m.r.IntN(3)]
		v, err := m.center.StartVisit(m.t.Context(), app, who, wire.VisitorStartParams{Type: kind})
		require.NoError(m.t, err)
		m.open = append(m.open, v.SessionID)
		m.note("%s comes with %s", who.UserID, kind)
		_, _ = m.center.VisitorOffer(m.t.Context(), app, who.UserID,
			wire.SessionOfferParams{SessionID: v.SessionID, SDP: "customer"})
	case 2:
		if len(m.open) > 0 {
			m.note("a customer leaves")
			m.leave(m.open[m.r.IntN(len(m.open))])
		}
	case 3, 4:
		m.note("%s offers in %.4s", p.login.Agent.UserID, id)
		p.request(wire.MethodSessionOffer,
			wire.SessionOfferParams{SessionID: id, SDP: "agent " + p.login.Agent.UserID})
	case 5:
		if len(m.legs) > 0 {
			s := []rtc.State{rtc.StateConnected, rtc.StateConnected, rtc.StateFailed}[m.r.IntN(3)]
			m.legs[max(0, len(m.legs)-1-m.r.IntN(4))].tell(s)
			m.note("a connection is %s", s)
		}
	case 6:
		if len(m.ends) > 0 {
			m.note("a telephone hangs up")
			_ = m.ends[m.r.IntN(len(m.ends))].Hangup()
		}
	case 7:
		q := wire.ConsultParams{SessionID: id, UserID: []string{user1, user2, user5}[m.r.IntN(3)]}
		if m.r.IntN(2) == 0 {
			q.UserID, q.PhoneNumber = "", "10086"
		}
		m.run(p, wire.MethodCallConsult, q)
	case 8:
		m.run(p, wire.MethodCallTransfer, toUser(id, []string{user1, user2, user5}[m.r.IntN(3)]))
	case 9:
		if len(m.open) > 0 {
			m.run(m.pages[2], []string{wire.MethodCallListen, wire.MethodCallWhisper,
				wire.MethodCallBarge}[m.r.IntN(3)], session1(m.open[m.r.IntN(len(m.open))]))
		}
	default:
		m.run(p, []string{wire.MethodCallAccept, wire.MethodCallAccept, wire.MethodCallAccept, wire.MethodCallHold,
			wire.MethodCallUnhold, wire.MethodCallConference, wire.MethodCallConference, wire.MethodCallComplete,
			wire.MethodCallComplete, wire.MethodCallCancel, wire.MethodCallMute, wire.MethodVideoUnmuteVideo,
			wire.MethodCallHangup}[m.r.IntN(13)], session1(id))
	}
	for more := true; more; {
		select {
		case l := <-m.talkWorld.legs:
			m.legs = append(m.legs, l)
		default:
			more = false
		}
	}
}

func (m *webModel) note(format string, args ...any) {
	m.steps = append(m.steps, fmt.Sprintf(format, args...))
}

// run asks without waiting for the answer: an accept may wait for a connection.
func (m *webModel) run(p *page, method string, params any) {
	m.note("%s: %s %.80s", p.login.Agent.UserID, method, wire.Raw(params))
	p.seat.Handle(&wire.Frame{ID: 1 << 40, Method: method, Params: wire.Raw(params)})
}

func (m *webModel) leave(id string) {
	for i := range 2 {
		_ = m.center.VisitorEnd(m.t.Context(), app, fmt.Sprint("customer ", i), id)
	}
}

// sessionOf is a live session of a page, "nonsense" if it has none.
func (m *webModel) sessionOf(p *page) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := "nonsense"
	for i := len(p.events) - 1; i >= 0; i-- {
		if s := p.events[i].Session; s != nil {
			if last := p.last(s.SessionID); last.Live() && (id == "nonsense" || m.r.IntN(2) == 0) {
				id = s.SessionID
			}
		}
	}
	return id
}

// gather lets telephones do something with calls that reach them.
func (m *webModel) gather(pick int) {
	take := func(c *sip.Call) {
		m.ends = append(m.ends, c)
		go func() {
			for range c.Events() { // nobody waits for them
			}
		}()
		switch pick {
		case 0:
			_ = c.Reject(486, "")
		case 1:
			_ = c.Ring()
		default:
			_ = c.Answer()
		}
	}
	select {
	case c := <-m.desk.rings:
		take(c)
	case c := <-m.arrived:
		take(c)
	default:
	}
}

// check looks at everything between two messages of the loop.
func (m *webModel) check() {
	m.t.Helper()
	var wrong []string
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	require.NoError(m.t, m.center.do(m.t.Context(), func() {
		talking := map[*agent]int{}
		for key, call := range m.center.calls {
			switch {
			case call.seat != nil && call.agent == nil:
				complain("%s has a connection of an agent and no agent", key)
			case call.seat != nil && call.ServerType.Phone():
				complain("%s has a connection of an agent at a telephone", key)
			case call.State() == session.Ended:
				complain("%s has ended and is kept", key)
			}
			if call.seat != nil && call.seat.now != nil {
				if tab := call.seat.now.tab; tab != call.agent.key.user {
					complain("%s is %s's and has a connection of %s", key, call.agent.key.user, tab)
				}
			}
			if call.agent != nil && call.State() == session.Talking {
				talking[call.agent]++
			}
		}
		for a, n := range talking {
			if n > 1 {
				complain("%s talks to %d at once", a.key.user, n)
			}
		}
	}))
	require.Empty(m.t, wrong, "after %d steps", len(m.steps))
}

// finish lets everybody leave.
func (m *webModel) finish() {
	left := ""
	require.Eventually(m.t, func() bool {
		m.gather(2)
		for _, id := range m.open {
			m.leave(id)
		}
		for _, c := range m.ends {
			_ = c.Hangup()
		}
		for _, p := range m.pages {
			if id := m.sessionOf(p); id != "nonsense" {
				p.request(wire.MethodCallHangup, session1(id))
			}
		}
		left = ""
		_ = m.center.do(m.t.Context(), func() {
			for key, call := range m.center.calls {
				left += fmt.Sprint(key, " is ", call.State(), "; ")
			}
			for _, a := range m.center.agents {
				if a.handset != nil || a.active != nil || a.status.Calls() != 0 {
					left += a.key.user + " is not free; "
				}
			}
		})
		for _, l := range m.legs {
			if !l.closed() {
				left += "a connection; "
			}
		}
		return left == "" && m.gateway.Calls() == 0
	}, 4*patient, 5*time.Millisecond, "what is left")
	require.Empty(m.t, left)
	for _, p := range m.pages {
		p.status(wire.StatusFree)
	}
}
