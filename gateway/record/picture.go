package record

import (
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4/pkg/media/samplebuilder"

	"tccc/gateway/record/webm"
	"tccc/gateway/track"
)

const (
	// pictureWaits is how many bytes of frames wait to be written.
	pictureWaits = 16 << 20
	// pictureGap is how many packets may be missing before what follows.
	pictureGap = 2048
	// pictureDrift is how far a camera's clock may be from ours before its place
	// is found anew.
	pictureDrift = 200 // ms
	pictureClock = 90  // per ms
)

// frame is a picture, or what is between two.
type frame struct {
	at    int64 // ms on the time line
	key   bool
	data  []byte
	codec string
	// Of a key frame.
	config        []byte
	width, height int
}

// picture puts together what one side shows: packets come late, twice and in
// another order, from one camera and then from another.
type picture struct {
	begin time.Time

	mu      sync.Mutex
	builder *samplebuilder.SampleBuilder
	source  uint32
	codec   string
	came    []arrival
	waiting bool // for a key frame
	follows bool // from and fromTS hold
	fromTS  uint32
	from    int64 // place of the frame that others are measured from
	last    int64 // of the newest
	frames  []frame
	bytes   int
}

// arrival is when the first packet of a frame came.
type arrival struct {
	ts uint32
	at int64
}

// Packet takes a packet of the camera, or of the screen, that is shown. It reports
// whether the camera must send a key frame. It does not block.
func (p *picture) Packet(packet *rtp.Packet, h264 bool, now time.Time) (needsKey bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	codec := webm.VP8
	if h264 {
		codec = webm.H264
	}
	if p.builder == nil || p.source != packet.SSRC || p.codec != codec {
		p.restart(packet.SSRC, codec)
	}
	if n := len(p.came); n == 0 || p.came[n-1].ts != packet.Timestamp {
		p.came = append(p.came, arrival{packet.Timestamp, now.Sub(p.begin).Milliseconds()})
		p.came = p.came[max(0, len(p.came)-pictureGap):]
	}
	p.builder.Push(packet.Clone())
	for s := p.builder.Pop(); s != nil; s = p.builder.Pop() {
		if s.PrevDroppedPackets > 0 {
			p.waiting = true
		}
		p.take(s.Data, s.PacketTimestamp)
	}
	return p.waiting
}

// restart begins with another camera.
func (p *picture) restart(source uint32, codec string) {
	var d rtp.Depacketizer = &codecs.VP8Packet{}
	if codec == webm.H264 {
		d = &codecs.H264Packet{IsAVC: true}
	}
	p.builder = samplebuilder.New(pictureGap, d, pictureClock*1000, samplebuilder.WithMaxTimeDelay(track.Settle))
	p.source, p.codec, p.came, p.waiting, p.follows = source, codec, nil, true, false
}

// take takes a frame that is whole.
func (p *picture) take(data []byte, ts uint32) {
	f := frame{data: data, codec: p.codec, at: p.place(ts)}
	if p.codec == webm.H264 {
		f.config, f.width, f.height, f.key = webm.H264Config(data)
	} else {
		f.width, f.height, f.key = webm.VP8Size(data)
	}
	if p.bytes+len(data) > pictureWaits {
		p.waiting = true // the disk stands still
	}
	if p.waiting && (!f.key || p.bytes+len(data) > pictureWaits) || len(data) == 0 {
		return
	}
	p.waiting = false
	p.frames, p.bytes = append(p.frames, f), p.bytes+len(data)
}

// place is where a frame is on the time line: as far behind an earlier one as the
// camera says, if that is near to when it came, and never before the last.
func (p *picture) place(ts uint32) int64 {
	at := p.last
	for i, a := range p.came {
		if a.ts == ts {
			at = a.at
			p.came = p.came[i:]
			break
		}
	}
	step := int32(ts - p.fromTS)
	by := p.from + int64(step)/pictureClock
	if p.follows && by-at < pictureDrift && at-by < pictureDrift {
		at = by
	}
	at = max(at, p.last+1)
	if at != by || step > 1<<30 {
		p.follows, p.fromTS, p.from = true, ts, at
	}
	p.last = at
	return at
}

// flush takes what there is without waiting for what is missing.
func (p *picture) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.builder == nil {
		return
	}
	p.builder.Flush()
	for s := p.builder.Pop(); s != nil; s = p.builder.Pop() {
		p.waiting = p.waiting || s.PrevDroppedPackets > 0
		p.take(s.Data, s.PacketTimestamp)
	}
}

// until gives the frames before a moment.
func (p *picture) until(ms int64) []frame {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(p.frames) && p.frames[n].at < ms {
		p.bytes -= len(p.frames[n].data)
		n++
	}
	taken := p.frames[:n:n]
	p.frames = p.frames[n:]
	return taken
}
