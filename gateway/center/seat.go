package center

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/internal/clip"
	"tccc/wire"
)

// Conn is the socket of a login. Neither method blocks: a socket that cannot
// keep up closes itself.
type Conn interface {
	Send(f *wire.Frame)
	Kick(k wire.KickedParams)
}

// tabsMost bounds the tabs of one agent.
const tabsMost = 20

// Login is a login whose token or resume secret has been verified.
type Login struct {
	App    string
	UserID string
	Tab    string // the tab's id
	Device string // the browser's; tabs of one device share the agent
	// Resume is set when the SDK showed a valid resume secret: status and
	// sessions go on. Otherwise the agent starts free.
	Resume *wire.Resume
	Secret string // the new resume secret, for the answer
	ID     uint64 // of the request, for the answer
	// Checked is Endings from before the token or secret was verified.
	Checked uint64
}

// Seat is one login of an agent: a tab. Other tabs of the same browser sit
// beside it; a login from another machine ends all of them, or is refused.
type Seat struct {
	c      *Center
	agent  *agent
	conn   Conn
	tab    string
	device string
}

// Login seats an agent. The answer, and the events that a resumed login has
// missed, go through conn in order, before any later event. Errors:
// wire.ErrAgentDisabled, wire.ErrLoggedInElsewhere, wire.ErrStopping.
func (c *Center) Login(ctx context.Context, l Login, conn Conn) (*Seat, error) {
	var seat *Seat
	failed := error(nil)
	err := c.do(ctx, func() {
		a := c.agentOf(l.App, l.UserID)
		switch {
		case c.stopping:
			failed = wire.ErrStopping
		case a == nil:
			failed = wire.ErrAgentDisabled
		case c.over(a.key, l.Checked):
			failed = wire.ErrTokenInvalid.With("the log-in was ended meanwhile")
		case a.elsewhere(l) && a.tenant.SecondLogin == config.RefuseLogin:
			failed = wire.ErrLoggedInElsewhere
		case len(a.seats) >= tabsMost && !a.seesTab(l.Tab):
			failed = wire.ErrOverloaded.With("the agent is logged in in %d tabs", tabsMost)
		default:
			seat = a.sit(l, conn)
		}
	})
	if err != nil {
		return nil, err
	}
	return seat, failed
}

// elsewhere reports whether the agent is logged in on another machine, or is
// expected back there.
func (a *agent) elsewhere(l Login) bool {
	if len(a.seats) == 0 && a.last != nil {
		return !a.last.beside(l) // a reload is no reason to let another machine in
	}
	return slices.ContainsFunc(a.seats, func(s *Seat) bool { return !s.beside(l) })
}

// beside reports whether a login is of the same browser. One that does not say
// which browser it is has nobody beside it but itself.
func (s *Seat) beside(l Login) bool {
	return s.tab == l.Tab || s.device != "" && s.device == l.Device
}

func (a *agent) sit(l Login, conn Conn) *Seat {
	if a.elsewhere(l) {
		a.kick(wire.KickedParams{Reason: "replaced", Message: wire.ErrKickedOut.Message})
	}
	// The socket of a tab that comes again was lost, and the gateway has not
	// noticed yet; or it is that of another page under the same name, which is told.
	a.unseat(func(s *Seat) bool {
		same := s.tab == l.Tab
		if same {
			s.conn.Kick(wire.KickedParams{Reason: "replaced", Message: wire.ErrKickedOut.Message})
		}
		return same
	})
	stopTimer(&a.grace)
	a.last = nil
	seat := &Seat{c: a.c, agent: a, conn: conn, tab: l.Tab, device: l.Device}
	a.wake(l.Resume != nil || a.present()) // may be an event itself
	missed, resumed := []wire.Event(nil), false
	if l.Resume != nil {
		missed, resumed = a.journal.Since(l.Resume.Epoch, l.Resume.Seq)
	}
	conn.Send(&wire.Frame{ID: l.ID, Result: wire.Raw(a.snapshot(l.Secret, resumed))})
	a.seats = append(a.seats, seat)
	for _, e := range missed {
		seat.notify(e)
	}
	for _, ended := range a.lost {
		a.emit(wire.EventSessionEnded, ended, nil)
	}
	a.lost = nil
	a.rebind()
	a.reroute()
	return seat
}

