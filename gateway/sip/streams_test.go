package sip

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// onStreams runs a test over TCP and over TLS.
func onStreams(t *testing.T, test func(*testing.T, *stream)) {
	for _, network := range []string{"TCP", "TLS"} {
		t.Run(network, func(t *testing.T) {
			s := &stream{t: t, network: network, ca: newAuthority(t)}
			s.agent = newAgent(t, Options{TLSListen: "127.0.0.1:0", TLS: s.ca.server("127.0.0.1"),
				handshake: 2 * time.Second,
				Trunks:    []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}}})
			test(t, s)
		})
	}
}

// stream is a far side that talks over connections.
type stream struct {
	t       *testing.T
	network string
	ca      *authority
	agent   *agent
	conn    net.Conn
	r       *bufio.Reader
	tag     string // of the gateway's side of the call
}

// connect makes the connection that is used from now on.
func (s *stream) connect() net.Conn {
	s.t.Helper()
	var err error
	if s.network == "TLS" {
		pool := x509.NewCertPool()
		pool.AddCert(s.ca.cert)
		s.conn, err = tls.Dial("tcp", s.agent.TLSAddr(), &tls.Config{RootCAs: pool})
	} else {
		s.conn, err = net.Dial("tcp", s.agent.Addr())
	}
	require.NoError(s.t, err)
	s.took(s.conn)
	return s.conn
}

func (s *stream) took(conn net.Conn) {
	s.conn, s.r = conn, bufio.NewReader(conn)
	s.t.Cleanup(func() { conn.Close() })
}

// listen is where the gateway connects to.
func (s *stream) listen() net.Listener {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(s.t, err)
	require.NoError(s.t, l.(*net.TCPListener).SetDeadline(time.Now().Add(deadline)))
	s.t.Cleanup(func() { l.Close() })
	if s.network == "TLS" {
		return tls.NewListener(l, s.ca.server("127.0.0.1"))
	}
	return l
}

func (s *stream) accept(l net.Listener) {
	s.t.Helper()
	conn, err := l.Accept()
	require.NoError(s.t, err, "no connection was made")
	s.took(conn)
}

// trunk is one that is called at a listener.
func (s *stream) trunk(l net.Listener) Trunk {
	return Trunk{Name: "peer", Address: l.Addr().String(), Transport: strings.ToLower(s.network),
		TLS:      TrunkTLS{CA: s.ca.file},
		Username: "u", Password: "p", Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}
}

// write sends a request of the call "c".
func (s *stream) write(method string, seq int, contact, body string) {
	s.t.Helper()
	typ, tag := "", ""
	if body != "" {
		typ = "Content-Type: application/sdp\r\n"
	}
	if s.tag != "" {
		tag = ";tag=" + s.tag
	}
	_, err := fmt.Fprintf(s.conn, "%s sip:1@x SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%s%d\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:1@x>%s\r\n"+
		"Call-ID: c\r\nCSeq: %d %s\r\nContact: <sip:a@%s;transport=%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, s.network, s.conn.LocalAddr(), method, seq, tag, seq, method, contact, strings.ToLower(s.network), typ,
		len(body), body)
	require.NoError(s.t, err)
}

// got reads until a message that begins so.
func (s *stream) got(prefix string) textproto.MIMEHeader {
	s.t.Helper()
	for {
		first, h := streamed(s.t, s.conn, s.r)
		if strings.HasPrefix(first, prefix) {
			if _, tag, ok := strings.Cut(h.Get("To"), ";tag="); ok && s.tag == "" &&
				strings.HasPrefix(prefix, "SIP/2.0 2") {
				s.tag = tag
			}
			return h
		}
	}
}

// answer responds to a request.
func (s *stream) answer(h textproto.MIMEHeader, code int, contact, body string) {
	s.t.Helper()
	typ, to := "", h.Get("To")
	if body != "" {
		typ = "Content-Type: application/sdp\r\n"
	}
	if !strings.Contains(to, ";tag=") {
		to += ";tag=x"
	}
	_, err := fmt.Fprintf(s.conn, "SIP/2.0 %d x\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:a@%s;transport=%s>\r\n%s"+
		"Content-Length: %d\r\n\r\n%s", code, h.Get("Via"), h.Get("From"), to, h.Get("Call-Id"), h.Get("Cseq"), contact,
		strings.ToLower(s.network), typ, len(body), body)
	require.NoError(s.t, err)
}

// nowhere is an address that takes no connections.
func nowhere(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l.Close()
	return l.Addr().String()
}

// called brings a call in and answers it.
func (s *stream) called(contact string) *Call {
	s.t.Helper()
	s.connect()
	s.write("INVITE", 1, contact, offerSDP)
	in := s.agent.incoming()
	require.NoError(s.t, in.Answer())
	s.got("SIP/2.0 200")
	s.write("ACK", 1, contact, "")
	next(s.t, in, Answered)
	return in
}

// Nothing listens where Contact says: what we send within the call goes over the
// connection that the call came on.
func TestLiveConnection(t *testing.T) {
	onStreams(t, func(t *testing.T, s *stream) {
		in := s.called(nowhere(t))
		require.NoError(t, in.Hangup())
		next(t, in, Ended)
		s.answer(s.got("BYE "), 200, "x", "")
	})
}

