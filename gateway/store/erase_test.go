package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/wire"
)

// holding lists the files below a directory that hold a text.
func holding(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // files come and go
		}
		if buf, err := os.ReadFile(path); err == nil && bytes.Contains(buf, []byte(text)) {
			found = append(found, path)
		}
		return nil
	}))
	return found
}

const (
	theirNumber = "13912345678"
	theirID     = "customer-to-forget"
	theirText   = "what the customer wrote"
)

// fill writes sessions of a customer between those of others.
func fill(t *testing.T, s *Store) (box *Outbox) {
	t.Helper()
	ctx := t.Context()
	box, err := s.OpenOutbox(ctx, 0)
	require.NoError(t, err)
	for i := range 10 {
		call := CDR{SDKAppID: "1", SessionID: fmt.Sprint("call", i), Caller: "13800000000", CustomerUserID: "somebody"}
		chat := CDR{SDKAppID: "1", SessionID: fmt.Sprint("chat", i), CustomerUserID: "somebody"}
		text := "something else"
		if i%3 == 0 {
			call.Caller, call.CustomerUserID, chat.CustomerUserID, text = theirNumber, "", theirID, theirText
		}
		for range 3 { // snapshots are written again and again
			_, err := s.Sessions().Put(ctx, chat.SessionID,
				SessionRecord{CDR: chat, Chat: wire.Raw(map[string]string{"first": text})})
			require.NoError(t, err)
			_, err = s.Sessions().Put(ctx, call.SessionID, SessionRecord{CDR: call})
			require.NoError(t, err)
		}
		for _, c := range []*CDR{&call, &chat} {
			_, err = s.AppendCDR(ctx, c)
			require.NoError(t, err)
			require.NoError(t, s.Sessions().Delete(ctx, c.SessionID))
			body, _ := json.Marshal(c)
			require.NoError(t, box.Add(ctx,
				&OutboxItem{ID: c.SessionID, Receiver: "r", SDKAppID: "1", Key: c.SessionID, Body: body}))
		}
		_, err = s.Visits().Put(ctx, VisitKey("1", chat.CustomerUserID), VisitRecord{SessionID: chat.SessionID})
		require.NoError(t, err)
		_, err = s.AppendMessage(ctx, "1", &wire.Message{
			SessionID: chat.SessionID, Seq: 1, ID: "m", Text: text, From: wire.FromClient, UserID: chat.CustomerUserID,
		}, 0, 0)
		require.NoError(t, err)
	}
	return box
}

// What is erased is in no file any more, and everything else is there, also
// after the index was lost.
func TestErase(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Dir: dir, Log: quiet})
	require.NoError(t, err)
	ctx := t.Context()
	fill(t, s)
	s.aside.take("sessions", "call0", []byte(`{"caller":"`+theirNumber+`"}`), errDamaged)
	s.aside.take("sessions", "another", []byte(`{}`), errDamaged)
	require.NotEmpty(t, holding(t, dir, theirNumber))

	found, err := s.Find(ctx, "1", func(c *CDR) bool { return c.Caller == theirNumber || c.CustomerUserID == theirID })
	require.NoError(t, err)
	require.Len(t, found, 8)
	n, err := s.Erase(ctx, found)
	require.NoError(t, err)
	assert.Equal(t, Erased{Records: 8, Messages: 4, Visits: 1, Pushes: 8}, n)
	aside, err := s.EraseAside(func(text string) bool { return text == "call0" })
	require.NoError(t, err)
	assert.Equal(t, 1, aside)
	overwritten, err := s.Scrub(ctx)
	require.NoError(t, err)
	assert.Positive(t, overwritten)
	forgotten := func() {
		t.Helper()
		for _, text := range []string{theirNumber, theirID, theirText} {
			assert.Empty(t, holding(t, dir, text), text)
		}
	}
	forgotten()
	rest := func(s *Store) {
		t.Helper()
		page, err := s.CDRs(ctx, CDRQuery{SDKAppID: "1"})
		require.NoError(t, err)
		assert.Len(t, page.CDRs, 12)
		all, err := s.Messages(ctx, "1", "chat1", 1, 0, 0)
		require.NoError(t, err)
		assert.Len(t, all, 1)
		box, err := s.OpenOutbox(ctx, 0)
		require.NoError(t, err)
		waiting, err := box.Backlog(ctx, false)
		require.NoError(t, err)
		assert.Equal(t, map[string]uint64{"r": 12}, waiting)
		_, err = s.Visits().Get(ctx, VisitKey("1", "somebody"))
		require.NoError(t, err)
		again, err := s.AppendCDR(ctx, &CDR{SDKAppID: "1", SessionID: "call1"})
		require.NoError(t, err)
		assert.Zero(t, again, "one record a session")
	}
	rest(s)
	require.NoError(t, s.Close(ctx))
	forgotten()
	r, err := Check(dir)
	require.NoError(t, err)
	assert.True(t, r.Sound())
	assert.Empty(t, r.Damage)
	indexes, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "*", "msgs", "index.db"))
	require.NoError(t, err)
	for _, path := range indexes {
		require.NoError(t, os.Remove(path))
	}
	rest(open(t, dir))
	forgotten()
}

