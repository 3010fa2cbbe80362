package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sdp"
	"tccc/gateway/sip/digest"
)

// Outgoing is a call to be made.
type Outgoing struct {
	Trunk       string // name
	Extension   string // user name of the desk phone that DialEverywhere calls
	AutoAnswer  bool   // it shall pick up by itself
	From, To    string // numbers or user names
	DisplayName string // of From
	// Replaces is the Replaces header (RFC 3891) of a call of the peer's whose place
	// this one is to take; empty for most.
	Replaces string
	// Headers go into the INVITE, such as User-to-User. Names of headers that
	// this package writes itself are refused.
	Headers map[string]string
}

// Dial calls through a trunk. It returns when the INVITE is sent; what becomes
// of it is told by Call.Events. The context bounds the look-up of the trunk's
// host name only. The error is ErrNoTrunk, ErrBusy, ErrClosed, or what kept the
// INVITE from being sent.
func (s *Server) Dial(ctx context.Context, o Outgoing) (*Call, error) {
	c, err := s.dial(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("failed to call %q: %w", clip(o.To, 40), err)
	}
	return c, nil
}

func (s *Server) dial(ctx context.Context, o Outgoing) (*Call, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	t := s.trunkNamed(o.Trunk)
	if t == nil || len(t.sites) == 0 {
		return nil, ErrNoTrunk
	}
	list, err := s.targets(ctx, t)
	if err != nil {
		return nil, err
	}
	c := s.newCall(t, false)
	c.st = stCalling
	c.id = token(24)
	c.from, c.to, c.display = o.From, o.To, o.DisplayName
	c.dlg.callID, c.dlg.localTag = c.id, c.tag
	c.dlg.localSeq = 1
	c.uac.out, c.uac.others = o, list[:min(len(list), maxFailovers)]
	c.uac.headers = o.Headers
	return c, c.start()
}

// introduce says who calls: the number, or the account with the number beside
// it, or nobody (RFC 3323 section 4.1.1.3).
func (c *Call) introduce(t *trunk, o *Outgoing) {
	user := t.sent(o.From)
	if t.FromUser != "" {
		user = t.FromUser
	}
	contact := user
	if contact == "" {
		contact = t.Username
	}
	c.dlg.contactURI = c.s.contact(escapeUser(contact), c.dlg.network, c.dlg.peer.Addr())
	from := sip.Uri{Scheme: "sip", User: escapeUser(user), Host: c.dlg.contactURI.Host, Port: c.dlg.contactURI.Port}
	if t.Username != "" || t.Domain != "" { // providers know their customers by their own domain
		from = t.at(user)
	}
	c.dlg.local = party{o.DisplayName, from}
	c.uac.extra = nil
	switch name := "P-Asserted-Identity"; {
	case o.From == "":
		if t.FromUser == "" {
			c.dlg.local = party{"Anonymous", sip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}}
		}
		c.uac.extra = append(c.uac.extra, sip.NewHeader("Privacy", "id"))
	case t.FromUser != "":
		if t.Untrusted {
			name = "P-Preferred-Identity"
		}
		number := t.at(t.sent(o.From))
		c.uac.extra = append(c.uac.extra, sip.NewHeader(name, "<"+number.String()+">"))
	}
}

// start makes the offer and sends the first INVITE. The loop runs only when
// that has worked.
func (c *Call) start() error {
	if err := c.s.reserve(c); err != nil {
		return err
	}
	err := c.uac.ready(c)
	if err == nil {
		err = c.s.run(c)
	}
	if err != nil {
		if c.media != nil {
			c.media.Close()
		}
		c.s.ended(c)
		return err
	}
	if err := c.do(func() error { return c.uac.send(c) }); err != nil {
		return err
	}
	c.s.log.Info("SIP call out", "call", c.id, "trunk", c.trunk.Name, "from", c.s.o.LogNumber(c.from), "to",
		c.s.o.LogNumber(c.to))
	return nil
}

