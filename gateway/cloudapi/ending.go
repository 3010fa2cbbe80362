package cloudapi

import (
	"strings"

	"tccc/gateway/store"
	"tccc/wire"
)

// ending is how a call ended: the number and the name that stand for each
// other in EndStatus and EndStatusString.
type ending struct {
	status int64
	name   string
}

// The endings that the gateway can tell.
var (
	endUnknown       = ending{0, "unknown"}
	endOK            = ending{1, "ok"}
	endIVRGiveUp     = ending{102, "ivrGiveUp"}
	endWaitingGiveUp = ending{103, "waitingGiveUp"}
	endRingingGiveUp = ending{104, "ringingGiveUp"}
	endNoSeat        = ending{105, "noSeatOnline"} // also when all are busy for too long
	endIVR           = ending{107, "ivrEnd"}
	endNotAnswer     = ending{202, "notAnswer"}
	endUserReject    = ending{203, "userReject"}
	endNoNumber      = ending{205, "numberNotExist"}
	endBusy          = ending{206, "busy"}
	endOperator      = ending{208, "operatorError"}
	endCancel        = ending{209, "callerCancel"}
	endClientError   = ending{211, "clientError"}
	endNumberInvalid = ending{215, "numberInvalid"}
	endCancelRinging = ending{220, "callerCancelWhileRing"}
)

// endingOf tells how a call ended.
func endingOf(c *store.CDR) ending {
	switch {
	case c.AnswerAt != 0:
		return endOK
	case c.MainReason == wire.ReasonGatewayRestart:
		return endUnknown
	case c.MainReason == wire.ReasonAgentLost:
		return endClientError
	case c.Direction == wire.Outbound:
		return endingOut(c)
	}
	return endingIn(c)
}

func endingIn(c *store.CDR) ending {
	switch c.MainReason {
	case wire.ReasonNoAgent, wire.ReasonQueueFull, wire.ReasonQueueTimeout:
		return endNoSeat
	}
	if c.CloseBy != wire.CloseClient {
		if c.QueueAt == 0 && c.IVRAt != 0 {
			return endIVR
		}
		return endNoSeat
	}
	switch n := len(c.Rings); {
	case c.QueueAt == 0 && n == 0:
		return endIVRGiveUp
	case n > 0 && (c.Rings[n-1].Until == 0 || c.Rings[n-1].Until >= c.EndAt):
		return endRingingGiveUp
	default:
		return endWaitingGiveUp
	}
}

func endingOut(c *store.CDR) ending {
	switch c.MainReason {
	case wire.ReasonBusy:
		return endBusy
	case wire.ReasonNoAnswer:
		return endNotAnswer
	case wire.ReasonDeclined:
		return endUserReject
	case wire.ReasonUnreachable:
		// The sub reason is the SIP answer (RFC 3261 section 21.4).
		switch code, _, _ := strings.Cut(c.SubReason, " "); code {
		case "404", "410", "604":
			return endNoNumber
		case "484", "485":
			return endNumberInvalid
		}
		return endOperator
	case wire.ReasonRejectedTrunk:
		return endOperator
	}
	if c.CloseBy == wire.CloseSeat {
		if c.RingAt != 0 {
			return endCancelRinging
		}
		return endCancel
	}
	return endNotAnswer
}

// hungUpSide is HungUpSide.
func hungUpSide(by wire.CloseBy) string {
	switch by {
	case wire.CloseClient:
		return "user"
	case wire.CloseSeat:
		return "seat"
	}
	return "system"
}

// imEnding is EndStatus of a chat.
func imEnding(c *store.CDR) int64 {
	switch {
	case c.CloseBy == wire.CloseClient:
		return 109
	case c.CloseBy == wire.CloseTimer && c.AnswerAt != 0:
		return 108
	case c.CloseBy == wire.CloseSeat:
		return 1
	case c.AnswerAt == 0:
		return 3
	}
	return 0
}
