package cloudapi

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSeen(t *testing.T) {
	s, now := &seen{}, time.Unix(1_000_000, 0)
	require.NoError(t, s.first("a", now, now))
	require.Error(t, s.first("a", now, now))
	early := now.Add(maxSkew) // a clock that is ahead: good until ten minutes from now
	require.NoError(t, s.first("b", early, now))
	require.Error(t, s.first("b", early, now.Add(2*maxSkew)), "as long as its time stamp is good")
	require.NoError(t, s.first("c", now, now.Add(2*maxSkew+maxSkew/2)))
	assert.Len(t, s.until, 1, "what is too old anyway is forgotten")
	for i := range maxSeen {
		_ = s.first(fmt.Sprint(i), now, now)
	}
	assert.Len(t, s.until, maxSeen)
	var e *Error
	require.ErrorAs(t, s.first("one more", now, now), &e)
	assert.Equal(t, CodeRequestLimitExceeded, e.Code)
}
