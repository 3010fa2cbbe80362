package sip

import (
	"context"
	"encoding/xml"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"tccc/gateway/sip/presence"
)

// people is who desk phones may watch in a test.
type people struct {
	mu     sync.Mutex
	states map[string]presence.State // by whom
	codes  map[string]int
	asked  []Watching
}

func (p *people) watch(_ context.Context, q Watching) (presence.State, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, q)
	s, ok := p.states[q.To]
	switch {
	case p.codes[q.To] != 0:
		return s, p.codes[q.To]
	case !ok:
		return s, 404
	}
	s.Resource = "of " + q.To
	return s, 0
}

func (p *people) set(who string, s presence.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.states[who] = s
}

func (p *people) refuse(who string, code int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[who] = code
}

// newLamps is a server whose phones may watch 102, and the phone 101.
func newLamps(t *testing.T, network string) (*watched, *people, *lamp) {
	t.Helper()
	p := &people{states: map[string]presence.State{"102": {}, "101": {}}, codes: map[string]int{}}
	w := newWatched(t, Options{Watch: p.watch, watchPace: time.Millisecond})
	return w, p, newLamp(newDesk(t, w, network, "101", "secret of 101"))
}

// lamp is a phone with a lamp.
type lamp struct {
	*desk
	to     string // whom it watches
	event  string
	remote string // our tag
	heard  map[uint32]bool
}

func newLamp(d *desk) *lamp {
	return &lamp{desk: d, to: "102", event: "dialog", heard: map[uint32]bool{}}
}

// another is a further subscription of the phone.
func (l *lamp) another() {
	l.id, l.remote, l.seq, l.heard = token(8), "", 0, map[uint32]bool{}
}

// sends writes a SUBSCRIBE.
func (l *lamp) sends(lines ...string) {
	l.t.Helper()
	l.seq++
	tag := ""
	if l.remote != "" {
		tag = ";tag=" + l.remote
	}
	l.uri = "sip:" + l.to + "@gateway"
	var b strings.Builder
	fmt.Fprintf(&b, "SUBSCRIBE %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\n",
		l.uri, l.network, l.conn.LocalAddr(), token(12))
	fmt.Fprintf(&b, "From: <sip:%s@gateway>;tag=a\r\nTo: <%s>%s\r\nCall-ID: %s\r\nCSeq: %d SUBSCRIBE\r\n", l.user,
		l.uri,
		tag, l.id, l.seq)
	text := b.String()
	for _, line := range lines {
		text += line + "\r\n"
	}
	if !strings.Contains(text, "Event:") {
		text += "Event: " + l.event + "\r\n"
	}
	if !strings.Contains(text, "Contact:") {
		text += "Contact: " + l.contact() + "\r\n"
	}
	_, err := l.conn.Write([]byte(text + "Content-Length: 0\r\n\r\n"))
	require.NoError(l.t, err)
}

// subscribe sends a signed SUBSCRIBE and gives the answer.
func (l *lamp) subscribe(lines ...string) *sip.Response {
	l.t.Helper()
	if l.nonce == "" {
		l.sends()
		l.fresh(l.answer())
	}
	l.uri = "sip:" + l.to + "@gateway"
	l.sends(append(lines, l.signFor("SUBSCRIBE"))...)
	res := l.answer()
	if res.StatusCode == 200 && l.remote == "" {
		l.remote = res.To().Params.GetOr("tag", "")
		require.NotEmpty(l.t, l.remote)
	}
	return res
}

// notified reads the next NOTIFY and answers it; 0 leaves it without an answer.
func (l *lamp) notified(code int, lines ...string) *sip.Request {
	l.t.Helper()
	for {
		req, ok := l.read().(*sip.Request)
		if !ok || req.Method != sip.NOTIFY || l.heard[req.CSeq().SeqNo] {
			continue
		}
		require.Equal(l.t, l.id, req.CallID().Value())
		require.Equal(l.t, l.remote, req.From().Params.GetOr("tag", ""))
		l.heard[req.CSeq().SeqNo] = true
		if code != 0 {
			l.says(req, code, lines...)
		}
		return req
	}
}

func (l *lamp) says(req *sip.Request, code int, lines ...string) {
	res := fmt.Sprintf("SIP/2.0 %d x\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n", code,
		req.Via().Value(),
		req.From().Value(), req.To().Value(), l.id, req.CSeq().Value())
	for _, line := range lines {
		res += line + "\r\n"
	}
	_, err := l.conn.Write([]byte(res + "Content-Length: 0\r\n\r\n"))
	require.NoError(l.t, err)
}

// dialogInfo is a document as a phone reads it.
type dialogInfo struct {
	Version uint32 `xml:"version,attr"`
	State   string `xml:"state,attr"`
	Entity  string `xml:"entity,attr"`
	Dialogs []struct {
		ID    string `xml:"id,attr"`
		State string `xml:"state"`
	} `xml:"dialog"`
}

