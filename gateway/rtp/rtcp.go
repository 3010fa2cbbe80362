package rtp

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
)

// Stats are a leg's numbers so far.
type Stats struct {
	Sent       uint64        // RTP packets sent
	SentOctets uint64        // payload bytes in them
	Received   uint64        // RTP packets received from the peer
	Lost       int64         // packets expected and not received; negative with duplicates
	Jitter     time.Duration // interarrival jitter, RFC 3550 section 6.4.1
	Ignored    uint64        // datagrams of no use: malformed, not negotiated, from other sources

	// As the peer reports them; zero if it has sent no report.
	PeerLost     int64
	PeerFraction float64 // share lost since its report before, 0 to 1
	PeerJitter   time.Duration
	RoundTrip    time.Duration
}

// inStats is the receiver's side of RFC 3550 appendix A.1, A.3 and A.8.
type inStats struct {
	ignored atomic.Uint64

	mu       sync.Mutex
	started  bool
	ssrc     uint32
	base     uint16
	max      uint16
	cycles   uint32
	received uint64
	total    uint64 // received of earlier SSRCs
	lostOld  int64  // lost of earlier SSRCs
	transit  int64
	jitter   float64 // in units of the clock
	clock    uint32

	expectedPrior uint64
	receivedPrior uint64
}

// note counts a packet that is the peer's.
func (s *inStats) note(h *header, now int64, clock uint32) {
	arrival := int64(float64(now) * float64(clock) / float64(time.Second))
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.started || h.ssrc != s.ssrc {
		s.begin(h, arrival)
		s.clock = clock
		return
	}
	switch step := h.seq - s.max; {
	case step < 0x8000:
		if h.seq < s.max {
			s.cycles += 1 << 16
		}
		s.max = h.seq
	}
	s.received++
	transit := arrival - int64(h.ts)
	if clock != s.clock { // another codec
		s.jitter *= float64(clock) / float64(s.clock)
		s.clock, s.transit = clock, transit
	}
	d := int32(transit - s.transit)
	s.transit = transit
	if d < 0 {
		d = -d
	}
	s.jitter += (float64(d) - s.jitter) / 16
}

func (s *inStats) begin(h *header, arrival int64) {
	if s.started {
		s.total += s.received
		s.lostOld += s.lost()
	}
	s.started, s.ssrc, s.base, s.max, s.cycles = true, h.ssrc, h.seq, h.seq, 0
	s.received, s.expectedPrior, s.receivedPrior = 1, 0, 0
	s.transit, s.jitter = arrival-int64(h.ts), 0
}

// source is the stream that is heard; false before there is one.
func (s *inStats) source() (ssrc uint32, started bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ssrc, s.started
}

func (s *inStats) expected() uint64 {
	return uint64(s.cycles) + uint64(s.max) - uint64(s.base) + 1
}

func (s *inStats) lost() int64 { return int64(s.expected()) - int64(s.received) }

// report makes a reception report block, RFC 3550 section 6.4.1.
func (s *inStats) report() (rtcp.ReceptionReport, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.started {
		return rtcp.ReceptionReport{}, false
	}
	expected := s.expected()
	interval := int64(expected - s.expectedPrior)
	lost := interval - int64(s.received-s.receivedPrior)
	s.expectedPrior, s.receivedPrior = expected, s.received
	var fraction uint8
	if interval > 0 && lost > 0 {
		fraction = uint8(min(lost<<8/interval, 255))
	}
	return rtcp.ReceptionReport{
		SSRC:               s.ssrc,
		FractionLost:       fraction,
		TotalLost:          uint32(max(0, min(s.lost(), 1<<23-1))),
		LastSequenceNumber: s.cycles + uint32(s.max),
		Jitter:             uint32(s.jitter),
	}, true
}

// control is the state of RTCP.
type control struct {
	mu    sync.Mutex
	addr  netip.AddrPort // where the peer's RTCP came from
	lsr   uint32         // middle of the NTP time of the last sender report
	lsrAt time.Time
	sent  uint64 // packets at the last report
	peer  rtcp.ReceptionReport
	heard bool
	rtt   time.Duration
}

// Stats reads the numbers. It is safe to call at any time.
func (l *Leg) Stats() Stats {
	st := Stats{Sent: l.out.packets.Load(), SentOctets: l.out.octets.Load(), Ignored: l.in.stats.ignored.Load()}
	in := &l.in.stats
	in.mu.Lock()
	if in.started {
		st.Received = in.total + in.received
		st.Lost = in.lostOld + in.lost()
		st.Jitter = samples(in.jitter, in.clock)
	}
	in.mu.Unlock()
	c := &l.ctl
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heard {
		st.PeerLost = int64(int32(c.peer.TotalLost<<8) >> 8)
		st.PeerFraction = float64(c.peer.FractionLost) / 256
		st.PeerJitter = samples(float64(c.peer.Jitter), l.clock())
		st.RoundTrip = c.rtt
	}
	return st
}

func samples(n float64, clock uint32) time.Duration {
	return time.Duration(n * float64(time.Second) / float64(clock))
}

// clock is that of what is sent.
func (l *Leg) clock() uint32 {
	if s := l.session.Load(); s != nil {
		return s.Codec.Clock()
	}
	return 8000
}

