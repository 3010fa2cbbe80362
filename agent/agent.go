package agent

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"tccc/wire"
)

// Options make an Agent.
type Options struct {
	Token    string // login token
	SDKAppID string
	UserID   string // a hint only: the token decides
	Device   string // names the browser profile, whose tabs share an agent
	Version  string // of the SDK
	Base     string // of the gateway's addresses, "https://host"; "" leaves paths as they are

	Dialer Dialer
	Media  Media // nil where there is no audio: calls are then refused with ErrMediaUnsupported
	Tab    Tab   // nil: a reload is a new login
	Tabs   Tabs  // nil: every tab has audio of its own
	Clock  Clock // nil: the system's
	// Again is set when the program was started again under a page that knows
	// the sessions already.
	Again bool

	// OnEvent takes what pages shall see, in order. It is called by the loop
	// and must not block. nil drops them.
	OnEvent func(Event)
}

// Event is an event for the page.
type Event struct {
	Name   string
	Data   json.RawMessage // the payload, an object, or nil
	Status wire.Status     // the agent's status once the event is out
}

// Agent is the SDK's core. One goroutine, that of Run, owns its state; all
// methods may be called from any other.
type Agent struct {
	opts  Options
	clock Clock
	media Media

	mu     sync.Mutex
	queue  []func()
	closed bool
	wake   chan struct{}
	done   chan struct{}
	ctx    context.Context // of the work that the loop starts
	cancel context.CancelFunc
	work   sync.WaitGroup
	late   sync.Mutex // owns the state once the loop has ended

	// Everything below belongs to the loop.
	view      View
	dirty     bool
	listeners map[int]func(View)
	listenID  int

	conn connection
	reqs requests
	leg  leg
	mic  mic
	talks

	rec     record
	quality quality

	chats  map[string]*chat
	resend []wire.SendParams // what was on its way before the page was reloaded

	owner      bool            // this tab has the audio
	snapshot   map[string]bool // sessions of the last login
	restored   map[string]bool // sessions that the page was told of at its start
	restoredTo uint64          // events up to this one are part of that
	everUp     bool
	end        *wire.Error // why commands are refused for good
}

// New makes an agent. Run starts it.
func New(opts Options) *Agent {
	a := &Agent{
		opts:      opts,
		clock:     opts.Clock,
		media:     opts.Media,
		wake:      make(chan struct{}, 1),
		done:      make(chan struct{}),
		listeners: make(map[int]func(View)),
		chats:     make(map[string]*chat),
	}
	if a.clock == nil {
		a.clock = systemClock{}
	}
	a.owner = opts.Tabs == nil
	if opts.Tab != nil {
		a.conn.tab = opts.Tab.Load()
		a.resend = a.conn.tab.Unsent
	}
	if a.conn.tab.TabID == "" {
		a.conn.tab.TabID = random()
	}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	a.view = View{Phase: PhaseConnecting, Media: MediaNone, State: wire.AgentState{Status: wire.StatusOffline}}
	a.reqs.run = random()
	return a
}

// Run logs in and keeps the agent connected until Close is called or ctx ends.
// A refused or kicked agent stays, so that its methods can say why. Run
// returns when everything that it started has ended. It may be called once.
func (a *Agent) Run(ctx context.Context) {
	stop := context.AfterFunc(ctx, a.Close)
	defer stop()
	if a.media != nil {
		a.media.OnState(func(s MediaState) { a.post(func() { a.legChanged(s) }) })
	}
	a.beginTalks()
	a.post(func() { a.connInput(connStart) })
	for range a.wake {
		a.mu.Lock()
		batch := a.queue
		a.queue = nil
		a.mu.Unlock()
		for _, f := range batch {
			f()
		}
		a.publish()
		if a.view.Phase == PhaseClosed {
			break
		}
	}
	a.mu.Lock()
	a.closed = true
	rest := a.queue
	a.queue = nil
	a.mu.Unlock()
	for _, f := range rest { // callers may wait for them; they find the agent closed
		f()
	}
	close(a.done)
	a.cancel()
	a.work.Wait()
	if a.media != nil {
		a.media.Close()
	}
}

// Close logs out and ends Run: the microphone, the leg and the socket are let
// go, the resume secret is forgotten, and waiting methods fail with ErrShutDown.
// It does not wait for that; Done does.
func (a *Agent) Close() { a.post(a.shutDown) }

// Done is closed when the agent has shut down.
func (a *Agent) Done() <-chan struct{} { return a.done }

// Wake tells the agent that the network or the tab has come back: it checks
// the connection, or tries the next one, at once.
func (a *Agent) Wake() { a.post(a.woken) }

// Sleep tells the agent that the page is put aside (back/forward cache, frozen
// tab): leg, microphone and socket are let go until Wake.
func (a *Agent) Sleep() { a.post(a.asleep) }

// View is the present state.
func (a *Agent) View() View {
	var v View
	a.do(func() { v = a.snapshotView() })
	return v
}

