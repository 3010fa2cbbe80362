package sip

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/audit"
)

// A flood of OPTIONS, from many ports of the phone's own address and from many
// addresses, does not keep a phone from registering.
func TestRegisterDuringAFloodOfOptions(t *testing.T) {
	w := newWatched(t, Options{})
	to, err := net.ResolveUDPAddr("udp", w.Addr())
	require.NoError(t, err)
	for i := range 30 {
		c, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.%d:0", 1+i%15))
		require.NoError(t, err)
		defer c.Close()
		for n := range 40 {
			_, err = fmt.Fprintf(sender{c, to},
				"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d-%d\r\nFrom: <sip:a@x>;tag=1\r\n"+
					"To: <sip:1@x>\r\nCall-ID: %d-%d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", c.LocalAddr(), i,
				n,
				i, n)
			require.NoError(t, err)
		}
	}
	d := newDesk(t, w, "udp", "101", "secret of 101")
	require.Eventually(t, func() bool { // as phones do: what a full socket has dropped is sent again
		d.write()
		require.NoError(t, d.conn.SetReadDeadline(time.Now().Add(500*time.Millisecond)))
		_, err := d.conn.Read(make([]byte, 65535))
		return err == nil
	}, deadline, tick)
	require.Equal(t, 200, d.register("Contact: "+d.contact()).StatusCode)
}

func TestShares(t *testing.T) {
	w := newWatched(t, Options{})
	nonce := w.nonces.New(w.now())
	signed := func(nonce string) string {
		return fmt.Sprintf("authorization : Digest username=\"101\", realm=\"tccc\", nonce=\"%s\", uri=\"sip:x\", response=\"0\"\r\n", nonce)
	}
	for _, c := range []struct {
		text string
		want *share
	}{
		{"OPTIONS sip:x SIP/2.0\r\n" + signed(nonce) + "\r\n", &w.strangers.rest},
		{"SIP/2.0 200 OK\r\n\r\n", &w.strangers.rest},
		{"REGISTER sip:x SIP/2.0\r\n\r\n", &w.strangers.new},
		{"REGISTER sip:x SIP/2.0\r\n\r\n" + signed(nonce), &w.strangers.new}, // in the body
		{"REGISTER sip:x SIP/2.0\r\n" + signed("made up") + "\r\n", &w.strangers.new},
		{"REGISTER sip:x SIP/2.0\r\n" + strings.Repeat(signed("made up"), 100) + signed(nonce) + "\r\n",
			&w.strangers.new},
		{"REGISTER sip:x SIP/2.0\r\nVia: x\r\n" + signed(nonce) + "\r\n", &w.strangers.answering},
		{"INVITE sip:x SIP/2.0\r\n" + signed(nonce), &w.strangers.answering},
	} {
		assert.Same(t, c.want, w.shareOf([]byte(c.text)), c.text)
	}
	w.later(time.Hour)
	assert.Same(t, &w.strangers.new, w.shareOf([]byte("INVITE sip:x SIP/2.0\r\n"+signed(nonce))), "an old nonce")
}

// Those that have been challenged pass, however many ask.
func TestChallengedPassByTheNewcomers(t *testing.T) {
	w := newWatched(t, Options{})
	d := newDesk(t, w, "udp", "101", "secret of 101")
	d.challenged()
	for i := range 1000 {
		w.strangers.new.take(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), time.Now())
	}
	require.Equal(t, 200, d.register("Contact: "+d.contact()).StatusCode)
}

// What is refused reaches the trail.
func TestRefusalsAreAudited(t *testing.T) {
	var mu sync.Mutex
	var seen []audit.Event
	trail := func(e audit.Event) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, e)
	}
	has := func(e audit.Event) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		require.Contains(t, seen, e)
	}
	w := newWatched(t, Options{Audit: trail})
	d := newDesk(t, w, "udp", "101", "a guess")
	require.Equal(t, 401, d.register("Contact: "+d.contact()).StatusCode)
	has(audit.Event{Door: "sip", Action: "digest", Who: "101", From: "127.0.0.1", Result: refusedPassword})
	for range wrongBurst {
		d.write(d.sign())
		d.answer()
	}
	has(audit.Event{Door: "sip", Action: "digest", Who: "101", From: "127.0.0.1", Result: refusedTooMany})

	seen = nil
	a := newAgent(t, Options{Audit: trail})
	p := newPhone(t, a)
	require.NoError(t, a.SetTrunks(nil))
	p.request("OPTIONS", 1, nil, "")
	p.response(403, "OPTIONS")
	has(audit.Event{Door: "sip", Action: "source", From: "127.0.0.1", Result: refusedSource})
}

// locked is a log that a test reads while it is written.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestNumbersInTheLog(t *testing.T) {
	for _, c := range []struct {
		numbers func(string) string
		want    string
	}{
		{nil, "from=138******00 to=4001"},
		{func(s string) string { return s }, "from=13800000000 to=4001"},
	} {
		var log locked
		a := newAgent(t, Options{LogNumber: c.numbers, Log: slog.New(slog.NewTextHandler(&log, nil))})
		p := newPhone(t, a)
		p.invite(nil, offerSDP)
		in := a.incoming()
		require.NoError(t, in.Reject(486, ""))
		next(t, in, Ended)
		<-in.done
		require.Equal(t, 2, strings.Count(log.String(), c.want), log.String())
		if c.numbers == nil {
			require.NotContains(t, log.String(), "13800000000")
		}
	}
}
