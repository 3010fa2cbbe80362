package chat

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/loop"
	"tccc/gateway/store"
	"tccc/wire"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server/ats.Register.func1"))
}

// shelf is the real store, whose next writes can be made to fail or to wait.
type shelf struct {
	*store.Store
	fail atomic.Int32
	wait chan struct{}
}

func (s *shelf) AppendMessage(ctx context.Context, app string, m *wire.Message, after uint64,
	keep time.Duration) (uint64, error) {
	if s.wait != nil {
		<-s.wait
	}
	if s.fail.Add(-1) >= 0 {
		return 0, errors.New("the disk is full")
	}
	return s.Store.AppendMessage(ctx, app, m, after, keep)
}

// room is a log with its owner.
type room struct {
	t      *testing.T
	loop   *loop.Loop
	shelf  *shelf
	state  wire.ChatState
	log    *Log
	seen   []wire.Message // stored, in order
	failed atomic.Int32
	ended  bool
}

func newRoom(t *testing.T, most uint64) *room {
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	r := &room{t: t, shelf: &shelf{Store: s}, loop: loop.New(loop.Options{Fault: func(f loop.Fault) {
		t.Errorf("a fault: %v", f)
	}})}
	r.log = NewLog(r.options(most))
	r.loop.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		assert.NoError(t, r.loop.Close(ctx))
		assert.NoError(t, s.Close(ctx))
	})
	return r
}

func (r *room) options(most uint64) Options {
	return Options{
		App: "1400000001", Session: "s1", Shelf: r.shelf, Most: most, State: &r.state,
		Outside:  func(work func(context.Context) func()) { r.loop.Outside(nil, work) },
		Stopping: func() error { return nil },
		Closed: func() error {
			if r.ended {
				return wire.ErrSessionState
			}
			return nil
		},
		Stored: func(m wire.Message) { r.seen = append(r.seen, m) },
		Failed: func(error) { r.failed.Add(1) },
	}
}

func (r *room) do(f func()) {
	r.t.Helper()
	require.NoError(r.t, r.loop.Do(r.t.Context(), nil, f))
}

type outcome struct {
	m   wire.Message
	err error
}

// write begins to write texts, as one of the sides, and gives their outcomes.
func (r *room) write(from wire.Sender, ids ...string) []chan outcome {
	var all []chan outcome
	r.do(func() {
		for _, id := range ids {
			c := make(chan outcome, 1)
			all = append(all, c)
			r.log.Write(wire.Message{ID: id, From: from, Type: wire.MessageText, Text: id},
				func(m wire.Message, err error) { c <- outcome{m, err} })
		}
	})
	return all
}

func (r *room) settles(c chan outcome) outcome {
	r.t.Helper()
	select {
	case o := <-c:
		return o
	case <-time.After(10 * time.Second):
		r.t.Fatal("nobody answers")
		return outcome{}
	}
}

func (r *room) texts() (all []string) {
	r.do(func() {
		for i, m := range r.seen {
			assert.Equal(r.t, uint64(i+1), m.Seq)
			all = append(all, m.Text)
		}
	})
	return all
}

func TestInOrderAndOnce(t *testing.T) {
	r := newRoom(t, 100)
	r.shelf.fail.Store(2)
	all := r.write(wire.FromClient, "a", "b", "a", "c")
	for i, want := range []string{"a", "b", "a", "c"} {
		o := r.settles(all[i])
		require.NoError(t, o.err)
		assert.Equal(t, want, o.m.Text)
	}
	assert.Equal(t, []string{"a", "b", "c"}, r.texts())
	assert.EqualValues(t, 2, r.failed.Load(), "a full disk is told, and the message written again")
	again := r.settles(r.write(wire.FromClient, "b")[0])
	require.NoError(t, again.err)
	assert.EqualValues(t, 2, again.m.Seq, "also long after")
	assert.ErrorIs(t, r.settles(r.write(wire.FromSeat, "b")[0]).err, wire.ErrMessageInvalid, "another's id")

	r.do(func() {
		assert.Equal(t, 3, r.state.Unread)
		assert.EqualValues(t, 3, r.log.Unheard(2))
		assert.Zero(t, r.log.Unheard(3))
		r.state.SeatRead = 2
		r.log.Count()
		assert.Equal(t, 1, r.state.Unread)
	})
}

// TestDoneWrites has whoever is answered write at once.
func TestDoneWrites(t *testing.T) {
	r := newRoom(t, 100)
	last := make(chan outcome, 1)
	r.do(func() {
		r.log.Write(wire.Message{ID: "a", From: wire.FromClient, Text: "a"}, func(m wire.Message, err error) {
			r.log.Write(wire.Message{ID: "b", From: wire.FromBot, Text: "b"},
				func(m wire.Message, err error) { last <- outcome{m, err} })
		})
	})
	require.NoError(t, r.settles(last).err)
	assert.Equal(t, []string{"a", "b"}, r.texts())
}

