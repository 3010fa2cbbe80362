// Package session is the life of a session: its states, its times, who has it,
// why it ended, and what agents see of it. It is pure; the loop that owns the
// sessions of a node owns each of them.
package session

import (
	"slices"
	"time"

	"tccc/wire"
)

// Session is one call, chat, audio or video session.
type Session struct {
	ID         string
	App        string // sdkAppId
	Type       wire.SessionType
	Direction  wire.Direction
	Trunk      string
	Caller     string
	Callee     string
	Location   string // of the customer's number
	Title      string
	Remark     string
	UUI        string
	Group      string // skill group
	Path       []wire.PathKey
	ServerType wire.ServerType

	// Customer is who has come from a web page; nil in telephone calls.
	Customer *Customer
	// Chat is where a chat stands beside its messages; nil for other sessions.
	// Its parts share it.
	Chat *wire.ChatState

	// Agent is the account that has the session or is offered it; "" for none.
	Agent string
	// Peer is the account of the colleague in an internal call; "" otherwise.
	Peer  string
	Muted bool
	// VideoMuted is true while the agent's camera is off.
	VideoMuted bool
	// ScreenShared is true while the agent shows a screen, CustomerScreen while
	// the customer does.
	ScreenShared, CustomerScreen bool
	// Transfer is where the session is being transferred to, nil if it is not,
	// and TransferFailed why the last one came back.
	Transfer        *wire.TransferTarget
	TransferFailed  string
	ConsultID       string // session in which somebody is asked about this one
	ConsultOf       string // session that this one is about
	Conference      bool   // more than two talk
	Monitor         wire.MonitorMode
	TransferredFrom string // agent who handed the session over last
	TransferredTo   string // agent who took it then
	// Tried are agents that did not take it, and when they may be asked again.
	Tried map[string]time.Time

	Created  time.Time
	Queued   time.Time // first time
	Offered  time.Time // to the present agent
	Deadline time.Time // of the offer
	Answered time.Time
	HeldAt   time.Time
	Closed   time.Time
	Held     time.Duration // in all, without the present hold
	Holds    int
	Rings    []Ring // to agents, in order: the first and the last of them
	Rung     int    // how many there were

	CloseBy    wire.CloseBy
	MainReason string
	SubReason  string

	state State
}

// Ring is one offer of a session to an agent.
type Ring struct {
	Agent     string
	At, Until time.Time
	Result    string // "answered", "noAnswer", "declined", "lost", "cancelled"; "" while it rings
}

// Results of an offer.
const (
	RingAnswered  = "answered"
	RingNoAnswer  = "noAnswer"
	RingDeclined  = "declined"
	RingLost      = "lost" // the agent's browser was away
	RingCancelled = "cancelled"
)

// Inbound returns a session that has just arrived.
func Inbound(id, app string, t wire.SessionType, now time.Time) *Session {
	return &Session{ID: id, App: app, Type: t, Direction: wire.Inbound, ServerType: wire.StaffSeat, Created: now,
		state: Arriving}
}

// Outbound returns a session that an agent has just started.
func Outbound(id, app string, t wire.SessionType, agent string, now time.Time) *Session {
	return &Session{
		ID: id, App: app, Type: t, Direction: wire.Outbound, ServerType: wire.StaffSeat,
		Agent: agent, Created: now, Offered: now, state: Dialing,
	}
}

// State is where the session stands.
func (s *Session) State() State { return s.state }

// Live reports whether an agent has the session in conversation.
func (s *Session) Live() bool { return s.state == Talking || s.state == Held }

func (s *Session) step(in Input) error {
	to, ok := s.state.next(in)
	if !ok {
		return wire.ErrSessionState.With("the session is %s", s.state)
	}
	s.state = to
	return nil
}

// EnterMenu puts the caller into the IVR.
func (s *Session) EnterMenu() error { return s.step(EnterMenu) }

// Enqueue lets the session wait for an agent of a group.
func (s *Session) Enqueue(group string, now time.Time) error {
	if err := s.step(Queue); err != nil {
		return err
	}
	s.Group = group
	if s.Queued.IsZero() {
		s.Queued = now
	}
	return nil
}

// OfferTo rings an agent until the deadline (zero for none).
func (s *Session) OfferTo(agent string, deadline, now time.Time) error {
	if err := s.step(Offer); err != nil {
		return err
	}
	s.Agent, s.Offered, s.Deadline = agent, now, deadline
	s.ring(Ring{Agent: agent, At: now})
	return nil
}

// ringsMost bounds the offers that are kept of a session that nobody takes.
const ringsMost = 100

func (s *Session) ring(r Ring) {
	s.Rung++
	s.Rings = append(s.Rings, r)
	if len(s.Rings) > ringsMost {
		s.Rings = slices.Delete(s.Rings, ringsMost/2, ringsMost/2+1)
	}
}

// Unring forgets the last offer: it was none, or goes on as another session's.
func (s *Session) Unring() {
	if n := len(s.Rings); n > 0 {
		s.Rings, s.Rung = s.Rings[:n-1], s.Rung-1
	}
}

// Accept starts the conversation with the agent it was offered to.
func (s *Session) Accept(now time.Time) error {
	if err := s.step(Accept); err != nil {
		return err
	}
	s.offerOver(RingAnswered, now)
	s.start(now)
	return nil
}

func (s *Session) offerOver(result string, now time.Time) {
	if n := len(s.Rings); n > 0 && s.Rings[n-1].Result == "" {
		s.Rings[n-1].Result, s.Rings[n-1].Until = result, now
	}
}

