package socket

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStrangers(t *testing.T) {
	s := &Strangers{AddressMost: 3, Most: 5}
	stranger := func() *Conn { return New(1, slog.New(slog.DiscardHandler)) }
	closed := func(c *Conn) bool {
		select {
		case <-c.stop:
			return true
		default:
			return false
		}
	}
	var crowd []*Conn
	var leave []func()
	for range 3 {
		c := stranger()
		gone, ok := s.Enter("crowd", c)
		require.True(t, ok)
		crowd, leave = append(crowd, c), append(leave, gone)
	}
	_, ok := s.Enter("crowd", stranger())
	assert.False(t, ok, "an address has a share")
	for _, address := range []string{"a", "b", "c"} {
		_, ok := s.Enter(address, stranger())
		require.True(t, ok, "others find room")
	}
	assert.True(t, closed(crowd[0]), "at the cost of the oldest of the address that has the most")
	assert.False(t, closed(crowd[1]))
	assert.Equal(t, 5, s.Len())
	for range 2 {
		leave[0]()
		leave[1]()
	}
	assert.Equal(t, 4, s.Len(), "each counts once")
	leave[2]()
	_, ok = s.byAddress["crowd"]
	assert.False(t, ok, "addresses that are gone take no room")
}
