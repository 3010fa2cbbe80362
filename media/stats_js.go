package media

import (
	"context"
	"syscall/js"
	"time"

	"tccc/agent"
	"tccc/internal/jsval"
)

// measuring is the loop that reads statistics while there is a call.
type measuring struct {
	stop context.CancelFunc
}

// Measure reads the leg's statistics once. ErrMediaConnect if there is no leg.
func (m *Media) Measure(ctx context.Context) (Stats, error) {
	return m.measureWith(ctx, new(meter))
}

// measure starts or stops the loop: it runs while the leg is connected and the
// microphone open, which is while there is a call.
func (m *Media) measure() {
	if m.opt.Stats == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	wanted := m.stop != nil && m.state == agent.MediaConnected && m.mic.open()
	switch {
	case wanted && m.meter == nil:
		run, stop := context.WithCancel(m.life)
		m.meter = &measuring{stop: stop}
		m.start(func(context.Context) { m.measureLoop(run) })
	case !wanted:
		m.stopMeter()
	}
}

// stopMeter ends the loop. mu is held.
func (m *Media) stopMeter() {
	if m.meter != nil {
		m.meter.stop()
		m.meter = nil
	}
}

func (m *Media) measureLoop(ctx context.Context) {
	defer m.opt.Stats(Stats{})
	tick := time.NewTicker(m.opt.StatsInterval)
	defer tick.Stop()
	counters := new(meter)
	for {
		s, err := m.measureWith(ctx, counters)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			m.opt.Warn("no statistics", err)
		} else {
			m.opt.Stats(s)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (m *Media) measureWith(ctx context.Context, counters *meter) (Stats, error) {
	m.mu.Lock()
	l := m.leg
	for _, s := range m.sessions { // of those, one at a time is in conversation
		if s.raw.Get("connectionState").String() == "connected" {
			l = s.leg
		}
	}
	m.mu.Unlock()
	if l == nil {
		return Stats{}, legError(jsval.ErrMissing)
	}
	stats, err := jsval.CallAwait(ctx, l.raw, "getStats")
	if err != nil {
		return Stats{}, legError(err)
	}
	// One crossing for the whole report: as JSON.
	global := js.Global()
	values := global.Get("Array").Call("from", stats.Call("values"))
	return counters.read(time.Now(), global.Get("JSON").Call("stringify", values).String())
}
