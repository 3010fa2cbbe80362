package sip

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/rtp"
)

var networks = []string{"udp", "tcp"}

func TestOutboundCall(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			a, b := pair(t, network, Options{}, Options{})
			out := a.dial(Outgoing{From: "4001000001", To: "+86 10#1", DisplayName: "Desk",
				Headers: map[string]string{"User-to-User": "6869;encoding=hex"}})
			in := b.incoming()
			require.Equal(t, "4001000001", in.From())
			require.Equal(t, "+86 10#1", in.To())
			require.Equal(t, "Desk", in.DisplayName())
			require.Equal(t, "6869;encoding=hex", in.Header("User-to-User"))
			require.Equal(t, "peer", in.Trunk())
			require.Equal(t, out.ID(), in.ID())
			require.True(t, in.Inbound())
			require.Nil(t, in.Leg())

			require.NoError(t, in.Ring())
			next(t, out, Ringing)
			require.NoError(t, in.Answer())
			next(t, out, Answered)
			next(t, in, Answered)
			require.NotNil(t, out.Leg())
			require.NotNil(t, in.Leg())

			require.NoError(t, out.Hangup())
			e := next(t, out, Ended)
			require.Equal(t, Event{Kind: Ended, Code: 200, Text: "hung up"}, e)
			e = next(t, in, Ended)
			require.Equal(t, Event{Kind: Ended, ByRemote: true, Code: 200, Text: "hung up"}, e)
			closed(t, out)
			closed(t, in)
			require.NoError(t, out.Hangup(), "a second time")
		})
	}
}

func TestHangupByCallee(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			a, b := pair(t, network, Options{}, Options{})
			out, in := talk(t, a, b, Outgoing{})
			require.NoError(t, in.Hangup())
			e := next(t, in, Ended)
			require.False(t, e.ByRemote)
			e = next(t, out, Ended)
			require.True(t, e.ByRemote)
			require.Equal(t, 200, e.Code)
		})
	}
}

func TestHangupOfBothAtOnce(t *testing.T) {
	a, b := pair(t, "udp", Options{}, Options{})
	for range 20 {
		out, in := talk(t, a, b, Outgoing{})
		done := make(chan error, 2)
		go func() { done <- out.Hangup() }()
		go func() { done <- in.Hangup() }()
		require.NoError(t, <-done)
		require.NoError(t, <-done)
		next(t, out, Ended)
		next(t, in, Ended)
	}
}

func TestRefusals(t *testing.T) {
	cases := []struct {
		code   int
		reason string
		text   string
	}{
		{486, "", "Busy Here"}, {603, "", "Decline"}, {480, "", "Temporarily Unavailable"},
		{404, "Unallocated", "Unallocated"}, {503, "", "Service Unavailable"}, {302, "Moved", "Moved"},
		{600, "", "Busy Everywhere"},
	}
	a, b := pair(t, "udp", Options{}, Options{})
	for _, tc := range cases {
		t.Run(tc.text, func(t *testing.T) {
			out := a.dial(Outgoing{})
			in := b.incoming()
			require.NoError(t, in.Reject(tc.code, tc.reason))
			e := next(t, out, Ended)
			require.Equal(t, Event{Kind: Ended, ByRemote: true, Code: tc.code, Text: tc.text}, e)
			e = next(t, in, Ended)
			require.False(t, e.ByRemote)
			require.Equal(t, tc.code, e.Code)
			require.ErrorIs(t, in.Answer(), ErrEnded)
			require.Nil(t, out.Leg())
		})
	}
	in := func() *Call { a.dial(Outgoing{}); return b.incoming() }()
	require.Error(t, in.Reject(200, ""))
	require.Error(t, in.Reject(486, "a\r\nb"))
	require.NoError(t, in.Hangup())
	next(t, in, Ended)
}

