package config

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tccc/wire"
)

func TestDemoTenant(t *testing.T) {
	c := Demo()
	a := c.App("1400000001")
	require.NotNil(t, a)
	require.Len(t, a.Agents, 5)
	for i, want := range []struct {
		user, staff string
		groups      []string
	}{
		{"agent1@demo", "101", []string{"sales"}},
		{"agent2@demo", "102", []string{"sales"}},
		{"agent3@demo", "103", []string{"sales", "support"}},
		{"agent4@demo", "104", []string{"support"}},
		{"agent5@demo", "105", []string{"support"}},
	} {
		g := a.Agents[i]
		require.Equal(t, want.user, g.UserID)
		require.Equal(t, want.staff, g.StaffNo)
		require.Equal(t, want.groups, g.SkillGroups)
		require.True(t, g.Password.Equal("demo-password"))
	}
	require.Equal(t, "sales", a.Number("4001000001").SkillGroup)
	require.Equal(t, "support", a.Number("4001000002").SkillGroup)
	menu := a.IVR(a.Number("4001000003").IVR)
	require.Equal(t, []IVRKey{{"1", "Sales", "sales"}, {"2", "Support", "support"}}, menu.Keys)
	require.Equal(t, "AKIDdemo", a.CloudAPI[0].SecretID)
	require.True(t, a.CloudAPI[0].SecretKey.Equal("demo-secret-key"))
	require.True(t, a.UserSig.Key.Equal("demo-usersig-key"))
	require.Equal(t, "administrator", a.UserSig.Administrator)
	require.Equal(t, "127.0.0.1:8080", c.Listen)
	require.Equal(t, "127.0.0.1:5060", c.SIP.Listen)
	require.Zero(t, a.AfterCall)
	require.Equal(t, "12s", a.Group("sales").RingTimeout.String())
	require.True(t, a.Group("sales").AutoTransfer)
	require.True(t, c.RTC.WarmLeg)
	for _, g := range a.SkillGroups {
		require.True(t, g.Takes(wire.TypeIM), g.ID)
	}
	require.Equal(t, "sales", a.GroupFor(wire.TypeIM).ID)
	require.NotEmpty(t, a.Chat.Greeting)
	require.True(t, a.Chat.Bot.Any())
	require.Equal(t, []string{"人工", "agent", "person", "human"}, a.Chat.Bot.Handover)
	require.Empty(t, c.Warnings)
}
