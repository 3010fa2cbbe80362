package sip

// state is where a call is in its life. The states follow the INVITE
// transactions and dialogs of RFC 3261; what is sent on a transition is in
// uac.go, uas.go and indialog.go.
//
//	UAC                                       UAS
//	calling ──1xx──▶ proceeding               received ──18x──▶ early
//	   │ hangup   hangup │  │                    │ └────┬─────────┘ │ reject, hangup, CANCEL
//	   ▼                 ▼  │ 2xx                │      │ 200       ▼
//	cancelling ◀─────────┘  │                    │      ▼         ended
//	   │ 2xx: ACK, BYE      ▼                    │   accepted ──hangup──▶ doomed
//	   │                confirmed ◀──────ACK─────┼──────┘                    │ ACK
//	   │                    │ hangup: BYE        │ no ACK: BYE               │
//	   └────────────────▶ leaving ◀──────────────┴───────────────────────────┘
//	                        │ response, BYE
//	                        ▼
//	                      ended
//
// A far side that was transferred away goes from confirmed to parting, where its
// BYE is waited for; if it does not come, ours is sent.
type state uint8

const (
	stCalling    state = iota + 1 // UAC: INVITE sent (17.1.1)
	stProceeding                  // UAC: a 1xx has come; there may be early dialogs (12.1)
	stCancelling                  // UAC: hung up before a final response (9.1)
	stReceived                    // UAS: INVITE has come, 100 sent (13.3.1)
	stEarly                       // UAS: 18x sent (13.3.1.1)
	stAccepted                    // UAS: 2xx sent and repeated until the ACK comes (13.3.1.4)
	stDoomed                      // UAS: hung up while the ACK is outstanding; BYE must wait for it (15)
	stConfirmed                   // both: the dialog is up
	stParting                     // both: over for us; the far side was referred elsewhere and says BYE (RFC 5589)
	stLeaving                     // both: BYE sent (15.1.1)
	stEnded                       // nothing more will be sent but by transactions
)

// input is what moves a call.
type input uint8

const (
	inChallenge   input = iota + 1 // UAC: 401, 407 or 422; INVITE is sent again
	inProvisional                  // UAC: 1xx
	inSuccess                      // UAC: 2xx
	inFailure                      // UAC: 3xx to 6xx, or none in time
	inRing                         // UAS: 18x is sent
	inAnswer                       // UAS: 2xx is sent
	inReject                       // UAS: 3xx to 6xx is sent
	inCancel                       // UAS: CANCEL has come, or BYE in an early dialog
	inAck                          // UAS: ACK has come
	inNoAck                        // UAS: ACK has not come within 64*T1
	inHangup                       // our side hangs up
	inPart                         // our side is done with a far side that will hang up
	inBye                          // BYE has come
	inByeDone                      // BYE was answered, or will not be
)

// next is the diagram. It reports false for an input that has no place in the
// state: a race that was lost, or a misuse.
func (s state) next(in input) (state, bool) {
	switch s {
	case stCalling, stProceeding:
		switch in {
		case inChallenge:
			return stCalling, true
		case inProvisional:
			return stProceeding, true
		case inSuccess:
			return stConfirmed, true
		case inFailure:
			return stEnded, true
		case inHangup:
			return stCancelling, true
		}
	case stCancelling:
		switch in {
		case inProvisional:
			return stCancelling, true // now CANCEL may be sent (9.1)
		case inSuccess:
			return stLeaving, true // CANCEL came too late
		case inFailure:
			return stEnded, true // 487 as a rule
		}
	case stReceived, stEarly:
		switch in {
		case inRing:
			return stEarly, true
		case inAnswer:
			return stAccepted, true
		case inReject, inCancel, inHangup:
			return stEnded, true
		}
	case stAccepted:
		switch in {
		case inAck:
			return stConfirmed, true
		case inHangup:
			return stDoomed, true
		case inNoAck:
			return stLeaving, true
		case inBye:
			return stEnded, true
		}
	case stDoomed:
		switch in {
		case inAck, inNoAck:
			return stLeaving, true
		case inBye:
			return stEnded, true
		}
	case stConfirmed:
		switch in {
		case inHangup:
			return stLeaving, true
		case inPart:
			return stParting, true
		case inBye:
			return stEnded, true
		}
	case stParting:
		switch in {
		case inHangup:
			return stLeaving, true
		case inBye:
			return stEnded, true
		}
	case stLeaving:
		switch in {
		case inByeDone, inBye: // the BYEs of both sides may cross
			return stEnded, true
		}
	}
	return s, false
}

// talking reports whether re-INVITE, UPDATE and INFO have a place.
func (s state) talking() bool { return s == stConfirmed || s == stAccepted }

func (s state) String() string {
	names := [...]string{stCalling: "calling", stProceeding: "proceeding", stCancelling: "cancelling",
		stReceived: "received", stEarly: "early", stAccepted: "accepted", stDoomed: "doomed",
		stConfirmed: "confirmed", stParting: "parting", stLeaving: "leaving",
		stEnded: "ended"}
	if int(s) < len(names) && names[s] != "" {
		return names[s]
	}
	return "none"
}
