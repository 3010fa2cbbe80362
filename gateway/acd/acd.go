// Package acd is the automatic call distributor: waiting sessions, agents that
// can take them, and who gets which. It is pure and not safe for concurrent
// use; the loop that owns agents and sessions owns it.
package acd

import (
	"slices"
	"time"
)

// Group names a skill group of an application.
type Group struct {
	App string
	ID  string
}

// Kind is what a session takes of an agent: all of the attention, or a place
// among several.
type Kind uint8

// The kinds of sessions.
const (
	Call Kind = iota // telephone, audio, video
	Chat
)

// Ability is what an agent can be given now.
type Ability struct {
	Calls bool // a call
	Chats bool // one more chat
	// Load is how many chats the agent has: of two who can take a session, the
	// one with fewer gets it.
	Load int
}

func (a Ability) takes(k Kind) bool { return k == Call && a.Calls || k == Chat && a.Chats }

// Waiting is a session that waits for an agent.
type Waiting struct {
	Session string
	Kind    Kind
	Group   Group
	Since   time.Time // orders the queue: a session that returns keeps its time and so its place
	// Tried are the agents that did not take the session and since when they
	// may be asked again.
	Tried map[string]time.Time
}

// Distributor holds the queues of all groups of a node.
type Distributor struct {
	agents map[string]*seat
	queues map[Group]*queue
	where  map[string]Group // session to queue
}

type seat struct {
	groups []Group
	idle   time.Time // since when: the last change of what the agent has to do
	kept   bool      // idle is of an earlier process: coming back does not change it
	can    Ability
}

type queue struct {
	waiting []*Waiting // by Since
	agents  map[string]*seat
}

// New returns a distributor without agents.
func New() *Distributor {
	return &Distributor{agents: map[string]*seat{}, queues: map[Group]*queue{}, where: map[string]Group{}}
}

func (d *Distributor) queue(g Group) *queue {
	q := d.queues[g]
	if q == nil {
		q = &queue{agents: map[string]*seat{}}
		d.queues[g] = q
	}
	return q
}

// Staff sets the groups of an agent; none takes the agent out.
func (d *Distributor) Staff(agent string, groups []Group) {
	s := d.agents[agent]
	if s == nil {
		s = &seat{}
		d.agents[agent] = s
	}
	for _, g := range s.groups {
		delete(d.queue(g).agents, agent)
	}
	s.groups = slices.Clone(groups)
	for _, g := range groups {
		d.queue(g).agents[agent] = s
	}
	if len(groups) == 0 {
		delete(d.agents, agent)
	}
}

// Routable says what may be offered to the agent. An agent that becomes able
// to take something, or whose load has changed, goes to the end of the line.
func (d *Distributor) Routable(agent string, can Ability, now time.Time) {
	s := d.agents[agent]
	if s == nil || s.can == can {
		return
	}
	if can.Calls && !s.can.Calls || can.Chats && !s.can.Chats && !s.can.Calls || can.Load != s.can.Load {
		if !s.kept {
			s.idle = now
		}
		s.kept = false
	}
	s.can = can
}

// Idle is since when the agent is idle, as the order of agents has it.
func (d *Distributor) Idle(agent string) time.Time {
	if s := d.agents[agent]; s != nil {
		return s.idle
	}
	return time.Time{}
}

// Resume gives an agent of an earlier process its place among the idle ones: it
// keeps it when it comes back. The zero time takes that back.
func (d *Distributor) Resume(agent string, idle time.Time) {
	if s := d.agents[agent]; s != nil {
		s.kept = !idle.IsZero()
		if s.kept {
			s.idle = idle
		}
	}
}

// Enqueue adds a session or moves it to another group.
func (d *Distributor) Enqueue(w Waiting) {
	d.Remove(w.Session)
	q := d.queue(w.Group)
	i, _ := slices.BinarySearchFunc(q.waiting, w.Since, func(e *Waiting, t time.Time) int {
		if e.Since.After(t) {
			return 1
		}
		return -1 // equal times: behind those that are there
	})
	q.waiting = slices.Insert(q.waiting, i, &w)
	d.where[w.Session] = w.Group
}

