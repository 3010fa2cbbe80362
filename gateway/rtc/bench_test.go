package rtc

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
)

// The benchmark runs the browsers and the phones in a process of their own, so
// that the CPU time of the gateway's is that of the gateway.
const peersEnv = "TCCC_RTC_BENCH_PEERS"

// phoneLeg is a phone's plain RTP over UDP, as small as it can be.
type phoneLeg struct {
	conn *net.UDPConn
	port *mix.Port
	sink atomic.Pointer[mix.Sink]
	buf  []byte
	done chan struct{}
}

func newPhoneLeg(t testing.TB, to string) *phoneLeg {
	addr, err := net.ResolveUDPAddr("udp", to)
	require.NoError(t, err)
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, addr)
	require.NoError(t, err)
	l := &phoneLeg{conn: conn, done: make(chan struct{})}
	l.port = mix.NewPort(l)
	l.port.SetCodec(mix.PCMA, mix.Event)
	go l.read()
	t.Cleanup(func() { _ = conn.Close(); <-l.done })
	return l
}

func (l *phoneLeg) Port() *mix.Port { return l.port }

func (l *phoneLeg) Receive(s mix.Sink) { l.sink.Store(&s) }

func (l *phoneLeg) WritePacket(c mix.Codec, marker bool, seq uint16, ts uint32, payload []byte) error {
	pt := map[mix.Codec]byte{mix.PCMU: 0, mix.PCMA: 8, mix.Event: 101}[c]
	if marker {
		pt |= 0x80
	}
	b := append(l.buf[:0], 0x80, pt, byte(seq>>8), byte(seq), byte(ts>>24), byte(ts>>16), byte(ts>>8), byte(ts), 1, 2,
		3, 4)
	l.buf = append(b, payload...)
	_, err := l.conn.Write(l.buf)
	return err
}

func (l *phoneLeg) read() {
	defer close(l.done)
	buf := make([]byte, 1500)
	var f mix.Frame
	for {
		n, err := l.conn.Read(buf)
		if err != nil {
			return
		}
		pt, ok := parsePacket(buf[:n], &f)
		s := l.sink.Load()
		if !ok || s == nil || *s == nil {
			continue
		}
		f.Codec = map[byte]mix.Codec{0: mix.PCMU, 8: mix.PCMA, 101: mix.Event}[pt]
		(*s).WriteFrame(&f)
	}
}

// BenchmarkBridgedCalls measures the gateway's CPU time while calls between a
// browser (PCMU) and a phone (PCMA, so that every byte is translated) are up.
// One iteration is one second of all calls; %core/call is what one call takes of
// one core.
func BenchmarkBridgedCalls(b *testing.B) {
	for _, calls := range []int{10, 50} {
		b.Run(strconv.Itoa(calls), func(b *testing.B) { benchCalls(b, calls) })
	}
}

func benchCalls(b *testing.B, calls int) {
	s := serve(b, Options{})
	e := metronome(b)
	peers := startPeers(b, calls)
	for range calls {
		in := peers.next(b)
		l, answer, err := s.NewLeg(context.Background(), in.Offer, LegOptions{})
		require.NoError(b, err)
		phone := newPhoneLeg(b, in.Phone)
		e.Bridge(l, phone)
		peers.send(b, answer)
	}
	peers.next(b) // all browsers and phones hear

	var memory [2]runtime.MemStats
	runtime.ReadMemStats(&memory[0])
	before := cpuTime(b)
	b.ResetTimer()
	for range b.N {
		time.Sleep(time.Second) // the measured work goes on meanwhile
	}
	b.StopTimer()
	used := cpuTime(b) - before
	runtime.ReadMemStats(&memory[1])
	share := used.Seconds() / b.Elapsed().Seconds() / float64(calls) * 100
	b.ReportMetric(share, "%core/call")
	packets := 100 * b.Elapsed().Seconds() * float64(calls) // 50 each way
	b.ReportMetric(float64(used.Microseconds())/packets, "us/packet")
	b.ReportMetric(float64(memory[1].Mallocs-memory[0].Mallocs)/packets, "allocs/packet")
}

func cpuTime(t testing.TB) time.Duration {
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peerProcess is the process of the browsers and phones.
type peerProcess struct {
	in  io.WriteCloser
	out *bufio.Scanner
}

type peerCall struct{ Offer, Phone string }

func startPeers(t testing.TB, calls int) *peerProcess {
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), peersEnv+"="+strconv.Itoa(calls))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close() // ends it
		require.NoError(t, cmd.Wait())
	})
	p := &peerProcess{in: in, out: bufio.NewScanner(out)}
	p.out.Buffer(nil, 1<<20)
	return p
}

