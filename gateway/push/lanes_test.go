package push

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/store"
)

func TestBackoff(t *testing.T) {
	var waits []time.Duration
	for n := range 12 {
		waits = append(waits, backoff(n+1))
	}
	assert.Equal(t, []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600}, seconds64(waits))
}

func seconds64(d []time.Duration) (s []time.Duration) {
	for _, d := range d {
		s = append(s, d/time.Second)
	}
	return s
}

func put(s *lanes, keys ...string) {
	for i, key := range keys {
		s.add(&store.OutboxItem{Key: key, Seq: uint64(i + 1), AddedAt: int64(i)})
	}
}

func TestLanesAreInOrder(t *testing.T) {
	s, now := newLanes(), time.Unix(0, 0)
	put(s, "a", "b", "a", "b", "c")
	a, b, c := s.next(now), s.next(now), s.next(now)
	require.Equal(t, []string{"a", "b", "c"}, []string{a.key, b.key, c.key})
	require.Nil(t, s.next(now), "one at a time of each lane")
	s.over(a)
	again := s.next(now)
	require.Equal(t, "a", again.key)
	require.Equal(t, uint64(3), again.items[0].Seq)

	s.failed(b, now)
	require.Nil(t, s.next(now))
	require.Equal(t, now.Add(time.Second), s.wake())
	now = now.Add(time.Second)
	b = s.next(now)
	require.Equal(t, uint64(2), b.items[0].Seq, "the same one again")
	s.failed(b, now)
	require.Equal(t, now.Add(2*time.Second), s.wake())
	s.over(again)
	s.over(c)
	require.Len(t, s.all, 1)
}

func TestReceiverDown(t *testing.T) {
	s, now := newLanes(), time.Unix(0, 0)
	put(s, "a", "b", "c", "d")
	// Each failure is answered by a longer rest, then one item tries.
	for n := 1; n <= 4; n++ {
		l := s.next(now)
		require.NotNil(t, l, "attempt %d", n)
		if n > 1 {
			require.Nil(t, s.next(now), "one at a time")
			require.Zero(t, s.wake())
		}
		s.failed(l, now)
		s.receiverFailed(0, now)
		require.Nil(t, s.next(now))
		now = s.wake()
		require.Equal(t, s.notUntil, now)
	}
	require.Equal(t, time.Unix(1+2+4+8, 0), now)
	l := s.next(now)
	s.over(l)
	s.receiverWorked()
	got := map[string]bool{l.key: true}
	for l = s.next(now); l != nil; l = s.next(now) {
		got[l.key] = true
	}
	require.Len(t, got, 4, "after an outage everything is tried at once")

	s = newLanes()
	put(s, "a", "b")
	s.failed(s.next(now), now)
	s.receiverFailed(time.Hour, now)
	require.Equal(t, now.Add(longWait), s.wake(), "what the receiver asks for, within bounds")
	now = s.wake()
	b := s.next(now)
	require.Equal(t, "b", b.key, "another one's turn")
	s.over(b)
	s.receiverWorked()
	require.Equal(t, "a", s.next(now).key)
}

// One item that the receiver always stumbles over must not hold up the others.
func TestPoison(t *testing.T) {
	s, now := newLanes(), time.Unix(0, 0)
	put(s, "poison")
	delivered, tries := 0, 0
	for i := 0; now.Before(time.Unix(600, 0)); i++ {
		put(s, fmt.Sprint(i))
		for l := s.next(now); l != nil; l = s.next(now) {
			if l.key == "poison" {
				tries++
				s.failed(l, now)
				s.receiverFailed(0, now)
			} else {
				delivered++
				s.over(l)
				s.receiverWorked()
			}
		}
		now = now.Add(time.Second)
	}
	assert.Equal(t, 600, delivered)
	assert.Less(t, tries, 12, "its own wait grows")
}

func TestExpired(t *testing.T) {
	s, now := newLanes(), time.Unix(0, 0)
	put(s, "a", "a", "b", "c") // added at 0, 1, 2 and 3 ms
	l := s.next(now)
	require.Nil(t, s.expired(now.Add(time.Hour)), "not while one is under way")
	s.failed(l, now)
	gone := s.expired(time.UnixMilli(3))
	require.Len(t, gone, 3)
	attempts := map[uint64]int{}
	for _, item := range gone {
		attempts[item.Seq] = item.Attempts
	}
	assert.Equal(t, map[uint64]int{1: 1, 2: 0, 3: 0}, attempts)
	require.Len(t, s.all, 1)
	require.Equal(t, "c", s.next(now).key)
	require.Zero(t, s.wake())
}