// kick ends every login.
func (a *agent) kick(why wire.KickedParams) {
	a.unseat(func(s *Seat) bool {
		s.conn.Kick(why)
		return true
	})
}

// unseat takes logins away; it reports whether there were any.
func (a *agent) unseat(which func(*Seat) bool) bool {
	before := len(a.seats)
	a.seats = slices.DeleteFunc(a.seats, which)
	return len(a.seats) < before
}

func (a *agent) seated(seat *Seat) bool { return slices.Contains(a.seats, seat) }

// wake brings an agent on line that has just logged in.
func (a *agent) wake(resumed bool) {
	changed := false
	now := time.Now()
	if a.status.Offline() && resumed && !a.dropped {
		return // off line at its own wish
	}
	a.dropped = false
	if a.status.Offline() {
		a.onlineAt = now
		changed = a.status.Online(now)
		for range a.calls() { // which went on at the telephone
			changed = a.status.Occupy(now) || changed
		}
	} else if !resumed && a.status.Calls()+a.status.Chats() == 0 {
		changed, _ = a.status.Set(wire.StatusFree, "", now)
	}
	if changed {
		a.statusChanged()
	}
}

func (a *agent) snapshot(secret string, resumed bool) wire.LoginResult {
	return wire.LoginResult{
		Agent: a.tenant.Profile(a.conf), State: a.state(), Sessions: append([]wire.Session{}, a.list...),
		Settings: wire.Settings{
			BreakReasons: a.tenant.BreakReasons, ArrangeSeconds: int(a.tenant.AfterCall.Seconds()),
			HeartbeatSeconds: 10, GraceSeconds: int(a.tenant.Grace.Seconds()), WarmLeg: a.c.WarmLeg,
			GroupNames: a.tenant.GroupNames(), Trace: a.c.Spans != nil, ICE: a.iceServers(),
		},
		Secret: secret, Epoch: a.journal.Epoch(), Seq: a.journal.Seq(), Resumed: resumed, Now: time.Now().UnixMilli(),
		Version: a.c.Version,
	}
}

// iceServers are what the agent's browser needs to reach the media port.
func (a *agent) iceServers() []wire.ICEServer {
	if a.c.ICE == nil {
		return nil
	}
	return a.c.ICE(a.tenant.SDKAppID, a.conf.UserID)
}

func (a *agent) ping(*wire.Empty) (any, error) {
	return wire.PingResult{Now: time.Now().UnixMilli(), ICE: a.iceServers()}, nil
}

func (s *Seat) notify(e wire.Event) {
	s.conn.Send(&wire.Frame{Method: wire.NotifyEvent, Params: wire.Raw(e)})
}

// Lost tells that the socket is gone: the agent is waited for.
func (s *Seat) Lost() {
	s.c.post(s.agent, func() {
		if s.agent.unseat(func(t *Seat) bool { return t == s }) {
			s.agent.last = s
			s.agent.away()
		}
	})
}

// away follows the loss of a tab. If it was the last one the grace time
// begins: the agent gets no new sessions, those it has wait for it, and what
// rings keeps ringing.
func (a *agent) away() {
	a.watchLeg()
	if len(a.seats) > 0 {
		return
	}
	a.reroute()
	a.expectBack()
}

// expectBack gives the agent the grace time to come back. Who is there through
// another door than the SDK loses only the chats.
func (a *agent) expectBack() {
	stopTimer(&a.grace)
	a.grace = a.c.after(a, a.tenant.Grace, func() {
		switch {
		case !a.present():
			a.abandon(wire.ReasonAgentLost)
		case len(a.seats) == 0:
			a.dropChats()
		}
	})
}

// dropChats gives the chats of an agent whose page is gone back to their
// queues.
func (a *agent) dropChats() {
	for _, call := range a.calls() {
		if call.Type == wire.TypeIM {
			a.c.takeBack(call, wire.ReasonAgentLost)
		}
	}
}

