package rtp

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/stretchr/testify/require"

	"tccc/gateway/mix"
)

// latched is a leg and what it has counted.
type latched struct {
	*Leg
	t *testing.T
}

func (l latched) received(n uint64) {
	l.t.Helper()
	require.Eventually(l.t, func() bool { return l.Stats().Received == n }, deadline, time.Millisecond, "%d of %+v", n,
		l.Stats())
}

func (l latched) ignored(n uint64) {
	l.t.Helper()
	require.Eventually(l.t, func() bool { return l.Stats().Ignored == n }, deadline, time.Millisecond, "%d of %+v", n,
		l.Stats())
}

func (s *speaker) says(l latched, n int) {
	for range n {
		s.say(l.Leg, 0)
	}
}

func newLatched(t *testing.T, latch Latch, announced netip.AddrPort, signalling string) latched {
	l := newLeg(t, newPorts(t, PortOptions{}), Options{Latch: latch})
	require.NoError(t, l.Negotiate(Session{Remote: announced, Codec: mix.PCMU,
		Signalling: netip.MustParseAddr(signalling)}))
	return latched{l, t}
}

// Somebody on the network is never the peer, on a fresh call or in silence,
// however long he speaks.
func TestStrangerIsIgnored(t *testing.T) {
	for _, latch := range []Latch{LatchSignalling, LatchStrict} {
		peer, thief := newSpeaker(t), newSpeakerAt(t, "127.0.0.66")
		l := newLatched(t, latch, peer.addr(), "127.0.0.1")
		thief.says(l, 50)
		l.ignored(50)
		require.Equal(t, peer.addr(), l.Remote())
		peer.says(l, 1)
		l.received(1)
		thief.says(l, 50)
		l.ignored(100)
		require.Equal(t, peer.addr(), l.Remote())
		require.EqualValues(t, 100, l.ports.Strangers())
		require.Zero(t, l.ports.Latched())
	}
}

// A peer behind a NAT comes from where its signalling comes from.
func TestPeerBehindNAT(t *testing.T) {
	private := netip.MustParseAddrPort("10.1.2.3:4000")
	nat, thief := newSpeaker(t), newSpeakerAt(t, "127.0.0.66")
	l := newLatched(t, LatchSignalling, private, "127.0.0.1")
	thief.says(l, 30)
	l.ignored(30)
	nat.says(l, 1)
	l.ignored(31) // one packet proves nothing
	require.Equal(t, private, l.Remote())
	nat.says(l, 2)
	l.received(1)
	require.Equal(t, nat.addr(), l.Remote())
	require.EqualValues(t, 1, l.ports.Latched())

	rebound := newSpeaker(t) // the NAT gives the same stream another port
	rebound.ssrc, rebound.seq = nat.ssrc, nat.seq
	rebound.says(l, 3)
	l.received(2)
	require.Equal(t, rebound.addr(), l.Remote())

	strict := newLatched(t, LatchStrict, private, "127.0.0.1")
	nat.says(strict, 30)
	strict.ignored(30)
	require.Equal(t, private, strict.Remote())
}

// Another port of the announced host is heard soon, but is sent nothing before
// it has spoken for half a second, and the announced one wins at once.
func TestAnotherPortOfThePeer(t *testing.T) {
	peer, other := newSpeaker(t), newSpeaker(t)
	l := newLatched(t, LatchSignalling, peer.addr(), "127.0.0.1")
	other.says(l, sendAfter-1)
	l.received(sendAfter - hearAfter)
	require.Equal(t, peer.addr(), l.Remote())
	peer.says(l, 1)
	l.received(sendAfter - hearAfter + 1)
	other.says(l, 10)
	l.ignored(hearAfter - 1 + 10)
	require.Equal(t, peer.addr(), l.Remote())

	alone := newLatched(t, LatchSignalling, peer.addr(), "127.0.0.1")
	other.says(alone, sendAfter)
	alone.received(sendAfter - hearAfter + 1)
	require.Equal(t, other.addr(), alone.Remote())

	strict := newLatched(t, LatchStrict, peer.addr(), "127.0.0.1")
	other.says(strict, 2*sendAfter)
	strict.received(2*sendAfter - hearAfter + 1)
	require.Equal(t, peer.addr(), strict.Remote(), "heard, but not sent to")
}

func TestLatchAny(t *testing.T) {
	private := netip.MustParseAddrPort("10.1.2.3:4000")
	first, second := newSpeakerAt(t, "127.0.0.2"), newSpeakerAt(t, "127.0.0.3")
	l := newLatched(t, LatchAny, private, "127.0.0.1")
	first.says(l, sendAfter)
	l.received(sendAfter - hearAfter + 1)
	require.Equal(t, first.addr(), l.Remote())
	second.says(l, 2*sendAfter)
	l.ignored(hearAfter - 1 + 2*sendAfter)
	require.Equal(t, first.addr(), l.Remote())
}

