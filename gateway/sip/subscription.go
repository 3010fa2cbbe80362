package sip

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sip/presence"
)

// Reasons why a subscription ends (RFC 6665 section 4.1.3).
const (
	reasonTimeout  = "timeout"    // not renewed, ended by the phone, or asked for once
	reasonRejected = "rejected"   // the phone may not watch any more
	reasonGone     = "noresource" // there is nobody any more
	reasonStop     = "probation"  // the gateway stops: come back later
)

// subscription is a desk phone's wish to be told how somebody is. Its goroutine
// owns what follows the first group; it asks for the state when it tells it, so
// that nothing that waits is old.
type subscription struct {
	s         *Server
	phone     *account
	query     Watching
	key       callKey
	remoteTag string
	first     uint32 // CSeq of the first SUBSCRIBE
	contact   sip.Uri
	flow      flow
	resource  string // of the table: what the state is of

	renewals chan renewal
	changed  chan struct{} // what it is told may be another
	doubted  chan struct{} // the phone may have forgotten it
	ends     chan string
	answers  chan notifyAnswer
	gone     chan struct{} // closed at its end

	id       string // of the Event header
	dlg      dialog
	entity   string
	dialogs  presence.Dialogs
	told     string         // body that was told last
	shown    presence.State // that it begins with
	expires  *time.Timer
	until    time.Time
	due      bool      // there may be something to tell
	full     bool      // there is, in any case
	earliest time.Time // the next NOTIFY
	sending  bool      // a NOTIFY waits for its answer
	tries    int
	reason   string // it ends: the next NOTIFY is the last
	last     bool   // that was sent
	over     bool
}

// renewal is a SUBSCRIBE within a subscription.
type renewal struct {
	req     *sip.Request
	tx      *sip.ServerTx
	pkg, id string
	life    time.Duration
}

type notifyAnswer struct {
	res *sip.Response // nil: none has come
}

func (s *Server) newSubscription(phone *account, q Watching, asked subscriptionAsked, req *sip.Request) *subscription {
	w := &subscription{
		s: s, phone: phone, query: q, id: asked.id,
		renewals: make(chan renewal, maxRenewals), changed: make(chan struct{}, 1), doubted: make(chan struct{}, 1),
		ends: make(chan string, 1), answers: make(chan notifyAnswer, 1), gone: make(chan struct{}),
	}
	d := &w.dlg
	d.fromRequest(req)
	d.peer, d.localTag, d.flow = sourceOf(req), token(16), true
	d.contactURI = s.contact(escapeUser(q.To), d.network, d.peer.Addr())
	w.contact, w.flow, w.first = d.contactURI, flow{d.network, d.peer}, d.remoteSeq
	w.key, w.remoteTag = callKey{d.callID, d.localTag}, d.remoteTag
	host := sip.Uri{Scheme: "sip", Host: req.Recipient.Host, Port: req.Recipient.Port}
	who := host
	who.User = escapeUser(q.To)
	w.entity = who.String()
	w.dialogs = presence.Dialogs{Entity: w.entity, Host: strings.TrimPrefix(host.String(), "sip:")}
	w.extend(asked.life)
	s.peers.add(d.peer.Addr())
	return w
}

// renews hands a SUBSCRIBE to the subscription's goroutine, which answers it;
// false if it ends.
func (w *subscription) renews(r renewal) bool {
	select {
	case <-w.gone:
		return false
	default:
	}
	select {
	case w.renewals <- r:
		return true
	default: // the phone does not wait for answers: it will ask again
		_ = r.tx.Respond(w.s.unavailable(r.req))
		return true
	}
}

// extend lets the subscription last; 0 ends it with the next NOTIFY.
func (w *subscription) extend(life time.Duration) {
	if w.expires == nil {
		w.expires = time.NewTimer(life)
	}
	w.expires.Reset(life)
	w.until, w.due, w.full = time.Now().Add(life), true, true
	w.earliest = time.Time{} // RFC 6665 section 4.2.1.2: at once
	if life == 0 {
		w.reason = reasonTimeout
	}
}

// run is the goroutine.
func (w *subscription) run() {
	defer w.finish()
	w.tell(w.shown, 0)
	for !w.over {
		var soon <-chan time.Time
		if w.due && !w.sending {
			wait := time.Until(w.earliest)
			if wait <= 0 {
				w.tell(w.now())
				continue
			}
			soon = time.After(wait)
		}
		select {
		case r := <-w.renewals:
			w.renew(r)
		case <-w.changed:
			w.due = true
		case <-w.doubted:
			w.due, w.full = true, true
		case reason := <-w.ends:
			w.end(reason)
		case <-w.expires.C:
			w.end(reasonTimeout)
		case a := <-w.answers:
			w.answered(a.res)
		case <-soon:
		case <-w.s.ctx.Done():
			return
		}
	}
}

// finish leaves nobody waiting.
func (w *subscription) finish() {
	w.expires.Stop()
	w.s.subs.remove(w)
	close(w.gone)
	for {
		select {
		case r := <-w.renewals:
			_ = r.tx.Respond(w.s.response(r.req, 481, "", nil))
		default:
			return
		}
	}
}

