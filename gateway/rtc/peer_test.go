package rtc

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
)

// patience is how long tests wait for what must happen.
const patience = 10 * time.Second

// peer is a browser's stand-in: a native Pion connection that offers, sends a
// tone and keeps what it hears.
type peer struct {
	t     testing.TB
	pc    *webrtc.PeerConnection
	track *webrtc.TrackLocalStaticRTP
	stop  chan struct{}
	wg    sync.WaitGroup

	mu      sync.Mutex
	packets []rtp.Packet // payloads are copies
	news    chan struct{}
	once    sync.Once
	up      chan struct{} // closed when connected
}

type peerOptions struct {
	tcp    bool // TCP only
	codecs []webrtc.RTPCodecParameters
	mute   bool // no track: like a leg that is kept warm
}

func newPeer(t testing.TB, opts peerOptions) *peer {
	t.Helper()
	if opts.codecs == nil {
		opts.codecs = browserCodecs
	}
	media := &webrtc.MediaEngine{}
	for _, c := range opts.codecs {
		require.NoError(t, media.RegisterCodec(c, webrtc.RTPCodecTypeAudio))
	}
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(isLoopback)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	if opts.tcp {
		settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	}
	registry := &interceptor.Registry{}
	require.NoError(t, webrtc.ConfigureRTCPReports(registry))
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(settings),
		webrtc.WithInterceptorRegistry(registry)).NewPeerConnection(webrtc.Configuration{})
	require.NoError(t, err)
	p := &peer{t: t, pc: pc, stop: make(chan struct{}), news: make(chan struct{}, 1), up: make(chan struct{})}
	var once sync.Once
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			once.Do(func() { close(p.up) })
		}
	})
	if opts.mute {
		_, err = pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio)
	} else {
		p.track, err = webrtc.NewTrackLocalStaticRTP(opts.codecs[0].RTPCodecCapability, "mic", "browser")
		require.NoError(t, err)
		_, err = pc.AddTransceiverFromTrack(p.track)
	}
	require.NoError(t, err)
	pc.OnTrack(func(r *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		p.wg.Go(func() { p.hear(r) })
	})
	for _, s := range pc.GetSenders() {
		p.wg.Go(func() {
			buf := make([]byte, 1500)
			for {
				if _, _, err := s.Read(buf); err != nil {
					return
				}
			}
		})
	}
	t.Cleanup(p.close)
	return p
}

// browserCodecs are those of a Chrome, in its order.
var browserCodecs = []webrtc.RTPCodecParameters{
	{PayloadType: 111, RTPCodecCapability: webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1"}},
	{PayloadType: 9, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeG722, ClockRate: 8000}},
	{PayloadType: 0, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000}},
	{PayloadType: 8, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMA, ClockRate: 8000}},
	{PayloadType: 112, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mimeEvent, ClockRate: 48000}},
	{PayloadType: 125, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mimeEvent, ClockRate: 8000}},
}

// codec picks one of them.
func codec(mime string) []webrtc.RTPCodecParameters {
	for _, c := range browserCodecs {
		if c.MimeType == mime {
			return []webrtc.RTPCodecParameters{c, browserCodecs[5]}
		}
	}
	panic(mime)
}

func (p *peer) close() {
	p.once.Do(func() {
		close(p.stop)
		_ = p.pc.GracefulClose()
		p.wg.Wait()
	})
}

// offer makes a complete offer.
func (p *peer) offer(restart bool) string {
	p.t.Helper()
	o, err := p.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: restart})
	require.NoError(p.t, err)
	gathered := webrtc.GatheringCompletePromise(p.pc)
	require.NoError(p.t, p.pc.SetLocalDescription(o))
	<-gathered
	return p.pc.LocalDescription().SDP
}

func (p *peer) answer(sdp string) {
	p.t.Helper()
	require.NoError(p.t, p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp}))
}

// hear keeps what comes.
func (p *peer) hear(r *webrtc.TrackRemote) {
	buf := make([]byte, 1500)
	for {
		n, _, err := r.Read(buf)
		if err != nil {
			return
		}
		var packet rtp.Packet
		if packet.Unmarshal(append([]byte(nil), buf[:n]...)) != nil {
			continue
		}
		p.mu.Lock()
		p.packets = append(p.packets, packet)
		p.mu.Unlock()
		select {
		case p.news <- struct{}{}:
		default:
		}
	}
}

