package sip

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/rtp"
)

func TestMain(m *testing.M) {
	sip.SetTimers(50*time.Millisecond, 200*time.Millisecond, 250*time.Millisecond)
	prepare()
	goleak.VerifyTestMain(m)
}

// deadline is how long a test waits for anything.
const (
	deadline = 15 * time.Second
	tick     = 5 * time.Millisecond // between looks
)

// party is one user agent of a test.
type agent struct {
	*Server
	t     *testing.T
	ports *rtp.Ports
	calls chan *Call // inbound
}

func testLog(t *testing.T) *slog.Logger {
	if os.Getenv("SIP_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return slog.New(slog.DiscardHandler)
}

// newAgent listens on a port of the system's choice. What the test does not set
// is filled in. All sockets must be closed in the end.
func newAgent(t *testing.T, o Options) *agent {
	t.Helper()
	ports, err := o.RTP, error(nil)
	if ports == nil {
		ports, err = rtp.NewPorts(rtp.PortOptions{})
	}
	require.NoError(t, err)
	a := &agent{t: t, ports: ports, calls: make(chan *Call, 16)}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	o.RTP = ports
	if o.Log == nil {
		o.Log = testLog(t)
	}
	if o.Handler == nil {
		o.Handler = func(c *Call) { a.calls <- c }
	}
	a.Server, err = Listen(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		defer cancel()
		require.NoError(t, a.Close(ctx))
		require.Zero(t, ports.InUse(), "RTP sockets are open")
		require.Zero(t, a.Calls())
	})
	return a
}

// pair is two agents that are each other's trunk, "peer".
func pair(t *testing.T, network string, oa, ob Options) (a, b *agent) {
	t.Helper()
	b = newAgent(t, ob)
	a = newAgent(t, oa)
	join := func(from, to *agent, o Options) {
		k := Trunk{Name: "peer"}
		if len(o.Trunks) > 0 {
			k = o.Trunks[0]
		}
		k.Address, k.Transport = to.Addr(), network
		if k.Inbound.Username == "" && k.Inbound.Addresses == nil {
			k.Inbound.Addresses = []string{"127.0.0.1"}
		}
		require.NoError(t, from.SetTrunks([]Trunk{k}))
	}
	join(a, b, oa)
	join(b, a, ob)
	return a, b
}

// dial calls from a.
func (a *agent) dial(o Outgoing) *Call {
	a.t.Helper()
	if o.Trunk == "" {
		o.Trunk = "peer"
	}
	if o.To == "" {
		o.From, o.To = "4001000001", "10086"
	}
	c, err := a.Dial(a.t.Context(), o)
	require.NoError(a.t, err)
	return c
}

// incoming waits for a call to a.
func (a *agent) incoming() *Call {
	a.t.Helper()
	select {
	case c := <-a.calls:
		return c
	case <-time.After(deadline):
		require.FailNow(a.t, "no call came in")
		return nil
	}
}

// next waits for an event and checks its kind.
func next(t *testing.T, c *Call, kind EventKind) Event {
	t.Helper()
	select {
	case e, ok := <-c.Events():
		require.True(t, ok, "the events are over, %v was awaited", kind)
		require.Equal(t, kind.String(), e.Kind.String(), "%+v", e)
		return e
	case <-time.After(deadline):
		require.FailNow(t, "no event", "%v was awaited", kind)
		return Event{}
	}
}

// closed checks that nothing follows Ended.
func closed(t *testing.T, c *Call) {
	t.Helper()
	select {
	case e, ok := <-c.Events():
		require.False(t, ok, "%+v", e)
	case <-time.After(deadline):
		require.FailNow(t, "the events are not closed")
	}
}

// talk makes a call that is answered.
func talk(t *testing.T, a, b *agent, o Outgoing) (out, in *Call) {
	t.Helper()
	out = a.dial(o)
	in = b.incoming()
	require.NoError(t, in.Answer())
	next(t, out, Answered)
	next(t, in, Answered)
	return out, in
}
