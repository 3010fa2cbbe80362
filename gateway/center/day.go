package center

import (
	"maps"
	"time"

	"tccc/wire"
)

// day counts the time that an agent spends in each status, from midnight on.
type day struct {
	began  time.Time // midnight of the day that spent is of
	status wire.Status
	since  time.Time
	spent  map[wire.Status]time.Duration
}

// turn begins a status.
func (d *day) turn(s wire.Status, now time.Time) {
	d.spent = d.until(now)
	d.began, d.status, d.since = midnight(now), s, now
}

// until is the time spent in each status today.
func (d *day) until(now time.Time) map[wire.Status]time.Duration {
	today := midnight(now)
	spent := map[wire.Status]time.Duration{}
	if d.began.Equal(today) {
		spent = maps.Clone(d.spent)
	}
	if from := latest(d.since, today); d.status != "" && now.After(from) {
		spent[d.status] += now.Sub(from)
	}
	return spent
}

func midnight(t time.Time) time.Time {
	y, m, day := t.Date()
	return time.Date(y, m, day, 0, 0, 0, 0, t.Location())
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
