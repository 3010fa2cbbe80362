package rtp

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"
)

// Latch says from where a leg takes packets for the peer's. RTP carries nothing
// that proves who sent it, so the address has to: that of the session
// description, or that of the signalling, which the trunk's rules have checked.
// Packets from elsewhere are ignored and counted, RTCP like RTP. One source is
// heard at a time.
type Latch uint8

// What a leg may latch on.
const (
	// LatchSignalling takes the host of the session description or that of the
	// signalling, on any port: a peer behind a NAT comes from the latter.
	LatchSignalling Latch = iota
	// LatchStrict takes the host of the session description, and sends to
	// exactly its address whatever comes.
	LatchStrict
	// LatchAny takes, as long as nobody is heard, whoever speaks first. It is for
	// peers behind a NAT whose signalling comes over a proxy.
	LatchAny
)

// ParseLatch reads the name of a Latch; empty is the default.
func ParseLatch(name string) (Latch, error) {
	switch name {
	case "", "signalling":
		return LatchSignalling, nil
	case "strict":
		return LatchStrict, nil
	case "any":
		return LatchAny, nil
	}
	return 0, fmt.Errorf("%q is not strict, signalling or any", name)
}

// How sure it must be that a source is the peer.
const (
	relatchSilence = 2 * time.Second // after so long without the source another may take over
	hearAfter      = 3               // packets of one stream in order until a source is heard
	sendAfter      = 25              // and until RTP goes there, where the address says little
	maxRunStep     = 10              // a larger step in the numbering begins a stream anew
)

// run is a stream from one source as far as it came in order.
type run struct {
	from netip.AddrPort
	ssrc uint32
	seq  uint16
	n    int
}

// add counts a packet. What was overtaken neither counts nor breaks the order.
func (r *run) add(from netip.AddrPort, h *header) int {
	step := int16(h.seq - r.seq)
	switch {
	case from != r.from || h.ssrc != r.ssrc, step > maxRunStep, step < -maxRunStep:
		*r = run{from: from, ssrc: h.ssrc, seq: h.seq, n: 1}
	case step > 0:
		r.seq = h.seq
		r.n++
	}
	return r.n
}

// continues reports whether a packet is of the same stream from another source,
// as when a NAT has forgotten the old one.
func (r *run) continues(h *header) bool {
	step := h.seq - r.seq
	return r.n > 0 && h.ssrc == r.ssrc && step < 0x8000 && step <= 50*maxRunStep
}

// latcher chooses the source. Only the goroutine of readRTP uses it, but for renew.
type latcher struct {
	renew   atomic.Bool // Negotiate has named a new address
	source  run         // that is heard; from is zero before the first
	settled bool        // RTP goes there
	rebound bool        // it continues the stream of the source before
	heard   int64       // when it was heard last
	rival   run         // who wants to take over
}

// trust is how far the address of a source speaks for it.
type trust uint8

const (
	stranger trust = iota
	weak           // the host of the description, which may be shared, on another port
	strong         // the host of the signalling where the description names another: a NAT
	exact          // the address of the description
)

func (l *Leg) trust(s *session, from netip.AddrPort) trust {
	host := from.Addr()
	switch {
	case from == s.Remote:
		return exact
	case host == s.Remote.Addr():
		return weak
	case l.o.Latch == LatchStrict:
		return stranger
	case host == s.Signalling:
		return strong
	case l.o.Latch == LatchAny && (!l.in.latch.source.from.IsValid() || l.in.latch.source.from.Addr() == host):
		return weak
	}
	return stranger
}

// hears decides whether a valid packet is the peer's, and where RTP goes.
func (l *Leg) hears(s *session, from netip.AddrPort, h *header, now int64) bool {
	in := &l.in.latch
	if in.renew.Swap(false) {
		in.source, in.rival, in.settled, in.rebound = run{}, run{}, false, false
	}
	t := l.trust(s, from)
	if from != in.source.from {
		if t == stranger {
			l.ports.strangers.Add(1)
			return false
		}
		if in.rival.add(from, h) < l.hearNeeds(t, h, now) {
			return false
		}
		in.rebound = in.settled && in.source.continues(h)
		in.source, in.rival, in.settled = in.rival, run{}, false
	} else {
		in.source.add(from, h)
	}
	in.heard = now
	if !in.settled && in.source.n >= l.sendNeeds(t) {
		in.settled = true
		l.sendTo(s, from)
	}
	return true
}

const never = 1 << 30

// hearNeeds is how many packets in order make a rival the source.
func (l *Leg) hearNeeds(t trust, h *header, now int64) int {
	in := &l.in.latch
	active := in.source.from.IsValid() && now-in.heard < int64(relatchSilence)
	switch {
	case t == exact && (!active || !in.settled):
		return 1
	case !active, t == exact, in.settled && in.source.continues(h):
		return hearAfter
	}
	return never
}

// sendNeeds is how many packets in order make the source the destination.
func (l *Leg) sendNeeds(t trust) int {
	switch {
	case t == exact:
		return 1
	case l.o.Latch == LatchStrict:
		return never
	case t == strong || l.in.latch.rebound:
		return hearAfter
	}
	return sendAfter
}

// sendTo changes where RTP goes.
func (l *Leg) sendTo(s *session, to netip.AddrPort) {
	if d := l.dst.Load(); d != nil && *d == to {
		return
	}
	if to != s.Remote {
		l.ports.latched.Add(1)
	}
	l.dst.Store(&to)
}

// believes reports whether RTCP is the peer's: it comes from where the peer is
// known to be, or from one of its hosts in the name of the stream that is heard.
func (l *Leg) believes(s *session, from netip.AddrPort, ssrc uint32) bool {
	to := l.Remote()
	if from == s.RTCP || from == to {
		return true
	}
	switch host := from.Addr(); {
	case host == s.Remote.Addr(), host == s.RTCP.Addr(), host == to.Addr():
	case l.o.Latch == LatchSignalling && host == s.Signalling:
	default:
		return false
	}
	heard, started := l.in.stats.source()
	return !started || heard == ssrc
}
