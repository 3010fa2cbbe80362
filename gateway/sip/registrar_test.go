package sip

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/sip/digest"
)

// watched is a server with extension 101 whose clock the test sets, and what it
// saves and tells.
type watched struct {
	*agent
	mu    sync.Mutex
	ahead time.Duration
	saved map[string][]Binding
	up    chan bool
}

func newWatched(t *testing.T, o Options) *watched {
	w := &watched{saved: map[string][]Binding{}, up: make(chan bool, 64)}
	if o.Extensions == nil {
		o.Extensions = []Extension{{Name: "101", Password: "secret of 101"}, {Name: "102", Password: "secret of 102"}}
	}
	o.SaveBindings = func(name string, list []Binding) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.saved[name] = list
	}
	o.OnExtension = func(name string, up bool) {
		if name == "101" {
			w.up <- up
		}
	}
	o.clock = func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return time.Now().Add(w.ahead)
	}
	o.sweep = 5 * time.Millisecond
	w.agent = newAgent(t, o)
	return w
}

// later sets the server's clock ahead.
func (w *watched) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead += d
}

func (w *watched) reachable(want bool) {
	w.t.Helper()
	select {
	case up := <-w.up:
		require.Equal(w.t, want, up)
	case <-time.After(deadline):
		require.FailNow(w.t, "nothing was told")
	}
}

// desk is a desk phone that says exactly what a test wants.
type desk struct {
	t        *testing.T
	conn     net.Conn
	network  string
	user     string
	password string
	id       string
	seq      int
	nc       int
	nonce    string
	alg      string
	uri      string
	rest     []byte // of a stream, after the last message
}

