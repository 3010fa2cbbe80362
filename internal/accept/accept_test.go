package accept

import (
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// short has no file descriptor until a time.
type short struct {
	net.Listener
	until  time.Time
	asked  int
	closed bool
}

func (s *short) Accept() (net.Conn, error) {
	s.asked++
	switch {
	case s.closed:
		return nil, net.ErrClosed
	case time.Now().Before(s.until):
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	c, other := net.Pipe()
	other.Close()
	return c, nil
}

func TestNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &short{until: time.Now().Add(time.Minute)}
		c, err := Next(s)
		require.NoError(t, err)
		c.Close()
		require.Less(t, time.Since(s.until), 2*pauseMost, "soon after there are some again")
		require.Less(t, s.asked, 100, "it does not spin")
		s.closed = true
		_, err = Next(s)
		require.ErrorIs(t, err, net.ErrClosed)
	})
}
