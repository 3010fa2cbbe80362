package mix

import (
	"slices"
	"sync"
	"time"
)

// maxCatchUp is how many frames a late metronome sends at once; what is later
// than that (the machine was asleep) is left out.
const maxCatchUp = 5

// Engine joins legs and gives them what no peer sends: music, prompts, silence.
// One metronome of 20 ms drives all of it; it stands still while no leg needs
// it. A process has one Engine.
//
// Every leg is fed by one thing at a time. Bridge, Play and Silence replace
// what fed the legs that they name, at once and without a break in the stream;
// Detach leaves the leg unfed. There is nothing to undo: whoever ends a
// playback decides what feeds the leg next.
type Engine struct {
	ops sync.Mutex // held by Bridge, Silence, Detach and Play: they are atomic to each other

	mu     sync.Mutex
	lines  []*line // copied on change: the metronome reads it without the lock
	closed bool
	wake   chan struct{}
	done   chan struct{}
}

// line is one port on the metronome.
type line struct {
	port *Port
	feed *Feed
	beat func(now time.Time, skipped int) bool // false: take the line off
	gone func()                                // called once, when another line took its place
}

// NewEngine starts an Engine. The caller must Close it.
func NewEngine() *Engine {
	e := &Engine{wake: make(chan struct{}, 1), done: make(chan struct{})}
	go e.run()
	return e
}

// Close stops the metronome and waits for it. Playbacks end, bridges go on
// without gap filling.
func (e *Engine) Close() {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		<-e.done
		return
	}
	e.closed = true
	lines := e.lines
	e.lines = nil
	close(e.wake)
	e.mu.Unlock()
	<-e.done
	for _, l := range lines {
		l.leave()
	}
}

// Bridge lets a and b hear each other, until one of them is given something
// else. While one side sends nothing for more than 60 ms, the other is sent
// silence. Whoever heard a or b before hears silence from then on.
func (e *Engine) Bridge(a, b Leg) {
	e.ops.Lock()
	defer e.ops.Unlock()
	toA, toB := a.Port().NewFeed(), b.Port().NewFeed()
	b.Receive(toA)
	a.Receive(toB)
	e.add(watch(a.Port(), toA), watch(b.Port(), toB))
}

// Silence sends leg silence, a frame every 20 ms.
func (e *Engine) Silence(leg Leg) {
	e.ops.Lock()
	defer e.ops.Unlock()
	f := leg.Port().NewFeed()
	f.quiet()
	e.add(watch(leg.Port(), f))
}

// Detach stops whatever feeds leg and drops what it sends.
func (e *Engine) Detach(leg Leg) {
	e.ops.Lock()
	defer e.ops.Unlock()
	leg.Receive(nil)
	leg.Port().NewFeed().Stop()
	e.remove(leg.Port(), nil)
}

// watch is the line of a bridged feed.
func watch(p *Port, f *Feed) *line {
	return &line{port: p, feed: f, beat: func(now time.Time, _ int) bool { return f.fill(now) }}
}

func (l *line) leave() {
	if l.gone != nil {
		l.gone()
	}
}

// add puts lines on the metronome and takes those off whose feeds were replaced.
func (e *Engine) add(lines ...*line) {
	var left []*line
	e.mu.Lock()
	if e.closed {
		left = lines
	} else {
		next := make([]*line, 0, len(e.lines)+len(lines))
		for _, l := range slices.Concat(e.lines, lines) {
			if l.feed.Live() {
				next = append(next, l)
			} else {
				left = append(left, l)
			}
		}
		e.lines = next
		select {
		case e.wake <- struct{}{}:
		default:
		}
	}
	e.mu.Unlock()
	for _, l := range left {
		l.leave()
	}
}

// remove takes the port's line off the metronome; with only set, only that line.
func (e *Engine) remove(p *Port, only *line) {
	e.mu.Lock()
	i := slices.IndexFunc(e.lines, func(l *line) bool { return l.port == p && (only == nil || l == only) })
	var l *line
	if i >= 0 {
		l = e.lines[i]
		e.lines = slices.Delete(slices.Clone(e.lines), i, i+1)
	}
	e.mu.Unlock()
	if l != nil {
		l.leave()
	}
}

func (e *Engine) current() []*line {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lines
}

// run is the metronome.
func (e *Engine) run() {
	defer close(e.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		if _, open := <-e.wake; !open {
			return
		}
		if !e.play(timer) {
			return
		}
	}
}

// play beats until no line is left; false means that the engine was closed.
// Beats are due at multiples of 20 ms from the first, whatever the delays.
func (e *Engine) play(timer *time.Timer) bool {
	due := time.Now()
	for {
		lines := e.current()
		if len(lines) == 0 {
			return true
		}
		now := time.Now()
		skipped := 0
		if late := int(now.Sub(due) / FrameTime); late > maxCatchUp {
			skipped = late - maxCatchUp
			due = due.Add(time.Duration(skipped) * FrameTime)
		}
		for _, l := range lines {
			if !l.beat(now, skipped) {
				e.remove(l.port, l)
			}
		}
		due = due.Add(FrameTime)
		wait := time.Until(due)
		if wait <= 0 {
			continue
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case _, open := <-e.wake:
			if !open {
				return false
			}
			<-timer.C // a new line waits for the next beat, like all
		}
	}
}
