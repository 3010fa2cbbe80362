package rtc

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A browser opens the TCP fallback and then uses UDP: its connection says
// nothing, and closing must not wait for it.
func TestCloseDoesNotWaitForSilentConnections(t *testing.T) {
	s, err := Listen(Options{})
	require.NoError(t, err)
	c, err := net.Dial("tcp", s.TCPAddr().String())
	require.NoError(t, err)
	defer c.Close()
	require.Eventually(t, func() bool { return s.listener.count() == 1 }, 5*time.Second, time.Millisecond)

	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
	_, err = c.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF, "the connection is closed long before Pion's ten seconds")
	require.NoError(t, <-closed)
}
