package sip

import (
	"testing"

	"github.com/stretchr/testify/require"
)

var networks = []string{"udp", "tcp"}

func TestOutboundCall(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			a, b := pair(t, network, Options{}, Options{})
			out := a.dial(Outgoing{From: "4001000001", To: "+86 10#1", DisplayName: "Desk", Headers: map[string]string{"User-to-User": "6869;encoding=hex"}})
			in := b.incoming()
			require.Equal(t, "4001000001", in.From())
			require.Equal(t, "+86 10#1", in.To())
			require.Equal(t, "Desk", in.DisplayName())
			require.Equal(t, "6869;encoding=hex", in.Header("User-to-User"))
			require.Equal(t, "peer", in.Trunk())
			require.Equal(t, out.ID(), in.ID())
			require.True(t, in.Inbound())
			require.Nil(t, in.Leg())

			require.NoError(t, in.Ring())
			next(t, out, Ringing)
			require.NoError(t, in.Answer())
			next(t, out, Answered)
			next(t, in, Answered)
			require.NotNil(t, out.Leg())
			require.NotNil(t, in.Leg())

			require.NoError(t, out.Hangup())
			e := next(t, out, Ended)
			require.Equal(t, Event{Kind: Ended, Code: 200, Text: "hung up"}, e)
			e = next(t, in, Ended)
			require.Equal(t, Event{Kind: Ended, ByRemote: true, Code: 200, Text: "hung up"}, e)
			closed(t, out)
			closed(t, in)
			require.NoError(t, out.Hangup(), "a second time")
		})
	}
}
