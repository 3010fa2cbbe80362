package record

import (
	"encoding/binary"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/audio"
	"tccc/gateway/config"
	"tccc/gateway/mix"
	"tccc/gateway/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const app = "1400000009"

var quiet = slog.New(slog.DiscardHandler)

func open(t *testing.T, dir string, keep time.Duration, now func() time.Time) *Recorder {
	t.Helper()
	return openAs(t, "wav", dir, keep, now)
}

func openAs(t *testing.T, format, dir string, keep time.Duration, now func() time.Time) *Recorder {
	t.Helper()
	r, err := Open(Options{Dir: dir, Log: quiet, Now: now, Apps: []config.App{
		{SDKAppID: app, Recording: config.Recording{Enabled: true, Format: format, Retention: keep}}, {SDKAppID: "7"},
	}})
	require.NoError(t, err)
	return r
}

// voice is somebody who speaks a tone.
type voice struct {
	tone  audio.DualTone
	codec mix.Codec
	ts    uint32
	seq   uint16
}

func (v *voice) frame() *mix.Frame {
	pcm, payload := v.tone.Samples(160), make([]byte, 160)
	if v.codec == mix.PCMA {
		audio.EncodeAlaw(payload, pcm)
	} else {
		audio.EncodeMulaw(payload, pcm)
	}
	v.ts += 160
	v.seq++
	return &mix.Frame{Codec: v.codec, Seq: v.seq, Timestamp: v.ts, Payload: payload}
}

// read checks a file's header, by the text of the format, and gives its channels.
func read(t *testing.T, file string) (left, right []int16) {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "RIFF", string(b[:4]))
	require.Equal(t, len(b)-8, int(binary.LittleEndian.Uint32(b[4:])))
	require.Equal(t, "WAVEfmt ", string(b[8:16]))
	require.Equal(t, []byte{18, 0, 0, 0, 7, 0, 2, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 8, 0, 0, 0}, b[16:38])
	require.Equal(t, "fact", string(b[38:42]))
	require.Equal(t, "data", string(b[50:54]))
	sound := b[58:]
	require.Equal(t, len(sound), int(binary.LittleEndian.Uint32(b[54:])))
	require.Equal(t, len(sound)/2, int(binary.LittleEndian.Uint32(b[46:])))
	for i := 0; i+1 < len(sound); i += 2 {
		var pcm [2]int16
		audio.DecodeMulaw(pcm[:], sound[i:i+2])
		left, right = append(left, pcm[0]), append(right, pcm[1])
	}
	_, err = audio.ReadWAV(strings.NewReader(string(b)))
	require.NoError(t, err, "the gateway's own reader takes it")
	return left, right
}

// second is one second of a channel.
func second(pcm []int16, n int) []int16 { return pcm[n*audio.Rate : (n+1)*audio.Rate] }

// converse records seven seconds: a customer who is on hold from the third to the
// fifth, whose packets overtake each other, and an agent whom another one joins.
func converse(t *testing.T, r *Recorder) {
	t.Helper()
	c := r.Record(app, "SESSION", false)
	require.NotNil(t, c)
	assert.Equal(t, app+"-20000101-SESSION", c.ID())
	customer := &voice{tone: audio.Tone(440, 0.3), codec: mix.PCMA, ts: 1<<32 - 4000} // wraps
	agent := &voice{tone: audio.Tone(1000, 0.3), codec: mix.PCMU}
	other := &voice{tone: audio.Tone(1700, 0.3), codec: mix.PCMU}
	var late *mix.Frame
	for ms := 0; ms < 7000; ms += 20 {
		time.Sleep(20 * time.Millisecond)
		switch f := customer.frame(); {
		case ms == 1000:
			late = f
		case ms == 1040: // overtaken by two
			c.Customer().WriteFrame(f)
			c.Customer().WriteFrame(late)
		case ms < 3000 || ms >= 5000: // on hold in between
			c.Customer().WriteFrame(f)
		}
		c.Agent(0).WriteFrame(agent.frame())
		c.Agent(0).WriteFrame(&mix.Frame{Codec: mix.Opus, Payload: []byte{1, 2, 3}})
		if ms >= 6000 {
			c.Agent(1).WriteFrame(other.frame())
		}
	}
	c.Close()
	c.Close()
	synctest.Wait()
}

// hears checks what converse has recorded, levels within a tolerance.
func hears(t *testing.T, left, right []int16, within float64) {
	t.Helper()
	require.Len(t, right, len(left))
	assert.InDelta(t, 7*audio.Rate, len(left), 400)
	for i := range 6 {
		if i == 3 || i == 4 {
			assert.Less(t, audio.Energy(second(left, i)), 0.05, "second %d", i)
		} else {
			assert.InDelta(t, 440, audio.Frequency(second(left, i)), 2, "second %d", i)
			assert.InDelta(t, 0.3/1.414, audio.Energy(second(left, i)), within+0.01, "second %d without holes", i)
		}
		assert.InDelta(t, 1000, audio.Frequency(second(right, i)), 2, "second %d", i)
		assert.InDelta(t, 0.3/1.414, audio.Energy(second(right, i)), within, "second %d", i)
	}
	both := right[6*audio.Rate+800:]
	assert.InDelta(t, 0.3, audio.Energy(both), within+0.02, "two voices")
}

func TestChannels(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := open(t, dir, 0, nil)
		converse(t, r)
		require.NoError(t, r.Close(t.Context()))
		assert.Nil(t, r.Record(app, "LATER", false), "closed")
	})
	left, right := read(t, filepath.Join(dir, app, "20000101", "SESSION.wav"))
	hears(t, left, right, 0.01)
}

