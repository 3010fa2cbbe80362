package center

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/mix"
	"tccc/gateway/rtc"
	"tccc/gateway/sip"
	"tccc/wire"
)

// inLoop runs f in the loop.
func (w *world) inLoop(f func(c *Center)) {
	w.t.Helper()
	require.NoError(w.t, w.center.do(w.t.Context(), func() { f(w.center) }))
}

// sends hands a command over without waiting for its answer.
func (p *page) sends(method string, params any) (id uint64) {
	p.mu.Lock()
	p.lastID++
	id = p.lastID
	p.mu.Unlock()
	p.seat.Handle(&wire.Frame{ID: id, Method: method, Params: wire.Raw(params)})
	return id
}

func (p *page) answered(id uint64) *wire.Frame {
	p.t.Helper()
	p.until("an answer", func() bool { return p.frames[id] != nil })
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.frames[id]
}

// asksNumber has the agent ask somebody outside, who answers.
func (w *world) asksNumber(a *page, id string) (with string, outside *sip.Call) {
	w.t.Helper()
	with = a.consults(wire.ConsultParams{SessionID: id, PhoneNumber: "10086"})
	outside = w.awaitCall()
	require.NoError(w.t, outside.Answer())
	a.state(with, wire.StateTalking)
	return with, outside
}

func TestDigitsOfAConsultationThatGoesOver(t *testing.T) {
	for _, over := range []string{wire.MethodCallComplete, wire.MethodCallConference} {
		t.Run(over, func(t *testing.T) {
			w := newWorld(t, nil)
			a := w.agent(user1)
			id, _ := w.answers(a)
			with, outside := w.asksNumber(a, id)
			digits := a.sends(wire.MethodCallDigits, wire.DigitsParams{SessionID: with, DTMFText: "123"})
			joined := a.sends(over, wire.SessionParams{SessionID: id})
			assert.Nil(t, a.answered(joined).Error)
			for _, want := range "123" {
				assert.Equal(t, string(want), string(w.awaitKind(outside, sip.Digit).Digit))
			}
			a.answered(digits)
		})
	}
}

func TestDigitsAreSentInTheOrderOfTheCommands(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent(user1)
	id, customer := w.answers(a)
	const all = "1234567890"
	for _, d := range all {
		a.sends(wire.MethodCallDigits, wire.DigitsParams{SessionID: id, DTMFText: string(d)})
	}
	for _, d := range all {
		require.Equal(t, string(d), string(w.awaitKind(customer, sip.Digit).Digit))
	}
}

func TestAFaultEndsItsSessionAndNothingElse(t *testing.T) {
	for name, breaks := range map[string]func(*call){
		"whole":             func(*call) {},
		"cannot end":        func(call *call) { call.listeners = append(call.listeners, nil) },
		"cannot be hung up": func(call *call) { call.line.Phone = nil },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			a, b := w.agent(user1), w.agent(user2)
			id, customer := w.answers(a)
			other, _ := w.answers(b)
			w.inLoop(func(c *Center) {
				call := c.calls[id]
				l, p := call.line, call.line.Phone
				breaks(call)
				c.loop.Guard(call, func() { panic("a fault") })
				l.Phone = p // for the test's own end
			})
			end := a.ended()
			assert.Equal(t, id, end.SessionID)
			assert.Equal(t, wire.ReasonFault, end.MainReason)
			a.status(wire.StatusFree)
			if name == "cannot be hung up" {
				require.NoError(t, customer.Hangup())
			} else {
				w.awaitKind(customer, sip.Ended)
			}
			cdr := w.cdrs(1)[0]
			assert.Equal(t, id, cdr.SessionID)
			assert.Equal(t, wire.ReasonFault, cdr.MainReason)
			w.inLoop(func(c *Center) { assert.NotContains(t, c.calls, id) })
			assert.Equal(t, wire.StateTalking, b.seen(other).State)
			b.ok(wire.MethodCallHangup, session1(other))
			w.answers(a)
		})
	}
}

