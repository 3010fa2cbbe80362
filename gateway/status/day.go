package status

import (
	"maps"
	"time"

	"tccc/wire"
)

// Day counts the time that an agent spends in each status, from midnight on.
type Day struct {
	began  time.Time // midnight of the day that spent is of
	status wire.Status
	since  time.Time
	spent  map[wire.Status]time.Duration
}

// Turn begins a status.
func (d *Day) Turn(s wire.Status, now time.Time) {
	d.spent = d.Until(now)
	d.began, d.status, d.since = Midnight(now), s, now
}

// Until is the time spent in each status today.
func (d *Day) Until(now time.Time) map[wire.Status]time.Duration {
	today := Midnight(now)
	spent := map[wire.Status]time.Duration{}
	if d.began.Equal(today) {
		spent = maps.Clone(d.spent)
	}
	if from := latest(d.since, today); d.status != "" && now.After(from) {
		spent[d.status] += now.Sub(from)
	}
	return spent
}

// Midnight is when the day of t began.
func Midnight(t time.Time) time.Time {
	y, m, day := t.Date()
	return time.Date(y, m, day, 0, 0, 0, 0, t.Location())
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