// A stream that is written to meanwhile loses nothing.
func TestScrubMeanwhile(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Dir: dir, Log: quiet, ScrubEvery: time.Millisecond})
	require.NoError(t, err)
	ctx, last := t.Context(), uint64(0)
	for seq := uint64(1); seq <= 200; seq++ {
		last, err = s.AppendMessage(ctx, "1",
			&wire.Message{SessionID: "chat", Seq: seq, ID: fmt.Sprint(seq), Text: theirText}, last, 0)
		require.NoError(t, err)
		_, err = s.AppendMessage(ctx, "1",
			&wire.Message{SessionID: fmt.Sprint("gone", seq), Seq: 1, ID: "m", Text: theirID}, 0, 0)
		require.NoError(t, err)
		_, err = s.Erase(ctx, []Kept{{SDKAppID: "1", SessionID: fmt.Sprint("gone", seq)}})
		require.NoError(t, err)
	}
	whole := func(s *Store) {
		all, err := s.Messages(ctx, "1", "chat", 1, 0, 0)
		require.NoError(t, err)
		require.Len(t, all, 200)
	}
	whole(s)
	require.Eventually(t, func() bool { return len(holding(t, dir, theirID)) == 0 }, 30*time.Second,
		20*time.Millisecond)
	require.NoError(t, s.Close(ctx))
	r, err := Check(dir)
	require.NoError(t, err)
	require.Empty(t, r.Damage)
	require.Empty(t, r.Gaps)
	whole(open(t, dir))
}

// What has been removed because its time was over leaves the files by itself:
// the first words of a chat, which its snapshot holds, and its messages.
func TestRetentionReachesTheFiles(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Dir: dir, Log: quiet, ScrubEvery: 50 * time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	ctx := t.Context()
	_, err = s.Sessions().Put(ctx, "chat",
		SessionRecord{CDR: CDR{SDKAppID: "1", SessionID: "chat"},
			Chat: wire.Raw(map[string]string{"first": theirText})})
	require.NoError(t, err)
	_, err = s.AppendMessage(ctx, "1", &wire.Message{SessionID: "chat", Seq: 1, ID: "m", Text: theirText}, 0,
		time.Second)
	require.NoError(t, err)
	require.NotEmpty(t, holding(t, dir, theirText))
	require.NoError(t, s.Sessions().Delete(ctx, "chat"))
	require.Eventually(t, func() bool { return len(holding(t, dir, theirText)) == 0 }, 30*time.Second,
		20*time.Millisecond)
	_, err = s.LastMessage(ctx, "1", "chat")
	require.ErrorIs(t, err, ErrNotFound)
}

// The files of another server are left alone, which is said.
func TestScrubOfAnotherServer(t *testing.T) {
	s, err := Open(t.Context(), Options{URL: natsServer(t), Log: quiet})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	fill(t, s)
	found, err := s.Find(t.Context(), "", func(c *CDR) bool { return c.Caller == theirNumber })
	require.NoError(t, err)
	n, err := s.Erase(t.Context(), found)
	require.NoError(t, err)
	assert.Equal(t, 4, n.Records)
	_, err = s.Scrub(t.Context())
	require.ErrorIs(t, err, ErrNoFiles)
}
