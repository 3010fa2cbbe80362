package center

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"tccc/gateway/sip/digest"
)

// keyPhone is a desk phone with keys, over a socket of its own: it says exactly
// what a test wants. It answers what every phone answers by itself.
type keyPhone struct {
	t    *testing.T
	w    *world
	name string
	conn *net.UDPConn
	done chan struct{}
	rung map[string]*sip.Request // INVITEs by Call-ID, of listen only

	invites, acks, notifies, byes chan *sip.Request
	responses                     chan *sip.Response
	seq                           int
}

// keyDialog is one of its calls.
type keyDialog struct{ id, local, remote, from, to string }

// keyPhone registers one.
func (w *world) keyPhone(name string) *keyPhone {
	w.t.Helper()
	k := w.newKeyPhone(name)
	d := keyDialog{id: NewSessionID(), from: k.address(), to: k.address()}
	require.Equal(w.t, 200, k.asks("REGISTER", d, "Contact: "+k.contact()+"\r\nExpires: 600\r\n", "").StatusCode)
	return k
}

func (w *world) newKeyPhone(name string) *keyPhone {
	w.t.Helper()
	to, err := net.ResolveUDPAddr("udp", w.gateway.Addr())
	require.NoError(w.t, err)
	conn, err := net.DialUDP("udp", nil, to)
	require.NoError(w.t, err)
	k := &keyPhone{
		t: w.t, w: w, name: name, conn: conn, done: make(chan struct{}), rung: map[string]*sip.Request{},
		responses: make(chan *sip.Response, 1000),
		invites:   make(chan *sip.Request, 100), acks: make(chan *sip.Request, 100),
		notifies: make(chan *sip.Request, 100), byes: make(chan *sip.Request, 100),
	}
	go k.listen()
	w.phones = append(w.phones, k)
	return k
}

func (k *keyPhone) address() string { return fmt.Sprintf("<sip:%s@127.0.0.1>", k.name) }
func (k *keyPhone) contact() string { return fmt.Sprintf("<sip:%s@%s>", k.name, k.conn.LocalAddr()) }

func (k *keyPhone) listen() {
	defer close(k.done)
	buf := make([]byte, 65535)
	seen := map[string]bool{}
	for {
		n, err := k.conn.Read(buf)
		if err != nil {
			return
		}
		m, err := sip.ParseMessage(append([]byte(nil), buf[:n]...))
		if err != nil {
			continue
		}
		switch m := m.(type) {
		case *sip.Response:
			if m.StatusCode == 200 && m.CSeq().MethodName == sip.INVITE {
				k.confirms(m)
			}
			if m.StatusCode >= 180 {
				k.responses <- m
			}
		case *sip.Request:
			key := string(m.Method) + m.Via().Value()
			again := seen[key]
			seen[key] = true
			k.takes(m, again)
		}
	}
}

// confirms sends the ACK of a call of the phone's own, or of its hold key.
func (k *keyPhone) confirms(res *sip.Response) {
	from, to := res.From(), res.To()
	k.sends("ACK", int(res.CSeq().SeqNo), keyDialog{
		id: res.CallID().Value(), local: from.Params.GetOr("tag", ""), remote: to.Params.GetOr("tag", ""),
		from: "<" + from.Address.String() + ">", to: "<" + to.Address.String() + ">",
	}, "", "")
}

func (k *keyPhone) takes(m *sip.Request, again bool) {
	list := map[sip.RequestMethod]chan *sip.Request{
		sip.INVITE: k.invites, sip.ACK: k.acks, sip.NOTIFY: k.notifies, sip.BYE: k.byes,
	}[m.Method]
	if list != nil && !again {
		list <- m
	}
	switch m.Method {
	case sip.INVITE:
		if k.rung[m.CallID().Value()] = m; !m.To().Params.Has("tag") {
			k.answer(m, 180, "", "")
		}
	case sip.CANCEL:
		k.answer(k.rung[m.CallID().Value()], 487, "", "")
	}
	if m.Method != sip.INVITE && m.Method != sip.ACK {
		k.answer(m, 200, "", "")
	}
}

const keySDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 0\r\n"

func (k *keyPhone) answer(m *sip.Request, code int, lines, body string) {
	k.answerAt(m, code, k.contact(), lines, body)
}

// answerAt answers with another contact than the phone's.
func (k *keyPhone) answerAt(m *sip.Request, code int, contact, lines, body string) {
	to := m.To().Value()
	if !m.To().Params.Has("tag") {
		to += ";tag=here"
	}
	if body != "" {
		lines += "Content-Type: application/sdp\r\n"
	}
	k.write(fmt.Sprintf("SIP/2.0 %d X\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: %s\r\n"+
		"%sContent-Length: %d\r\n\r\n%s", code, m.Via().Value(), m.From().Value(), to, m.CallID().Value(),
		m.CSeq().Value(),
		contact, lines, len(body), body))
}

func (k *keyPhone) write(s string) { _, _ = k.conn.Write([]byte(s)) }

// says sends a request and gives its number.
func (k *keyPhone) says(method string, d keyDialog, lines, body string) int {
	k.seq++
	k.sends(method, k.seq, d, lines, body)
	return k.seq
}

func (k *keyPhone) sends(method string, seq int, d keyDialog, lines, body string) {
	to := d.to
	if d.remote != "" {
		to += ";tag=" + d.remote
	}
	if body != "" {
		lines += "Content-Type: application/sdp\r\n"
	}
	local := d.local
	if local == "" {
		local = "here"
	}
	uri := strings.Trim(d.to, "<>")
	k.write(fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\n"+
		"From: %s;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n%sContent-Length: %d\r\n\r\n%s", method, uri,
		k.conn.LocalAddr(), NewSessionID(), d.from, local, to, d.id, seq, method, lines, len(body), body))
}

