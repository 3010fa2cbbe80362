// Package mix joins the legs of a session: it forwards frames between two of
// them, plays music, prompts and tones to one, and fills the gaps, so that what
// a peer receives is one continuous RTP stream whatever feeds it.
package mix

import "time"

// Codec is the format of a frame's payload.
type Codec uint8

// The codecs that the gateway carries.
const (
	PCMU  Codec = iota + 1 // G.711 mu-law, RFC 3551, clock 8000
	PCMA                   // G.711 A-law, RFC 3551, clock 8000
	Opus                   // RFC 7587, clock 48000
	Event                  // telephone-event, RFC 4733, in the clock of the audio beside it
	Noise                  // comfort noise, RFC 3389: a sign of life, which no leg passes on
	G722                   // RFC 3551 section 4.5.2: clock 8000, although it has 16000 samples
)

// FrameTime is the packet time that the gateway itself generates.
const FrameTime = 20 * time.Millisecond

// Frame is the part of an RTP packet (RFC 3550) that crosses from leg to leg.
type Frame struct {
	Codec     Codec
	Marker    bool
	Seq       uint16 // of the sender's stream
	Timestamp uint32 // of the sender's stream, in the codec's clock
	Payload   []byte // valid only until WriteFrame returns
	Clock     uint32 // of an Event, where it is known
}

// Sink takes frames. WriteFrame must not block and must not keep the frame.
// It is called from one goroutine at a time.
type Sink interface {
	WriteFrame(f *Frame)
}

// Leg is one party's media: a phone's RTP socket, a browser's peer connection.
// A leg has exactly one Port, its outgoing side, for its whole life.
type Leg interface {
	// Port is the way to the peer.
	Port() *Port
	// Receive sends the frames that come from the peer to s from now on; nil
	// drops them. It is safe to call at any time.
	Receive(s Sink)
}
