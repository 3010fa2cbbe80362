package center

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"tccc/wire"
)

func TestTimeSpentIsOfToday(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 1, day, hour, 0, 0, 0, time.Local) }
	var d day
	assert.Empty(t, d.until(at(1, 8)))
	d.turn(wire.StatusFree, at(1, 8))
	d.turn(wire.StatusRest, at(1, 10))
	d.turn(wire.StatusFree, at(1, 11))
	assert.Equal(t, map[wire.Status]time.Duration{wire.StatusFree: 3 * time.Hour, wire.StatusRest: time.Hour}, d.until(at(1, 12)))
	assert.Equal(t, map[wire.Status]time.Duration{wire.StatusFree: 6 * time.Hour}, d.until(at(2, 6)), "from midnight on")
}
