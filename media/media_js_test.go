package media

import (
	"context"
	"math"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// harness is a Media, what it reported, and a root of its own.
type harness struct {
	*Media
	root    js.Value
	states  chan agent.MediaState
	notices chan *wire.Error
	changed chan struct{}
	stats   chan Stats
}

func start(t *testing.T) *harness {
	t.Helper()
	document := js.Global().Get("document")
	h := &harness{
		root:    document.Call("createElement", "div"),
		states:  make(chan agent.MediaState, 32),
		notices: make(chan *wire.Error, 32),
		changed: make(chan struct{}, 32),
		stats:   make(chan Stats, 256),
	}
	document.Get("body").Call("appendChild", h.root)
	before := jsval.Live()
	h.Media = New(Options{
		Root:           h.root,
		Notice:         func(e *wire.Error) { h.notices <- e },
		DevicesChanged: func() { h.changed <- struct{}{} },
		Stats:          func(s Stats) { h.stats <- s },
		StatsInterval:  200 * time.Millisecond,
	})
	h.OnState(func(s agent.MediaState) { h.states <- s })
	t.Cleanup(func() {
		h.Close()
		assert.Equal(t, before, jsval.Live(), "functions left behind")
		assert.Zero(t, h.root.Get("childElementCount").Int(), "elements left behind")
		h.root.Call("remove")
	})
	return h
}

// peer is the far side: another peer connection of this browser.
type peer struct {
	pc       js.Value
	analyser js.Value
	audio    js.Value
	samples  js.Value
}

func within10s(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func await(t *testing.T, object js.Value, method string, args ...any) js.Value {
	t.Helper()
	v, err := jsval.CallAwait(within10s(t), object, method, args...)
	require.NoError(t, err, method)
	return v
}

// connect answers the offer of h and waits until the leg is up. The peer sends
// a tone of 500 Hz.
func connect(t *testing.T, h *harness) *peer {
	t.Helper()
	// The permission lets the browser show real addresses instead of mDNS names.
	stopStream(await(t, js.Global().Get("navigator").Get("mediaDevices"), "getUserMedia",
		js.ValueOf(map[string]any{"audio": true})))
	offer, err := h.Offer(within10s(t), false)
	require.NoError(t, err)

	p := &peer{pc: js.Global().Get("RTCPeerConnection").New(), audio: js.Global().Get("AudioContext").New()}
	await(t, p.audio, "resume")
	tone := p.audio.Call("createOscillator")
	tone.Get("frequency").Set("value", 500)
	out := p.audio.Call("createMediaStreamDestination")
	tone.Call("connect", out)
	tone.Call("start")
	p.pc.Call("addTrack", out.Get("stream").Call("getAudioTracks").Index(0), out.Get("stream"))
	await(t, p.pc, "setRemoteDescription", js.ValueOf(map[string]any{"type": "offer", "sdp": offer}))
	p.listen()
	gathered := make(chan struct{})
	remove := jsval.Listen(p.pc, "icegatheringstatechange", func(js.Value) {
		if p.pc.Get("iceGatheringState").String() == "complete" {
			close(gathered)
		}
	})
	defer remove()
	await(t, p.pc, "setLocalDescription", await(t, p.pc, "createAnswer"))
	select {
	case <-gathered:
	case <-time.After(10 * time.Second):
		t.Fatal("candidates were not gathered")
	}
	require.NoError(t, h.Answer(within10s(t), p.pc.Get("localDescription").Get("sdp").String()))
	h.awaitState(t, agent.MediaConnected)
	t.Cleanup(func() {
		p.pc.Call("close")
		await(t, p.audio, "close")
	})
	return p
}

// listen measures what the peer hears.
func (p *peer) listen() {
	track := p.pc.Call("getReceivers").Index(0).Get("track")
	stream := js.Global().Get("MediaStream").New(js.ValueOf([]any{track}))
	element := js.Global().Get("Audio").New() // Chrome pulls remote audio only for an element
	element.Set("srcObject", stream)
	element.Set("muted", true)
	p.analyser = p.audio.Call("createAnalyser")
	p.audio.Call("createMediaStreamSource", stream).Call("connect", p.analyser)
	p.samples = js.Global().Get("Float32Array").New(2048)
}

func rms(analyser, samples js.Value) float64 {
	analyser.Call("getFloatTimeDomainData", samples)
	var sum float64
	for i := range samples.Length() {
		v := samples.Index(i).Float()
		sum += v * v
	}
	return math.Sqrt(sum / float64(samples.Length()))
}

func (h *harness) awaitState(t *testing.T, want agent.MediaState) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case s := <-h.states:
			if s == want {
				return
			}
		case <-deadline:
			t.Fatalf("the leg never was %s", want)
		}
	}
}

