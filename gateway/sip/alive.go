package sip

import (
	"time"

	"github.com/emiago/sipgo/sip"
)

// mediaSilent is told when neither RTP nor RTCP has come for the media timeout.
// Before the answer that is usual, and answered starts the wait anew. After it,
// silence alone proves nothing: callers who wait have not spoken yet, and
// muted phones send nothing. The far side is asked, and lost if it is not there.
//
// A peer whose sound has stopped without a word has to take an offer to prove
// that its media lives; of one that owes no sound any answer within the dialog
// will do, as of one that holds us, whose music is a courtesy.
func (c *Call) mediaSilent() {
	switch {
	case !c.st.talking():
	case c.st != stConfirmed || c.ind.pending != nil: // something is under way that will tell
		c.media.ResetTimeout()
	case c.media.Spoke() && !c.held:
		c.probe(c.offerAgain)
	default:
		c.probe(c.askOptions)
	}
}

// probe asks the far side by ask, which calls back in the loop, and reports the
// media as lost if there is no good answer in time.
func (c *Call) probe(ask func(done func(alive bool))) {
	settled := false
	var wait *time.Timer
	done := func(alive bool) {
		if settled || c.over {
			return
		}
		settled = true
		stop(wait)
		if alive {
			c.media.ResetTimeout()
			return
		}
		c.notice(Event{Kind: MediaLost})
	}
	wait = c.after(c.s.o.ResponseTimeout, func() { done(false) })
	ask(done)
}

// offerAgain offers what was agreed on. Who takes it is there, and has said anew
// where and whether it sends.
func (c *Call) offerAgain(done func(bool)) {
	c.reoffer(sip.INVITE, func(err error) { done(err == nil) })
}

// askOptions asks for nothing in particular: a refusal is an answer, but for
// those that say that the dialog is gone (RFC 3261 section 12.2.1.2).
func (c *Call) askOptions(done func(bool)) {
	req := c.dlg.request(c.s, sip.OPTIONS, c.dlg.nextSeq())
	req.SetBody(nil)
	_, err := c.s.transact(req, func(res *sip.Response, _ error) {
		if res != nil && res.IsProvisional() {
			return
		}
		c.post(func() { done(res != nil && res.StatusCode != 481 && res.StatusCode != 408) })
	})
	if err != nil {
		done(false)
	}
}