// Subscribe calls f with the present state and then with every change, from
// the loop: f must not block and must not call methods that wait. remove ends
// that; f may still be running when it returns.
func (a *Agent) Subscribe(f func(View)) (remove func()) {
	id := 0
	a.do(func() {
		a.listenID++
		id = a.listenID
		a.listeners[id] = f
		f(a.snapshotView())
	})
	return func() { a.post(func() { delete(a.listeners, id) }) }
}

// post hands f to the loop. It never blocks: what is posted is bounded by its
// senders (requests have a limit, the reader waits for the loop, media states
// and timers are few).
func (a *Agent) post(f func()) {
	a.mu.Lock()
	if !a.closed {
		a.queue = append(a.queue, f)
	}
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// do runs f on the loop and waits for it. After the loop has ended it runs f
// itself.
func (a *Agent) do(f func()) {
	ran := make(chan struct{})
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		<-a.done
		a.late.Lock()
		defer a.late.Unlock()
		f()
		return
	}
	a.queue = append(a.queue, func() { defer close(ran); f() })
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default:
	}
	<-ran
}

// start runs f in a goroutine that Run waits for; f must end when ctx does.
func (a *Agent) start(f func(ctx context.Context)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed { // ctx is cancelled: f only clears up
		go f(a.ctx)
		return
	}
	a.work.Add(1)
	go func() {
		defer a.work.Done()
		f(a.ctx)
	}()
}

// after calls f on the loop after d.
func (a *Agent) after(d time.Duration, f func()) (stop func()) {
	return a.clock.AfterFunc(d, func() { a.post(f) })
}

func (a *Agent) changed() { a.dirty = true }

func (a *Agent) publish() {
	if !a.dirty {
		return
	}
	a.dirty = false
	for _, f := range a.listeners {
		f(a.snapshotView())
	}
}

func (a *Agent) snapshotView() View {
	v := a.view
	v.Sessions = append([]wire.Session(nil), a.view.Sessions...)
	v.Chats = make(map[string]Chat, len(a.chats))
	for id, c := range a.chats {
		v.Chats[id] = c.Chat
	}
	return v
}

func (a *Agent) emit(name string, payload any) {
	if a.opts.OnEvent == nil {
		return
	}
	var data json.RawMessage
	switch p := payload.(type) {
	case nil:
	case json.RawMessage:
		data = p
	default:
		data, _ = json.Marshal(p) // of structs without channels or functions: cannot fail
	}
	a.noteEvent(name, data)
	a.opts.OnEvent(Event{Name: name, Data: data, Status: a.view.State.Status})
}

// Rejection is an error as pages see it in rejections and in the error event.
type Rejection struct {
	Status string `json:"status"` // always "error"
	*wire.Error
	ErrorMsg string `json:"errorMsg"`
}

// Reject gives the form that pages see of any error.
func Reject(err error) Rejection {
	e := wire.AsError(err)
	return Rejection{"error", e, e.Error()}
}

// fault tells the page and the interface about a failure that no method reports.
func (a *Agent) fault(err error) {
	a.notice(err)
	a.emit(wire.EventError, Reject(err))
}

// notice shows err to the agent, or takes the notice away.
func (a *Agent) notice(err error) {
	if e := wire.AsError(err); e != nil {
		a.note("notice", e.Name, e.Code)
	}
	a.view.Notice = wire.AsError(err)
	a.changed()
}

// clearNotice takes away a notice of the given kinds: what it said is over.
func (a *Agent) clearNotice(kinds ...*wire.Error) {
	for _, k := range kinds {
		if a.view.Notice != nil && a.view.Notice.Is(k) {
			a.notice(nil)
		}
	}
}

// finish ends the agent's work for good, for the reason err.
func (a *Agent) finish(phase Phase, err *wire.Error) {
	a.connInput(connStop)
	a.end = err
	a.view.Phase = phase
	if a.view.State.Status != wire.StatusOffline {
		a.view.State = wire.AgentState{Status: wire.StatusOffline}
		a.emit(wire.EventStatusChanged, wire.StatusChanged{Status: wire.StatusOffline})
	}
	a.reqs.failAll(err)
	a.leg.tell(err)
	a.dropTalks()
	a.legInput(legDrop)
	a.quiet()
	a.changed()
}

// quiet lets go of microphone and ringtone.
func (a *Agent) quiet() {
	a.mic.stop(a)
	if a.media != nil {
		a.media.Ring(RingNone)
	}
	a.mic.ringing = RingNone
}

func (a *Agent) shutDown() {
	if a.view.Phase == PhaseClosed {
		return
	}
	a.conn.forget(a)
	a.conn.logout(a)
	a.finish(PhaseClosed, wire.ErrShutDown)
	a.cancel()
}

// random names a tab or a run. It is no secret; the runtime's generator is
// seeded by the system.
func random() string {
	return strconv.FormatUint(rand.Uint64(), 36) + strconv.FormatUint(rand.Uint64(), 36)
}