func (l *lamp) shows(version int, state string, dialogs ...string) *sip.Request {
	l.t.Helper()
	n := l.notified(200)
	require.Equal(l.t, "application/dialog-info+xml", header(n, "Content-Type"))
	var d dialogInfo
	require.NoError(l.t, xml.Unmarshal(n.Body(), &d))
	var all []string
	for _, x := range d.Dialogs {
		all = append(all, x.ID+" "+x.State)
	}
	require.Equal(l.t, dialogs, all)
	require.Equal(l.t, state, d.State)
	require.Equal(l.t, version, int(d.Version))
	require.Equal(l.t, "sip:102@gateway", d.Entity)
	return n
}

func (w *watched) lamps(n int) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		w.subs.mu.Lock()
		defer w.subs.mu.Unlock()
		return len(w.subs.byKey) == n
	}, deadline, tick)
}

func TestSubscribe(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			w, p, l := newLamps(t, network)
			res := l.subscribe("Expires: 600")
			require.Equal(t, 200, res.StatusCode, "%v", res)
			require.Equal(t, "600", header(res, "Expires"))
			require.Contains(t, header(res, "Contact"), "sip:102@127.0.0.1")
			n := l.shows(0, "full")
			require.Equal(t, "dialog", header(n, "Event"))
			require.Regexp(t, `^active;expires=(600|599)$`, header(n, "Subscription-State"))
			require.NotEmpty(t, header(n, "Contact"))
			require.True(t, w.Watched("of 102"))

			one := presence.Call{ID: "1"}
			p.set("102", presence.State{Calls: []presence.Call{one}})
			w.Changed("of 102", "of nobody")
			l.shows(1, "partial", "1 early")
			w.Changed("of 102") // and nothing has: no NOTIFY
			one.Confirmed = true
			p.set("102", presence.State{Calls: []presence.Call{one}})
			w.Changed("of 102")
			l.shows(2, "partial", "1 confirmed")

			require.Equal(t, 200, l.subscribe("Expires: 4000000000").StatusCode)
			l.shows(3, "full", "1 confirmed")
			p.set("102", presence.State{})
			w.Changed("of 102")
			l.shows(4, "partial", "1 terminated")

			res = l.subscribe("Expires: 0")
			require.Equal(t, "0", header(res, "Expires"))
			require.Equal(t, "terminated;reason=timeout", header(l.shows(5, "full"), "Subscription-State"))
			w.lamps(0)
			require.Equal(t, 481, l.subscribe().StatusCode)
			require.False(t, w.Watched("of 102"))
			w.Changed("of 102")
		})
	}
}

// Expires 0 outside of a subscription: tell me once.
func TestSubscribeFetch(t *testing.T) {
	w, p, l := newLamps(t, "udp")
	p.set("102", presence.State{Calls: []presence.Call{{ID: "1"}}})
	l.event = "dialog;id=7"
	require.Equal(t, "0", header(l.subscribe("Expires: 0"), "Expires"))
	n := l.shows(0, "full", "1 early")
	require.Equal(t, "dialog;id=7", header(n, "Event"))
	require.Equal(t, "terminated;reason=timeout", header(n, "Subscription-State"))
	w.lamps(0)
}

func TestSubscribePresenceAndSummary(t *testing.T) {
	w, p, l := newLamps(t, "udp")
	l.event = "presence"
	p.set("102", presence.State{Open: true, Note: "Free"})
	require.Equal(t, 200, l.subscribe("Accept: application/xpidf+xml, application/pidf+xml").StatusCode)
	n := l.notified(200)
	require.Equal(t, "application/pidf+xml", header(n, "Content-Type"))
	require.Contains(t, string(n.Body()), "<basic>open</basic>")
	w.Changed("of 102") // the same
	p.set("102", presence.State{})
	w.Changed("of 102")
	require.Contains(t, string(l.notified(200).Body()), "<basic>closed</basic>")
	l.subscribe("Expires: 0")
	l.notified(200)

	l.another()
	l.event, l.to = "message-summary", "101"
	p.set("101", presence.State{Voice: 3})
	require.Equal(t, 200, l.subscribe().StatusCode)
	n = l.notified(200)
	require.Equal(t, "application/simple-message-summary", header(n, "Content-Type"))
	require.Contains(t, string(n.Body()), "Voice-Message: 3/0")
}

