package center

import (
	"context"
	"encoding/json"
	"time"

	"tccc/gateway/session"
	"tccc/gateway/tenant"
	"tccc/internal/clip"
	"tccc/wire"
)

// isTalk reports whether the customer of a session is a browser that is heard:
// an audio or a video session.
func (call *call) isTalk() bool { return call.Type == wire.TypeVoIP || call.Type == wire.TypeVideo }

// withCustomer reports whether the session is a conversation with a customer,
// who is heard over a telephone or a browser.
func (call *call) withCustomer() bool { return call.Type == wire.TypePhone || call.isTalk() }

// startTalk opens an audio or video session of a customer, or gives the one of
// the type that is open.
func (c *Center) startTalk(t *tenant.Tenant, who session.Customer, p wire.VisitorStartParams) (*call, error) {
	v := c.visitorOf(t.SDKAppID, who.UserID)
	defer v.rest()
	if open := v.find(p.Type); open != nil {
		return open, nil
	}
	switch {
	case c.stopping || c.closed():
		return nil, wire.ErrStopping
	case len(c.calls) >= c.MaxSessions:
		return nil, wire.ErrOverloaded
	}
	group, err := t.VisitGroup(&p)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	s := session.Inbound(NewSessionID(), t.SDKAppID, p.Type, now)
	s.Customer = &who
	if s.Callee = who.ChannelName; s.Callee == "" {
		s.Callee = t.Group(group).DisplayName()
	}
	call := &call{Session: s, tenant: t, visitor: v, overflows: map[string]bool{}}
	v.open = append(v.open, call)
	call.browser = &link{changed: func() { c.farChanged(call) }}
	c.calls[s.ID] = call
	c.counts.started(s)
	c.limit(call)
	c.expectCustomer(call)
	c.enqueue(call, group)
	return call, nil
}

// VisitorOffer makes the customer's connection in an audio or video session.
// Errors: wire.ErrSessionNotFound, wire.ErrMediaOffer, wire.ErrOverloaded.
func (c *Center) VisitorOffer(ctx context.Context, app, user string, p wire.SessionOfferParams) (wire.AnswerResult,
	error) {
	type outcome struct {
		answer any
		err    error
	}
	made := make(chan outcome, 1)
	err := c.do(ctx, func() {
		call := c.talkOf(app, user, p.SessionID)
		if call == nil {
			made <- outcome{nil, wire.ErrSessionNotFound.For("sessionId", "%q", clip.Shown(p.SessionID, 40))}
			return
		}
		o := SessionLegOptions{Video: call.Type == wire.TypeVideo, Beside: call.seat.picture()}
		c.connect(call.browser, "", p, o, func(answer any, err error) { made <- outcome{answer, err} })
	})
	if err != nil {
		return wire.AnswerResult{}, err
	}
	select {
	case o := <-made:
		answer, _ := o.answer.(wire.AnswerResult)
		return answer, o.err
	case <-ctx.Done():
		return wire.AnswerResult{}, ctx.Err()
	case <-c.loop.Ended():
		return wire.AnswerResult{}, wire.ErrStopping
	}
}

// talkOf finds a customer's open audio or video session; nil if it is none.
func (c *Center) talkOf(app, user, id string) *call {
	call := c.calls[id]
	if call == nil || call.of != nil || call.App != app || !call.isTalk() || call.Customer.UserID != user {
		return nil
	}
	return call
}

// offerSession makes the agent's connection in an audio or video session.
func offerSession(a *agent, seat *Seat, params json.RawMessage, done func(any, error)) {
	var p wire.SessionOfferParams
	if err := wire.DecodeParams(params, &p); err != nil {
		done(nil, err)
		return
	}
	call, err := a.call(p.SessionID)
	switch {
	case err != nil:
	case seat == nil:
		err = wire.ErrForbidden.With("only a browser has an audio leg")
	case !call.isTalk():
		err = wire.ErrSessionState.For("sessionId", "it is no audio or video session")
	case call.ServerType.Phone():
		err = wire.ErrSessionState.For("sessionId", "the agent has the session at a telephone")
	}
	if err != nil {
		done(nil, err)
		return
	}
	if call.seat == nil {
		call.seat = &link{}
		a.c.attach(call)
	}
	o := SessionLegOptions{Video: call.Type == wire.TypeVideo, Beside: call.session().browser.picture()}
	a.c.connect(call.seat, seat.tab, p, o, done)
}

