package center

import (
	"math/rand/v2"
	"testing"
	"time"

	siplib "github.com/emiago/sipgo/sip"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"

	"tccc/gateway/sip"
	"tccc/wire"
)

// Whatever keys are pressed at a phone, and whatever page, customer, colleague
// and far ends do meanwhile: when all have hung up, no call is left anywhere and
// everybody is free.
func TestKeysLeaveNothingBehind(t *testing.T) {
	w := newWorld(t, atDesk(1))
	k, p, b := w.keyPhone("101"), w.loginAs(user1, nil), w.agent(user4)
	seed := rand.Uint64()
	t.Log("seed", seed)
	m := &keyModel{w: w, k: k, random: rand.New(rand.NewPCG(seed, 0)), pages: []*page{p, b},
		dialled: map[int]keyDialog{}}
	for range 200 {
		m.acts()
		m.gathers(m.random.IntN(6))
	}
	require.Eventually(t, func() bool {
		m.gathers(0)
		m.hangsUp()
		return m.clean()
	}, 4*patient, 10*time.Millisecond)
	p.status(wire.StatusFree)
	b.status(wire.StatusFree)
	var faults dto.Metric
	require.NoError(t, w.center.counts.faults.Write(&faults))
	require.Zero(t, faults.GetCounter().GetValue())
}

type keyModel struct {
	w       *world
	k       *keyPhone
	random  *rand.Rand
	pages   []*page
	dialogs []keyDialog
	dialled map[int]keyDialog // by the number of the INVITE
	ends    []*sip.Call
}

func pick[T any](m *keyModel, list []T) (v T) {
	if len(list) > 0 {
		v = list[m.random.IntN(len(list))]
	}
	return v
}

var keyTargets = []string{"10086", "104", "support", "sales", "101", "nobody", support}

func (m *keyModel) acts() {
	k, d := m.k, pick(m, m.dialogs)
	contact := "Contact: " + k.contact() + "\r\n"
	switch m.random.IntN(9) {
	case 0:
		m.keep(m.w.rings(sales))
	case 1:
		d, seq := k.dials(pick(m, keyTargets))
		m.dialled[seq] = d
	case 2:
		k.says("REFER", d, contact+"Refer-To: <sip:"+pick(m, keyTargets)+"@gateway>\r\n", "")
	case 3:
		with := pick(m, m.dialogs)
		dialog := with.id + "%3Bto-tag%3D" + with.remote + "%3Bfrom-tag%3D" + with.local
		k.says("REFER", d, contact+"Refer-To: <sip:x@gateway?Replaces="+dialog+">\r\n", "")
	case 4:
		m.dialled[k.says("INVITE", d, contact, keySDP+pick(m, []string{"", "a=sendonly\r\n"}))] = d
	case 5:
		if m.random.IntN(3) == 0 {
			k.says("BYE", d, "", "")
		}
	case 6:
		if c := pick(m, m.ends); c != nil && m.random.IntN(3) == 0 {
			_ = c.Hangup()
		}
	default:
		p := pick(m, m.pages)
		method := pick(m, []string{
			wire.MethodCallHold, wire.MethodCallUnhold, wire.MethodCallHangup, wire.MethodCallAccept,
			wire.MethodCallAccept, wire.MethodCallComplete, wire.MethodCallCancel, wire.MethodCallConference,
		})
		p.seat.Handle(&wire.Frame{ID: 1 << 40, Method: method, Params: wire.Raw(session1(m.live(p)))})
	}
}

func (m *keyModel) keep(c *sip.Call) {
	m.ends = append(m.ends, c)
	go func() {
		for range c.Events() { // nobody waits for them
		}
	}()
}

// live is a session of a page's.
func (m *keyModel) live(p *page) (id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.events) - 1; i >= 0; i-- {
		if s := p.events[i].Session; s != nil {
			last := p.last(s.SessionID)
			if (last.Live() || last.State == wire.StateRinging) && (id == "" || m.random.IntN(2) == 0) {
				id = s.SessionID
			}
		}
	}
	return id
}

// gathers takes what has come to the phone and to the carrier.
func (m *keyModel) gathers(how int) {
	k := m.k
	for {
		select {
		case inv := <-k.invites:
			m.rings(inv, how)
		case <-k.acks:
		case <-k.notifies:
		case <-k.byes:
		case res := <-k.responses:
			seq := int(res.CSeq().SeqNo)
			if d, ok := m.dialled[seq]; ok && res.StatusCode == 200 {
				d.remote = res.To().Params.GetOr("tag", "")
				m.dialogs = append(m.dialogs, d)
			}
		case c := <-m.w.arrived:
			m.keep(c)
			if how == 1 {
				_ = c.Reject(486, "")
			} else {
				_ = c.Answer()
			}
		default:
			return
		}
	}
}

func (m *keyModel) rings(inv *siplib.Request, how int) {
	k := m.k
	from := inv.From()
	tag := from.Params.GetOr("tag", "")
	if inv.To().Params.Has("tag") { // a re-INVITE of the gateway's
		k.answer(inv, 200, "", keySDP)
		return
	}
	switch how {
	case 1:
		k.answer(inv, 486, "", "")
	case 2:
		k.answer(inv, 603, "", "")
	case 3:
		k.answerAt(inv, 302, "<sip:"+pick(m, keyTargets)+"@gateway>", "", "")
	default:
		k.answer(inv, 200, "", keySDP)
		to := "<" + from.Address.String() + ">"
		m.dialogs = append(m.dialogs, keyDialog{id: inv.CallID().Value(), local: "here", remote: tag, from: k.address(),
			to: to})
	}
}

func (m *keyModel) hangsUp() {
	for _, d := range m.dialogs {
		m.k.says("BYE", d, "", "")
	}
	m.dialogs = nil
	for _, c := range m.ends {
		_ = c.Hangup()
	}
	for _, p := range m.pages {
		if id := m.live(p); id != "" {
			p.request(wire.MethodCallHangup, session1(id))
		}
	}
}

func (m *keyModel) clean() bool {
	clean := m.w.gateway.Calls() == 0
	c := m.w.center
	_ = c.do(m.w.t.Context(), func() {
		clean = clean && len(c.calls) == 0
		for _, a := range c.agents {
			busy := !a.status.Offline() && a.status.Calls() > 0
			clean = clean && a.handset == nil && a.second == nil && a.active == nil && !busy
		}
	})
	return clean
}