func newDesk(t *testing.T, w *watched, network, user, password string) *desk {
	t.Helper()
	conn, err := net.Dial(network, w.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return deskOn(t, conn, network, user, password)
}

func deskOn(t *testing.T, conn net.Conn, network, user, password string) *desk {
	return &desk{t: t, conn: conn, network: strings.ToUpper(network), user: user, password: password, id: token(8),
		alg: "SHA-256", uri: "sip:gateway"}
}

func (d *desk) contact() string { return fmt.Sprintf("<sip:%s@%s>", d.user, d.conn.LocalAddr()) }

func (d *desk) sign() string { return d.signFor("REGISTER") }

func (d *desk) signFor(method string) string {
	d.nc++
	alg, _ := digest.Find(d.alg)
	nc := fmt.Sprintf("%08x", d.nc)
	return fmt.Sprintf(`Authorization: Digest username="%s", realm="tccc", nonce="%s", uri="%s", algorithm=%s, qop=auth, nc=%s, cnonce="c", response="%s"`,
		d.user, d.nonce, d.uri, d.alg, nc,
		alg.Response(d.user, "tccc", d.password, method, d.uri, d.nonce, nc, "c", "auth"))
}

// write sends a REGISTER with further header lines.
func (d *desk) write(lines ...string) {
	d.t.Helper()
	d.seq++
	text := fmt.Sprintf("REGISTER %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\nFrom: <sip:%s@gateway>;tag=a\r\n"+
		"To: <sip:%s@gateway>\r\nCall-ID: %s\r\nCSeq: %d REGISTER\r\n", d.uri, d.network, d.conn.LocalAddr(), token(12),
		d.user, d.user, d.id, d.seq)
	for _, l := range lines {
		text += l + "\r\n"
	}
	_, err := d.conn.Write([]byte(text + "Content-Length: 0\r\n\r\n"))
	require.NoError(d.t, err)
}

func (d *desk) read() sip.Message {
	d.t.Helper()
	buf := make([]byte, 65535)
	require.NoError(d.t, d.conn.SetReadDeadline(time.Now().Add(deadline)))
	one := d.oneOf()
	for one == nil {
		n, err := d.conn.Read(buf)
		require.NoError(d.t, err, "nothing came")
		d.rest = append(d.rest, buf[:n]...)
		one = d.oneOf()
	}
	m, err := sip.ParseMessage(one)
	require.NoError(d.t, err, "%s", one)
	return m
}

// oneOf takes the first whole message of what was read.
func (d *desk) oneOf() []byte {
	head, _, ok := bytes.Cut(d.rest, []byte("\r\n\r\n"))
	if !ok {
		return nil
	}
	size, _ := contentLength(head)
	if size += len(head) + 4; len(d.rest) < size {
		return nil
	}
	one := d.rest[:size:size]
	d.rest = d.rest[size:]
	return one
}

// answer reads the answer to the last request, past OPTIONS of the server.
func (d *desk) answer() *sip.Response {
	d.t.Helper()
	for {
		if res, ok := d.read().(*sip.Response); ok && res.CSeq().SeqNo == uint32(d.seq) {
			return res
		}
	}
}

// challenged asks for a nonce.
func (d *desk) challenged() {
	d.t.Helper()
	d.write()
	d.fresh(d.answer())
}

func (d *desk) fresh(res *sip.Response) {
	d.t.Helper()
	require.Equal(d.t, 401, res.StatusCode)
	hs := res.GetHeaders("WWW-Authenticate")
	require.Len(d.t, hs, 2)
	best, _ := digest.Parse(hs[0].Value())
	require.Equal(d.t, "SHA-256", best["algorithm"])
	last, _ := digest.Parse(hs[1].Value())
	require.Equal(d.t, "MD5", last["algorithm"])
	d.nonce, d.nc = best["nonce"], 0
}

// register sends signed lines and gives the answer.
func (d *desk) register(lines ...string) *sip.Response {
	d.t.Helper()
	if d.nonce == "" {
		d.challenged()
	}
	d.write(append(lines, d.sign())...)
	return d.answer()
}

func contacts(res *sip.Response) (all []string) {
	for _, h := range res.GetHeaders("Contact") {
		all = append(all, h.Value())
	}
	return all
}

func TestRegister(t *testing.T) {
	for _, network := range networks {
		for _, alg := range []string{"SHA-256", "MD5"} {
			t.Run(network+" "+alg, func(t *testing.T) {
				w := newWatched(t, Options{})
				d := newDesk(t, w, network, "101", "secret of 101")
				d.alg = alg
				most := 3600
				if network == "tcp" {
					most = 600
				}
				res := d.register("Contact: "+d.contact(), "Expires: 86400")
				require.Equal(t, 200, res.StatusCode, "%v", res)
				require.Equal(t, []string{fmt.Sprintf("%s;expires=%d", d.contact(), most)}, contacts(res),
					"no longer than is good")
				w.reachable(true)
				b := w.registrar.places("101")
				require.Len(t, b, 1)
				require.Equal(t, d.conn.LocalAddr().String(), b[0].Source.String())

				w.later(200 * time.Second)
				res = d.register("Contact: " + d.contact() + ";expires=300") // a refresh
				require.Equal(t, []string{d.contact() + ";expires=300"}, contacts(res))
				res = d.register() // only asks
				require.Equal(t, []string{d.contact() + ";expires=300"}, contacts(res))
				res = d.register("Contact: "+d.contact(), "Expires: 0")
				require.Equal(t, 200, res.StatusCode)
				require.Empty(t, contacts(res))
				w.reachable(false)
				_, err := w.DialEverywhere(t.Context(), Outgoing{Extension: "101", From: "1"})
				require.ErrorIs(t, err, ErrNoPhone)
			})
		}
	}
}

func TestRegisterExpires(t *testing.T) {
	w := newWatched(t, Options{})
	d := newDesk(t, w, "udp", "101", "secret of 101")
	require.Equal(t, 200, d.register("Contact: "+d.contact()+";expires=60").StatusCode)
	w.reachable(true)
	w.later(61 * time.Second)
	w.reachable(false)
	w.mu.Lock()
	require.Empty(t, w.saved["101"])
	w.mu.Unlock()
}

func TestRegisterTooBrief(t *testing.T) {
	w := newWatched(t, Options{})
	d := newDesk(t, w, "udp", "101", "secret of 101")
	res := d.register("Contact: "+d.contact(), "Contact: <sip:x@192.0.2.1>;expires=59")
	require.Equal(t, 423, res.StatusCode)
	require.Equal(t, "60", header(res, "Min-Expires"))
	require.Empty(t, w.registrar.places("101"), "all or nothing")
}

// An unknown user and a wrong password look the same, and neither stays.
func TestRegisterWrong(t *testing.T) {
	w := newWatched(t, Options{})
	var answers []string
	for _, d := range []*desk{newDesk(t, w, "udp", "101", "guess"), newDesk(t, w, "udp", "999", "guess")} {
		d.challenged()
		d.write("Contact: "+d.contact(), d.sign())
		res := d.answer()
		d.fresh(res)
		text := res.StartLine()
		for _, h := range res.Headers() {
			if name := h.Name(); name != "WWW-Authenticate" && name != "To" && name != "Via" {
				// nonces, tags and branches
				text += "\n" + strings.NewReplacer(d.user, "USER", d.id, "ID").Replace(h.String())
			}
		}
		answers = append(answers, text)
		require.Empty(t, w.registrar.places(d.user))
	}
	assert.Equal(t, answers[0], answers[1])
	stranger := newDesk(t, w, "udp", "102", "secret of 102")
	stranger.challenged()
	stranger.write("Contact: "+stranger.contact(),
		strings.Replace(stranger.sign(), `uri="sip:gateway"`, `uri="sip:other"`, 1))
	require.Equal(t, 401, stranger.answer().StatusCode, "a signature of something else")
}

// Nobody registers in another's place.
func TestRegisterForAnother(t *testing.T) {
	w := newWatched(t, Options{})
	d := newDesk(t, w, "udp", "101", "secret of 101")
	d.challenged()
	auth := d.sign()
	d.user = "102"
	d.write("Contact: "+d.contact(), auth)
	require.Equal(t, 403, d.answer().StatusCode)
	require.Empty(t, w.registrar.places("102"))
}

func TestRegisterReplay(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			w := newWatched(t, Options{})
			d := newDesk(t, w, network, "101", "secret of 101")
			d.challenged()
			first := d.sign()
			d.write("Contact: "+d.contact(), first)
			require.Equal(t, 200, d.answer().StatusCode)
			d.write("Contact: <sip:101@192.0.2.66>", first) // the same signature, another contact
			res := d.answer()
			require.Equal(t, 401, res.StatusCode)
			require.Contains(t, header(res, "WWW-Authenticate"), "stale=true")
			require.Len(t, w.registrar.places("101"), 1)
			require.Equal(t, 200, d.register("Contact: "+d.contact()).StatusCode, "the next count is good")

			w.later(digest.NonceLife)
			d.write("Contact: "+d.contact(), d.sign())
			res = d.answer()
			require.Equal(t, 401, res.StatusCode, "an old nonce")
			require.Contains(t, header(res, "WWW-Authenticate"), "stale=true")
			d.fresh(res)
			require.Equal(t, 200, d.register("Contact: "+d.contact()).StatusCode)
		})
	}
}