// eventually polls what has no event.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	require.Eventually(t, f, 10*time.Second, 20*time.Millisecond, what)
}

func TestOfferNeedsNoMicrophone(t *testing.T) {
	h := start(t)
	sdp, err := h.Offer(within10s(t), false)
	require.NoError(t, err)
	assert.False(t, h.mic.open())
	assert.Equal(t, agent.MediaConnecting, <-h.states)
	assert.Contains(t, sdp, "a=sendrecv")
	assert.NotContains(t, sdp, "a=candidate", "nothing is waited for")
	media, _, _ := strings.Cut(sdp[strings.Index(sdp, "m=audio"):], "\r\n")
	payloads := strings.Fields(media)[3:]
	assert.Equal(t, []string{"0", "8"}, payloads[:2], "PCMU and PCMA come first")
	opus, event := strings.Index(sdp, "opus/48000"), strings.Index(sdp, "telephone-event/8000")
	assert.Positive(t, event)
	assert.Greater(t, opus, event, "Opus comes last")
	assert.NotContains(t, sdp, " CN/")

	again, err := h.Offer(within10s(t), true)
	require.NoError(t, err)
	assert.NotEqual(t, ufrag(sdp), ufrag(again), "ICE starts anew")
}

func ufrag(sdp string) string {
	_, rest, _ := strings.Cut(sdp, "a=ice-ufrag:")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

func TestTheMicrophoneIsHeardAndMuted(t *testing.T) {
	h := start(t)
	p := connect(t, h)
	assert.Zero(t, rms(p.analyser, p.samples), "the warm leg sends nothing")

	require.NoError(t, h.OpenMic(within10s(t)))
	require.NoError(t, h.OpenMic(within10s(t)), "twice is once")
	eventually(t, "the microphone is heard", func() bool { return rms(p.analyser, p.samples) > 0.01 })

	h.SetMuted(true)
	quiet := 0
	eventually(t, "mute is silence", func() bool { // the fake microphone beeps every 500 ms: 1 s without
		if rms(p.analyser, p.samples) < 0.0005 {
			quiet++
		} else {
			quiet = 0
		}
		return quiet > 50
	})
	h.SetMuted(false)
	eventually(t, "unmuted", func() bool { return rms(p.analyser, p.samples) > 0.01 })

	track := h.mic.track
	h.CloseMic()
	assert.Equal(t, "ended", track.Get("readyState").String())
	assert.Equal(t, "connected", h.leg.raw.Get("connectionState").String(), "the leg stays")
}

func TestStatisticsDuringACall(t *testing.T) {
	h := start(t)
	connect(t, h)
	require.NoError(t, h.OpenMic(within10s(t)))
	var s Stats
	eventually(t, "both directions are measured", func() bool {
		select {
		case s = <-h.stats:
		default:
		}
		return s.MOS > 0 && s.PacketsOut > 0 && s.LevelIn > 0
	})
	assert.Equal(t, "audio/PCMU", s.Codec)
	assert.Greater(t, s.MOS, 3.6)
	assert.Less(t, s.RTT, time.Second)
	h.CloseMic()
	eventually(t, "the end is told with zero", func() bool {
		select {
		case s = <-h.stats:
		default:
		}
		return s == Stats{}
	})
}

func TestDevices(t *testing.T) {
	h := start(t)
	mics, err := h.Microphones(within10s(t))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(mics), 3)
	assert.True(t, mics[0].InstanceOf(js.Global().Get("MediaDeviceInfo")), "the browser's own objects")
	for _, m := range mics {
		assert.NotEmpty(t, m.Get("label").String())
		assert.Equal(t, "audioinput", m.Get("kind").String())
	}
	speakers, err := h.Speakers(within10s(t))
	require.NoError(t, err)
	require.NotEmpty(t, speakers)

	defer js.Global().Get("localStorage").Call("removeItem", choiceKey)
	connect(t, h)
	require.NoError(t, h.OpenMic(within10s(t)))
	first, old := h.mic.device(), h.mic.track
	other := mics[len(mics)-1].Get("deviceId").String()
	require.NotEqual(t, first, other)
	require.NoError(t, h.Choose(within10s(t), Microphone, other))
	assert.Equal(t, other, h.mic.device(), "switched during the call")
	assert.Equal(t, "ended", old.Get("readyState").String())
	assert.True(t, h.leg.sender.Get("track").Equal(h.mic.track))

	assert.ErrorIs(t, h.Choose(within10s(t), Microphone, "no such device"), wire.ErrDeviceNotFound)
	assert.ErrorIs(t, h.Choose(within10s(t), Speaker, "no such device"), wire.ErrDeviceNotFound)
	assert.ErrorIs(t, h.Choose(within10s(t), "keyboard", other), wire.ErrInvalidOptions)
	assert.Equal(t, other, h.mic.device(), "a wrong choice changes nothing")

	out := speakers[len(speakers)-1].Get("deviceId").String()
	require.NoError(t, h.Choose(within10s(t), Speaker, out))
	assert.Equal(t, out, h.out.audio.Get("sinkId").String())

	later := New(Options{Root: h.root})
	assert.Equal(t, Choice{Microphone: other, Speaker: out}, later.chosen(), "remembered for the browser")
	d, err := later.Devices(within10s(t))
	require.NoError(t, err)
	assert.Equal(t, Choice{Microphone: other, Speaker: out, Ringtone: Default, Camera: Default}, d.Selected)
}

