package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/wire"
)

// flip changes eight bytes after a text in the files of a store.
func flip(t *testing.T, dir, text string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "*", "msgs", "*.blk"))
	require.NoError(t, err)
	for _, path := range files {
		buf, err := os.ReadFile(path)
		require.NoError(t, err)
		if at := bytes.Index(buf, []byte(text)); at >= 0 {
			for i := range 8 {
				buf[at+i] ^= 0xff
			}
			require.NoError(t, os.WriteFile(path, buf, 0o600))
			return
		}
	}
	require.Fail(t, "the text is in no file", text)
}

func write(t *testing.T, dir string, clean bool) {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir, Log: quiet})
	require.NoError(t, err)
	last := uint64(0)
	for seq := uint64(1); seq <= 20; seq++ {
		m := &wire.Message{SessionID: "chat", Seq: seq, ID: fmt.Sprint("m", seq),
			Text: fmt.Sprintf("the text of number %02d.", seq)}
		last, err = s.AppendMessage(t.Context(), "1400000001", m, last, 0)
		require.NoError(t, err)
		_, err = s.Agents().Put(t.Context(), fmt.Sprint("agent", seq),
			AgentRecord{UserID: fmt.Sprintf("user number %02d.", seq)})
		require.NoError(t, err)
	}
	require.NoError(t, s.Close(t.Context()))
	if !clean { // as after a kill: without the index
		indexes, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "*", "msgs", "index.db"))
		require.NoError(t, err)
		for _, path := range indexes {
			require.NoError(t, os.Remove(path))
		}
	}
}

// Flipped bytes cost the record that they are in, which is named and set
// aside, and no other; the store opens.
func TestFlippedBytes(t *testing.T) {
	for _, clean := range []bool{true, false} {
		t.Run(fmt.Sprint("clean=", clean), func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, clean)
			r, err := Check(dir)
			require.NoError(t, err)
			require.True(t, r.Sound())
			require.Empty(t, r.Damage)
			require.GreaterOrEqual(t, r.Records, 40)
			flip(t, dir, "text of number 07.")
			flip(t, dir, "user number 11.")
			r, err = Check(dir)
			require.NoError(t, err)
			require.False(t, r.Sound())
			require.Len(t, r.Damage, 2)
			require.Len(t, r.Gaps, 1)

			w := &words{}
			s, err := Open(t.Context(), Options{Dir: dir, Log: w.logger()})
			require.NoError(t, err)
			all, err := s.Messages(t.Context(), "1400000001", "chat", 1, 0, 0)
			require.NoError(t, err)
			assert.Len(t, all, 19)
			agents, err := s.Agents().List(t.Context())
			require.NoError(t, err)
			assert.Len(t, agents, 19)
			assert.Equal(t, 2, w.count("a damaged record"))
			assert.NotZero(t, w.count("messages of a chat are missing"))
			_, err = s.AppendMessage(t.Context(), "1400000001", &wire.Message{SessionID: "chat", Seq: 21, ID: "m21"},
				all[18].Pos, 0)
			require.NoError(t, err)
			require.NoError(t, s.Close(t.Context()))
			text, err := os.ReadFile(filepath.Join(dir, AsideName))
			require.NoError(t, err)
			assert.Equal(t, 2, strings.Count(string(text), "\n"))
			r, err = Check(dir)
			require.NoError(t, err)
			require.Empty(t, r.Damage)
		})
	}
}

// Damaged settings of streams are found, and cost no record: they are written
// anew.
func TestDamagedSettings(t *testing.T) {
	for name, damage := range map[string]func(inf, sum string) error{
		"flipped":    func(inf, _ string) error { return os.WriteFile(inf, []byte("{}"), 0o600) },
		"no sum":     func(_, sum string) error { return os.Remove(sum) },
		"empty":      func(inf, sum string) error { return errors.Join(os.Truncate(inf, 0), os.Truncate(sum, 0)) },
		"half a sum": func(_, sum string) error { return os.Truncate(sum, 8) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, true)
			for _, stream := range []string{chatStream, "KV_tccc-agents"} {
				at := filepath.Join(dir, "jetstream", "$G", "streams", stream)
				require.NoError(t, damage(filepath.Join(at, "meta.inf"), filepath.Join(at, "meta.sum")))
			}
			r, err := Check(dir)
			require.NoError(t, err)
			require.False(t, r.Sound())
			require.Len(t, r.Damage, 2)
			assert.True(t, r.Damage[0].Settings)

			s, err := Open(t.Context(), Options{Dir: dir, Log: quiet})
			require.NoError(t, err)
			all, err := s.Messages(t.Context(), "1400000001", "chat", 1, 0, 0)
			require.NoError(t, err)
			assert.Len(t, all, 20)
			agents, err := s.Agents().List(t.Context())
			require.NoError(t, err)
			assert.Len(t, agents, 20)
			require.NoError(t, s.Close(t.Context()))
			r, err = Check(dir)
			require.NoError(t, err)
			assert.True(t, r.Sound())
		})
	}
}

// The head of a record is damaged: the next one is found.
func TestARecordWithoutAHead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, false)
	flip(t, dir, "chat.1400000001.chat")
	path, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", chatStream, "msgs", "1.blk"))
	require.NoError(t, err)
	buf, err := os.ReadFile(path[0])
	require.NoError(t, err)
	copy(buf, []byte{0xff, 0xff, 0xff, 0x7f})
	require.NoError(t, os.WriteFile(path[0], buf, 0o600))
	r, err := Repair(dir)
	require.NoError(t, err)
	require.Len(t, r.Damage, 1)
	require.Equal(t, 0, r.Damage[0].At)
	s := open(t, dir)
	all, err := s.Messages(t.Context(), "1400000001", "chat", 1, 0, 0)
	require.NoError(t, err)
	require.Len(t, all, 19)
	_, err = Repair(dir)
	require.ErrorIs(t, err, ErrLocked)
}

// FuzzBlock reads files that hold anything.
func FuzzBlock(f *testing.F) {
	dir := f.TempDir()
	f.Add([]byte("x"), 0)
	f.Add(bytes.Repeat([]byte{30, 0, 0, 0}, 20), 7)
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		path := filepath.Join(dir, "1.blk")
		require.NoError(t, os.WriteFile(path, text, 0o600))
		b, err := readBlock("s", path)
		require.NoError(t, err)
		read := 0
		b.pieces(func(p piece) {
			require.Positive(t, p.length)
			read += p.length
			if p.length >= recordHead+recordHash {
				b.erase(&p)
				erased, ok := b.record(p.at)
				require.True(t, ok)
				require.Equal(t, p.length, erased.length)
			}
		})
		require.Equal(t, len(text), read)
	})
}