// A re-INVITE with another address, of media or of signalling, begins anew; the
// null address of an old hold does not.
func TestRenegotiationLatchesAnew(t *testing.T) {
	private := netip.MustParseAddrPort("10.1.2.3:4000")
	nat, moved := newSpeaker(t), newSpeakerAt(t, "127.0.0.2")
	l := newLatched(t, LatchSignalling, private, "127.0.0.1")
	nat.says(l, 3)
	l.received(1)
	n, _ := l.Session()
	n.Remote = netip.MustParseAddrPort("0.0.0.0:4000")
	require.NoError(t, l.Negotiate(n))
	require.Equal(t, nat.addr(), l.Remote())
	n.Remote, n.Signalling = private, netip.MustParseAddr("127.0.0.2")
	require.NoError(t, l.Negotiate(n))
	require.Equal(t, private, l.Remote())
	moved.says(l, 3)
	l.received(2)
	require.Equal(t, moved.addr(), l.Remote())
}

// Two seconds of silence let a source of the right host take over, and the
// peer come back, which has spoken all the time.
func TestRelatchAfterSilence(t *testing.T) {
	l := &Leg{ports: &Ports{}}
	at := func(host string, from uint16, seq uint16, when time.Duration) bool {
		s := &session{Session: Session{Remote: netip.MustParseAddrPort("10.0.0.1:4000"),
			Signalling: netip.MustParseAddr("192.0.2.1")}}
		return l.hears(s, netip.AddrPortFrom(netip.MustParseAddr(host), from), &header{seq: seq, ssrc: uint32(from)},
			int64(when))
	}
	for i := range uint16(3) {
		require.Equal(t, i == 2, at("192.0.2.1", 666, i, 0))
	}
	require.EqualValues(t, 666, l.Remote().Port(), "first come")
	for i := range uint16(100) {
		require.False(t, at("192.0.2.1", 4000, i, time.Duration(i)*20*time.Millisecond))
	}
	require.True(t, at("192.0.2.1", 4000, 100, relatchSilence))
	require.True(t, at("192.0.2.1", 4000, 101, relatchSilence))
	require.EqualValues(t, 4000, l.Remote().Port(), "it has spoken in order for long enough")
	for i := range uint16(100) {
		require.False(t, at("192.0.2.9", 4000, i, time.Hour))
	}
	require.False(t, at("192.0.2.1", 5000, 1, time.Hour))
	require.False(t, at("192.0.2.1", 5000, 900, time.Hour), "not in order: counts anew")
	require.False(t, at("192.0.2.1", 5000, 901, time.Hour))
	require.True(t, at("192.0.2.1", 5000, 902, time.Hour))
	require.False(t, at("192.0.2.1", 4000, 102, time.Hour))
}

// RTCP of strangers is no report, no sign of life and no address.
func TestRTCPOfStrangers(t *testing.T) {
	peer, thief, neighbour := newSpeaker(t), newSpeakerAt(t, "127.0.0.66"), newSpeaker(t)
	l := newLatched(t, LatchSignalling, peer.addr(), "127.0.0.1")
	report := func(s *speaker, ssrc uint32) {
		b, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: ssrc,
			Reports: []rtcp.ReceptionReport{{SSRC: l.ssrc, TotalLost: 7}}}})
		require.NoError(t, err)
		s.raw(l.Leg, b) // RTCP on the port of RTP is taken as well
	}
	peer.says(l, 1)
	l.received(1)
	l.lastRx.Store(-1)
	report(thief, peer.ssrc)
	report(neighbour, neighbour.ssrc)
	l.ignored(2)
	require.Zero(t, l.Stats().PeerLost)
	require.EqualValues(t, -1, l.lastRx.Load())
	require.EqualValues(t, 2, l.ports.Strangers())
	report(neighbour, peer.ssrc) // another port, the peer's name
	require.Eventually(t, func() bool { return l.Stats().PeerLost == 7 && l.lastRx.Load() >= 0 }, deadline,
		time.Millisecond)
	require.False(t, l.ctl.addr.IsValid(), "reports go where the description says")
}

func TestParseLatch(t *testing.T) {
	for name, want := range map[string]Latch{"": LatchSignalling, "signalling": LatchSignalling, "strict": LatchStrict,
		"any": LatchAny} {
		got, err := ParseLatch(name)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := ParseLatch("all")
	require.ErrorContains(t, err, `"all"`)
}
