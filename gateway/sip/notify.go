package sip

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// notice is what a NOTIFY tells: a status line as its body (message/sipfrag, RFC
// 3420), and, if reason is set, that the subscription ends with it.
type notice struct {
	code   int
	reason string
}

// subscribed begins the subscription of a REFER that was accepted. It lasts as
// long as a caller may wait for an answer here.
func (r *refer) subscribed(c *Call) {
	r.id = ""
	if r.count > 0 {
		r.id = strconv.FormatUint(uint64(r.now.id), 10)
	}
	r.count++
	r.until = time.Now().Add(c.s.o.AnswerTimeout)
	r.timer = c.after(c.s.o.AnswerTimeout, func() { r.unsubscribed(c, "timeout") })
	r.tell(c, notice{code: 100})
}

// unsubscribed ends the subscription; what was asked for goes on.
func (r *refer) unsubscribed(c *Call, reason string) {
	if r.st == refGoing {
		r.tell(c, notice{code: r.code, reason: reason})
		r.step(rinUnsubscribed)
	}
}

// tell sends a NOTIFY, or keeps it until the one before is answered: over UDP
// they would overtake each other.
func (r *refer) tell(c *Call, n notice) {
	r.code = n.code
	if r.sending {
		r.next = &n
		return
	}
	r.sending = true
	if err := r.notify(c, n); err != nil {
		c.s.log.Debug("SIP NOTIFY could not be sent", "call", c.id, "error", err)
		r.heard(c, r.count, nil)
	}
}

func (r *refer) notify(c *Call, n notice) error {
	of := r.count
	return c.exchange(func() (*sip.Request, error) {
		req := c.dlg.request(c.s, sip.NOTIFY, c.dlg.nextSeq())
		req.AppendHeader(&sip.ContactHeader{Address: *c.dlg.contactURI.Clone()})
		event := "refer"
		if r.id != "" {
			event += ";id=" + r.id
		}
		req.AppendHeader(sip.NewHeader("Event", event))
		state := "terminated;reason=" + n.reason
		if n.reason == "" {
			state = "active;expires=" + seconds(max(time.Until(r.until), time.Second))
		}
		req.AppendHeader(sip.NewHeader("Subscription-State", state))
		ct := sip.ContentTypeHeader("message/sipfrag;version=2.0")
		req.AppendHeader(&ct)
		req.SetBody(fmt.Appendf(nil, "SIP/2.0 %d %s\r\n", n.code, statusText(n.code)))
		return req, nil
	}, func(_ *sip.Request, res *sip.Response, _ error) {
		if res == nil || !res.IsProvisional() {
			r.heard(c, of, res)
		}
	}).send()
}

// heard follows the answer to a NOTIFY of a subscription. A refusal ends it, and
// nothing else: the call has another use of the dialog (RFC 5057 section 5.1).
func (r *refer) heard(c *Call, of int, res *sip.Response) {
	r.sending = false
	next := r.next
	r.next = nil
	switch {
	case of != r.count: // of an earlier one
		if next != nil {
			r.tell(c, *next)
		}
	case res == nil || !res.IsSuccess():
		r.step(rinUnsubscribed)
	case next != nil:
		r.tell(c, *next)
	default:
		r.step(rinAnswered)
	}
}

// onSubscribe takes a SUBSCRIBE within the dialog: the far side renews or ends
// its subscription to a REFER (RFC 3515 section 2.4.4).
func (c *Call) onSubscribe(req *sip.Request, tx *sip.ServerTx) {
	if !ofRefer(req) {
		_ = tx.Respond(c.s.allowEvents(c.reply(req, 489, "", nil), false))
		return
	}
	if c.ref.st != refGoing {
		_ = tx.Respond(c.reply(req, 481, "", nil))
		return
	}
	ends := false
	if v := values(req, "Expires"); len(v) > 0 {
		ends = strings.TrimSpace(v[0]) == "0"
	}
	res := c.reply(req, 200, "", nil)
	left := "0"
	if !ends {
		left = seconds(max(time.Until(c.ref.until), time.Second))
	}
	res.AppendHeader(sip.NewHeader("Expires", left))
	res.AppendHeader(&sip.ContactHeader{Address: *c.dlg.contactURI.Clone()})
	_ = tx.Respond(res)
	if ends {
		c.ref.unsubscribed(c, "timeout")
	} else {
		c.ref.tell(c, notice{code: c.ref.code})
	}
}

// ofRefer reports whether a SUBSCRIBE is for what became of a REFER.
func ofRefer(req *sip.Request) bool {
	v := values(req, "Event")
	if len(v) == 0 {
		return false
	}
	name, _, _ := strings.Cut(v[0], ";")
	return strings.EqualFold(strings.TrimSpace(name), "refer")
}
