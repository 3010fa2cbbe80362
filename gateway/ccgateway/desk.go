package ccgateway

import (
	"log/slog"
	"sync"
	"time"

	"tccc/wire"
)

const (
	// queueSize bounds the events that wait for a poll. A desk that does not
	// poll is signed out after two minutes; until then the oldest make room.
	queueSize = 256
	// backlogSize bounds the events that arrive while a desk signs in.
	backlogSize = 256
	// noCustomState is what querycustomstate answers when there is none.
	noCustomState = 65535
)

// desk is one signed-in agent.
type desk struct {
	h      *Handler
	workNo string
	user   string
	door   string // under which the center knows it
	leave  func()
	stop   func() // ends the watching of the journal

	mu        sync.Mutex
	ready     bool // signed in: events go to the queue
	entered   bool // the queue has told of a state
	over      bool // signed out
	replaced  bool // by a forced sign-in
	backlog   []wire.Event
	model     model
	guids     guids
	queue     []event
	overflown bool          // events were lost
	changed   chan struct{} // closed and replaced when something changes for a poll
	polls     int           // polls that wait
	poll      chan struct{} // of the newest poll; closed when a newer one comes
	silence   func()        // stops the timer that runs while no poll waits
	resting   func()        // stops the timer of a rest

	autoAnswer  bool
	autoIdle    *bool       // after a call: idle, wrap-up; nil: as configured
	restTime    int         // seconds, of the rest asked for
	forced      wire.Status // that an inspector sets
	customState int
}

func newDesk(h *Handler, workNo, user, door string, f *form) *desk {
	return &desk{
		h: h, workNo: workNo, user: user, door: door, changed: make(chan struct{}),
		autoAnswer: f.autoAnswer, autoIdle: f.autoIdle, customState: noCustomState,
	}
}

// wake tells the polls that something has changed. The caller holds the lock.
func (d *desk) wake() {
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *desk) push(e event) {
	e.WorkNo = d.workNo
	if len(d.queue) >= queueSize {
		d.queue = append(d.queue[:0], d.queue[1:]...)
		if !d.overflown {
			d.overflown = true
			d.log().Warn("an agent does not poll its events: the oldest make room")
		}
	}
	d.queue = append(d.queue, e)
	d.wake()
}

// watch takes an event of the agent's journal. It runs on the center's loop:
// it must not block, and must not call the center.
func (d *desk) watch(e wire.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.over:
	case d.ready:
		d.take(e)
	case len(d.backlog) < backlogSize:
		d.backlog = append(d.backlog, e)
	}
}

// open completes the sign-in: the queue begins with the agent being in service
// and its state, and goes on with what has happened since the snapshot. It
// gives the first Guid.
func (d *desk) open(state wire.AgentState, sessions []wire.Session) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.model = newModel(state, sessions)
	d.push(event{EventType: eventInService})
	enter := func() {
		d.push(event{EventType: stateEvent(wire.AgentState{}, d.model.state, 0)})
		d.entered = true
	}
	if state.Status == wire.StatusFree || state.Status == wire.StatusBusy {
		enter()
	}
	d.ready = true
	for _, e := range d.backlog {
		d.take(e)
	}
	d.backlog = nil
	if !d.entered {
		enter()
	}
	d.breakSilence()
	return d.renew()
}

// take follows an event. The caller holds the lock.
func (d *desk) take(e wire.Event) {
	if d.over {
		return
	}
	before := d.model.state
	was, now := d.model.apply(e)
	for _, c := range callEvents(was, now) {
		if c.EventType == eventRinging && d.autoAnswer {
			d.answer(c, now.SessionID)
			continue
		}
		d.push(c)
	}
	if now != nil && now.Type != wire.TypeIM && now.State == wire.StateTalking &&
		(was == nil || was.State == wire.StateRinging || was.State == wire.StateDialing) {
		d.plan()
	}
	if e.Agent != nil {
		d.follow(before, e.At)
	}
}

// follow tells of a change of status and does what the desk was asked to do
// then. The caller holds the lock.
func (d *desk) follow(before wire.AgentState, at int64) {
	now := d.model.state
	name := stateEvent(before, now, at)
	if name == "" {
		return
	}
	switch {
	case !d.entered && now.Status == wire.StatusFree:
		name = eventReady
	case d.forced == now.Status && now.Status == wire.StatusFree:
		name = eventForceReady
	case d.forced == now.Status && now.Status == wire.StatusNotReady:
		name = eventForceNotReady
	}
	d.forced, d.entered = "", true
	d.push(event{EventType: name})
	d.clockRest()
	switch {
	case now.Status == wire.StatusOffline:
		d.end()
		d.h.later(func() { d.release() })
	case now.Status == wire.StatusArrange && now.Deadline != 0 && d.autoIdle != nil && *d.autoIdle:
		pending := now.Pending
		d.h.later(func() { d.h.endWrapUp(d.user, pending) })
	}
}

