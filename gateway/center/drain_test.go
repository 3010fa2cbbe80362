package center

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/mix"
	"tccc/gateway/rtc"
	"tccc/gateway/sip"
	"tccc/gateway/store"
	"tccc/wire"
)

func TestDrain(t *testing.T) {
	w := newWorld(t, nil)
	p := w.agent("agent1@demo")
	p.ok(wire.MethodOnline, wire.Empty{})
	far := w.rings("4001000001")
	var in wire.CallInPhone
	p.await(wire.EventCallIn, &in)
	p.ok(wire.MethodCallAccept, session1(in.SessionID))

	impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, w.center.Drain(impatient), context.DeadlineExceeded)
	var told wire.Error
	p.await(wire.EventError, &told)
	assert.Equal(t, wire.ErrStopping.Code, told.Code)
	p.fails(wire.MethodCallStart, wire.StartCallParams{PhoneNumber: "10086"}, wire.ErrStopping)
	assert.Equal(t, 503, w.awaitKind(w.rings("4001000001"), sip.Ended).Code)
	assert.Equal(t, 1, w.gatewayCalls())

	drained := make(chan error, 1)
	go func() { drained <- w.center.Drain(t.Context()) }()
	p.ok(wire.MethodCallHold, session1(in.SessionID))
	p.ok(wire.MethodCallUnhold, session1(in.SessionID))
	require.Empty(t, drained, "the call goes on")
	p.ok(wire.MethodCallHangup, session1(in.SessionID))
	require.NoError(t, <-drained)
	w.awaitKind(far, sip.Ended)
	require.NoError(t, w.center.Drain(t.Context()), "it is drained already")
}

// gatewayCalls counts the sessions.
func (w *world) gatewayCalls() int {
	all, err := w.center.Sessions(w.t.Context(), app)
	require.NoError(w.t, err)
	return len(all)
}

// listener is a sink that keeps what it hears.
type listener struct {
	mu   sync.Mutex
	told []string
}

func (l *listener) SessionChanged(state string, r *store.SessionRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told = append(l.told, state+" "+r.UserID)
}

func (l *listener) StatusChanged(_, user string, s wire.AgentState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told = append(l.told, user+" is "+string(s.Status))
}

// recorder notes which sessions are recorded, and when they end.
type recorder struct {
	listener
	begun chan *recording
}

type recording struct {
	session string
	closed  chan struct{}
}

func (r *recorder) Record(_, session string, _ bool) Recording {
	c := &recording{session, make(chan struct{})}
	r.begun <- c
	return c
}

func (c *recording) ID() string         { return "recording of " + c.session }
func (c *recording) Customer() mix.Sink { return deaf{} }
func (c *recording) Agent(int) mix.Sink { return deaf{} }
func (c *recording) Close()             { close(c.closed) }

func (*recording) Pictures() (customer, agent rtc.Tap, ok bool) { return nil, nil, false }

type deaf struct{}

func (deaf) WriteFrame(*mix.Frame) {}

// TestSink: each state is told once, in order, and a conversation is recorded
// once.
func TestSink(t *testing.T) {
	w := newWorld(t, nil)
	r := &recorder{begun: make(chan *recording, 10)}
	require.NoError(t, w.center.do(t.Context(), func() { w.center.Sink, w.center.Recorder = &r.listener, r }))
	p := w.agent("agent1@demo")
	p.ok(wire.MethodOnline, wire.Empty{})
	w.rings("4001000003") // the menu
	far := w.rings("4001000001")
	var in wire.CallInPhone
	p.await(wire.EventCallIn, &in)
	require.Empty(t, r.begun, "it rings")
	p.ok(wire.MethodCallAccept, session1(in.SessionID))
	p.ok(wire.MethodCallMute, session1(in.SessionID))
	p.ok(wire.MethodCallHold, session1(in.SessionID))
	p.ok(wire.MethodCallUnhold, session1(in.SessionID))
	c := <-r.begun
	assert.Equal(t, in.SessionID, c.session)
	require.NoError(t, far.Hangup())
	<-c.closed
	cdr := w.cdrs(1)[0]
	assert.Equal(t, "recording of "+in.SessionID, cdr.Recording)
	p.status(wire.StatusFree)
	r.mu.Lock()
	defer r.mu.Unlock()
	own := slices.DeleteFunc(slices.Clone(r.told), func(s string) bool { return s == "menu " })
	assert.Len(t, r.told, len(own)+1, "a caller in the menu is told once")
	assert.Equal(t, []string{
		"agent1@demo is free", "agent1@demo is busy", "ringing agent1@demo", "talking agent1@demo", "held agent1@demo",
		"talking agent1@demo", "ended agent1@demo", "agent1@demo is free",
	}, own)
	assert.Empty(t, r.begun)
}