func TestCancel(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			a, b := pair(t, network, Options{}, Options{})
			out := a.dial(Outgoing{})
			in := b.incoming()
			require.NoError(t, in.Ring())
			next(t, out, Ringing)
			require.NoError(t, out.Hangup())
			e := next(t, out, Ended)
			require.False(t, e.ByRemote)
			e = next(t, in, Ended)
			require.Equal(t, Event{Kind: Ended, ByRemote: true, Code: 487, Text: "cancelled by the caller"}, e)
			require.ErrorIs(t, in.Answer(), ErrEnded)
		})
	}
}

// A call that is cancelled while it is answered ends on both sides, whoever wins.
func TestCancelRace(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			a, b := pair(t, network, Options{}, Options{})
			for range 30 {
				out := a.dial(Outgoing{})
				in := b.incoming()
				done := make(chan error, 2)
				go func() { done <- out.Hangup() }()
				go func() { _ = in.Answer(); done <- nil }()
				require.NoError(t, <-done)
				require.NoError(t, <-done)
				waitEnded(t, out)
				waitEnded(t, in)
			}
		})
	}
}

// waitEnded reads up to the end.
func waitEnded(t *testing.T, c *Call) Event {
	t.Helper()
	after := time.After(deadline)
	for {
		select {
		case e, ok := <-c.Events():
			require.True(t, ok, "closed without Ended")
			if e.Kind == Ended {
				return e
			}
		case <-after:
			require.FailNow(t, "not ended")
		}
	}
}

func TestCalleeGivesUpBeforeTheAnswer(t *testing.T) {
	a, b := pair(t, "udp", Options{}, Options{})
	out := a.dial(Outgoing{})
	in := b.incoming()
	require.NoError(t, in.Hangup())
	require.Equal(t, 480, next(t, out, Ended).Code)
	next(t, in, Ended)
}

func TestNoAnswer(t *testing.T) {
	t.Run("the callee rings on", func(t *testing.T) {
		a, b := pair(t, "udp", Options{RingTimeout: 300 * time.Millisecond}, Options{})
		out := a.dial(Outgoing{})
		in := b.incoming()
		require.NoError(t, in.Ring())
		next(t, out, Ringing)
		e := next(t, out, Ended)
		require.Equal(t, Event{Kind: Ended, ByRemote: true, Code: 408, Text: "not answered in time"}, e)
		require.Equal(t, 487, next(t, in, Ended).Code)
	})
	t.Run("the gateway does not answer", func(t *testing.T) {
		a, b := pair(t, "udp", Options{}, Options{AnswerTimeout: 200 * time.Millisecond})
		out := a.dial(Outgoing{})
		in := b.incoming()
		require.Equal(t, 480, next(t, out, Ended).Code)
		require.Equal(t, 480, next(t, in, Ended).Code)
	})
	t.Run("the trunk is deaf", func(t *testing.T) {
		deaf, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		defer deaf.Close()
		a := newAgent(t, Options{ResponseTimeout: 200 * time.Millisecond,
			Trunks: []Trunk{{Name: "peer", Address: deaf.LocalAddr().String()}}})
		out := a.dial(Outgoing{})
		e := next(t, out, Ended)
		require.Equal(t, Event{Kind: Ended, ByRemote: true, Code: 504, Text: "no response from the trunk"}, e)
	})
	t.Run("the trunk's port is closed", func(t *testing.T) {
		gone, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		gone.Close()
		a := newAgent(t, Options{Trunks: []Trunk{{Name: "peer", Address: gone.Addr().String(), Transport: "tcp"}}})
		_, err = a.Dial(t.Context(), Outgoing{Trunk: "peer", To: "10086"})
		require.Error(t, err)
	})
}