func TestRegisterContacts(t *testing.T) {
	w := newWatched(t, Options{})
	d := newDesk(t, w, "udp", "101", "secret of 101")
	var list []string
	for i := range maxBindings {
		list = append(list, fmt.Sprintf("<sip:101@192.0.2.%d>", i+1))
	}
	res := d.register("Contact: " + strings.Join(list, ", "))
	require.Equal(t, 200, res.StatusCode)
	require.Len(t, contacts(res), maxBindings)
	res = d.register("Contact: <sip:101@192.0.2.98>")
	require.Equal(t, 200, res.StatusCode)
	require.Len(t, contacts(res), maxBindings, "the oldest makes way")
	require.NotContains(t, strings.Join(contacts(res), ""), "192.0.2.1>")
	require.Equal(t, 403, d.register("Contact: "+strings.Join(append(list, "<sip:101@192.0.2.99>"), ", ")).StatusCode,
		"too many at once")
	require.Equal(t, 200, d.register("Contact: "+list[1]+";expires=0, <sip:101@192.0.2.99>").StatusCode,
		"one goes, one comes")
	for name, lines := range map[string][]string{
		"star without expires": {"Contact: *"},
		"star that lasts":      {"Contact: *", "Expires: 60"},
		"star and another":     {"Contact: *, <sip:a@b>", "Expires: 0"},
		"scheme":               {"Contact: <mailto:a@b>"},
		"tel":                  {"Contact: <tel:123>"},
		"path":                 {"Contact: <sip:a@b>", "Path: sip:proxy"},
		"long":                 {"Contact: <sip:" + strings.Repeat("a", maxContact) + "@b>"},
	} {
		require.Equal(t, 400, d.register(lines...).StatusCode, name)
	}
	require.Equal(t, 420, d.register("Contact: <sip:a@b>", "Require: outbound").StatusCode)
	require.Len(t, w.registrar.places("101"), maxBindings)
	res = d.register("Contact: *", "Expires: 0")
	require.Equal(t, 200, res.StatusCode)
	require.Empty(t, contacts(res))
	require.Empty(t, w.registrar.places("101"))
}

