package record

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/thesyncim/gopus"
	"github.com/thesyncim/gopus/container/ogg"

	"tccc/gateway/audio"
	"tccc/gateway/store"
)

// readOpus decodes a file with a reader that is not ours, and gives its channels
// at 8 kHz, as long as the file says they are.
func readOpus(t *testing.T, b []byte) (left, right []int16) {
	t.Helper()
	r, err := ogg.NewReader(bytes.NewReader(b))
	require.NoError(t, err)
	assert.EqualValues(t, 2, r.Channels())
	skip := int(r.PreSkip()) / granules
	d, err := gopus.NewDecoder(gopus.DefaultDecoderConfig(audio.Rate, 2))
	require.NoError(t, err)
	room := make([]int16, 2*audio.Rate)
	var last uint64
	for {
		packet, granule, err := r.ReadPacket()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		require.GreaterOrEqual(t, granule, last, "positions go up")
		last = granule
		n, err := d.DecodeInt16(packet, room)
		require.NoError(t, err)
		for i := range n {
			left, right = append(left, room[2*i]), append(right, room[2*i+1])
		}
	}
	n := int(last)/granules - skip
	require.GreaterOrEqual(t, n, 0)
	require.GreaterOrEqual(t, len(left), skip+n, "all that counts is there")
	return left[skip : skip+n], right[skip : skip+n]
}

// lastIs reports whether the last page of a file says that it is.
func lastIs(t *testing.T, b []byte) bool {
	t.Helper()
	at := bytes.LastIndex(b, []byte("OggS"))
	require.GreaterOrEqual(t, at, 0)
	return b[at+flagsAt]&lastPage != 0
}

func TestOpusChannels(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := openAs(t, "opus", dir, 0, nil)
		converse(t, r)
		require.NoError(t, r.Close(t.Context()))
	})
	b, err := os.ReadFile(filepath.Join(dir, app, "20000101", "SESSION.opus"))
	require.NoError(t, err)
	assert.True(t, lastIs(t, b))
	left, right := readOpus(t, b)
	hears(t, left, right, 0.035) // 1.5 dB: it is a codec of voices
	assert.Less(t, audio.Energy(left[3*audio.Rate+800:5*audio.Rate-800]), 0.001,
		"nothing of the agent on the customer's side")
	assert.Less(t, len(b), 7*audio.Rate, "half of WAV at most, even of tones")
}

// TestOpusTime holds the time line against that of WAV: what was said at a moment
// is heard at that moment.
func TestOpusTime(t *testing.T) {
	var b bytes.Buffer
	f, err := newOpusFile(&b)
	require.NoError(t, err)
	silence := bytes.Repeat([]byte{audio.SilenceMulaw}, 2*4111)
	require.NoError(t, f.write(silence))
	beep := audio.Tone(1000, 0.5)
	coded := make([]byte, 1601)
	audio.EncodeMulaw(coded, beep.Samples(1601))
	pairs := bytes.Repeat([]byte{audio.SilenceMulaw}, 2*1601)
	for i, c := range coded {
		pairs[2*i] = c
	}
	require.NoError(t, f.write(pairs))
	require.NoError(t, f.end())
	left, right := readOpus(t, b.Bytes())
	require.Len(t, left, 4111+1601, "to the sample")
	assert.Less(t, audio.Energy(left[:4111-40]), 0.005)
	assert.InDelta(t, 0.5/1.414, audio.Energy(left[4111+80:4111+1500]), 0.03)
	assert.Greater(t, audio.Energy(left[4111+1601-80:]), 0.25, "to the end")
	assert.Less(t, audio.Energy(right), 0.005)
}

// TestOpusIsBrokenOff completes what a killed process left, wherever it was broken
// off.
func TestOpusIsBrokenOff(t *testing.T) {
	var whole bytes.Buffer
	f, err := newOpusFile(&whole)
	require.NoError(t, err)
	heads := whole.Len()
	tone := audio.Tone(440, 0.3)
	for range 10 {
		coded := make([]byte, 1600)
		audio.EncodeMulaw(coded, tone.Samples(1600))
		pairs := make([]byte, 3200)
		for i, c := range coded {
			pairs[2*i], pairs[2*i+1] = c, audio.SilenceMulaw
		}
		require.NoError(t, f.write(pairs))
	}
	b := whole.Bytes()
	left, _ := readOpus(t, b)
	assert.InDelta(t, 16000, len(left), 160, "players open it as it is")

	dir := t.TempDir()
	day := filepath.Join(dir, app, "20260102")
	require.NoError(t, os.MkdirAll(day, 0o700))
	torn := bytes.Clone(b)
	torn[len(torn)-3] ^= 1
	for name, data := range map[string][]byte{
		"WHOLE": b, "CUT": b[:len(b)-1], "TORN": torn, "ZEROS": append(bytes.Clone(b), make([]byte, 5000)...),
		"HALF": b[:heads+(len(b)-heads)/2], "HEADS": b[:heads], "HEAD": b[:heads-1], "MAGIC": b[:4],
	} {
		require.NoError(t, os.WriteFile(filepath.Join(day, name+part), data, 0o600))
	}
	r := open(t, dir, 0, nil) // the configuration has changed
	require.NoError(t, r.Close(t.Context()))
	for name, want := range map[string]int{"WHOLE": 16000, "CUT": 14400, "TORN": 14400, "ZEROS": 16000, "HALF": 8000} {
		b, err := os.ReadFile(filepath.Join(day, name+".opus"))
		require.NoError(t, err, name)
		assert.True(t, lastIs(t, b), name)
		left, _ := readOpus(t, b)
		assert.InDelta(t, want, len(left), 1700, name)
		assert.InDelta(t, 440, audio.Frequency(left[800:]), 2, name)
		assert.InDelta(t, 0.3/1.414, audio.Energy(left[800:]), 0.02, name)
	}
	for _, name := range []string{"HEADS", "HEAD", "MAGIC"} {
		assert.NoFileExists(t, filepath.Join(day, name+".opus"))
	}
}

