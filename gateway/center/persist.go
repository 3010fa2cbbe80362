package center

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tccc/gateway/session"
	"tccc/gateway/status"
	"tccc/gateway/store"
	"tccc/wire"
)

// cdrRetry is the longest pause before a CDR is tried again.
const cdrRetry = 5 * time.Second

func (c *Center) saveAgent(a *agent) {
	state := a.status.Stored()
	state.ServerType = a.choice
	err := c.Store.Agents().PutLater(store.AgentKey(a.key.app, a.key.user), store.AgentRecord{
		SDKAppID: a.key.app, UserID: a.key.user, Online: !a.status.Offline(), State: state,
		Node: c.Node, SavedAt: time.Now().UnixMilli(), FreeAt: wire.Millis(c.acd.Idle(a.key.id())),
	})
	c.saved("agent", err)
}

// saveSession writes what another process needs to end the session properly.
func (c *Center) saveSession(call *call) {
	call = call.session()
	r := c.record(call)
	c.saved("session", c.Store.Sessions().PutLater(call.ID, r))
	c.tell(call, &r)
	c.tellVisitor(call)
}

func (c *Center) saved(what string, err error) {
	if err == nil {
		return
	}
	c.counts.storeFailed()
	if !errors.Is(err, store.ErrUnavailable) { // of which the store has told
		c.Log.Error("state was not saved", "what", what, "err", err)
	}
}

// saveCDR appends the record of an ended session and then forgets the live
// one, so that in every order of failures one of the two is there.
func (c *Center) saveCDR(call *call) {
	if call.recorded {
		return
	}
	cdr := c.cdr(call)
	call.recorded = true
	c.saveSession(call)
	c.outside(nil, func(ctx context.Context) func() { c.appendCDR(ctx, cdr); return nil })
}

