// Package outcome tells how a session ended, in the numbers and names of the
// vendor's records: those that back ends ask for and those that are pushed.
package outcome

import (
	"strings"

	"tccc/gateway/store"
	"tccc/wire"
)

// Outcome is how a call ended: the number and the name that stand for each
// other in EndStatus and EndStatusString.
type Outcome struct {
	Status int64
	Name   string
}

// All are the outcomes that the gateway can tell.
var All = []Outcome{
	Unknown, OK, IVRGiveUp, WaitingGiveUp, RingingGiveUp, NoSeat, IVREnd, NotAnswer, UserReject, NoNumber, Busy,
	OperatorError, Cancel, ClientError, NumberInvalid, CancelRinging,
}

// The outcomes of a call; some are also told of each agent that it rang.
var (
	Unknown       = Outcome{0, "unknown"}
	OK            = Outcome{1, "ok"}
	IVRGiveUp     = Outcome{102, "ivrGiveUp"}
	WaitingGiveUp = Outcome{103, "waitingGiveUp"}
	RingingGiveUp = Outcome{104, "ringingGiveUp"}
	NoSeat        = Outcome{105, "noSeatOnline"} // also when all are busy for too long
	IVREnd        = Outcome{107, "ivrEnd"}
	NotAnswer     = Outcome{202, "notAnswer"}
	UserReject    = Outcome{203, "userReject"}
	NoNumber      = Outcome{205, "numberNotExist"}
	Busy          = Outcome{206, "busy"}
	OperatorError = Outcome{208, "operatorError"}
	Cancel        = Outcome{209, "callerCancel"}
	ClientError   = Outcome{211, "clientError"}
	NumberInvalid = Outcome{215, "numberInvalid"}
	CancelRinging = Outcome{220, "callerCancelWhileRing"}
)

// Of tells how a call ended.
func Of(c *store.CDR) Outcome {
	switch {
	case c.AnswerAt != 0:
		return OK
	case c.MainReason == wire.ReasonGatewayRestart:
		return Unknown
	case c.MainReason == wire.ReasonAgentLost:
		return ClientError
	case c.Direction == wire.Outbound:
		return outbound(c)
	}
	return inbound(c)
}

func inbound(c *store.CDR) Outcome {
	switch c.MainReason {
	case wire.ReasonNoAgent, wire.ReasonQueueFull, wire.ReasonQueueTimeout:
		return NoSeat
	}
	if c.CloseBy != wire.CloseClient {
		if c.QueueAt == 0 && c.IVRAt != 0 {
			return IVREnd
		}
		return NoSeat
	}
	switch n := len(c.Rings); {
	case c.QueueAt == 0 && n == 0:
		return IVRGiveUp
	case n > 0 && (c.Rings[n-1].Until == 0 || c.Rings[n-1].Until >= c.EndAt):
		return RingingGiveUp
	default:
		return WaitingGiveUp
	}
}

func outbound(c *store.CDR) Outcome {
	switch c.MainReason {
	case wire.ReasonBusy:
		return Busy
	case wire.ReasonNoAnswer:
		return NotAnswer
	case wire.ReasonDeclined:
		return UserReject
	case wire.ReasonUnreachable:
		// The sub reason is the SIP answer (RFC 3261 section 21.4).
		switch code, _, _ := strings.Cut(c.SubReason, " "); code {
		case "404", "410", "604":
			return NoNumber
		case "484", "485":
			return NumberInvalid
		}
		return OperatorError
	case wire.ReasonRejectedTrunk:
		return OperatorError
	}
	if c.CloseBy == wire.CloseSeat {
		if c.RingAt != 0 {
			return CancelRinging
		}
		return Cancel
	}
	return NotAnswer
}

// Side is HungUpSide: "user", "seat" or "system".
func Side(by wire.CloseBy) string {
	switch by {
	case wire.CloseClient:
		return "user"
	case wire.CloseSeat:
		return "seat"
	}
	return "system"
}

// OfChat is EndStatus of a chat.
func OfChat(c *store.CDR) int64 {
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

// CallType is 1 for outbound, 2 for inbound, 3 for audio sessions and 6 for
// internal calls.
func CallType(c *store.CDR) int64 {
	switch {
	case c.Type == wire.TypeInternal:
		return 6
	case c.Type == wire.TypeVoIP:
		return 3
	case c.Direction == wire.Outbound:
		return 1
	}
	return 2
}