func TestRefused(t *testing.T) {
	r := newRoom(t, draftsMost+2)
	r.shelf.wait = make(chan struct{})
	var ids []string
	for i := range draftsMost + 1 {
		ids = append(ids, fmt.Sprint(i))
	}
	all := r.write(wire.FromClient, ids...)
	assert.ErrorIs(t, r.settles(all[draftsMost]).err, wire.ErrOverloaded, "too many wait")
	r.do(func() { assert.True(t, r.log.Full()) })
	own := r.write(wire.FromSystem, "notice")[0]
	close(r.shelf.wait)
	require.NoError(t, r.settles(own).err, "what the gateway has to say can always be written")
	require.NoError(t, r.settles(r.write(wire.FromSeat, "last")[0]).err)
	assert.ErrorIs(t, r.settles(r.write(wire.FromSeat, "more")[0]).err, wire.ErrOverloaded, "as many as there may be")
	r.do(func() { r.ended = true })
	assert.ErrorIs(t, r.settles(r.write(wire.FromSeat, "late")[0]).err, wire.ErrSessionState)
	require.NoError(t, r.settles(r.write(wire.FromSystem, "ended")[0]).err)
}

// TestGoesOn takes a chat up in another process, and reads it.
func TestGoesOn(t *testing.T) {
	r := newRoom(t, 100)
	for _, c := range r.write(wire.FromClient, "a", "b", "c", "d") {
		require.NoError(t, r.settles(c).err)
	}
	stored, err := r.shelf.Messages(t.Context(), "1400000001", "s1", 1, 0, 0)
	require.NoError(t, err)
	var mark *Mark
	p := wire.MessagesParams{SessionID: "s1", Before: 4, Limit: 2}
	r.do(func() {
		r.state = wire.ChatState{SeatRead: 1}
		r.log = NewLog(r.options(100))
		r.log.Load(stored)
		assert.Equal(t, 3, r.state.Unread)
		mark = r.log.Mark(&p)
	})
	assert.NotZero(t, mark.At)
	o := r.settles(r.write(wire.FromClient, "c")[0])
	require.NoError(t, o.err)
	assert.EqualValues(t, 3, o.m.Seq, "it is there already")
	o = r.settles(r.write(wire.FromSeat, "e")[0])
	require.NoError(t, o.err)
	assert.EqualValues(t, 5, o.m.Seq)

	for name, c := range map[string]struct {
		p    wire.MessagesParams
		live *Mark
		want string
		more bool
	}{
		"before, where it is known":   {p, mark, "b c", true},
		"before":                      {p, nil, "b c", true},
		"the end":                     {wire.MessagesParams{Limit: 2}, nil, "d e", true},
		"everything":                  {wire.MessagesParams{}, nil, "a b c d e", false},
		"after":                       {wire.MessagesParams{After: 2, Limit: 2}, nil, "c d", true},
		"after the last":              {wire.MessagesParams{After: 5}, nil, "", false},
		"no further than one's sight": {wire.MessagesParams{}, &Mark{Most: 3}, "a b c", false},
	} {
		c.p.SessionID = "s1"
		require.NoError(t, Check(&c.p), name)
		out, err := Read(t.Context(), r.shelf, "1400000001", &c.p, c.live)
		require.NoError(t, err, name)
		var got []string
		for _, m := range out.Messages {
			got = append(got, m.Text)
		}
		assert.Equal(t, c.want, strings.Join(got, " "), name)
		assert.Equal(t, c.more, out.More, name)
	}
	out, err := Read(t.Context(), r.shelf, "1400000001", &wire.MessagesParams{SessionID: "unknown"}, nil)
	require.NoError(t, err)
	assert.Empty(t, out.Messages)
	assert.ErrorIs(t, Check(&wire.MessagesParams{Before: 1, After: 1}), wire.ErrInvalidOptions)
	assert.ErrorIs(t, Check(&wire.MessagesParams{Limit: wire.MessagesMost + 1}), wire.ErrInvalidOptions)
}

func TestFit(t *testing.T) {
	long := strings.Repeat("x", resultMost/3)
	all := []wire.Message{{Seq: 1, Text: long}, {Seq: 2, Text: long}, {Seq: 3, Text: long}}
	back := wire.MessagesResult{Messages: all}
	Fit(&back, &wire.MessagesParams{})
	require.Len(t, back.Messages, 2)
	assert.EqualValues(t, 2, back.Messages[0].Seq, "the reader goes on towards the beginning")
	assert.True(t, back.More)
	on := wire.MessagesResult{Messages: all}
	Fit(&on, &wire.MessagesParams{After: 1})
	require.Len(t, on.Messages, 2)
	assert.EqualValues(t, 1, on.Messages[0].Seq)
}