// One device has one place, wherever it is (RFC 5626), and what comes late
// changes nothing.
func TestRegisterInstance(t *testing.T) {
	w := newWatched(t, Options{})
	d := newDesk(t, w, "udp", "101", "secret of 101")
	const device = `;+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"`
	require.Equal(t, 200, d.register("Contact: <sip:101@192.0.2.1>"+device).StatusCode)
	res := d.register("Contact: <sip:101@192.0.2.2>" + device)
	require.Equal(t, []string{"<sip:101@192.0.2.2>;expires=3600" +
		";+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>\""}, contacts(res))
	d.seq = 1
	require.Equal(t, 500, d.register("Contact: <sip:101@192.0.2.2>;expires=0").StatusCode, "out of order")
	require.Len(t, w.registrar.places("101"), 1)
}

// Each way of a device (reg-id) is a place of its own.
func TestRegisterWays(t *testing.T) {
	w := newWatched(t, Options{})
	d := newDesk(t, w, "udp", "101", "secret of 101")
	way := func(host, id string) []string {
		return contacts(d.register("Contact: <sip:101@" + host + `>;+sip.instance="<urn:uuid:1>";reg-id=` + id))
	}
	way("192.0.2.1", "1")
	require.Len(t, way("192.0.2.2", "2"), 2)
	all := way("192.0.2.3", "1")
	require.Len(t, all, 2)
	require.NotContains(t, strings.Join(all, ""), "192.0.2.1>")
	require.Contains(t, all[1], ";reg-id=1")
}

// A phone that restarts over and over, with another address and Call-ID each
// time, is never locked out: what comes from the same place replaces what was
// there, and of the others the one that answers nothing makes way.
func TestRegisterAfterRestarts(t *testing.T) {
	w := newWatched(t, Options{})
	d := newDesk(t, w, "udp", "101", "secret of 101")
	for i := range 3 * maxBindings {
		d.id, d.seq = token(8), 0
		res := d.register(fmt.Sprintf("Contact: <sip:101@192.0.2.%d>", i))
		require.Equal(t, 200, res.StatusCode)
		require.Len(t, contacts(res), 1, "the same place")
	}
	var silent netip.AddrPort
	for i := range 3 * maxBindings {
		e := newDesk(t, w, "udp", "101", "secret of 101")
		require.Equal(t, 200, e.register("Contact: "+e.contact()).StatusCode)
		if i == 2 { // it is gone, while older ones are there
			silent = w.registrar.list("101")[3].Source
			for range 3 {
				w.registrar.answered("101", silent, false)
			}
		}
		if i == maxBindings-1 {
			require.NotContains(t, fmt.Sprint(w.registrar.list("101")), silent.String())
			require.Len(t, w.registrar.list("101"), maxBindings)
		}
	}
	require.Len(t, w.registrar.places("101"), maxBindings)
}

