package sip

import (
	"bufio"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"strings"
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

// Nothing listens where Contact says: what we send within the call goes over the
// connection that the call came on.
func TestLiveConnection(t *testing.T) {
	a := newAgent(t, Options{Trunks: []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}}})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed.Close()
	conn := dialTCP(t, a)
	defer conn.Close()
	write := func(method, tag, body string) {
		typ := ""
		if body != "" {
			typ = "Content-Type: application/sdp\r\n"
		}
		_, err := fmt.Fprintf(conn, "%s sip:1@x SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bK%s\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:1@x>%s\r\n"+
			"Call-ID: c\r\nCSeq: 1 %s\r\nContact: <sip:a@%s;transport=tcp>\r\n%sContent-Length: %d\r\n\r\n%s",
			method, conn.LocalAddr(), method, tag, method, closed.Addr(), typ, len(body), body)
		require.NoError(t, err)
	}
	r := bufio.NewReader(conn)
	write("INVITE", "", offerSDP)
	in := a.incoming()
	require.NoError(t, in.Answer())
	first, h := streamed(t, conn, r)
	for !strings.HasPrefix(first, "SIP/2.0 200") {
		first, h = streamed(t, conn, r)
	}
	_, tag, _ := strings.Cut(h.Get("To"), ";")
	write("ACK", ";"+tag, "")
	next(t, in, Answered)
	require.NoError(t, in.Hangup())
	next(t, in, Ended)
	for !strings.HasPrefix(first, "BYE ") {
		first, h = streamed(t, conn, r)
	}
	_, err = fmt.Fprintf(conn, "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: c\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
		h.Get("Via"), h.Get("From"), h.Get("To"), h.Get("Cseq"))
	require.NoError(t, err)
}

// The peer closes the connection that was registered over: calls would come on
// that one, so it is made anew at once, not when the registration is due.
func TestRegistrationConnectionBreaks(t *testing.T) {
	peer, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer peer.Close()
	require.NoError(t, peer.(*net.TCPListener).SetDeadline(time.Now().Add(deadline)))
	a := newAgent(t, Options{})
	require.NoError(t, a.SetTrunks([]Trunk{{Name: "peer", Address: peer.Addr().String(), Transport: "tcp", Username: "u", Password: "p", Register: true}}))
	var last net.Conn
	for range 2 {
		conn, err := peer.Accept()
		require.NoError(t, err, "no connection was made")
		first, h := streamed(t, conn, bufio.NewReader(conn))
		require.True(t, strings.HasPrefix(first, "REGISTER "), first)
		require.Equal(t, "300", h.Get("Expires"))
		_, err = fmt.Fprintf(conn, "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=x\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: %s\r\nContent-Length: 0\r\n\r\n",
			h.Get("Via"), h.Get("From"), h.Get("To"), h.Get("Call-Id"), h.Get("Cseq"), h.Get("Contact"))
		require.NoError(t, err)
		if last == nil {
			conn.Close()
		}
		last = conn
	}
	last.Close()
	peer.Close()
}

// Strangers who say nothing are sent away, and one address takes no room from
// the others.
func TestSilentConnections(t *testing.T) {
	a := newAgent(t, Options{handshake: 300 * time.Millisecond, Trunks: []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.2"}}}}})
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
