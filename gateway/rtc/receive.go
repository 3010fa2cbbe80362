package rtc

import (
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"tccc/gateway/mix"
)

// receiveSize is the longest packet that is read: an Ethernet frame.
const receiveSize = 1500

// inbound is what comes from the browser.
type inbound struct {
	sinkMu sync.Mutex // held while a frame is handed on: one call at a time
	sink   mix.Sink

	mu sync.Mutex
	reception
}

func (in *inbound) setSink(s mix.Sink) {
	in.sinkMu.Lock()
	defer in.sinkMu.Unlock()
	in.sink = s
}

func (in *inbound) write(f *mix.Frame) {
	in.sinkMu.Lock()
	defer in.sinkMu.Unlock()
	if in.sink != nil {
		in.sink.WriteFrame(f)
	}
}

// receive takes a track until it ends. It allocates nothing per packet. The first
// packet tells that the track flows; from then on they are taken where they are
// decrypted, and reading only waits for the end.
func (l *Leg) receive(t *webrtc.TrackRemote) {
	r := &reader{leg: l, ssrc: uint32(t.SSRC())}
	in := l.inlets.of(r.ssrc)
	buf := make([]byte, receiveSize)
	for got, open := 0, false; ; {
		n, _, err := t.Read(buf)
		if err != nil && !errors.Is(err, webrtc.ErrCodecNotFound) && !errors.Is(err, io.ErrShortBuffer) {
			return
		}
		if err == nil { // else a payload type that was not agreed on, or a packet that is too long
			r.take(buf[:n])
		}
		got++
		if !open && in != nil {
			open = in.open(got, r.take)
		}
	}
}

// reader is what is remembered from one packet of a track to the next.
type reader struct {
	leg   *Leg
	ssrc  uint32
	frame mix.Frame
	event eventReader
}

// take hands a packet on.
func (r *reader) take(p []byte) {
	l, frame := r.leg, &r.frame
	pt, ok := parsePacket(p, frame)
	if !ok || len(p) > receiveSize {
		return
	}
	formats := l.formats.Load()
	frame.Codec, frame.Clock = formats.byType[pt], formats.clocks[pt]
	l.inbound.note(r.ssrc, frame, time.Now())
	if frame.Codec == 0 || len(frame.Payload) == 0 {
		return
	}
	if frame.Codec == mix.Event {
		if digit := r.event.read(frame); digit != 0 {
			if f := l.digit.Load(); f != nil {
				(*f)(digit)
			}
		}
	}
	l.inbound.write(frame)
}

// parsePacket reads an RTP packet (RFC 3550 section 5.1) into f, whose payload
// is part of p. It returns the payload type.
func parsePacket(p []byte, f *mix.Frame) (pt uint8, ok bool) {
	if len(p) < 12 || p[0]>>6 != 2 {
		return 0, false
	}
	at := 12 + 4*int(p[0]&0x0F) // contributing sources
	if p[0]&0x10 != 0 {         // header extension
		if len(p) < at+4 {
			return 0, false
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(p[at+2:]))
	}
	end := len(p)
	if p[0]&0x20 != 0 { // padding: its length is the last byte
		pad := int(p[end-1])
		if pad == 0 {
			return 0, false
		}
		end -= pad
	}
	if at > end {
		return 0, false
	}
	f.Marker = p[1]&0x80 != 0
	f.Seq = binary.BigEndian.Uint16(p[2:])
	f.Timestamp = binary.BigEndian.Uint32(p[4:])
	f.Payload = p[at:end]
	return p[1] & 0x7F, true
}

// eventReader finds where digits begin in a stream of telephone events.
type eventReader struct {
	any bool
	ts  uint32
}

// read returns the digit that begins with f, 0 if none does. All packets of an
// event have one timestamp (RFC 4733 section 2.4.1.1); that of a late packet of
// an earlier event lies before it.
func (e *eventReader) read(f *mix.Frame) byte {
	if len(f.Payload) < 4 || e.any && int32(f.Timestamp-e.ts) <= 0 {
		return 0
	}
	e.any, e.ts = true, f.Timestamp
	return mix.DigitOf(f.Payload[0])
}
