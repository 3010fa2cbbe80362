package record

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
	"tccc/gateway/config"
	"tccc/gateway/mix"
)

// Testdata are four seconds of FFmpeg's test picture with 15 frames a second, every
// 15th of them a key frame:
// ffmpeg -f lavfi -i testsrc=size=160x120:rate=15:duration=4 -c:v libvpx -g 15 …
const filmRate = 15

// filmed are the frames of a film of the test data.
func filmed(t *testing.T, h264 bool) (frames [][]byte) {
	t.Helper()
	if h264 {
		b, err := os.ReadFile("testdata/testsrc.h264")
		require.NoError(t, err)
		var open []byte
		for _, unit := range bytes.Split(bytes.ReplaceAll(b, []byte{0, 0, 0, 1}, []byte{0, 0, 1}),
			[]byte{0, 0, 1})[1:] {
			open = append(append(open, 0, 0, 0, 1), unit...)
			if kind := unit[0] & 0x1F; kind == 1 || kind == 5 {
				frames, open = append(frames, open), nil
			}
		}
		return frames
	}
	b, err := os.ReadFile("testdata/testsrc.ivf")
	require.NoError(t, err)
	for b = b[32:]; len(b) > 12; {
		n := binary.LittleEndian.Uint32(b)
		frames, b = append(frames, b[12:12+n]), b[12+n:]
	}
	return frames
}

// screenplay is a camera of the test data.
type screenplay struct {
	packetizer rtp.Packetizer
	frames     [][]byte
	h264       bool
}

func newScreenplay(t *testing.T, ssrc uint32, h264 bool) *screenplay {
	var payloader rtp.Payloader = &codecs.VP8Payloader{EnablePictureID: true}
	if h264 {
		payloader = &codecs.H264Payloader{}
	}
	return &screenplay{frames: filmed(t, h264), h264: h264, packetizer: rtp.NewPacketizer(600, 96, ssrc, payloader,
		rtp.NewFixedSequencer(65500), 90000)}
}

// shoot gives the packets of the n-th frame.
func (s *screenplay) shoot(n int) []*rtp.Packet {
	return s.packetizer.Packetize(s.frames[n], 90000/filmRate)
}

// shootFilm records four seconds in which the agent speaks from the third on.
func shootFilm(t *testing.T, r *Recorder, id string, h264 bool) (asked int) {
	c := r.Record(app, id, true)
	theirs, ours, ok := c.Pictures()
	require.True(t, ok)
	customer, agent := newScreenplay(t, 7, h264), newScreenplay(t, 8, false)
	voice := &voice{tone: audio.Tone(1000, 0.3), codec: mix.PCMU}
	for n := range 4 * filmRate {
		time.Sleep(time.Second / filmRate)
		packets := customer.shoot(n)
		switch {
		case n == 40 && len(packets) > 1: // one is late
			packets[0], packets[1] = packets[1], packets[0]
		case n == 16: // one is lost for good
			packets = packets[1:]
		}
		for _, p := range packets {
			if theirs(p, h264, time.Now()) && n > 0 {
				asked++
			}
			theirs(p, h264, time.Now()) // comes twice
		}
		if n < filmRate || n >= 2*filmRate { // the camera is off in between
			for _, p := range agent.shoot(n) {
				ours(p, false, time.Now())
			}
		}
		if n == 2*filmRate {
			go func() {
				for range 100 {
					c.Agent(0).WriteFrame(voice.frame())
					time.Sleep(20 * time.Millisecond)
				}
			}()
		}
	}
	time.Sleep(500 * time.Millisecond)
	c.Close()
	synctest.Wait()
	time.Sleep(time.Second)
	return asked
}

func openFilms(t *testing.T, dir string) *Recorder {
	t.Helper()
	r, err := Open(Options{Dir: dir, Log: quiet, Apps: []config.App{
		{SDKAppID: app, Recording: config.Recording{Enabled: true, Video: true, Format: "wav"}}}})
	require.NoError(t, err)
	return r
}

// probed is what FFmpeg says of a file.
type probed struct {
	Streams []struct {
		CodecName string `json:"codec_name"`
		Frames    string `json:"nb_read_frames"`
		Width     int
		Channels  int
	}
	Format struct {
		Name     string `json:"format_name"`
		Duration string
	}
	Frames []struct {
		Stream int    `json:"stream_index"`
		Time   string `json:"pts_time"`
	}
}

// probe decodes every frame, without a fault.
func probe(t *testing.T, file string) (p probed) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-show_frames",
		"-show_entries", "stream:format:frame=stream_index,pts_time", "-of", "json", file).Output()
	require.NoError(t, err, "go run ./internal/build ffmpeg installs it")
	require.NoError(t, json.Unmarshal(out, &p))
	out, err = exec.Command("ffmpeg", "-v", "warning", "-i", file, "-map", "0", "-f", "null", "-").CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Empty(t, string(out), file)
	return p
}

