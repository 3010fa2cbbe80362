package center

import (
	"strconv"
	"time"

	"tccc/gateway/acd"
	"tccc/gateway/config"
	"tccc/gateway/mix"
	"tccc/gateway/session"
	"tccc/gateway/sip"
	"tccc/gateway/tenant"
	"tccc/wire"
)

// askAgain is how long an agent that did not take a session is left alone
// with it, while nobody else is free.
const askAgain = 5 * time.Second

// call is a session with what it holds in this process.
type call struct {
	*session.Session
	tenant    *tenant.Tenant
	number    *config.Number // the contact centre's own number
	extension string         // of the called number, sent when it is answered
	agent     *agent         // nil while nobody has it
	line      *line          // the customer's telephone call
	mobile    bool           // an internal call that rings the colleague's mobile
	menu      *menu
	typed     []byte        // digits dialled while the call was being answered for it
	menuAt    time.Time     // the menu answered
	sound     *mix.Playback // what the customer hears instead of the agent

	soundTo mix.Leg  // who hears it
	parts   []*call  // of colleagues, besides the agent
	counted int      // parts so far, for their names
	handing *handing // a transfer under way
	consult *consultation
	others  []*line // outside numbers in the conversation, besides the customer
	room    *mix.Conference
	moved   *call // where the line went

	redirected   *redirection // a transfer of a far end's under way
	redirections int          // so far

	// Of a part only.
	of     *call // the session
	role   role
	suffix string // of the key
	direct bool   // for one agent, not for a group

	visitor *visitor            // the customer, if it is not a telephone call
	visited wire.VisitorSession // what the customer was shown last
	chat    *openChat           // nil for other sessions and for parts

	// Of an audio or video session only.
	browser  *link       // the customer's connection
	seat     *link       // the agent's, nil before the first offer
	awaiting func(error) // an accept waits for it
	farTimer *time.Timer // runs while the customer has none

	accepting bool // the agent has accepted, the line is being answered
	overdue   bool // the queue's timeout has passed while it rang
	overflows map[string]bool
	told      string // to the sink
	recorded  bool   // its record is being written

	recording Recording // nil if there is none
	listeners []Listener
	listened  bool                // they have been asked
	quality   *wire.QualityParams // as the browser has told last; nil if it has not

	ringTimer  *time.Timer
	queueTimer *time.Timer
	maxTimer   *time.Timer
	queueUntil time.Time // queueTimer ends
}

// group is the configuration of the call's skill group; nil if it has none.
func (call *call) group() *config.SkillGroup { return call.tenant.Group(call.Group) }

func (call *call) stopTimers() {
	stopTimer(&call.ringTimer)
	stopTimer(&call.queueTimer)
	stopTimer(&call.maxTimer)
	if call.menu != nil {
		call.menu.stop()
		call.menu = nil
	}
}

// play lets the customer hear a source until something else is bound.
func (call *call) play(c *Center, src mix.Source, loop bool) *mix.Playback {
	leg := call.customerLeg()
	if leg == nil {
		return nil
	}
	call.sound, call.soundTo = c.Engine.Play(leg, src, mix.PlayOptions{Loop: loop}), leg
	return call.sound
}

// customerLeg is what the customer hears with; nil if there is nothing yet.
func (call *call) customerLeg() mix.Leg {
	if call.line == nil {
		return call.browser.leg()
	}
	return call.line.Media()
}

// playing reports whether the customer hears a source.
func (call *call) playing() bool {
	if call.sound == nil {
		return false
	}
	select {
	case <-call.sound.Done():
		return false
	default:
		return true
	}
}

// show writes an event about the call to its agent's page.
func (call *call) show(name string, data any) {
	v := call.View()
	call.agent.emit(name, data, &v)
}

func (call *call) ref() wire.SessionRef { return wire.SessionRef{SessionID: call.ID} }

// lineEvent takes an event of the customer's telephone call.
func (c *Center) lineEvent(call *call, l *line, e sip.Event) {
	if call.moved != nil {
		c.otherEvent(call.moved, l, e)
		return
	}
	if l != call.line { // another has its place
		if e.Kind == sip.Ended {
			l.close()
		}
		return
	}
	switch e.Kind {
	case sip.Digit:
		if call.menu == nil && call.State() == session.Menu && len(call.typed) < typedMost {
			call.typed = append(call.typed, e.Digit)
		}
		if call.menu != nil {
			call.menu.key(e.Digit)
		}
	case sip.Ringing:
		c.farRings(call)
	case sip.EarlyMedia:
		c.farEarlyMedia(call)
	case sip.Answered:
		c.farAnswered(call)
	case sip.Referred:
		c.farRefers(call, l, e.Referral)
	case sip.MediaLost:
		c.end(call, wire.CloseAdmin, wire.ReasonNetworkLost, "no sound came from the telephone")
	case sip.Ended:
		if c.leaves(call, l) {
			return
		}
		call.line.close()
		c.farEnded(call, e)
	}
}

