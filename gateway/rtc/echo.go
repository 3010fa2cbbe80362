package rtc

import (
	"context"
	"sync/atomic"
	"time"

	"tccc/gateway/mix"
	"tccc/wire"
)

// maxEchoes bounds the echoing legs of a server, which share the room of calls.
const maxEchoes = 32

// echo sends packets back as they came, with their own numbers: a packet that
// is lost on either way is missing at the browser.
type echo struct{ track *track }

func (e echo) WriteFrame(f *mix.Frame) {
	_ = e.track.WritePacket(f.Codec, f.Marker, f.Seq, f.Timestamp, f.Payload) // it is lost, as on the network
}

// Echo answers an offer with a leg that sends back what it gets. The server owns
// the leg: it is closed when the browser closes it, after life, or with the
// server, and done is called then, from a goroutine of its own. Errors are those
// of NewLeg.
func (s *Server) Echo(ctx context.Context, offerSDP string, life time.Duration, done func()) (answerSDP string,
	err error) {
	if s.echoes.Add(1) > maxEchoes {
		s.echoes.Add(-1)
		return "", wire.ErrOverloaded.With("%d checks are running", maxEchoes)
	}
	over := make(chan struct{})
	var told atomic.Bool
	leg, answer, err := s.NewLeg(ctx, offerSDP, LegOptions{OnState: func(st State) {
		if (st == StateClosed || st == StateFailed) && !told.Swap(true) {
			close(over)
		}
	}})
	if err != nil {
		s.echoes.Add(-1)
		return "", err
	}
	leg.Receive(echo{leg.track})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed { // and closes the leg
		s.echoes.Add(-1)
		return "", wire.ErrStopping
	}
	s.reports.Go(func() {
		late := time.NewTimer(life)
		defer late.Stop()
		select {
		case <-over:
		case <-late.C:
		case <-s.stop:
		}
		_ = leg.Close()
		s.echoes.Add(-1)
		done()
	})
	return answer, nil
}