// abandon takes everything from an agent that did not come back, or that has
// logged out: its sessions return to the front of their queues.
func (a *agent) abandon(reason string) {
	a.dropped, a.last = true, nil
	a.c.acd.Resume(a.key.id(), time.Time{})
	a.dismiss()
	a.dropLeg()
	for _, call := range a.calls() {
		if call.Live() && call.ServerType.Phone() && a.handset.up() {
			continue // the agent is there, without the page
		}
		a.c.takeBack(call, reason)
	}
	if a.status.Drop(time.Now()) {
		a.statusChanged()
	}
}

// takeBack takes a session from an agent that is gone.
func (c *Center) takeBack(call *call, reason string) {
	switch {
	case call.State() == session.Ringing:
		c.moveOn(call, session.RingLost)
	case call.of != nil:
		c.end(call, wire.CloseAdmin, reason, "the agent's browser did not come back")
	case call.heir() != nil:
		c.bequeath(call)
	case len(call.others) > 0:
		c.withdraw(call)
	case call.handing != nil:
		a, v := call.agent, call.View()
		v.State = wire.StateGone
		c.leave(call)
		a.emit(wire.EventAutoTransfer, call.ref(), &v)
		a.vacate(call, 0)
	case call.Live() && call.Direction == wire.Inbound && call.Group != "":
		c.requeue(call)
	default:
		c.end(call, wire.CloseAdmin, reason, "the agent's browser did not come back")
	}
}

// Handle runs one request of the SDK. The answer goes through the socket.
func (s *Seat) Handle(f *wire.Frame) {
	s.c.post(s.agent, func() {
		if !s.agent.seated(s) {
			s.conn.Send(&wire.Frame{ID: f.ID, Error: wire.ErrKickedOut})
			return
		}
		s.run(f)
	})
}

func (s *Seat) run(f *wire.Frame) {
	cmd := commands[f.Method]
	if cmd == nil {
		s.conn.Send(&wire.Frame{ID: f.ID, Error: wire.ErrMessage.With("unknown method %q", clip.Shown(f.Method, 40))})
		return
	}
	a, who := s.agent, asker{s, f.ID}
	settle := func(out wire.Frame) { who.Answer(out) }
	if f.Key != "" {
		run, err := a.replies.Begin(f.Key, who)
		if err != nil {
			who.Answer(wire.Frame{Error: wire.ErrOverloaded.With("%s", err)})
		}
		if !run {
			return
		}
		settle = func(out wire.Frame) { a.replies.Settle(f.Key, out) }
	}
	settled := false
	answer := func(result any, err error) {
		settled = true
		if err != nil {
			e := wire.AsError(err)
			if e.Code == wire.ErrInternal.Code {
				s.c.Log.Error("command failed", "method", f.Method, "agent", a.key.user, "err", err)
			}
			s.c.counts.failed(f.Method, e.Code)
			settle(wire.Frame{Error: e})
			return
		}
		settle(wire.Frame{Result: wire.Raw(result)})
	}
	if !s.c.loop.Guard(a.subject(f.Params), func() { cmd(a, s, f.Params, answer) }) && !settled {
		answer(nil, wire.ErrInternal)
	}
}

// subject is what a command is about: a session of the agent, or the agent.
func (a *agent) subject(params json.RawMessage) any {
	var p wire.SessionParams
	if json.Unmarshal(params, &p) == nil && p.SessionID != "" {
		if call := a.own(p.SessionID); call != nil {
			return call
		}
	}
	return a
}

// asker is the tab that asked something.
type asker struct {
	seat *Seat
	id   uint64
}

// Answer implements journal.Asker.
func (w asker) Answer(f wire.Frame) {
	f.ID = w.id
	w.seat.conn.Send(&f)
}

// Logout ends the login at the agent's own wish: nothing is waited for.
func (s *Seat) Logout() {
	s.c.post(s.agent, func() {
		if s.agent.unseat(func(t *Seat) bool { return t == s }) {
			s.agent.left()
		}
	})
}

// left ends what the agent was doing, unless it is there in another tab or
// through another door.
func (a *agent) left() {
	if a.present() {
		a.watchLeg()
		if len(a.seats) == 0 {
			a.dropChats()
			a.reroute()
		}
		return
	}
	a.abandon(wire.ReasonAgentLost)
}