// farEnded ends a session whose telephone call is over.
func (c *Center) farEnded(call *call, e sip.Event) {
	switch {
	case call.State() == session.Ended:
	case call.State() == session.Dialing:
		c.end(call, wire.CloseAdmin, session.Reason(e.Code), sipText(e))
	case e.ByRemote:
		c.end(call, wire.CloseClient, "", "")
	default: // the stack gave up: no ACK, a session timer, a transport failure
		c.end(call, wire.CloseAdmin, wire.ReasonNetworkLost, sipText(e))
	}
}

// end is the one end of every session: it stops what the session holds,
// writes the CDR, and tells the agent.
func (c *Center) end(call *call, by wire.CloseBy, main, sub string) {
	if call.of != nil {
		c.partEnds(call, by, main, sub)
		return
	}
	now := time.Now()
	wasAnswered := !call.Answered.IsZero()
	if call.Close(by, main, sub, now) != nil {
		return
	}
	c.forget(call)
	c.stopRedirection(call, 487)
	c.endParts(call, by, main, sub)
	for _, l := range call.others {
		c.dropLine(l)
	}
	c.hangupLine(call, by, main)
	c.closeTalk(call)
	call.stopListening()
	c.chatEnds(call)
	c.saveCDR(call)
	c.counts.ended(call.Session)
	if q := call.quality; q != nil {
		c.counts.mos.Observe(q.MOS)
	}

	a := call.agent
	if a == nil {
		c.consultEnds(call)
		return
	}
	a.release(call)
	call.show(wire.EventSessionEnded, wire.SessionEnded{
		SessionID: call.ID, CloseBy: by, MainReason: main, SubReason: sub, Type: call.Type,
		Duration: call.Duration(now).Seconds(),
	})
	a.noteRefusal(call)
	call.agent = nil
	c.consultEnds(call)
	a.vacate(call, c.wrapUp(call, wasAnswered))
}

// wrapUp is the after-call work that a call has earned: every conversation with
// a customer and every outbound try, but no call that merely rang.
func (c *Center) wrapUp(call *call, answered bool) time.Duration {
	if !answered && call.Direction == wire.Inbound || call.Type == wire.TypeInternal {
		return 0
	}
	if g := call.group(); g != nil && g.AfterCall != nil {
		return *g.AfterCall
	}
	if call.Type == wire.TypeIM {
		return 0
	}
	return call.tenant.AfterCall
}

func (c *Center) hangupLine(call *call, by wire.CloseBy, main string) {
	l := call.line
	if l == nil {
		return
	}
	if call.sound != nil {
		call.sound.Stop()
	}
	if leg := l.Media(); leg != nil {
		c.Engine.Detach(leg)
	}
	if !l.over {
		step := l.Hangup
		if call.Direction == wire.Inbound && !l.answered {
			code, text := rejection(by, main)
			step = func() error {
				if l.Reject(code, text) == nil {
					return nil
				}
				return l.Hangup() // an answer was on its way
			}
		}
		c.job(l, "hangup", step, nil)
		l.close()
	}
}

// rejection is the SIP answer to a caller that nobody took.
func rejection(by wire.CloseBy, main string) (int, string) {
	switch {
	case by == wire.CloseSeat:
		return 603, "Decline"
	case main == wire.ReasonQueueFull:
		return 486, "Busy Here"
	case main == wire.ReasonGatewayRestart:
		return 503, "Service Unavailable"
	default:
		return 480, "Temporarily Unavailable"
	}
}

func sipText(e sip.Event) string {
	if e.Code == 0 {
		return e.Text
	}
	return strconv.Itoa(e.Code) + " " + e.Text
}

// waiting is the call as the distributor sees it.
func (call *call) waiting() acd.Waiting {
	tried := make(map[string]time.Time, len(call.Tried))
	for user, again := range call.Tried {
		tried[agentKey{call.App, user}.id()] = again
	}
	return acd.Waiting{Session: call.key(), Kind: call.kind(), Group: call.tenant.Queue(call.Group), Since: call.Queued,
		Tried: tried}
}

// kind is what the call takes of an agent.
func (call *call) kind() acd.Kind { return kindOf(call.Type) }

func kindOf(t wire.SessionType) acd.Kind {
	if t == wire.TypeIM {
		return acd.Chat
	}
	return acd.Call
}
