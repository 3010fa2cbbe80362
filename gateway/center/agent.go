package center

import (
	"slices"
	"time"

	"tccc/gateway/acd"
	"tccc/gateway/config"
	"tccc/gateway/journal"
	"tccc/gateway/mix"
	"tccc/gateway/session"
	"tccc/gateway/status"
	"tccc/gateway/tenant"
	"tccc/internal/clip"
	"tccc/wire"
)

// endedKept is how many ended sessions an agent's list keeps before the oldest
// is dropped unasked.
const endedKept = 50

// agent is one account and what it is doing.
type agent struct {
	c      *Center
	key    agentKey
	tenant *tenant.Tenant
	conf   *config.Agent
	status *status.Machine

	list    []wire.Session // as the agent sees them, in the order they came
	journal journal.Journal
	last    *Seat             // the login that was lost last, while it is waited for
	seats   []*Seat           // the logins: tabs of one browser; none while the agent is away
	doors   map[string]func() // other doors through which the agent is there, and who is told of their end
	watches map[int]func(wire.Event)
	watchID int
	replies journal.Replies

	choice      wire.ServerType // where the agent wants to talk, "" for what is configured
	registered  bool            // its desk phone is
	handset     *handset        // the phone that it talks through; nil while there is none
	second      *handset        // the phone's second line, for a consultation that the phone has dialled
	missedRings int             // failures to reach it in a row
	resting     *time.Timer     // runs while nothing is offered after one

	leg    *leg  // audio of the browser; nil if there is none
	coming *leg  // takes its place in a conversation once it is connected
	active *call // the call that the leg is bound to
	tone   *mix.Playback
	checks int // connections of media.check
	offers int // of the browser that are being answered

	lost     []wire.SessionEnded // sessions that died with an earlier process, to be told at the next login
	day      status.Day
	reading  bool        // its history is being read
	onlineAt time.Time   // last came on line
	dropped  bool        // taken off line because it did not come back
	grace    *time.Timer // runs while the agent is away
	wrapUp   *time.Timer // runs in after-call work
}

// agentOf finds an agent of the configuration; nil if there is none.
func (c *Center) agentOf(app, user string) *agent {
	key := agentKey{app, user}
	if a := c.agents[key]; a != nil {
		return a
	}
	t := c.tenants[app]
	if t == nil || t.Agent(user) == nil {
		return nil
	}
	a := &agent{
		c: c, key: key, tenant: t, conf: t.Agent(user),
		status: status.New(time.Now()), journal: journal.New(), replies: journal.NewReplies(),
		doors: map[string]func(){}, watches: map[int]func(wire.Event){},
	}
	c.agents[key] = a
	a.status.Room(a.conf.MaxChats, time.Now())
	c.acd.Staff(key.id(), t.Queues(a.conf))
	return a
}

// emit writes an event into the journal and sends it. call, if not nil, is
// shown to the SDK as it is now; name may be empty for a change without an
// event of its own.
func (a *agent) emit(name string, data any, view *wire.Session) {
	e := wire.Event{At: time.Now().UnixMilli(), Name: name, Session: view}
	if data != nil {
		e.Data = wire.Raw(data)
	}
	a.publish(e)
}

// tellNow tells those who are there now, and nobody who comes later.
func (a *agent) tellNow(name string, data any) {
	e := wire.Event{At: time.Now().UnixMilli(), Name: name, Data: wire.Raw(data)}
	for _, s := range a.seats {
		s.notify(e)
	}
}

func (a *agent) publish(e wire.Event) {
	if e.Session != nil {
		a.remember(*e.Session)
	}
	e = a.journal.Add(e)
	a.c.lights(a.key.id())
	for _, s := range a.seats {
		s.notify(e)
	}
	for _, f := range a.watches {
		f(e)
	}
}

// present reports whether somebody is there to take sessions.
func (a *agent) present() bool { return len(a.seats) > 0 || len(a.doors) > 0 }

// remember keeps the agent's list in step with what it is shown.
func (a *agent) remember(v wire.Session) {
	i := slices.IndexFunc(a.list, func(s wire.Session) bool { return s.SessionID == v.SessionID })
	switch {
	case v.State == wire.StateGone && i >= 0:
		a.list = slices.Delete(a.list, i, i+1)
	case v.State == wire.StateGone:
	case i >= 0:
		a.list[i] = v
	default:
		a.list = append(a.list, v)
		a.trim()
	}
}