// TestOpusLinks serves, sweeps and erases files of both kinds, whatever is
// configured now.
func TestOpusLinks(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Log: quiet})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close(t.Context())) }()
	now := time.Now()
	day := filepath.Join(dir, app, "20260102")
	require.NoError(t, os.MkdirAll(day, 0o700))
	write := func(name, text string, age time.Duration) {
		file := filepath.Join(day, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		require.NoError(t, os.Chtimes(file, now, now.Add(-age)))
	}
	write("A.opus", "OggS and more", 0)
	write("B.wav", "RIFF", 0)
	write("OLD.opus", "OggS", 25*time.Hour)
	r := open(t, dir, 24*time.Hour, func() time.Time { return now })
	defer func() { require.NoError(t, r.Close(t.Context())) }()
	l, err := OpenLinks(t.Context(), s, r)
	require.NoError(t, err)
	get := func(id string, header ...string) *http.Response {
		q := httptest.NewRequest(http.MethodGet, l.Link(app+"-20260102-"+id, time.Minute), nil)
		if len(header) > 0 {
			q.Header.Set(header[0], header[1])
		}
		w := httptest.NewRecorder()
		l.ServeHTTP(w, q)
		return w.Result()
	}
	opus, wav := get("A", "Range", "bytes=5-7"), get("B")
	assert.Equal(t, http.StatusPartialContent, opus.StatusCode)
	assert.Equal(t, "audio/ogg; codecs=opus", opus.Header.Get("Content-Type"))
	assert.Equal(t, "bytes 5-7/13", opus.Header.Get("Content-Range"), "the length is known")
	assert.Contains(t, opus.Header.Get("Content-Disposition"), "-A.opus")
	assert.Equal(t, "audio/wav", wav.Header.Get("Content-Type"))
	assert.Contains(t, wav.Header.Get("Content-Disposition"), "inline")
	kept := httptest.NewRecorder()
	l.ServeHTTP(kept, httptest.NewRequest(http.MethodGet, l.Link(app+"-20260102-B", time.Minute)+"&download=1", nil))
	assert.Equal(t, `attachment; filename="`+app+`-20260102-B.wav"`, kept.Header().Get("Content-Disposition"))
	require.Eventually(t, func() bool { return get("OLD").StatusCode == http.StatusNotFound }, 10*time.Second,
		time.Millisecond)
	for _, id := range []string{"A", "B"} {
		there, err := r.Erase(app + "-20260102-" + id)
		require.NoError(t, err)
		assert.True(t, there)
		assert.Equal(t, http.StatusNotFound, get(id).StatusCode)
	}
	assert.NoDirExists(t, day)
}

// FuzzRepair repairs what is no file of ours.
func FuzzRepair(f *testing.F) {
	var b bytes.Buffer
	o, err := newOpusFile(&b)
	require.NoError(f, err)
	require.NoError(f, o.write(make([]byte, 3200)))
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()-7])
	f.Add([]byte("OggS\x00\x02"))
	f.Add(header(0))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := os.CreateTemp(t.TempDir(), "")
		require.NoError(t, err)
		defer file.Close()
		_, err = file.Write(data)
		require.NoError(t, err)
		if repairOpus(file) != nil {
			return
		}
		b, err := os.ReadFile(file.Name())
		require.NoError(t, err)
		require.LessOrEqual(t, len(b), len(data))
		for in := bytes.NewReader(b); in.Len() > 0; {
			_, err := readPage(in, nil)
			require.NoError(t, err, "what is left is whole")
		}
	})
}

// TestPages writes more than a page holds.
func TestPages(t *testing.T) {
	var b bytes.Buffer
	p := pages{w: &b, serial: 7}
	var want [][]byte
	for i := range 600 {
		packet := bytes.Repeat([]byte{byte(i)}, i) // 0, 254, 255, 256, 510: all kinds of tables
		want = append(want, packet)
		require.NoError(t, p.add(packet, uint64(i)))
	}
	require.NoError(t, p.flush(lastPage))
	var got [][]byte
	for n, rest := uint32(0), b.Bytes(); len(rest) > 0; n++ {
		page, size, err := ogg.ParsePage(rest)
		require.NoError(t, err)
		assert.Equal(t, n, page.PageSequence)
		got, rest = append(got, page.Packets()...), rest[size:]
		assert.EqualValues(t, len(got)-1, page.GranulePos)
		assert.Equal(t, len(rest) == 0, page.IsEOS())
	}
	require.Len(t, got, len(want))
	for i := range want {
		assert.True(t, bytes.Equal(want[i], got[i]), "packet %d", i)
	}
}
