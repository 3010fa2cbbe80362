package rtc

import (
	"errors"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// keyEvery is how often a browser is asked for a key frame at most: making one
// costs as much as many others.
const keyEvery = 500 * time.Millisecond

// Picture is the video of a leg: a camera or a screen that somebody may watch,
// and one that the browser is shown. Nothing is transcoded: what the other has
// not negotiated is not shown. All methods are safe for concurrent use, and on
// a nil Picture do nothing.
type Picture struct {
	leg      *Leg
	mid      string
	sender   *webrtc.RTPSender
	receiver *webrtc.RTPReceiver
	track    *pictureTrack
	formats  atomic.Pointer[videoFormats]
	viewer   atomic.Pointer[Picture] // who watches the camera
	tap      atomic.Pointer[Tap]     // who takes it as well

	source *Picture // whose camera is shown; guarded by watching

	mu sync.Mutex
	reception
	asked  time.Time // when a key frame was asked for last
	wanted bool      // another must be asked for when the time has come
}

// PictureStats are counts over a picture's life.
type PictureStats struct {
	PacketsReceived, PacketsSent uint64
	Format                       string // sent now, "" before anything was
	Cap                          int    // what a camera may send to the browser, bit/s; 0 not known yet
}

// watching guards who watches whom, of all legs.
var watching sync.Mutex

func newPicture(l *Leg, mid, name string) *Picture {
	p := &Picture{leg: l, mid: mid, track: &pictureTrack{name: name}}
	p.formats.Store(&videoFormats{})
	return p
}

// begin adds the video to the connection.
func (p *Picture) begin(offered *videoFormats, beside *Picture) error {
	t, err := p.leg.pc.AddTransceiverFromTrack(p.track)
	if err != nil {
		return internal(p.leg.log, "failed to add the video", err)
	}
	if err := t.SetCodecPreferences(videoPreference(offered, beside)); err != nil {
		return internal(p.leg.log, "failed to order the codecs of video", err)
	}
	p.sender, p.receiver = t.Sender(), t.Receiver()
	return nil
}

// agreed takes what an answer has settled.
func (p *Picture) agreed(answer string) {
	f := readAnswered(answer, p.mid)
	p.formats.Store(f)
	p.track.setFormats(f)
}

// Watch shows the camera of source from now on, nil for nobody's. Its browser
// is asked for a key frame at once; until that comes the picture stands still.
// A camera is watched by one at a time, and the last to ask has it.
func (p *Picture) Watch(source *Picture) {
	if p == nil {
		return
	}
	if !p.follow(source) || source == nil {
		return
	}
	source.askKey()
	if cap := p.leg.room.now(); cap > 0 {
		source.limit(cap)
	}
}

// follow reports whether the source is another than before.
func (p *Picture) follow(source *Picture) bool {
	watching.Lock()
	defer watching.Unlock()
	if p.source == source {
		return false
	}
	if p.source != nil {
		p.source.viewer.CompareAndSwap(p, nil)
	}
	p.source = source
	p.track.begin(source)
	if source == nil {
		return true
	}
	if before := source.viewer.Swap(p); before != nil && before != p {
		before.source = nil
		before.track.begin(nil)
	}
	return true
}

// close takes the picture out of everything.
func (p *Picture) close() {
	p.Watch(nil)
	watching.Lock()
	defer watching.Unlock()
	if v := p.viewer.Swap(nil); v != nil {
		v.source = nil
		v.track.begin(nil)
	}
}

// Stats are the picture's numbers now.
func (p *Picture) Stats() PictureStats {
	if p == nil {
		return PictureStats{}
	}
	p.track.mu.Lock()
	s := PictureStats{PacketsSent: p.track.packets, Format: string(p.track.format), Cap: int(p.leg.room.now())}
	p.track.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	s.PacketsReceived = p.packets
	return s
}

// receive starts the readers of the browser's camera.
func (p *Picture) receive(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
	p.leg.start(func() { p.read(t) })
	p.leg.start(func() { p.readReports(r.Read) })
}

// read passes a camera on until its track ends.
func (p *Picture) read(t *webrtc.TrackRemote) {
	buf := make([]byte, receiveSize)
	packet := &rtp.Packet{}
	for {
		n, _, err := t.Read(buf)
		if errors.Is(err, webrtc.ErrCodecNotFound) || errors.Is(err, io.ErrShortBuffer) {
			continue
		}
		if err != nil {
			return
		}
		if packet.Unmarshal(buf[:n]) != nil {
			continue
		}
		now := time.Now()
		p.mu.Lock()
		p.count(packet.SSRC, packet.SequenceNumber, packet.Timestamp, len(packet.Payload), videoClock, now)
		again := p.wanted && now.Sub(p.asked) >= keyEvery
		p.mu.Unlock()
		key := p.tapped(packet, now)
		v := p.viewer.Load()
		if v == nil {
			if key || again && p.tap.Load() != nil {
				p.askKey()
			}
			continue
		}
		f := p.formats.Load()
		var sent []byte
		if f.sendTime != 0 {
			sent = packet.GetExtension(f.sendTime)
		}
		if v.track.pass(p, packet, f.byType[packet.PayloadType], sent, now) || key || again {
			p.askKey()
		}
	}
}

// askKey asks the browser for a key frame, now or when it may be asked again.
func (p *Picture) askKey() {
	now := time.Now()
	p.mu.Lock()
	p.wanted = !p.started || now.Sub(p.asked) < keyEvery
	ask, ssrc := !p.wanted, p.reception.source
	if ask {
		p.asked = now
	}
	p.mu.Unlock()
	if ask {
		_ = p.leg.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{SenderSSRC: p.track.source(),
			MediaSSRC: ssrc}})
	}
}

