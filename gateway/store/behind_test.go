package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var quiet = slog.New(slog.DiscardHandler)

// gate lets a test hold the queue's writes.
type gate struct {
	entered chan string
	leave   chan error
}

func (g *gate) write(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		g.entered <- name
		select {
		case err := <-g.leave:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func TestBehindKeepsOrderAndTheLatestValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, g := newBehind(quiet, 3), &gate{make(chan string), make(chan error)}
		require.NoError(t, b.add("a", g.write("a1")))
		require.Equal(t, "a1", <-g.entered)
		require.NoError(t, b.add("b", g.write("b1")))
		require.NoError(t, b.add("c", g.write("c1")))
		require.NoError(t, b.add("b", g.write("b2")))
		require.NoError(t, b.add("a", g.write("a2")), "a1 is being written, so a waits again")
		require.ErrorIs(t, b.add("d", g.write("d1")), ErrFull)
		flushed := make(chan error, 1)
		go func() { flushed <- b.flush(t.Context()) }()
		for _, want := range []string{"b2", "c1", "a2"} {
			g.leave <- nil
			require.Equal(t, want, <-g.entered)
		}
		synctest.Wait()
		require.Empty(t, flushed, "the last write is still under way")
		g.leave <- nil
		require.NoError(t, <-flushed)
		require.NoError(t, b.flush(t.Context()), "nothing to do")
		require.NoError(t, b.close(t.Context()))
		require.ErrorIs(t, b.add("a", g.write("a3")), ErrClosed)
	})
}

func TestBehindTriesAgainUntilANewerValueComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, g := newBehind(quiet, 10), &gate{make(chan string), make(chan error)}
		require.NoError(t, b.add("a", g.write("a1")))
		<-g.entered
		g.leave <- errors.New("the server is away")
		require.Equal(t, "a1", <-g.entered, "again")
		require.NoError(t, b.add("a", g.write("a2")))
		g.leave <- errors.New("the server is away")
		require.Equal(t, "a2", <-g.entered, "a1 is out of date")
		g.leave <- nil
		require.NoError(t, b.close(t.Context()))
	})
}

func TestBehindGivesUpAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, g := newBehind(quiet, 10), &gate{make(chan string), make(chan error)}
		for _, key := range []string{"a", "b", "c"} {
			require.NoError(t, b.add(key, g.write(key)))
		}
		<-g.entered
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		drain := make(chan struct{})
		go func() {
			for {
				select {
				case <-g.entered:
				case <-drain:
					return
				}
			}
		}()
		err := b.close(ctx)
		close(drain)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "3 snapshots")
	})
}

func TestPutLaterThenDeleteLater(t *testing.T) {
	s, ctx := open(t, t.TempDir()), t.Context()
	for i := range 100 {
		id := fmt.Sprint(i)
		r := SessionRecord{CDR: CDR{SessionID: id}}
		require.NoError(t, s.Sessions().PutLater(id, r))
		r.SessionID = "changed after it was handed over"
		if i%2 == 0 {
			require.NoError(t, s.Sessions().DeleteLater(id))
		}
	}
	require.NoError(t, s.Flush(ctx))
	all, err := s.Sessions().List(ctx)
	require.NoError(t, err)
	require.Len(t, all, 50)
	for _, e := range all {
		assert.Equal(t, e.Key, e.Value.SessionID)
	}
	require.NoError(t, s.Close(ctx))
	require.ErrorIs(t, s.Sessions().PutLater("x", SessionRecord{}), ErrClosed)
	_, err = s.Sessions().Put(ctx, "x", SessionRecord{})
	require.ErrorIs(t, err, ErrClosed)
	_, err = s.AppendCDR(ctx, &CDR{SDKAppID: "1", SessionID: "x"})
	require.ErrorIs(t, err, ErrClosed)
	_, err = s.CDRs(ctx, CDRQuery{})
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, s.Health(), ErrClosed)
}

// A record that is larger than NATS takes is set aside, said, and does not
// stand in the way of those behind it.
func TestARecordThatCanNeverBeWritten(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	large := SessionRecord{CDR: CDR{SessionID: "large", SDKAppID: "1", UUI: strings.Repeat("x", 2<<20)}}
	require.NoError(t, s.Sessions().PutLater("large", large))
	require.NoError(t, s.Sessions().PutLater("next", SessionRecord{CDR: CDR{SessionID: "next"}}))
	require.NoError(t, s.Flush(t.Context()))
	e, err := s.Sessions().Get(t.Context(), "next")
	require.NoError(t, err)
	assert.Equal(t, "next", e.Value.SessionID)
	_, err = s.AppendCDR(t.Context(), &large.CDR)
	require.NoError(t, err)
	_, err = s.Sessions().Put(t.Context(), "large", large)
	require.Error(t, err)
	text, err := os.ReadFile(filepath.Join(dir, AsideName))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	require.Len(t, lines, 2)
	for i, what := range []string{"sessions", "cdr"} {
		var r asideRecord
		require.NoError(t, json.Unmarshal([]byte(lines[i]), &r))
		assert.Equal(t, what, r.What)
		assert.Contains(t, r.Key, "large")
		assert.Greater(t, len(r.Value), 2<<20)
	}
	assert.EqualValues(t, 2, s.aside.count.Load())
}