func TestDialIsChecked(t *testing.T) {
	a, _ := pair(t, "udp", Options{}, Options{})
	for name, o := range map[string]Outgoing{
		"no number":   {Trunk: "peer"},
		"line break":  {Trunk: "peer", To: "1\r\nX: y"},
		"name":        {Trunk: "peer", To: "1", DisplayName: `a"b`},
		"own header":  {Trunk: "peer", To: "1", Headers: map[string]string{"Via": "x"}},
		"header name": {Trunk: "peer", To: "1", Headers: map[string]string{"X Y": "x"}},
		"value":       {Trunk: "peer", To: "1", Headers: map[string]string{"X-A": "x\nVia: y"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.Dial(t.Context(), o)
			require.Error(t, err)
			require.Zero(t, a.Calls())
		})
	}
	_, err := a.Dial(t.Context(), Outgoing{Trunk: "other", To: "1"})
	require.ErrorIs(t, err, ErrNoTrunk)
}

func TestOverload(t *testing.T) {
	a, b := pair(t, "udp", Options{}, Options{MaxCalls: 1})
	out, in := talk(t, a, b, Outgoing{})
	second := a.dial(Outgoing{})
	require.Equal(t, 503, next(t, second, Ended).Code)
	_, err := b.Dial(t.Context(), Outgoing{Trunk: "peer", To: "1"})
	require.ErrorIs(t, err, ErrBusy)
	require.NoError(t, out.Hangup())
	next(t, out, Ended)
	next(t, in, Ended)
	out, in = talk(t, a, b, Outgoing{})
	require.NoError(t, out.Hangup())
	next(t, out, Ended)
	next(t, in, Ended)
}

func TestTrunkLimit(t *testing.T) {
	a, b := pair(t, "udp", Options{Trunks: []Trunk{{Name: "peer", MaxCalls: 1}}}, Options{})
	out, in := talk(t, a, b, Outgoing{})
	_, err := a.Dial(t.Context(), Outgoing{Trunk: "peer", To: "1"})
	require.ErrorIs(t, err, ErrBusy)
	require.NoError(t, in.Hangup())
	next(t, out, Ended)
	next(t, in, Ended)
}

func TestCloseHangsUp(t *testing.T) {
	b := newAgent(t, Options{})
	a := newAgent(t, Options{Trunks: []Trunk{{Name: "peer", Address: b.Addr()}}})
	require.NoError(t, b.SetTrunks([]Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{a.Addr()}}}}))
	out, in := talk(t, a, b, Outgoing{})
	ringing := a.dial(Outgoing{})
	in2 := b.incoming()
	require.NoError(t, in2.Ring())
	next(t, ringing, Ringing)
	require.NoError(t, a.Close(t.Context()))
	next(t, out, Ended)
	require.True(t, next(t, in, Ended).ByRemote)
	next(t, ringing, Ended)
	require.Equal(t, 487, next(t, in2, Ended).Code)
	_, err := a.Dial(t.Context(), Outgoing{Trunk: "peer", To: "1"})
	require.ErrorIs(t, err, ErrClosed)
}

func TestHold(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			a, b := pair(t, network, Options{}, Options{})
			out, in := talk(t, a, b, Outgoing{})
			require.NoError(t, out.Hold())
			next(t, in, Held)
			s, _ := out.Leg().Session()
			require.Equal(t, rtp.SendOnly, s.Direction)
			s, _ = in.Leg().Session()
			require.Equal(t, rtp.RecvOnly, s.Direction)
			require.NoError(t, out.Hold(), "twice")
			require.NoError(t, out.Resume())
			next(t, in, Resumed)
			s, _ = in.Leg().Session()
			require.Equal(t, rtp.SendRecv, s.Direction)

			require.NoError(t, in.Hold())
			next(t, out, Held)
			require.NoError(t, in.Resume())
			next(t, out, Resumed)
			require.NoError(t, in.Hangup())
			next(t, out, Ended)
			next(t, in, Ended)
			require.ErrorIs(t, out.Hold(), ErrEnded)
		})
	}
}

