package agent

// connState is where the connection to the gateway stands.
//
//	idle ─start▶ dialing ─dialed▶ login ─accepted▶ up
//	               ▲   │            │               │
//	               │   └─failed──┐  └─failed──┐     └─lost─┐
//	               │             ▼            ▼            │
//	               └──retry── waiting ◀────────────────────┘
//
//	any ─stop▶ stopped, which is never left
type connState uint8

const (
	connIdle    connState = iota
	connDialing           // the socket is being opened
	connLogin             // login is sent
	connUp                // logged in
	connWaiting           // backing off before the next try
	connStopped           // refused, kicked or shut down
)

// connNames are for diagnostics.
var connNames = [...]string{"idle", "dialing", "login", "up", "waiting", "stopped"}

type connInput uint8

const (
	connStart    connInput = iota
	connDialed             // the socket is open
	connAccepted           // the login succeeded
	connFailed             // dialling or login failed and may succeed later, or the socket was lost
	connRetry              // the back-off is over, or the network came back
	connStop
)

// next is the state after an input; ok is false if the input does not fit, and
// is then ignored.
func (s connState) next(in connInput) (to connState, ok bool) {
	if in == connStop {
		return connStopped, s != connStopped
	}
	switch {
	case s == connIdle && in == connStart, s == connWaiting && in == connRetry:
		return connDialing, true
	case s == connDialing && in == connDialed:
		return connLogin, true
	case s == connLogin && in == connAccepted:
		return connUp, true
	case in == connFailed && (s == connDialing || s == connLogin || s == connUp):
		return connWaiting, true
	}
	return s, false
}