func TestAFaultInACommandIsAnswered(t *testing.T) {
	const method = "test.fault"
	commands[method] = func(*agent, *Seat, json.RawMessage, func(any, error)) { panic("a fault") }
	t.Cleanup(func() { delete(commands, method) })
	w := newWorld(t, nil)
	a := w.agent(user1)
	id, _ := w.answers(a)
	a.fails(method, wire.Empty{}, wire.ErrInternal)
	assert.Equal(t, wire.ErrInternal.Code, a.fault().Code)
	assert.Equal(t, wire.StateTalking, a.seen(id).State, "it was about no session")
	f := a.keyed(method, session1(id), "once")
	require.NotNil(t, f.Error)
	assert.Equal(t, id, a.ended().SessionID)
	_, err := w.center.Command(t.Context(), app, user1, method, wire.Empty{})
	require.ErrorIs(t, err, wire.ErrInternal)
}

func TestAFaultOfAnOfferLeavesTheOthersInTheQueue(t *testing.T) {
	w := newWorld(t, nil)
	first, second := w.rings(sales), w.rings(sales)
	defer first.Hangup()
	defer second.Hangup()
	require.Eventually(t, func() bool {
		n := 0
		w.inLoop(func(c *Center) { n = len(c.calls) })
		return n == 2
	}, patient, 5*time.Millisecond)
	var broken string
	w.inLoop(func(c *Center) {
		for id, call := range c.calls {
			if broken == "" || call.Queued.Before(c.calls[broken].Queued) {
				broken = id
			}
		}
		c.calls[broken].Tried = nil
		c.calls[broken].number, c.calls[broken].Session.Path = nil, nil
		c.calls[broken].tenant = nil // whatever is looked up there
	})
	a := w.agent(user1)
	var in wire.CallInPhone
	a.await(wire.EventCallIn, &in)
	assert.NotEqual(t, broken, in.SessionID)
	a.ok(wire.MethodCallAccept, session1(in.SessionID))
}

func TestAChatWhoseGroupIsGone(t *testing.T) {
	w := newWorld(t, func(a *config.App) {
		quiet(a)
		a.Grace = 50 * time.Millisecond
		a.Chat.DefaultSkillGroup = salesGroup
	})
	p, k, id := w.chatting("agent1@demo", "una")
	p.send(id, "hello")
	app := &w.conf.Apps[0]
	app.Chat.DefaultSkillGroup = ""
	for i := range app.SkillGroups {
		if app.SkillGroups[i].ID == salesGroup {
			app.SkillGroups = append(app.SkillGroups[:i:i], app.SkillGroups[i+1:]...)
			break
		}
	}
	for i := range app.SkillGroups {
		if !app.SkillGroups[i].Takes(wire.TypeIM) {
			app.SkillGroups[i].Types = append(app.SkillGroups[i].Types, wire.TypeIM)
		}
	}
	w.restart()
	k.come()
	other := app.SkillGroups[0].ID
	require.Eventually(t, func() bool { // the agent stays away
		var group, state string
		w.inLoop(func(c *Center) {
			if call := c.calls[id]; call != nil {
				group, state = call.Group, call.State().String()
			}
		})
		return group == other && (state == "queued" || state == "ringing")
	}, patient, 5*time.Millisecond)
}

func TestACallThatWaitsInAGroupThatIsGone(t *testing.T) {
	w := newWorld(t, nil)
	caller := w.rings(sales)
	require.Eventually(t, func() bool {
		n := 0
		w.inLoop(func(c *Center) { n = len(c.calls) })
		return n == 1
	}, patient, 5*time.Millisecond)
	changed := config.Demo().Apps[0]
	var groups []config.SkillGroup
	for _, g := range changed.SkillGroups {
		if g.ID != salesGroup {
			groups = append(groups, g)
		}
	}
	changed.SkillGroups = groups
	for i := range changed.Numbers {
		if changed.Numbers[i].SkillGroup == salesGroup {
			changed.Numbers[i].SkillGroup = ""
		}
	}
	require.NoError(t, w.center.Reconfigure(t.Context(), changed))
	b := w.agent(user4)
	b.await(wire.EventCallIn, nil)
	require.NoError(t, caller.Hangup())
}

