package session

import "tccc/wire"

// Reason maps the SIP status (RFC 3261 section 21) that ended a call before it
// was answered to the main reason that pages see.
func Reason(code int) string {
	switch code {
	case 486, 600:
		return wire.ReasonBusy
	case 408, 480, 487:
		return wire.ReasonNoAnswer
	case 603, 607, 608:
		return wire.ReasonDeclined
	case 404, 410, 484, 485, 502, 503, 504, 604:
		return wire.ReasonUnreachable
	case 0: // no answer at all from the trunk
		return wire.ReasonUnreachable
	default:
		return wire.ReasonRejectedTrunk
	}
}
