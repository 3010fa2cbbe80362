package rtc

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"tccc/gateway/mix"
	"tccc/wire"
)

// camera is a browser's stand-in with a camera: it sends numbered frames, keeps
// the packets of the picture that it is shown, and what it is asked for.
type camera struct {
	*peer
	t      testing.TB
	writer webrtc.TrackLocalWriter
	sender *webrtc.RTPSender
	asks   chan rtcp.Packet // about what it sends

	header rtp.Header
	n      uint32 // of the next packet, written into its payload

	mu    sync.Mutex
	shown []rtp.Packet
	news  chan struct{}
	ssrc  webrtc.SSRC // of the picture it is shown

	screen *camera // of the same browser, nil without
}

var (
	vp8Only   = videoCodecs[:1]
	h264Only  = videoCodecs[1:2]
	otherMode = videoCodecs[2:3]
)

func newCamera(t testing.TB, codecs []webrtc.RTPCodecParameters) *camera {
	t.Helper()
	media := &webrtc.MediaEngine{}
	for _, c := range browserCodecs {
		require.NoError(t, media.RegisterCodec(c, webrtc.RTPCodecTypeAudio))
	}
	for _, c := range codecs {
		require.NoError(t, media.RegisterCodec(c, webrtc.RTPCodecTypeVideo))
	}
	require.NoError(t, media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.ABSSendTimeURI},
		webrtc.RTPCodecTypeVideo))
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(isLoopback)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.DisableSRTPReplayProtection(true) // so that what is sent again can be seen
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(settings),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{})).NewPeerConnection(webrtc.Configuration{})
	require.NoError(t, err)
	c := &camera{
		peer: &peer{t: t, pc: pc, stop: make(chan struct{}), news: make(chan struct{}, 1), up: make(chan struct{})},
		t:    t, asks: make(chan rtcp.Packet, 256), news: make(chan struct{}, 1),
		header: rtp.Header{Version: 2, PayloadType: uint8(codecs[0].PayloadType), SequenceNumber: uint16(rand.Uint32()),
			Timestamp: rand.Uint32()},
	}
	var once sync.Once
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			once.Do(func() { close(c.up) })
		}
	})
	_, err = pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio)
	require.NoError(t, err)
	pc.OnTrack(func(r *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		to := c
		if r.ID() == "screen" {
			to = c.screen
		}
		if r.Kind() == webrtc.RTPCodecTypeVideo {
			to.mu.Lock()
			to.ssrc = r.SSRC()
			to.mu.Unlock()
			c.wg.Go(func() { to.see(r) })
		}
	})
	t.Cleanup(c.close)
	c.add(codecs)
	return c
}

// share gives the browser a screen beside its camera, before it offers.
func (c *camera) share(codecs []webrtc.RTPCodecParameters) *camera {
	c.screen = &camera{peer: c.peer, t: c.t, asks: make(chan rtcp.Packet, 256), news: make(chan struct{}, 1),
		header: rtp.Header{Version: 2, SequenceNumber: uint16(rand.Uint32()), Timestamp: rand.Uint32()}, n: 1000}
	c.screen.add(codecs)
	return c.screen
}

// add adds what is sent to the connection.
func (c *camera) add(codecs []webrtc.RTPCodecParameters) {
	track, err := webrtc.NewTrackLocalStaticRTP(codecs[0].RTPCodecCapability, "camera", "browser")
	require.NoError(c.t, err)
	raw := &rawTrack{TrackLocal: track, bound: make(chan webrtc.TrackLocalWriter, 1)}
	tr, err := c.pc.AddTransceiverFromTrack(raw)
	require.NoError(c.t, err)
	c.sender = tr.Sender()
	c.wg.Go(func() {
		for {
			packets, _, err := c.sender.ReadRTCP()
			if err != nil {
				return
			}
			for _, p := range packets {
				select {
				case c.asks <- p:
				default:
				}
			}
		}
	})
	c.peer.track = track
	c.bound(raw)
}

// bound takes the way out as soon as the answer has opened it.
func (c *camera) bound(raw *rawTrack) {
	c.wg.Go(func() {
		select {
		case w := <-raw.bound:
			c.mu.Lock()
			c.writer = w
			c.mu.Unlock()
		case <-c.stop:
		}
	})
}

func (c *camera) see(r *webrtc.TrackRemote) {
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
		c.mu.Lock()
		c.shown = append(c.shown, packet)
		c.mu.Unlock()
		select {
		case c.news <- struct{}{}:
		default:
		}
	}
}

