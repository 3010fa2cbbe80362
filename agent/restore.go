package agent

import "tccc/wire"

// restore tells a page that has just been loaded what it would know if it had
// been there: the status, and each live session by the events of its life so
// far, marked as restored.
func (a *Agent) restore(res *wire.LoginResult) {
	if a.conn.resumed || res.State.Status != wire.StatusFree {
		a.tellStatus()
	}
	a.restored, a.restoredTo = make(map[string]bool), res.Seq
	for i := range res.Sessions {
		if s := &res.Sessions[i]; s.Live() {
			a.restored[s.SessionID] = true
			a.restoreSession(s)
		}
	}
}

func (a *Agent) tellStatus() {
	s := &a.view.State
	a.emit(wire.EventStatusChanged, wire.StatusChanged{
		Status: s.Status, RestReason: s.RestReason, Deadline: s.Deadline, Pending: s.Pending,
	})
}

func (a *Agent) restoreSession(s *wire.Session) {
	ref := wire.SessionRef{SessionID: s.SessionID, Restored: true}
	answered := s.State == wire.StateTalking || s.State == wire.StateHeld
	if s.Direction == wire.Outbound {
		a.emit(wire.EventCallOuted, wire.CallOuted{
			SessionID: s.SessionID, Caller: s.Caller, Callee: s.Callee, Remark: s.Remark, PeerUserID: s.PeerUserID,
			Restored: true,
		})
		if answered {
			a.emit(wire.EventCalloutAccepted, ref)
		}
	} else {
		a.emit(wire.EventCallIn, a.callIn(s))
		if answered {
			a.emit(wire.EventUserAccessed, ref)
		}
	}
	if s.State == wire.StateHeld || s.Muted || s.VideoMuted || s.ScreenShared || s.CustomerScreen {
		a.emit(wire.EventSessionUpdated, wire.SessionUpdated{Session: *s, Restored: true})
	}
}

// callIn is the payload of a restored callIn: the time to answer is what is
// left of it.
func (a *Agent) callIn(s *wire.Session) any {
	left := 0
	if s.State == wire.StateRinging && s.RingDeadline != 0 {
		now := a.clock.Now().UnixMilli() + a.view.ClockOffset
		left = max(1, int(s.RingDeadline-now+999)/1000)
	}
	switch s.Type {
	case wire.TypeInternal:
		return wire.CallInInternal{SessionID: s.SessionID, Type: s.Type, Timeout: left, PeerUserID: s.PeerUserID,
			Restored: true}
	case wire.TypeIM:
		return wire.CallInIM{
			SessionID: s.SessionID, Type: s.Type, Timeout: left, Nickname: s.Nickname, Avatar: s.Avatar,
			Remark: s.Remark, PeerSource: s.PeerSource, ChannelName: s.ChannelName, ClientData: s.ClientData,
			Restored: true,
		}
	case wire.TypeVoIP:
		return wire.CallInVoIP{
			SessionID: s.SessionID, Type: s.Type, Timeout: left, Callee: s.Callee, UserID: s.PeerUserID,
			Nickname: s.Nickname, Avatar: s.Avatar, Remark: s.Remark, PeerSource: s.PeerSource, IVRPath: s.IVRPath,
			ClientData: s.ClientData, ServerType: s.ServerType.AtPhone(), Restored: true,
		}
	case wire.TypeVideo:
		return wire.CallInVideo{
			SessionID: s.SessionID, Type: s.Type, Timeout: left, UserID: s.PeerUserID, Nickname: s.Nickname,
			Avatar: s.Avatar, Remark: s.Remark, Restored: true,
		}
	}
	return wire.CallInPhone{
		SessionID: s.SessionID, Type: s.Type, Timeout: left, Callee: s.Callee, Caller: s.Caller,
		CallerLocation: s.Location, Remark: s.Remark, IVRPath: s.IVRPath, ServerType: s.ServerType, Restored: true,
	}
}

// told reports whether an event that the page has missed is part of what
// restore has told it.
func (a *Agent) told(e *wire.Event) bool {
	if e.Seq == 0 || e.Seq > a.restoredTo {
		return false
	}
	switch e.Name {
	case wire.EventStatusChanged:
		return true
	case wire.EventMessageReceived, wire.EventASR:
		return false
	}
	return e.Session != nil && a.restored[e.Session.SessionID]
}
