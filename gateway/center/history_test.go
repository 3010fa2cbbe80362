package center

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/status"
	"tccc/gateway/store"
	"tccc/wire"
)

type testLinks struct{}

func (testLinks) Link(recording string) string { return "https://cc.example/" + recording }

func TestHistory(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.agent(user1), w.agent(user2)
	now := time.Now()
	put := func(user string, n int, change func(*store.CDR)) {
		c := store.CDR{
			SessionID: fmt.Sprintf("%s-%d", user, n), SDKAppID: app, UserID: user, Type: wire.TypePhone,
			Direction: wire.Inbound, Caller: "13800000001", Callee: sales, StartAt: now.UnixMilli(),
			AnswerAt: now.UnixMilli(), EndAt: now.UnixMilli(), Duration: 1500,
			CloseBy: wire.CloseClient,
		}
		if change != nil {
			change(&c)
		}
		_, err := w.store.AppendCDR(t.Context(), &c)
		require.NoError(t, err)
	}
	put(user1, 0, func(c *store.CDR) { c.StartAt = status.Midnight(now).Add(-time.Minute).UnixMilli() }) // of yesterday
	for n := 1; n <= 60; n++ {
		put(user1, n, nil)
	}
	put(user2, 1, nil)
	put(user1, 61, func(c *store.CDR) { c.AnswerAt, c.Rings = 0, []store.Ring{{UserID: user1, Result: "noAnswer"}} })
	put(user1, 62, func(c *store.CDR) { c.Recording, c.CustomerNickname = "r1", "Zhang Wei" })

	page := func(p *page, q wire.HistoryParams) (h wire.HistoryResult) {
		require.NoError(t, json.Unmarshal(p.ok(wire.MethodHistory, q), &h))
		return h
	}
	first := page(a, wire.HistoryParams{})
	require.Len(t, first.Entries, wire.HistoryMost)
	assert.True(t, first.More)
	assert.Equal(t, wire.HistoryEntry{
		N: 62, SessionID: user1 + "-62", Type: wire.TypePhone, Direction: wire.Inbound, Caller: "13800000001",
		Callee: sales, Nickname: "Zhang Wei", StartedAt: now.UnixMilli(), AnsweredAt: now.UnixMilli(), Duration: 1500,
		CloseBy: wire.CloseClient, Recording: "https://cc.example/r1",
	}, first.Entries[0])
	assert.True(t, first.Entries[1].Missed)
	assert.False(t, first.Entries[2].Missed)
	last := page(a, wire.HistoryParams{Before: first.Entries[wire.HistoryMost-1].N})
	require.Len(t, last.Entries, 12)
	assert.False(t, last.More)
	assert.Equal(t, user1+"-1", last.Entries[11].SessionID, "and nothing of yesterday")
	assert.Len(t, page(a, wire.HistoryParams{Limit: 3}).Entries, 3)
	assert.Empty(t, page(a, wire.HistoryParams{Before: 1}).Entries)

	require.Len(t, page(b, wire.HistoryParams{}).Entries, 1, "everybody sees their own")
	a.fails(wire.MethodHistory, wire.HistoryParams{Limit: wire.HistoryMost + 1}, wire.ErrInvalidOptions)
	a.fails(wire.MethodHistory, wire.HistoryParams{Before: -1}, wire.ErrInvalidOptions)
	assert.Equal(t, wire.HistoryResult{Entries: []wire.HistoryEntry{}}, page(w.agent(user3), wire.HistoryParams{}))

	narrow := func(n int, group string, by wire.CloseBy) {
		put(user3, n, func(c *store.CDR) { c.SkillGroupID, c.SkillGroupName, c.CloseBy = group, "Group "+group, by })
	}
	for n := 1; n <= 20; n++ {
		narrow(n, "a", wire.CloseSeat)
		narrow(100+n, "b", wire.CloseClient)
	}
	d := w.agent(user3)
	all := page(d, wire.HistoryParams{Limit: 1})
	groups := []wire.GroupName{{Name: "Group a", ID: "a"}, {Name: "Group b", ID: "b"}}
	assert.Equal(t, groups, all.Groups)
	assert.Equal(t, "Group b", all.Entries[0].SkillGroup)
	part := page(d, wire.HistoryParams{SkillGroupID: "a", Limit: 15})
	require.Len(t, part.Entries, 15)
	assert.True(t, part.More)
	assert.Equal(t, groups, part.Groups, "what else could be asked for")
	rest := page(d, wire.HistoryParams{SkillGroupID: "a", Limit: 15, Before: part.Entries[14].N})
	require.Len(t, rest.Entries, 5)
	assert.False(t, rest.More, "what follows is of another group")
	assert.Equal(t, user3+"-1", rest.Entries[4].SessionID)
	assert.Len(t, page(d, wire.HistoryParams{CloseBy: wire.CloseClient}).Entries, 20)
	assert.Empty(t, page(d, wire.HistoryParams{CloseBy: wire.CloseClient, SkillGroupID: "a"}).Entries)
	d.fails(wire.MethodHistory, wire.HistoryParams{CloseBy: "nobody"}, wire.ErrInvalidOptions)
}

func TestQueuesSayWhoWaits(t *testing.T) {
	w := newWorld(t, nil)
	a := w.agent(user1)
	a.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "notReady"})
	queue := func() (g wire.ColleagueGroup) {
		var q wire.QueuesResult
		require.NoError(t, json.Unmarshal(a.ok(wire.MethodQueues, nil), &q))
		require.Len(t, q.Groups, 1)
		return q.Groups[0]
	}
	assert.Equal(t, wire.ColleagueGroup{SkillGroupID: "sales", Name: "Sales", Online: 1}, queue())
	before := time.Now().UnixMilli()
	w.rings(sales)
	require.Eventually(t, func() bool { return queue().Waiting == 1 }, patient, 10*time.Millisecond)
	assert.GreaterOrEqual(t, queue().WaitingSince, before)
}
