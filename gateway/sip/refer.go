package sip

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sip/presence"
)

// Referral is the wish of a call's far side that the call go on elsewhere
// (REFER, RFC 3515). The consumer answers it with Refuse, or with Accept and
// later Done; without a word in time it is refused. None of them waits for the
// far side.
type Referral struct {
	// To is the number or user name that the call shall go to; empty if
	// the far side names nobody.
	To string
	// Replaces is the Call-ID of another call of the same peer that the call
	// shall be joined with (RFC 3891); empty for a blind transfer.
	Replaces string
	// Elsewhere is the Replaces header of a call that the peer of a trunk has with
	// somebody else, whom the call shall go to in the peer's place (RFC 5589
	// section 7); empty if it names none. See [Outgoing].
	Elsewhere string

	c  *Call
	id uint32 // CSeq of the REFER
}

// Accept tells the far side that it is tried: 202.
func (r *Referral) Accept() error { return r.c.decide("accept the referral", r, r.c.referAccepted) }

// Refuse answers the REFER with a final refusal, 400 to 699.
func (r *Referral) Refuse(code int) error {
	if code < 400 || code > 699 {
		return fmt.Errorf("failed to refuse the referral: %d is no refusal", code)
	}
	return r.c.decide("refuse the referral", r, func() { r.c.referRefused(code) })
}

// Done tells the far side what has become of it: 200, or why it came to nothing.
// After 200 the far side is expected to hang up by itself: Hangup gives it time.
func (r *Referral) Done(code int) error {
	return r.c.decide("tell the outcome of the referral", r, func() { r.c.referDone(code) })
}

// decide runs f in the loop if the referral is the one under way.
func (c *Call) decide(what string, r *Referral, f func()) error {
	return c.wrap(what, func() error {
		if c.ref.now != r {
			return ErrState
		}
		f()
		return nil
	})
}

// Bounds of what a far side may ask for.
const (
	referRate  = 5 // REFERs a second of one address, which an office may share
	referBurst = 50
	decideWait = 5 * time.Second // for our side to decide
	byeWait    = 4 * time.Second // for the BYE of a far side that was transferred away
)

// refer is a call's REFER under way, and the subscription to what becomes of it.
type refer struct {
	st      referState
	now     *Referral
	req     *sip.Request
	tx      *sip.ServerTx
	timer   *time.Timer // until our side must have decided, then until the subscription ends
	until   time.Time   // when that is
	id      string      // of the subscription; the first has none (section 2.4.6)
	count   int         // subscriptions so far
	code    int         // what was told last
	sending bool        // a NOTIFY waits for its answer
	next    *notice     // what is told after that
	done    bool        // it has worked: the far side will hang up
	bye     *time.Timer // and has so long for that
}

func (r *refer) step(in referInput) bool {
	next, ok := r.st.next(in)
	if ok {
		r.st = next
	}
	return ok
}

// refers reports whether who is at the other end may transfer calls.
func (t *trunk) refers() bool { return t.ext != "" || t.Refer }

// onRefer takes a REFER within the dialog.
func (c *Call) onRefer(req *sip.Request, tx *sip.ServerTx) {
	refuse := func(code int, reason string) { _ = tx.Respond(c.reply(req, code, reason, nil)) }
	switch {
	case !c.trunk.refers():
		refuse(603, "")
		return
	case c.over || !c.st.talking() && c.st != stReceived && c.st != stEarly && c.st != stProceeding:
		refuse(481, "")
		return
	case !c.st.talking() || c.ref.now != nil:
		refuse(491, "")
		return
	case !c.s.refers.take(c.dlg.peer.Addr(), time.Now()):
		_ = tx.Respond(c.s.unavailable(req))
		return
	}
	to, code, reason := readReferTo(values(req, "Refer-To"))
	if code == 0 && strings.EqualFold(to.uri.Scheme, "sips") && c.dlg.network != "TLS" {
		code = 416 // what it asks for is not kept from here on
	}
	if code != 0 {
		refuse(code, reason)
		return
	}
	r := &Referral{To: userOf(to.uri), c: c, id: req.CSeq().SeqNo}
	if to.replaces != nil {
		other := c.s.replaced(c.trunk, to.replaces)
		switch {
		case other == c:
			refuse(482, "")
			return
		case other != nil:
			r.Replaces = other.id
		case c.trunk.ext != "": // a phone has no calls but those here
			refuse(481, "")
			return
		default:
			r.Elsewhere = to.replaces.String()
		}
	}
	c.ref.step(rinRefer)
	c.ref.now, c.ref.req, c.ref.tx = r, req, tx
	c.ref.timer = c.after(decideWait, func() {
		if c.ref.now == r && c.ref.st == refAsked {
			c.referRefused(503)
		}
	})
	c.notice(Event{Kind: Referred, Referral: r})
}

