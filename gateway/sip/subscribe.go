package sip

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sip/presence"
)

// Watching is what a desk phone wants to be told of (RFC 6665).
type Watching struct {
	Phone   string // its extension
	Package string // one of presence.Packages
	To      string // whom it watches: a user name or a number
}

// Limits of subscriptions.
const (
	watchLeast      = time.Minute
	watchMost       = 30 * time.Minute
	watchMostStream = bindMostStream
	watchesOfPhone  = 100
	watchesMost     = 5000
	stateWait       = 5 * time.Second // for the consumer
	maxWatched      = 64              // bytes of whom a phone watches
	watchRetries    = 3               // of a NOTIFY that the phone wants later
	watchRetryMost  = 5 * time.Minute // later than that is too late
	usualPace       = time.Second     // between two NOTIFYs: RFC 4235 section 3.10
	presencePace    = 5 * time.Second // RFC 3856 section 6.10
	watchProbation  = 10              // seconds after a stop; as many again by chance
	maxEventID      = 64              // bytes of the id of an event
	maxRenewals     = 4               // SUBSCRIBEs of one dialog that wait to be answered
)

// allowEvents names the event packages that there are for whom a response goes to
// (RFC 6665 section 8.2.2). REFER has its own in every call.
func (s *Server) allowEvents(res *sip.Response, phone bool) *sip.Response {
	list := "refer"
	if phone && s.o.Watch != nil {
		list = strings.Join(presence.Packages, ", ") + ", refer"
	}
	res.AppendHeader(sip.NewHeader("Allow-Events", list))
	return res
}

// subscribes reports whether a SUBSCRIBE outside of calls may be a desk phone's.
func (s *Server) subscribes(req *sip.Request) bool {
	from := sourceOf(req)
	return req.Method == sip.SUBSCRIBE && s.registrar.any() && (s.trunkAt(from) == nil || s.claimsPhone(req, from))
}

// onSubscribe takes the SUBSCRIBE of a desk phone, which authenticates each as it
// does REGISTER: a new one, or one within a subscription.
func (s *Server) onSubscribe(req *sip.Request, tx *sip.ServerTx) {
	refuse := func(code int, reason string) { _ = tx.Respond(s.response(req, code, reason, nil)) }
	from, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		tx.Terminate()
		return
	}
	who, ok := s.identify(req, tx, unmapPort(from))
	switch {
	case !ok:
		return
	case who.phone == nil:
		_ = tx.Respond(s.allowEvents(s.response(req, 489, "", nil), false))
		return
	case userOf(req.From().Address) != who.phone.Name:
		refuse(403, "") // nobody watches in another's name
		return
	}
	if unknown := unsupported(req); unknown != "" {
		res := s.response(req, 420, "", nil)
		res.AppendHeader(sip.NewHeader("Unsupported", unknown))
		_ = tx.Respond(res)
		return
	}
	pkg, id := readEvent(req)
	life, brief := readWatchLife(req)
	switch {
	case s.o.Watch == nil || !slices.Contains(presence.Packages, pkg):
		_ = tx.Respond(s.allowEvents(s.response(req, 489, "", nil), true))
	case req.Contact() == nil || !sipScheme(req.Contact().Address.Scheme) || req.Contact().Address.Wildcard:
		refuse(400, "Bad Contact")
	case !accepts(req, presence.ContentType(pkg)):
		refuse(406, "")
	case brief:
		res := s.response(req, 423, "Interval Too Brief", nil)
		res.AppendHeader(sip.NewHeader("Min-Expires", seconds(watchLeast)))
		_ = tx.Respond(res)
	case req.To().Params.Has("tag"):
		r := renewal{req: req, tx: tx, pkg: pkg, id: id, life: life}
		if w := s.subs.find(req); w == nil || w.phone.Name != who.phone.Name || !w.renews(r) {
			refuse(481, "")
		}
	default:
		s.subscribe(who.phone, subscriptionAsked{pkg: pkg, id: id, life: life}, req, tx)
	}
}

// subscriptionAsked is what a SUBSCRIBE asks for.
type subscriptionAsked struct {
	pkg, id string
	life    time.Duration // 0: to know once
}

