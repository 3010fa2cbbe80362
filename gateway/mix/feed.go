package mix

import "time"

// Limits of RFC 3550 appendix A.1, the second shortened to what is of use.
const (
	maxDropout  = 3000 // a larger step forward is a source that began anew
	maxMisorder = 64   // what is later than this is dropped
)

const (
	eventReach = 10 // seconds: an event lasts at most 8.2 s at 8 kHz (RFC 4733 section 2.3.5)
	leap       = time.Second
)

// Feed is one source's way into a Port. It is live until the port gets another
// feed or is closed; after that its frames are dropped.
type Feed struct {
	port *Port

	// All below is guarded by port.mu.
	mapped     bool   // seqOff and tsOff hold
	seen       bool   // high holds
	seqOff     uint16 // outgoing minus incoming
	tsOff      uint32
	clock      uint32    // of the mapping
	high       uint16    // highest sequence number of the source
	highTS     uint32    // newest timestamp of the source
	taken      uint64    // bit i: the frame high-i was passed on, or must not be any more
	probe      uint16    // the number that would confirm a new beginning
	probed     bool      // probe holds
	event      bool      // the newest frame was an event
	evIn       uint32    // timestamp of the current event, as it came
	evOut      uint32    // and as it goes out
	last       time.Time // when the newest frame was passed on
	since      time.Time // when the feed began
	filled     bool      // the newest packet is silence of the gateway
	sourceless bool      // all of it is
	own        bool      // the source is the metronome, whose timestamps are never wrong

	trans *transcoder // nil while the source's frames are passed on as they are
	noise byte        // level of the comfort noise that the source has asked for, -dBov; 0: none
}

// Live reports whether frames still reach the peer.
func (f *Feed) Live() bool {
	f.port.mu.Lock()
	defer f.port.mu.Unlock()
	return f.port.feed == f
}

// Stop takes the feed out of its port. It does nothing to a feed that was
// replaced already.
func (f *Feed) Stop() {
	f.port.mu.Lock()
	defer f.port.mu.Unlock()
	if f.port.feed == f {
		f.port.feed = nil
	}
}

// WriteFrame passes a frame on to the peer, transcoded if it does not take it as
// it is. It implements Sink.
func (f *Feed) WriteFrame(fr *Frame) {
	p := f.port
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.feed != f {
		return
	}
	switch {
	case fr.Codec == Noise:
		f.hush(fr)
	case p.passes(fr) && !(f.trans != nil && fr.Codec == Event):
		if f.trans != nil { // the numbering is the source's again
			f.trans, f.seen, f.mapped = nil, false, false
		}
		f.pass(fr)
	case fr.Codec == Event || fr.Codec.Audible():
		if f.trans == nil || f.trans.to != p.codec {
			f.trans = p.transcoder((*passage)(f))
			f.seen, f.mapped = false, false
		}
		if fr.Codec != Event {
			f.noise = 0
		}
		f.trans.write(fr)
	}
}

// passage is the way of transcoded frames into the feed; the port's lock is held.
type passage Feed

// WriteFrame implements Sink.
func (p *passage) WriteFrame(fr *Frame) { (*Feed)(p).pass(fr) }

// hush takes comfort noise (RFC 3389): its level matters where sound is made for
// the peer anyway, elsewhere a silent source is filled in for.
func (f *Feed) hush(fr *Frame) {
	if f.trans == nil || len(fr.Payload) == 0 {
		return
	}
	f.trans.pass(fr.Seq)
	f.noise, f.filled = max(1, fr.Payload[0]&0x7F), true
}

// pass passes on a frame in a codec that the peer takes; the port's lock is held.
func (f *Feed) pass(fr *Frame) {
	p := f.port
	now := time.Now()
	step := int16(fr.Seq - f.high)
	switch {
	case !f.seen:
	case step < -maxMisorder || step > f.dropout(now):
		// A source that begins anew, or a stray packet: the next one tells.
		if !f.probed || fr.Seq != f.probe {
			f.probe, f.probed = fr.Seq+1, true
			return
		}
		f.mapped = false
	case step <= 0:
		f.writeLate(fr, uint(-step))
		return
	}
	f.probed = false

	codec, payload, ok := p.fit(fr.Codec, fr.Payload)
	if p.keying || !ok {
		f.skip(fr)
		return
	}
	f.remap(now, fr, codec, step)
	f.seen, f.high, f.last, f.filled = true, fr.Seq, now, false

	seq, ts := fr.Seq+f.seqOff, fr.Timestamp+f.tsOff
	if codec == Event {
		f.writeEvent(fr, seq, ts)
		return
	}
	f.event = false
	marker := fr.Marker || p.out.marker
	p.out.marker = false
	p.out.note(now, codec, ts, payload)
	f.highTS = fr.Timestamp
	p.send(codec, marker, seq, ts, payload)
}

