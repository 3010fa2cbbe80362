package turn

import (
	"net"
	"sync"
	"time"

	"tccc/internal/accept"
	"tccc/internal/limit"
)

// connsOfAddress bounds the connections of one address: an office behind a NAT.
const connsOfAddress = 512

// door is a listener that bounds its connections, and closes those that have no
// relay within a time.
type door struct {
	net.Listener
	most  int
	hello time.Duration
	from  limit.Counter

	mu    sync.Mutex
	conns map[string]*guest // by remote address
	shut  bool
}

type guest struct {
	net.Conn
	door    *door
	remote  string
	timer   *time.Timer
	refused int
}

func newDoor(l net.Listener, most int, hello time.Duration) *door {
	return &door{Listener: l, most: most, hello: hello, conns: map[string]*guest{}}
}

// Accept gives the next connection there is room for.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := accept.Next(d.Listener)
		if err != nil {
			return nil, err
		}
		if g := d.admit(c); g != nil {
			return g, nil
		}
		c.Close()
	}
}

func (d *door) admit(c net.Conn) *guest {
	g := &guest{Conn: c, door: d, remote: c.RemoteAddr().String()}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut || len(d.conns) >= d.most || !d.from.Take(limit.Address(g.remote), connsOfAddress) {
		return nil
	}
	g.timer = time.AfterFunc(d.hello, func() { g.Close() })
	d.conns[g.remote] = g
	return g
}

// proved notes that a connection has a relay, or has none any more.
func (d *door) proved(from net.Addr, has bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if g := d.conns[from.String()]; g != nil {
		g.timer.Stop()
		if !has {
			g.timer.Reset(d.hello)
		}
	}
}

// refused notes wrong credentials: who guesses is sent away.
func (d *door) refused(from net.Addr) {
	d.mu.Lock()
	g := d.conns[from.String()]
	if g != nil {
		if g.refused++; g.refused < refusalsMost {
			g = nil
		}
	}
	d.mu.Unlock()
	if g != nil {
		g.Close()
	}
}

// Close implements net.Conn.
func (g *guest) Close() error {
	d := g.door
	d.mu.Lock()
	if d.conns[g.remote] == g {
		delete(d.conns, g.remote)
		d.from.Give(limit.Address(g.remote))
		g.timer.Stop()
	}
	d.mu.Unlock()
	return g.Conn.Close()
}

// Close ends the listener and its connections.
func (d *door) Close() error {
	err := d.Listener.Close()
	d.mu.Lock()
	d.shut = true
	all := make([]*guest, 0, len(d.conns))
	for _, g := range d.conns {
		all = append(all, g)
	}
	d.mu.Unlock()
	for _, g := range all {
		g.Close()
	}
	return err
}
