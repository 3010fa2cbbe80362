package cluster

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// network is what lies between nodes: a listener for each node on each side of
// a pair. Bytes of a direction that is stopped wait, as those of TCP do; a
// connection may also be cut.
type network struct {
	listen []string // of the nodes

	mu      sync.Mutex
	wake    *sync.Cond
	stopped map[[2]int]bool // from, to
	conns   map[net.Conn]bool
	closed  bool
	work    sync.WaitGroup
}

// between puts a network between nodes. It is gone with the test.
func between(t *testing.T, specs []childSpec) *network {
	t.Helper()
	w := &network{stopped: map[[2]int]bool{}, conns: map[net.Conn]bool{}}
	w.wake = sync.NewCond(&w.mu)
	for _, s := range specs {
		w.listen = append(w.listen, s.Listen)
	}
	var listeners []net.Listener
	for i := range specs {
		routes := []string{}
		for j := range specs {
			if i == j {
				routes = append(routes, specs[i].Listen)
				continue
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			listeners = append(listeners, l)
			routes = append(routes, l.Addr().String())
			w.work.Go(func() { w.serve(l, i, j) })
		}
		specs[i].Routes = routes
	}
	t.Cleanup(func() {
		for _, l := range listeners {
			_ = l.Close()
		}
		w.mu.Lock()
		w.closed = true
		for c := range w.conns {
			_ = c.Close()
		}
		w.wake.Broadcast()
		w.mu.Unlock()
		w.work.Wait()
	})
	return w
}

func (w *network) serve(l net.Listener, from, to int) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", w.listen[to])
		if err != nil {
			_ = in.Close()
			continue
		}
		w.mu.Lock()
		w.conns[in], w.conns[out] = true, true
		if w.closed {
			_, _ = in.Close(), out.Close()
		}
		w.mu.Unlock()
		w.work.Go(func() { w.copy(out, in, from, to) })
		w.work.Go(func() { w.copy(in, out, to, from) })
	}
}

// copy hands bytes on while their direction is open.
func (w *network) copy(out, in net.Conn, from, to int) {
	defer func() {
		_, _ = in.Close(), out.Close()
		w.mu.Lock()
		delete(w.conns, in)
		delete(w.conns, out)
		w.mu.Unlock()
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := in.Read(buf)
		w.mu.Lock()
		for w.stopped[[2]int{from, to}] && !w.closed {
			w.wake.Wait()
		}
		w.mu.Unlock()
		if n > 0 {
			if _, err := out.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// stop has nothing come from one node to another.
func (w *network) stop(from, to int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped[[2]int{from, to}] = true
}

// isolate has nothing come to and from a node.
func (w *network) isolate(node int) {
	for other := range w.listen {
		w.stop(node, other)
		w.stop(other, node)
	}
}

// heal has everything come again, what waited first.
func (w *network) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.stopped)
	w.wake.Broadcast()
}

// breakAll ends every connection, which the nodes make anew.
func (w *network) breakAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		_ = c.Close()
	}
}

// The network of the tests does what it is told.
func TestTheNetworkBetween(t *testing.T) {
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer echo.Close()
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() {
		if c, err := echo.Accept(); err == nil {
			_, _ = io.Copy(c, c)
			_ = c.Close()
		}
	})
	specs := []childSpec{{Listen: "127.0.0.1:1"}, {Listen: echo.Addr().String()}}
	w := between(t, specs)
	c, err := net.Dial("tcp", specs[0].Routes[1])
	require.NoError(t, err)
	defer c.Close()
	got := make(chan byte, 8)
	work.Go(func() {
		defer close(got)
		for b := []byte{0}; ; {
			if _, err := c.Read(b); err != nil {
				return
			}
			got <- b[0]
		}
	})
	_, err = c.Write([]byte("a"))
	require.NoError(t, err)
	require.Equal(t, byte('a'), <-got)
	w.stop(1, 0)
	_, err = c.Write([]byte("b"))
	require.NoError(t, err)
	require.Empty(t, got)
	w.heal()
	require.Equal(t, byte('b'), <-got)
	w.breakAll()
	_, open := <-got
	require.False(t, open)
}