// send sends a packet of a frame of its own; its payload ends with its number.
func (c *camera) send(start []byte) {
	payload := binary.BigEndian.AppendUint32(append([]byte(nil), start...), c.n)
	c.n++
	c.header.SequenceNumber++
	c.header.Timestamp += 3000
	c.header.Marker = true
	c.write(payload)
}

func (c *camera) write(payload []byte) {
	c.mu.Lock()
	w := c.writer
	c.mu.Unlock()
	h := c.header
	for _, e := range c.sender.GetParameters().HeaderExtensions {
		if e.URI == sdp.ABSSendTimeURI {
			require.NoError(c.t, h.SetExtension(uint8(e.ID), []byte{1, 2, 3}))
		}
	}
	h.PayloadType = uint8(c.sender.GetParameters().Codecs[0].PayloadType)
	h.SSRC = uint32(c.sender.GetParameters().Encodings[0].SSRC)
	_, err := w.WriteRTP(&h, payload)
	require.NoError(c.t, err)
}

// Beginnings of payloads.
var (
	vp8KeyFrame    = []byte{0x10, 0x00}
	vp8Delta       = []byte{0x10, 0x01}
	h264KeyFrame   = []byte{0x67}
	h264Delta      = []byte{0x41}
	numberedDeltas = 10
)

func number(p rtp.Packet) uint32 { return binary.BigEndian.Uint32(p.Payload[len(p.Payload)-4:]) }

// awaitShown waits until n packets were shown after the first from, and returns them.
func (c *camera) awaitShown(from, n int) []rtp.Packet {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		c.mu.Lock()
		shown := c.shown
		c.mu.Unlock()
		if len(shown) >= from+n {
			return shown[from:]
		}
		select {
		case <-c.news:
		case <-deadline:
			require.FailNow(c.t, "not shown", "%d of %d packets", len(shown)-from, n)
		}
	}
}

// awaitAsk waits until the camera is asked for something of this kind.
func awaitAsk[P rtcp.Packet](c *camera) P {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case p := <-c.asks:
			if want, ok := p.(P); ok {
				return want
			}
		case <-deadline:
			var zero P
			require.FailNow(c.t, "not asked", "%T", zero)
			return zero
		}
	}
}

func (c *camera) drain() {
	for {
		select {
		case <-c.asks:
		default:
			return
		}
	}
}

// film connects a camera.
func film(t testing.TB, s *Server, codecs []webrtc.RTPCodecParameters, beside *Picture) (*camera, *Leg) {
	c := newCamera(t, codecs)
	return c, c.connect(s, beside)
}

func (c *camera) connect(s *Server, beside *Picture) *Leg {
	c.t.Helper()
	l := connect(c.t, s, c.peer, LegOptions{Prefer: []mix.Codec{mix.Opus}, Video: true, Beside: beside})
	require.NotNil(c.t, l.Picture())
	for _, sends := range []*camera{c, c.screen} {
		require.Eventually(c.t, func() bool {
			if sends == nil {
				return true
			}
			sends.mu.Lock()
			defer sends.mu.Unlock()
			return sends.writer != nil
		}, patience, time.Millisecond)
	}
	return l
}

// requireWhole checks that packets are one stream without a gap and in order.
func requireWhole(t testing.TB, shown []rtp.Packet) {
	t.Helper()
	for i := 1; i < len(shown); i++ {
		require.Equal(t, shown[i-1].SequenceNumber+1, shown[i].SequenceNumber, "packet %d", i)
		require.Equal(t, shown[i-1].SSRC, shown[i].SSRC)
		require.Positive(t, int32(shown[i].Timestamp-shown[i-1].Timestamp), "packet %d", i)
	}
}

func TestPictureBeginsWithAKeyFrame(t *testing.T) {
	for name, c := range map[string]struct {
		codecs     []webrtc.RTPCodecParameters
		key, delta []byte
	}{
		"VP8":  {vp8Only, vp8KeyFrame, vp8Delta},
		"H264": {h264Only, h264KeyFrame, h264Delta},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Options{})
			a, la := film(t, s, c.codecs, nil)
			b, lb := film(t, s, c.codecs, la.Picture())
			lb.Picture().Watch(la.Picture())
			a.send(c.delta) // cannot be decoded: held back, and a key frame is asked for
			pli := awaitAsk[*rtcp.PictureLossIndication](a)
			require.Equal(t, uint32(a.sender.GetParameters().Encodings[0].SSRC), pli.MediaSSRC)
			a.send(c.key)
			for range numberedDeltas {
				a.send(c.delta)
			}
			shown := b.awaitShown(0, 1+numberedDeltas)
			requireWhole(t, shown)
			for i, p := range shown {
				require.Equal(t, uint32(i+1), number(p))
				require.Equal(t, []byte{1, 2, 3}, p.GetExtension(p.GetExtensionIDs()[0]), "the sender's time stamp")
			}
			require.NotZero(t, la.Picture().Stats().PacketsReceived)
			require.NoError(t, la.Close())
			require.NoError(t, lb.Close())
			require.Zero(t, s.Legs())
		})
	}
}

