// Package proxied gives a connection that came through a load balancer the
// address of its client, which the balancer names in a PROXY header (versions
// 1 and 2 of HAProxy's PROXY protocol).
package proxied

import (
	"net"
	"sync"
	"time"

	"github.com/pires/go-proxyproto"

	"tccc/internal/accept"
)

// pendingMost bounds the connections whose header has not come yet.
const pendingMost = 256

// Listener is a listener whose connections are given out when their header has
// been read, so that one who sends none keeps nobody else waiting.
type Listener struct {
	net.Listener
	trusted func(remote string) bool
	wait    time.Duration
	out     chan net.Conn
	quit    chan struct{}
	once    sync.Once
	wg      sync.WaitGroup

	mu      sync.Mutex
	pending map[net.Conn]struct{} // nil once it is closed
}

// Listen wraps a listener. Who is not trusted may send no header, and for who
// is one is not demanded: after the wait a connection is its own. Close ends
// the listener and what waits in it.
func Listen(l net.Listener, trusted func(remote string) bool, wait time.Duration) *Listener {
	p := &Listener{
		Listener: l, trusted: trusted, wait: wait, pending: map[net.Conn]struct{}{},
		out: make(chan net.Conn), quit: make(chan struct{}),
	}
	p.wg.Go(p.run)
	return p
}

func (p *Listener) run() {
	for {
		c, err := accept.Next(p.Listener)
		if err != nil {
			p.stop()
			return
		}
		switch {
		case !p.trusted(c.RemoteAddr().String()):
			p.give(c)
		case p.note(c):
			p.wg.Go(func() { p.read(c) })
		default:
			c.Close() // too many that send nothing
		}
	}
}

// note counts a connection among those that wait for their header.
func (p *Listener) note(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pending == nil || len(p.pending) >= pendingMost {
		return false
	}
	p.pending[c] = struct{}{}
	return true
}

func (p *Listener) read(raw net.Conn) {
	c := proxyproto.NewConn(raw, proxyproto.WithPolicy(proxyproto.USE), proxyproto.SetReadHeaderTimeout(p.wait))
	c.ProxyHeader() // what is wrong with it is told by the first read
	p.give(c)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pending, raw)
}

func (p *Listener) give(c net.Conn) {
	select {
	case p.out <- c:
	case <-p.quit:
		c.Close()
	}
}

// Accept gives the next connection.
func (p *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-p.out:
		return c, nil
	case <-p.quit:
		return nil, net.ErrClosed
	}
}

// Close ends the listener, and the connections that were not given out.
func (p *Listener) Close() error {
	err := p.Listener.Close()
	p.stop()
	p.wg.Wait()
	return err
}

func (p *Listener) stop() {
	p.once.Do(func() { close(p.quit) })
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pending {
		c.Close()
	}
	p.pending = nil
}
