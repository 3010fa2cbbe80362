package status

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/wire"
)

var t0 = time.UnixMilli(1_700_000_000_000)

func free(t *testing.T) *Machine {
	t.Helper()
	m := New(t0)
	require.True(t, m.Online(t0))
	return m
}

func TestOnlineAndOffline(t *testing.T) {
	m := free(t)
	assert.Equal(t, wire.StatusFree, m.State().Status)
	assert.True(t, m.Routable())
	assert.False(t, m.Online(t0), "on line twice changes nothing")
	assert.True(t, m.GoOffline(t0))
	assert.True(t, m.Offline())
	_, err := m.Set(wire.StatusFree, "", t0)
	assert.ErrorIs(t, err, wire.ErrAgentOffline)
}

func TestBusyIsOnlySetByTheSystem(t *testing.T) {
	for _, s := range []wire.Status{wire.StatusBusy, wire.StatusOffline, "nonsense", ""} {
		m := free(t)
		changed, err := m.Set(s, "", t0)
		assert.ErrorIs(t, err, wire.ErrInvalidStatus)
		assert.False(t, changed)
		assert.Equal(t, wire.StatusFree, m.State().Status)
	}
}

func TestStatusAskedForInASessionTakesEffectAfterIt(t *testing.T) {
	m := free(t)
	m.Occupy(t0)
	changed, err := m.Set(wire.StatusRest, "lunch", t0)
	require.NoError(t, err)
	assert.True(t, changed)
	assert.Equal(t, wire.StatusBusy, m.State().Status)
	assert.Equal(t, &wire.PendingStatus{Status: wire.StatusRest, RestReason: "lunch"}, m.State().Pending)
	assert.True(t, m.Vacate(0, t0))
	assert.Equal(t, wire.AgentState{Status: wire.StatusRest, RestReason: "lunch", Since: t0.UnixMilli()}, m.State())
}

func TestAskingForWhatFollowsAnywayTakesTheWishBack(t *testing.T) {
	m := free(t)
	m.Occupy(t0)
	_, _ = m.Set(wire.StatusNotReady, "", t0)
	changed, _ := m.Set(wire.StatusFree, "", t0)
	assert.True(t, changed)
	assert.Nil(t, m.State().Pending)
	changed, _ = m.Set(wire.StatusFree, "", t0)
	assert.False(t, changed)
}

func TestOutboundCallReturnsToTheStatusBeforeIt(t *testing.T) {
	m := free(t)
	_, _ = m.Set(wire.StatusNotReady, "", t0)
	assert.False(t, m.Routable())
	m.Occupy(t0)
	m.Vacate(0, t0)
	assert.Equal(t, wire.StatusNotReady, m.State().Status)
}

func TestAfterCallWorkEndsByTimeOrByTheAgent(t *testing.T) {
	m := free(t)
	m.Occupy(t0)
	m.Vacate(10*time.Second, t0)
	assert.Equal(t, wire.StatusArrange, m.State().Status)
	assert.Equal(t, t0.Add(10*time.Second), m.Deadline())
	assert.False(t, m.Expire(t0.Add(9*time.Second)))
	assert.True(t, m.Expire(t0.Add(10*time.Second)))
	assert.Equal(t, wire.StatusFree, m.State().Status)

	m.Occupy(t0)
	m.Vacate(10*time.Second, t0)
	changed, err := m.Set(wire.StatusFree, "", t0)
	require.NoError(t, err)
	assert.True(t, changed)
	assert.Equal(t, wire.StatusFree, m.State().Status)
	assert.True(t, m.Deadline().IsZero())
}

func TestPendingWaitsForAfterCallWork(t *testing.T) {
	m := free(t)
	m.Occupy(t0)
	m.GoOffline(t0)
	m.Vacate(time.Second, t0)
	assert.Equal(t, wire.StatusArrange, m.State().Status)
	assert.Equal(t, wire.StatusOffline, m.State().Pending.Status)
	m.Expire(t0.Add(time.Second))
	assert.True(t, m.Offline())
}

func TestSecondSessionKeepsTheAgentBusy(t *testing.T) {
	m := free(t)
	assert.True(t, m.Occupy(t0))
	assert.False(t, m.Occupy(t0))
	assert.False(t, m.Vacate(5*time.Second, t0))
	assert.Equal(t, wire.StatusBusy, m.State().Status)
	m.Vacate(0, t0)
	assert.Equal(t, wire.StatusArrange, m.State().Status, "the first call earned after-call work")
}

func TestRestore(t *testing.T) {
	rest := wire.AgentState{Status: wire.StatusRest, RestReason: "lunch", Since: 5}
	assert.Equal(t, rest, Restore(rest, t0).State())

	m := free(t)
	_, _ = m.Set(wire.StatusNotReady, "", t0)
	m.Occupy(t0)
	assert.Equal(t, wire.StatusNotReady, Restore(m.Stored(), t0).State().Status)
	_, _ = m.Set(wire.StatusRest, "tea", t0)
	assert.Equal(t, wire.StatusRest, Restore(m.Stored(), t0).State().Status)

	late := wire.AgentState{Status: wire.StatusArrange, Deadline: t0.UnixMilli() - 1}
	assert.Equal(t, wire.StatusFree, Restore(late, t0).State().Status)
	running := wire.AgentState{Status: wire.StatusArrange, Deadline: t0.UnixMilli() + 1000}
	again := Restore(running, t0)
	assert.Equal(t, running, again.State())
	assert.True(t, again.Expire(t0.Add(time.Second)))
	assert.Equal(t, wire.StatusFree, again.State().Status)
}

// Whatever happens: busy exactly while occupied, a deadline only in arrange,
// a pending status only while it waits.
func TestInvariantsHoldForRandomInputs(t *testing.T) {
	all := []wire.Status{wire.StatusFree, wire.StatusRest, wire.StatusArrange, wire.StatusNotReady, wire.StatusBusy}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		m, now := New(t0), t0
		for range 200 {
			now = now.Add(time.Duration(r.IntN(4000)) * time.Millisecond)
			before := m.State()
			var changed bool
			switch r.IntN(7) {
			case 0:
				changed = m.Online(now)
			case 1:
				changed = m.GoOffline(now)
			case 2:
				changed, _ = m.Set(all[r.IntN(len(all))], "", now)
			case 3:
				if !m.Offline() {
					changed = m.Occupy(now)
				}
			case 4:
				changed = m.Vacate(time.Duration(r.IntN(2))*3*time.Second, now)
			case 5:
				changed = m.Expire(now)
			case 6:
				if r.IntN(10) == 0 {
					changed = m.Drop(now)
				}
			}
			s := m.State()
			assert.Equal(t, m.Occupied() > 0, s.Status == wire.StatusBusy, "seed %d: %+v", seed, s)
			assert.True(t, s.Deadline == 0 || s.Status == wire.StatusArrange, "seed %d: %+v", seed, s)
			if s.Pending != nil {
				assert.Contains(t, []wire.Status{wire.StatusBusy, wire.StatusArrange}, s.Status)
			}
			if !changed {
				assert.Equal(t, before, s, "seed %d: changed without saying so", seed)
			}
		}
	}
}