func (p *peerProcess) next(t testing.TB) (c peerCall) {
	require.True(t, p.out.Scan(), "the peers ended")
	require.NoError(t, json.Unmarshal(p.out.Bytes(), &c))
	return c
}

func (p *peerProcess) send(t testing.TB, answer string) {
	line, err := json.Marshal(answer)
	require.NoError(t, err)
	_, err = p.in.Write(append(line, '\n'))
	require.NoError(t, err)
}

// runPeers is the other process: it writes a peerCall for each call, reads the
// answer, and when everyone hears, writes one more line. It ends with its input.
func runPeers(calls int) error {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return err
	}
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(isLoopback)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(settings))
	var hear sync.WaitGroup
	for range calls {
		offer, answer, err := benchBrowser(api, &hear)
		if err != nil {
			return err
		}
		phone, err := benchPhone(&hear)
		if err != nil {
			return err
		}
		line, err := json.Marshal(peerCall{offer, phone})
		if err != nil {
			return err
		}
		fmt.Println(string(line))
		var sdp string
		if !in.Scan() || json.Unmarshal(in.Bytes(), &sdp) != nil {
			return io.ErrUnexpectedEOF
		}
		if err := answer(sdp); err != nil {
			return err
		}
	}
	hear.Wait()
	fmt.Println("{}")
	in.Scan()
	return nil
}

// benchBrowser is a connection that sends PCMU as soon as it is answered.
func benchBrowser(api *webrtc.API, hear *sync.WaitGroup) (string, func(string) error, error) {
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", nil, err
	}
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU,
		ClockRate: 8000}, "mic", "browser")
	if err != nil {
		return "", nil, err
	}
	if _, err := pc.AddTrack(track); err != nil {
		return "", nil, err
	}
	hear.Add(1)
	pc.OnTrack(func(r *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		hear.Done()
		buf := make([]byte, 1500)
		for {
			if _, _, err := r.Read(buf); err != nil {
				return
			}
		}
	})
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		return "", nil, err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		return "", nil, err
	}
	<-gathered
	return pc.LocalDescription().SDP, func(sdp string) error {
		go beat(func(p *rtp.Packet) { _ = track.WriteRTP(p) })
		return pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp})
	}, nil
}

// benchPhone is a socket that sends PCMA to whoever sends to it.
func benchPhone(hear *sync.WaitGroup) (string, error) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return "", err
	}
	hear.Add(1)
	go func() {
		buf := make([]byte, 1500)
		_, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		hear.Done()
		go beat(func(p *rtp.Packet) {
			p.PayloadType = 8
			n, _ := p.MarshalTo(buf)
			_, _ = conn.WriteToUDPAddrPort(buf[:n], from)
		})
		drain := make([]byte, 1500)
		for {
			if _, _, err := conn.ReadFromUDPAddrPort(drain); err != nil {
				return
			}
		}
	}()
	return conn.LocalAddr().String(), nil
}

// beat makes a packet every 20 ms, for ever.
func beat(send func(*rtp.Packet)) {
	p := &rtp.Packet{Header: rtp.Header{Version: 2}, Payload: make([]byte, audio.FrameSamples)}
	for range time.Tick(mix.FrameTime) {
		p.SequenceNumber++
		p.Timestamp += audio.FrameSamples
		send(p)
	}
}

// BenchmarkConnect measures a new leg: the gateway's answer, the browser's
// connection, and the first packet that it hears. The stand-in sends its checks
// in rounds of 200 ms and begins DTLS in the second, which browsers do not: what
// counts here is the answer, and that nothing is added to those 200 ms.
func BenchmarkConnect(b *testing.B) {
	for _, transport := range []string{"udp", "tcp"} {
		b.Run(transport, func(b *testing.B) {
			s := serve(b, Options{})
			e := metronome(b)
			clip := clipOf(440)
			var answered, connected, heard time.Duration
			for b.Loop() {
				p := newPeer(b, peerOptions{mute: true, tcp: transport == "tcp"})
				offer := p.offer(false)
				began := time.Now()
				l, answer, err := s.NewLeg(b.Context(), offer, LegOptions{})
				require.NoError(b, err)
				answered += time.Since(began)
				e.Play(l, clip, mix.PlayOptions{Loop: true})
				p.answer(answer)
				<-p.up
				connected += time.Since(began)
				p.await("a packet", func(h []rtp.Packet) bool { return len(h) > 0 })
				heard += time.Since(began)
				require.NoError(b, l.Close())
				p.close()
			}
			report := func(d time.Duration, unit string) {
				b.ReportMetric(float64(d.Microseconds())/1000/float64(b.N), unit)
			}
			report(answered, "ms-answer")
			report(connected, "ms-connected")
			report(heard, "ms-heard")
		})
	}
}
