package sip

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sip/digest"
)

// attempt is an INVITE under way.
type attempt struct {
	req       *sip.Request
	tx        *sip.ClientTx
	left      atomic.Bool // the call has gone to another target
	cancelled atomic.Bool
}

// aim turns the call to its next target: what it says there, and the offer.
func (u *uacState) aim(c *Call) error {
	u.at, u.others = u.others[0], u.others[1:]
	d := &c.dlg
	d.network, d.peer = u.at.network(), u.at.addr
	c.introduce(u.at.via, &u.out)
	d.remote = party{"", u.at.via.at(c.trunk.sent(u.out.To))}
	d.target = d.remote.uri
	d.routes = c.s.regs.routes(u.at.via)
	u.straight = len(d.routes) == 0 || u.at.via.Proxy != ""
	if !u.straight && c.s.hop(d) != u.at.addr {
		u.others = nil // the registrar's route leads to one place (RFC 3608)
	}
	if c.media != nil { // of the target before, which may have been told keys and an address of another family
		c.media.Close()
		c.media = nil
	}
	body, err := c.makeOffer()
	u.body = body
	return err
}

// patience is how long the target under way has for a response.
func (u *uacState) patience(c *Call) time.Duration {
	if len(u.others) == 0 {
		return c.s.o.ResponseTimeout
	}
	return min(c.s.o.firstWait, c.s.o.ResponseTimeout)
}

// failover sends the INVITE to the next target (RFC 3263 section 4.3). It
// reports false if there is none, if the call is being given up, or if more was
// heard of this one than 100, which says that somebody is being called.
func (u *uacState) failover(c *Call) bool {
	if u.progress || len(u.others) == 0 || c.st != stCalling && c.st != stProceeding {
		return false
	}
	stop(u.timer)
	u.leave()
	c.step(inChallenge)
	u.attempts, u.try = 0, digest.Try{}
	before := u.at
	if err := u.aim(c); err != nil {
		u.fail(c, Event{Code: 500, Text: err.Error()})
		return true
	}
	c.s.log.Info("SIP call goes to the next target", "call", c.id, "trunk", c.trunk.Name,
		"from", before.String(), "to", u.at.String())
	_ = u.send(c) // which ends the call if that is not possible
	return true
}

// leave lets go of the INVITE under way. Its transaction stays for a while: who
// answers late is told that nobody is there any more.
func (u *uacState) leave() {
	if a := u.now; a != nil && a.tx != nil {
		a.left.Store(true)
		time.AfterFunc(64*sip.T1, a.tx.Terminate)
	}
}

// unwanted takes what comes of an INVITE that was left.
func (a *attempt) unwanted(c *Call, res *sip.Response) {
	switch {
	case res == nil || !a.left.Load():
	case res.IsProvisional():
		if !a.cancelled.Swap(true) {
			_, _ = c.s.transact(c.s.cancelOf(a.req), func(*sip.Response, error) {})
		}
	case res.IsSuccess():
		c.disown(a.req, res, a.req.CSeq().SeqNo)
	}
}

// unsent takes an INVITE that could not be sent. With further targets the call
// goes on, from the loop, so that it can be given up in between.
func (u *uacState) unsent(c *Call, err error) error {
	stop(u.timer)
	u.targetFails(c, plainly(err), 0)
	if len(u.others) > 0 && c.st == stCalling {
		seq := u.seq
		u.timer = c.after(0, func() {
			if seq == u.seq && !u.failover(c) {
				u.fail(c, Event{ByRemote: true, Code: 503, Text: "the trunk cannot be reached"})
			}
		})
		return nil
	}
	u.fail(c, Event{ByRemote: true, Code: 503, Text: "the trunk cannot be reached"})
	return err
}

// silent takes the end of an INVITE that got no final response.
func (u *uacState) silent(c *Call, err error) {
	e := Event{ByRemote: true, Code: 503, Text: "the connection to the trunk was lost"}
	if errors.Is(err, sip.ErrTransactionTimeout) {
		e.Code, e.Text = 504, "no response from the trunk"
	}
	if c.st == stCalling || c.st == stProceeding {
		u.targetFails(c, e.Text, 0)
	}
	if !u.failover(c) {
		u.fail(c, e)
	}
}

// overdue takes a target that has said nothing in time.
func (u *uacState) overdue(c *Call) {
	if c.st == stCalling {
		u.targetFails(c, "no response to INVITE", 0)
		if u.failover(c) {
			return
		}
	}
	if c.st == stCalling || c.st == stCancelling && !u.cancelled {
		u.abandon(c, Event{ByRemote: true, Code: 504, Text: "no response from the trunk"})
	}
}

// unavailable takes a 503. One with Retry-After speaks for all calls (RFC 3261
// section 21.5.4). It reports whether the call goes on elsewhere.
func (u *uacState) unavailable(c *Call, res *sip.Response, e Event) bool {
	if wait := retryAfter(res); wait > 0 {
		u.targetFails(c, "503 to INVITE", wait)
	}
	return e.Code == 503 && u.failover(c) // not where Reason says that the number is at fault
}

func (u *uacState) targetFails(c *Call, why string, wait time.Duration) {
	if u.at.via != nil {
		c.s.health.fails(c.trunk, u.at, why, wait)
	}
}

// targetAnswers notes a response of the target under way.
func (u *uacState) targetAnswers(c *Call, res *sip.Response) {
	if u.at.via != nil && res.StatusCode != 503 {
		c.s.health.answers(c.trunk, u.at)
	}
	u.progress = u.progress || res.IsProvisional() && res.StatusCode > 100
}
