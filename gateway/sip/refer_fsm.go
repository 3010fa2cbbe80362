package sip

// referState is where the far side's REFER is (RFC 3515). A call has one at a
// time; the call's loop owns it.
//
//	none ──REFER──▶ asked ──accept──▶ going ──outcome──▶ told ──answered──▶ none
//	                 │  │ accept,       │ unsubscribed             unsubscribed ▲
//	          refuse │  │ norefersub    ▼                            outcome     │
//	                 ▼  └────────────▶ deaf ─────────────────────────────────────┘
//	                none
//
// The next REFER need not wait for the answer to the last NOTIFY: it leads from
// told to asked.
type referState uint8

const (
	refNone  referState = iota
	refAsked            // it waits for our side to decide
	refGoing            // 202 sent; NOTIFY tells what becomes of it
	refDeaf             // going, but nobody is told (RFC 4488), or any more
	refTold             // the last NOTIFY was sent
)

type referInput uint8

const (
	rinRefer        referInput = iota + 1 // REFER has come
	rinRefuse                             // our side does not do it
	rinAccept                             // our side does it
	rinAcceptQuiet                        // and nobody wants to know (Refer-Sub: false)
	rinOutcome                            // it has worked, or has not
	rinUnsubscribed                       // the far side does not listen any more: 481, no answer, or its wish
	rinAnswered                           // the last NOTIFY was answered
)

// next is the diagram; false for an input that has no place in the state.
func (s referState) next(in referInput) (referState, bool) {
	switch s {
	case refNone:
		if in == rinRefer {
			return refAsked, true
		}
	case refAsked:
		switch in {
		case rinRefuse:
			return refNone, true
		case rinAccept:
			return refGoing, true
		case rinAcceptQuiet:
			return refDeaf, true
		}
	case refGoing:
		switch in {
		case rinOutcome:
			return refTold, true
		case rinUnsubscribed:
			return refDeaf, true
		}
	case refDeaf:
		if in == rinOutcome {
			return refNone, true
		}
	case refTold:
		switch in {
		case rinRefer:
			return refAsked, true
		case rinAnswered, rinUnsubscribed:
			return refNone, true
		}
	}
	return s, false
}

// going reports whether our side has yet to say what has become of it.
func (s referState) going() bool { return s == refGoing || s == refDeaf }
