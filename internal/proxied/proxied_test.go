package proxied

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func listen(t *testing.T, trusted bool, wait time.Duration) *Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := Listen(l, func(string) bool { return trusted }, wait)
	t.Cleanup(func() { p.Close() })
	return p
}

func dial(t *testing.T, l net.Listener, first []byte) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	_, err = c.Write(first)
	require.NoError(t, err)
	return c
}

// next takes a connection and reads what came over it.
func next(t *testing.T, l net.Listener, n int) (remote, text string) {
	t.Helper()
	c, err := l.Accept()
	require.NoError(t, err)
	defer c.Close()
	buf := make([]byte, n)
	_, err = io.ReadFull(c, buf)
	require.NoError(t, err)
	return c.RemoteAddr().String(), string(buf)
}

func header(t *testing.T, version byte) []byte {
	t.Helper()
	from, to := &net.TCPAddr{IP: net.ParseIP("2001:db8::9"), Port: 4711}, &net.TCPAddr{IP: net.ParseIP("2001:db8::1"),
		Port: 5060}
	head, err := proxyproto.HeaderProxyFromAddrs(version, from, to).Format()
	require.NoError(t, err)
	return head
}

func TestClientsAreNamed(t *testing.T) {
	l := listen(t, true, time.Minute)
	for _, version := range []byte{1, 2} {
		dial(t, l, append(header(t, version), "hello"...))
		remote, text := next(t, l, 5)
		assert.Equal(t, "[2001:db8::9]:4711", remote)
		assert.Equal(t, "hello", text)
	}
	// A balancer that looks whether somebody is there, and one that names nobody.
	local, err := (&proxyproto.Header{Version: 2, Command: proxyproto.LOCAL}).Format()
	require.NoError(t, err)
	for _, first := range []string{string(local), ""} {
		own := dial(t, l, []byte(first+"hello"))
		remote, text := next(t, l, 5)
		assert.Equal(t, own.LocalAddr().String(), remote)
		assert.Equal(t, "hello", text)
	}
}

// Who sends nothing keeps nobody waiting, and is given out after a time.
func TestNoHeader(t *testing.T) {
	l := listen(t, true, 300*time.Millisecond)
	mute := dial(t, l, nil)
	dial(t, l, append(header(t, 2), "hello"...))
	remote, _ := next(t, l, 5)
	assert.Equal(t, "[2001:db8::9]:4711", remote)
	c, err := l.Accept()
	require.NoError(t, err)
	defer c.Close()
	assert.Equal(t, mute.LocalAddr().String(), c.RemoteAddr().String())
}

func TestStrangersNameNobody(t *testing.T) {
	l := listen(t, false, time.Minute)
	own := dial(t, l, append(header(t, 1), "hello"...))
	remote, text := next(t, l, 5)
	assert.Equal(t, own.LocalAddr().String(), remote)
	assert.Equal(t, "PROXY", text)
}

func TestBadHeader(t *testing.T) {
	l := listen(t, true, time.Minute)
	dial(t, l, []byte("PROXY TCP4 nobody nowhere 1 2\r\nhello"))
	c, err := l.Accept()
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Read(make([]byte, 1))
	require.Error(t, err)
	assert.NotErrorIs(t, err, io.EOF)
}

func TestClose(t *testing.T) {
	l := listen(t, true, time.Minute)
	mute := dial(t, l, nil)
	dial(t, l, append(header(t, 2), "hello"...)) // nobody takes it
	require.NoError(t, l.Close())
	_, err := l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = mute.Read(make([]byte, 1))
	require.Error(t, err)
	require.Error(t, l.Close())
}

// More that send nothing than there is room for are closed.
func TestTooManyWithoutHeader(t *testing.T) {
	l := listen(t, true, time.Minute)
	for range pendingMost {
		dial(t, l, nil)
	}
	late := dial(t, l, nil)
	_, err := late.Read(make([]byte, 1))
	require.Error(t, err)
}
