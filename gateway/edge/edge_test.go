package edge

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pires/go-proxyproto"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patient = 30 * time.Second

var quiet = slog.New(slog.DiscardHandler)

func proxies(t *testing.T, list ...string) Proxies {
	t.Helper()
	p, err := ParseProxies(list)
	require.NoError(t, err)
	return p
}

func TestClient(t *testing.T) {
	p := proxies(t, "10.0.0.0/8", "::1", "192.0.2.7")
	for name, c := range map[string]struct {
		remote string
		header http.Header
		want   string
	}{
		"no proxy": {"198.51.100.1:4711", nil, "198.51.100.1:4711"},
		"a stranger writes headers": {"198.51.100.1:4711", http.Header{"X-Forwarded-For": {"203.0.113.9"}},
			"198.51.100.1:4711"},
		"a proxy says nothing": {"10.0.0.1:80", nil, "10.0.0.1:80"},
		"one hop":              {"10.0.0.1:80", http.Header{"X-Forwarded-For": {"203.0.113.9"}}, "203.0.113.9:0"},
		"what the client wrote": {"10.0.0.1:80", http.Header{"X-Forwarded-For": {"127.0.0.1, 203.0.113.9"}},
			"203.0.113.9:0"},
		"two headers": {"10.0.0.1:80", http.Header{"X-Forwarded-For": {"127.0.0.1", "203.0.113.9"}},
			"203.0.113.9:0"},
		"two proxies": {"10.0.0.1:80",
			http.Header{"X-Forwarded-For": {"127.0.0.1, 203.0.113.9, 10.1.2.3"}}, "203.0.113.9:0"},
		"proxies only": {"10.0.0.1:80", http.Header{"X-Forwarded-For": {"10.3.3.3, 10.2.2.2"}},
			"10.3.3.3:0"},
		"with ports": {"10.0.0.1:80", http.Header{"X-Forwarded-For": {"203.0.113.9:5555"}},
			"203.0.113.9:0"},
		"IPv6": {"[::1]:80", http.Header{"X-Forwarded-For": {"[2001:db8::1]:1234"}},
			"[2001:db8::1]:0"},
		"IPv4 in IPv6": {"[::ffff:10.0.0.1]:80", http.Header{"X-Forwarded-For": {"::ffff:203.0.113.9"}},
			"203.0.113.9:0"},
		"nonsense": {"10.0.0.1:80", http.Header{"X-Forwarded-For": {"203.0.113.9, nonsense"}},
			"10.0.0.1:80"},
		"Forwarded": {"10.0.0.1:80",
			http.Header{"Forwarded": {`for=203.0.113.9;proto=https;by=10.0.0.1`}}, "203.0.113.9:0"},
		"Forwarded with IPv6": {"10.0.0.1:80", http.Header{"Forwarded": {`For="[2001:db8::1]:4711"`}},
			"[2001:db8::1]:0"},
		"Forwarded, several": {"10.0.0.1:80",
			http.Header{"Forwarded": {`for=127.0.0.1, for=203.0.113.9`, `for=192.0.2.7`}}, "203.0.113.9:0"},
		"Forwarded, hidden": {"10.0.0.1:80", http.Header{"Forwarded": {`for=203.0.113.9, for=_secret`}},
			"10.0.0.1:80"},
		"both say the same": {"10.0.0.1:80",
			http.Header{"Forwarded": {`for=203.0.113.9`}, "X-Forwarded-For": {"203.0.113.9"}}, "203.0.113.9:0"},
		"one is the client's own": {"10.0.0.1:80",
			http.Header{"Forwarded": {`for=203.0.113.9`}, "X-Forwarded-For": {"203.0.113.8"}}, "10.0.0.1:80"},
		"one is hidden": {"10.0.0.1:80",
			http.Header{"Forwarded": {`for=_a`}, "X-Forwarded-For": {"203.0.113.8"}}, "10.0.0.1:80"},
		"Forwarded without for": {"10.0.0.1:80", http.Header{"Forwarded": {`proto=https`}}, "10.0.0.1:80"},
		"more hops than are read": {"10.0.0.1:80",
			http.Header{"X-Forwarded-For": {"203.0.113.9" + strings.Repeat(", 10.0.0.2", 40)}}, "10.0.0.2:0"},
		"an address that is no host": {"@", http.Header{"X-Forwarded-For": {"203.0.113.9"}}, "@"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr, r.Header = c.remote, c.header
			assert.Equal(t, c.want, p.Client(r))
		})
	}
	_, err := ParseProxies([]string{"10.0.0.0/33"})
	assert.Error(t, err)
}

// FuzzClient gives headers of strangers: what comes out is an address that the
// proxy named, or the proxy's own.
func FuzzClient(f *testing.F) {
	f.Add("for=1.2.3.4", "1.2.3.4, 5.6.7.8")
	f.Add(`for="[::1]:80";by=x, for=_a`, "")
	p, err := ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, forwarded, xff string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.0.0.1:80"
		r.Header = http.Header{"Forwarded": {forwarded}, "X-Forwarded-For": {xff}}
		if got := p.Client(r); got != r.RemoteAddr {
			_, ok := parse(got)
			assert.True(t, ok, got)
		}
	})
}

