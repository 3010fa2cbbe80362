package turn

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/pion/turn/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/internal/pionlog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

// media is a media port that sends everything back.
func media(t *testing.T) netip.AddrPort {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	go func() {
		buf := make([]byte, packetMax)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = c.WriteTo(buf[:n], from)
		}
	}()
	return c.LocalAddr().(*net.UDPAddr).AddrPort()
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Credentials == nil {
		o.Credentials = NewCredentials("a secret of the tests", time.Hour)
	}
	if !o.Media.IsValid() {
		o.Media = media(t)
	}
	s, err := Listen(o)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.Eventually(t, func() bool { return s.Relays() == 0 }, patience, 5*time.Millisecond, "relays are left")
	})
	return s
}

// client is what a browser does, with credentials made at a time.
func client(t *testing.T, s *Server, conf *tls.Config, user string, at time.Time) *turn.Client {
	t.Helper()
	return clientWith(t, s, s.o.Credentials, conf, user, at)
}

func clientWith(t *testing.T, s *Server, with *Credentials, conf *tls.Config, user string, at time.Time) *turn.Client {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	if conf != nil {
		conn = tls.Client(conn, conf)
	}
	t.Cleanup(func() { conn.Close() })
	name, password := with.For(user, at)
	c, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: s.Addr().String(), TURNServerAddr: s.Addr().String(), Conn: turn.NewSTUNConn(conn),
		Username: name, Password: password, Realm: realm,
		LoggerFactory: pionlog.Factory{Log: s.o.Log},
	})
	require.NoError(t, err)
	require.NoError(t, c.Listen())
	t.Cleanup(c.Close)
	return c
}

// answered sends a text until it comes back, and nothing else does: packets may
// be lost while the client binds a channel.
func answered(t *testing.T, relay net.PacketConn, text string, to *net.UDPAddr) {
	t.Helper()
	buf := make([]byte, 100)
	require.Eventually(t, func() bool {
		_, err := relay.WriteTo([]byte(text), to)
		require.NoError(t, err)
		for {
			require.NoError(t, relay.SetReadDeadline(time.Now().Add(patience/20)))
			n, from, err := relay.ReadFrom(buf)
			if err != nil {
				return false
			}
			if got := string(buf[:n]); got != text {
				require.Contains(t, got, "hello", "an earlier one, sent twice")
				continue
			}
			require.Equal(t, to.String(), from.String(), "the answer is from whom was asked")
			return true
		}
	}, patience, time.Millisecond)
}

func TestRelay(t *testing.T) {
	site := httptest.NewUnstartedServer(nil)
	site.StartTLS()
	defer site.Close()
	for name, conf := range map[string]*tls.Config{"TCP": nil, "TLS": site.TLS} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Options{TLS: conf})
			var trust *tls.Config
			if conf != nil {
				trust = site.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
				trust.ServerName = "example.com"
			}
			relay, err := client(t, s, trust, "anna", time.Now()).Allocate()
			require.NoError(t, err)
			defer relay.Close()
			require.Equal(t, 1, s.Relays())
			// The gateway's own address, and one that it has outside of a NAT.
			for _, host := range []string{"127.0.0.1", "203.0.113.5", "127.0.0.1"} {
				to := &net.UDPAddr{IP: net.ParseIP(host), Port: int(s.o.Media.Port())}
				answered(t, relay, "hello "+host, to)
			}
		})
	}
}

// Nothing but the media port is reached, wherever that is said to be.
func TestRelaysNowhereElse(t *testing.T) {
	other := media(t)
	s := start(t, Options{})
	relay, err := client(t, s, nil, "anna", time.Now()).Allocate()
	require.NoError(t, err)
	defer relay.Close()
	for _, to := range []netip.AddrPort{other, netip.MustParseAddrPort("192.0.2.1:53")} {
		_, err = relay.WriteTo([]byte("hello"), net.UDPAddrFromAddrPort(to))
		require.NoError(t, err, "the client cannot know")
	}
	// What is answered comes after what would have been.
	answered(t, relay, "last", net.UDPAddrFromAddrPort(s.o.Media))

	p, err := relays{s.o.Media}.AllocateConn(turn.AllocateConnConfig{})
	require.ErrorIs(t, err, errElsewhere)
	require.Nil(t, p)
	_, _, err = relays{s.o.Media}.AllocateListener(turn.AllocateListenerConfig{})
	require.ErrorIs(t, err, errElsewhere)
	_, _, err = relays{s.o.Media}.AllocatePacketConn(turn.AllocateListenerConfig{Network: "udp6"})
	require.ErrorContains(t, err, "udp6")
}