func (p *probed) times(t *testing.T, stream int) (all []float64) {
	for _, f := range p.Frames {
		if f.Stream == stream {
			at, err := strconv.ParseFloat(f.Time, 64)
			require.NoError(t, err)
			all = append(all, at)
		}
	}
	return all
}

// A film has both pictures, as they came, and the sound at its place.
func TestFilm(t *testing.T) {
	for name, want := range map[string]struct {
		h264               bool
		end, codec, format string
	}{
		"VP8":  {false, ".webm", "vp8", "matroska,webm"},
		"H264": {true, ".mkv", "h264", "matroska,webm"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				r := openFilms(t, dir)
				assert.Positive(t, shootFilm(t, r, "FILM", want.h264), "what is lost is made up for")
				require.NoError(t, r.Close(t.Context()))
			})
			files, err := filepath.Glob(filepath.Join(dir, app, "*", "*"))
			require.NoError(t, err)
			require.Len(t, files, 1)
			require.Equal(t, "FILM"+want.end, filepath.Base(files[0]))
			p := probe(t, files[0])
			require.Len(t, p.Streams, 3)
			assert.Equal(t, []string{want.codec, "opus", "vp8"},
				[]string{p.Streams[0].CodecName, p.Streams[1].CodecName, p.Streams[2].CodecName})
			assert.Equal(t, want.format, p.Format.Name)
			assert.Equal(t, 160, p.Streams[0].Width)
			assert.Equal(t, 2, p.Streams[1].Channels)
			length, err := strconv.ParseFloat(p.Format.Duration, 64)
			require.NoError(t, err)
			assert.InDelta(t, 4.5, length, 0.1)

			// From the lost packet to the next key frame there is nothing.
			customer, agent := p.times(t, 0), p.times(t, 2)
			assert.InDelta(t, 4*filmRate-14, len(customer), 1)
			assert.InDelta(t, 0, customer[0]-1.0/filmRate, 0.002)
			assert.InDelta(t, 4, customer[len(customer)-1], 0.07)
			assert.InDelta(t, 3*filmRate, len(agent), 1)
			assert.InDelta(t, 1, agent[filmRate]-agent[filmRate-1], 0.1, "the camera was off")

			// The agent's voice begins with the picture of that moment.
			left, right := soundOf(t, files[0])
			begin := 2*filmRate*audio.Rate/filmRate + audio.Rate/filmRate
			assert.Less(t, audio.Energy(right[:begin-400]), 0.01)
			assert.Greater(t, audio.Energy(right[begin+400:begin+4000]), 0.15)
			assert.Less(t, audio.Energy(left), 0.05)
			assert.InDelta(t, float64(begin)/audio.Rate, agent[filmRate], 0.02)
		})
	}
}

// soundOf decodes the sound of a film.
func soundOf(t *testing.T, file string) (left, right []int16) {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", file, "-map", "0:a", "-ar", strconv.Itoa(audio.Rate), "-f",
		"s16le", "-").Output()
	require.NoError(t, err)
	for i := 0; i+3 < len(out); i += 4 {
		left = append(left, int16(binary.LittleEndian.Uint16(out[i:])))
		right = append(right, int16(binary.LittleEndian.Uint16(out[i+2:])))
	}
	return left, right
}

// What a killed process left can be seen as it is, and is completed at the next
// start, wherever it was broken off.
func TestFilmIsBrokenOff(t *testing.T) {
	dir := t.TempDir()
	var whole []byte
	synctest.Test(t, func(t *testing.T) {
		r := openFilms(t, dir)
		go func() {
			time.Sleep(3900 * time.Millisecond)
			files, _ := filepath.Glob(filepath.Join(dir, app, "*", "*"+part))
			whole, _ = os.ReadFile(files[0])
		}()
		shootFilm(t, r, "FILM", false)
		require.NoError(t, r.Close(t.Context()))
	})
	day := filepath.Join(dir, app, "20260102")
	require.NoError(t, os.MkdirAll(day, 0o700))
	for name, data := range map[string][]byte{
		"WHOLE": whole, "CUT": whole[:len(whole)-1], "HALF": whole[:len(whole)/2],
		"ZEROS": append(bytes.Clone(whole), make([]byte, 5000)...), "HEAD": whole[:4096], "MAGIC": whole[:40],
	} {
		require.NoError(t, os.WriteFile(filepath.Join(day, name+part), data, 0o600))
	}

	require.NoError(t, os.WriteFile(filepath.Join(dir, "live.webm"), whole, 0o600))
	live := probe(t, filepath.Join(dir, "live.webm"))
	assert.Greater(t, len(live.times(t, 0)), 2*filmRate)

	r := openFilms(t, dir)
	require.NoError(t, r.Close(t.Context()))
	for name, least := range map[string]int{"WHOLE": 30, "CUT": 27, "HALF": 10, "ZEROS": 30} {
		p := probe(t, filepath.Join(day, name+".webm"))
		assert.GreaterOrEqual(t, len(p.times(t, 0)), least, name)
	}
	for _, name := range []string{"HEAD", "MAGIC"} {
		assert.FileExists(t, filepath.Join(day, name+part))
	}
}