// The connection breaks within a call, and the far side goes on over another:
// from then on that is the call's.
func TestCallMovesToAnotherConnection(t *testing.T) {
	onStreams(t, func(t *testing.T, s *stream) {
		contact := nowhere(t)
		in := s.called(contact)
		s.conn.Close()
		s.connect()
		s.write("UPDATE", 2, contact, "")
		s.got("SIP/2.0 200")
		held := make(chan error, 1)
		go func() { held <- in.Hold() }()
		s.answer(s.got("INVITE "), 200, contact, strings.Replace(answerSDP, "0 101", "8 101", 1)+"a=recvonly\r\n")
		s.got("ACK ")
		require.NoError(t, <-held)
		require.NoError(t, in.Hangup())
		next(t, in, Ended)
		s.answer(s.got("BYE "), 200, contact, "")
		forgotten(t, s.agent)
	})
}

// It breaks and the far side does not come back: the call can be hung up, and
// nothing is left of it.
func TestHangupWithoutAConnection(t *testing.T) {
	onStreams(t, func(t *testing.T, s *stream) {
		in := s.called(nowhere(t))
		s.conn.Close()
		require.Eventually(t, func() bool { return !s.agent.connected(s.network, in.dlg.peer) }, deadline, tick)
		require.NoError(t, in.Hangup())
		next(t, in, Ended)
		forgotten(t, s.agent)
	})
}

// The connection of a call out breaks: what we send within it makes another one
// to the trunk.
func TestCallOutIsConnectedAnew(t *testing.T) {
	onStreams(t, func(t *testing.T, s *stream) {
		l := s.listen()
		require.NoError(t, s.agent.SetTrunks([]Trunk{s.trunk(l)}))
		dialled := make(chan *Call, 1)
		go func() { dialled <- s.agent.dial(Outgoing{}) }()
		s.accept(l)
		inv := s.got("INVITE ")
		s.answer(inv, 200, l.Addr().String(), answerSDP)
		s.got("ACK ")
		out := <-dialled
		next(t, out, Answered)
		s.conn.Close()
		require.Eventually(t, func() bool { return !s.agent.connected(s.network, out.dlg.peer) }, deadline, tick)
		hungUp := make(chan error, 1)
		go func() { hungUp <- out.Hangup() }() // with the handshake
		s.accept(l)
		s.answer(s.got("BYE "), 200, "x", "")
		require.NoError(t, <-hungUp)
		next(t, out, Ended)
		forgotten(t, s.agent)
	})
}

// One connection to a trunk carries all calls that are made through it.
func TestConnectionIsUsedAgain(t *testing.T) {
	onStreams(t, func(t *testing.T, s *stream) {
		l := s.listen()
		require.NoError(t, s.agent.SetTrunks([]Trunk{s.trunk(l)}))
		go s.agent.dial(Outgoing{})
		s.accept(l)
		for i := range 3 {
			if i > 0 {
				go s.agent.dial(Outgoing{})
			}
			s.answer(s.got("INVITE "), 486, "x", "")
			s.got("ACK ")
		}
	})
}

// The peer closes the connection that was registered over: calls would come on
// that one, so it is made anew at once, not when the registration is due.
func TestRegistrationConnectionBreaks(t *testing.T) {
	onStreams(t, func(t *testing.T, s *stream) {
		l := s.listen()
		k := s.trunk(l)
		k.Register = true
		require.NoError(t, s.agent.SetTrunks([]Trunk{k}))
		for i := range 2 {
			s.accept(l)
			h := s.got("REGISTER ")
			require.Equal(t, "300", h.Get("Expires"))
			s.answer(h, 200, "x", "")
			if i == 0 {
				s.conn.Close()
			}
		}
		s.conn.Close()
		l.Close()
	})
}

// A caller whose connection breaks while it rings is gone.
func TestCallerIsLost(t *testing.T) {
	onStreams(t, func(t *testing.T, s *stream) {
		s.connect()
		s.write("INVITE", 1, s.conn.LocalAddr().String(), "")
		in := s.agent.incoming()
		require.NoError(t, in.Ring())
		s.conn.Close()
		require.Equal(t, Event{Kind: Ended, ByRemote: true, Code: 487, Text: "the connection to the caller was lost"},
			next(t, in, Ended))
	})
}

// Empty lines keep a connection open and are answered (RFC 5626 section 4.4.1),
// also within a call.
func TestKeepAliveOfConnections(t *testing.T) {
	onStreams(t, func(t *testing.T, s *stream) {
		in := s.called(nowhere(t))
		_, err := s.conn.Write([]byte("\r\n\r\n"))
		require.NoError(t, err)
		require.NoError(t, s.conn.SetReadDeadline(time.Now().Add(deadline)))
		b := make([]byte, 2)
		_, err = s.r.Read(b)
		require.NoError(t, err)
		require.Equal(t, "\r\n", string(b))
		s.write("BYE", 2, "x", "")
		s.got("SIP/2.0 200")
		next(t, in, Ended)
	})
}

// A stranger who says nothing after the handshake is sent away as well.
func TestSilentAfterTheHandshake(t *testing.T) {
	s := &stream{t: t, network: "TLS", ca: newAuthority(t)}
	s.agent = newAgent(t, Options{TLSListen: "127.0.0.1:0", TLS: s.ca.server("127.0.0.1"),
		handshake: 300 * time.Millisecond})
	s.connect()
	require.NoError(t, s.conn.SetReadDeadline(time.Now().Add(deadline)))
	_, err := s.conn.Read(make([]byte, 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
}
