//go:build !js

package agent_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/agent"
	"tccc/agent/agenttest"
	"tccc/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

// dialer opens real sockets.
type dialer string

func (d dialer) Dial(ctx context.Context) (agent.Conn, error) {
	c, _, err := websocket.Dial(ctx, string(d), &websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		return nil, err
	}
	c.SetReadLimit(wire.MaxFrame)
	return &conn{c: c}, nil
}

type conn struct {
	c    *websocket.Conn
	once sync.Once
}

func (c *conn) Read(ctx context.Context) ([]byte, error) {
	_, text, err := c.c.Read(ctx)
	return text, err
}

func (c *conn) Write(text []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return c.c.Write(ctx, websocket.MessageText, text)
}

func (c *conn) Close() { c.once.Do(func() { _ = c.c.CloseNow() }) }

// tab is a tab whose store survives its page.
type tab struct {
	mu    sync.Mutex
	state agent.TabState
}

func (t *tab) Load() agent.TabState {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

func (t *tab) Save(s agent.TabState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state = s
}

// page is an agent with what a page would see of it.
type page struct {
	*agent.Agent
	t       *testing.T
	media   *fakeMedia
	tab     *tab
	ended   chan struct{}
	mu      sync.Mutex
	changed chan struct{}
	events  []agent.Event
	views   []agent.View
	cursor  int
}

func open(t *testing.T, url string, set ...func(*agent.Options, *page)) *page {
	t.Helper()
	p := &page{t: t, tab: &tab{}, ended: make(chan struct{}), changed: make(chan struct{})}
	o := agent.Options{Token: "t1", SDKAppID: "1400000001", UserID: "agent1@demo", Version: "test", Dialer: dialer(url)}
	o.OnEvent = func(e agent.Event) {
		p.mu.Lock()
		p.events = append(p.events, e)
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
	}
	for _, f := range set {
		f(&o, p)
	}
	o.Tab = p.tab
	p.Agent = agent.New(o)
	p.watch()
	go func() {
		defer close(p.ended)
		p.Run(context.Background())
	}()
	t.Cleanup(p.shut)
	return p
}

// watch records every view once the loop runs.
func (p *page) watch() {
	go p.Subscribe(func(v agent.View) {
		p.mu.Lock()
		p.views = append(p.views, v)
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
	})
}

func (p *page) shut() {
	p.Close()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Error("Run did not return")
	}
}

// await waits until ok, which is asked again at each event and view.
func (p *page) await(what string, ok func() bool) {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		p.mu.Lock()
		changed := p.changed
		good := ok()
		p.mu.Unlock()
		if good {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			p.t.Fatalf("timeout: %s; events: %v", what, p.names())
		}
	}
}

// next waits for the next event of that name.
func (p *page) next(name string) agent.Event {
	p.t.Helper()
	var e agent.Event
	p.await(name, func() bool {
		for i := p.cursor; i < len(p.events); i++ {
			if p.events[i].Name == name {
				e, p.cursor = p.events[i], i+1
				return true
			}
		}
		return false
	})
	return e
}

// sees waits for a view.
func (p *page) sees(what string, ok func(agent.View) bool) {
	p.t.Helper()
	p.await(what, func() bool { return len(p.views) > 0 && ok(p.views[len(p.views)-1]) })
}

func (p *page) names() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for _, e := range p.events {
		names = append(names, e.Name)
	}
	return names
}

func gateway(t *testing.T, g *agenttest.Gateway) string {
	t.Helper()
	server, url := g.Serve(nil)
	t.Cleanup(func() {
		g.Cut()
		server.Close()
	})
	return url
}

func awaitGateway(t *testing.T, g *agenttest.Gateway, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.True(t, g.Await(ctx, ok), what)
}

func chatLogin() wire.LoginResult {
	return wire.LoginResult{
		Agent: wire.AgentProfile{UserID: "agent1@demo",
			SkillGroups: []wire.SkillGroup{{ID: "chat", Types: []wire.SessionType{wire.TypeIM}}}},
		State: wire.AgentState{Status: wire.StatusFree},
	}
}

