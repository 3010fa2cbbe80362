package sip

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// reliable1xx is a provisional response that waits for its PRACK (RFC 3262
// section 3).
type reliable1xx struct {
	res      *sip.Response
	rseq     uint32
	interval time.Duration
	since    time.Time
	timer    *time.Timer
	offer    bool // it carries an offer, so the PRACK carries the answer
}

func (u *uasState) sendReliably(c *Call, res *sip.Response) error {
	if u.rel != nil {
		return ErrState // one at a time
	}
	if u.rseq == 0 {
		u.rseq = 1 + uint32(time.Now().UnixNano())%(1<<20)
	} else {
		u.rseq++
	}
	res.AppendHeader(sip.NewHeader("Require", "100rel"))
	res.AppendHeader(sip.NewHeader("RSeq", strconv.FormatUint(uint64(u.rseq), 10)))
	u.rel = &reliable1xx{res: res, rseq: u.rseq, interval: sip.T1, since: time.Now(), offer: !u.offered &&
		len(res.Body()) > 0}
	u.repeatReliable(c)
	return u.tx.Respond(res)
}

func (u *uasState) repeatReliable(c *Call) {
	rel := u.rel
	left := max(0, 64*sip.T1-time.Since(rel.since))
	rel.timer = c.after(min(rel.interval, left), func() {
		if u.rel != rel {
			return
		}
		if time.Since(rel.since) >= 64*sip.T1 {
			if c.step(inReject) {
				u.final(c, 504, "", nil)
				c.end(Event{ByRemote: true, Code: 504, Text: "no PRACK"})
			}
			return
		}
		_ = u.tx.Respond(rel.res)
		rel.interval *= 2
		u.repeatReliable(c)
	})
}

func (u *uasState) stopReliable() {
	if u.rel != nil {
		stop(u.rel.timer)
		u.rel = nil
	}
}

// onPrack takes the confirmation of a reliable provisional response.
func (c *Call) onPrack(req *sip.Request, tx *sip.ServerTx) {
	u := &c.uas
	if !c.inbound || u.rel == nil || !u.rel.matches(req, u.req) {
		_ = tx.Respond(c.reply(req, 481, "", nil))
		return
	}
	rel := u.rel
	var answer []byte
	if hasSDP(req) {
		var err error
		if rel.offer {
			err = c.takeAnswer(req.Body())
		} else {
			answer, err = c.takeOffer(req.Body())
		}
		if err != nil {
			_ = tx.Respond(c.reply(req, 488, "", nil))
			return
		}
	}
	u.stopReliable()
	res := c.reply(req, 200, "", answer)
	_ = tx.Respond(res)
	if u.waiting {
		body, _ := u.describe(c)
		if !u.offered && c.agreed != nil {
			body = nil // offer and answer are done
		}
		_ = u.ok(c, body)
	}
}

// matches checks RAck: the response's number, then the INVITE's CSeq.
func (r *reliable1xx) matches(prack, invite *sip.Request) bool {
	hs := prack.GetHeaders("RAck")
	if len(hs) != 1 {
		return false
	}
	f := strings.Fields(hs[0].Value())
	return len(f) == 3 && f[0] == strconv.FormatUint(uint64(r.rseq), 10) &&
		f[1] == strconv.FormatUint(uint64(invite.CSeq().SeqNo), 10) && f[2] == "INVITE"
}
