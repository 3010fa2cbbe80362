package sip

// EventKind is what has happened to a call.
type EventKind uint8

// The kinds of events.
const (
	Ringing    EventKind = iota + 1 // outbound: the far side rings (180)
	EarlyMedia                      // outbound: there is sound before the answer (18x with SDP)
	Answered                        // outbound: 200; inbound: the caller has confirmed our answer (ACK)
	Digit                           // the far side has pressed a key; Event.Digit
	Held                            // the far side has put us on hold
	Resumed                         // the far side has taken us off hold
	MediaLost                       // no RTP for the media timeout; the call is up to the consumer
	Referred                        // the far side wants the call to go elsewhere; Event.Referral
	Ended                           // the last event
)

func (k EventKind) String() string {
	names := [...]string{Ringing: "ringing", EarlyMedia: "earlyMedia", Answered: "answered", Digit: "digit",
		Held: "held", Resumed: "resumed", MediaLost: "mediaLost", Referred: "referred", Ended: "ended"}
	if int(k) < len(names) && names[k] != "" {
		return names[k]
	}
	return "unknown"
}

// Event is something that has happened to a call.
type Event struct {
	Kind  EventKind
	Digit byte // of Digit: 0-9 * # A-D

	Referral *Referral // of Referred

	// Of Ended. ByRemote is true if the far side, or the network, ended it.
	// Code is a SIP status: 200 after a normal hang-up, the final response that
	// a call attempt got, 408 if it rang for too long, 503 or 504 if the trunk
	// cannot be reached or does not respond, 487 if the caller gave up, or what
	// the far side's Reason header says (RFC 3326). Text goes with it, for logs
	// and reports.
	ByRemote bool
	Code     int
	Text     string
	// Forward is the number or user name that a desk phone sends its calls to
	// (302); empty if it does not.
	Forward string
}

// eventBuffer bounds the events that wait to be read. One place is kept for
// Ended; what finds no place is dropped and counted in the log.
const eventBuffer = 64

// emit queues an event; only the call's goroutine calls it.
func (c *Call) emit(e Event) {
	if e.Kind != Ended && len(c.events) >= eventBuffer-1 {
		c.dropped++
		return
	}
	c.events <- e
}
