package rtc

import (
	"math"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"

	"tccc/gateway/mix"
)

// Stats are counts over the leg's life, and what the last reports say.
type Stats struct {
	Codec mix.Codec // newest audio received, 0 if none

	PacketsReceived uint64
	BytesReceived   uint64        // payload
	PacketsLost     int64         // expected and not received; negative with duplicates (RFC 3550 section 6.4.1)
	Jitter          time.Duration // of what is received

	PacketsSent   uint64
	BytesSent     uint64        // payload
	RemoteLost    int64         // of what was sent, as the browser counts
	RemoteJitter  time.Duration // as the browser sees it
	RoundTrip     time.Duration // 0 until known
	RoundTripAge  time.Duration // how old RoundTrip is
	CandidatePair string        // "udp" or "tcp", "" while not connected
}

// reception is the state of a receiver (RFC 3550 appendix A), guarded by
// inbound.mu.
type reception struct {
	source   uint32
	started  bool
	base     uint32 // first extended sequence number
	high     uint32 // highest
	received uint64 // of this source
	packets  uint64 // of all
	octets   uint64
	lostOld  int64 // of earlier sources
	codec    mix.Codec
	clock    uint32

	transit int64   // of the newest packet, in the clock
	jitter  float64 // in the clock

	expectedPrior, receivedPrior uint64

	senderReport uint32 // middle 32 bits of the NTP time of the newest sender report
	reportAt     time.Time

	remoteLost   int64
	remoteJitter uint32
	rtt          time.Duration
	rttAt        time.Time
}

func (r *reception) expected() uint64 {
	if !r.started {
		return 0
	}
	return uint64(r.high-r.base) + 1
}

// note counts a packet.
func (in *inbound) note(ssrc uint32, f *mix.Frame, now time.Time) {
	in.mu.Lock()
	defer in.mu.Unlock()
	clock := f.Codec.Clock()
	in.count(ssrc, f.Seq, f.Timestamp, len(f.Payload), clock, now)
	if clock != 0 {
		in.codec = f.Codec
	}
}

// count takes a packet; a clock of 0 says nothing about the time line.
func (r *reception) count(ssrc uint32, seq uint16, ts uint32, size int, clock uint32, now time.Time) {
	step := int16(seq - uint16(r.high))
	if !r.started || ssrc != r.source || step > 3000 || step < -3000 {
		r.lostOld += int64(r.expected()) - int64(r.received)
		r.source, r.started = ssrc, true
		r.base, r.high = 1<<16+uint32(seq), 1<<16+uint32(seq)
		r.received, r.expectedPrior, r.receivedPrior = 0, 0, 0
		r.clock = 0
	} else if step > 0 {
		r.high += uint32(step)
	}
	r.received++
	r.packets++
	r.octets += uint64(size)
	if clock == 0 {
		return
	}
	transit := int64(now.Sub(processStart)/time.Microsecond)*int64(clock)/1_000_000 - int64(ts)
	if clock == r.clock {
		d := math.Abs(float64(int32(transit - r.transit)))
		if d < float64(clock)*10 { // else the source's clock leapt
			r.jitter += (d - r.jitter) / 16
		}
	} else {
		r.clock, r.jitter = clock, 0
	}
	r.transit = transit
}

// block makes the reception report of what came since the last one.
func (r *reception) block(now time.Time) rtcp.ReceptionReport {
	expected := r.expected()
	lost := int64(expected) - int64(r.received)
	expectedNow, receivedNow := expected-r.expectedPrior, r.received-r.receivedPrior
	r.expectedPrior, r.receivedPrior = expected, r.received
	var fraction uint8
	if expectedNow > receivedNow {
		fraction = uint8((expectedNow - receivedNow) * 256 / expectedNow)
	}
	b := rtcp.ReceptionReport{
		SSRC:               r.source,
		FractionLost:       fraction,
		TotalLost:          uint32(min(max(lost, 0), 0x7FFFFF)),
		LastSequenceNumber: r.high,
		Jitter:             uint32(r.jitter),
	}
	if !r.reportAt.IsZero() {
		b.LastSenderReport = r.senderReport
		b.Delay = uint32(now.Sub(r.reportAt) * 65536 / time.Second)
	}
	return b
}

const (
	firstReport = time.Second     // so that the round trip is known soon
	reportEvery = 5 * time.Second // RFC 3550 section 6.2
)

// report sends the reports of all legs, a fifth of them each second.
func (s *Server) report() {
	defer s.reports.Done()
	beat := time.NewTicker(firstReport)
	defer beat.Stop()
	next := map[*Leg]time.Time{}
	for {
		select {
		case <-s.stop:
			return
		case <-beat.C:
		}
		now := time.Now()
		then := make(map[*Leg]time.Time, len(next))
		for _, l := range s.current() {
			for _, p := range l.pictures {
				p.sendReport(now) // senders of video heed losses: each second
			}
			due, ok := next[l]
			if !ok || !now.Before(due) {
				due = now
				if l.sendReport(now) {
					due = now.Add(reportEvery - firstReport/2)
				}
			}
			then[l] = due
		}
		next = then
	}
}