// serve runs a handler behind an edge, on a port of the loopback.
func serve(t *testing.T, o Options, h http.HandlerFunc) (e *Edge, address string) {
	t.Helper()
	o.Log = quiet
	e = New(o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := e.Server(h)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(e.Listener(l))
	}()
	t.Cleanup(func() {
		require.NoError(t, srv.Close())
		<-done
		http.DefaultClient.CloseIdleConnections()
	})
	return e, l.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(patient)))
	return c
}

func TestConnectionsOfAnAddressAreBounded(t *testing.T) {
	var refused atomic.Int64
	e, address := serve(t, Options{Conns: 3, Refused: func(_, what string) {
		if what == "connections" {
			refused.Add(1)
		}
	}}, func(w http.ResponseWriter, _ *http.Request) {})
	silent := []net.Conn{dial(t, address), dial(t, address), dial(t, address)}
	require.Eventually(t, func() bool { return e.count.Len() == 3 }, patient, time.Millisecond)
	over := dial(t, address)
	_, err := over.Read(make([]byte, 1))
	assert.Error(t, err, "one too many is closed at once")
	assert.EqualValues(t, 1, refused.Load())
	// One that has sent a request and waits for the next is not counted.
	_, err = io.WriteString(silent[0], "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(silent[0]), nil)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Eventually(t, func() bool { return e.count.Len() == 2 }, patient, time.Millisecond)
	require.NoError(t, silent[1].Close())
	require.Eventually(t, func() bool { return e.count.Len() == 1 }, patient, time.Millisecond)
}

func TestRequestsOfAnAddressAreBounded(t *testing.T) {
	release := make(chan struct{})
	var there atomic.Int64
	e, address := serve(t, Options{Requests: 2, Long: func(path string) bool { return path == "/long" }},
		func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				return
			}
			there.Add(1)
			select {
			case <-release:
			case <-r.Context().Done():
			}
		})
	done := make(chan int, 2)
	for range 2 {
		go func() {
			res, err := http.Get("http://" + address + "/")
			if err != nil {
				done <- 0
				return
			}
			_ = res.Body.Close()
			done <- res.StatusCode
		}()
	}
	require.Eventually(t, func() bool { return there.Load() == 2 }, patient, time.Millisecond)
	res, err := http.Get("http://" + address + "/other")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusTooManyRequests, res.StatusCode)
	assert.NotEmpty(t, res.Header.Get("Retry-After"))
	res, err = http.Get("http://" + address + "/long")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusOK, res.StatusCode, "long ones are the affair of their door")
	close(release)
	assert.Equal(t, http.StatusOK, <-done)
	assert.Equal(t, http.StatusOK, <-done)
	require.Eventually(t, func() bool { return e.requests.Len() == 0 }, patient, time.Millisecond)
}

// TestForwardedRequestsAreCounted has clients say through a trusted proxy that
// nobody knows who they are: the proxy's own requests alone are not counted.
func TestForwardedRequestsAreCounted(t *testing.T) {
	e := New(Options{Requests: 1, Log: quiet, Proxies: proxies(t, "10.0.0.0/8")})
	codes := func(h http.Header) (all [2]int) {
		inner := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header = "10.0.0.1:80", h
		outer := httptest.NewRecorder()
		e.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			again := r.Clone(t.Context())
			again.RemoteAddr = "10.0.0.1:80"
			e.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(inner, again)
		})).ServeHTTP(outer, r)
		return [2]int{outer.Code, inner.Code}
	}
	assert.Equal(t, [2]int{200, 200}, codes(http.Header{}))
	for name, h := range map[string]http.Header{
		"hidden":       {"Forwarded": {"for=_me"}},
		"two stories":  {"Forwarded": {"for=203.0.113.9"}, "X-Forwarded-For": {"203.0.113.8"}},
		"proxies only": {"X-Forwarded-For": {"10.0.0.2"}},
	} {
		assert.Equal(t, [2]int{200, 429}, codes(h), name)
	}
}

// TestUpgradesOfNothing has requests call themselves sockets where there are
// none: they are counted, and their bodies must come, as those of others.
func TestUpgradesOfNothing(t *testing.T) {
	socket := func(path string) bool { return path == "/ws" }
	e := New(Options{Requests: 1, Log: quiet, Socket: socket})
	request := func(path string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, path, strings.NewReader("body"))
		r.Header.Set("Upgrade", "websocket")
		return r
	}
	inside := func(path string) (code int, w *deadlines) {
		w = &deadlines{ResponseWriter: httptest.NewRecorder()}
		e.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			second := httptest.NewRecorder()
			e.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(second, request(path))
			code = second.Code
		})).ServeHTTP(w, request(path))
		return code, w
	}
	code, w := inside("/sdk/x")
	assert.Equal(t, http.StatusTooManyRequests, code)
	assert.False(t, w.read.IsZero(), "the body has a deadline")
	assert.False(t, w.write.IsZero())
	code, w = inside("/ws")
	assert.Equal(t, http.StatusOK, code, "sockets are the affair of their door")
	assert.False(t, w.read.IsZero(), "no door of sockets waits for a body")
	assert.True(t, w.write.IsZero(), "what has become a socket has deadlines of its own")
}

