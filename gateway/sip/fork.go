package sip

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// maxForks bounds the early dialogs of a call that are told apart.
const maxForks = 16

// fork is an early dialog of a call out (RFC 3261 section 12.1). The requests of
// either side are numbered in each on their own (section 12.2.1.1).
type fork struct {
	dlg    dialog
	answer []byte // to our offer, or what the far side has offered since
	rseq   uint32 // of the last reliable response that was confirmed; 0: none
}

// forkOf is the early dialog of a response. Nil: it makes none, or there are too
// many.
func (u *uacState) forkOf(c *Call, res *sip.Response) *fork {
	if res.To() == nil {
		return nil
	}
	f := u.forkTagged(c, res.To().Params.GetOr("tag", ""))
	if f != nil {
		_ = f.dlg.fromResponse(res)
	}
	return f
}

func (u *uacState) forkTagged(c *Call, tag string) *fork {
	if f := u.forks[tag]; f != nil || len(u.forks) >= maxForks {
		return f
	}
	if u.forks == nil {
		u.forks = map[string]*fork{}
	}
	f := &fork{dlg: c.dlg}
	f.dlg.remoteTag = tag
	u.forks[tag] = f
	return f
}

// numbers are those of our last requests, by the tag of their dialog.
func (u *uacState) numbers() map[string]uint32 {
	out := map[string]uint32{}
	for tag, f := range u.forks {
		out[tag] = f.dlg.localSeq
	}
	return out
}

// early reports whether a call's dialogs are those of its forks.
func (c *Call) early() bool {
	return !c.inbound && (c.st == stCalling || c.st == stProceeding || c.st == stCancelling)
}

// dialogOf is the dialog of a request. One of a fork may overtake the response
// that makes it known. Nil: there are too many.
func (c *Call) dialogOf(req *sip.Request) *dialog {
	if !c.early() {
		return &c.dlg
	}
	if f := c.uac.forkTagged(c, req.From().Params.GetOr("tag", "")); f != nil {
		return &f.dlg
	}
	return nil
}

// heard takes the answer of an early dialog, if there is one.
func (u *uacState) heard(c *Call, f *fork, res *sip.Response) bool {
	if f == nil || !hasSDP(res) || c.takeAnswer(res.Body()) != nil {
		return false
	}
	u.answered, f.answer = f.dlg.remoteTag, res.Body()
	return true
}

// answeredIn reports whether our offer was answered in a dialog.
func (c *Call) answeredIn(d *dialog) bool {
	if f := c.uac.forks[d.remoteTag]; c.early() {
		return f != nil && f.answer != nil
	}
	return c.agreed != nil
}

// offered notes what the far side has offered in an early dialog.
func (u *uacState) offered(d *dialog, body []byte) {
	if f := u.forks[d.remoteTag]; f != nil && d == &f.dlg {
		u.answered, f.answer = d.remoteTag, body
	}
}

// left takes the BYE of an early dialog, which should be a final response
// instead (section 15). If no other is there the call is over.
func (u *uacState) left(c *Call, tag string, e Event) {
	if delete(u.forks, tag); e.Code == 200 {
		e.Code = 480 // it was never answered
	}
	if len(u.forks) == 0 {
		c.hangup(e)
	}
}

// confirm sends PRACK for a reliable response. It reports false for one that
// has come before or out of order.
func (f *fork) confirm(c *Call, req *sip.Request, res *sip.Response) bool {
	hs := res.GetHeaders("RSeq")
	if len(hs) == 0 || !hasToken(res, "100rel", "Require") {
		return true
	}
	if f == nil {
		return false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(hs[0].Value()), 10, 32)
	rseq := uint32(n)
	if err != nil || rseq == 0 || f.dlg.remoteTag == "" {
		return true
	}
	if f.rseq != 0 && rseq != f.rseq+1 {
		return false
	}
	f.rseq = rseq
	x := c.exchange(func() (*sip.Request, error) {
		prack := f.dlg.request(c.s, sip.PRACK, f.dlg.nextSeq())
		prack.AppendHeader(sip.NewHeader("RAck", fmt.Sprintf("%d %d INVITE", rseq, req.CSeq().SeqNo)))
		prack.SetBody(nil)
		return prack, nil
	}, func(*sip.Request, *sip.Response, error) {})
	_ = x.send()
	return true
}

// winner is the dialog that has won, for the goroutines that see repeated 2xx
// after the call.
type winner struct {
	mu      sync.Mutex
	tag     string
	ack     *sip.Request
	numbers map[string]uint32 // of our last requests in the other dialogs, by tag
}

func (w *winner) set(tag string, ack *sip.Request, numbers map[string]uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tag, w.ack, w.numbers = tag, ack, numbers
}

// again takes a further 2xx: a repetition gets the ACK again, also after the
// call; one of another fork gets ACK and BYE (section 13.2.2.4).
func (w *winner) again(c *Call, req *sip.Request, res *sip.Response) {
	w.mu.Lock()
	tag, ack := w.tag, w.ack
	if ack != nil {
		ack = ack.Clone()
	}
	if ack == nil || res.To() == nil {
		w.mu.Unlock()
		return
	}
	other := res.To().Params.GetOr("tag", "")
	seq := max(req.CSeq().SeqNo, w.numbers[other])
	w.mu.Unlock()
	if other == tag {
		_ = c.s.tpl.WriteMsg(ack)
		return
	}
	c.disown(req, res, seq)
}

// disown takes a 2xx that nobody waits for: it gets ACK and BYE.
func (c *Call) disown(req *sip.Request, res *sip.Response, seq uint32) {
	d := dialog{callID: c.id, localTag: c.tag, network: req.Transport(), peer: sourceOf(res),
		contactURI: req.Contact().Address,
		local:      party{req.From().DisplayName, req.From().Address},
		remote:     party{req.To().DisplayName, req.To().Address}, target: req.Recipient, localSeq: seq}
	if d.fromResponse(res) != nil {
		return
	}
	fork := d.ack(c.s, req.CSeq().SeqNo)
	signedAs(req, fork)
	fork.SetBody(nil)
	_ = c.s.tpl.WriteMsg(fork)
	bye := &exchange{s: c.s, keys: c.keys, post: func(f func()) bool { f(); return true },
		make: func() (*sip.Request, error) {
			bye := d.request(c.s, sip.BYE, d.nextSeq())
			bye.SetBody(nil)
			return bye, nil
		}, take: func(*sip.Request, *sip.Response, error) {}}
	_ = bye.send()
}