// Both sides put each other on hold at the same time, again and again: 491 and
// the wait of section 14.1 sort it out.
func TestGlare(t *testing.T) {
	a, b := pair(t, "udp", Options{}, Options{})
	out, in := talk(t, a, b, Outgoing{})
	done := make(chan error, 2)
	go func() { done <- out.Hold() }()
	go func() { done <- in.Hold() }()
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	next(t, out, Held)
	next(t, in, Held)
	si, _ := in.Leg().Session()
	require.Equal(t, rtp.Inactive, si.Direction)
	require.NoError(t, out.Hangup())
	next(t, out, Ended)
	next(t, in, Ended)
}

func TestEarlyMedia(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			a, b := pair(t, network, Options{}, Options{})
			out := a.dial(Outgoing{})
			in := b.incoming()
			require.NoError(t, in.EarlyMedia()) // reliable: both support 100rel
			next(t, out, EarlyMedia)
			require.NotNil(t, out.Leg())
			require.NotNil(t, in.Leg())
			leg := in.Leg()
			require.NoError(t, in.Answer())
			next(t, out, Answered)
			next(t, in, Answered)
			require.Same(t, leg, in.Leg())
			require.NoError(t, out.Hangup())
			next(t, out, Ended)
			next(t, in, Ended)
		})
	}
}

func TestSessionTimer(t *testing.T) {
	short := Options{SessionExpires: time.Second, MinSE: time.Second}
	a, b := pair(t, "udp", short, short)
	out, in := talk(t, a, b, Outgoing{})
	version := func() (v uint32) {
		require.NoError(t, out.do(func() error { v = out.dlg.localSeq; return nil }))
		return v
	}
	first := version()
	require.Eventually(t, func() bool { return version() >= first+3 }, deadline, 10*time.Millisecond, "three refreshes")
	require.NoError(t, in.Hangup())
	next(t, out, Ended)
	next(t, in, Ended)
}

func TestSessionTimerTooSmall(t *testing.T) {
	a, b := pair(t, "udp", Options{SessionExpires: time.Second, MinSE: time.Second},
		Options{MinSE: 7 * time.Second, SessionExpires: 9 * time.Second})
	out, in := talk(t, a, b, Outgoing{})
	var d time.Duration
	require.NoError(t, out.do(func() error { d = out.tmr.interval; return nil }))
	require.Equal(t, 7*time.Second, d)
	require.NoError(t, in.Hangup())
	next(t, out, Ended)
	next(t, in, Ended)
}

// Many calls at the same time, ended at all stages from either side.
func TestManyCalls(t *testing.T) {
	b := newAgent(t, Options{Handler: func(c *Call) {
		go func() {
			switch c.To() {
			case "busy":
				_ = c.Reject(486, "")
			case "ring":
				_ = c.Ring()
			case "early":
				_ = c.EarlyMedia()
				_ = c.Answer()
			case "brief":
				_ = c.Answer()
				_ = c.Hangup()
			default:
				_ = c.Answer()
			}
			for range c.Events() {
			}
		}()
	}})
	a := newAgent(t, Options{})
	require.NoError(t, b.SetTrunks([]Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}}))
	require.NoError(t, a.SetTrunks([]Trunk{{Name: "udp", Address: b.Addr()},
		{Name: "tcp", Address: b.Addr(), Transport: "tcp"}}))
	numbers := []string{"busy", "ring", "early", "brief", "talk"}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			for n := range 10 {
				c, err := a.Dial(t.Context(),
					Outgoing{Trunk: networks[i%2], From: "1", To: numbers[(i+n)%len(numbers)]})
				if !assert.NoError(t, err) {
					return
				}
				for e := range c.Events() {
					if e.Kind == Ringing || e.Kind == Answered {
						assert.NoError(t, c.Hangup())
					}
				}
			}
		})
	}
	wg.Wait()
	require.Eventually(t, func() bool { return a.Calls()+b.Calls()+a.ports.InUse()+b.ports.InUse() == 0 }, deadline,
		tick)
}