// end makes the next NOTIFY the last one.
func (w *subscription) end(reason string) {
	switch {
	case reason == "": // there is no way to the phone any more
		w.over = true
	case reason == reasonStop: // nothing is waited for
		if w.reason == "" {
			w.reason, w.full = reason, true
			w.tell(presence.State{}, 0)
		}
		w.over = true
	case w.reason == "":
		w.reason, w.due, w.full, w.earliest = reason, true, true, time.Time{}
	}
}

// renew answers a SUBSCRIBE within the subscription.
func (w *subscription) renew(r renewal) {
	d := &w.dlg
	refuse := func(code int) { _ = r.tx.Respond(w.s.response(r.req, code, "", nil)) }
	switch seq := r.req.CSeq().SeqNo; {
	case w.reason != "" || r.pkg != w.query.Package || r.id != w.id:
		refuse(481)
		return
	case seq <= d.remoteSeq: // RFC 3261 section 12.2.2
		refuse(500)
		return
	default:
		d.remoteSeq = seq
	}
	d.target, d.peer = *r.req.Contact().Address.Clone(), sourceOf(r.req)
	d.network = sip.NetworkToUpper(r.req.Transport())
	w.s.subs.moved(w, flow{d.network, d.peer})
	_ = r.tx.Respond(w.accepted(r.req, r.life))
	w.extend(r.life)
}

// now asks for the state.
func (w *subscription) now() (presence.State, int) {
	if w.reason != "" && w.reason != reasonTimeout {
		return presence.State{}, 0 // it is nobody's business any more
	}
	return w.s.watched(w.query)
}

// tell sends a NOTIFY if there is anything to tell.
func (w *subscription) tell(state presence.State, code int) {
	switch {
	case code == 503: // the consumer is on its way out
		w.due, w.earliest = true, time.Now().Add(w.pace())
		return
	case code == 404 && w.reason == "":
		w.reason, w.full = reasonGone, true
	case code != 0 && w.reason == "":
		w.reason, w.full = reasonRejected, true
	}
	if code == 0 && state.Resource != "" {
		w.s.subs.watches(w, state.Resource)
	}
	full := w.full || w.reason != ""
	w.due, w.full = false, false
	body := w.body(&state, full)
	if body == nil {
		return
	}
	w.sending, w.last, w.earliest = true, w.reason != "", time.Now().Add(w.pace())
	_, err := w.s.transact(w.notify(body), func(res *sip.Response, _ error) {
		if res == nil || !res.IsProvisional() {
			select {
			case w.answers <- notifyAnswer{res}:
			default: // nobody waits for it: the last word
			}
		}
	})
	if err != nil {
		w.s.log.Debug("SIP NOTIFY could not be sent", "extension", w.phone.Name, "err", err)
		w.over = true
	}
}

// body writes what is told; nil if that is what was told last, and need not be
// told again.
func (w *subscription) body(s *presence.State, full bool) []byte {
	var body []byte
	switch w.query.Package {
	case presence.Dialog:
		return w.dialogs.Next(s.Calls, full)
	case presence.Presence:
		body = presence.PIDF(w.entity, s)
	default:
		body = presence.Summary(w.entity, s)
	}
	if !full && string(body) == w.told {
		return nil
	}
	w.told = string(body)
	return body
}

func (w *subscription) notify(body []byte) *sip.Request {
	d := &w.dlg
	req := d.request(w.s, sip.NOTIFY, d.nextSeq())
	req.AppendHeader(&sip.ContactHeader{Address: *d.contactURI.Clone()})
	event := w.query.Package
	if w.id != "" {
		event += ";id=" + w.id
	}
	req.AppendHeader(sip.NewHeader("Event", event))
	req.AppendHeader(sip.NewHeader("Subscription-State", w.standing()))
	if w.reason == reasonStop || w.reason == reasonGone || w.reason == reasonRejected {
		req.SetBody(nil) // there is nothing to show
		return req
	}
	ct := sip.ContentTypeHeader(presence.ContentType(w.query.Package))
	req.AppendHeader(&ct)
	req.SetBody(body)
	return req
}

func (w *subscription) standing() string {
	switch w.reason {
	case "":
		return "active;expires=" + seconds(max(time.Until(w.until), time.Second))
	case reasonStop: // not all at once
		return "terminated;reason=" + w.reason + ";retry-after=" +
			strconv.Itoa(watchProbation+rand.IntN(watchProbation))
	}
	return "terminated;reason=" + w.reason
}

// pace is the time between two NOTIFYs.
func (w *subscription) pace() time.Duration {
	switch {
	case w.s.o.watchPace != 0:
		return w.s.o.watchPace
	case w.query.Package == presence.Presence:
		return presencePace
	}
	return usualPace
}

// later are refusals after which a NOTIFY may be tried again if they say when
// (RFC 6665 section 4.2.2).
var later = []int{404, 413, 480, 486, 500, 503, 600, 603}

// answered follows the answer to a NOTIFY. A phone that does not know the
// subscription, or does not answer, ends it.
func (w *subscription) answered(res *sip.Response) {
	w.sending = false
	switch {
	case w.last || res == nil:
		w.over = true
	case res.IsSuccess():
		w.tries = 0
	case slices.Contains(later, res.StatusCode) && retryAfter(res) > 0 && retryAfter(res) <= watchRetryMost &&
		w.tries < watchRetries:
		w.tries++
		w.due, w.full, w.earliest = true, true, time.Now().Add(retryAfter(res))
	default:
		w.over = true
	}
}