// attach makes a session follow its agent's connection.
func (c *Center) attach(call *call) {
	call.seat.changed = func() { c.seatChanged(call) }
}

// seatChanged follows the agent's connection: an accept goes on, and the
// customer hears the agent over it, or over the leg of telephone calls while
// there is no other.
func (c *Center) seatChanged(call *call) {
	c.screensChanged(call)
	if call.seat.up() && call.awaiting != nil {
		call.awaiting(nil)
		return
	}
	switch a := call.agent; {
	case a == nil || call.State() != session.Talking:
	case call.ServerType.Phone():
		c.hear(call) // its picture may be another
	default:
		if a.leg != nil && call.seat.up() {
			c.Engine.Detach(a.leg) // or it would be heard twice
		}
		a.bind(call)
	}
}

// farChanged follows the customer's connection.
func (c *Center) farChanged(call *call) {
	c.screensChanged(call)
	c.expectCustomer(call)
	switch {
	case call.Live():
		c.hear(call)
	case call.State() == session.Queued || call.State() == session.Ringing:
		if leg := call.browser.leg(); leg != nil && call.soundTo != leg {
			call.play(c, c.musicOf(call), true)
		}
	}
}

// expectCustomer ends the session if the customer has no connection for as long
// as agents are waited for: the page is loaded again, or the network changed.
func (c *Center) expectCustomer(call *call) {
	switch {
	case call.browser.up():
		stopTimer(&call.farTimer)
	case call.farTimer == nil:
		call.farTimer = c.after(call, call.tenant.Grace, func() {
			if call.State() != session.Ended && !call.browser.up() {
				c.end(call, wire.CloseClient, wire.ReasonNetworkLost, "the customer's page has no connection")
			}
		})
	}
}

// acceptTalk takes a ringing session as soon as the agent's connection stands.
func (a *agent) acceptTalk(call *call, done func(any, error)) {
	c, began := a.c, time.Now()
	call.accepting = true
	finish := func(err error) {
		call.awaiting = nil
		if err == nil {
			if err = a.accepted(call, nil); err == nil {
				c.counts.step("accept", began)
			}
		} else {
			call.accepting = false
			if d := call.Deadline; call.State() == session.Ringing && call.agent == a && !d.IsZero() &&
				!time.Now().Before(d) {
				c.moveOn(call, session.RingNoAnswer)
			}
		}
		done(wire.Empty{}, err)
	}
	if call.seat.up() {
		finish(nil)
		return
	}
	timer := c.after(call, linkTimeout, func() {
		if call.awaiting != nil {
			call.awaiting(wire.ErrMediaConnect.With("the session's connection does not stand"))
		}
	})
	call.awaiting = func(err error) {
		timer.Stop()
		finish(err)
	}
}

// dropSeat lets the agent's connection go, when the session is the agent's no
// more.
func (c *Center) dropSeat(call *call) {
	if call.seat != nil {
		c.closeLink(call.seat)
		call.seat = nil
	}
	if call.awaiting != nil {
		call.awaiting(wire.ErrSessionNotFound.For("sessionId", "the session is not the agent's any more"))
	}
	call.VideoMuted, call.ScreenShared = false, false
}

// handSeat gives the connection of the agent who has taken a part of a session
// to the session.
func (c *Center) handSeat(part, call *call) {
	muted := part.VideoMuted
	c.dropSeat(call)
	if k := part.seat; k != nil {
		call.seat, part.seat = k, nil
		c.attach(call)
	}
	c.dropSeat(part)
	call.VideoMuted, call.ScreenShared = muted, call.seat.shares()
}

// closeTalk ends what an audio or video session holds.
func (c *Center) closeTalk(call *call) {
	c.dropSeat(call)
	stopTimer(&call.farTimer)
	if call.browser == nil {
		return
	}
	if call.sound != nil {
		call.sound.Stop()
	}
	c.closeLink(call.browser)
	call.CustomerScreen = false
}

// look decides who sees whom, after anything about a video session has changed.
func (c *Center) look(call *call) {
	if call.Type != wire.TypeVideo {
		return
	}
	c.lookAtScreens(call)
	c.film(call)
	far, near := call.browser.picture(), call.seat.picture()
	if call.near() == nil {
		far.Watch(nil)
		near.Watch(nil)
		return
	}
	near.Watch(far)
	if call.VideoMuted {
		near = nil
	}
	far.Watch(near)
}