// asks sends a request and gives its final response, with the password where
// that is asked for.
func (k *keyPhone) asks(method string, d keyDialog, lines, body string) *sip.Response {
	k.t.Helper()
	res := k.response(k.says(method, d, lines, body))
	if res.StatusCode != 401 {
		return res
	}
	return k.response(k.signs(res, method, d, lines, body))
}

// signs sends a request again, with the password.
func (k *keyPhone) signs(res *sip.Response, method string, d keyDialog, lines, body string) int {
	k.t.Helper()
	c, ok := digest.Parse(res.GetHeaders("WWW-Authenticate")[0].Value())
	require.True(k.t, ok)
	uri := strings.Trim(d.to, "<>")
	alg, _ := digest.Find(c["algorithm"])
	answer := alg.Response(k.name, c["realm"], deskSecret, method, uri, c["nonce"], "00000001", "c", "auth")
	auth := fmt.Sprintf(`Authorization: Digest username="%s", realm="%s", nonce="%s", uri="%s", algorithm=%s, qop=auth, `+
		`nc=00000001, cnonce="c", response="%s"`+"\r\n", k.name, c["realm"], c["nonce"], uri, c["algorithm"], answer)
	return k.says(method, d, lines+auth, body)
}

// response awaits the final response to a request.
func (k *keyPhone) response(seq int) *sip.Response {
	k.t.Helper()
	for {
		res := await(k, k.responses, "a response")
		if int(res.CSeq().SeqNo) == seq && res.StatusCode >= 200 {
			return res
		}
	}
}

func await[T any](k *keyPhone, list chan T, what string) T {
	k.t.Helper()
	select {
	case m := <-list:
		return m
	case <-time.After(patient):
		require.Fail(k.t, "waited in vain", "for %s", what)
		panic("unreachable")
	}
}

// picksUp answers the next call to the phone.
func (k *keyPhone) picksUp() keyDialog {
	k.t.Helper()
	m := await(k, k.invites, "a call")
	k.answer(m, 200, "", keySDP)
	await(k, k.acks, "an ACK")
	from := m.From()
	return keyDialog{
		id: m.CallID().Value(), local: "here", remote: from.Params.GetOr("tag", ""),
		from: k.address(), to: "<" + from.Address.String() + ">",
	}
}

// declines refuses the next call.
func (k *keyPhone) declines(code int) {
	k.t.Helper()
	k.answer(await(k, k.invites, "a call"), code, "", "")
}

// dials calls somebody; answered awaits what comes of it.
func (k *keyPhone) dials(number string) (keyDialog, int) {
	k.t.Helper()
	d := keyDialog{id: NewSessionID(), local: NewSessionID(), from: k.address(), to: "<sip:" + number + "@127.0.0.1>"}
	lines := "Contact: " + k.contact() + "\r\n"
	res := k.response(k.says("INVITE", d, lines, keySDP))
	require.Equal(k.t, 401, res.StatusCode)
	return d, k.signs(res, "INVITE", d, lines, keySDP)
}

// answered awaits the answer to a call of the phone's own.
func (k *keyPhone) answered(d *keyDialog, seq int) {
	k.t.Helper()
	res := k.response(seq)
	require.Equal(k.t, 200, res.StatusCode)
	d.remote = res.To().Params.GetOr("tag", "")
}

// early awaits sound before the answer.
func (k *keyPhone) early(d *keyDialog, seq int) {
	k.t.Helper()
	for {
		res := await(k, k.responses, "a response")
		if int(res.CSeq().SeqNo) == seq && res.StatusCode >= 180 {
			require.Equal(k.t, 183, res.StatusCode)
			d.remote = res.To().Params.GetOr("tag", "")
			return
		}
	}
}

// joins presses the transfer key for two of its calls.
func (k *keyPhone) joins(d, with keyDialog) int {
	k.t.Helper()
	dialog := with.id + "%3Bto-tag%3D" + with.remote + "%3Bfrom-tag%3D" + with.local
	return k.refers(d, "<sip:x@127.0.0.1?Replaces="+dialog+"&Require=replaces>")
}

// refers presses the transfer key and gives the answer.
func (k *keyPhone) refers(d keyDialog, to string, lines ...string) int {
	k.t.Helper()
	return k.asks("REFER", d, "Refer-To: "+to+"\r\nContact: "+k.contact()+"\r\n"+strings.Join(lines, ""), "").StatusCode
}

// holds presses the hold key.
func (k *keyPhone) holds(d keyDialog, on bool) {
	k.t.Helper()
	body := keySDP
	if on {
		body += "a=sendonly\r\n"
	}
	require.Equal(k.t, 200, k.asks("INVITE", d, "Contact: "+k.contact()+"\r\n", body).StatusCode)
}

// told awaits a NOTIFY and gives what it says.
func (k *keyPhone) told(state string) string {
	k.t.Helper()
	n := await(k, k.notifies, "a NOTIFY")
	require.True(k.t, strings.HasPrefix(n.GetHeaders("Subscription-State")[0].Value(), state), "%v", n)
	return strings.TrimSpace(string(n.Body()))
}

// hungUp awaits BYE.
func (k *keyPhone) hungUp() { k.t.Helper(); await(k, k.byes, "BYE") }

// hangsUp says BYE.
func (k *keyPhone) hangsUp(d keyDialog) {
	k.t.Helper()
	require.Equal(k.t, 200, k.asks("BYE", d, "", "").StatusCode)
}