func TestLoginAndEvents(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin()}
	p := open(t, gateway(t, g))
	ready := p.next(wire.EventReady)
	assert.Equal(t, wire.StatusFree, ready.Status)
	p.sees("ready", func(v agent.View) bool { return v.Phase == agent.PhaseReady })

	g.Emit(wire.Event{
		Name: wire.EventCallIn, Data: json.RawMessage(`{"sessionId":"s1"}`),
		Session: &wire.Session{SessionID: "s1", Type: wire.TypeIM, State: wire.StateRinging},
		Agent:   &wire.AgentState{Status: wire.StatusBusy},
	})
	e := p.next(wire.EventCallIn)
	assert.Equal(t, wire.StatusBusy, e.Status)
	assert.JSONEq(t, `{"sessionId":"s1"}`, string(e.Data))
	p.sees("the session", func(v agent.View) bool {
		return len(v.Sessions) == 1 &&
			v.Sessions[0].State == wire.StateRinging
	})
	assert.Equal(t, uint64(1), p.tab.Load().Seq)

	require.NoError(t, p.Accept(t.Context(), "s1"), "a chat needs no media")
	require.Len(t, g.Requests(wire.MethodCallAccept), 1)
	assert.ErrorIs(t, p.Accept(t.Context(), "nobody"), wire.ErrSessionNotFound)
	_, err := p.Muted("nobody")
	assert.ErrorIs(t, err, wire.ErrSessionNotFound)
	assert.ErrorIs(t, p.SetStatus(t.Context(), wire.SetStatusParams{Status: "busy"}), wire.ErrInvalidStatus)

	p.shut()
	awaitGateway(t, g, "no logout", func() bool { return g.Logouts() == 1 })
	assert.ErrorIs(t, p.Online(t.Context()), wire.ErrShutDown)
	assert.Empty(t, p.tab.Load().Secret)
	assert.Equal(t, agent.PhaseClosed, p.View().Phase)
}

// TestResume cuts the socket: what happened meanwhile arrives once and in
// order, and a command that was under way happens once.
func TestResume(t *testing.T) {
	asked := make(chan struct{}, 10)
	g := &agenttest.Gateway{Result: chatLogin(), Handle: func(agenttest.Request) (any, error) {
		asked <- struct{}{}
		return nil, nil
	}}
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	g.Emit(agenttest.Named("one", wire.SessionRef{}))
	p.next("one")

	g.Silence(true) // the answer is lost
	done := make(chan error, 1)
	go func() { done <- p.Hold(context.Background(), "s1") }()
	<-asked
	g.Lose(agenttest.Named("two", wire.SessionRef{}))
	g.Silence(false)
	g.Cut()
	g.Lose(agenttest.Named("three", wire.SessionRef{}))
	require.NoError(t, <-done)
	p.next(wire.EventConnectionChanged)
	p.next("two")
	p.next("three")
	g.Emit(agenttest.Named("four", wire.SessionRef{}))
	p.next("four")
	assert.Len(t, g.Requests(wire.MethodCallHold), 1, "done once")
	assert.Equal(t, []string{"ready", "one", "connectionChanged", "connectionChanged", "two", "three", "four"},
		p.names())
	logins := g.Logins()
	assert.Equal(t, uint64(1), logins[len(logins)-1].Resume.Seq)

	// A gap: the lost event is asked for.
	g.Lose(agenttest.Named("five", wire.SessionRef{}))
	g.Emit(agenttest.Named("six", wire.SessionRef{}))
	p.next("five")
	p.next("six")
	// Seen before: dropped.
	g.Send(&wire.Frame{Method: wire.NotifyEvent, Params: json.RawMessage(`{"seq":5,"name":"five"}`)})
	g.Emit(agenttest.Named("seven", wire.SessionRef{}))
	p.next("seven")
	n := 0
	for _, name := range p.names() {
		if name == "five" {
			n++
		}
	}
	assert.Equal(t, 1, n)
}

// TestReload is F5: another core with the same tab.
func TestReload(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin()}
	url := gateway(t, g)
	first := open(t, url)
	first.next(wire.EventReady)
	g.Emit(agenttest.Named("one", wire.SessionRef{}))
	first.next("one")
	kept := first.tab.Load()
	g.Lose(agenttest.Named("two", wire.SessionRef{}))
	second := open(t, url, func(_ *agent.Options, p *page) { p.tab.Save(kept) })
	second.next(wire.EventReady)
	second.next("two")
	assert.Equal(t, []string{"ready", "statusChanged", "two"}, second.names())
}

// greeted is a socket on which somebody has logged in before the core takes it.
type greeted struct {
	agent.Conn
	id uint64
}

func (g greeted) Greeted() uint64 { return g.id }

// greeter opens sockets of which the first one is greeted.
type greeter struct {
	dialer
	tab  *tab
	once sync.Once
}

func (g *greeter) Dial(ctx context.Context) (c agent.Conn, err error) {
	if c, err = g.dialer.Dial(ctx); err != nil {
		return nil, err
	}
	id := uint64(0)
	g.once.Do(func() {
		id = 1<<53 - 1
		params := wire.LoginParams{Token: "t1", SDKAppID: "1400000001", TabID: "tab", Version: "test", Early: true}
		if kept := g.tab.Load(); kept.Secret != "" {
			params.Resume = &wire.Resume{Secret: kept.Secret, Epoch: kept.Epoch, Seq: kept.Seq}
		}
		var text []byte
		if params, err := json.Marshal(params); err == nil {
			text, _ = wire.Encode(&wire.Frame{ID: id, Method: wire.MethodLogin, Params: params})
		}
		err = c.Write(text)
	})
	return greeted{c, id}, err
}

