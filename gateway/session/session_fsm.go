package session

// State is where a session stands.
//
//	Arriving ─▶ Menu ─▶ Queued ◀──Return── Ringing ─Accept─▶ Talking ◀─Hold/Unhold─▶ Held
//	    └────────────────▶ ▲ └────Offer──────▶│                │ │                    │
//	                       └───────────────Return──────────────┘ │                    │
//	Dialing ─────────────────────────────Answer──────────────────┘                    │
//	   └───────────────────────────── End: from every state ─────────────────────────▶ Ended
//
// HandOver leads from Talking and Held to Talking, with another agent. A
// colleague's part in a session of its own begins with Offer from Arriving.
type State uint8

// The states of a session.
const (
	Arriving State = iota // inbound, nothing decided yet
	Menu                  // the caller is in the IVR
	Queued                // waits for an agent
	Ringing               // offered to an agent
	Dialing               // outbound, not answered yet
	Talking
	Held
	Ended
)

var stateNames = [...]string{"arriving", "menu", "queued", "ringing", "dialing", "talking", "held", "ended"}

func (s State) String() string { return stateNames[s] }

// Input is what happens to a session.
type Input uint8

// The inputs of a session.
const (
	EnterMenu Input = iota
	Queue           // waits for an agent of its group
	Offer           // rings at an agent
	Accept          // the agent took it
	Return          // the agent did not take it, declined it or was lost: back to the queue
	Answer          // the called party answered
	Hold
	Unhold
	HandOver // another agent took the conversation over
	End
)

var inputNames = [...]string{"enterMenu", "queue", "offer", "accept", "return", "answer", "hold", "unhold", "handOver",
	"end"}

func (i Input) String() string { return inputNames[i] }

var transitions = map[State]map[Input]State{
	Arriving: {EnterMenu: Menu, Queue: Queued, Offer: Ringing, End: Ended},
	Menu:     {Queue: Queued, End: Ended},
	Queued:   {Queue: Queued, Offer: Ringing, End: Ended},
	Ringing:  {Accept: Talking, Return: Queued, End: Ended},
	Dialing:  {Answer: Talking, End: Ended},
	Talking:  {Hold: Held, Return: Queued, HandOver: Talking, End: Ended},
	Held:     {Unhold: Talking, Return: Queued, HandOver: Talking, End: Ended},
	Ended:    {},
}

// next is the state after an input, and whether the state allows it.
func (s State) next(in Input) (State, bool) {
	to, ok := transitions[s][in]
	return to, ok
}