// The picture of an agent goes on with that of the next: one stream.
func TestPictureGoesOnWithAnotherCamera(t *testing.T) {
	s := serve(t, Options{})
	a, la := film(t, s, vp8Only, nil)
	c, lc := film(t, s, vp8Only, nil)
	b, lb := film(t, s, vp8Only, nil)
	lb.Picture().Watch(la.Picture())
	a.send(vp8KeyFrame)
	a.send(vp8Delta)
	b.awaitShown(0, 2)
	lb.Picture().Watch(nil)
	a.send(vp8Delta) // seen by nobody

	lb.Picture().Watch(lc.Picture())
	c.n = 100
	c.send(vp8Delta)
	awaitAsk[*rtcp.PictureLossIndication](c)
	c.send(vp8KeyFrame)
	c.send(vp8Delta)
	shown := b.awaitShown(0, 4)
	requireWhole(t, shown)
	require.Equal(t, []uint32{0, 1, 101, 102},
		[]uint32{number(shown[0]), number(shown[1]), number(shown[2]), number(shown[3])})

	// Two look at the same camera: the last to ask has it.
	la.Picture().Watch(lc.Picture())
	c.send(vp8KeyFrame)
	a.awaitShown(0, 1)
	require.Len(t, b.awaitShown(0, 4), 4)
}

func TestRequestsGoToTheCameraThatIsShown(t *testing.T) {
	s := serve(t, Options{})
	a, la := film(t, s, vp8Only, nil)
	b, lb := film(t, s, vp8Only, nil)
	lb.Picture().Watch(la.Picture())
	a.send(vp8KeyFrame)
	b.awaitShown(0, 1)
	b.mu.Lock()
	ssrc := uint32(b.ssrc)
	b.mu.Unlock()

	// Estimates of the viewer cap the camera: here of a way that gets narrow.
	a.drain()
	estimate := func(rate float32) {
		require.NoError(t, b.pc.WriteRTCP([]rtcp.Packet{&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: rate,
			SSRCs: []uint32{ssrc}}}))
	}
	estimate(123456)
	require.InDelta(t, roomMost, awaitAsk[*rtcp.ReceiverEstimatedMaximumBitrate](a).Bitrate, roomMost/100)
	narrow := func() bool {
		for range 20 {
			a.send(append([]byte{0x10, 0x01}, make([]byte, 1000)...))
		}
		estimate(50_000)
		return awaitAsk[*rtcp.ReceiverEstimatedMaximumBitrate](a).Bitrate < 60_000
	}
	require.Eventually(t, narrow, patience, 250*time.Millisecond)
	require.InDelta(t, 50_000, lb.Picture().Stats().Cap, 1000)

	began := time.Now()
	for range 20 { // more than may be passed on
		require.NoError(t, b.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: ssrc}}))
		require.NoError(t, b.pc.WriteRTCP([]rtcp.Packet{&rtcp.FullIntraRequest{MediaSSRC: ssrc,
			FIR: []rtcp.FIREntry{{SSRC: ssrc}}}}))
	}
	// What was asked for too soon is asked for later, with a packet.
	asked := 0
	require.Eventually(t, func() bool {
		a.send(vp8Delta)
		for {
			select {
			case p := <-a.asks:
				if _, ok := p.(*rtcp.PictureLossIndication); ok {
					asked++
				}
				continue
			default:
			}
			return asked >= 1
		}
	}, patience, 20*time.Millisecond)
	require.LessOrEqual(t, asked, 1+int(time.Since(began)/keyEvery))

	// What is known of the way is told to a camera that is shown next.
	c, lc := film(t, s, vp8Only, nil)
	c.send(vp8Delta)
	require.Eventually(t, func() bool { return lc.Picture().Stats().PacketsReceived > 0 }, patience, time.Millisecond)
	lb.Picture().Watch(lc.Picture())
	require.Less(t, awaitAsk[*rtcp.ReceiverEstimatedMaximumBitrate](c).Bitrate, float32(60_000))
}

