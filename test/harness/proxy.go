package harness

import (
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// Proxy carries TCP to a gateway and can cut it, as networks do.
type Proxy struct {
	listener net.Listener
	to       string
	mu       sync.Mutex
	pairs    map[*pair]bool
	refuse   bool
	carrying sync.WaitGroup
}

type pair struct {
	near, far net.Conn
	frozen    atomic.Bool
}

func (p *pair) close() {
	_ = p.near.Close()
	_ = p.far.Close()
}

// NewProxy starts a proxy that ends with the test.
func NewProxy(t testing.TB, g *Gateway) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &Proxy{listener: l, to: g.HTTP, pairs: map[*pair]bool{}}
	p.carrying.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.Cut()
		p.carrying.Wait()
	})
	return p
}

// Through rewrites a URL of the gateway to go through the proxy.
func (p *Proxy) Through(url string) string {
	return strings.Replace(url, p.to, p.listener.Addr().String(), 1)
}

// Cut closes what is open.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pairs {
		c.close()
	}
}

// Refuse closes what is open and, while on, everything new.
func (p *Proxy) Refuse(on bool) {
	p.mu.Lock()
	p.refuse = on
	p.mu.Unlock()
	if on {
		p.Cut()
	}
}

// Freeze makes what is open half open: it stays so and carries nothing, until
// it is cut. What is opened later works.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pairs {
		c.frozen.Store(true)
	}
}

func (p *Proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		refuse := p.refuse
		p.mu.Unlock()
		far, err := net.Dial("tcp", p.to)
		if err != nil || refuse {
			_ = near.Close()
			if err == nil {
				_ = far.Close()
			}
			continue
		}
		c := &pair{near: near, far: far}
		p.mu.Lock()
		p.pairs[c] = true
		p.mu.Unlock()
		p.carrying.Go(func() { p.carry(c, far, near) })
		p.carrying.Go(func() { p.carry(c, near, far) })
	}
}

func (p *Proxy) carry(c *pair, to, from net.Conn) {
	for buf := make([]byte, 32<<10); ; {
		n, err := from.Read(buf)
		if c.frozen.Load() {
			if err != nil {
				return // the other end does not learn of it
			}
			continue
		}
		if err == nil {
			_, err = to.Write(buf[:n])
		}
		if err != nil {
			break
		}
	}
	c.close()
	p.mu.Lock()
	delete(p.pairs, c)
	p.mu.Unlock()
}
