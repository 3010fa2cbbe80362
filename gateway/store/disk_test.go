//go:build linux

package store

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/disk"
	"tccc/gateway/disk/disktest"
	"tccc/gateway/natsd"
	"tccc/wire"
)

// words collects log lines.
type words struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lines.Write(p)
}

func (w *words) count(text string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Count(w.lines.String(), text)
}

func (w *words) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

func say(ctx context.Context, s *Store, seq, after uint64) (uint64, error) {
	m := &wire.Message{SessionID: "chat", Seq: seq, ID: fmt.Sprint("m", seq), Text: strings.Repeat("x", 2000)}
	return s.AppendMessage(ctx, "1400000001", m, after, time.Hour)
}

// The disk is full for a while, in the middle of writing. What was acknowledged
// is there, the store says why it cannot be written, and goes on by itself when
// there is room again.
func TestAFullDisk(t *testing.T) {
	dir, w := disktest.Small(t, "48m"), &words{}
	s, err := Open(t.Context(), Options{Dir: dir, Log: w.logger()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	require.Equal(t, 1, w.count("little room is left"))
	require.NoError(t, s.Health())
	require.NoError(t, s.Room())

	var acknowledged, last uint64
	for round := range 2 {
		filler := disktest.Fill(t, dir)
		deadline := time.Now().Add(patient)
		for s.Health() == nil {
			require.True(t, time.Now().Before(deadline), "the store does not notice")
			if at, err := say(t.Context(), s, acknowledged+1, last); err == nil {
				acknowledged, last = acknowledged+1, at
			}
			_, _ = s.AppendCDR(t.Context(), &CDR{SDKAppID: "1", SessionID: fmt.Sprint(round, "full")})
			_, _ = s.Sessions().Put(t.Context(), "a", SessionRecord{})
		}
		require.ErrorIs(t, s.Room(), ErrUnavailable)
		began := time.Now()
		_, err := say(t.Context(), s, acknowledged+1, last)
		require.ErrorIs(t, err, ErrUnavailable)
		_, err = s.AppendCDR(t.Context(), &CDR{SDKAppID: "1", SessionID: "full"})
		require.ErrorIs(t, err, ErrUnavailable)
		require.Less(t, time.Since(began), opTimeout, "it is refused at once")
		require.NoError(t, s.Sessions().PutLater("later", SessionRecord{CDR: CDR{SessionID: fmt.Sprint(round)}}))

		require.NoError(t, os.Remove(filler))
		require.Eventually(t, func() bool { return s.Health() == nil && s.Room() == nil }, patient, 20*time.Millisecond)
		at, err := say(t.Context(), s, acknowledged+1, last)
		require.NoError(t, err)
		acknowledged, last = acknowledged+1, at
		_, err = s.AppendCDR(t.Context(), &CDR{SDKAppID: "1", SessionID: fmt.Sprint(round, "after")})
		require.NoError(t, err)
		require.NoError(t, s.Flush(t.Context()))
		e, err := s.Sessions().Get(t.Context(), "later")
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(round), e.Value.SessionID)
	}
	all, err := s.Messages(t.Context(), "1400000001", "chat", 1, 0, 0)
	require.NoError(t, err)
	require.Len(t, all, int(acknowledged))
	require.Equal(t, 2, w.count("the store cannot be written"), "once each time")
	require.Equal(t, 2, w.count("the store can be written again"))
}

// JetStream itself meets the end of the disk: its streams keep the error.
func TestAStreamThatFailed(t *testing.T) {
	dir, w := disktest.Small(t, "48m"), &words{}
	s, err := Open(t.Context(), Options{Dir: dir, Log: w.logger()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	at, err := say(t.Context(), s, 1, 0)
	require.NoError(t, err)
	filler := disktest.Fill(t, dir)
	// Past the guard, as a writer that was faster than it.
	for err == nil {
		_, err = s.js.Publish(t.Context(), "chat.x.y", make([]byte, 1000))
	}
	_ = s.guard.failed(err)
	require.Eventually(t, func() bool { return s.Health() != nil }, patient, 10*time.Millisecond)
	require.NoError(t, os.Remove(filler))
	require.Eventually(t, func() bool { return s.Health() == nil }, patient, 10*time.Millisecond)
	_, err = say(t.Context(), s, 2, at)
	require.NoError(t, err)
	require.Positive(t, s.guard.restarts.Load())
}

// A stop while the disk is full does not wait for what cannot be.
func TestAStopWhileFull(t *testing.T) {
	dir := disktest.Small(t, "48m")
	s, err := Open(t.Context(), Options{Dir: dir, Log: quiet})
	require.NoError(t, err)
	disktest.Fill(t, dir)
	require.Eventually(t, func() bool { return s.Health() != nil }, patient, 10*time.Millisecond)
	require.NoError(t, s.Sessions().PutLater("a", SessionRecord{}))
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	err = s.Close(ctx)
	require.ErrorContains(t, err, "1 snapshots")
	require.NoError(t, ctx.Err(), "it did not wait for the deadline")
}

// A store whose disk is full opens: what is there can be read.
func TestAFullDiskOpens(t *testing.T) {
	dir := disktest.Small(t, "48m")
	s, err := Open(t.Context(), Options{Dir: dir, Log: quiet})
	require.NoError(t, err)
	_, err = say(t.Context(), s, 1, 0)
	require.NoError(t, err)
	require.NoError(t, s.Close(t.Context()))
	filler := disktest.Fill(t, dir)
	s, err = Open(t.Context(), Options{Dir: dir, Log: quiet})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	m, err := s.LastMessage(t.Context(), "1400000001", "chat")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return s.Health() != nil }, patient, 10*time.Millisecond)
	require.NoError(t, os.Remove(filler))
	require.Eventually(t, func() bool { return s.Health() == nil }, patient, 10*time.Millisecond)
	_, err = say(t.Context(), s, 2, m.Pos)
	require.NoError(t, err)
}

// New work stops at a mark, before the end of the disk.
func TestTheFreeSpaceMark(t *testing.T) {
	dir, w := disktest.Small(t, "48m"), &words{}
	s, err := Open(t.Context(), Options{Dir: dir, Log: w.logger(), MinFree: 2_000_000})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	free, _, err := disk.Room(dir)
	require.NoError(t, err)
	filler := filepath.Join(dir, "filler")
	require.NoError(t, os.WriteFile(filler, make([]byte, free-1_700_000), 0o600))
	require.Eventually(t, func() bool { return s.Room() != nil }, patient, 10*time.Millisecond)
	require.ErrorIs(t, s.Room(), ErrNoRoom)
	require.NoError(t, s.RoomForMessages(), "what goes on goes on")
	_, err = s.AppendCDR(t.Context(), &CDR{SDKAppID: "1", SessionID: "goes on"})
	require.NoError(t, err)
	require.Equal(t, 1, w.count("no new work is taken"))
	require.NoError(t, os.Remove(filler))
	require.Eventually(t, func() bool { return s.Room() == nil }, patient, 10*time.Millisecond)
}

// A disk that hangs for a while, and one that becomes read-only, as the system
// makes it after an error.
func TestASickDisk(t *testing.T) {
	image := disktest.NewImage(t)
	dir := image.Dir
	s, err := Open(t.Context(), Options{Dir: filepath.Join(dir, "data"), Log: quiet})
	require.NoError(t, err)
	_, err = say(t.Context(), s, 1, 0)
	require.NoError(t, err)

	image.Freeze()
	require.Eventually(t, func() bool { return s.Health() != nil }, patient, 10*time.Millisecond)
	image.Thaw()
	require.Eventually(t, func() bool { return s.Health() == nil }, patient, 10*time.Millisecond)
	_, err = s.AppendCDR(t.Context(), &CDR{SDKAppID: "1", SessionID: "after it hung"})
	require.NoError(t, err)

	image.Abort()
	require.Eventually(t, func() bool { return s.Health() != nil }, patient, 10*time.Millisecond)
	m, err := s.LastMessage(t.Context(), "1400000001", "chat")
	require.NoError(t, err, "what is there can be read")
	assert.EqualValues(t, 1, m.Seq)
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	_ = s.Close(ctx)
	require.NoError(t, ctx.Err())
	_, err = Open(t.Context(), Options{Dir: filepath.Join(dir, "data"), Log: quiet})
	require.ErrorContains(t, err, "read-only file system")
}

// What exists opens, whatever the bound is now; what is more is refused, and
// removals make room again.
func TestTheSizeOfTheStore(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Dir: dir, Log: quiet})
	require.NoError(t, err)
	var last uint64
	for seq := range uint64(500) {
		last, err = say(t.Context(), s, seq+1, last)
		require.NoError(t, err)
	}
	require.NoError(t, s.Close(t.Context()))

	w := &words{}
	s, err = Open(t.Context(), Options{Dir: dir, Log: w.logger(), MaxSize: 600_000})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	require.Eventually(t, func() bool { return s.Health() != nil }, patient, 10*time.Millisecond)
	require.ErrorIs(t, s.Health(), ErrNoRoom)
	_, err = say(t.Context(), s, 501, last)
	require.ErrorIs(t, err, ErrNoRoom)
	m, err := s.LastMessage(t.Context(), "1400000001", "chat")
	require.NoError(t, err)
	require.Equal(t, last, m.Pos)
	require.NoError(t, s.Sessions().Delete(t.Context(), "x"), "removals go on")
	require.NoError(t, s.chats.Purge(t.Context()))
	require.Eventually(t, func() bool { return s.Health() == nil && s.Room() == nil }, patient, 10*time.Millisecond)
	_, err = say(t.Context(), s, 1, 0)
	require.NoError(t, err)
}

// A directory whose streams have taken more than the disk has, as earlier
// versions did, opens.
func TestReservationsOfEarlierVersions(t *testing.T) {
	dir := disktest.Small(t, "48m")
	e := &embedded{dir: dir, log: natsd.Log{To: quiet}}
	require.NoError(t, e.start(t.Context()))
	s := &Store{embedded: e, unlock: func() {}, log: quiet}
	require.NoError(t, s.connect())
	defer s.shutdown()
	for _, name := range []string{outboxStream, deadStream} {
		_, err := s.js.CreateStream(t.Context(), jetstream.StreamConfig{
			Name: name, Subjects: []string{name}, Storage: jetstream.FileStorage, MaxBytes: 4 << 30,
			Discard: jetstream.DiscardNew, Duplicates: time.Minute,
		})
		require.NoError(t, err)
	}
	s.shutdown()
	opened := open(t, dir)
	o, err := opened.OpenOutbox(t.Context(), 0)
	require.NoError(t, err)
	require.NoError(t, o.Add(t.Context(), &OutboxItem{ID: "a", Receiver: "r"}))
	_, reserved, err := opened.embedded.server.JetStreamReservedResources()
	require.NoError(t, err)
	require.Zero(t, reserved)
}