// Lost packets are asked for, and given again, by the gateway itself.
func TestLostPacketsAreSentAgain(t *testing.T) {
	s := serve(t, Options{})
	a, la := film(t, s, vp8Only, nil)
	b, lb := film(t, s, vp8Only, nil)
	lb.Picture().Watch(la.Picture())
	a.send(vp8KeyFrame)
	a.header.SequenceNumber++ // lost on the way
	lost := a.header.SequenceNumber
	a.n++
	a.send(vp8Delta)
	nack := awaitAsk[*rtcp.TransportLayerNack](a)
	require.Contains(t, nack.Nacks[0].PacketList(), lost)
	again := a.header
	a.header.SequenceNumber, a.header.Timestamp = lost, a.header.Timestamp-1500
	a.write(binary.BigEndian.AppendUint32(append([]byte(nil), vp8Delta...), 1))
	a.header = again
	shown := b.awaitShown(0, 3)
	require.Equal(t, shown[0].SequenceNumber+2, shown[1].SequenceNumber, "the gap shows")
	require.Equal(t, shown[0].SequenceNumber+1, shown[2].SequenceNumber, "and is filled")
	require.Equal(t, uint32(1), number(shown[2]))

	require.NoError(t, b.pc.WriteRTCP([]rtcp.Packet{&rtcp.TransportLayerNack{
		MediaSSRC: shown[0].SSRC, Nacks: rtcp.NackPairsFromSequenceNumbers([]uint16{shown[1].SequenceNumber}),
	}}))
	require.Equal(t, shown[1].SequenceNumber, b.awaitShown(3, 1)[0].SequenceNumber)
}

// What the other side has not negotiated is not shown, and codecs of the other
// side come first in the answer.
func TestCodecThatBothHave(t *testing.T) {
	s := serve(t, Options{})
	a, la := film(t, s, h264Only, nil)
	b, lb := film(t, s, otherMode, nil)
	lb.Picture().Watch(la.Picture())
	a.send(h264KeyFrame)
	require.Eventually(t, func() bool { return la.Picture().Stats().PacketsReceived > 0 }, patience, time.Millisecond)
	require.Zero(t, lb.Picture().Stats().PacketsSent, "another packetization mode")
	require.Empty(t, b.shown)

	_, both := film(t, s, videoCodecs, nil)
	require.Equal(t, vp8, both.Picture().formats.Load().order[0])
	c, beside := film(t, s, videoCodecs, la.Picture())
	require.Equal(t, videoFormat("H264/42e0/1"), beside.Picture().formats.Load().order[0])
	require.Contains(t, beside.Picture().formats.Load().order, vp8)
	beside.Picture().Watch(la.Picture())
	a.send(h264KeyFrame)
	c.awaitShown(0, 1)
	require.Equal(t, "H264/42e0/1", beside.Picture().Stats().Format)
}

// Sound without a picture, and a picture that was not asked for.
func TestLegWithoutVideo(t *testing.T) {
	s := serve(t, Options{})
	p := newPeer(t, peerOptions{mute: true})
	l := connect(t, s, p, LegOptions{Video: true})
	require.Nil(t, l.Picture())
	l.Picture().Watch(nil)
	require.Zero(t, l.Picture().Stats())

	c := newCamera(t, vp8Only)
	plain, answer, err := s.NewLeg(t.Context(), c.offer(false), LegOptions{})
	require.NoError(t, err)
	require.Nil(t, plain.Picture())
	require.Contains(t, answer, "m=video 0")
}