// subscribe begins a subscription.
func (s *Server) subscribe(phone *account, asked subscriptionAsked, req *sip.Request, tx *sip.ServerTx) {
	refuse := func(code int, reason string) { _ = tx.Respond(s.response(req, code, reason, nil)) }
	switch scheme := strings.ToLower(req.Recipient.Scheme); {
	case scheme != "" && scheme != "sip" && (scheme != "sips" || sip.NetworkToUpper(req.Transport()) != "TLS"):
		refuse(416, "")
		return
	case len(values(req, "Record-Route")) > maxPath:
		refuse(400, "Bad Record-Route")
		return
	}
	q := Watching{Phone: phone.Name, Package: asked.pkg, To: userOf(req.Recipient)}
	if q.To == "" && asked.pkg == presence.MessageSummary {
		q.To = phone.Name // a phone asks for its own box; some name the server alone
	}
	state, code := presence.State{}, 404
	if len(q.To) <= maxWatched {
		state, code = s.watched(q)
	}
	if code != 0 {
		if code == 503 {
			_ = tx.Respond(s.unavailable(req))
			return
		}
		refuse(code, "")
		return
	}
	w := s.newSubscription(phone, q, asked, req)
	switch s.subs.add(w) {
	case errWatches:
		_ = tx.Respond(s.unavailable(req))
		return
	case errTooMany:
		refuse(403, "Too Many Subscriptions")
		return
	case errMerged:
		refuse(482, "")
		return
	case errClosing:
		_ = tx.Respond(s.unavailable(req))
		return
	}
	_ = tx.Respond(w.accepted(req, asked.life))
	w.shown = state
	if !s.spawn(w.run) {
		s.subs.remove(w)
	}
}

// watched asks the consumer for what a phone is shown; the code is that of a
// refusal.
func (s *Server) watched(q Watching) (presence.State, int) {
	ctx, cancel := context.WithTimeout(s.ctx, stateWait)
	defer cancel()
	return s.o.Watch(ctx, q)
}

// readEvent reads the package and the id of an Event header.
func readEvent(req *sip.Request) (pkg, id string) {
	v := append(values(req, "Event"), values(req, "o")...)
	if len(v) != 1 {
		return "", ""
	}
	parts := strings.Split(v[0], ";")
	for _, p := range parts[1:] {
		name, value, _ := strings.Cut(p, "=")
		value = strings.TrimSpace(value)
		if strings.EqualFold(strings.TrimSpace(name), "id") {
			if !isToken(value) || len(value) > maxEventID {
				return "", ""
			}
			id = value
		}
	}
	return strings.ToLower(strings.TrimSpace(parts[0])), id
}

// readWatchLife reads how long a subscription is to last: at most as long as is
// good; brief reports one that is too short to be.
func readWatchLife(req *sip.Request) (life time.Duration, brief bool) {
	life = watchMost
	if v := values(req, "Expires"); len(v) > 0 {
		life = readExpires(v[0])
	}
	most := watchMost
	if sip.IsReliable(req.Transport()) {
		most = watchMostStream
	}
	return min(life, most), life > 0 && life < watchLeast
}

// accepts reports whether the far side takes bodies of a type. Without a word it
// takes the package's own.
func accepts(req *sip.Request, want string) bool {
	list := values(req, "Accept")
	if len(list) == 0 {
		return true
	}
	family, _, _ := strings.Cut(want, "/")
	for _, v := range list {
		for t := range strings.SplitSeq(v, ",") {
			t, _, _ = strings.Cut(t, ";")
			switch t = strings.ToLower(strings.TrimSpace(t)); t {
			case want, family + "/*", "*/*":
				return true
			}
		}
	}
	return false
}

// accepted is the answer to a SUBSCRIBE that is heeded.
func (w *subscription) accepted(req *sip.Request, life time.Duration) *sip.Response {
	res := w.s.response(req, 200, "", nil)
	res.To().Params.Add("tag", w.key.tag)
	res.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(life/time.Second))))
	res.AppendHeader(&sip.ContactHeader{Address: *w.contact.Clone()})
	return res
}