func TestTransferToAGroupThatIsNew(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user4)
	id, _ := w.answers(a)
	changed := config.Demo().Apps[0]
	fresh := changed.SkillGroups[0]
	fresh.ID, fresh.Name = "fresh", "Fresh"
	changed.SkillGroups = append(changed.SkillGroups, fresh)
	for i := range changed.Agents {
		if changed.Agents[i].UserID == user4 {
			changed.Agents[i].SkillGroups = []string{"fresh"}
		}
	}
	require.NoError(t, w.center.Reconfigure(t.Context(), changed))
	a.ok(wire.MethodCallTransfer, toGroup(id, "fresh"))
	b.await(wire.EventCallIn, nil)
	b.ok(wire.MethodCallAccept, session1(id))
	var done wire.Transferred
	a.await(wire.EventTransfer, &done)
	assert.Equal(t, "fresh", done.SkillGroupID)
	assert.Equal(t, "fresh", b.seen(id).SkillGroupID)
}

func TestOffersOfAnAgentAreBounded(t *testing.T) {
	w := newWorld(t, nil)
	a := w.loginAs(user1, nil)
	free := make(chan struct{})
	w.inLoop(func(c *Center) {
		c.Legs = func(context.Context, string, func(rtc.State)) (BrowserLeg, string, error) {
			<-free
			return &browserLeg{port: mix.NewPort(nowhere{})}, "answer", nil
		}
	})
	var held []uint64
	for i := range offersMost {
		held = append(held, a.sends(wire.MethodMediaOffer, wire.OfferParams{SDP: fmt.Sprintf("a=fingerprint:%d\n", i)}))
	}
	a.fails(wire.MethodMediaOffer, wire.OfferParams{SDP: "a=fingerprint:more\n"}, wire.ErrOverloaded)
	close(free)
	for _, id := range held {
		assert.Nil(t, a.answered(id).Error)
	}
	a.ok(wire.MethodMediaOffer, wire.OfferParams{SDP: "a=fingerprint:more\n"})
}

// audible is a browser's audio whose packets the test counts.
type audible struct {
	*browserLeg
	packets atomic.Uint64
	closed  atomic.Bool
}

func (l *audible) Stats() rtc.Stats { return rtc.Stats{PacketsReceived: l.packets.Load()} }
func (l *audible) Close() error     { l.closed.Store(true); return l.browserLeg.Close() }

func TestALegWaitsOutTheGraceTime(t *testing.T) {
	w := newWorld(t, func(a *config.App) { a.Grace = time.Minute })
	a := w.loginAs(user1, nil)
	l := &audible{browserLeg: &browserLeg{port: mix.NewPort(nowhere{})}}
	w.inLoop(func(c *Center) {
		c.Legs = func(context.Context, string, func(rtc.State)) (BrowserLeg, string, error) { return l, "answer", nil }
	})
	a.ok(wire.MethodMediaOffer, wire.OfferParams{SDP: "a=fingerprint:a\n"})
	id, _ := w.answers(a)
	music := func(want bool) {
		t.Helper()
		require.Eventually(t, func() bool {
			var playing bool
			w.inLoop(func(c *Center) { playing = c.calls[id] != nil && c.calls[id].playing() })
			return playing == want
		}, patient, 5*time.Millisecond)
	}
	music(false)
	a.seat.Lost()
	music(true) // nothing comes from the browser
	assert.False(t, l.closed.Load())
	sounds := make(chan struct{})
	go func() {
		for {
			select {
			case <-sounds:
				return
			case <-time.After(5 * time.Millisecond):
				l.packets.Add(1)
			}
		}
	}()
	defer close(sounds)
	music(false) // the network is back, before the socket is
	assert.False(t, l.closed.Load())
	again := w.loginAs(user1, &wire.Resume{Secret: "s", Epoch: a.login.Epoch, Seq: a.lastSeq()})
	assert.Equal(t, wire.StateTalking, again.login.Sessions[0].State)
}
