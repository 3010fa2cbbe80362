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
	session string
	sum     Sample
	n       int
	told    time.Time
}

// Measured takes how the leg sounded since the last time. What it is of a
// conversation is told to the gateway: at once, and then every ten seconds.
func (a *Agent) Measured(s Sample) {
	a.post(func() {
		now := a.clock.Now()
		s.At = now.UnixMilli()
		a.rec.samples = append(drop(a.rec.samples, maxSamples), s)
		id := a.conversation()
		q := &a.quality
		if id == "" || s.MOS == 0 {
			return
		}
		if q.session != id {
			*q = quality{session: id}
		}
		q.n++
		q.sum.MOS, q.sum.Loss = q.sum.MOS+s.MOS, q.sum.Loss+s.Loss
		q.sum.Jitter, q.sum.RTT = q.sum.Jitter+s.Jitter, q.sum.RTT+s.RTT
		if now.Sub(q.told) < reportEvery-time.Second || a.conn.state != connUp {
			return
		}
		q.told = now
		n := float64(q.n)
		p := wire.QualityParams{SessionID: id, MOS: q.sum.MOS / n, Loss: q.sum.Loss / n, Jitter: q.sum.Jitter / n, RTT: q.sum.RTT / n}
		a.start(func(ctx context.Context) {
			_ = a.request(ctx, wire.MethodCallQuality, p, nil) // the call may have ended; the next one is told again
		})
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
