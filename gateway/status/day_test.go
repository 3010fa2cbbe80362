package status

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"tccc/wire"
)

func TestTimeSpentIsOfToday(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 1, day, hour, 0, 0, 0, time.Local) }
	var d Day
	assert.Empty(t, d.Until(at(1, 8)))
	d.Turn(wire.StatusFree, at(1, 8))
	d.Turn(wire.StatusRest, at(1, 10))
	d.Turn(wire.StatusFree, at(1, 11))
	assert.Equal(t, map[wire.Status]time.Duration{wire.StatusFree: 3 * time.Hour, wire.StatusRest: time.Hour},
		d.Until(at(1, 12)))
	assert.Equal(t, map[wire.Status]time.Duration{wire.StatusFree: 6 * time.Hour}, d.Until(at(2, 6)),
		"from midnight on")
}