func TestNotRecorded(t *testing.T) {
	r := open(t, t.TempDir(), 0, nil)
	defer func() { require.NoError(t, r.Close(t.Context())) }()
	assert.Nil(t, r.Record("7", "SESSION", false), "of an application that does not record")
	assert.Nil(t, r.Record("8", "SESSION", false))
	assert.Nil(t, r.Record(app, "../../etc/passwd", false))
	var none *Recorder
	assert.Nil(t, none.Record(app, "SESSION", false))
	require.NoError(t, none.Close(t.Context()))
}

// What a killed process left is completed with what is in it.
func TestUnfinished(t *testing.T) {
	dir := t.TempDir()
	day := filepath.Join(dir, app, "20260102")
	require.NoError(t, os.MkdirAll(day, 0o700))
	sound := strings.Repeat("\x80\xff", 8000)
	require.NoError(t, os.WriteFile(filepath.Join(day, "A.part"), append(header(0), sound...), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(day, "EMPTY.part"), nil, 0o600))
	r := open(t, dir, 0, nil)
	require.NoError(t, r.Close(t.Context()))
	left, right := read(t, filepath.Join(day, "A.wav"))
	assert.Len(t, left, 8000)
	assert.NotZero(t, left[0])
	assert.Zero(t, right[0])
	assert.NoFileExists(t, filepath.Join(day, "EMPTY.wav"))
}

// What another gateway records in the same directory is left alone.
func TestUnfinishedOfAnother(t *testing.T) {
	dir := t.TempDir()
	theirs := open(t, dir, 0, nil)
	c := theirs.Record(app, "LIVE", false)
	require.NotNil(t, c)
	path, _ := theirs.path(c.ID())
	require.Eventually(t, func() bool { s, err := os.Stat(path + part); return err == nil && s.Size() > 0 },
		10*time.Second, time.Millisecond)
	ours := open(t, dir, 0, nil)
	require.NoError(t, ours.Close(t.Context()))
	assert.FileExists(t, path+part)
	c.Close()
	require.NoError(t, theirs.Close(t.Context()))
	assert.NoFileExists(t, path+part)
}

func TestRetention(t *testing.T) {
	dir := t.TempDir()
	old, young := filepath.Join(dir, app, "20260101", "A.wav"), filepath.Join(dir, app, "20260102", "B.wav")
	for _, file := range []string{old, young} {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, header(0), 0o600))
	}
	now := time.Now()
	require.NoError(t, os.Chtimes(old, now, now.Add(-25*time.Hour)))
	r := open(t, dir, 24*time.Hour, func() time.Time { return now })
	require.Eventually(t, func() bool { _, err := os.Stat(filepath.Dir(old)); return os.IsNotExist(err) },
		10*time.Second, time.Millisecond)
	require.NoError(t, r.Close(t.Context()))
	assert.FileExists(t, young)
}

func TestLinks(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Log: quiet})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close(t.Context())) }()
	r := open(t, dir, 0, nil)
	defer func() { require.NoError(t, r.Close(t.Context())) }()
	day := filepath.Join(dir, app, "20260102")
	require.NoError(t, os.MkdirAll(day, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(day, "A.wav"), append(header(2), 1, 2, 3, 4), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(day, "B.part"), header(0), 0o600))
	l, err := OpenLinks(t.Context(), s, r)
	require.NoError(t, err)
	get := func(method, target string, header ...string) (int, string) {
		q := httptest.NewRequest(method, target, nil)
		if len(header) > 0 {
			q.Header.Set(header[0], header[1])
		}
		w := httptest.NewRecorder()
		l.ServeHTTP(w, q)
		body, _ := io.ReadAll(w.Body)
		return w.Code, string(body)
	}
	link := l.Link(app+"-20260102-A", time.Minute)
	code, body := get(http.MethodGet, link)
	assert.Equal(t, http.StatusOK, code)
	assert.Equal(t, string(header(2))+"\x01\x02\x03\x04", body)
	code, body = get(http.MethodGet, link, "Range", "bytes=58-59")
	assert.Equal(t, http.StatusPartialContent, code)
	assert.Equal(t, "\x01\x02", body)
	code, _ = get(http.MethodPost, link)
	assert.Equal(t, http.StatusMethodNotAllowed, code)

	again, err := OpenLinks(t.Context(), s, r)
	require.NoError(t, err)
	assert.Equal(t, l.key, again.key, "links hold over restarts")

	denied := []string{
		strings.Replace(link, "-A?", "-C?", 1), strings.Replace(link, "exp=", "exp=9", 1),
		strings.Replace(link, "sig=", "sig=0", 1), Path + app + "-20260102-A", Path + app + "-20260102-C", Path,
		link[:len(link)-1], strings.Replace(link, "exp=", "x=", 1),
		l.Link(app+"-20260102-A", 0),
	}
	_, text := get(http.MethodGet, denied[0])
	for _, target := range denied {
		code, body := get(http.MethodGet, target)
		assert.Equal(t, http.StatusForbidden, code, target)
		assert.Equal(t, text, body, "the same answer whether it exists or not")
	}
	for id, want := range map[string]int{
		app + "-20260102-C": 404, app + "-20260102-B": 409, "8-20260102-A": 404, app + "-20260102-..": 404, "x": 404,
	} {
		code, _ := get(http.MethodGet, l.Link(id, time.Minute))
		assert.Equal(t, want, code, id)
	}
}
