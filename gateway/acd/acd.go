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

// Waiting is a session that waits for an agent.
type Waiting struct {
	Session string
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
	groups   []Group
	idle     time.Time // since when
	routable bool
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

// Routable says whether sessions may be offered to the agent. An agent that
// becomes routable goes to the end of the line.
func (d *Distributor) Routable(agent string, yes bool, now time.Time) {
	s := d.agents[agent]
	if s == nil || s.routable == yes {
		return
	}
	s.routable, s.idle = yes, now
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

// Position of a session in its queue, from 1; 0 if it does not wait.
func (d *Distributor) Position(session string) int {
	g, ok := d.where[session]
	if !ok {
		return 0
	}
	return 1 + slices.IndexFunc(d.queues[g].waiting, func(w *Waiting) bool { return w.Session == session })
}

// Next takes the first session that an agent can have out of its queue: the
// longest-waiting session first, for it the agent that is idle longest. The
// caller must then make the agent unroutable. Retry, if not zero, is when an
// agent that did not take a waiting session may be asked again.
func (d *Distributor) Next(now time.Time) (session, agent string, retry time.Time) {
	var best *Waiting
	for _, q := range d.queues {
		w, a, r := q.first(now)
		if !r.IsZero() && (retry.IsZero() || r.Before(retry)) {
			retry = r
		}
		if w != nil && (best == nil || w.Since.Before(best.Since) || w.Since.Equal(best.Since) && w.Session < best.Session) {
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
	if len(q.waiting) == 0 || !q.anyRoutable() {
		return nil, "", time.Time{}
	}
	for _, w := range q.waiting {
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

func (q *queue) anyRoutable() bool {
	for _, s := range q.agents {
		if s.routable {
			return true
		}
	}
	return false
}

func (q *queue) longestIdle(w *Waiting, now time.Time) (best string, retry time.Time) {
	var idle time.Time
	for id, s := range q.agents {
		if !s.routable {
			continue
		}
		if again, tried := w.Tried[id]; tried && now.Before(again) {
			if retry.IsZero() || again.Before(retry) {
				retry = again
			}
			continue
		}
		if best == "" || s.idle.Before(idle) || s.idle.Equal(idle) && id < best {
			best, idle = id, s.idle
		}
	}
	return best, retry
}