func (l *Leg) readRTCP() {
	buf := make([]byte, maxPacket)
	for {
		n, from, err := l.rtcp.ReadFromUDPAddrPort(buf)
		if err != nil {
			if l.over(err) {
				return
			}
			continue
		}
		if isRTCP(buf[:n]) {
			l.receiveRTCP(buf[:n], unmap(from))
		}
	}
}

// receiveRTCP takes a compound packet, if it is the peer's.
func (l *Leg) receiveRTCP(b []byte, from netip.AddrPort) {
	s := l.session.Load()
	if s == nil {
		l.in.stats.ignored.Add(1)
		return
	}
	b, ok := s.crypt.openControl(b)
	if !ok {
		l.in.stats.ignored.Add(1)
		l.ports.forged.Add(1)
		return
	}
	packets, err := rtcp.Unmarshal(b)
	if err != nil || len(packets) == 0 {
		l.in.stats.ignored.Add(1)
		return
	}
	if !l.believes(s, from, senderOf(b)) {
		l.in.stats.ignored.Add(1)
		l.ports.strangers.Add(1)
		return
	}
	l.lastRx.Store(l.now())
	now := time.Now()
	c := &l.ctl
	c.mu.Lock()
	defer c.mu.Unlock()
	if to := l.Remote(); to != s.Remote && from.Addr() == to.Addr() {
		c.addr = from // the peer is not where its description says
	}
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			c.lsr, c.lsrAt = uint32(p.NTPTime>>16), now
			l.hearBlocks(p.Reports, now)
		case *rtcp.ReceiverReport:
			l.hearBlocks(p.Reports, now)
		}
	}
}

// senderOf is the source of a report, the first word behind its header.
func senderOf(b []byte) uint32 { return binary.BigEndian.Uint32(b[4:]) }

// hearBlocks takes what the peer says of our stream; ctl.mu is held.
func (l *Leg) hearBlocks(blocks []rtcp.ReceptionReport, now time.Time) {
	for _, r := range blocks {
		if r.SSRC != l.ssrc {
			continue
		}
		l.ctl.peer, l.ctl.heard = r, true
		if r.LastSenderReport != 0 { // RFC 3550 section 6.4.1: A - LSR - DLSR
			if d := int32(uint32(ntp(now)>>16) - r.LastSenderReport - r.Delay); d >= 0 {
				l.ctl.rtt = time.Duration(d) * time.Second >> 16
			}
		}
	}
}

// sendReport sends a sender report if RTP was sent since the last, else a
// receiver report, with the name of the source (RFC 3550 section 6.1).
func (l *Leg) sendReport() { l.sendRTCP(l.reportPacket()) }

func (l *Leg) reportPacket() rtcp.Packet {
	now := time.Now()
	var blocks []rtcp.ReceptionReport
	if r, ok := l.in.stats.report(); ok {
		blocks = append(blocks, r)
	}
	l.out.mu.Lock()
	ts, at := l.out.lastTS, l.out.lastAt
	l.out.mu.Unlock()
	sent := l.out.packets.Load()
	c := &l.ctl
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(blocks) == 1 && c.lsr != 0 {
		blocks[0].LastSenderReport = c.lsr
		blocks[0].Delay = uint32(now.Sub(c.lsrAt) * (1 << 16) / time.Second)
	}
	if sent == c.sent || at.IsZero() {
		return &rtcp.ReceiverReport{SSRC: l.ssrc, Reports: blocks}
	}
	c.sent = sent
	return &rtcp.SenderReport{
		SSRC:        l.ssrc,
		NTPTime:     ntp(now),
		RTPTime:     ts + uint32(now.Sub(at).Seconds()*float64(l.clock())),
		PacketCount: uint32(sent),
		OctetCount:  uint32(l.out.octets.Load()),
		Reports:     blocks,
	}
}

func (l *Leg) sendBye() {
	if l.out.packets.Load() == 0 {
		return // RFC 3550 section 6.3.7: who never sent must not say goodbye
	}
	l.sendRTCP(l.reportPacket(), &rtcp.Goodbye{Sources: []uint32{l.ssrc}})
}

// sendRTCP sends a compound packet: the report, the name, and what else.
func (l *Leg) sendRTCP(report rtcp.Packet, more ...rtcp.Packet) {
	s := l.session.Load()
	if s == nil {
		return
	}
	compound := append([]rtcp.Packet{report, rtcp.NewCNAMESourceDescription(l.ssrc, l.cname)}, more...)
	b, err := rtcp.Marshal(compound)
	if err == nil {
		b, err = s.crypt.sealControl(b)
	}
	if err != nil {
		return
	}
	if s.Mux {
		_, _ = l.rtp.WriteToUDPAddrPort(b, l.Remote())
		return
	}
	l.ctl.mu.Lock()
	to := l.ctl.addr
	l.ctl.mu.Unlock()
	if !to.IsValid() {
		to = s.RTCP
	}
	if to.Addr().IsUnspecified() {
		return // on hold in the old way
	}
	_, _ = l.rtcp.WriteToUDPAddrPort(b, to)
}

// ntp is a time in the format of RFC 5905: seconds since 1900 and their fraction.
func ntp(t time.Time) uint64 {
	const from1900 = 2208988800
	return uint64(t.Unix()+from1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}