// sendReport sends a compound packet: a sender report if anything was sent, the
// reception block if anything came, and the name (RFC 3550 section 6.1). It
// returns false if there is nothing to report yet.
func (l *Leg) sendReport(now time.Time) bool {
	l.inbound.mu.Lock()
	var blocks []rtcp.ReceptionReport
	if l.inbound.started {
		blocks = append(blocks, l.inbound.block(now))
	}
	l.inbound.mu.Unlock()

	ssrc, sr := l.track.report(now)
	if sr == nil && blocks == nil {
		return false
	}
	var first rtcp.Packet = &rtcp.ReceiverReport{SSRC: ssrc, Reports: blocks}
	if sr != nil {
		sr.Reports = blocks
		first = sr
	}
	return l.writeReport(ssrc, first) == nil
}

// writeReport sends a report with the name of its sender.
func (l *Leg) writeReport(ssrc uint32, report rtcp.Packet) error {
	return l.pc.WriteRTCP([]rtcp.Packet{report, &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
		Source: ssrc,
		Items:  []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: cname}},
	}}}})
}

// report is the sender report at now; nil if nothing was sent yet.
func (t *track) report(now time.Time) (ssrc uint32, _ *rtcp.SenderReport) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.packets == 0 {
		return t.header.SSRC, nil
	}
	since := int64(now.Sub(t.at)/time.Microsecond) * int64(t.last.Clock()) / 1_000_000
	return t.header.SSRC, &rtcp.SenderReport{
		SSRC:        t.header.SSRC,
		NTPTime:     ntp(now),
		RTPTime:     t.ts + uint32(since),
		PacketCount: uint32(t.packets),
		OctetCount:  uint32(t.octets),
	}
}

// ntp is a time in the 64-bit format of RFC 5905 section 6.
func ntp(t time.Time) uint64 {
	const to1900 = 2208988800
	return uint64(t.Unix()+to1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// readReports takes the browser's reports until the stream ends.
func (l *Leg) readReports(read func([]byte) (int, interceptor.Attributes, error)) {
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
		now := time.Now()
		for _, p := range packets {
			switch p := p.(type) {
			case *rtcp.SenderReport:
				l.inbound.noteSender(p, now)
				l.noteBlocks(p.Reports, now)
			case *rtcp.ReceiverReport:
				l.noteBlocks(p.Reports, now)
			}
		}
	}
}

func (in *inbound) noteSender(p *rtcp.SenderReport, now time.Time) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.reported(p, now)
}

// reported takes a sender report.
func (r *reception) reported(p *rtcp.SenderReport, now time.Time) {
	if r.started && p.SSRC == r.source {
		r.senderReport, r.reportAt = uint32(p.NTPTime>>16), now
	}
}

// noteBlocks takes what the browser says of the gateway's stream.
func (l *Leg) noteBlocks(blocks []rtcp.ReceptionReport, now time.Time) {
	l.track.mu.Lock()
	ssrc := l.track.header.SSRC
	l.track.mu.Unlock()
	l.inbound.mu.Lock()
	defer l.inbound.mu.Unlock()
	for _, b := range blocks {
		if b.SSRC != ssrc {
			continue
		}
		l.inbound.remoteLost = int64(int32(b.TotalLost<<8) >> 8)
		l.inbound.remoteJitter = b.Jitter
		if b.LastSenderReport != 0 {
			// RFC 3550 section 6.4.1; a clock that was set back gives nonsense.
			d := uint32(ntp(now)>>16) - b.LastSenderReport - b.Delay
			if d < 60<<16 {
				l.inbound.rtt, l.inbound.rttAt = time.Duration(d)*time.Second>>16, now
			}
		}
	}
}

// Stats are the leg's numbers now.
func (l *Leg) Stats() Stats {
	now := time.Now()
	l.track.mu.Lock()
	s := Stats{PacketsSent: l.track.packets, BytesSent: l.track.octets}
	sendClock := l.track.last.Clock()
	l.track.mu.Unlock()

	l.inbound.mu.Lock()
	r := &l.inbound.reception
	s.Codec = r.codec
	s.PacketsReceived, s.BytesReceived = r.packets, r.octets
	s.PacketsLost = r.lostOld + int64(r.expected()) - int64(r.received)
	s.Jitter = perClock(r.jitter, r.clock)
	s.RemoteLost = r.remoteLost
	s.RemoteJitter = perClock(float64(r.remoteJitter), sendClock)
	s.RoundTrip = r.rtt
	if !r.rttAt.IsZero() {
		s.RoundTripAge = now.Sub(r.rttAt)
	}
	l.inbound.mu.Unlock()

	if pair, err := l.sender.Transport().ICETransport().GetSelectedCandidatePair(); err == nil && pair != nil {
		s.CandidatePair = pair.Local.Protocol.String()
	}
	return s
}

func perClock(n float64, clock uint32) time.Duration {
	if clock == 0 {
		return 0
	}
	return time.Duration(n * float64(time.Second) / float64(clock))
}
