package session

import (
	"encoding/json"
	"fmt"
	"time"

	"tccc/wire"
)

// saved is a session in JSON, for another process to go on with.
type saved struct {
	*plain
	State State
}

// plain is a session without its methods.
type plain Session

// MarshalJSON implements json.Marshaler.
func (s *Session) MarshalJSON() ([]byte, error) { return json.Marshal(saved{(*plain)(s), s.state}) }

// UnmarshalJSON implements json.Unmarshaler.
func (s *Session) UnmarshalJSON(text []byte) error {
	in := saved{plain: (*plain)(s)}
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	if in.State > Ended {
		return fmt.Errorf("there is no state %d of a session", in.State)
	}
	s.state, s.Rung = in.State, max(s.Rung, len(s.Rings))
	return nil
}

// Recover makes a session that another process had one of this: an offer died
// with that process, and so did a transfer that nobody had taken yet.
func (s *Session) Recover(now time.Time) {
	if s.state == Ringing {
		_ = s.Return(RingLost, now, now) // the table allows it
	}
	s.Tried = nil
	if s.Transfer != nil {
		s.Transfer, s.TransferFailed = nil, wire.ReasonGatewayRestart
	}
}
