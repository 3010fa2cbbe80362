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
	assert.True(t, m.TakesCalls())
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
	assert.False(t, m.TakesCalls())
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

func TestChatsLeaveRoomUntilThereIsNone(t *testing.T) {
	m := free(t)
	m.Room(2, t0)
	assert.True(t, m.TakesChats())
	assert.False(t, m.OccupyChat(t0), "there is room for another one")
	assert.Equal(t, wire.StatusFree, m.State().Status)
	assert.True(t, m.TakesCalls())
	assert.True(t, m.OccupyChat(t0))
	assert.Equal(t, wire.StatusBusy, m.State().Status)
	assert.False(t, m.TakesCalls())
	assert.False(t, m.TakesChats())
	assert.True(t, m.VacateChat(0, t0))
	assert.Equal(t, wire.StatusFree, m.State().Status)
	assert.True(t, m.Room(1, t0), "less room")
	assert.Equal(t, wire.StatusBusy, m.State().Status)
	assert.True(t, m.Room(3, t0))
	assert.Equal(t, wire.StatusFree, m.State().Status)
	assert.False(t, m.Room(0, t0) && m.TakesChats())
}

func TestNoRoomForChats(t *testing.T) {
	m := free(t)
	assert.False(t, m.TakesChats())
	assert.True(t, m.TakesCalls())
}

func TestACallBesideChats(t *testing.T) {
	m := free(t)
	m.Room(2, t0)
	m.OccupyChat(t0)
	assert.True(t, m.Occupy(t0))
	assert.False(t, m.TakesChats(), "no new chat during a call")
	assert.True(t, m.Vacate(5*time.Second, t0))
	assert.Equal(t, wire.StatusArrange, m.State().Status, "the call earned after-call work, whatever the chats")
	assert.True(t, m.Expire(t0.Add(5*time.Second)))
	assert.Equal(t, wire.StatusFree, m.State().Status)

	m.OccupyChat(t0)
	m.Occupy(t0)
	assert.False(t, m.Vacate(0, t0), "the chats keep it busy")
	assert.Equal(t, wire.StatusBusy, m.State().Status)
}

func TestAfterCallWorkEndsIntoFullChats(t *testing.T) {
	m := free(t)
	m.Room(1, t0)
	m.OccupyChat(t0)
	m.Occupy(t0)
	m.Vacate(time.Second, t0)
	require.Equal(t, wire.StatusArrange, m.State().Status)
	changed, err := m.Set(wire.StatusFree, "", t0)
	require.NoError(t, err)
	assert.True(t, changed)
	assert.Equal(t, wire.StatusBusy, m.State().Status)
	assert.True(t, m.VacateChat(0, t0))
	assert.Equal(t, wire.StatusFree, m.State().Status)
}

func TestOnlyTheLastChatEarnsAfterCallWork(t *testing.T) {
	m := free(t)
	m.Room(5, t0)
	m.OccupyChat(t0)
	m.OccupyChat(t0)
	assert.False(t, m.VacateChat(time.Second, t0))
	assert.Equal(t, wire.StatusFree, m.State().Status)
	assert.True(t, m.VacateChat(time.Second, t0))
	assert.Equal(t, wire.StatusArrange, m.State().Status)
}

func TestRestingBesideChatsIsAtOnceLeavingIsNot(t *testing.T) {
	m := free(t)
	m.Room(5, t0)
	m.OccupyChat(t0)
	changed, err := m.Set(wire.StatusRest, "tea", t0)
	require.NoError(t, err)
	assert.True(t, changed)
	assert.Equal(t, wire.StatusRest, m.State().Status, "no further ones, those that go on go on")

	assert.True(t, m.GoOffline(t0))
	assert.Equal(t, wire.StatusBusy, m.State().Status)
	assert.Equal(t, wire.StatusOffline, m.State().Pending.Status)
	assert.False(t, m.GoOffline(t0))
	assert.True(t, m.Online(t0), "taken back")
	assert.Equal(t, wire.AgentState{Status: wire.StatusRest, RestReason: "tea", Since: t0.UnixMilli()}, m.State())

	m.GoOffline(t0)
	assert.True(t, m.VacateChat(0, t0))
	assert.True(t, m.Offline())
}

// Whatever happens: busy exactly while it is held and not wrapping up, a
// deadline only in arrange, a pending status only while it waits.
func TestInvariantsHoldForRandomInputs(t *testing.T) {
	all := []wire.Status{wire.StatusFree, wire.StatusRest, wire.StatusArrange, wire.StatusNotReady, wire.StatusBusy}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		m, now := New(t0), t0
		room := int(seed % 4)
		m.Room(room, t0)
		for range 200 {
			now = now.Add(time.Duration(r.IntN(4000)) * time.Millisecond)
			before := m.State()
			var changed bool
			switch r.IntN(10) {
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
			case 7:
				if m.TakesChats() {
					changed = m.OccupyChat(now)
				}
			case 8:
				changed = m.VacateChat(time.Duration(r.IntN(2))*3*time.Second, now)
			case 9:
				if r.IntN(5) == 0 {
					room = r.IntN(4)
					changed = m.Room(room, now)
				}
			}
			s := m.State()
			counting := s.Status == wire.StatusArrange && s.Deadline != 0
			leaving := m.Chats() > 0 && s.Pending != nil && s.Pending.Status == wire.StatusOffline
			held := m.Calls() > 0 || m.Chats() > 0 && m.Chats() >= room || leaving
			if m.Calls() > 0 || !counting {
				assert.Equal(t, held, s.Status == wire.StatusBusy, "seed %d: %+v, %d calls, %d of %d chats", seed, s,
					m.Calls(), m.Chats(), room)
			}
			assert.True(t, s.Deadline == 0 || s.Status == wire.StatusArrange, "seed %d: %+v", seed, s)
			if s.Pending != nil {
				assert.Contains(t, []wire.Status{wire.StatusBusy, wire.StatusArrange}, s.Status)
			}
			if m.TakesChats() {
				assert.Less(t, m.Chats(), room, "seed %d", seed)
				assert.Zero(t, m.Calls(), "seed %d", seed)
			}
			if !changed {
				assert.Equal(t, before, s, "seed %d: changed without saying so", seed)
			}
		}
	}
}

func TestDeadlineIsOnTheClockThatNobodySets(t *testing.T) {
	now := time.Now()
	m := New(now)
	m.Online(now)
	m.Occupy(now)
	m.Vacate(time.Minute, now)
	require.Equal(t, wire.StatusArrange, m.State().Status)
	assert.Contains(t, m.Deadline().String(), " m=", "it has a monotonic reading")
	restored := Restore(m.Stored(), now)
	assert.Contains(t, restored.Deadline().String(), " m=")
	assert.False(t, restored.Expire(now.Add(59*time.Second)))
	assert.True(t, restored.Expire(now.Add(time.Minute)))
}
