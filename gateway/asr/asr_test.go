package asr

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/asr/asrtest"
	"tccc/gateway/audio"
	"tccc/gateway/config"
	"tccc/gateway/mix"
	"tccc/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const app = "1400000001"

// told keeps what was recognised.
type told struct {
	mu  sync.Mutex
	all []wire.ASR
}

func (h *told) hear(r wire.ASR) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, r)
}

func (h *told) of(flow wire.Flow) (all []wire.ASRResult) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.all {
		if r.Flow == flow {
			all = append(all, r.Result)
		}
	}
	return all
}

// final waits for a finished sentence and gives it.
func (h *told) final(t *testing.T, flow wire.Flow, text string) (r wire.ASRResult) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, r = range h.of(flow) {
			if r.SliceType == wire.SliceFinal && r.Text == text {
				return true
			}
		}
		return false
	}, 10*time.Second, 20*time.Millisecond, "no %q", text)
	return r
}

func start(t *testing.T, most int) (*asrtest.Server, *Recogniser) {
	t.Helper()
	s := &asrtest.Server{}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	r := New([]config.App{{SDKAppID: app,
		ASR: config.ASR{URL: strings.Replace(web.URL, "http", "ws", 1), MaxSessions: most}}},
		slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		assert.NoError(t, r.Close(ctx))
	})
	return s, r
}

// speak says a tone for a while, in real time.
func speak(to mix.Sink, hz float64, d time.Duration) {
	tone := audio.Tone(hz, 0.5)
	ticks := time.NewTicker(mix.FrameTime)
	defer ticks.Stop()
	f := mix.Frame{Codec: mix.PCMA, Timestamp: uint32(hz)}
	for range int(d / mix.FrameTime) {
		pcm := tone.Samples(160)
		f.Payload = make([]byte, 160)
		audio.EncodeAlaw(f.Payload, pcm)
		to.WriteFrame(&f)
		f.Timestamp += 160
		<-ticks.C
	}
}

// both speaks into a conversation from both sides at once.
func both(c *Conversation, customer, agent float64, d time.Duration) {
	var wait sync.WaitGroup
	wait.Go(func() { speak(c.Customer(), customer, d) })
	wait.Go(func() { speak(c.Agent(0), agent, d) })
	wait.Wait()
}

func TestBothDirections(t *testing.T) {
	s, r := start(t, 1)
	h := &told{}
	c := r.Hear(app, "S1", h.hear)
	require.NotNil(t, c)
	assert.Nil(t, r.Hear(app, "S2", h.hear), "one at a time")
	assert.Nil(t, r.Hear("1400000002", "S3", h.hear), "not configured")
	both(c, 440, 1000, 1500*time.Millisecond)
	in := h.final(t, wire.FlowIn, "440") // the pause ends it
	h.final(t, wire.FlowOut, "1000")
	assert.Equal(t, 1, in.WordSize)
	require.Len(t, in.Words, 1)
	assert.Equal(t, "440", in.Words[0].Word)
	assert.Equal(t, 1, in.Words[0].StableFlag)
	assert.InDelta(t, 1500, in.EndTime-in.StartTime, 500)
	all := h.of(wire.FlowIn)
	require.GreaterOrEqual(t, len(all), 2)
	assert.Equal(t, wire.SliceBegin, all[0].SliceType)
	assert.NotNil(t, all[0].Words, "an array for pages, also when it is empty")
	for _, one := range all {
		assert.Equal(t, 0, one.Index)
	}
	both(c, 600, 700, time.Second)
	c.Close() // in the middle of the sentence: what was said is recognised
	c.Close()
	assert.Greater(t, h.final(t, wire.FlowIn, "600").Index, in.Index)
	assert.Positive(t, h.final(t, wire.FlowOut, "700").Index)
	require.Eventually(t, func() bool { return s.Live.Load() == 0 }, 10*time.Second, 10*time.Millisecond)
	assert.EqualValues(t, 2, s.All.Load())
	assert.NotNil(t, r.Hear(app, "S4", h.hear), "the place is free again")
}

// TestRecogniserIsLost goes on with a new socket, whose times are those of the
// conversation.
func TestRecogniserIsLost(t *testing.T) {
	s, r := start(t, 1)
	h := &told{}
	c := r.Hear(app, "S1", h.hear)
	defer c.Close()
	s.Broken.Store(true)
	began := time.Now()
	to := c.Customer()
	speak(to, 440, time.Second)
	require.Eventually(t, func() bool { return s.Live.Load() == 1 && s.All.Load() == 2 }, 10*time.Second,
		10*time.Millisecond)
	speak(to, 500, 1500*time.Millisecond)
	got := h.final(t, wire.FlowIn, "500")
	assert.Greater(t, got.StartTime, 900)
	assert.Less(t, got.EndTime, int(time.Since(began).Milliseconds()))
}

func TestSentences(t *testing.T) {
	n := -1
	s := &sentences{index: func() int { n++; return n }, base: 1000}
	said := func(text string, at int) (wire.ASRResult, bool) {
		a, err := parse([]byte(text))
		require.NoError(t, err)
		return s.take(a, at)
	}
	_, tell := said(`{"partial":""}`, 1100)
	assert.False(t, tell)
	_, tell = said(`{"text":""}`, 1150)
	assert.False(t, tell)
	got, _ := said(`{"partial":"hello"}`, 1200)
	assert.Equal(t, wire.ASRResult{SliceType: wire.SliceBegin, Index: 0, StartTime: 1200, EndTime: 1200, Text: "hello",
		Words: []wire.ASRWord{}}, got)
	_, tell = said(`{"partial":"hello"}`, 1300)
	assert.False(t, tell, "nothing new")
	got, _ = said(`{"partial":"hello there"}`, 1400)
	assert.Equal(t, wire.SliceInterim, got.SliceType)
	got, _ = said(`{"text":"hello there","result":[{"word":"hello","start":0.1,"end":0.25,"conf":1},{"word":"there","start":0.3,"end":1e300}]}`, 1500)
	assert.Equal(t, wire.SliceFinal, got.SliceType)
	assert.Equal(t, 1100, got.StartTime)
	assert.Equal(t, 2, got.WordSize)
	assert.Equal(t, wire.ASRWord{Word: "hello", StartTime: 1100, EndTime: 1250, StableFlag: 1}, got.Words[0])
	got, tell = said(`{"text":"yes"}`, 2000)
	assert.True(t, tell, "a short one comes with its end alone")
	assert.Equal(t, 1, got.Index)
	_, _ = said(`{"partial":"hm"}`, 2100)
	got, tell = said(`{"text":""}`, 2200)
	assert.True(t, tell, "what was nothing is taken back")
	assert.Equal(t, wire.ASRResult{SliceType: wire.SliceFinal, Index: 2, StartTime: 2100, EndTime: 2200,
		Words: []wire.ASRWord{}}, got)
	_, err := parse([]byte(`{"text":"` + strings.Repeat("a", textMost+1) + `"}`))
	assert.Error(t, err)
}

// FuzzAnswer takes what a recogniser may say.
func FuzzAnswer(f *testing.F) {
	for _, text := range []string{`{"partial":"a"}`, `{"text":"a","result":[{"word":"a","start":-1,"end":1e308}]}`,
		`{"text":null}`, `[]`, `{"result":[null]}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := parse(data)
		if err != nil {
			return
		}
		s := &sentences{index: func() int { return 0 }}
		if r, tell := s.take(a, 5); tell && (r.Words == nil || r.StartTime < 0 || r.EndTime < 0) {
			t.Fatalf("%q gives %+v", data, r)
		}
	})
}