func (a *agent) trim() {
	ended := 0
	for i := len(a.list) - 1; i >= 0; i-- {
		if a.list[i].State == wire.StateEnded {
			if ended++; ended > endedKept {
				a.list = slices.Delete(a.list, i, i+1)
			}
		}
	}
}

// statusChanged follows every change of the status machine: it tells the page,
// the distributor and the store, and runs the countdown.
func (a *agent) statusChanged() {
	s := a.state()
	a.day.Turn(s.Status, time.Now())
	a.publish(wire.Event{
		At: time.Now().UnixMilli(), Name: wire.EventStatusChanged, Agent: &s,
		Data: wire.Raw(wire.StatusChanged{Status: s.Status, RestReason: s.RestReason, Deadline: s.Deadline,
			Pending: s.Pending}),
	})
	stopTimer(&a.wrapUp)
	if d := a.status.Deadline(); !d.IsZero() {
		a.wrapUp = a.c.after(a, time.Until(d), a.expire)
	}
	a.c.saveAgent(a)
	if a.c.Sink != nil {
		a.c.Sink.StatusChanged(a.key.app, a.key.user, s)
	}
	a.reroute()
}

func (a *agent) expire() {
	now := time.Now()
	if a.status.Expire(now) {
		a.statusChanged()
	} else if d := a.status.Deadline(); !d.IsZero() { // the clock was set back
		a.wrapUp = a.c.after(a, max(time.Until(d), time.Millisecond), a.expire)
	}
}

// reroute follows a change of what the agent can be given. One whose browser
// is away can be given nothing.
func (a *agent) reroute() {
	a.ability()
	a.c.match()
}

// ability tells the distributor what the agent can be given.
func (a *agent) ability() {
	before := a.c.acd.Idle(a.key.id())
	a.c.acd.Routable(a.key.id(), acd.Ability{Calls: a.free(acd.Call), Chats: a.free(acd.Chat), Load: a.status.Chats()},
		time.Now())
	a.c.lights(a.key.id())
	if !a.c.acd.Idle(a.key.id()).Equal(before) {
		a.c.saveAgent(a)
	}
}

// occupy gives the agent a session.
func (a *agent) occupy(call *call) {
	occupy := a.status.Occupy
	if call.kind() == acd.Chat {
		occupy = a.status.OccupyChat
	}
	if occupy(time.Now()) {
		a.statusChanged()
		return
	}
	a.ability()
}

// vacate takes a session from the agent.
func (a *agent) vacate(call *call, wrapUp time.Duration) {
	a.tidyPhone()
	vacate := a.status.Vacate
	if call.kind() == acd.Chat {
		vacate = a.status.VacateChat
	}
	if vacate(wrapUp, time.Now()) {
		a.statusChanged()
		return
	}
	a.reroute()
}

// calls are the agent's live sessions.
func (a *agent) calls() []*call {
	var own []*call
	for _, call := range a.c.calls {
		if call.agent == a {
			own = append(own, call)
		}
	}
	slices.SortFunc(own, func(x, y *call) int { return x.Offered.Compare(y.Offered) })
	return own
}

// call finds a live session of this agent that is not a chat.
func (a *agent) call(id string) (*call, error) {
	call, err := a.session(id)
	if err == nil && call.Type == wire.TypeIM {
		return nil, wire.ErrSessionState.For("sessionId", "the session is a chat")
	}
	return call, err
}

// session finds a live session of this agent.
func (a *agent) session(id string) (*call, error) {
	if call := a.own(id); call != nil {
		return call, nil
	}
	for _, v := range a.list {
		if v.SessionID == id {
			return nil, wire.ErrSessionState.For("sessionId", "the session has ended")
		}
	}
	return nil, wire.ErrSessionNotFound.For("sessionId", "%q", clip.Shown(id, 40))
}

// talking is the call in conversation that is not held, if any.
func (a *agent) talking() *call {
	for _, call := range a.calls() {
		if call.State() == session.Talking && call.Type != wire.TypeIM {
			return call
		}
	}
	return nil
}

func (a *agent) shutdown() {
	a.kick(wire.KickedParams{Reason: "stopping", Message: wire.ErrStopping.Message})
	stopTimer(&a.grace)
	stopTimer(&a.wrapUp)
	stopTimer(&a.resting)
	a.dismiss()
	a.dropLeg()
	a.tidyPhone()
}