func TestRegisterPath(t *testing.T) {
	w := newWatched(t, Options{})
	d := newDesk(t, w, "udp", "101", "secret of 101")
	res := d.register("Contact: <sip:101@10.9.9.9>", "Supported: path", "Require: path",
		"Path: <sip:edge@127.0.0.1;lr>")
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, "<sip:edge@127.0.0.1;lr>", header(res, "Path"))
	_, err := w.DialEverywhere(t.Context(), Outgoing{Extension: "101", From: "4001000001", AutoAnswer: true})
	require.NoError(t, err)
	invite, ok := d.read().(*sip.Request)
	require.True(t, ok)
	require.Equal(t, "INVITE", string(invite.Method))
	require.Equal(t, "10.9.9.9", invite.Recipient.Host,
		"its own address, though the packet comes to where it registered from")
	require.Equal(t, "<sip:edge@127.0.0.1;lr>", header(invite, "Route"))
	require.Contains(t, header(invite, "Call-Info"), "answer-after=0")
}

// A flood of guesses from one address is stopped, with the right password too.
func TestRegisterGuesses(t *testing.T) {
	w := newWatched(t, Options{})
	d := newDesk(t, w, "tcp", "101", "guess")
	d.challenged()
	refused := 0
	for range wrongBurst + 5 {
		if res := d.register("Contact: " + d.contact()); res.StatusCode == 503 {
			refused++
			require.NotEmpty(t, header(res, "Retry-After"))
		}
	}
	require.Positive(t, refused)
	d.password = "secret of 101"
	require.Equal(t, 503, d.register("Contact: "+d.contact()).StatusCode)
	w.later(time.Minute)
	d.challenged()
	require.Equal(t, 200, d.register("Contact: "+d.contact()).StatusCode)
}

// A phone whose connection is closed cannot be reached any more.
func TestRegisterFlowLost(t *testing.T) {
	w := newWatched(t, Options{})
	d := newDesk(t, w, "tcp", "101", "secret of 101")
	require.Equal(t, 200, d.register("Contact: <sip:101@192.0.2.1>").StatusCode)
	w.reachable(true)
	require.NoError(t, d.conn.Close())
	w.reachable(false)
}

// The server asks for options; a phone that does not answer is away until it does.
func TestRegisterKeepAlive(t *testing.T) {
	w := newWatched(t, Options{keep: 20 * time.Millisecond})
	d := newDesk(t, w, "udp", "101", "secret of 101")
	require.Equal(t, 200, d.register("Contact: "+d.contact()).StatusCode)
	w.reachable(true)
	w.reachable(false)
	require.Len(t, w.registrar.list("101"), 1, "it is registered as before")
	for {
		req, ok := d.read().(*sip.Request)
		require.True(t, ok)
		require.Equal(t, "OPTIONS", string(req.Method))
		_, err := d.conn.Write([]byte(sip.NewResponseFromRequest(req, 200, "OK", nil).String()))
		require.NoError(t, err)
		select {
		case up := <-w.up:
			require.True(t, up)
			return
		default:
		}
	}
}

// What is kept of a restart: the phones on UDP that are still good.
func TestRegisterRestart(t *testing.T) {
	at := netip.MustParseAddrPort("127.0.0.1:5999")
	now := time.Now()
	w := newWatched(t, Options{Bound: map[string][]Binding{
		"101": {
			{Contact: "sip:101@127.0.0.1:5999", Network: "UDP", Source: at, Expires: now.Add(time.Minute)},
			{Contact: "sip:101@127.0.0.1:5998", Network: "UDP", Source: at, Expires: now.Add(-time.Minute)},
			{Contact: "sip:101@127.0.0.1:5997", Network: "TCP", Source: at, Expires: now.Add(time.Minute)},
		},
		"999": {{Contact: "sip:999@127.0.0.1", Network: "UDP", Source: at, Expires: now.Add(time.Minute)}},
	}})
	w.reachable(true)
	require.Len(t, w.registrar.list("101"), 1)
	require.Empty(t, w.registrar.list("999"))
	w.SetExtensions([]Extension{{Name: "101", Password: "another secret"}})
	w.reachable(false)
}