func (p *peer) heard() []rtp.Packet {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.packets[:len(p.packets):len(p.packets)]
}

// await waits until what was heard satisfies ok, and returns it.
func (p *peer) await(what string, ok func([]rtp.Packet) bool) []rtp.Packet {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		if h := p.heard(); ok(h) {
			return h
		}
		select {
		case <-p.news:
		case <-deadline:
			require.FailNow(p.t, "not heard: "+what, "%d packets", len(p.heard()))
		}
	}
}

// awaitTone waits until half a second is heard with hz as its strongest frequency.
func (p *peer) awaitTone(hz float64) {
	p.t.Helper()
	p.await("tone", func(h []rtp.Packet) bool {
		const n = 25
		if len(h) < n {
			return false
		}
		f := audio.Frequency(decode(h[len(h)-n:]))
		return f > hz-4 && f < hz+4
	})
}

func decode(packets []rtp.Packet) []int16 {
	var pcm []int16
	for _, p := range packets {
		part := make([]int16, len(p.Payload))
		switch p.PayloadType {
		case 0:
			audio.DecodeMulaw(part, p.Payload)
		case 8:
			audio.DecodeAlaw(part, p.Payload)
		default:
			continue
		}
		pcm = append(pcm, part...)
	}
	return pcm
}

// speak sends a tone in PCMU until the peer is closed.
func (p *peer) speak(hz float64) { p.speakIn(mix.PCMU, hz) }

func (p *peer) speakIn(law mix.Codec, hz float64) {
	tone := audio.Tone(hz, 0.3)
	packet := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: 65500, Timestamp: 1 << 31},
		Payload: make([]byte, audio.FrameSamples)}
	var pcm [audio.FrameSamples]int16
	p.every20ms(func(int) {
		tone.Read(pcm[:])
		encode(law, packet.Payload, pcm[:])
		_ = p.track.WriteRTP(packet)
		packet.SequenceNumber++
		packet.Timestamp += audio.FrameSamples
	})
}

func encode(law mix.Codec, dst []byte, pcm []int16) {
	if law == mix.PCMA {
		audio.EncodeAlaw(dst, pcm)
	} else {
		audio.EncodeMulaw(dst, pcm)
	}
}

// every20ms calls f until the peer is closed.
func (p *peer) every20ms(f func(i int)) {
	p.wg.Go(func() {
		beat := time.NewTicker(mix.FrameTime)
		defer beat.Stop()
		for i := 0; ; i++ {
			select {
			case <-p.stop:
				return
			case <-beat.C:
				f(i)
			}
		}
	})
}

// rawWriter is the way out below the track.
func (p *peer) rawWriter() webrtc.TrackLocalWriter {
	raw := &rawTrack{TrackLocal: p.track, bound: make(chan webrtc.TrackLocalWriter, 1)}
	require.NoError(p.t, p.pc.GetSenders()[0].ReplaceTrack(raw))
	return <-raw.bound
}

func (p *peer) ssrc() uint32 {
	return uint32(p.pc.GetSenders()[0].GetParameters().Encodings[0].SSRC)
}

type rawTrack struct {
	webrtc.TrackLocal
	bound chan webrtc.TrackLocalWriter
}

func (r *rawTrack) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	r.bound <- c.WriteStream()
	return c.CodecParameters()[0], nil
}

func (r *rawTrack) Unbind(webrtc.TrackLocalContext) error { return nil }

// vanish stops everything of the peer without telling the other side.
func (p *peer) vanish() {
	p.t.Helper()
	require.NoError(p.t, p.pc.SCTP().Transport().ICETransport().Stop())
}

// testPhone is a phone at the other end of a plain RTP socket.
type testPhone struct {
	leg  *phoneLeg
	conn *net.UDPConn
	ear  *ear
	stop chan struct{}
	wg   sync.WaitGroup
}

func newTestPhone(t testing.TB) *testPhone {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	p := &testPhone{conn: conn, ear: newEar(), stop: make(chan struct{})}
	p.leg = newPhoneLeg(t, conn.LocalAddr().String())
	p.wg.Go(func() {
		buf := make([]byte, 1500)
		var f mix.Frame
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			if _, ok := parsePacket(buf[:n], &f); ok {
				f.Codec = mix.PCMA
				p.ear.WriteFrame(&f)
			}
		}
	})
	t.Cleanup(func() {
		close(p.stop)
		_ = conn.Close()
		p.wg.Wait()
	})
	return p
}