// dropout is the largest step in the numbering that can be packets that were
// lost since the newest one; the shortest usual packet time is 5 ms.
func (f *Feed) dropout(now time.Time) int16 {
	return int16(min(maxDropout, maxMisorder+now.Sub(f.last)/(5*time.Millisecond)))
}

// writeEvent sends a packet of a telephone event. All packets of one event
// have the timestamp of its begin (RFC 4733 section 2.4.1.1), also when the
// numbering changed in its middle.
func (f *Feed) writeEvent(fr *Frame, seq uint16, ts uint32) {
	p := f.port
	if f.event && fr.Timestamp == f.evIn {
		ts = f.evOut
	} else {
		f.event, f.evIn, f.evOut = true, fr.Timestamp, ts
	}
	if int32(fr.Timestamp-f.highTS) > 0 {
		f.highTS = fr.Timestamp
	}
	p.out.notEarlier(ts)
	p.send(Event, fr.Marker, seq, ts, fr.Payload)
}

// writeLate passes on a frame that was overtaken, if its place is still free.
func (f *Feed) writeLate(fr *Frame, back uint) {
	p := f.port
	if !f.mapped || p.keying || back >= maxMisorder || f.taken&(1<<back) != 0 {
		return
	}
	codec, payload, ok := p.fit(fr.Codec, fr.Payload)
	if !ok || codec != Event && codec.Clock() != f.clock {
		return
	}
	f.taken |= 1 << back
	ts := fr.Timestamp + f.tsOff
	if codec == Event && f.event && fr.Timestamp == f.evIn {
		ts = f.evOut
	}
	p.send(codec, fr.Marker, fr.Seq+f.seqOff, ts, payload)
}

// skip leaves a frame out without a gap in the numbering.
func (f *Feed) skip(fr *Frame) {
	f.seqOff--
	f.seen, f.high, f.taken = true, fr.Seq, ^uint64(0)
	if f.port.keying {
		f.mapped = false
	}
}

// remap sets the offsets between the source's numbering and the outgoing one:
// both when the feed begins or the gateway has sent something in between, the
// timestamps alone when the source's leapt.
func (f *Feed) remap(now time.Time, fr *Frame, codec Codec, step int16) {
	h := &f.port.out
	clock := codec.Clock()
	if codec == Event {
		clock = f.clock
		if clock == 0 {
			clock = f.port.codec.Clock()
		}
	}
	if !f.mapped {
		seq, ts := h.follow(now, clock)
		f.seqOff, f.tsOff = seq-fr.Seq, ts-fr.Timestamp
		f.mapped, f.clock, f.taken, f.highTS = true, clock, ^uint64(0), fr.Timestamp
		h.marker = true
		return
	}
	if step >= maxMisorder {
		f.taken = 1
	} else {
		f.taken = f.taken<<uint(step) | 1
	}
	if clock == f.clock && (f.own || !f.leapt(now, fr, clock, step)) {
		return
	}
	_, ts := h.follow(now, clock)
	f.tsOff = ts - fr.Timestamp
	f.clock, f.highTS = clock, fr.Timestamp
	f.taken = ^uint64(0) // what is late now has a timestamp of the time line before
	h.marker = true
}

// leapt reports whether the timestamp of an in-order frame cannot be of the
// same time line as the one before: it runs backwards, or forward by much more
// than time has passed and packets are missing.
func (f *Feed) leapt(now time.Time, fr *Frame, clock uint32, step int16) bool {
	d := int64(int32(fr.Timestamp - f.highTS))
	if fr.Codec == Event {
		if f.event && fr.Timestamp == f.evIn {
			return false
		}
		return d < -eventReach*int64(clock) || d > eventReach*int64(clock)
	}
	most := ticks(now.Sub(f.last)+leap, clock) + int64(step)*int64(f.port.out.span)
	return d < 0 || d > most
}

// notEarlier keeps the head from lying before an event that was sent.
func (h *head) notEarlier(ts uint32) {
	if d := int32(ts - h.ts); d > 0 {
		h.ts = ts
		h.at = h.at.Add(length(int64(d), h.clock))
	}
}