// early is an agent whose first login has been sent before it was there.
func early(url string, kept agent.TabState) func(*agent.Options, *page) {
	return func(o *agent.Options, p *page) {
		p.tab.Save(kept)
		o.Dialer = &greeter{dialer: dialer(url), tab: p.tab}
	}
}

// TestGreetedAndCut loses the socket between the early login and its
// completion: the secret of the first is what the next one shows.
func TestGreetedAndCut(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin()}
	g.Silence(true)
	url := gateway(t, g)
	p := open(t, url, early(url, agent.TabState{TabID: "tab"}))
	require.Eventually(t, func() bool { return p.tab.Load().Secret == "early" }, patience, time.Millisecond)
	assert.Empty(t, p.names(), "nothing is ready yet")
	g.Silence(false)
	g.Cut()
	p.next(wire.EventReady)
	logins := g.Logins()
	require.Len(t, logins, 2)
	require.NotNil(t, logins[1].Resume)
	assert.Equal(t, "early", logins[1].Resume.Secret)
}

// TestGreeted takes over logins that were made before the core was there: a
// first one, and that of a page that was reloaded. Later ones are its own.
func TestGreeted(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin()}
	url := gateway(t, g)
	first := open(t, url, early(url, agent.TabState{TabID: "tab"}))
	first.next(wire.EventReady)
	g.Emit(agenttest.Named("one", wire.SessionRef{}))
	first.next("one")
	assert.Len(t, g.Logins(), 1)
	g.Cut()
	g.Emit(agenttest.Named("two", wire.SessionRef{}))
	first.next("two")
	assert.Len(t, g.Logins(), 2)
	assert.Equal(t, []string{"ready", "one", "connectionChanged", "connectionChanged", "two"}, first.names())
	kept := first.tab.Load()
	g.Lose(agenttest.Named("three", wire.SessionRef{}))
	second := open(t, url, early(url, kept))
	second.next("three")
	assert.Equal(t, []string{"ready", "statusChanged", "three"}, second.names())
	assert.Len(t, g.Logins(), 3)
}

// TestForgetful is a gateway that comes back without its memory.
func TestForgetful(t *testing.T) {
	login := chatLogin()
	g := &agenttest.Gateway{Result: login}
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	g.Emit(wire.Event{Session: &wire.Session{SessionID: "s1", Type: wire.TypeIM, State: wire.StateTalking}})
	p.sees("the session", func(v agent.View) bool { return len(v.Sessions) == 1 })
	g.Forget()
	g.Cut()
	e := p.next(wire.EventSessionEnded)
	var ended wire.SessionEnded
	require.NoError(t, json.Unmarshal(e.Data, &ended))
	assert.Equal(t, wire.CloseAdmin, ended.CloseBy)
	assert.Equal(t, wire.ReasonGatewayRestart, ended.MainReason)

	// Deleting what only this tab still shows works, and says so.
	g.Handle = nil
	require.NoError(t, p.Delete(t.Context(), "s1"))
	p.sees("no session", func(v agent.View) bool { return len(v.Sessions) == 0 })
}

// The journal of a gateway that was restarted counts from one again: its
// events are not those that a page was told when it was loaded.
func TestRestartedGatewayIsHeard(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin()}
	url := gateway(t, g)
	first := open(t, url)
	first.next(wire.EventReady)
	for range 5 {
		g.Emit(agenttest.Named("before", wire.SessionRef{}))
		first.next("before")
	}
	second := open(t, url, func(_ *agent.Options, p *page) { p.tab.Save(first.tab.Load()) })
	second.next(wire.EventReady)
	g.Forget()
	g.Cut()
	second.next(wire.EventConnectionChanged) // reconnecting
	second.next(wire.EventConnectionChanged) // connected
	second.sees("reconnected", func(v agent.View) bool { return v.Phase == agent.PhaseReady })
	g.Emit(agenttest.Named(wire.EventStatusChanged, wire.StatusChanged{Status: wire.StatusRest}))
	second.next(wire.EventStatusChanged)
}