// One relay tries a bounded number of addresses.
func TestPathsAreBounded(t *testing.T) {
	at := media(t)
	conn, _, err := relays{at}.AllocatePacketConn(turn.AllocateListenerConfig{Network: "udp4"})
	require.NoError(t, err)
	for i := range pathsMost {
		_, err = conn.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(203, 0, 113, byte(i)), Port: int(at.Port())})
		require.NoError(t, err)
	}
	_, err = conn.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(203, 0, 113, 99), Port: int(at.Port())})
	require.ErrorIs(t, err, errElsewhere)
	require.NoError(t, conn.Close())
	_, err = conn.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(203, 0, 113, 1), Port: int(at.Port())})
	require.ErrorIs(t, err, net.ErrClosed)
	_, _, err = conn.ReadFrom(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestCredentials(t *testing.T) {
	s := start(t, Options{})
	_, err := client(t, s, nil, "anna", time.Now().Add(-time.Hour)).Allocate()
	require.Error(t, err, "they have expired")
	_, err = clientWith(t, s, NewCredentials("another secret", time.Hour), nil, "anna", time.Now()).Allocate()
	require.Error(t, err, "they are of another secret")
	require.Zero(t, s.Relays())

	for name, want := range map[string]bool{"2000:anna": true, "2000:a:b": true, "1000:anna": false, "2000": false,
		"2000:": false, ":anna": false, "x:anna": false, "": false} {
		_, ok := user(name, time.Unix(1000, 0))
		assert.Equal(t, want, ok, "%q", name)
	}
	name, password := NewCredentials("s", time.Hour).For("anna", time.Unix(1000, 0))
	assert.Equal(t, "4600:anna", name)
	// printf 4600:anna | openssl dgst -sha1 -hmac s -binary | base64
	assert.Equal(t, "ErduxfX/Oi3LArnI0I7yM6fUT34=", password)
}

// A relay outlives the credentials that it was made with.
func TestRelayGoesOn(t *testing.T) {
	s := start(t, Options{})
	for method, want := range map[turn.RequestAttributes]bool{
		{Username: "1000:anna", Method: 3}: false, // Allocate
		{Username: "1000:anna", Method: 4}: true,  // Refresh
		{Username: "1000:anna", Method: 8}: true,  // CreatePermission
		{Username: "nobody", Method: 4}:    false,
	} {
		_, _, ok := s.authenticate(&method)
		assert.Equal(t, want, ok, "%+v", method)
	}
}

// A user has a bounded number of relays, and gets room back.
func TestRelaysOfAUser(t *testing.T) {
	s := start(t, Options{})
	allocate := func(user string) net.PacketConn {
		t.Helper()
		r, err := client(t, s, nil, user, time.Now()).Allocate()
		require.NoError(t, err)
		t.Cleanup(func() { r.Close() })
		return r
	}
	first := allocate("anna")
	for range relaysOfUser - 1 {
		allocate("anna")
	}
	_, err := client(t, s, nil, "anna", time.Now()).Allocate()
	require.Error(t, err)
	allocate("ben")
	require.NoError(t, first.Close())
	require.Eventually(t, func() bool { return s.Relays() == relaysOfUser }, patience, 5*time.Millisecond)
	allocate("anna")
}

// Who says nothing, or nothing sensible, is sent away.
func TestStrangers(t *testing.T) {
	s := start(t, Options{hello: 200 * time.Millisecond, MaxConns: 4})
	for _, text := range []string{"", "GET / HTTP/1.1\r\n\r\n", string(make([]byte, 4000))} {
		c, err := net.Dial("tcp", s.Addr().String())
		require.NoError(t, err)
		_, _ = io.WriteString(c, text)
		require.NoError(t, c.SetReadDeadline(time.Now().Add(patience)))
		_, err = io.Copy(io.Discard, c)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "%q", text)
		c.Close()
	}
	var open []net.Conn
	for range 4 {
		c, err := net.Dial("tcp", s.Addr().String())
		require.NoError(t, err)
		defer c.Close()
		open = append(open, c)
	}
	fifth, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	defer fifth.Close()
	require.NoError(t, fifth.SetReadDeadline(time.Now().Add(patience)))
	_, err = fifth.Read(make([]byte, 1))
	require.Error(t, err)
	require.Len(t, open, 4)
}

func TestGuesses(t *testing.T) {
	s := start(t, Options{})
	c := clientWith(t, s, NewCredentials("another secret", time.Hour), nil, "anna", time.Now())
	for i := 0; ; i++ {
		_, err := c.Allocate()
		require.Error(t, err)
		s.door.mu.Lock()
		n := len(s.door.conns)
		s.door.mu.Unlock()
		if n == 0 {
			break
		}
		require.Less(t, i, refusalsMost, fmt.Sprint(err))
	}
}
