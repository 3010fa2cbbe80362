package agent

import (
	"context"
	"time"

	"tccc/wire"
)

// reportEvery is how often the gateway is told how a call sounds.
const reportEvery = 10 * time.Second

// quality sums up how the present call sounds. It belongs to the loop.
type quality struct {
	sum  wire.QualityParams // of the session that it names
	n    float64
	told time.Time
}

// Measured takes how the leg sounded since the last time. What it is of a
// conversation is told to the gateway: at once, and then every ten seconds.
func (a *Agent) Measured(s wire.QualityParams) { a.post(func() { a.measured(s) }) }

func (a *Agent) measured(s wire.QualityParams) {
	s.SessionID = a.conversation()
	r := &a.rec
	if len(r.samples) >= maxSamples {
		r.samples = append(r.samples[:0], r.samples[1:]...)
	}
	r.samples = append(r.samples, s)
	if s.SessionID == "" || s.MOS == 0 {
		return
	}
	q := &a.quality
	if q.sum.SessionID != s.SessionID {
		*q = quality{sum: wire.QualityParams{SessionID: s.SessionID}}
	}
	q.n++
	q.sum.MOS += s.MOS
	q.sum.Loss += s.Loss
	q.sum.Jitter += s.Jitter
	q.sum.RTT += s.RTT
	now := a.clock.Now()
	if now.Sub(q.told) < reportEvery-time.Second || a.conn.state != connUp {
		return
	}
	q.told = now
	p := q.sum
	p.MOS, p.Loss, p.Jitter, p.RTT = p.MOS/q.n, p.Loss/q.n, p.Jitter/q.n, p.RTT/q.n
	a.start(func(ctx context.Context) {
		_ = a.request(ctx, wire.MethodCallQuality, p, nil) // the call may have ended; the next one is told again
	})
}

// conversation is the session that the leg is used for, "" if there is none.
func (a *Agent) conversation() string {
	for i := range a.view.Sessions {
		if s := &a.view.Sessions[i]; s.State == wire.StateTalking && usesBrowserAudio(s) {
			return s.SessionID
		}
	}
	return ""
}
