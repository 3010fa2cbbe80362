package center

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/sip"
	"tccc/wire"
)

// Whatever page, phone, customer and colleague do in whatever order: when all
// have hung up, no call is left anywhere and everybody is free.
func TestDeskPhoneLeavesNothingBehind(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		atDesk(1, 4)(a)
		a.AfterCall = 0
	})
	desks := []*deskPhone{w.desk("101"), w.desk("104")}
	pages := []*page{w.loginAs(user1, nil), w.loginAs(user4, nil)}
	seed := rand.Uint64()
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var ends []*sip.Call
	keep := func(c *sip.Call) {
		ends = append(ends, c)
		go func() {
			for range c.Events() { // nobody waits for them
			}
		}()
	}
	gather := func(pick int) {
		for _, d := range desks {
			select {
			case c := <-d.rings:
				keep(c)
				switch pick {
				case 0:
					_ = c.Reject(486, "")
				case 1:
					_ = c.Reject(603, "")
				default:
					_ = c.Ring()
					_ = c.Answer()
				}
			default:
			}
		}
		select {
		case c := <-w.arrived:
			keep(c)
			if pick == 0 {
				_ = c.Reject(486, "")
			} else {
				_ = c.Answer()
			}
		default:
		}
	}
	live := func(p *page) (id string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		for i := len(p.events) - 1; i >= 0; i-- {
			if s := p.events[i].Session; s != nil {
				if last := p.last(s.SessionID); last.Live() && (id == "" || random.IntN(2) == 0) {
					id = s.SessionID
				}
			}
		}
		return id
	}
	methods := []string{wire.MethodCallHold, wire.MethodCallUnhold, wire.MethodCallHangup, wire.MethodCallMute,
		wire.MethodCallUnmute,
		wire.MethodCallConference, wire.MethodCallComplete, wire.MethodCallCancel, wire.MethodCallAccept}
	for range 150 {
		i := random.IntN(2)
		p, d := pages[i], desks[i]
		switch random.IntN(8) {
		case 0:
			keep(w.rings(sales))
		case 1:
			c, err := d.Dial(t.Context(),
				sip.Outgoing{Trunk: "gateway", From: d.name, To: []string{"10086", "101", "104"}[random.IntN(3)]})
			require.NoError(t, err)
			keep(c)
		case 2:
			if len(ends) > 0 {
				_ = ends[random.IntN(len(ends))].Hangup()
			}
		case 3:
			p.request(wire.MethodCallConsult, wire.ConsultParams{SessionID: live(p), UserID: []string{user4, user1}[i]})
		case 4:
			p.request(wire.MethodCallTransfer,
				wire.TransferParams{SessionID: live(p), UserID: []string{user4, user1}[i]})
		case 5:
			p.request(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10086"})
		default:
			m := methods[random.IntN(len(methods))]
			// accept may wait for the phone
			p.seat.Handle(&wire.Frame{ID: 1 << 40, Method: m, Params: wire.Raw(session1(live(p)))})
		}
		gather(random.IntN(5))
	}
	require.Eventually(t, func() bool {
		gather(2)
		for _, c := range ends {
			_ = c.Hangup()
		}
		for _, p := range pages {
			if id := live(p); id != "" {
				p.request(wire.MethodCallHangup, session1(id))
			}
		}
		clean := w.gateway.Calls() == 0
		_ = w.center.do(t.Context(), func() {
			clean = clean && len(w.center.calls) == 0
			for _, a := range w.center.agents {
				clean = clean && a.handset == nil && a.active == nil && (a.status.Offline() || a.status.Calls() == 0)
			}
		})
		return clean
	}, 4*patient, 5*time.Millisecond)
	for _, p := range pages {
		p.status(wire.StatusFree)
	}
}
