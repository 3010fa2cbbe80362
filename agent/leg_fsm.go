package agent

// legState is where the agent's audio leg stands.
//
//	none ─want▶ offering ─answered▶ connecting ─connected▶ connected
//	  ▲            │  ▲                 │                   │     ▲
//	  │          failed│              failed              lost  connected
//	  │            ▼  retry              ▼                  ▼     │
//	  │          backoff ◀───────────────┴──────failed──── lost ──┘
//	  └─drop── any
type legState uint8

const (
	legNone       legState = iota
	legOffering            // offer and answer are under way
	legConnecting          // ICE and DTLS are under way
	legConnected
	legLost    // disconnected, may come back by itself
	legBackoff // failed, waits before the next offer
)

// legNames are for diagnostics.
var legNames = [...]string{"none", "offering", "connecting", "connected", "lost", "backoff"}

type legInput uint8

const (
	legWant      legInput = iota // a leg is needed
	legAnswered                  // the gateway's answer is set
	legUp                        // the connection stands
	legDown                      // the connection is interrupted
	legFailed                    // offer, answer or connection failed, or took too long
	legRetryTime                 // the back-off is over
	legDrop                      // no leg is needed any more, or the gateway has lost it
)

// next is the state after an input; ok is false if the input does not fit, and
// is then ignored.
func (s legState) next(in legInput) (to legState, ok bool) {
	switch in {
	case legDrop:
		return legNone, s != legNone
	case legWant:
		if s == legNone {
			return legOffering, true
		}
	case legRetryTime:
		if s == legBackoff {
			return legOffering, true
		}
	case legAnswered:
		if s == legOffering {
			return legConnecting, true
		}
	case legUp:
		// A restart keeps the old path until the new one stands, so that a leg
		// can be connected while its offer is under way; only then it counts.
		if s == legConnecting || s == legLost {
			return legConnected, true
		}
	case legDown:
		if s == legConnected {
			return legLost, true
		}
	case legFailed:
		if s != legNone && s != legBackoff {
			return legBackoff, true
		}
	}
	return s, false
}