// limit tells the browser how much its viewer can receive, of all pictures
// together: browsers share it among what they send on a connection.
func (p *Picture) limit(rate float32) {
	var sources []uint32
	for _, p := range p.leg.pictures {
		p.mu.Lock()
		if p.started {
			sources = append(sources, p.reception.source)
		}
		p.mu.Unlock()
	}
	if sources != nil {
		_ = p.leg.pc.WriteRTCP([]rtcp.Packet{&rtcp.ReceiverEstimatedMaximumBitrate{
			SenderSSRC: p.track.source(), Bitrate: rate, SSRCs: sources,
		}})
	}
}

// readReports takes what the browser says of either direction until the stream
// ends. Retransmissions are made by the interceptors below.
func (p *Picture) readReports(read func([]byte) (int, interceptor.Attributes, error)) {
	buf := make([]byte, receiveSize)
	for {
		n, _, err := read(buf)
		if err != nil {
			return
		}
		packets, err := rtcp.Unmarshal(buf[:n])
		if err != nil {
			continue
		}
		for _, packet := range packets {
			p.report(packet)
		}
	}
}

func (p *Picture) report(packet rtcp.Packet) {
	switch r := packet.(type) {
	case *rtcp.SenderReport:
		p.mu.Lock()
		p.reported(r, time.Now())
		p.mu.Unlock()
	case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
		if s := p.watched(); s != nil {
			s.askKey()
		}
	case *rtcp.ReceiverEstimatedMaximumBitrate:
		if r.Bitrate <= 0 || math.IsNaN(float64(r.Bitrate)) || math.IsInf(float64(r.Bitrate), 0) {
			return
		}
		if cap, fresh := p.leg.estimated(r.Bitrate, time.Now()); fresh {
			if s := p.watched(); s != nil {
				s.limit(cap)
			}
		}
	}
}

// estimated takes what the browser can receive, of all pictures together, and
// says what they may have. An estimate comes once for each picture that it
// counts.
func (l *Leg) estimated(rate float32, now time.Time) (cap float32, fresh bool) {
	sent, shown := uint64(0), 0
	for _, p := range l.pictures {
		sent += p.track.sent()
		if p.watched() != nil {
			shown++
		}
	}
	return l.room.take(rate, sent, roomMost*float32(max(shown, 1)), now)
}

// watched is whose camera is shown.
func (p *Picture) watched() *Picture {
	watching.Lock()
	defer watching.Unlock()
	return p.source
}

// sendReport sends a sender report if anything was sent, with the reception
// block if anything came.
func (p *Picture) sendReport(now time.Time) {
	p.mu.Lock()
	var blocks []rtcp.ReceptionReport
	if p.started {
		blocks = append(blocks, p.block(now))
	}
	p.mu.Unlock()
	ssrc, sr := p.track.report(now)
	var first rtcp.Packet = &rtcp.ReceiverReport{SSRC: ssrc, Reports: blocks}
	if sr != nil {
		sr.Reports = blocks
		first = sr
	} else if blocks == nil {
		return
	}
	_ = p.leg.writeReport(ssrc, first)
}