func TestSubscribeRefused(t *testing.T) {
	w, p, l := newLamps(t, "udp")
	p.set("103", presence.State{})
	p.refuse("103", 403)
	p.refuse("104", 503)
	for name, c := range map[string]struct {
		to, event string
		lines     []string
		code      int
		header    string
	}{
		"nobody":         {to: "999", code: 404},
		"a long name":    {to: strings.Repeat("1", 65), code: 404},
		"without rights": {to: "103", code: 403},
		"at the end":     {to: "104", code: 503, header: "Retry-After: 10"},
		"too brief":      {lines: []string{"Expires: 59"}, code: 423, header: "Min-Expires: 60"},
		"another event": {event: "conference", code: 489,
			header: "Allow-Events: dialog, message-summary, presence, refer"},
		"no event":         {event: " ", code: 489},
		"two events":       {lines: []string{"Event: dialog", "Event: presence"}, code: 400},
		"a refer":          {event: "refer", code: 489},
		"a bad id":         {event: `dialog;id="<x>"`, code: 489},
		"no such body":     {lines: []string{"Accept: application/xpidf+xml"}, code: 406},
		"a bad contact":    {lines: []string{"Contact: <tel:1>"}, code: 400},
		"every contact":    {lines: []string{"Contact: *"}, code: 400},
		"an extension":     {lines: []string{"Require: eventlist"}, code: 420, header: "Unsupported: eventlist"},
		"out of a dialog":  {lines: []string{}, code: 481},
		"a malformed time": {lines: []string{"Expires: -5"}, code: 200, header: "Expires: 1800"},
	} {
		t.Run(name, func(t *testing.T) {
			l.t = t
			l.another()
			l.to, l.event = c.to, c.event
			if c.to == "" {
				l.to = "102"
			}
			if c.event == "" {
				l.event = "dialog"
			}
			if c.code == 481 {
				l.remote = "made-up"
			}
			res := l.subscribe(c.lines...)
			require.Equal(t, c.code, res.StatusCode, "%v", res)
			if c.header != "" {
				name, value, _ := strings.Cut(c.header, ": ")
				require.Equal(t, value, header(res, name))
			}
			if c.code == 200 {
				l.shows(0, "full")
			}
		})
	}
	l.t = t
	w.lamps(1)
}

// Each SUBSCRIBE is signed, as each REGISTER is, and by whom it says.
func TestSubscribeAuthenticated(t *testing.T) {
	w, _, l := newLamps(t, "udp")
	require.Equal(t, 200, l.subscribe().StatusCode)
	l.shows(0, "full")
	l.sends()
	require.Equal(t, 401, l.answer().StatusCode, "within a subscription too")

	o := newLamp(newDesk(t, w, "udp", "102", "wrong"))
	o.sends()
	o.fresh(o.answer())
	require.Equal(t, 401, o.subscribe().StatusCode)
	o.password, o.nonce = "secret of 102", ""
	o.id, o.remote = l.id, l.remote
	require.Equal(t, 481, o.subscribe("Expires: 0").StatusCode, "another phone's subscription")

	w.registrar.set([]Extension{{Name: "101", Password: "another password"}})
	require.Equal(t, "terminated;reason=rejected", header(l.notified(200), "Subscription-State"))
	w.lamps(0)
}

func TestSubscribeInAnothersName(t *testing.T) {
	w, _, l := newLamps(t, "tcp")
	require.Equal(t, 401, func() int { l.sends(); r := l.answer(); l.fresh(r); return r.StatusCode }())
	l.seq++
	l.uri = "sip:102@gateway"
	_, err := fmt.Fprintf(l.conn, "SUBSCRIBE %s SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bK%s\r\nFrom: <sip:102@gateway>;tag=a\r\n"+
		"To: <%s>\r\nCall-ID: %s\r\nCSeq: %d SUBSCRIBE\r\nEvent: dialog\r\nContact: %s\r\n%s\r\nContent-Length: 0\r\n\r\n",
		l.uri, l.conn.LocalAddr(), token(12), l.uri, l.id, l.seq, l.contact(), l.signFor("SUBSCRIBE"))
	require.NoError(t, err)
	require.Equal(t, 403, l.answer().StatusCode)
	w.lamps(0)
}

// What a phone says to a NOTIFY decides whether it is told more.
func TestNotifyAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		code  int
		lines []string
		stays bool
	}{
		"481":                  {code: 481},
		"405":                  {code: 405},
		"503":                  {code: 503},
		"no answer":            {},
		"503, come back later": {code: 503, lines: []string{"Retry-After: 1"}, stays: true},
		"503, in a year":       {code: 503, lines: []string{"Retry-After: 30000000"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, l := newLamps(t, "udp")
			require.Equal(t, 200, l.subscribe().StatusCode)
			l.notified(c.code, c.lines...)
			if c.stays {
				l.shows(1, "full")
				w.lamps(1)
				return
			}
			w.lamps(0)
			require.Equal(t, 481, l.subscribe().StatusCode)
		})
	}
}