// appendCDR tries until the record is written: the disk may be full for hours.
// A record that never can be written is set aside by the store.
func (c *Center) appendCDR(ctx context.Context, cdr *store.CDR) {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, cdrRetry) {
		_, err := c.Store.AppendCDR(ctx, cdr)
		if err == nil {
			c.saved("session", c.Store.Sessions().DeleteLater(cdr.SessionID))
			return
		}
		c.saved("cdr", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// cdr is the record of a session as far as it has come.
func (c *Center) cdr(call *call) *store.CDR {
	s := call.Session
	r := &store.CDR{
		SessionID: s.ID, SDKAppID: s.App, Type: s.Type, Direction: s.Direction,
		Caller: s.Caller, Callee: s.Callee, Location: s.Location, Remark: s.Remark, Trunk: s.Trunk, UUI: s.UUI,
		TransferredFrom: s.TransferredFrom, TransferredTo: s.TransferredTo,
		UserID: s.Agent, ServerType: s.ServerType, SkillGroupID: s.Group, IVRPath: s.Path,
		StartAt: s.Created.UnixMilli(), IVRAt: wire.Millis(call.menuAt), QueueAt: wire.Millis(s.Queued),
		AnswerAt: wire.Millis(s.Answered), EndAt: wire.Millis(s.Closed),
		Duration: s.Duration(time.Now()).Milliseconds(), HoldTime: s.Held.Milliseconds(), HoldCount: s.Holds,
		RingCount: s.Rung, CloseBy: s.CloseBy, MainReason: s.MainReason, SubReason: s.SubReason,
	}
	if call.line != nil {
		r.SIPCallID = call.line.ID()
	}
	if conf := call.tenant.Agent(s.Agent); conf != nil {
		r.StaffNo, r.AgentName = conf.StaffNo, conf.Name
	}
	if g := call.group(); g != nil {
		r.SkillGroupName = g.Name
	}
	if who := s.Customer; who != nil {
		r.CustomerUserID, r.CustomerNickname = who.UserID, who.Nickname
	}
	r.Recording = call.recordingID()
	if q := call.quality; q != nil {
		r.MOS, r.Loss, r.Jitter, r.RTT = q.MOS, q.Loss, q.Jitter, q.RTT
	}
	for _, o := range s.Rings {
		r.Rings = append(r.Rings, store.Ring{UserID: o.Agent, At: wire.Millis(o.At), Until: wire.Millis(o.Until),
			Result: o.Result})
		if !o.Until.IsZero() {
			r.RingTime += o.Until.Sub(o.At).Milliseconds()
		}
	}
	if len(r.Rings) > 0 {
		r.RingAt = r.Rings[0].At
	}
	if !s.Queued.IsZero() {
		until := s.Closed
		if !s.Answered.IsZero() {
			until = s.Answered
		}
		if !until.IsZero() {
			r.QueueWait = until.Sub(s.Queued).Milliseconds()
		}
	}
	return r
}

// recover takes up what an earlier process left: agents keep their status and
// are waited for; sessions, whose media died with it, get their CDR.
func (c *Center) recover(ctx context.Context) error {
	agents, err := c.Store.Agents().List(ctx)
	if err != nil {
		return fmt.Errorf("failed to read the agents: %w", err)
	}
	now := time.Now()
	for _, e := range agents {
		a := c.agentOf(e.Value.SDKAppID, e.Value.UserID)
		if a == nil { // removed while no process ran
			if err := c.forgetLogins(ctx, e.Value.SDKAppID, []string{e.Value.UserID}); err != nil {
				return err
			}
			c.saved("agent", c.Store.Agents().DeleteLater(store.AgentKey(e.Value.SDKAppID, e.Value.UserID)))
			continue
		}
		a.choice = e.Value.State.ServerType
		if e.Value.Online {
			a.status = status.Restore(e.Value.State, now)
			a.status.Room(a.conf.MaxChats, now)
			if e.Value.FreeAt != 0 {
				c.acd.Resume(a.key.id(), time.UnixMilli(e.Value.FreeAt))
			}
			a.expectBack()
		}
	}
	sessions, err := c.Store.Sessions().List(ctx)
	if err != nil {
		return fmt.Errorf("failed to read the sessions: %w", err)
	}
	for _, e := range sessions {
		cdr := e.Value.CDR
		if cdr.EndAt == 0 && e.Value.Chat != nil && c.tenants[cdr.SDKAppID] != nil {
			there, err := c.recoverChat(ctx, &e.Value)
			if err != nil {
				return err
			}
			if there {
				continue
			}
		}
		if cdr.EndAt == 0 {
			cdr.EndAt = e.Value.SavedAt
			cdr.CloseBy, cdr.MainReason = wire.CloseAdmin, wire.ReasonGatewayRestart
			cdr.SubReason = "the gateway was restarted"
			if cdr.AnswerAt != 0 {
				cdr.Duration = cdr.EndAt - cdr.AnswerAt
			}
		}
		if c.Sink != nil {
			c.Sink.SessionChanged(session.Ended.String(), &store.SessionRecord{CDR: cdr, State: wire.StateEnded})
		}
		c.reportLost(&cdr)
		c.outside(nil, func(ctx context.Context) func() { c.appendCDR(ctx, &cdr); return nil })
	}
	return nil
}

// reportLost puts the end of a session that died with its process into its
// agent's journal and list.
func (c *Center) reportLost(cdr *store.CDR) {
	a := c.agents[agentKey{cdr.SDKAppID, cdr.UserID}]
	if a == nil || cdr.MainReason != wire.ReasonGatewayRestart {
		return
	}
	a.lost = append(a.lost, wire.SessionEnded{
		SessionID: cdr.SessionID, CloseBy: cdr.CloseBy, MainReason: cdr.MainReason, SubReason: cdr.SubReason,
		Type: cdr.Type, Duration: float64(cdr.Duration) / 1000,
	})
	a.remember(wire.Session{
		SessionID: cdr.SessionID, Type: cdr.Type, State: wire.StateEnded, Direction: cdr.Direction,
		ServerType: cdr.ServerType, Caller: cdr.Caller, Callee: cdr.Callee, SkillGroupID: cdr.SkillGroupID,
		IVRPath: cdr.IVRPath, OfferedAt: cdr.RingAt, AnsweredAt: cdr.AnswerAt, EndedAt: cdr.EndAt,
		CloseBy: cdr.CloseBy, MainReason: cdr.MainReason, SubReason: cdr.SubReason,
	})
}