// replaced finds another call of the same peer by the dialog that the peer
// names. Peers differ in whose tag they take for the other's.
func (s *Server) replaced(t *trunk, r *replaces) *Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, tags := range [][2]string{{r.toTag, r.fromTag}, {r.fromTag, r.toTag}} {
		other := s.calls[callKey{r.callID, tags[0]}]
		if other != nil && other.isRemoteTag(tags[1]) && other.trunk.Name == t.Name && other.trunk.ext == t.ext {
			return other
		}
	}
	return nil
}

// replacedBy is the ID of the call whose place an INVITE is to take (RFC 3891
// section 3): one of the same trunk, which may transfer calls, or what rings at a
// colleague of a desk phone's, as a lamp has named it. Empty for most; a response
// if there is no such call.
func (s *Server) replacedBy(t *trunk, req *sip.Request) (string, *sip.Response) {
	v := values(req, "Replaces")
	if len(v) == 0 {
		return "", nil
	}
	r := readReplaces(v[0])
	if r == nil {
		return "", s.response(req, 400, "Bad Replaces", nil)
	}
	if t.ext != "" && r.ofLamp() {
		return r.callID, nil
	}
	var other *Call
	if t.ext == "" && t.Refer {
		other = s.replaced(t, r)
	}
	switch {
	case other == nil:
		return "", s.response(req, 481, "", nil)
	case r.earlyOnly: // only who has answered is replaced
		return "", s.response(req, 486, "", nil)
	}
	return other.id, nil
}

// ofLamp reports whether a dialog is one that a lamp has named: not a real one.
// Phones differ in whose tag they take for the other's.
func (r *replaces) ofLamp() bool {
	return r.toTag == presence.LocalTag && r.fromTag == presence.RemoteTag ||
		r.toTag == presence.RemoteTag && r.fromTag == presence.LocalTag
}

// referRefused answers a REFER that is not done.
func (c *Call) referRefused(code int) {
	r := &c.ref
	if !r.step(rinRefuse) {
		return
	}
	stop(r.timer)
	res := c.reply(r.req, code, "", nil)
	if code == 503 {
		res.AppendHeader(sip.NewHeader("Retry-After", "10"))
	}
	_ = r.tx.Respond(res)
	r.now, r.req, r.tx = nil, nil, nil
}

// referAccepted answers 202 and begins to tell what becomes of it.
func (c *Call) referAccepted() {
	r := &c.ref
	in := rinAccept
	quiet := norefersub(r.req)
	if quiet {
		in = rinAcceptQuiet
	}
	if !r.step(in) {
		return
	}
	stop(r.timer)
	res := c.reply(r.req, 202, "Accepted", nil)
	if quiet {
		res.AppendHeader(sip.NewHeader("Refer-Sub", "false"))
	}
	res.AppendHeader(&sip.ContactHeader{Address: *c.dlg.contactURI.Clone()})
	_ = r.tx.Respond(res)
	if r.req, r.tx = nil, nil; quiet {
		return
	}
	r.subscribed(c)
}

// norefersub reports whether the far side wants no subscription (RFC 4488).
func norefersub(req *sip.Request) bool {
	v := values(req, "Refer-Sub")
	if len(v) == 0 {
		return false
	}
	word, _, _ := strings.Cut(v[0], ";")
	return strings.EqualFold(strings.TrimSpace(word), "false")
}

