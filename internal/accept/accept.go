// Package accept takes connections from a listener for as long as it is open.
package accept

import (
	"errors"
	"net"
	"time"
)

const (
	pauseLeast = 5 * time.Millisecond
	pauseMost  = time.Second
)

// Next waits for a connection. What fails meanwhile is waited out, longer each
// time: as a rule the process has no file descriptor left, which passes, and
// whoever asked again at once would only burn time until then. The one error is
// that the listener was closed.
func Next(l net.Listener) (net.Conn, error) {
	for pause := pauseLeast; ; pause = min(2*pause, pauseMost) {
		c, err := l.Accept()
		if err == nil || errors.Is(err, net.ErrClosed) {
			return c, err
		}
		time.Sleep(pause)
	}
}