func TestALostMicrophoneIsReplaced(t *testing.T) {
	h := start(t)
	mics, err := h.Microphones(within10s(t))
	require.NoError(t, err)
	connect(t, h)
	require.NoError(t, h.Choose(within10s(t), Microphone, mics[len(mics)-1].Get("deviceId").String()))
	require.NoError(t, h.OpenMic(within10s(t)))
	h.SetMuted(true)
	lost := h.mic.track
	lost.Call("dispatchEvent", js.Global().Get("Event").New("ended"))
	eventually(t, "the default microphone is open", func() bool {
		return h.mic.open() && !h.mic.track.Equal(lost) && h.leg.sender.Get("track").Equal(h.mic.track)
	})
	assert.Equal(t, "default", h.mic.device())
	assert.False(t, h.mic.track.Get("enabled").Bool(), "mute survives the change")
}

func TestADeniedMicrophoneIsReported(t *testing.T) {
	h := start(t)
	frame := js.Global().Get("document").Call("createElement", "iframe")
	frame.Set("allow", "microphone 'none'")
	js.Global().Get("document").Get("body").Call("appendChild", frame)
	defer frame.Call("remove")
	h.navigator = frame.Get("contentWindow").Get("navigator")

	assert.ErrorIs(t, h.OpenMic(within10s(t)), wire.ErrMicDenied)
	assert.ErrorIs(t, <-h.notices, wire.ErrMicDenied)
	assert.ErrorIs(t, h.AskMic(within10s(t)), wire.ErrMicDenied)
	h.Close() // before the frame and its objects go
}

func TestCaptureErrors(t *testing.T) {
	for name, want := range map[string]*wire.Error{
		"NotAllowedError": wire.ErrMicDenied, "NotFoundError": wire.ErrNoMic, "NotReadableError": wire.ErrMicBusy,
		"OverconstrainedError": wire.ErrDeviceNotFound, "WhoKnowsError": wire.ErrMicBusy,
	} {
		assert.ErrorIs(t, captureError(js.Error{Value: js.Global().Get("DOMException").New("x", name)}), want, name)
	}
	assert.ErrorIs(t, captureError(context.DeadlineExceeded), wire.ErrTimeout)
	assert.Nil(t, captureError(nil))
}

