package rtc

import (
	"net"
	"sync"

	"tccc/internal/accept"
)

// boundedListener closes connections at once that are one too many: anybody can
// open a connection to the media port. Closing it closes its connections, of
// which Pion would wait up to ten seconds for those that have said nothing yet.
type boundedListener struct {
	net.Listener
	most int

	mu     sync.Mutex
	closed bool
	open   map[*boundedConn]struct{}
}

func newBoundedListener(l net.Listener, most int) *boundedListener {
	return &boundedListener{Listener: l, most: most, open: map[*boundedConn]struct{}{}}
}

func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		c, err := accept.Next(l.Listener) // at the first error Pion takes none any more
		if err != nil {
			return nil, err
		}
		if b := l.admit(c); b != nil {
			return b, nil
		}
		_ = c.Close()
	}
}

func (l *boundedListener) admit(c net.Conn) *boundedConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.open) >= l.most {
		return nil
	}
	b := &boundedConn{Conn: c, listener: l}
	l.open[b] = struct{}{}
	return b
}

func (l *boundedListener) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

func (l *boundedListener) Close() error {
	l.mu.Lock()
	l.closed = true
	for b := range l.open {
		_ = b.Conn.Close()
	}
	l.mu.Unlock()
	return l.Listener.Close()
}

type boundedConn struct {
	net.Conn
	listener *boundedListener
}

func (c *boundedConn) Close() error {
	c.listener.mu.Lock()
	delete(c.listener.open, c)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}