// referDone tells what has become of it.
func (c *Call) referDone(code int) {
	r := &c.ref
	if !r.st.going() {
		return
	}
	stop(r.timer)
	r.done = code >= 200 && code < 300
	if tells := r.st == refGoing; tells {
		r.tell(c, notice{code: code, reason: "noresource"})
	}
	r.step(rinOutcome)
	r.now = nil
}

// part waits for the BYE of a far side that was transferred away, instead of
// sending it (RFC 5589 section 6); it reports false if there is none to wait for.
func (r *refer) part(c *Call) bool {
	if !r.done || !c.step(inPart) {
		return false
	}
	r.bye = c.after(c.s.o.byeWait, func() {
		if c.st == stParting {
			c.hangup(Event{})
		}
	})
	return true
}

// over ends what is left of a REFER with its call.
func (r *refer) over(c *Call) {
	stop(r.timer)
	switch r.st {
	case refAsked:
		c.referRefused(481)
	case refGoing:
		r.sending = false // nothing waits for an answer any more
		r.unsubscribed(c, "noresource")
	}
}

// referTo is what a Refer-To header says.
type referTo struct {
	uri      sip.Uri
	replaces *replaces
}

// replaces names a dialog (RFC 3891 section 6.1).
type replaces struct {
	callID, toTag, fromTag string
	earlyOnly              bool
}

// readReferTo reads Refer-To. code is the answer to one that cannot be followed,
// 0 if it can. Of the headers that the URI would have in a request only Replaces
// is heeded: others are not the far side's to choose (RFC 3261 section 19.1.5).
func readReferTo(list []string) (to referTo, code int, reason string) {
	switch {
	case len(list) == 0:
		return to, 400, "Missing Refer-To"
	case len(list) > 1 || len(splitAddresses(list[0])) > 1:
		return to, 400, "More Than One Refer-To"
	}
	var params sip.HeaderParams
	text := strings.TrimSpace(list[0])
	if !strings.Contains(text, "<") { // a URI alone: what follows a semicolon is still its own to many phones
		text = "<" + text + ">"
	}
	if _, err := sip.ParseAddressValue(text, &to.uri, &params); err != nil || to.uri.Wildcard {
		return to, 400, "Bad Refer-To"
	}
	switch scheme := strings.ToLower(to.uri.Scheme); {
	case scheme == "":
		return to, 400, "Bad Refer-To"
	case !slices.Contains([]string{"sip", "sips", "tel"}, scheme):
		return to, 416, ""
	}
	if m, ok := to.uri.UriParams.Get("method"); ok && !strings.EqualFold(m, "INVITE") {
		return to, 403, "Only INVITE"
	}
	for _, h := range to.uri.Headers {
		if !strings.EqualFold(h.K, "Replaces") {
			continue
		}
		if text, err := url.PathUnescape(h.V); err == nil {
			to.replaces = readReplaces(text)
		}
		if to.replaces == nil {
			return to, 400, "Bad Replaces"
		}
	}
	return to, 0, ""
}

// readReplaces reads a Replaces header; nil if it names no dialog.
func readReplaces(value string) *replaces {
	parts := strings.Split(value, ";")
	r := &replaces{callID: strings.TrimSpace(parts[0])}
	for _, p := range parts[1:] {
		name, v, _ := strings.Cut(p, "=")
		v = strings.TrimSpace(v)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "to-tag":
			if r.toTag != "" {
				return nil
			}
			r.toTag = v
		case "from-tag":
			if r.fromTag != "" {
				return nil
			}
			r.fromTag = v
		case "early-only":
			r.earlyOnly = true
		}
	}
	for _, s := range []string{r.callID, r.toTag, r.fromTag} {
		if s == "" || len(s) > maxDialogID || control(s) || strings.ContainsAny(s, " ,") {
			return nil
		}
	}
	return r
}

// maxDialogID bounds the parts of a dialog's name.
const maxDialogID = 256

// String is the header.
func (r *replaces) String() string {
	s := r.callID + ";to-tag=" + r.toTag + ";from-tag=" + r.fromTag
	if r.earlyOnly {
		s += ";early-only"
	}
	return s
}
