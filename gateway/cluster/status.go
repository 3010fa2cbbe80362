package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// notice wakes those that wait for a change.
type notice struct {
	change chan struct{} // closed and replaced with every change
	seen   string        // what was noticed last
}

// note wakes those that wait, if anything has changed. The lock is held.
func (n *Node) note(now time.Duration) {
	var b strings.Builder
	fmt.Fprint(&b, n.book.state, n.book.watch.heard(now), n.book.leads)
	for _, s := range n.book.shelf {
		fmt.Fprint(&b, s.read == never, s.read >= n.book.watch.held)
	}
	for _, app := range n.book.known() {
		_, may := n.book.may(now, app)
		fmt.Fprint(&b, " ", app, n.book.apps[app].fence, may)
	}
	for _, node := range n.nodes(now) {
		fmt.Fprint(&b, " ", node.Node, node.Instance, node.State, node.Leads)
	}
	if seen := b.String(); seen != n.notice.seen {
		n.notice.seen = seen
		close(n.notice.change)
		n.notice.change = make(chan struct{})
	}
}

// Changed is closed with the next change of anything that the node tells.
func (n *Node) Changed() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.notice.change
}

// Errors that callers tell apart.
var (
	ErrNoMajority = errors.New("cluster: no majority")
	ErrRefused    = errors.New("cluster: refused")
)

// Health says why this node cannot serve now, nil if it can. It answers at once
// from what the node knows.
func (n *Node) Health() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.now()
	switch {
	case n.refused != nil:
		return n.refused
	case n.book.state == Draining:
		return errors.New("cluster: the node is draining")
	case n.book.watch.heard(now):
		return nil
	}
	heard := []string{n.opts.Node}
	for _, other := range n.nodes(now) {
		if other.State != Gone && other.Node != n.opts.Node {
			heard = append(heard, other.Node)
		}
	}
	return fmt.Errorf("%w: %d of %d nodes hear each other (%s): "+
		"start the others, or look at cluster.routes and the network between",
		ErrNoMajority, len(heard), n.book.watch.size, strings.Join(heard, ", "))
}

func (n *Node) reason() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.refused
}

// Owner is who owns an application.
type Owner struct {
	Node, Instance string
	Fence          uint64
}

// Owner tells who owns an application as far as this node knows; ok is false if
// nobody does.
func (n *Node) Owner(app string) (o Owner, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e := n.book.apps[app]
	if e == nil || e.fence == 0 {
		return o, false
	}
	return Owner{e.Node, e.Instance, e.fence}, true
}

// May reports whether this node may act for an application now, and with which
// fence. It is asked before each thing that would be wrong to do twice; a process
// that is paused after it has asked is what fences are for.
func (n *Node) May(app string) (fence uint64, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.book.may(n.now(), app)
}

// NodeStatus is what is known of a node.
type NodeStatus struct {
	Node, Instance, Release string
	State                   State
	Silent                  time.Duration // since it was heard
	Leads                   []int         // buckets of owners that it leads
	Apps                    []string      // that it owns
}

// Nodes tells of all nodes that were ever heard, in order.
func (n *Node) Nodes() []NodeStatus {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.nodes(n.now())
}

func (n *Node) nodes(now time.Duration) []NodeStatus {
	out := []NodeStatus{{
		Node: n.opts.Node, Instance: n.instance, Release: n.opts.Release, State: n.book.state, Leads: n.book.leads,
	}}
	for name, p := range n.book.watch.nodes {
		s := NodeStatus{
			Node: name, Instance: p.beat.Instance, Release: p.beat.Release, State: p.beat.State, Leads: p.beat.Leads,
			Silent: now - p.at,
		}
		if p.lost {
			s.State, s.Leads = Gone, nil
		}
		out = append(out, s)
	}
	for i := range out {
		for _, app := range n.book.known() {
			if e := n.book.apps[app]; e.Node == out[i].Node && e.Instance == out[i].Instance {
				out[i].Apps = append(out[i].Apps, app)
			}
		}
	}
	slices.SortFunc(out, func(a, b NodeStatus) int { return strings.Compare(a.Node, b.Node) })
	return out
}

// SetApps replaces the applications that this node can own.
func (n *Node) SetApps(apps []string) error {
	for _, app := range apps {
		if !validName.MatchString(app) {
			return fmt.Errorf("apps: %q is no id: use 1 to 64 letters, digits, _ and -", app)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.book.set(apps)
	return nil
}

// Drain hands over every application of this node and takes no more. It ends
// when none is left, or with the context.
func (n *Node) Drain(ctx context.Context) error {
	n.mu.Lock()
	n.book.state = Draining
	n.mu.Unlock()
	n.hurry()
	for {
		n.mu.Lock()
		var left []string
		for app, e := range n.book.apps {
			if n.book.owns(e) {
				left = append(left, app)
			}
		}
		wait := n.notice.change
		n.mu.Unlock()
		if len(left) == 0 {
			return nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
			slices.Sort(left)
			return fmt.Errorf("failed to hand over %s: %w", strings.Join(left, ", "), ctx.Err())
		}
	}
}