// Remove takes a session out; it reports whether it was waiting.
func (d *Distributor) Remove(session string) bool {
	g, ok := d.where[session]
	if !ok {
		return false
	}
	delete(d.where, session)
	q := d.queues[g]
	q.waiting = slices.DeleteFunc(q.waiting, func(w *Waiting) bool { return w.Session == session })
	return true
}

// Length is how many sessions wait in a group.
func (d *Distributor) Length(g Group) int {
	if q := d.queues[g]; q != nil {
		return len(q.waiting)
	}
	return 0
}

// Oldest is since when the first session of a group's queue waits, the zero time
// if none does.
func (d *Distributor) Oldest(g Group) time.Time {
	if q := d.queues[g]; q != nil && len(q.waiting) > 0 {
		return q.waiting[0].Since
	}
	return time.Time{}
}

// LengthOf is how many sessions of a kind wait in a group.
func (d *Distributor) LengthOf(g Group, k Kind) (n int) {
	if q := d.queues[g]; q != nil {
		for _, w := range q.waiting {
			if w.Kind == k {
				n++
			}
		}
	}
	return n
}

// Position of a session in its queue among those of its kind, from 1; 0 if it
// does not wait.
func (d *Distributor) Position(session string) int {
	g, ok := d.where[session]
	if !ok {
		return 0
	}
	waiting := d.queues[g].waiting
	i := slices.IndexFunc(waiting, func(w *Waiting) bool { return w.Session == session })
	n := 1
	for _, w := range waiting[:i] {
		if w.Kind == waiting[i].Kind {
			n++
		}
	}
	return n
}

// Next takes the first session that an agent can have out of its queue: the
// longest-waiting session first, for it the agent with the fewest chats, and
// of those the one that is idle longest. The caller must then say what the
// agent can still take. Retry, if not zero, is when an agent that did not take
// a waiting session may be asked again.
func (d *Distributor) Next(now time.Time) (session, agent string, retry time.Time) {
	var best *Waiting
	for _, q := range d.queues {
		w, a, r := q.first(now)
		if !r.IsZero() && (retry.IsZero() || r.Before(retry)) {
			retry = r
		}
		if w != nil && (best == nil || w.Since.Before(best.Since) || w.Since.Equal(best.Since) &&
			w.Session < best.Session) {
			best, agent = w, a
		}
	}
	if best == nil {
		return "", "", retry
	}
	d.Remove(best.Session)
	return best.Session, agent, time.Time{}
}

func (q *queue) first(now time.Time) (w *Waiting, agent string, retry time.Time) {
	if len(q.waiting) == 0 {
		return nil, "", time.Time{}
	}
	can := q.ability()
	for _, w := range q.waiting {
		if !can.takes(w.Kind) {
			continue
		}
		agent, r := q.longestIdle(w, now)
		if agent != "" {
			return w, agent, time.Time{}
		}
		if !r.IsZero() && (retry.IsZero() || r.Before(retry)) {
			retry = r
		}
	}
	return nil, "", retry
}

// ability is what the agents of the group can be given, together.
func (q *queue) ability() (all Ability) {
	for _, s := range q.agents {
		all.Calls, all.Chats = all.Calls || s.can.Calls, all.Chats || s.can.Chats
	}
	return all
}

func (q *queue) longestIdle(w *Waiting, now time.Time) (best string, retry time.Time) {
	var first *seat
	for id, s := range q.agents {
		if !s.can.takes(w.Kind) {
			continue
		}
		if again, tried := w.Tried[id]; tried && now.Before(again) {
			if retry.IsZero() || again.Before(retry) {
				retry = again
			}
			continue
		}
		if first == nil || s.before(first) || !first.before(s) && id < best {
			best, first = id, s
		}
	}
	return best, retry
}

// before reports whether a session goes to s rather than to t.
func (s *seat) before(t *seat) bool {
	if s.can.Load != t.can.Load {
		return s.can.Load < t.can.Load
	}
	return s.idle.Before(t.idle)
}