// muteVideo notes that the agent's camera is off, or on again.
func (a *agent) muteVideo(p *wire.SessionParams, off bool) (any, error) {
	call, err := a.video(p.SessionID)
	switch {
	case err != nil:
	case !call.Live():
		err = wire.ErrSessionState.With("the session is %s", call.State())
	case call.of != nil:
		err = wire.ErrForbidden.For("sessionId", "the customer sees the session's agent only")
	}
	if err != nil {
		return nil, err
	}
	if call.VideoMuted != off {
		call.VideoMuted = off
		a.c.look(call)
		a.changed(call)
	}
	return wire.Empty{}, nil
}

// video finds a video session of the agent.
func (a *agent) video(id string) (*call, error) {
	call, err := a.call(id)
	if err == nil && call.Type != wire.TypeVideo {
		err = wire.ErrSessionState.For("sessionId", "it is no video session")
	}
	return call, err
}

// ofVideo is a command on video sessions only.
func ofVideo(run command) command {
	return func(a *agent, seat *Seat, params json.RawMessage, done func(any, error)) {
		var p wire.SessionParams
		err := json.Unmarshal(params, &p)
		if err == nil && p.SessionID != "" {
			if _, err := a.video(p.SessionID); err != nil {
				done(nil, err)
				return
			}
		}
		run(a, seat, params, done) // which says what is wrong with the parameters
	}
}

// talkCommands are the methods of audio and video sessions.
func talkCommands() map[string]command {
	sound := func(muted bool) command {
		return ofVideo(now(func(a *agent, p *wire.SessionParams) (any, error) { return a.mute(p, muted) }))
	}
	camera := func(off bool) command {
		return now(func(a *agent, p *wire.SessionParams) (any, error) { return a.muteVideo(p, off) })
	}
	return map[string]command{
		wire.MethodVideoAccept:      ofVideo(later((*agent).accept)),
		wire.MethodVideoEnd:         ofVideo(now((*agent).hangup)),
		wire.MethodVideoMute:        sound(true),
		wire.MethodVideoUnmute:      sound(false),
		wire.MethodVideoMuteVideo:   camera(true),
		wire.MethodVideoUnmuteVideo: camera(false),
		wire.MethodVideoShare:       ofVideo(shareScreen(true)),
		wire.MethodVideoUnshare:     ofVideo(shareScreen(false)),
		wire.MethodVideoTransfer:    ofVideo(now((*agent).transfer)),
		wire.MethodSessionOffer:     offerSession,
	}
}

// talkIn is the payload that offers an audio or video session.
func (call *call) talkIn(seconds int) any {
	who, remark := call.Customer, call.View().Remark
	if call.Type == wire.TypeVideo {
		return wire.CallInVideo{
			SessionID: call.ID, Type: call.Type, Timeout: seconds, UserID: who.UserID,
			Nickname: who.Nickname, Avatar: who.Avatar, Remark: remark,
		}
	}
	return wire.CallInVoIP{
		SessionID: call.ID, Type: call.Type, Timeout: seconds, Callee: call.Callee, UserID: who.UserID,
		Nickname: who.Nickname, Avatar: who.Avatar, Remark: remark,
		PeerSource: who.PeerSource, IVRPath: call.Path, ClientData: who.ClientData,
		ServerType: call.ServerType.AtPhone(),
	}
}

// watchTalks looks whether sound still comes from tabs whose sockets are lost,
// as watchLeg does for telephone calls.
func (a *agent) watchTalks() {
	for _, call := range a.calls() {
		if call.isTalk() && call.seat.up() {
			a.watchTalk(call, call.seat.now)
		}
	}
}

func (a *agent) watchTalk(call *call, p *party) {
	if p.watched || a.seesTab(p.tab) {
		return
	}
	p.watched = true
	a.watch(p.SessionLeg, func(sounds bool) bool {
		if call.seat == nil || call.seat.now != p {
			return false
		}
		if p.up != sounds {
			p.up = sounds
			if !sounds {
				a.c.Engine.Detach(p)
			}
			call.seat.changed()
		}
		p.watched = !p.up || !a.seesTab(p.tab)
		return p.watched
	})
}
