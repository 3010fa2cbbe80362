package rtp

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
)

func keyOf(s Suite, b byte) []byte { return bytes.Repeat([]byte{b}, s.KeySize()) }

// secured are the keys of two legs that call each other.
func secured(s Suite) (a, b *Keys) {
	return &Keys{Suite: s, Local: keyOf(s, 1), Remote: keyOf(s, 2)}, &Keys{Suite: s, Local: keyOf(s, 2),
		Remote: keyOf(s, 1)}
}

func joinSecured(t testing.TB, a, b *Leg, s Suite) {
	t.Helper()
	ka, kb := secured(s)
	for _, x := range []struct {
		leg, to *Leg
		keys    *Keys
	}{{a, b, ka}, {b, a, kb}} {
		n := talking(x.to, mix.PCMU, 101)
		n.Keys = x.keys
		require.NoError(t, x.leg.Negotiate(n))
	}
}

func TestEncryptedBothWays(t *testing.T) {
	for _, suite := range Suites() {
		t.Run(suite.String(), func(t *testing.T) {
			p := newPorts(t, PortOptions{})
			o := Options{ReportInterval: 30 * time.Millisecond}
			digits := make(chan byte, 8)
			a, b := newLeg(t, p, o), newLeg(t, p,
				Options{ReportInterval: o.ReportInterval, OnDigit: func(d byte) { digits <- d }})
			joinSecured(t, a, b, suite)
			var atA, atB ear
			a.Receive(&atA)
			b.Receive(&atB)
			e := mix.NewEngine()
			defer e.Close()
			ta, tb := audio.Tone(440, 0.5), audio.Tone(1000, 0.5)
			e.Play(a, mix.NewClip(ta.Samples(8000)), mix.PlayOptions{})
			e.Play(b, mix.NewClip(tb.Samples(8000)), mix.PlayOptions{})
			require.InDelta(t, 440, audio.Frequency(atB.heard(t, 4000)), 5)
			require.InDelta(t, 1000, audio.Frequency(atA.heard(t, 4000)), 5)
			require.NoError(t, a.SendDigits(t.Context(), "7"))
			require.Equal(t, byte('7'), <-digits)
			require.Eventually(t, func() bool { return a.Stats().RoundTrip > 0 && b.Stats().RoundTrip > 0 }, deadline,
				time.Millisecond, "reports go both ways")
			require.Zero(t, p.Forged())
			require.Zero(t, a.Stats().Ignored+b.Stats().Ignored)

			// A hold and its end leave the keys and the counting alone.
			joinSecured(t, a, b, suite)
			before := atB.count()
			require.Eventually(t, func() bool { return atB.count() > before+5 }, deadline, time.Millisecond)
			require.Zero(t, p.Forged())
		})
	}
}

// record seals packets as a peer would.
func record(t *testing.T, s Suite, key []byte, l *Leg, from *speaker, seqs ...uint16) {
	t.Helper()
	c, err := newCrypt(&Keys{Suite: s, Local: key, Remote: key}, nil)
	require.NoError(t, err)
	for _, seq := range seqs {
		b := make([]byte, headerSize+160)
		putHeader(b, 0, false, seq, uint32(seq)*160, from.ssrc)
		sealed, err := c.seal(b)
		require.NoError(t, err)
		from.raw(l, sealed)
	}
}

// What is forged, repeated or plain is not heard, and is no sign of life; what
// was overtaken is.
func TestEncryptedAgainstStrangers(t *testing.T) {
	for _, suite := range Suites() {
		t.Run(suite.String(), func(t *testing.T) {
			p := newPorts(t, PortOptions{})
			l := newLeg(t, p, Options{})
			peer := newSpeaker(t)
			_, keys := secured(suite)
			require.NoError(t, l.Negotiate(Session{Remote: peer.addr(), Codec: mix.PCMU, Keys: keys}))
			var heard ear
			l.Receive(&heard)
			record(t, suite, keys.Remote, l, peer, 10, 12, 11)
			require.Eventually(t, func() bool { return heard.count() == 3 }, deadline, time.Millisecond)

			record(t, suite, keys.Remote, l, peer, 10, 11, 12) // again
			record(t, suite, keyOf(suite, 9), l, peer, 13)     // another key
			peer.seq = 13
			peer.say(l, 0) // plain
			for n := range 30 {
				peer.raw(l, bytes.Repeat([]byte{0x80}, n)) // too short
				peer.raw(l, append([]byte{0x80, 200}, make([]byte, n)...))
			}
			record(t, suite, keys.Remote, l, peer, 20)
			require.Eventually(t, func() bool { return heard.count() == 4 }, deadline, time.Millisecond)
			require.Equal(t, uint16(20), heard.all()[3].Seq)
			require.GreaterOrEqual(t, p.Forged(), uint64(5))
		})
	}
}

// The numbering runs over: the peer's and ours go on.
func TestEncryptedRollover(t *testing.T) {
	p := newPorts(t, PortOptions{})
	a, b := newLeg(t, p, Options{}), newLeg(t, p, Options{})
	joinSecured(t, a, b, Suites()[0])
	var heard ear
	b.Receive(&heard)
	for i := range 200 {
		seq := uint16(65436 + i)
		require.NoError(t, a.WritePacket(mix.PCMU, false, seq, uint32(i)*160, make([]byte, 160)))
		require.Eventually(t, func() bool { return heard.count() == i+1 }, deadline, 100*time.Microsecond)
	}
}

func TestKeysAreChecked(t *testing.T) {
	p := newPorts(t, PortOptions{})
	l := newLeg(t, p, Options{})
	s := Suites()[0]
	for _, k := range []*Keys{
		{}, {Suite: 99, Local: keyOf(s, 1), Remote: keyOf(s, 2)},
		{Suite: s, Local: keyOf(s, 1)[1:], Remote: keyOf(s, 2)}, {Suite: s, Local: keyOf(s, 1)},
	} {
		require.Error(t, l.Negotiate(Session{Remote: netip.MustParseAddrPort("127.0.0.1:9"), Codec: mix.PCMU, Keys: k}))
	}
	_, ok := l.Session()
	require.False(t, ok, "nothing has changed")
	k := &Keys{Suite: s, Local: []byte("secret of ours"), Remote: []byte("secret of theirs")}
	for _, text := range []string{fmt.Sprint(k), fmt.Sprintf("%+v %#v", Session{Keys: k}, k)} {
		require.NotContains(t, text, "secret")
		require.NotContains(t, text, "115, 101")
	}
	for _, suite := range Suites() {
		found, ok := ParseSuite(suite.String())
		require.True(t, ok)
		require.Equal(t, suite, found)
	}
}
