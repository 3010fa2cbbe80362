package center

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/gateway/sip"
	"tccc/gateway/store"
	"tccc/wire"
)

// TestModel plays random commands, faults, reloads and calls, and looks after
// each step whether the rules still hold. TCCC_MODEL_SEED repeats a run.
func TestModel(t *testing.T) {
	first, runs := uint64(1), uint64(4)
	if s, err := strconv.ParseUint(os.Getenv("TCCC_MODEL_SEED"), 10, 64); err == nil {
		first, runs = s, 1
	}
	for seed := first; seed < first+runs; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { playModel(t, seed, false) })
		t.Run(fmt.Sprint("chats and restarts, seed ", seed), func(t *testing.T) { playModel(t, seed, true) })
	}
}

// model is what the outside world of a center has done so far.
type model struct {
	*world
	r       *rand.Rand
	agents  []*desk
	callers []*sip.Call
	callees []*sip.Call
	begun   int // sessions that must have exactly one record in the end
	chatters
	restarts bool // instead of calls the gateway's process ends now and then
	steps    []string
}

// desk is one agent's browser: tabs, each a page or nil.
type desk struct {
	user  string
	tabs  [2]*page
	known [2]*page // what a reloaded tab resumes
	ids   []string // sessions that it was told of
}

func playModel(t *testing.T, seed uint64, restarts bool) {
	w := newWorld(t, func(a *config.App) {
		a.SkillGroups[0].RingTimeout, a.SkillGroups[1].RingTimeout = 80*time.Millisecond, 80*time.Millisecond
		a.SkillGroups[0].QueueTimeout, a.SkillGroups[0].Overflow = 400*time.Millisecond, "support"
		a.SkillGroups[1].QueueTimeout = 600 * time.Millisecond
		a.AfterCall, a.Grace = 20*time.Millisecond, 150*time.Millisecond
		a.Chat.GoneTimeout = 400 * time.Millisecond
		for i := range a.Agents {
			a.Agents[i].MaxChats = i % 4 // agent 1 takes none
		}
	})
	m := &model{world: w, r: rand.New(rand.NewPCG(seed, 3)), restarts: restarts}
	m.chatters.arrive(w)
	for i := 1; i <= 4; i++ {
		m.agents = append(m.agents, &desk{user: fmt.Sprintf("agent%d@demo", i)})
	}
	defer func() {
		if t.Failed() {
			t.Logf("seed %d: %v", seed, m.steps)
		}
	}()
	for range 200 {
		m.step()
		m.answerOutbound()
		m.check()
	}
	m.finish()
}

func (m *model) step() {
	d := m.agents[m.r.IntN(len(m.agents))]
	tab := m.r.IntN(2)
	if p := d.tabs[tab]; p != nil && m.r.IntN(4) == 0 {
		m.work(d, p)
		return
	}
	if m.r.IntN(3) == 0 {
		m.chatStep()
		return
	}
	switch p := d.tabs[tab]; m.r.IntN(13) {
	case 0, 1, 2:
		m.note("%s sits in tab %d", d.user, tab)
		m.sit(d, tab)
	case 3:
		if p != nil && m.r.IntN(2) == 0 {
			m.note("%s loses tab %d", d.user, tab)
			p.seat.Lost()
			d.known[tab], d.tabs[tab] = p, nil
		}
	case 4:
		if p != nil && m.r.IntN(4) == 0 {
			m.note("%s logs out in tab %d", d.user, tab)
			p.seat.Logout()
			d.known[tab], d.tabs[tab] = nil, nil
		}
	case 5, 6:
		if m.restarts {
			m.maybeRestart()
			return
		}
		to := []string{sales, support}[m.r.IntN(2)]
		m.note("a caller rings %s", to)
		m.callers = append(m.callers, m.rings(to))
		m.begun++
	case 7:
		if len(m.callers) > 0 {
			i := m.r.IntN(len(m.callers))
			m.note("caller %d hangs up", i)
			_ = m.callers[i].Hangup()
			m.callers = slices.Delete(m.callers, i, i+1)
		}
	case 8:
		m.note("time passes")
		<-time.After(time.Duration(m.r.IntN(250)) * time.Millisecond) // what happens is part of the play
	default:
		if p != nil {
			m.command(d, p)
		}
	}
}

func (m *model) note(format string, args ...any) {
	m.steps = append(m.steps, fmt.Sprintf(format, args...))
}