// TestRefusals: a refusal that a fresh token cures is told as tokenExpired too.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		refusal *wire.Error
		events  []string
	}{
		{wire.ErrTokenExpired, []string{"tokenExpired", "error"}},
		{wire.ErrTokenInvalid, []string{"tokenExpired", "error"}},
		{wire.ErrAgentDisabled, []string{"error"}},
	} {
		for name, set := range map[string]func(url string) func(*agent.Options, *page){
			"own login": func(string) func(*agent.Options, *page) { return func(*agent.Options, *page) {} },
			"early login": func(url string) func(*agent.Options,
				*page) {
				return early(url, agent.TabState{TabID: "tab"})
			},
		} {
			t.Run(c.refusal.Name+", "+name, func(t *testing.T) {
				g := &agenttest.Gateway{Refuse: func(wire.LoginParams) *wire.Error { return c.refusal }}
				url := gateway(t, g)
				p := open(t, url, set(url))
				early := make(chan error, 1)
				go func() { early <- p.Online(context.Background()) }()
				for _, name := range c.events {
					assert.Contains(t, string(p.next(name).Data), `"message":`)
				}
				assert.ErrorIs(t, <-early, c.refusal)
				assert.ErrorIs(t, p.Hold(t.Context(), "s1"), c.refusal)
				p.sees("refused", func(v agent.View) bool {
					return v.Phase == agent.PhaseRefused &&
						v.Notice.Is(c.refusal)
				})
				assert.Len(t, g.Logins(), 1)
				assert.Equal(t, c.events, p.names())
			})
		}
	}
}

// TestRefusedResume logs in with the token alone if the secret is not taken.
func TestRefusedResume(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin(), Refuse: func(p wire.LoginParams) *wire.Error {
		if p.Resume != nil {
			return wire.ErrTokenInvalid
		}
		return nil
	}}
	p := open(t, gateway(t, g), func(_ *agent.Options, p *page) {
		p.tab.Save(agent.TabState{TabID: "tab", Secret: "old", Epoch: "old", Seq: 7})
	})
	p.next(wire.EventReady)
	assert.Len(t, g.Logins(), 2)
	assert.Equal(t, "tab", g.Logins()[1].TabID)
}

func TestOverloadedGatewayIsTriedAgain(t *testing.T) {
	tries := 0
	g := &agenttest.Gateway{Result: chatLogin(), Refuse: func(wire.LoginParams) *wire.Error {
		if tries++; tries < 3 {
			return wire.ErrOverloaded
		}
		return nil
	}}
	p := open(t, gateway(t, g))
	assert.Contains(t, string(p.next(wire.EventError).Data), wire.ErrOverloaded.Name)
	p.next(wire.EventReady)
	assert.Len(t, g.Logins(), 3)
	assert.Equal(t, []string{"error", "ready"}, p.names(), "said once")
	assert.Nil(t, p.View().Notice)
}

func TestKicked(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin()}
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	g.Send(&wire.Frame{Method: wire.NotifyKicked,
		Params: json.RawMessage(`{"reason":"replaced","message":"elsewhere"}`)})
	e := p.next(wire.EventKickedOut)
	assert.Equal(t, wire.StatusOffline, e.Status)
	assert.JSONEq(t, `{"message":"elsewhere","reason":"replaced"}`, string(e.Data))
	assert.ErrorIs(t, p.Online(t.Context()), wire.ErrKickedOut)
	assert.Empty(t, p.tab.Load().Secret)
	assert.Equal(t, []string{"ready", "connectionChanged", "statusChanged", "kickedOut"}, p.names())
}

func TestStoppingGatewayIsComeBackTo(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin()}
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	g.Send(&wire.Frame{Method: wire.NotifyKicked, Params: json.RawMessage(`{"reason":"stopping"}`)})
	p.next(wire.EventConnectionChanged)
	p.next(wire.EventConnectionChanged)
	assert.Len(t, g.Logins(), 2)
}

func TestDeadlines(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin()}
	url := gateway(t, g)
	soon := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	nowhere := open(t, "ws://127.0.0.1:1/ws/agent")
	assert.ErrorIs(t, nowhere.Online(soon()), wire.ErrNotLoggedIn)

	p := open(t, url)
	p.next(wire.EventReady)
	g.Silence(true)
	assert.ErrorIs(t, p.Online(soon()), wire.ErrTimeout)
}

func TestTooManyRequests(t *testing.T) {
	p := open(t, "ws://127.0.0.1:1/ws/agent")
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error, 300)
	for range 300 {
		go func() { errs <- p.Online(ctx) }()
	}
	for range 300 - 256 {
		assert.ErrorIs(t, <-errs, wire.ErrOverloaded)
	}
	cancel()
	for range 256 {
		assert.Error(t, <-errs)
	}
}

func TestEndedSessionsAreBounded(t *testing.T) {
	g := &agenttest.Gateway{Result: chatLogin()}
	p := open(t, gateway(t, g))
	p.next(wire.EventReady)
	for i := range 120 {
		g.Emit(wire.Event{Session: &wire.Session{SessionID: string(rune('a' + i)), Type: wire.TypeIM,
			State: wire.StateEnded}})
	}
	g.Emit(agenttest.Named("last", nil))
	p.next("last")
	v := p.View()
	assert.Len(t, v.Sessions, 50)
	assert.Equal(t, string(rune('a'+119)), v.Sessions[49].SessionID)
}