func TestRingtone(t *testing.T) {
	h := start(t)
	h.Ring(agent.RingCall)
	require.True(t, h.ring.source.Truthy())
	analyser := h.ring.context.Call("createAnalyser")
	samples := js.Global().Get("Float32Array").New(2048)
	h.ring.output.Call("connect", analyser)
	eventually(t, "it rings", func() bool { return rms(analyser, samples) > 0.02 })
	h.Ring(agent.RingCall) // twice is once
	h.Ring(agent.RingNone)
	assert.False(t, h.ring.source.Truthy())
	eventually(t, "the context rests", func() bool { return h.ring.context.Get("state").String() == "suspended" })

	// A chat rings with another melody, and a message is heard once in a hidden page.
	h.Ring(agent.RingChat)
	loop := h.ring.source
	require.True(t, loop.Get("loop").Bool())
	assert.Equal(t, chatMelody.period, loop.Get("buffer").Get("duration").Float())
	h.Ring(agent.RingCall)
	assert.Equal(t, callMelody.period, h.ring.source.Get("buffer").Get("duration").Float())
	h.Ring(agent.RingNone)
	h.Notify()
	assert.False(t, h.ring.source.Truthy(), "the agent looks at the page")
	h.document = js.ValueOf(map[string]any{"hidden": true})
	h.Notify()
	require.True(t, h.ring.source.Truthy())
	assert.False(t, h.ring.source.Get("loop").Bool())
	eventually(t, "it ends", func() bool { h.mu.Lock(); defer h.mu.Unlock(); return !h.ring.source.Truthy() })

	speakers, err := h.Speakers(within10s(t))
	require.NoError(t, err)
	id := speakers[len(speakers)-1].Get("deviceId").String()
	require.NoError(t, h.Choose(within10s(t), Ringtone, id))
	assert.Equal(t, id, h.ring.context.Get("sinkId").String())
}

func TestCloseReleasesAndBeginsAnew(t *testing.T) {
	h := start(t)
	before := jsval.Live()
	for range 3 {
		connect(t, h)
		require.NoError(t, h.OpenMic(within10s(t)))
		h.Ring(agent.RingCall)
		l, track, ring := h.leg, h.mic.track, h.ring.context
		h.Close()
		assert.Equal(t, before, jsval.Live())
		assert.Equal(t, "closed", l.raw.Get("connectionState").String())
		assert.Equal(t, "ended", track.Get("readyState").String())
		eventually(t, "ringtone closed", func() bool { return ring.Get("state").String() == "closed" })
		h.awaitState(t, agent.MediaNone)
	}
	h.Close()
	h.CloseMic()
	h.Ring(agent.RingNone)
}

func TestAnswerWithoutOffer(t *testing.T) {
	h := start(t)
	assert.ErrorIs(t, h.Answer(within10s(t), "v=0"), wire.ErrMediaConnect)
	_, err := h.Offer(within10s(t), false)
	require.NoError(t, err)
	assert.ErrorIs(t, h.Answer(within10s(t), "nonsense"), wire.ErrMediaConnect)
	assert.Nil(t, h.leg, "the leg is thrown away")
	_, err = h.Offer(within10s(t), false)
	assert.NoError(t, err)
}

// gated puts a promise in front of getUserMedia that the test lets go.
func gated(t *testing.T, h *harness) (open func(), calls *int) {
	t.Helper()
	real := js.Global().Get("navigator").Get("mediaDevices")
	var release js.Value
	executor := jsval.FuncOf(func(_ js.Value, args []js.Value) any { release = args[0]; return nil })
	gate := js.Global().Get("Promise").New(executor.Value)
	executor.Release()
	calls = new(int)
	var through jsval.Func
	get := jsval.FuncOf(func(_ js.Value, args []js.Value) any {
		*calls++
		constraints := args[0]
		through = jsval.FuncOf(func(js.Value, []js.Value) any { return real.Call("getUserMedia", constraints) })
		return gate.Call("then", through.Value)
	})
	h.navigator = js.ValueOf(map[string]any{"mediaDevices": map[string]any{"getUserMedia": get.Value}})
	t.Cleanup(func() {
		get.Release()
		through.Release()
	})
	return func() { release.Invoke() }, calls
}

func TestALateAnswerOpensTheMicrophoneThatIsStillWanted(t *testing.T) {
	h := start(t)
	allow, calls := gated(t, h)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	assert.ErrorIs(t, h.OpenMic(ctx), wire.ErrTimeout, "the caller does not wait for ever")
	allow()
	require.NoError(t, h.OpenMic(within10s(t)), "the second opening joins the first")
	assert.Equal(t, 1, *calls)
	assert.True(t, h.mic.open())
}

