package limit

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"golang.org/x/time/rate"
)

func TestLimiter(t *testing.T) {
	l, now := New(3), time.Unix(1000, 0)
	for range 3 {
		assert.True(t, l.Allow("a", now))
	}
	assert.False(t, l.Allow("a", now))
	assert.True(t, l.Allow("b", now), "each name for itself")
	assert.False(t, l.Allow("a", now.Add(-time.Hour)), "a clock that goes back gives nothing")
	now = now.Add(time.Hour)
	for range 3 {
		assert.True(t, l.Allow("a", now))
	}
	assert.False(t, l.Allow("a", now), "time does not add up to more than one second's worth")
	for range 100 {
		assert.True(t, New(0).Allow("a", now))
	}
}

func TestLimiterIsBounded(t *testing.T) {
	l, now := New(1), time.Unix(1000, 0)
	for i := range namesMost + 10 {
		assert.True(t, l.Allow(fmt.Sprint(i), now))
	}
	assert.LessOrEqual(t, len(l.buckets), namesMost)
	l.Allow("later", now.Add(2*time.Second))
	assert.Len(t, l.buckets, 1, "what is as good as new is gone")
}

func TestLimitOfOneName(t *testing.T) {
	l, now := &Limiter{}, time.Unix(1000, 0)
	assert.True(t, l.AllowN("bytes", rate.Limit(10), 100, 100, now))
	assert.False(t, l.AllowN("bytes", rate.Limit(10), 100, 1, now))
	assert.True(t, l.AllowN("bytes", rate.Limit(10), 100, 10, now.Add(time.Second)))
	assert.True(t, l.AllowOf("bytes", rate.Limit(10), 200, now), "another limit is another bucket")
}

func TestTry(t *testing.T) {
	l, now := NewBurst(rate.Every(time.Minute), 2), time.Unix(1000, 0)
	for range 10 {
		undo, ok := l.Try("a", now)
		assert.True(t, ok, "what is put back costs nothing")
		undo()
	}
	for range 2 {
		_, ok := l.Try("a", now)
		assert.True(t, ok)
	}
	_, ok := l.Try("a", now)
	assert.False(t, ok)
	_, ok = l.Try("a", now.Add(time.Minute))
	assert.True(t, ok, "one came back")
}

func TestCounter(t *testing.T) {
	var c Counter
	assert.True(t, c.Take("a", 2))
	assert.True(t, c.Take("a", 2))
	assert.False(t, c.Take("a", 2))
	assert.True(t, c.Take("b", 2))
	assert.Equal(t, 3, c.Len())
	c.Give("a")
	assert.True(t, c.Take("a", 2))
	c.Give("a")
	c.Give("a")
	c.Give("b")
	assert.Zero(t, c.Len())
	assert.Empty(t, c.n, "names that are not there take no room")
}

func TestAddress(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64",
		"[::ffff:192.0.2.1]:80": "192.0.2.1", "[fe80::1%eth0]:80": "fe80::/64", "@": "@", "": "",
	} {
		assert.Equal(t, want, Address(remote))
	}
}
