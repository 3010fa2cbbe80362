package harness

import (
	"context"
	"encoding/binary"
	"math"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tccc/gateway/audio"
)

// Receiver is the media of a telephone: a socket that hears and speaks PCMU. The
// times are set once; read them after [Receiver.AwaitSound].
type Receiver struct {
	First   time.Time // the first RTP packet
	Audible time.Time // the first RTP packet with sound in it

	rtp     *net.UDPConn
	audible chan struct{}
	silent  atomic.Bool
	life    context.Context
	stop    context.CancelFunc
	work    sync.WaitGroup

	mu     sync.Mutex
	frames []Frame
}

// NewReceiver opens a socket and listens. It must be closed.
func NewReceiver() (*Receiver, error) {
	rtp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	r := &Receiver{rtp: rtp, audible: make(chan struct{})}
	r.life, r.stop = context.WithCancel(context.Background())
	r.work.Go(r.listen)
	return r, nil
}

// Port is that of the socket.
func (r *Receiver) Port() int { return r.rtp.LocalAddr().(*net.UDPAddr).Port }

// Speak sends a tone of [PhoneTone] Hz from now on.
func (r *Receiver) Speak(to *net.UDPAddr) { r.work.Go(func() { r.speak(to) }) }

// Close ends it.
func (r *Receiver) Close() {
	r.stop()
	_ = r.rtp.Close()
	r.work.Wait()
}

// Frame is 20 ms of what the carrier heard.
type Frame struct {
	At     time.Time
	Seq    uint16  // of its packet
	Energy float64 // RMS, 0 to 1
	Agent  bool    // it is the tone of the agent's microphone
}

// Frames gives what the carrier has heard since the last time it was asked.
func (r *Receiver) Frames() []Frame {
	r.mu.Lock()
	defer r.mu.Unlock()
	frames := r.frames
	r.frames = nil
	return frames
}

// maxFrames is how many frames are kept: a minute.
const maxFrames = 3000

func (r *Receiver) note(at time.Time, seq uint16, pcm []int16) {
	crossings := 0
	for i := 1; i < len(pcm); i++ {
		if pcm[i-1] < 0 != (pcm[i] < 0) {
			crossings++
		}
	}
	frequency := float64(crossings) / 2 * 8000 / float64(max(1, len(pcm)))
	f := Frame{At: at, Seq: seq, Energy: audio.Energy(pcm)}
	f.Agent = f.Energy > 0.01 && math.Abs(frequency-MicTone) < 60
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.frames = append(r.frames, f); len(r.frames) > maxFrames {
		r.frames = r.frames[1:]
	}
}

// AwaitSound waits until the gateway has sent sound.
func (r *Receiver) AwaitSound(ctx context.Context) error {
	select {
	case <-r.audible:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// FallSilent stops sending audio, as a phone does whose network is lost.
func (r *Receiver) FallSilent() { r.silent.Store(true) }

// speak sends packets of 20 ms.
func (r *Receiver) speak(to *net.UDPAddr) {
	tone := audio.Tone(PhoneTone, 0.3)
	pcm, packet := make([]int16, 160), make([]byte, 12+160)
	packet[0] = 0x80
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		tone.Read(pcm)
		packet[1] = 0
		if n == 0 {
			packet[1] |= 0x80
		}
		binary.BigEndian.PutUint16(packet[2:], uint16(n))
		binary.BigEndian.PutUint32(packet[4:], uint32(n*160))
		binary.BigEndian.PutUint32(packet[8:], 0x7cc7cc)
		audio.EncodeMulaw(packet[12:], pcm)
		if !r.silent.Load() {
			_, _ = r.rtp.WriteToUDP(packet, to) // lost packets are part of RTP
		}
		select {
		case <-tick.C:
		case <-r.life.Done():
			return
		}
	}
}

// listen notes when the first packet came, and the first that is not silent.
func (r *Receiver) listen() {
	packet, pcm := make([]byte, 1500), make([]int16, 1500)
	for {
		n, _, err := r.rtp.ReadFromUDP(packet)
		if err != nil {
			return
		}
		if n <= 12 || packet[1]&0x7f != 0 {
			continue
		}
		now := time.Now()
		if r.First.IsZero() {
			r.First = now
		}
		audio.DecodeMulaw(pcm, packet[12:n])
		r.note(now, binary.BigEndian.Uint16(packet[2:]), pcm[:n-12])
		if r.Audible.IsZero() && audio.Energy(pcm[:n-12]) > 0.01 {
			r.Audible = now
			close(r.audible)
		}
	}
}

// RemoteMedia is where an SDP answer wants audio sent.
func RemoteMedia(sdp string) *net.UDPAddr {
	addr := &net.UDPAddr{}
	for line := range strings.Lines(sdp) {
		line = strings.TrimSpace(line)
		if ip, ok := strings.CutPrefix(line, "c=IN IP4 "); ok {
			addr.IP = net.ParseIP(ip)
		}
		if rest, ok := strings.CutPrefix(line, "m=audio "); ok {
			port, _, _ := strings.Cut(rest, " ")
			addr.Port, _ = strconv.Atoi(port)
		}
	}
	if addr.IP == nil || addr.Port == 0 {
		return nil
	}
	return addr
}