// Firefox offers the second section with port 0 and "bundle-only". A leg that
// takes no video stands nevertheless.
func TestBundleOnly(t *testing.T) {
	s := serve(t, Options{})
	c := newCamera(t, vp8Only)
	states := newStateLog()
	l, answer, err := s.NewLeg(t.Context(), strings.Replace(c.offer(false), "m=video 9", "m=video 0", 1)+
		"a=bundle-only\r\n",
		LegOptions{Video: true, OnState: states.on})
	require.NoError(t, err)
	c.answer(answer)
	states.await(t, StateConnected)
	other, lo := film(t, s, vp8Only, nil)
	l.Picture().Watch(lo.Picture())
	other.send(vp8KeyFrame)
	c.awaitShown(0, 1)

	p := newPeer(t, peerOptions{codecs: codec(webrtc.MimeTypePCMU)})
	offer := p.offer(false)
	_, video, _ := strings.Cut(c.pc.LocalDescription().SDP, "m=video 9")
	plain, answer, err := s.NewLeg(t.Context(), strings.Replace(offer, "BUNDLE 0", "BUNDLE 0 1", 1)+"m=video 0"+video+
		"a=bundle-only\r\n",
		LegOptions{OnState: states.on})
	require.NoError(t, err)
	require.Nil(t, plain.Picture())
	answer, _, _ = strings.Cut(answer, "m=video")
	p.answer(answer)
	states.await(t, StateConnected)
	heard := newEar()
	plain.Receive(heard)
	p.speak(1000)
	heard.awaitTone(t, 1000)
}

// Renegotiation keeps the picture; another connection's offer is refused.
func TestPictureIsRenegotiated(t *testing.T) {
	s := serve(t, Options{})
	a, la := film(t, s, vp8Only, nil)
	b, lb := film(t, s, vp8Only, nil)
	lb.Picture().Watch(la.Picture())
	a.send(vp8KeyFrame)
	b.awaitShown(0, 1)
	answer, err := lb.Renegotiate(t.Context(), b.offer(true))
	require.NoError(t, err)
	b.answer(answer)
	require.Eventually(t, func() bool {
		a.send(vp8Delta)
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.shown) > 10
	}, patience, 20*time.Millisecond)
	other := newCamera(t, vp8Only)
	_, err = lb.Renegotiate(t.Context(), other.offer(false))
	require.ErrorIs(t, err, wire.ErrMediaOffer)
}

func TestKeyFrames(t *testing.T) {
	for _, c := range []struct {
		format videoFormat
		hex    []byte
		key    bool
	}{
		{vp8, []byte{0x10, 0x00}, true},
		{vp8, []byte{0x10, 0x01}, false},
		{vp8, []byte{0x00, 0x00}, false},                         // not the start
		{vp8, []byte{0x11, 0x00}, false},                         // another partition
		{vp8, []byte{0x90, 0x80, 0x05, 0x00}, true},              // short picture id
		{vp8, []byte{0x90, 0x80, 0x85, 0x05, 0x00}, true},        // long one
		{vp8, []byte{0x90, 0xF0, 0x85, 0x05, 1, 1, 0x00}, true},  // all of it
		{vp8, []byte{0x90, 0xF0, 0x85, 0x05, 1, 1, 0x01}, false}, // a delta
		{vp8, nil, false},
		{vp8, []byte{0x90}, false},
		{vp8, []byte{0x90, 0x80}, false},
		{"H264/42e0/1", []byte{0x67, 1}, true},
		{"H264/42e0/1", []byte{0x65, 1}, false}, // no parameters: only behind them
		{"H264/42e0/1", []byte{0x41, 1}, false},
		{"H264/42e0/1", []byte{0x78, 0, 1, 0x67, 0, 1, 0x68}, true},
		{"H264/42e0/1", []byte{0x78, 0, 1, 0x68, 0, 1, 0x67}, true},
		{"H264/42e0/1", []byte{0x78, 0xFF, 0xFF, 0x68}, false},
		{"H264/42e0/1", []byte{0x7C, 0x87}, true},
		{"H264/42e0/1", []byte{0x7C, 0x07}, false},
		{"H264/42e0/1", nil, false},
	} {
		require.Equal(t, c.key, beginsPicture(c.format, c.hex), fmt.Sprintf("%s %x", c.format, c.hex))
	}
}

func FuzzKeyFrames(f *testing.F) {
	f.Add([]byte{0x90, 0xF0, 0x85, 0x05, 1, 1, 0x00})
	f.Add([]byte{0x78, 0, 1, 0x68, 0, 1, 0x67})
	f.Fuzz(func(t *testing.T, p []byte) {
		beginsPicture(vp8, p)
		beginsPicture("H264/42e0/1", p)
	})
}

func TestVideoFormats(t *testing.T) {
	require.Equal(t, videoFormat("H264/42e0/1"), videoFormatOf("h264", "profile-level-id=42E01F; packetization-mode=1"))
	require.Equal(t, videoFormat("H264/4200/0"), videoFormatOf("H264", ""))
	require.Equal(t, vp8, videoFormatOf("vp8", ""))
	require.Empty(t, videoFormatOf("VP9", "profile-id=0"))
}
