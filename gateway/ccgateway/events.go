package ccgateway

import (
	"strconv"

	"tccc/wire"
)

// Names of the vendor's events.
const (
	eventInService       = "AgentOther_InService"
	eventShutdown        = "AgentOther_ShutdownService"
	eventReady           = "AgentState_Ready"
	eventForceReady      = "AgentState_Force_Ready"
	eventSetNotReady     = "AgentState_SetNotReady_Success"
	eventForceNotReady   = "AgentState_Force_SetNotReady"
	eventCancelNotReady  = "AgentState_CancelNotReady_Success"
	eventSetRest         = "AgentState_SetRest_Success"
	eventCancelRest      = "AgentState_CancelRest_Success"
	eventRestTimeout     = "AgentState_Rest_Timeout"
	eventSetWork         = "AgentState_SetWork_Success"
	eventWork            = "AgentState_Work"
	eventCancelWork      = "AgentState_CancelWork_Success"
	eventBusy            = "AgentState_Busy"
	eventRinging         = "AgentEvent_Ringing"
	eventAutoAnswer      = "AgentEvent_Auto_Answer"
	eventAlerting        = "AgentEvent_Customer_Alerting"
	eventTalking         = "AgentEvent_Talking"
	eventHold            = "AgentEvent_Hold"
	eventNoAnswer        = "AgentEvent_No_Answer"
	eventCallOutFail     = "AgentEvent_Call_Out_Fail"
	eventCustomerRelease = "AgentEvent_Customer_Release"
	eventCallRelease     = "AgentEvent_Call_Release"
)

// event is one event as a poll answers it.
type event struct {
	EventType string `json:"eventType"`
	WorkNo    string `json:"workNo"`
	Content   any    `json:"content"` // an object, a call id, or null
}

type callContent struct {
	Caller       string `json:"caller"`
	Called       string `json:"called"`
	CallID       string `json:"callid"`
	Type         string `json:"type"`         // main: not beside another call
	Feature      string `json:"feature"`      // table 6, as text
	MediaAbility string `json:"mediaAbility"` // 1 voice, 3 voice and video, 5 text
	Transfer     string `json:"transfer"`
	TransFrom    string `json:"transfrom"`
}

type alertingContent struct {
	CallID     string `json:"callid"`
	OtherPhone string `json:"otherPhone"`
	OtherAgent string `json:"otherPhoneWorkno"`
	Type       string `json:"type"`
}

type customerContent struct {
	CallID string `json:"callid"`
	Number string `json:"number"`
}

type refContent struct {
	CallID string `json:"callid"`
}

// stateEvent names the change from one status to another; "" if there is none
// to tell of.
func stateEvent(before, after wire.AgentState, at int64) string {
	if before.Status == after.Status && before.RestReason == after.RestReason {
		return ""
	}
	switch after.Status {
	case wire.StatusFree:
		return freeEvent(before, at)
	case wire.StatusNotReady:
		return eventSetNotReady
	case wire.StatusRest:
		return eventSetRest
	case wire.StatusArrange:
		if before.Status == wire.StatusBusy {
			return eventWork
		}
		return eventSetWork
	case wire.StatusBusy:
		return eventBusy
	}
	return eventShutdown
}

func freeEvent(before wire.AgentState, at int64) string {
	switch before.Status {
	case wire.StatusRest:
		return eventCancelRest
	case wire.StatusNotReady:
		return eventCancelNotReady
	case wire.StatusArrange:
		if before.Deadline == 0 || at < before.Deadline {
			return eventCancelWork
		}
	}
	return eventReady
}

// callEvents names what happened to a session. Chats are no calls.
func callEvents(before, after *wire.Session) []event {
	if after == nil || after.Type == wire.TypeIM {
		return nil
	}
	was := wire.SessionState("")
	if before != nil {
		was = before.State
	}
	switch {
	case after.State == was:
		return nil
	case after.State == wire.StateRinging:
		return []event{{EventType: eventRinging, Content: contentOf(after)}}
	case after.State == wire.StateDialing:
		return []event{{EventType: eventAlerting,
			Content: alertingContent{CallID: after.SessionID, OtherPhone: after.Callee, Type: "main"}}}
	case after.State == wire.StateTalking:
		return []event{{EventType: eventTalking, Content: contentOf(after)}}
	case after.State == wire.StateHeld:
		return []event{{EventType: eventHold, Content: after.SessionID}}
	case !live(was): // it was not live for this desk
		return nil
	case after.State == wire.StateGone && was == wire.StateRinging:
		return []event{{EventType: eventNoAnswer, Content: refContent{after.SessionID}}}
	}
	return released(was, after)
}

// released tells the end of a call: first why, then that it is over.
func released(was wire.SessionState, s *wire.Session) []event {
	over := event{EventType: eventCallRelease, Content: s.SessionID}
	switch {
	case s.CloseBy == wire.CloseClient:
		return []event{{EventType: eventCustomerRelease, Content: customerContent{s.SessionID, other(s)}}, over}
	case was == wire.StateDialing && s.CloseBy != wire.CloseSeat:
		return []event{{EventType: eventCallOutFail, Content: s.SessionID}, over}
	}
	return []event{over}
}

func contentOf(s *wire.Session) callContent {
	c := callContent{
		Caller: s.Caller, Called: s.Callee, CallID: s.SessionID, Type: "main",
		Feature: strconv.Itoa(feature(s)), MediaAbility: "1", Transfer: "no",
	}
	if s.Type == wire.TypeVideo {
		c.MediaAbility = "3"
	}
	return c
}