// TestBodiesMustCome has the body's clock run out in time that is not waited
// for: deadlines are set at once for how much has come.
func TestBodiesMustCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &deadlines{ResponseWriter: httptest.NewRecorder()}
		start := time.Now()
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", 3*bodyRate)))
		pace(w, r)
		assert.Equal(t, bodyGrace, w.read.Sub(start), "drop by drop it has the grace")
		buf := make([]byte, 2*bodyRate)
		_, err := io.ReadFull(r.Body, buf)
		require.NoError(t, err)
		assert.Equal(t, bodyGrace+2*time.Second, w.read.Sub(start), "what comes buys time")
		_, err = io.ReadAll(r.Body)
		require.NoError(t, err)
		assert.True(t, w.read.IsZero(), "when all is there the handler may take its time")
	})
}

func TestAnswersMustBeTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &deadlines{ResponseWriter: httptest.NewRecorder()}
		p := pace(w, httptest.NewRequest(http.MethodGet, "/", nil))
		n, err := p.Write(make([]byte, 3*piece+1))
		require.NoError(t, err)
		assert.Equal(t, 3*piece+1, n)
		assert.Equal(t, 4, w.writes, "each piece has a deadline of its own")
		time.Sleep(time.Minute) // of an event stream in which nothing happens; in this bubble it takes no time
		p.Flush()
		assert.Equal(t, stall, time.Until(w.write))
	})
}

type deadlines struct {
	http.ResponseWriter
	read, write time.Time
	writes      int
}

func (d *deadlines) SetReadDeadline(t time.Time) error { d.read = t; return nil }
func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.write, d.writes = t, d.writes+1
	return nil
}
func (d *deadlines) FlushError() error { return nil }

func TestLongHandlersKeepTheirContext(t *testing.T) {
	_, address := serve(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		assert.NoError(t, r.Context().Err())
		_, _ = w.Write(make([]byte, 2*piece))
	})
	for range 3 { // on one connection
		res, err := http.Post("http://"+address, "text/plain", strings.NewReader("hello"))
		require.NoError(t, err)
		n, err := io.Copy(io.Discard, res.Body)
		require.NoError(t, err)
		assert.EqualValues(t, 2*piece, n)
		require.NoError(t, res.Body.Close())
	}
}

func TestProxyProtocol(t *testing.T) {
	seen := make(chan string, 1)
	e, address := serve(t, Options{Proxies: proxies(t, "127.0.0.1"), Conns: 1, Requests: 1},
		func(w http.ResponseWriter, r *http.Request) {
			seen <- r.RemoteAddr
		})
	ask := func(prefix []byte, header string) string {
		t.Helper()
		c := dial(t, address)
		_, err := c.Write(append(prefix, "GET / HTTP/1.1\r\nHost: x\r\n"+header+"\r\n"...))
		require.NoError(t, err)
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return <-seen
	}
	from, to := &net.TCPAddr{IP: net.IPv4(203, 0, 113, 9), Port: 4711}, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1),
		Port: 80}
	idle := func() bool { return e.count.Len() == 0 }
	for _, version := range []byte{1, 2} {
		head, err := proxyproto.HeaderProxyFromAddrs(version, from, to).Format()
		require.NoError(t, err)
		assert.Equal(t, "203.0.113.9:4711", ask(head, ""))
		require.Eventually(t, idle, 5*time.Second, time.Millisecond, "idle connections are not counted")
		assert.Equal(t, "203.0.113.9:4711", ask(head, "X-Forwarded-For: 192.0.2.1\r\n"), "the client is no proxy")
		require.Eventually(t, idle, 5*time.Second, time.Millisecond)
	}
	assert.Equal(t, "192.0.2.1:0", ask(nil, "X-Forwarded-For: 192.0.2.1\r\n"), "a proxy that speaks HTTP")
	assert.True(t, idle(), "nor are those of a proxy itself")

	head, err := proxyproto.HeaderProxyFromAddrs(2, from, to).Format()
	require.NoError(t, err)
	unfinished := append(head, "GET / HTTP/1.1\r\n"...)
	_, err = dial(t, address).Write(unfinished)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return !idle() }, 5*time.Second, time.Millisecond)
	second := dial(t, address)
	_, err = second.Write(unfinished)
	require.NoError(t, err)
	_, err = second.Read(make([]byte, 1))
	require.Error(t, err, "a client behind a proxy has a share of its own")
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	assert.Equal(t, "192.0.2.1:0", ask(nil, "X-Forwarded-For: 192.0.2.1\r\n"), "which is nobody else's")

	_, plain := serve(t, Options{}, func(w http.ResponseWriter,
		r *http.Request) {
		t.Error("a stranger's header was taken")
	})
	c := dial(t, plain)
	_, err = io.WriteString(c, "PROXY TCP4 203.0.113.9 127.0.0.1 4711 80\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusBadRequest, res.StatusCode)
}
