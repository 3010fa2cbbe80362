package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/wire"
)

func said(session string, seq uint64, text string) *wire.Message {
	return &wire.Message{SessionID: session, ID: fmt.Sprint("m", seq), Seq: seq, From: wire.FromClient,
		Type: wire.MessageText, Text: text}
}

func TestMessagesAreReadByRange(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	var at [13]uint64
	for seq := uint64(1); seq <= 12; seq++ {
		for _, session := range []string{"a", "b"} {
			after := at[seq-1]
			if session == "b" {
				after = 0 // a stale position is found out
			}
			pos, err := s.AppendMessage(ctx, "1", said(session, seq, session+fmt.Sprint(seq)), after, time.Hour)
			require.NoError(t, err)
			if session == "a" {
				at[seq] = pos
			}
		}
	}
	texts := func(first, last, from uint64) (all []string) {
		found, err := s.Messages(ctx, "1", "a", first, last, from)
		require.NoError(t, err)
		for _, m := range found {
			assert.Equal(t, at[m.Seq], m.Pos)
			all = append(all, m.Text)
		}
		return all
	}
	assert.Equal(t, []string{"a3", "a4", "a5"}, texts(3, 5, 0))
	assert.Equal(t, []string{"a3", "a4", "a5"}, texts(3, 5, at[3]))
	assert.Equal(t, []string{"a11", "a12"}, texts(11, 0, at[10]))
	assert.Len(t, texts(1, 0, 0), 12)
	assert.Empty(t, texts(13, 20, 0))
	last, err := s.LastMessage(ctx, "1", "b")
	require.NoError(t, err)
	assert.Equal(t, "b12", last.Text)
	_, err = s.LastMessage(ctx, "2", "b")
	assert.ErrorIs(t, err, ErrNotFound, "another application")
}

func TestAMessageIsWrittenOnce(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	first, err := s.AppendMessage(ctx, "1", said("a", 1, "one"), 0, 0)
	require.NoError(t, err)
	again, err := s.AppendMessage(ctx, "1", said("a", 1, "one"), 0, 0)
	require.NoError(t, err)
	assert.Equal(t, first, again, "the same message tried again")
	_, err = s.AppendMessage(ctx, "1", &wire.Message{SessionID: "a", ID: "other", Seq: 1, From: wire.FromSeat}, 0, 0)
	assert.ErrorIs(t, err, ErrConflict, "another message with its number")
	all, err := s.Messages(ctx, "1", "a", 1, 0, 0)
	require.NoError(t, err)
	assert.Len(t, all, 1)
}

func TestMessagesAreRemovedAfterTheirTime(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	at, err := s.AppendMessage(ctx, "1", said("a", 1, "soon gone"), 0, time.Second)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		all, err := s.Messages(ctx, "1", "a", 1, 0, 0)
		require.NoError(t, err)
		return len(all) == 0
	}, 20*time.Second, 50*time.Millisecond)
	_, err = s.AppendMessage(ctx, "1", said("a", 2, "goes on"), at, time.Hour)
	require.NoError(t, err)
	all, err := s.Messages(ctx, "1", "a", 1, 0, at)
	require.NoError(t, err)
	require.Len(t, all, 1)
	assert.Equal(t, "goes on", all[0].Text)
}
