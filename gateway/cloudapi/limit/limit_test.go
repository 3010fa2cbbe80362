package limit

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
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
	for i := range maxBuckets + 10 {
		assert.True(t, l.Allow(fmt.Sprint(i), now))
	}
	assert.LessOrEqual(t, len(l.buckets), maxBuckets)
	l.Allow("later", now.Add(2*time.Second))
	assert.Len(t, l.buckets, 1, "what is as good as new is gone")
}

func TestAddress(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64", "[::ffff:192.0.2.1]:80": "192.0.2.1",
		"[fe80::1%eth0]:80": "fe80::/64", "@": "@", "": "",
	} {
		assert.Equal(t, want, Address(remote))
	}
}
