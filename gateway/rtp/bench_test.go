package rtp

import (
	"testing"

	"tccc/gateway/mix"
)

// BenchmarkForward is a packet's way through the gateway: received, latched,
// counted, mapped into the other leg's stream and sent.
func BenchmarkForward(b *testing.B) {
	p := newPorts(b, PortOptions{})
	in, out, sink := newLeg(b, p, Options{}), newLeg(b, p, Options{}), newLeg(b, p, Options{})
	join(b, in, sink, mix.PCMU, 101)
	if err := out.Negotiate(talking(sink, mix.PCMA, 101)); err != nil { // the other law
		b.Fatal(err)
	}
	in.Receive(out.Port().NewFeed())
	packet := make([]byte, headerSize+160)
	from := sink.Local()
	b.ReportAllocs()
	b.SetBytes(int64(len(packet)))
	seq := uint16(0)
	ts := uint32(0)
	for b.Loop() {
		seq++
		ts += 160
		putHeader(packet, 0, false, seq, ts, 7)
		in.receive(packet, from)
	}
	if out.Stats().Sent == 0 {
		b.Fatal("nothing was sent")
	}
}

// BenchmarkReceive is the part without the socket.
func BenchmarkReceive(b *testing.B) {
	p := newPorts(b, PortOptions{})
	in, peer := newLeg(b, p, Options{}), newLeg(b, p, Options{})
	join(b, in, peer, mix.PCMU, 101)
	in.Receive(nothing{})
	packet := make([]byte, headerSize+160)
	from := peer.Local()
	b.ReportAllocs()
	seq := uint16(0)
	for b.Loop() {
		seq++
		putHeader(packet, 0, false, seq, uint32(seq)*160, 7)
		in.receive(packet, from)
	}
}

// BenchmarkForwardEncrypted is BenchmarkForward between two encrypted legs.
func BenchmarkForwardEncrypted(b *testing.B) {
	for _, suite := range Suites() {
		b.Run(suite.String(), func(b *testing.B) {
			p := newPorts(b, PortOptions{})
			in, out, sink := newLeg(b, p, Options{}), newLeg(b, p, Options{}), newLeg(b, p, Options{})
			joinSecured(b, in, sink, suite)
			n := talking(sink, mix.PCMU, 101)
			n.Keys, _ = secured(suite)
			if err := out.Negotiate(n); err != nil {
				b.Fatal(err)
			}
			in.Receive(out.Port().NewFeed())
			_, keys := secured(suite)
			peer, err := newCrypt(keys, nil)
			if err != nil {
				b.Fatal(err)
			}
			packet := make([]byte, headerSize+160)
			from := sink.Local()
			b.ReportAllocs()
			seq := uint16(0)
			for b.Loop() {
				seq++
				putHeader(packet, 0, false, seq, uint32(seq)*160, 7)
				sealed, err := peer.seal(packet)
				if err != nil {
					b.Fatal(err)
				}
				in.receive(sealed, from)
			}
			if out.Stats().Sent == 0 {
				b.Fatal("nothing was sent")
			}
		})
	}
}

type nothing struct{}

func (nothing) WriteFrame(*mix.Frame) {}

// The packet path does not allocate.
func TestForwardDoesNotAllocate(t *testing.T) {
	p := newPorts(t, PortOptions{})
	in, out, sink := newLeg(t, p, Options{}), newLeg(t, p, Options{}), newLeg(t, p, Options{})
	join(t, in, sink, mix.PCMU, 0)
	if err := out.Negotiate(talking(sink, mix.PCMU, 0)); err != nil {
		t.Fatal(err)
	}
	in.Receive(out.Port().NewFeed())
	packet := make([]byte, headerSize+160)
	from := sink.Local()
	seq := uint16(0)
	n := testing.AllocsPerRun(200, func() {
		seq++
		putHeader(packet, 0, false, seq, uint32(seq)*160, 7)
		in.receive(packet, from)
	})
	if n > 0 {
		t.Fatalf("%v allocations a packet", n)
	}
}
