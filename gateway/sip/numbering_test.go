package sip

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tccc/gateway/numbering"
)

// A trunk is sent numbers in the form that it wants, and shows callers' in the
// form that we want; the called one is found whatever its form.
func TestFormsOfNumbers(t *testing.T) {
	plan := numbering.Plan{Country: "86", International: "00", National: "0", Bare: []string{"1", "400"}}
	abroad := Options{Trunks: []Trunk{{Name: "peer", Plan: plan, Send: numbering.Plus}}}
	home := Options{Trunks: []Trunk{{Name: "peer", Plan: plan, Show: numbering.National}},
		Owns: func(_, number string) (string, bool) {
			return "4001000001", number == "4001000001"
		}}
	a, b := pair(t, "udp", abroad, home)
	out, in := talk(t, a, b, Outgoing{From: "13800138000", To: "4001000001"})
	require.Equal(t, "+864001000001", out.invite.Recipient.User)
	require.Equal(t, "+864001000001", out.invite.To().Address.User)
	require.Equal(t, "+8613800138000", out.invite.From().Address.User)
	require.Equal(t, "4001000001", out.To(), "the session keeps the form that it has")
	require.Equal(t, "13800138000", in.From())
	require.Equal(t, "4001000001", in.To())
	require.NoError(t, out.Hangup())
	next(t, in, Ended)
	next(t, out, Ended)

	out, in = talk(t, a, b, Outgoing{From: "+14155550100", To: "10086"})
	require.Equal(t, "10086", out.invite.Recipient.User)
	require.Equal(t, "0014155550100", in.From())
	require.NoError(t, out.Hangup())
	next(t, in, Ended)
	next(t, out, Ended)
}