// A connection that is closed takes its subscriptions along.
func TestSubscriptionEndsWithItsConnection(t *testing.T) {
	w, _, l := newLamps(t, "tcp")
	require.Equal(t, 200, l.subscribe().StatusCode)
	l.shows(0, "full")
	require.NoError(t, l.conn.Close())
	w.lamps(0)
}

// Who may not watch any more, or watches somebody who is gone, is told so.
func TestSubscriptionLosesItsSubject(t *testing.T) {
	for code, reason := range map[int]string{403: "rejected", 404: "noresource"} {
		w, p, l := newLamps(t, "udp")
		require.Equal(t, 200, l.subscribe().StatusCode)
		l.shows(0, "full")
		p.refuse("102", code)
		w.Changed("of 102")
		n := l.notified(200)
		require.Equal(t, "terminated;reason="+reason, header(n, "Subscription-State"))
		require.Empty(t, n.Body())
		w.lamps(0)
	}
}

// A stop tells phones to come back.
func TestSubscriptionsAtAStop(t *testing.T) {
	w, _, l := newLamps(t, "udp")
	require.Equal(t, 200, l.subscribe().StatusCode)
	l.shows(0, "full")
	closed := make(chan error, 1)
	go func() { closed <- w.Close(t.Context()) }()
	n := l.notified(200)
	require.Regexp(t, `^terminated;reason=probation;retry-after=1\d$`, header(n, "Subscription-State"))
	require.NoError(t, <-closed)
}

// A phone that has started anew and has forgotten what it asked for says so when
// it asks again.
func TestSubscriptionOfAnEarlierLife(t *testing.T) {
	w, _, l := newLamps(t, "udp")
	require.Equal(t, 200, l.subscribe().StatusCode)
	l.shows(0, "full")
	before, tag := l.id, l.remote
	l.another()
	require.Equal(t, 200, l.subscribe().StatusCode)
	for l.id != before { // two NOTIFYs, in any order: the new one is taken
		req, ok := l.read().(*sip.Request)
		switch {
		case !ok || req.Method != sip.NOTIFY:
		case req.CallID().Value() == before:
			id := l.id
			l.id = before
			l.says(req, 481)
			w.lamps(1)
			require.NotEqual(t, id, before)
		default:
			l.says(req, 200)
		}
	}
	l.remote = tag
	require.Equal(t, 481, l.subscribe().StatusCode)
}

// A phone has a bounded number of lamps.
func TestSubscriptionsBounded(t *testing.T) {
	w, p, l := newLamps(t, "udp")
	for i := range watchesOfPhone {
		p.set(fmt.Sprint(1000+i), presence.State{})
		l.another()
		l.to = fmt.Sprint(1000 + i)
		require.Equal(t, 200, l.subscribe().StatusCode)
		l.notified(200)
	}
	l.another()
	require.Equal(t, 403, l.subscribe().StatusCode)
	w.lamps(watchesOfPhone)
	o := newLamp(newDesk(t, w, "udp", "102", "secret of 102"))
	require.Equal(t, 200, o.subscribe().StatusCode, "others have room")
	o.shows(0, "full")
}

// The same request on two ways makes one subscription.
func TestSubscribeMerged(t *testing.T) {
	w, _, l := newLamps(t, "udp")
	require.Equal(t, 200, l.subscribe().StatusCode)
	l.shows(0, "full")
	l.seq--
	l.remote = ""
	require.Equal(t, 482, l.subscribe().StatusCode)
	w.lamps(1)
}

// NOTIFYs keep their distance; what changes meanwhile is told in one.
func TestNotifyThrottled(t *testing.T) {
	p := &people{states: map[string]presence.State{"102": {}}, codes: map[string]int{}}
	w := newWatched(t, Options{Watch: p.watch, watchPace: 300 * time.Millisecond})
	l := newLamp(newDesk(t, w, "udp", "101", "secret of 101"))
	require.Equal(t, 200, l.subscribe().StatusCode)
	l.shows(0, "full")
	var calls []presence.Call
	var want []string
	for i := range 50 {
		calls = append(calls, presence.Call{ID: fmt.Sprint(100 + i)})
		want = append(want, fmt.Sprint(100+i)+" early")
		p.set("102", presence.State{Calls: calls})
		w.Changed("of 102")
	}
	l.shows(1, "partial", want...)
}

// A trunk watches nobody.
func TestSubscribeOfATrunk(t *testing.T) {
	p := &people{states: map[string]presence.State{"102": {}}, codes: map[string]int{}}
	w := newWatched(t, Options{Watch: p.watch})
	ph := newPhone(t, w.agent)
	ph.request("SUBSCRIBE", 1, []string{"Event: dialog"}, "")
	require.Equal(t, "refer", header(ph.response(489, "SUBSCRIBE"), "Allow-Events"))
}