func (m *model) sit(d *desk, tab int) {
	if d.tabs[tab] != nil {
		return
	}
	var resume *wire.Resume
	if k := d.known[tab]; k != nil {
		resume = &wire.Resume{Epoch: k.login.Epoch, Seq: k.lastSeq()}
	}
	p := m.loginFrom(d.user, fmt.Sprint(d.user, tab), d.user, resume)
	d.tabs[tab] = p
	if p.login.Resumed {
		p.from = resume.Seq
	}
	for _, s := range p.login.Sessions {
		d.ids = append(d.ids, s.SessionID)
	}
	p.ok(wire.MethodMediaOffer, wire.OfferParams{SDP: fmt.Sprintf("a=fingerprint:%s%d%d\n", d.user, tab, m.r.Int())})
}

// command asks for anything, sensible or not: what is refused must change
// nothing, and nothing must break.
func (m *model) command(d *desk, p *page) {
	d.ids = append(d.ids, p.heardOf()...)
	id := "nonsense"
	if len(d.ids) > 0 {
		id = d.ids[len(d.ids)-1-m.r.IntN(min(3, len(d.ids)))]
	}
	method := []string{
		wire.MethodCallAccept, wire.MethodCallAccept, wire.MethodCallAccept, wire.MethodCallHangup, wire.MethodCallHold,
		wire.MethodCallUnhold, wire.MethodCallMute, wire.MethodCallDelete, wire.MethodSetStatus, wire.MethodCallStart,
		wire.MethodOffline, wire.MethodOnline, wire.MethodCallTransfer,
		wire.MethodChatAccept, wire.MethodChatAccept, wire.MethodChatAccept, wire.MethodChatAccept, wire.MethodChatEnd,
		wire.MethodChatSend, wire.MethodChatSend, wire.MethodChatTransfer, wire.MethodChatTransfer, wire.MethodChatRead,
		wire.MethodChatMessages,
	}[m.r.IntN(24)]
	if m.restarts && method == wire.MethodCallStart {
		return
	}
	var params any = session1(id)
	switch method {
	case wire.MethodSetStatus:
		params = wire.SetStatusParams{Status: []string{"free", "rest", "notReady", "arrange", "free",
			"free"}[m.r.IntN(6)]}
	case wire.MethodCallStart:
		params = wire.StartCallParams{PhoneNumber: "10086"}
	case wire.MethodChatTransfer:
		params = wire.TransferParams{SessionID: id, SkillGroupID: "support"}
		if m.r.IntN(2) == 0 {
			params = wire.TransferParams{SessionID: id, UserID: m.agents[m.r.IntN(len(m.agents))].user}
		}
	case wire.MethodChatSend:
		params = m.draft(id)
	case wire.MethodChatRead:
		params = wire.ReadParams{SessionID: id, Seq: uint64(m.r.IntN(10))}
	case wire.MethodCallTransfer:
		params = wire.TransferParams{SessionID: id, UserID: m.agents[m.r.IntN(len(m.agents))].user}
	}
	m.run(d, p, method, params)
}

// run has an agent's page do something.
func (m *model) run(d *desk, p *page, method string, params any) {
	f := p.request(method, params)
	m.note("%s: %s %.60s -> %v", d.user, method, wire.Raw(params), f.Error)
	if method == wire.MethodChatSend && f.Error == nil {
		m.acknowledge(f.Result)
	}
	if method == wire.MethodCallStart && f.Error == nil {
		m.begun++
		var res wire.CallResponse
		require.NoError(m.t, json.Unmarshal(f.Result, &res))
		d.ids = append(d.ids, res.SessionID)
	}
}

// answerOutbound lets the carrier do something with calls that reached it.
func (m *model) answerOutbound() {
	select {
	case c := <-m.arrived:
		switch m.r.IntN(3) {
		case 0:
			_ = c.Reject(486, "")
		default:
			_ = c.Ring()
			_ = c.Answer()
			m.callees = append(m.callees, c)
		}
	default:
	}
}