// ready makes what the first INVITE says.
func (u *uacState) ready(c *Call) (err error) {
	if len(u.others) > 0 {
		return u.aim(c)
	}
	u.body, err = c.makeOffer() // a desk phone is where it is
	return err
}

// ownHeaders are written by this package.
var ownHeaders = map[string]bool{
	"via": true, "v": true, "from": true, "f": true, "to": true, "t": true, "call-id": true, "i": true, "cseq": true,
	"contact": true, "m": true, "content-length": true, "l": true, "content-type": true, "c": true, "route": true,
	"record-route": true, "max-forwards": true, "authorization": true, "proxy-authorization": true, "require": true,
	"supported": true, "k": true, "allow": true, "session-expires": true, "x": true, "min-se": true, "rack": true,
	"rseq": true, "replaces": true, "user-agent": true, "call-info": true, "alert-info": true,
}

// Bounds of an INVITE's further headers.
const (
	maxHeaders = 16
	maxHeader  = 1024 // bytes of a value
)

func (o *Outgoing) check() error {
	if control(o.Replaces) || len(o.Replaces) > maxHeader {
		return errors.New("the call to be replaced has a bad name")
	}
	if o.To == "" && o.Extension == "" || len(o.To) > 128 || len(o.From) > 128 || len(o.DisplayName) > 128 ||
		len(o.Headers) > maxHeaders {
		return errors.New("the numbers, the name or the headers are missing or too long")
	}
	if control(o.To) || control(o.From) || control(o.DisplayName) || strings.ContainsAny(o.DisplayName, `"\`) {
		return errors.New("the numbers and the name must not contain control characters or quotes")
	}
	for name, value := range o.Headers {
		if !isToken(name) || ownHeaders[strings.ToLower(name)] {
			return fmt.Errorf("the header %q cannot be set", clip(name, 40))
		}
		if control(value) || len(value) > maxHeader {
			return fmt.Errorf("the value of the header %q has control characters or is too long", name)
		}
	}
	return nil
}

func control(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func isToken(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}

// escapeUser writes a user part, RFC 3261 section 25.1.
func escapeUser(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		ch := s[i]
		switch {
		case 'a' <= ch && ch <= 'z', 'A' <= ch && ch <= 'Z', '0' <= ch &&
			ch <= '9', strings.IndexByte("-_.!~*'()&=+$,/", ch) >= 0:
			b.WriteByte(ch)
		default:
			fmt.Fprintf(&b, "%%%02X", ch)
		}
	}
	return b.String()
}

// userOf reads a user part or a telephone number.
func userOf(u sip.Uri) string {
	user := u.User
	if strings.EqualFold(u.Scheme, "tel") {
		user = u.Raw()
	}
	user, _, _ = strings.Cut(user, ";") // parameters of a telephone number
	var b strings.Builder
	for i := 0; i < len(user) && i < 256; i++ {
		if user[i] == '%' && i+2 < len(user) {
			if n, err := strconv.ParseUint(user[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(user[i])
	}
	return cleanText(strings.ToValidUTF8(b.String(), ""))
}

// uacState is the client side of a call's INVITE.
type uacState struct {
	headers   map[string]string
	extra     []sip.Header
	body      []byte
	attempts  int
	try       digest.Try
	seq       uint32 // of the INVITE under way
	timer     *time.Timer
	cancelDue bool // CANCEL as soon as a 1xx comes
	cancelled bool
	ringing   bool
	early     bool
	forks     map[string]*fork // early dialogs, by tag
	answered  string           // the tag whose answer holds
	now       *attempt         // the INVITE under way
	out       Outgoing         // as it was asked for
	at        target           // where it goes; zero for a desk phone
	others    []target         // where else it can go
	straight  bool             // it goes to the target, not where a route leads
	progress  bool             // more than 100 has come
	next      []sip.Uri        // where else a redirection leads
	seen      map[string]bool  // where it has led
	winner    winner
}

// send sends the INVITE, the first or the next.
func (u *uacState) send(c *Call) error {
	if u.attempts++; c.invite != nil {
		c.dlg.nextSeq()
		u.forks, u.answered = nil, "" // a refusal ends them all (section 12.3)
	}
	u.seq = c.dlg.localSeq
	req := c.dlg.request(c.s, sip.INVITE, u.seq)
	c.trunk.permit(req)
	c.tmr.ask(c, req)
	for name, value := range u.headers {
		req.AppendHeader(sip.NewHeader(name, value))
	}
	if v := u.out.Replaces; v != "" {
		req.AppendHeader(sip.NewHeader("Replaces", v))
		req.AppendHeader(sip.NewHeader("Require", "replaces"))
	}
	for _, h := range u.extra {
		req.AppendHeader(h)
	}
	sign(c.keys, req)
	ct := sip.ContentTypeHeader("application/sdp")
	req.AppendHeader(&ct)
	req.SetBody(u.body)
	if u.straight {
		c.s.direct(req, c.dlg.network, u.at.addr)
	}
	c.invite = req
	stop(u.timer)
	seq := u.seq
	u.timer = c.after(u.patience(c), func() {
		if seq == u.seq {
			u.overdue(c)
		}
	})
	a := &attempt{req: req}
	u.now = a
	tx, err := u.transact(c, a)
	if err != nil {
		return u.unsent(c, err)
	}
	a.tx = tx
	tx.OnRetransmission(func(res *sip.Response) {
		if a.unwanted(c, res); !a.left.Load() {
			u.winner.again(c, req, res)
		}
	})
	return nil
}

// transact sends the INVITE of an attempt.
func (u *uacState) transact(c *Call, a *attempt) (*sip.ClientTx, error) {
	if u.at.via != nil {
		if err := c.s.secure.know(u.at.addr, u.at.via); err != nil {
			return nil, err
		}
	}
	return c.s.transactIn(min(tcpDial, u.patience(c)), a.req, func(res *sip.Response, err error) {
		if !c.post(func() { u.take(c, a, res, err) }) {
			a.unwanted(c, res)
		}
	})
}

// abandon ends a call whose INVITE gets no final response, and its transaction,
// which would wait for one.
func (u *uacState) abandon(c *Call, e Event) {
	if u.now != nil && u.now.tx != nil {
		u.now.tx.Terminate()
	}
	u.fail(c, e)
}

// fail ends a call that has not come about.
func (u *uacState) fail(c *Call, e Event) {
	if c.step(inFailure) {
		c.end(e)
	}
}

// take is what the INVITE's transaction brings.
func (u *uacState) take(c *Call, a *attempt, res *sip.Response, err error) {
	if a != u.now { // one that was challenged, or left
		a.unwanted(c, res)
		return
	}
	if res == nil {
		u.silent(c, err)
		return
	}
	u.targetAnswers(c, res)
	switch {
	case res.IsProvisional():
		u.provisional(c, a.req, res)
	case res.IsSuccess():
		u.success(c, a.req, res)
	default:
		u.refused(c, res)
	}
}

// provisional takes a 1xx. Early dialogs of forks are told apart by their tags;
// sound and ringing are taken from any of them.
func (u *uacState) provisional(c *Call, req *sip.Request, res *sip.Response) {
	first := c.st == stCalling
	if !c.step(inProvisional) {
		return
	}
	if c.st == stCancelling {
		if u.cancelDue {
			u.cancel(c)
		}
		return
	}
	if first {
		stop(u.timer)
		u.timer = c.after(c.s.o.RingTimeout, func() {
			if c.st == stProceeding {
				c.hangup(Event{ByRemote: true, Code: 408, Text: "not answered in time"})
			}
		})
	}
	if res.StatusCode == 100 {
		return
	}
	f := u.forkOf(c, res)
	if !f.confirm(c, req, res) {
		return
	}
	if res.StatusCode == 180 && !u.ringing {
		u.ringing = true
		c.notice(Event{Kind: Ringing})
	}
	if u.heard(c, f, res) && !u.early {
		u.early = true
		c.notice(Event{Kind: EarlyMedia})
	}
}

// success takes the first 2xx.
func (u *uacState) success(c *Call, req *sip.Request, res *sip.Response) {
	cancelling := c.st == stCancelling
	if !c.step(inSuccess) {
		return
	}
	stop(u.timer)
	f := u.forkOf(c, res)
	if f != nil {
		c.dlg.localSeq, c.dlg.remoteSeq, c.dlg.seqKnown = f.dlg.localSeq, f.dlg.remoteSeq, f.dlg.seqKnown
	}
	if err := c.dlg.fromResponse(res); err != nil {
		c.st = stEnded
		c.end(Event{ByRemote: true, Code: 500, Text: err.Error()})
		return
	}
	tag := c.dlg.remoteTag
	c.remote.Store(&tag)
	ack := c.dlg.ack(c.s, req.CSeq().SeqNo)
	signedAs(req, ack)
	ack.SetBody(nil)
	u.winner.set(tag, ack, u.numbers())
	_ = c.s.tpl.WriteMsg(ack.Clone())
	if cancelling { // CANCEL came too late
		c.sendBye(Event{})
		return
	}
	var err error
	switch {
	case !hasSDP(res) && u.answered != tag && f != nil && len(f.answer) > 0:
		err = c.takeAnswer(f.answer) // what holds is another fork's
	case hasSDP(res):
		if err = c.takeAnswer(res.Body()); err != nil && c.agreed != nil && errors.Is(err, sdp.ErrMalformed) {
			err = nil // an earlier answer holds
		}
	case c.agreed == nil:
		err = sdp.ErrNoAudio
	}
	if err != nil {
		c.hangup(Event{ByRemote: true, Code: 488, Text: err.Error()})
		return
	}
	c.answered()
	c.tmr.asClient(c, res)
}

// refused takes a final response that is no success: a challenge is answered.
func (u *uacState) refused(c *Call, res *sip.Response) {
	if c.st != stCancelling && u.attempts < maxAttempts && u.retry(c, res) {
		if c.step(inChallenge) {
			_ = u.send(c)
		}
		return
	}
	e := outcome(res)
	if res.StatusCode == 503 && u.unavailable(c, res, e) {
		return
	}
	if c.trunk.ext != "" {
		e.Forward = forwardOf(res)
	} else if c.st != stCancelling && u.redirected(c, res, &e) {
		return
	}
	u.fail(c, e)
}

// retry prepares the next INVITE after 401, 407 or 422.
func (u *uacState) retry(c *Call, res *sip.Response) bool {
	if res.StatusCode == 422 {
		return c.tmr.tooSmall(res)
	}
	return challenged(c.keys, &u.try, res)
}

// giveUp notes that the call is to be cancelled when that is allowed.
func (u *uacState) giveUp(*Call) { u.cancelDue = true }

// cancel sends CANCEL (section 9.1) and bounds the wait for the INVITE's final
// response.
func (u *uacState) cancel(c *Call) {
	if u.cancelled {
		return
	}
	u.cancelDue, u.cancelled = false, true
	req := c.s.cancelOf(c.invite)
	stop(u.timer)
	u.timer = c.after(64*sip.T1, func() { u.abandon(c, Event{}) })
	if _, err := c.s.transact(req, func(*sip.Response, error) {}); err != nil {
		u.fail(c, Event{})
	}
}

// cancelOf makes the CANCEL of an INVITE, which goes where that went.
func (s *Server) cancelOf(inv *sip.Request) *sip.Request {
	req := sip.NewRequest(sip.CANCEL, *inv.Recipient.Clone())
	req.AppendHeader(inv.Via().Clone())
	sip.CopyHeaders("Route", inv, req)
	mf := sip.MaxForwardsHeader(maxForwards)
	req.AppendHeader(&mf)
	sip.CopyHeaders("From", inv, req)
	sip.CopyHeaders("To", inv, req)
	sip.CopyHeaders("Call-ID", inv, req)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: inv.CSeq().SeqNo, MethodName: sip.CANCEL})
	req.SetBody(nil)
	if to, err := netip.ParseAddrPort(inv.Destination()); err == nil {
		s.direct(req, inv.Transport(), to)
	}
	return req
}
