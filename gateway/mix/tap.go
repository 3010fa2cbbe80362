package mix

// BridgeTapped is Bridge, and hands what a and b say to the sinks as well, as
// it comes, in G.711, as long as the other side is given it. A nil sink is left out.
func (e *Engine) BridgeTapped(a, b Leg, fromA, fromB Sink) {
	e.ops.Lock()
	defer e.ops.Unlock()
	toA, toB := a.Port().NewFeed(), b.Port().NewFeed()
	b.Receive(tapped(toA, fromB))
	a.Receive(tapped(toB, fromA))
	e.add(watch(a.Port(), toA), watch(b.Port(), toB))
}

func tapped(f *Feed, s Sink) Sink {
	if s == nil {
		return f
	}
	return &tap{f, Narrow(s)}
}

// tap is a feed with a listener.
type tap struct {
	feed *Feed
	sink Sink
}

// WriteFrame implements Sink.
func (t *tap) WriteFrame(f *Frame) {
	t.feed.WriteFrame(f)
	if t.feed.Live() {
		t.sink.WriteFrame(f)
	}
}

// Tap hands what a member says to a sink as well, in G.711, as long as it is a member;
// nil ends that.
func (c *Conference) Tap(leg Leg, s Sink) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.members {
		if m.leg != leg {
			continue
		}
		if s == nil {
			m.tap.Store(nil)
		} else {
			m.tap.Store(&s)
		}
	}
}

// Tee is a sink that hands frames to several.
func Tee(sinks ...Sink) Sink {
	switch len(sinks) {
	case 0:
		return nil
	case 1:
		return sinks[0]
	}
	return tee(sinks)
}

type tee []Sink

// WriteFrame implements Sink.
func (t tee) WriteFrame(f *Frame) {
	for _, s := range t {
		s.WriteFrame(f)
	}
}
