package sip

import (
	"bufio"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// streamed reads a message without a body from a connection.
func streamed(t *testing.T, conn net.Conn, r *bufio.Reader) (first string, h textproto.MIMEHeader) {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(deadline)))
	text := textproto.NewReader(r)
	first, err := text.ReadLine()
	require.NoError(t, err)
	h, err = text.ReadMIMEHeader()
	require.NoError(t, err)
	var n int
	_, _ = fmt.Sscan(h.Get("Content-Length"), &n)
	_, err = r.Discard(n)
	require.NoError(t, err)
	return first, h
}

// Strangers who say nothing are sent away, and one address takes no room from
// the others.
func TestSilentConnections(t *testing.T) {
	a := newAgent(t, Options{handshake: 300 * time.Millisecond,
		Trunks: []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.2"}}}}})
	var all []net.Conn
	for range maxOfSource + 10 {
		all = append(all, dialTCP(t, a))
	}
	for _, conn := range all { // at once, or when the wait is over
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(deadline)))
		_, err := conn.Read(make([]byte, 1))
		require.Error(t, err)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
		conn.Close()
	}
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	conn, err := d.DialContext(t.Context(), "tcp", a.Addr())
	require.NoError(t, err)
	defer conn.Close()
	time.AfterFunc(600*time.Millisecond, func() { // the trunk's may be silent for longer
		_, _ = fmt.Fprintf(conn, "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x;branch=z9hG4bKo\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:x>\r\n"+
			"Call-ID: o\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
	})
	first, _ := streamed(t, conn, bufio.NewReader(conn))
	require.Equal(t, "SIP/2.0 200 OK", first)
}