// check looks at everything between two messages of the loop.
func (m *model) check() {
	m.t.Helper()
	var wrong []string
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	require.NoError(m.t, m.center.do(m.t.Context(), func() {
		c := m.center
		held, chats := map[*agent]int{}, map[*agent]int{}
		for key, call := range c.calls {
			if key != call.key() {
				complain("a call is kept as %s and named %s", key, call.key())
			}
			switch call.State() {
			case session.Ended:
				complain("%s has ended and is still kept", key)
			case session.Queued:
				if call.agent != nil || c.acd.Position(key) == 0 {
					complain("%s waits, but not in a queue", key)
				}
			case session.Arriving, session.Menu:
				if call.agent != nil || c.acd.Position(key) != 0 {
					complain("%s is %s and has an agent", key, call.State())
				}
			case session.Ringing, session.Dialing, session.Talking, session.Held:
				if call.agent == nil || c.acd.Position(key) != 0 {
					complain("%s is %s and has no agent", key, call.State())
				}
			}
			if a := call.agent; a != nil && call.Type == wire.TypeIM {
				chats[a]++
			} else if a != nil {
				held[a]++
			}
		}
		for _, a := range c.agents {
			m.checkAgent(a, held[a], chats[a], complain)
		}
	}))
	require.Empty(m.t, wrong, "after %d steps", len(m.steps))
	for _, d := range m.agents {
		for _, p := range d.tabs {
			if p != nil {
				p.inOrder()
			}
		}
	}
}

func (m *model) checkAgent(a *agent, held, chats int, complain func(string, ...any)) {
	s := a.status.State()
	if a.status.Calls() != held {
		complain("%s is held by %d calls and counts %d", a.key.user, held, a.status.Calls())
	}
	if a.status.Chats() != chats || chats > a.conf.MaxChats {
		complain("%s has %d chats, counts %d and may have %d", a.key.user, chats, a.status.Chats(), a.conf.MaxChats)
	}
	counting := held == 0 && s.Status == wire.StatusArrange && s.Deadline != 0
	leaving := chats > 0 && s.Pending != nil && s.Pending.Status == wire.StatusOffline
	if busy := held > 0 || chats > 0 && chats >= a.conf.MaxChats || leaving; !counting &&
		busy != (s.Status == wire.StatusBusy) {
		complain("%s is %s with %d calls and %d chats", a.key.user, s.Status, held, chats)
	}
	talking := 0
	for _, call := range a.calls() {
		if call.State() == session.Talking && call.Type != wire.TypeIM {
			talking++
		}
	}
	if talking > 1 {
		complain("%s talks to %d at once", a.key.user, talking)
	}
	if a.active != nil && (a.active.agent != a || a.active.State() == session.Ended) {
		complain("%s is bound to a session that is not its own", a.key.user)
	}
	if !a.present() && a.grace == nil && !a.status.Offline() {
		complain("%s is away, %s, and nobody waits", a.key.user, s.Status)
	}
}

// finish hangs everything up: every session has one record, and nobody is
// left busy.
func (m *model) finish() {
	for _, c := range append(m.callers, m.callees...) {
		_ = c.Hangup()
	}
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	m.endChats(ctx)
	for idle := false; !idle; {
		m.answerOutbound()
		for _, c := range m.callees {
			_ = c.Hangup()
		}
		live, err := m.center.Sessions(ctx, app)
		require.NoError(m.t, err, "sessions that do not end: %v", live)
		idle = len(live) == 0
	}
	records := map[string]int{}
	require.Eventually(m.t, func() bool {
		clear(records)
		for q := (store.CDRQuery{SDKAppID: app, Limit: 1000}); ; {
			page, err := m.store.CDRs(ctx, q)
			require.NoError(m.t, err)
			for _, r := range page.CDRs {
				records[r.SessionID]++
			}
			if q.After = page.Next; q.After == 0 {
				return len(records) >= m.begun
			}
		}
	}, patient, 10*time.Millisecond)
	require.Len(m.t, records, m.begun)
	for id, n := range records {
		require.Equal(m.t, 1, n, "%s has %d records", id, n)
	}
	m.check()
	m.checkMessages(ctx)
}

// heardOf are the sessions that the page was told of.
func (p *page) heardOf() (ids []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events[p.read:] {
		if e.Session != nil {
			ids = append(ids, e.Session.SessionID)
		}
	}
	p.read = len(p.events)
	return ids
}

func (p *page) lastSeq() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.events); n > 0 {
		return p.events[n-1].Seq
	}
	return p.login.Seq
}

// inOrder checks that no event came twice and none was left out.
func (p *page) inOrder() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.from // what a resumed page has seen already; a fresh one begins with the snapshot
	if last == 0 {
		last = p.login.Seq
	}
	for _, e := range p.events {
		require.Equal(p.t, last+1, e.Seq, "events of the journal")
		last = e.Seq
	}
}