// speak sends a tone in PCMA.
func (p *testPhone) speak(hz float64) {
	tone := audio.Tone(hz, 0.3)
	packet := &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8}, Payload: make([]byte, audio.FrameSamples)}
	var pcm [audio.FrameSamples]int16
	p.wg.Go(func() {
		beat := time.NewTicker(mix.FrameTime)
		defer beat.Stop()
		for {
			select {
			case <-p.stop:
				return
			case <-beat.C:
			}
			tone.Read(pcm[:])
			audio.EncodeAlaw(packet.Payload, pcm[:])
			packet.SequenceNumber++
			packet.Timestamp += audio.FrameSamples
			b, _ := packet.Marshal()
			_, _ = p.conn.WriteToUDP(b, p.leg.conn.LocalAddr().(*net.UDPAddr))
		}
	})
}

// ear is a sink that measures what it hears in G.711.
type ear struct {
	mu     sync.Mutex
	pcm    []int16
	frames []mix.Frame // without payload
	news   chan struct{}
}

func newEar() *ear { return &ear{news: make(chan struct{}, 1)} }

func (e *ear) WriteFrame(f *mix.Frame) {
	e.mu.Lock()
	defer e.mu.Unlock()
	part := make([]int16, len(f.Payload))
	switch f.Codec {
	case mix.PCMU:
		audio.DecodeMulaw(part, f.Payload)
	case mix.PCMA:
		audio.DecodeAlaw(part, f.Payload)
	default:
		part = nil
	}
	e.pcm = append(e.pcm, part...)
	head := *f
	head.Payload = nil
	e.frames = append(e.frames, head)
	select {
	case e.news <- struct{}{}:
	default:
	}
}

func (e *ear) awaitTone(t testing.TB, hz float64) {
	t.Helper()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		pcm := e.pcm
		e.mu.Unlock()
		if n := len(pcm); n >= audio.Rate/2 {
			if f := audio.Frequency(pcm[n-audio.Rate/2:]); f > hz-4 && f < hz+4 {
				return
			}
		}
		select {
		case <-e.news:
		case <-deadline:
			require.FailNow(t, "tone not heard", "%d samples", len(pcm))
		}
	}
}

// clear forgets what was heard.
func (e *ear) clear() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pcm, e.frames = nil, nil
}

// await waits until the frames heard satisfy ok.
func (e *ear) await(t testing.TB, ok func([]mix.Frame) bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		f := e.frames[:len(e.frames):len(e.frames)]
		e.mu.Unlock()
		if ok(f) {
			return
		}
		select {
		case <-e.news:
		case <-deadline:
			require.FailNow(t, "frames not heard", "%d frames", len(f))
		}
	}
}

// stateLog keeps the states of a leg.
type stateLog struct{ c chan State }

func newStateLog() *stateLog { return &stateLog{make(chan State, 64)} }

func (s *stateLog) on(st State) { s.c <- st }

func (s *stateLog) await(t testing.TB, want State) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case st := <-s.c:
			if st == want {
				return
			}
		case <-deadline:
			require.FailNow(t, "state not reached", "%s", want)
		}
	}
}

// serve opens a server for a test.
func serve(t testing.TB, opts Options) *Server {
	t.Helper()
	s, err := Listen(opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func metronome(t testing.TB) *mix.Engine {
	e := mix.NewEngine()
	t.Cleanup(e.Close)
	return e
}

// connect makes a leg for p and waits until both are connected.
func connect(t testing.TB, s *Server, p *peer, opts LegOptions) *Leg {
	t.Helper()
	states := newStateLog()
	user := opts.OnState
	opts.OnState = func(st State) {
		states.on(st)
		if user != nil {
			user(st)
		}
	}
	l, answer, err := s.NewLeg(context.Background(), p.offer(false), opts)
	require.NoError(t, err)
	p.answer(answer)
	states.await(t, StateConnected)
	select {
	case <-p.up:
	case <-time.After(patience):
		require.FailNow(t, "the browser is not connected")
	}
	return l
}
