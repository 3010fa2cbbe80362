package sip

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"tccc/gateway/rtp"
)

// phone is a far side that says exactly what a test wants, over UDP.
type phone struct {
	t      *testing.T
	conn   net.PacketConn
	to     *net.UDPAddr
	id     string
	branch int
	toTag  string
	skip   map[string]bool // start lines that are passed over
	noType bool            // requests have no Content-Type but their own lines
	mixed  bool            // bodies of responses have several parts
	heard  map[string]bool // responses, by code and CSeq
}

// newPhone is the trunk "peer" of s.
func newPhone(t *testing.T, a *agent) *phone {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	to, err := net.ResolveUDPAddr("udp", a.Addr())
	require.NoError(t, err)
	require.NoError(t, a.SetTrunks([]Trunk{{Name: "peer", Address: conn.LocalAddr().String(), Username: "u",
		Password: "p",
		Inbound:  Inbound{Addresses: []string{conn.LocalAddr().String()}}}}))
	return &phone{t: t, conn: conn, to: to, id: token(8), skip: map[string]bool{"SIP/2.0 100": true},
		heard: map[string]bool{}}
}

func (p *phone) addr() string { return p.conn.LocalAddr().String() }

// another begins another call.
func (p *phone) another() { p.id, p.toTag = token(8), "" }

const offerSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"

// request writes a request of the call; lines are further headers, body may be
// empty. The branch is new but for CANCEL and ACK of a refusal, which pass it.
func (p *phone) request(method string, seq int, lines []string, body string) {
	p.t.Helper()
	p.branch++
	p.requestIn(fmt.Sprintf("z9hG4bK-%s-%d", p.id, p.branch), method, seq, lines, body)
}

