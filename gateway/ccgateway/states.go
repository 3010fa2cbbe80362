package ccgateway

import "tccc/wire"

// Three systems of state codes live side by side in the vendor's interface.
// They share numbers and must not be mixed.

// Table 1, the agent state of CC-Gateway: agentstatus answers in it.
const (
	gatewaySignedOut = 2
	gatewayBusy      = 3
	gatewayIdle      = 4
	gatewayWrapUp    = 5
	gatewayTalking   = 7
	gatewayRest      = 8
)

// Table 2, the state of the CTI platform.
const (
	ctiSignedOut = 0
	ctiIdle      = 1
	ctiOccupied  = 3
	ctiAnswering = 4
	ctiTalking   = 5
	ctiWrapUp    = 6
	ctiBusy      = 7
	ctiRest      = 8
)

// Table 3, the state in the agentStateInfo of syncagentinfo.
const (
	deskIdle      = 1
	deskWrapUp    = 2
	deskRest      = 3
	deskBusy      = 4
	deskOutbound  = 6
	deskOccupied  = 7
	deskAnswering = 8
	deskTalking   = 9
	deskHold      = 11
	deskMute      = 12
	deskAbnormal  = 255 // also: there was no state before
)

// Table 6, features of calls.
const (
	featureOther    = -1
	featureInbound  = 0
	featureInternal = 6
	featureOutbound = 7
)

// Table 7, commands.
const (
	commandNone          = 0
	commandAgentHangsUp  = 1
	commandDisconnected  = 2
	commandOtherHangsUp  = 3
	commandFirstOutbound = 4
	commandOutbound      = 5
	commandHold          = 6
	commandUnhold        = 7
	commandMute          = 8
	commandUnmute        = 9
	commandBusy          = 30
	commandRest          = 31
)

// ctiState is the code of table 2 for an agent; cur is its current call, nil
// for none.
func ctiState(s wire.Status, cur *wire.Session) int {
	switch s {
	case wire.StatusFree:
		return ctiIdle
	case wire.StatusArrange:
		return ctiWrapUp
	case wire.StatusRest:
		return ctiRest
	case wire.StatusNotReady:
		return ctiBusy
	case wire.StatusBusy:
	default:
		return ctiSignedOut
	}
	switch {
	case cur == nil || cur.State == wire.StateDialing:
		return ctiOccupied
	case cur.State == wire.StateRinging:
		return ctiAnswering
	}
	return ctiTalking
}

// gatewayState is the code of table 1 for a code of table 2.
func gatewayState(cti int) int {
	switch cti {
	case ctiSignedOut:
		return gatewaySignedOut
	case ctiBusy:
		return gatewayBusy
	case ctiIdle:
		return gatewayIdle
	case ctiWrapUp:
		return gatewayWrapUp
	case ctiRest:
		return gatewayRest
	}
	return gatewayTalking
}

// deskState is the code of table 3 for an agent.
func deskState(s wire.Status, cur *wire.Session) int {
	switch s {
	case wire.StatusFree:
		return deskIdle
	case wire.StatusArrange:
		return deskWrapUp
	case wire.StatusRest:
		return deskRest
	case wire.StatusNotReady:
		return deskBusy
	case wire.StatusBusy:
	default:
		return deskAbnormal
	}
	if cur == nil {
		return deskOccupied
	}
	switch cur.State {
	case wire.StateRinging:
		return deskAnswering
	case wire.StateDialing:
		return deskOutbound
	case wire.StateHeld:
		return deskHold
	}
	if cur.Muted {
		return deskMute
	}
	return deskTalking
}

// feature is the code of table 6 for a call; none has that of an inbound call,
// as the vendor answers it.
func feature(s *wire.Session) int {
	switch {
	case s == nil:
		return featureInbound
	case s.Type == wire.TypeInternal:
		return featureInternal
	case s.Type == wire.TypeIM:
		return featureOther
	case s.Direction == wire.Outbound:
		return featureOutbound
	}
	return featureInbound
}
