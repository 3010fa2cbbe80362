package sip

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// signed is a trunk that both sides reach by digest only.
func signed(user, password, inUser, inPassword string) Options {
	return Options{Trunks: []Trunk{{Name: "peer", Username: user, Password: password,
		Inbound: Inbound{Username: inUser, Password: inPassword}}}}
}

func TestDigestBothWays(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			a, b := pair(t, network, signed("alice", "secret of a", "bob", "secret of b"),
				signed("bob", "secret of b", "alice", "secret of a"))
			for range 3 {
				out, in := talk(t, a, b, Outgoing{})
				require.Equal(t, "peer", in.Trunk())
				require.NoError(t, out.Hangup())
				next(t, out, Ended)
				next(t, in, Ended)
				out, in = talk(t, b, a, Outgoing{})
				require.NoError(t, in.Hangup())
				next(t, out, Ended)
				next(t, in, Ended)
			}
		})
	}
}

func TestDigestWrongPassword(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			a, b := pair(t, network, signed("alice", "guess", "bob", "x"), signed("bob", "x", "alice", "secret"))
			out := a.dial(Outgoing{})
			require.Equal(t, 401, next(t, out, Ended).Code)
			require.Empty(t, b.calls)
			require.Zero(t, b.Calls())
		})
	}
}

func TestUnknownSource(t *testing.T) {
	b := newAgent(t, Options{Trunks: []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"192.0.2.0/24"}}}}})
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			a := newAgent(t, Options{Trunks: []Trunk{{Name: "peer", Address: b.Addr(), Transport: network}}})
			out := a.dial(Outgoing{})
			require.Equal(t, 403, next(t, out, Ended).Code)
			require.Empty(t, b.calls)
		})
	}
}