// GiveUp ends the waiting for a tab that has said that it will not come back.
func (c *Center) GiveUp(l Login) {
	c.post(nil, func() {
		a := c.agents[agentKey{l.App, l.UserID}]
		if a != nil && a.last != nil && a.last.tab == l.Tab && len(a.seats) == 0 {
			stopTimer(&a.grace)
			a.left()
		}
	})
}

// command is one method. done must be called exactly once, by the loop.
// seat is the tab that asks, nil for another door.
type command func(a *agent, seat *Seat, params json.RawMessage, done func(result any, err error))

var commands map[string]command

func init() {
	commands = map[string]command{
		wire.MethodPing:          now((*agent).ping),
		wire.MethodOnline:        now((*agent).goOnline),
		wire.MethodOffline:       now((*agent).goOffline),
		wire.MethodSetStatus:     now((*agent).setStatus),
		wire.MethodSetServerType: now((*agent).setServerType),

		wire.MethodCallStart:  now((*agent).startCall),
		wire.MethodCallAccept: later((*agent).accept),
		wire.MethodCallHangup: now((*agent).hangup),
		wire.MethodCallDelete: now((*agent).deleteCall),
		wire.MethodCallMute:   now(func(a *agent, p *wire.SessionParams) (any, error) { return a.mute(p, true) }),
		wire.MethodCallUnmute: now(func(a *agent, p *wire.SessionParams) (any, error) { return a.mute(p, false) }),
		wire.MethodCallHold:   now((*agent).hold),
		wire.MethodCallUnhold: now((*agent).unhold),
		wire.MethodCallDigits: later((*agent).sendDigits),

		wire.MethodCallInternal: now((*agent).startInternal),
		wire.MethodCallTransfer: now((*agent).transfer),
		wire.MethodColleagues:   now((*agent).colleagues),
		wire.MethodQueues:       now((*agent).queues),
		wire.MethodLocation:     now((*agent).location),
		wire.MethodHistory:      later((*agent).history),

		wire.MethodCallConsult:    now((*agent).consult),
		wire.MethodCallComplete:   now((*agent).completeTransfer),
		wire.MethodCallCancel:     now((*agent).cancelConsult),
		wire.MethodCallConference: now((*agent).conference),
		wire.MethodCallKick:       now((*agent).removeParty),

		wire.MethodCallListen: now(func(a *agent, p *wire.SessionParams) (any,
			error) {
			return a.monitor(p, wire.MonitorListen)
		}),
		wire.MethodCallWhisper: now(func(a *agent, p *wire.SessionParams) (any,
			error) {
			return a.monitor(p, wire.MonitorWhisper)
		}),
		wire.MethodCallBarge: now(func(a *agent, p *wire.SessionParams) (any,
			error) {
			return a.monitor(p, wire.MonitorBarge)
		}),

		wire.MethodChatAccept:   now((*agent).acceptChat),
		wire.MethodChatEnd:      now((*agent).endChat),
		wire.MethodChatTransfer: now((*agent).transferChat),
		wire.MethodChatSend:     later((*agent).sendMessage),
		wire.MethodChatMessages: later((*agent).readMessages),
		wire.MethodChatRead:     now((*agent).markRead),
		wire.MethodChatTyping:   now((*agent).typing),
		wire.MethodChatUpload:   later((*agent).upload),

		wire.MethodMediaOffer: offerMedia,
		wire.MethodMediaClose: now((*agent).closeMedia),
		wire.MethodMediaCheck: checkMedia,

		wire.MethodCallQuality: now((*agent).callQuality),

		wire.MethodTrace: now((*agent).traced),
	}
	maps.Copy(commands, talkCommands())
}

// now makes a command of a function that answers at once.
func now[P any](f func(a *agent, p *P) (any, error)) command {
	return later(func(a *agent, p *P, done func(any, error)) { done(f(a, p)) })
}

// later makes a command of a function that answers when its work outside the
// loop is done.
func later[P any](f func(a *agent, p *P, done func(any, error))) command {
	return func(a *agent, _ *Seat, params json.RawMessage, done func(any, error)) {
		p := new(P)
		if err := wire.DecodeParams(params, p); err != nil {
			done(nil, err)
			return
		}
		f(a, p, done)
	}
}