// Answer starts the conversation with the called party.
func (s *Session) Answer(now time.Time) error {
	if err := s.step(Answer); err != nil {
		return err
	}
	s.start(now)
	return nil
}

func (s *Session) start(now time.Time) {
	if s.Answered.IsZero() {
		s.Answered = now
	}
	s.Deadline = time.Time{}
}

// Return takes the session from its agent, who is not asked again before the
// time given, and back into its queue. The result is one of an offer.
func (s *Session) Return(result string, again, now time.Time) error {
	if err := s.step(Return); err != nil {
		return err
	}
	s.endHold(now)
	s.offerOver(result, now)
	if s.Tried == nil {
		s.Tried = map[string]time.Time{}
	}
	s.Tried[s.Agent] = again
	s.Agent, s.Deadline, s.Muted, s.ServerType = "", time.Time{}, false, wire.StaffSeat
	return nil
}

// Part returns a colleague's part in a session: what that agent sees of it,
// with a life of its own. The part waits, rings and is talked to as a session does.
func (s *Session) Part(now time.Time) *Session {
	return &Session{
		ID: s.ID, App: s.App, Type: s.Type, Direction: s.Direction, Trunk: s.Trunk, Caller: s.Caller, Callee: s.Callee,
		Location: s.Location, Title: s.Title, Remark: s.Remark, UUI: s.UUI, Group: s.Group, Path: slices.Clone(s.Path),
		ServerType: wire.StaffSeat, Customer: s.Customer, Chat: s.Chat, Created: now, state: Arriving,
	}
}

// HandOver gives the conversation to the agent who accepted a part of it.
func (s *Session) HandOver(part *Session, now time.Time) error {
	if err := s.step(HandOver); err != nil {
		return err
	}
	s.endHold(now)
	s.TransferredFrom, s.TransferredTo = s.Agent, part.Agent
	s.Agent, s.Offered, s.Deadline, s.Muted = part.Agent, part.Offered, time.Time{}, false
	s.ServerType = part.ServerType
	s.Transfer, s.TransferFailed, s.ConsultID = nil, "", ""
	return nil
}

// Join takes over the offers that a part of the session has had.
func (s *Session) Join(part *Session) {
	left := part.Rung - len(part.Rings) // not kept
	for _, r := range part.Rings {
		s.ring(r)
	}
	s.Rung += left
	part.Rings, part.Rung = nil, 0
}

// Hold parks the customer.
func (s *Session) Hold(now time.Time) error {
	if err := s.step(Hold); err != nil {
		return err
	}
	s.HeldAt = now
	s.Holds++
	return nil
}

// Unhold takes the customer back.
func (s *Session) Unhold(now time.Time) error {
	if err := s.step(Unhold); err != nil {
		return err
	}
	s.endHold(now)
	return nil
}

func (s *Session) endHold(now time.Time) {
	if !s.HeldAt.IsZero() {
		s.Held += now.Sub(s.HeldAt)
		s.HeldAt = time.Time{}
	}
}

// Close ends the session; a second end is ErrSessionState and changes nothing.
func (s *Session) Close(by wire.CloseBy, main, sub string, now time.Time) error {
	if err := s.step(End); err != nil {
		return err
	}
	s.endHold(now)
	if by == wire.CloseSeat {
		s.offerOver(RingDeclined, now)
	}
	s.offerOver(RingCancelled, now)
	s.Closed = now
	s.CloseBy, s.MainReason, s.SubReason = by, main, sub
	return nil
}

// Duration of the conversation so far, or in all.
func (s *Session) Duration(now time.Time) time.Duration {
	switch {
	case s.Answered.IsZero():
		return 0
	case !s.Closed.IsZero():
		return s.Closed.Sub(s.Answered)
	default:
		return now.Sub(s.Answered)
	}
}

var agentStates = map[State]wire.SessionState{
	Ringing: wire.StateRinging, Dialing: wire.StateDialing, Talking: wire.StateTalking, Held: wire.StateHeld,
	Ended: wire.StateEnded,
}

// View is what its agent sees of the session.
func (s *Session) View() wire.Session {
	v := wire.Session{
		SessionID: s.ID, Type: s.Type, State: agentStates[s.state], Direction: s.Direction, ServerType: s.ServerType,
		Muted: s.Muted, Caller: s.Caller, Callee: s.Callee, Location: s.Location, Title: s.Title, Remark: s.Remark,
		PeerUserID: s.Peer, SkillGroupID: s.Group, IVRPath: slices.Clone(s.Path), UUI: s.UUI,
		Transfer: s.Transfer, TransferFailed: s.TransferFailed,
		ConsultSessionID: s.ConsultID, ConsultOf: s.ConsultOf, Conference: s.Conference, Monitor: s.Monitor,
		OfferedAt: wire.Millis(s.Offered), RingDeadline: wire.Millis(s.Deadline), AnsweredAt: wire.Millis(s.Answered),
		HeldAt: wire.Millis(s.HeldAt), EndedAt: wire.Millis(s.Closed),
		CloseBy: s.CloseBy, MainReason: s.MainReason, SubReason: s.SubReason,
		VideoMuted: s.VideoMuted, ScreenShared: s.ScreenShared, CustomerScreen: s.CustomerScreen,
	}
	if who := s.Customer; who != nil {
		v.PeerUserID, v.Title, v.Nickname, v.Avatar = who.UserID, who.Name(), who.Nickname, who.Avatar
		v.PeerSource, v.ChannelName, v.ClientData = who.PeerSource, who.ChannelName, who.ClientData
		if v.Remark == "" {
			v.Remark = who.Remark
		}
	}
	if s.Chat != nil {
		chat := *s.Chat
		v.Chat = &chat
	}
	return v
}
