package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func outbox(t *testing.T, s *Store) *Outbox {
	t.Helper()
	o, err := s.OpenOutbox(t.Context(), 0)
	require.NoError(t, err)
	return o
}

func item(receiver, id string) *OutboxItem {
	return &OutboxItem{ID: id, Receiver: receiver, SDKAppID: "1", Kind: "cdr", Key: id,
		Body: json.RawMessage(`{"id":"` + id + `"}`)}
}

// readIDs reads n items of a receiver.
func readIDs(t *testing.T, o *Outbox, receiver string, n int) (ids []string, items []OutboxItem) {
	t.Helper()
	r, err := o.Read(t.Context(), receiver, 0)
	require.NoError(t, err)
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for range n {
		i, err := r.Next(ctx)
		require.NoError(t, err)
		ids, items = append(ids, i.ID), append(items, i)
	}
	return ids, items
}

func TestOutboxKeepsWhatIsNotDelivered(t *testing.T) {
	dir := t.TempDir()
	s, ctx := open(t, dir), t.Context()
	o := outbox(t, s)
	for i := range 5 {
		require.NoError(t, o.Add(ctx, item("one", fmt.Sprint("a", i))))
		require.NoError(t, o.Add(ctx, item("two.*>", fmt.Sprint("b", i))))
	}
	require.NoError(t, o.Add(ctx, item("one", "a0")), "the same one")
	ids, items := readIDs(t, o, "one", 5)
	assert.Equal(t, []string{"a0", "a1", "a2", "a3", "a4"}, ids)
	assert.JSONEq(t, `{"id":"a3"}`, string(items[3].Body))
	assert.InDelta(t, time.Now().UnixMilli(), items[3].AddedAt, 60_000)
	for _, i := range []int{0, 2} {
		require.NoError(t, o.Remove(ctx, items[i].Seq))
	}
	require.NoError(t, o.Remove(ctx, items[0].Seq), "it is gone already")
	counts, err := o.Backlog(ctx, false)
	require.NoError(t, err)
	assert.Equal(t, map[string]uint64{"one": 3, "two.*>": 5}, counts)

	require.NoError(t, s.Close(ctx))
	s = open(t, dir)
	o = outbox(t, s)
	ids, items = readIDs(t, o, "one", 3)
	assert.Equal(t, []string{"a1", "a3", "a4"}, ids, "over a restart")

	// A reader goes on with what is added, from a place of its own.
	r, err := o.Read(ctx, "one", items[1].Seq)
	require.NoError(t, err)
	defer r.Close()
	next, err := r.Next(ctx)
	require.NoError(t, err)
	assert.Equal(t, "a4", next.ID)
	require.NoError(t, o.Add(ctx, item("two.*>", "b5")))
	require.NoError(t, o.Add(ctx, item("one", "a5")))
	next, err = r.Next(ctx)
	require.NoError(t, err)
	assert.Equal(t, "a5", next.ID)
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	_, err = r.Next(short)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestDeadLettersComeBack(t *testing.T) {
	s, ctx := open(t, t.TempDir()), t.Context()
	o := outbox(t, s)
	for i := range 3 {
		require.NoError(t, o.Add(ctx, item("one", fmt.Sprint("a", i))))
	}
	_, items := readIDs(t, o, "one", 3)
	for i := range 2 {
		items[i].Attempts, items[i].Reason, items[i].DeadAt = 7, "gone fishing", 42
		require.NoError(t, o.Bury(ctx, &items[i]))
	}
	ids, _ := readIDs(t, o, "one", 1)
	assert.Equal(t, []string{"a2"}, ids)
	dead, err := o.Dead(ctx, 0, 10)
	require.NoError(t, err)
	require.Len(t, dead, 2)
	assert.Equal(t, "a0", dead[0].ID)
	assert.Equal(t, 7, dead[0].Attempts)
	assert.Equal(t, "gone fishing", dead[0].Reason)
	rest, err := o.Dead(ctx, dead[0].Seq, 10)
	require.NoError(t, err)
	require.Len(t, rest, 1)

	back, err := o.Revive(ctx, dead[1].Seq)
	require.NoError(t, err)
	assert.Equal(t, "a1", back.ID)
	ids, items = readIDs(t, o, "one", 2)
	assert.Equal(t, []string{"a2", "a1"}, ids)
	assert.Empty(t, items[1].Reason)
	assert.Zero(t, items[1].Attempts)
	_, err = o.Revive(ctx, dead[1].Seq)
	require.ErrorIs(t, err, ErrNotFound)
	require.NoError(t, o.Discard(ctx, dead[0].Seq))
	dead, err = o.Dead(ctx, 0, 10)
	require.NoError(t, err)
	assert.Empty(t, dead)
}

// A follower sees every record from its first start on, those that it failed
// at again, and goes on after a restart where it was.
func TestFollowCDRs(t *testing.T) {
	dir := t.TempDir()
	s, ctx := open(t, dir), t.Context()
	appendCDR := func(id string) {
		_, err := s.AppendCDR(ctx, &CDR{SDKAppID: "1", SessionID: id})
		require.NoError(t, err)
	}
	appendCDR("before")
	f, err := s.FollowCDRs(ctx, "test")
	require.NoError(t, err)
	for i := range 5 {
		appendCDR(fmt.Sprint(i))
	}
	follow := func(f *Follower[CDR], until string, refuse func(string) bool) (seen []string) {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		require.NoError(t, f.Run(ctx, func(_ context.Context, c *CDR) error {
			if refuse(c.SessionID) {
				return errors.New("not now")
			}
			seen = append(seen, c.SessionID)
			if c.SessionID == until {
				cancel()
			}
			return nil
		}))
		return seen
	}
	refused := false
	seen := follow(f, "2", func(id string) bool {
		again := refused
		refused = refused || id == "2"
		return id == "2" && !again
	})
	assert.Equal(t, []string{"0", "1", "3", "4", "2"}, seen)

	require.NoError(t, s.Close(ctx))
	s = open(t, dir)
	appendCDR("after")
	f, err = s.FollowCDRs(ctx, "test")
	require.NoError(t, err)
	assert.Equal(t, []string{"after"}, follow(f, "after", func(string) bool { return false }))

	require.NoError(t, s.ForgetCDRs(ctx, "test"))
	require.NoError(t, s.ForgetCDRs(ctx, "test"))
	appendCDR("unseen")
	f, err = s.FollowCDRs(ctx, "test")
	require.NoError(t, err)
	appendCDR("new")
	assert.Equal(t, []string{"new"}, follow(f, "new", func(string) bool { return false }))
}