// plan has the agent wrap up after the conversation that begins, if the desk
// was set to that and nothing else has been asked for. The caller holds the lock.
func (d *desk) plan() {
	if d.autoIdle == nil || *d.autoIdle || d.model.state.Pending != nil {
		return
	}
	d.h.later(func() {
		d.h.attempt(d.user, wire.MethodSetStatus, wire.SetStatusParams{Status: string(wire.StatusArrange)})
	})
}

// answer takes a ringing call for a desk that answers by itself. The caller
// holds the lock.
func (d *desk) answer(ringing event, id string) {
	auto := event{EventType: eventAutoAnswer, Content: ringing.Content}
	d.push(auto)
	d.h.later(func() {
		if d.h.attempt(d.user, wire.MethodCallAccept, wire.SessionParams{SessionID: id}) {
			return
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, s := range d.model.sessions {
			if s.SessionID == id && s.State == wire.StateRinging && !d.over {
				d.push(ringing) // by hand, then
			}
		}
	})
}

// clockRest runs the timer of a rest while the agent rests. When it is over
// the agent is told, and goes on resting. The caller holds the lock.
func (d *desk) clockRest() {
	if d.resting != nil {
		d.resting()
		d.resting = nil
	}
	if d.model.state.Status != wire.StatusRest {
		if p := d.model.state.Pending; p == nil || p.Status != wire.StatusRest {
			d.restTime = 0
		}
		return
	}
	if d.restTime == 0 {
		return
	}
	since := d.model.state.Since
	d.resting = d.h.opts.Clock.AfterFunc(time.Duration(d.restTime)*time.Second, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if !d.over && d.model.state.Status == wire.StatusRest && d.model.state.Since == since {
			d.push(event{EventType: eventRestTimeout})
		}
	})
}

// renew makes the desk's next Guid. The caller holds the lock.
func (d *desk) renew() string {
	now, text := d.h.opts.Clock.Now(), newGuid(d.h.opts.Node)
	d.guids.add(text, now.Add(d.h.opts.GuidTTL), now.Add(d.h.opts.Silence))
	return text
}

// admit judges a request's Guid.
func (d *desk) admit(text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.guids.valid(text, d.h.opts.Clock.Now()) {
		return fail(CodeNoPermission, "the Guid is not valid or has expired: sign in again")
	}
	return nil
}

// signedOut reports whether the agent has signed out.
func (d *desk) signedOut() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over
}

// breakSilence starts the time anew after which a desk that does not poll is
// signed out. The caller holds the lock.
func (d *desk) breakSilence() {
	if d.silence != nil {
		d.silence()
		d.silence = nil
	}
	if d.polls > 0 {
		return
	}
	current := new(bool)
	stop := d.h.opts.Clock.AfterFunc(d.h.opts.Silence, func() {
		d.mu.Lock()
		stopped := *current || d.polls > 0
		d.mu.Unlock()
		if !stopped {
			d.h.silent(d)
		}
	})
	d.silence = func() { *current = true; stop() }
}

// end marks the desk as signed out; what is in the queue can still be polled.
// The caller holds the lock. It reports whether this was the end.
func (d *desk) end() bool {
	if d.over {
		return false
	}
	d.over = true
	if d.resting != nil {
		d.resting()
		d.resting = nil
	}
	d.wake()
	return true
}

// close ends the desk from outside.
func (d *desk) close(replaced bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		d.quiet()
		return false
	}
	d.replaced = replaced
	if d.ready && !replaced {
		d.push(event{EventType: eventShutdown})
	}
	d.end()
	d.quiet()
	return true
}

// quiet stops the silence timer. The caller holds the lock.
func (d *desk) quiet() {
	if d.silence != nil {
		d.silence()
		d.silence = nil
	}
}

// release lets go of what the desk holds at the center. It may be called twice.
func (d *desk) release() {
	if d.stop != nil {
		d.stop()
	}
	if d.leave != nil {
		d.leave()
	}
}

func (d *desk) log() *slog.Logger { return d.h.opts.Log.With("workNo", d.workNo) }