func (p *phone) requestIn(branch, method string, seq int, lines []string, body string) {
	p.t.Helper()
	tag := ""
	if p.toTag != "" {
		tag = ";tag=" + p.toTag
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s sip:4001@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nMax-Forwards: 70\r\n", method,
		p.to, p.addr(), branch)
	fmt.Fprintf(&b, "From: <sip:13800000000@%s>;tag=far\r\nTo: <sip:4001@%s>%s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:far@%s>\r\n",
		p.addr(), p.to, tag, p.id, seq, strings.Fields(method)[0], p.addr())
	for _, l := range lines {
		b.WriteString(l + "\r\n")
	}
	if body != "" && !p.noType && !strings.Contains(b.String(), "Content-Type") {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	p.raw(b.String())
}

func (p *phone) raw(s string) {
	p.t.Helper()
	_, err := p.conn.WriteTo([]byte(s), p.to)
	require.NoError(p.t, err)
}

// invite calls in and remembers the branch for CANCEL.
func (p *phone) invite(lines []string, body string) (branch string) {
	p.request("INVITE", 1, lines, body)
	return fmt.Sprintf("z9hG4bK-%s-%d", p.id, p.branch)
}

// answered calls in and is answered.
func (p *phone) answered(a *agent, lines []string, body string) *Call {
	p.t.Helper()
	p.invite(lines, body)
	in := a.incoming()
	require.NoError(p.t, in.Answer())
	p.response(200, "INVITE")
	p.request("ACK", 1, nil, "")
	next(p.t, in, Answered)
	return in
}

// media is a socket for RTP, and the address to put into a description.
func (p *phone) media() *media {
	p.t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(p.t, err)
	p.t.Cleanup(func() { conn.Close() })
	return &media{UDPConn: conn, t: p.t, ssrc: uint32(conn.LocalAddr().(*net.UDPAddr).Port)}
}

// media is the far side's RTP.
type media struct {
	*net.UDPConn
	t    *testing.T
	ssrc uint32
	seq  uint16
}

// sdp is a description with that socket in the place of port 40000.
func (m *media) sdp(text string) string {
	_, port, _ := net.SplitHostPort(m.LocalAddr().String())
	return strings.ReplaceAll(text, "40000", port)
}

// say sends a packet to a leg.
func (m *media) say(l *rtp.Leg, pt byte, payload []byte) {
	m.t.Helper()
	m.seq++
	b := make([]byte, 12, 12+len(payload))
	b[0], b[1] = 0x80, pt
	binary.BigEndian.PutUint16(b[2:], m.seq)
	binary.BigEndian.PutUint32(b[4:], uint32(m.seq)*160)
	binary.BigEndian.PutUint32(b[8:], m.ssrc)
	_, err := m.WriteToUDPAddrPort(append(b, payload...), l.Local())
	require.NoError(m.t, err)
}

// read gives the next message that is not passed over.
func (p *phone) read() sip.Message {
	p.t.Helper()
	buf := make([]byte, 65535)
	require.NoError(p.t, p.conn.SetReadDeadline(time.Now().Add(deadline)))
	for {
		n, _, err := p.conn.ReadFrom(buf)
		require.NoError(p.t, err, "nothing came")
		passed := false
		for s := range p.skip {
			passed = passed || strings.HasPrefix(string(buf[:n]), s)
		}
		if passed {
			continue
		}
		m, err := sip.ParseMessage(append([]byte(nil), buf[:n]...))
		require.NoError(p.t, err, "%s", buf[:n])
		return m
	}
}

// response reads a response and checks its code and method.
func (p *phone) response(code int, method string) *sip.Response {
	p.t.Helper()
	want := fmt.Sprint(code, " ", method)
	m := p.read()
	for m.CallID().Value() != p.id || p.repeated(m, want) {
		m = p.read()
	}
	r, ok := m.(*sip.Response)
	require.True(p.t, ok, "%v", m)
	require.Equal(p.t, want, fmt.Sprint(r.StatusCode, " ", r.CSeq().MethodName), "%v", m)
	p.heard[answered(r)] = true
	if tag := r.To().Params.GetOr("tag", ""); code > 100 && code < 300 && method == "INVITE" && p.toTag == "" {
		p.toTag = tag
	}
	return r
}

// repeated reports whether a message is a response that was heard before, and
// not the one that is wanted: a busy machine repeats before the ACK is read.
func (p *phone) repeated(m sip.Message, want string) bool {
	if r, ok := m.(*sip.Request); ok {
		return p.heard["NOTIFY "+r.CSeq().Value()]
	}
	r, ok := m.(*sip.Response)
	return ok && p.heard[answered(r)] && fmt.Sprint(r.StatusCode, " ", r.CSeq().MethodName) != want
}

func answered(r *sip.Response) string { return fmt.Sprint(r.StatusCode, " ", r.CSeq().Value()) }

// got reads a request and checks its method.
func (p *phone) got(method string) *sip.Request {
	p.t.Helper()
	m := p.read()
	for p.repeated(m, "") {
		m = p.read()
	}
	r, ok := m.(*sip.Request)
	require.True(p.t, ok, "%v", m)
	require.Equal(p.t, method, string(r.Method), "%v", m)
	return r
}

// answer responds to a request; tag is ours.
func (p *phone) answer(req *sip.Request, code int, tag string, lines []string, body string) {
	p.t.Helper()
	to := req.To().Value()
	if !req.To().Params.Has("tag") && tag != "" {
		to += ";tag=" + tag
	}
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:far@%s>\r\n",
		code, statusText(code), req.Via().Value(), req.From().Value(), to, req.CallID().Value(), req.CSeq().Value(),
		p.addr())
	for _, l := range lines {
		b.WriteString(l + "\r\n")
	}
	switch {
	case body != "" && p.mixed:
		b.WriteString("Content-Type: multipart/mixed;boundary=b1\r\n")
	case body != "":
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	p.raw(b.String())
}

func header(m sip.Message, name string) string {
	if hs := m.GetHeaders(name); len(hs) > 0 {
		return hs[0].Value()
	}
	return ""
}

func dialTCP(t *testing.T, a *agent) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", a.Addr())
	require.NoError(t, err)
	return c
}
