package sip

import (
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

// quietly reads what comes and answers none of it but with a provisional
// response where one is given, until the test is over.
func (p *phone) quietly(t *testing.T, provisional map[string]int) {
	stop := make(chan struct{})
	t.Cleanup(func() { p.conn.Close(); <-stop })
	go func() {
		defer close(stop)
		buf := make([]byte, 65535)
		_ = p.conn.SetReadDeadline(time.Time{})
		for {
			n, _, err := p.conn.ReadFrom(buf)
			if err != nil {
				return
			}
			m, err := sip.ParseMessage(append([]byte(nil), buf[:n]...))
			if r, ok := m.(*sip.Request); ok && err == nil && provisional[string(r.Method)] > 0 {
				res := sip.NewResponseFromRequest(r, provisional[string(r.Method)], "Wait", nil)
				_, _ = p.conn.WriteTo([]byte(res.String()), p.to)
			}
		}
	}()
}

// Whatever a far side does not answer, nothing is left of the call after a
// bounded time: no dialog, no socket, no goroutine.
func TestDeafFarSides(t *testing.T) {
	talking := func(t *testing.T, a *agent, p *phone) *Call {
		out := a.dial(Outgoing{})
		p.answer(p.got("INVITE"), 200, "x", nil, answerSDP)
		p.got("ACK")
		next(t, out, Answered)
		return out
	}
	hold := func(t *testing.T, a *agent, p *phone, provisional map[string]int) *Call {
		out := talking(t, a, p)
		p.quietly(t, provisional)
		require.ErrorIs(t, out.Hold(), ErrNoAnswer)
		return out
	}
	cases := map[string]func(*testing.T, *agent, *phone) *Call{
		"BYE": func(t *testing.T, a *agent, p *phone) *Call {
			out := talking(t, a, p)
			p.quietly(t, nil)
			require.NoError(t, out.Hangup())
			return out
		},
		"BYE is being worked on for ever": func(t *testing.T, a *agent, p *phone) *Call {
			out := talking(t, a, p)
			p.quietly(t, map[string]int{"BYE": 183})
			require.NoError(t, out.Hangup())
			return out
		},
		"CANCEL": func(t *testing.T, a *agent, p *phone) *Call {
			out := a.dial(Outgoing{})
			p.answer(p.got("INVITE"), 180, "x", nil, "")
			next(t, out, Ringing)
			p.quietly(t, nil)
			require.NoError(t, out.Hangup())
			return out
		},
		"CANCEL is being worked on": func(t *testing.T, a *agent, p *phone) *Call {
			out := a.dial(Outgoing{})
			p.answer(p.got("INVITE"), 183, "x", nil, answerSDP)
			next(t, out, EarlyMedia)
			p.quietly(t, map[string]int{"CANCEL": 100})
			require.NoError(t, out.Hangup())
			return out
		},
		"re-INVITE": func(t *testing.T, a *agent, p *phone) *Call { return hold(t, a, p, nil) },
		"re-INVITE is being worked on": func(t *testing.T, a *agent, p *phone) *Call {
			return hold(t, a, p, map[string]int{"INVITE": 100})
		},
		"re-INVITE rings for ever": func(t *testing.T, a *agent, p *phone) *Call {
			return hold(t, a, p, map[string]int{"INVITE": 180, "BYE": 100})
		},
		"PRACK": func(t *testing.T, a *agent, p *phone) *Call {
			out := a.dial(Outgoing{})
			p.answer(p.got("INVITE"), 183, "x", []string{"Require: 100rel", "RSeq: 1"}, answerSDP)
			next(t, out, EarlyMedia)
			p.quietly(t, nil)
			require.NoError(t, out.Hangup())
			return out
		},
		"200, no ACK": func(t *testing.T, a *agent, p *phone) *Call {
			p.invite(nil, offerSDP)
			in := a.incoming()
			require.NoError(t, in.Answer())
			p.quietly(t, nil)
			return in
		},
		"486, no ACK": func(t *testing.T, a *agent, p *phone) *Call {
			p.invite(nil, offerSDP)
			in := a.incoming()
			require.NoError(t, in.Reject(486, ""))
			p.quietly(t, nil)
			return in
		},
		"re-INVITE of theirs, no ACK": func(t *testing.T, a *agent, p *phone) *Call {
			in := p.answered(a, nil, offerSDP)
			p.request("INVITE", 2, nil, offerSDP)
			p.quietly(t, nil)
			return in
		},
		"a reliable 183": func(t *testing.T, a *agent, p *phone) *Call {
			p.invite([]string{"Require: 100rel"}, offerSDP)
			in := a.incoming()
			require.NoError(t, in.EarlyMedia())
			p.quietly(t, nil)
			return in
		},
	}
	for name, do := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAgent(t, Options{})
			p := newPhone(t, a)
			c := do(t, a, p)
			for e := range c.Events() { // closed after Ended
				_ = e
			}
			require.Zero(t, a.ports.InUse(), "the sound ends with the call")
			forgotten(t, a)
		})
	}
}
