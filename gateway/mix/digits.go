package mix

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"tccc/gateway/audio"
)

// DigitOptions are the lengths of what SendDigits sends.
type DigitOptions struct {
	Tone  time.Duration // of a digit; default 100 ms, at least 40 ms
	Gap   time.Duration // after a digit; default 60 ms, at least 40 ms
	Pause time.Duration // of a 'p'; default 500 ms
}

func (o *DigitOptions) fill() {
	set := func(d *time.Duration, byDefault, least time.Duration) {
		if *d == 0 {
			*d = byDefault
		}
		*d = max(*d, least)
	}
	set(&o.Tone, 100*time.Millisecond, 40*time.Millisecond)
	set(&o.Gap, 60*time.Millisecond, 40*time.Millisecond)
	set(&o.Pause, 500*time.Millisecond, FrameTime)
}

// Errors of SendDigits.
var (
	ErrDigit  = errors.New("mix: a digit is one of 0-9, *, #, A-D, or p for a pause")
	ErrClosed = errors.New("mix: the port is closed")
)

// Volume of telephone events: -10 dBm0 (RFC 4733 section 2.3.4).
const eventVolume = 10

// SendDigits sends digits to the peer and returns when the last one is over.
// They go as telephone events (RFC 4733) if the peer takes them, else as tones
// in the audio. While a digit sounds, the feed's audio is held back. Calls wait
// for each other. When ctx ends, the digit under way is ended properly and
// what follows is not sent. It returns ErrDigit before anything is sent,
// ErrClosed, or the error of ctx.
func (p *Port) SendDigits(ctx context.Context, digits string, opts DigitOptions) error {
	opts.fill()
	for i := range len(digits) {
		if digits[i] != 'p' && EventOf(digits[i]) < 0 {
			return ErrDigit
		}
	}
	select {
	case p.digits <- struct{}{}:
		defer func() { <-p.digits }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	beat := time.NewTicker(FrameTime)
	defer beat.Stop()
	wait := func(d time.Duration) error {
		for ; d > 0; d -= FrameTime {
			select {
			case <-beat.C:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	}
	for i := range len(digits) {
		if digits[i] == 'p' {
			if err := wait(opts.Pause); err != nil {
				return err
			}
			continue
		}
		k, err := p.press(digits[i])
		if err != nil {
			return err
		}
		for d := opts.Tone; d > 0 && err == nil; d -= FrameTime {
			k.frame()
			err = wait(FrameTime)
		}
		k.release()
		if err == nil {
			err = wait(opts.Gap)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// EventOf is the event code of a DTMF digit (RFC 4733 section 3.2), -1 if it is none.
func EventOf(digit byte) int {
	switch {
	case digit >= '0' && digit <= '9':
		return int(digit - '0')
	case digit == '*':
		return 10
	case digit == '#':
		return 11
	case digit >= 'A' && digit <= 'D':
		return int(digit-'A') + 12
	case digit >= 'a' && digit <= 'd':
		return int(digit-'a') + 12
	}
	return -1
}

// DigitOf is the digit of an event code, 0 if it is not DTMF.
func DigitOf(event byte) byte {
	const digits = "0123456789*#ABCD"
	if int(event) < len(digits) {
		return digits[event]
	}
	return 0
}

// key is a digit that is being pressed.
type key struct {
	port    *Port
	code    int
	law     Codec // the digit goes as a tone in this law; 0: as an event
	ts      uint32
	clock   uint32
	elapsed uint32
	payload [audio.FrameSamples]byte
	tone    audio.DualTone
	trans   *transcoder // of the tone, if the peer does not take G.711
	sound   Frame       // of the tone
}

// press holds the feed back and begins a digit.
func (p *Port) press(digit byte) (*key, error) {
	law := p.speaks()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	k := &key{port: p, code: EventOf(digit), clock: p.codec.Clock()}
	if p.out.clock != 0 && p.takes(p.out.codec) {
		k.clock = p.out.clock
	}
	if p.takes(Event) {
		_, k.ts = p.out.follow(time.Now(), k.clock)
	} else {
		k.law = law
		k.tone = audio.DTMF(DigitOf(byte(k.code)))
		if !p.takes(law) {
			k.trans = p.transcoder(keySound{p})
		}
	}
	p.keying = true
	return k, nil
}

// frame sends the next 20 ms.
func (k *key) frame() {
	p := k.port
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	if k.law != 0 {
		var pcm [audio.FrameSamples]int16
		k.tone.Read(pcm[:])
		encode(k.law, k.payload[:], pcm[:])
		k.sound.Codec, k.sound.Marker, k.sound.Payload = k.law, k.elapsed == 0, k.payload[:]
		if k.trans != nil {
			k.trans.write(&k.sound)
		} else {
			keySound{p}.WriteFrame(&k.sound)
		}
		k.elapsed++
		k.sound.Seq++
		k.sound.Timestamp += audio.FrameSamples
		return
	}
	first := k.elapsed == 0
	k.elapsed += k.clock / 50
	k.sendEvent(first, false)
}

// keySound sends the tone of a key, while nothing else is sent. The port's lock is
// held.
type keySound struct{ port *Port }

// WriteFrame implements Sink.
func (k keySound) WriteFrame(f *Frame) {
	out, now := &k.port.out, time.Now()
	seq, ts := out.follow(now, f.Codec.Clock())
	out.note(now, f.Codec, ts, f.Payload)
	k.port.send(f.Codec, f.Marker, seq, ts, f.Payload)
}

// release ends the digit: the last packet of an event goes out three times
// (RFC 4733 section 2.5.1.4), and the feed goes on.
func (k *key) release() {
	p := k.port
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keying = false
	if f := p.feed; f != nil {
		f.mapped = false
	}
	if k.trans != nil && !p.closed {
		k.trans.flush()
	}
	if p.closed || k.law != 0 {
		return
	}
	for range 3 {
		k.sendEvent(false, true)
	}
	// What follows lies behind the event.
	p.out.notEarlier(k.ts + k.elapsed - k.clock/50)
}

func (k *key) sendEvent(marker, end bool) {
	b := k.payload[:4]
	b[0], b[1] = byte(k.code), eventVolume
	if end {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], uint16(min(k.elapsed, 0xFFFF)))
	k.port.send(Event, marker, k.port.out.seq+1, k.ts, b)
}