func TestALateAnswerAfterCloseMicIsLetGo(t *testing.T) {
	h := start(t)
	allow, _ := gated(t, h)
	opened := make(chan error, 1)
	go func() { opened <- h.OpenMic(context.Background()) }()
	eventually(t, "the browser asks", func() bool { h.mu.Lock(); defer h.mu.Unlock(); return h.mic.opening != nil })
	h.CloseMic()
	allow()
	assert.ErrorIs(t, <-opened, wire.ErrTimeout)
	assert.False(t, h.mic.open())
}

func TestALateAnswerAfterCloseIsStopped(t *testing.T) {
	h := start(t)
	allow, _ := gated(t, h)
	opened := make(chan error, 1)
	go func() { opened <- h.OpenMic(context.Background()) }()
	eventually(t, "the browser asks", func() bool { h.mu.Lock(); defer h.mu.Unlock(); return h.mic.opening != nil })
	var stopped js.Value
	prototype := js.Global().Get("MediaStreamTrack").Get("prototype")
	original := prototype.Get("stop")
	done := make(chan struct{})
	stop := jsval.FuncOf(func(this js.Value, _ []js.Value) any {
		stopped = this
		original.Call("call", this)
		close(done)
		return nil
	})
	defer stop.Release()
	prototype.Set("stop", stop.Value)
	defer prototype.Set("stop", original)
	h.Close()
	assert.Error(t, <-opened)
	allow()
	select {
	case <-done:
		assert.Equal(t, "ended", stopped.Get("readyState").String())
	case <-time.After(10 * time.Second):
		t.Fatal("the track that came too late still runs")
	}
}

func TestBlockedSoundResumesAtAGesture(t *testing.T) {
	h := start(t)
	prototype := js.Global().Get("HTMLMediaElement").Get("prototype")
	original := prototype.Get("play")
	refusals := 0
	refuse := jsval.FuncOf(func(js.Value, []js.Value) any {
		refusals++
		return js.Global().Get("Promise").Call("reject",
			js.Global().Get("DOMException").New("no gesture", "NotAllowedError"))
	})
	defer refuse.Release()
	prototype.Set("play", refuse.Value)
	defer prototype.Set("play", original)
	before := jsval.Live()
	_, err := h.Offer(within10s(t), false)
	require.NoError(t, err)
	assert.ErrorIs(t, <-h.notices, wire.ErrAutoplay)
	assert.Greater(t, jsval.Live(), before, "it waits for a gesture")

	prototype.Set("play", original)
	js.Global().Get("document").Call("dispatchEvent", js.Global().Get("Event").New("mousedown"))
	assert.Nil(t, <-h.notices)
	eventually(t, "the sound plays", func() bool { return !h.out.audio.Get("paused").Bool() })
	assert.Equal(t, 1, refusals)
	h.mu.Lock()
	defer h.mu.Unlock()
	assert.Empty(t, h.out.gestures)
}

func TestAskMicLetsTheMicrophoneGo(t *testing.T) {
	h := start(t)
	require.NoError(t, h.AskMic(within10s(t)))
	assert.False(t, h.mic.open())
}

// TestDefaultMicrophoneFollows is another default device, as the browser tells
// of it: the microphone of a call is opened anew.
func TestDefaultMicrophoneFollows(t *testing.T) {
	h := start(t)
	connect(t, h)
	require.NoError(t, h.OpenMic(within10s(t)))
	eventually(t, "the hardware is known", func() bool { h.mu.Lock(); defer h.mu.Unlock(); return h.mic.group != "" })
	old := h.mic.track
	devices := js.Global().Get("navigator").Get("mediaDevices")
	enumerate := js.Global().Get("Function").New(`
		const real = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
		navigator.mediaDevices.enumerateDevices = async () => (await real()).map((d) => d.deviceId !== 'default' ? d :
			{ deviceId: d.deviceId, kind: d.kind, label: 'Another', groupId: 'another' });`)
	enumerate.Invoke()
	defer devices.Delete("enumerateDevices")
	devices.Call("dispatchEvent", js.Global().Get("Event").New("devicechange"))
	eventually(t, "the default is opened anew", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.mic.open() && !h.mic.track.Equal(old) && h.leg.sender.Get("track").Equal(h.mic.track)
	})
	eventually(t, "the old one is let go", func() bool { return old.Get("readyState").String() == "ended" })
}