// A desk phone calls in with its password, over the way that it registered, and
// only in its own name.
func TestCallFromDeskPhone(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			w := newWatched(t, Options{})
			phone := newAgent(t, Options{Trunks: []Trunk{{Name: "gateway", Address: w.Addr(), Transport: network,
				Username: "101", Password: "secret of 101", Inbound: Inbound{Addresses: []string{"127.0.0.1"}},
				Register: true}}})
			w.reachable(true)
			out := phone.dial(Outgoing{Trunk: "gateway", From: "101", To: "10086"})
			in := w.incoming()
			require.Equal(t, "101", in.Extension())
			require.Equal(t, "10086", in.To())
			require.NoError(t, in.Answer())
			next(t, out, Answered)
			next(t, in, Answered)
			require.NoError(t, out.Hangup())
			require.True(t, next(t, in, Ended).ByRemote)
			next(t, out, Ended)

			back := w.everywhere()
			rings := phone.incoming()
			require.Equal(t, "01012345678", rings.From())
			require.NoError(t, rings.Ring())
			w.hears(back, Ringing)
			require.NoError(t, rings.Answer())
			w.hears(back, Answered)
			next(t, rings, Answered)
			require.NoError(t, back.Hangup())
			next(t, rings, Ended)
			w.hears(back, Ended)

			wrong := phone.dial(Outgoing{Trunk: "gateway", From: "102", To: "10086"})
			require.Equal(t, 403, next(t, wrong, Ended).Code)
			require.NoError(t, phone.SetTrunks([]Trunk{{Name: "gateway", Address: w.Addr(), Transport: network,
				Username: "101", Password: "guess"}}))
			wrong = phone.dial(Outgoing{Trunk: "gateway", From: "101", To: "10086"})
			require.Equal(t, 401, next(t, wrong, Ended).Code)
			require.Empty(t, w.calls)
		})
	}
}

func FuzzReadContacts(f *testing.F) {
	f.Add("Contact: <sip:a@b>;expires=60", "Path: <sip:p;lr>", "Expires: 0")
	f.Add("Contact: *", "", "Expires: 0")
	f.Add(`Contact: "x" <sip:a@b;transport=tcp>;+sip.instance="<urn:uuid:1>", <sips:c>;expires=x`,
		"Path: <sip:p>,<sip:q>", "")
	f.Fuzz(func(t *testing.T, contact, path, expires string) {
		text := "REGISTER sip:g SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@g>;tag=1\r\nTo: <sip:a@g>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n" +
			contact + "\r\n" + path + "\r\n" + expires + "\r\nContent-Length: 0\r\n\r\n"
		m, err := sip.ParseMessage([]byte(text))
		req, ok := m.(*sip.Request)
		if err != nil || !ok || malformed(req) != "" {
			return
		}
		list, all, err := readContacts(req, netip.MustParseAddrPort("192.0.2.1:5060"))
		if err != nil {
			return
		}
		require.True(t, !all || len(list) == 0)
		require.LessOrEqual(t, len(list), maxBindings)
		for i := range list {
			_, routes, err := list[i].target()
			require.NoError(t, err, "%q", list[i].Contact)
			require.LessOrEqual(t, len(routes), maxPath)
			require.LessOrEqual(t, list[i].life, bindMost)
		}
	})
}

// Credentials are for whom they were made for (RFC 7616 section 3.4.6).
func TestRegisterWithCredentialsForAnother(t *testing.T) {
	w := newWatched(t, Options{})
	d := newDesk(t, w, "udp", "101", "secret of 101")
	d.challenged()
	signed := d.sign()
	d.uri = "sip:9001@gateway"
	d.write("Contact: "+d.contact(), signed)
	require.Equal(t, 401, d.answer().StatusCode)
	d.uri = "sip:gateway:5060;transport=udp" // the same, written in another way
	d.write("Contact: "+d.contact(), signed)
	require.Equal(t, 200, d.answer().StatusCode)
}

func TestOptionsWhileDraining(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	p.request("OPTIONS", 1, nil, "")
	p.response(200, "OPTIONS")
	a.Drain()
	p.another()
	p.request("OPTIONS", 1, nil, "")
	require.NotEmpty(t, header(p.response(503, "OPTIONS"), "Retry-After"))
}
