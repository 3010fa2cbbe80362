package asr

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/coder/websocket"

	"tccc/gateway/audio"
	"tccc/gateway/track"
	"tccc/wire"
)

const (
	dialTimeout  = 5 * time.Second
	writeTimeout = 5 * time.Second
	eofTimeout   = 5 * time.Second // for the last answer
	chunkEvery   = 200 * time.Millisecond
	retryFirst   = time.Second
	retryMost    = 30 * time.Second
	answerMost   = 1 << 20 // bytes
)

// stream is one voice on its way to the recogniser.
type stream struct {
	c     *Conversation
	flow  wire.Flow
	voice *track.Track
}

// run keeps the voice with a recogniser until the conversation ends. What is
// said while there is none is not recognised.
func (s *stream) run() {
	for wait := retryFirst; ; wait = min(2*wait, retryMost) {
		began := time.Now()
		err := s.recognise()
		if err == nil {
			return
		}
		s.c.r.failures.Inc()
		s.c.r.log.Warn("speech is not recognised", "session", s.c.session, "flow", s.flow, "err", err)
		if time.Since(began) > retryMost {
			wait = retryFirst
		}
		select {
		case <-time.After(wait):
		case <-s.c.end:
			return
		case <-s.c.r.ctx.Done():
			return
		}
	}
}

// recognise is one socket's life; nil when the conversation has ended.
func (s *stream) recognise() error {
	ctx, cancel := context.WithCancel(s.c.r.ctx)
	defer cancel()
	conn, err := dial(ctx, s.c.url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	s.skip()
	said := &sentences{index: func() int { return s.c.index(s.flow) }, base: ms(s.voice.Taken())}
	var lost error
	done := make(chan struct{})
	go func() {
		defer close(done)
		lost = s.listen(ctx, conn, said)
	}()
	err, over := s.speak(ctx, conn, done)
	if over { // the last answers come
		select {
		case <-done:
		case <-time.After(eofTimeout):
		case <-s.c.r.ctx.Done():
		}
	}
	cancel()
	_ = conn.CloseNow()
	<-done
	switch {
	case over:
		return nil
	case err != nil:
		return err
	default:
		return lost
	}
}

func dial(ctx context.Context, url string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return nil, fmt.Errorf("failed to reach the recogniser: %w", err)
	}
	conn.SetReadLimit(answerMost)
	err = conn.Write(ctx, websocket.MessageText,
		fmt.Appendf(nil, `{"config":{"sample_rate":%d,"words":1}}`, track.Rate))
	if err != nil {
		_ = conn.CloseNow()
		return nil, fmt.Errorf("failed to configure the recogniser: %w", err)
	}
	return conn, nil
}

// skip lets go of what was said while nobody listened.
func (s *stream) skip() {
	var gone [1024]byte
	for until := s.due(time.Now()); s.voice.Taken() < until; {
		s.voice.Take(gone[:], int(min(until-s.voice.Taken(), int64(len(gone)))), 1)
	}
}

// due is the place up to which all frames have come.
func (s *stream) due(now time.Time) int64 {
	return track.Place(now.Add(-track.Settle).Sub(s.c.begin))
}

// speak sends the voice until the conversation is over, which the recogniser
// has then been told, or until nobody listens any more.
func (s *stream) speak(ctx context.Context, conn *websocket.Conn, done <-chan struct{}) (err error, over bool) {
	ticks := time.NewTicker(chunkEvery)
	defer ticks.Stop()
	for {
		until := time.Time{}
		select {
		case now := <-ticks.C:
			until = now
		case <-s.c.end:
			until, over = time.Now().Add(track.Settle), true
		case <-done:
			return nil, false
		case <-s.c.r.ctx.Done():
			return nil, true
		}
		if err := s.send(ctx, conn, s.due(until)); err != nil {
			return err, over
		}
		if over {
			return write(ctx, conn, websocket.MessageText, []byte(`{"eof":1}`)), true
		}
	}
}

// send sends the voice up to a place.
func (s *stream) send(ctx context.Context, conn *websocket.Conn, until int64) error {
	for s.voice.Taken() < until {
		n := int(min(until-s.voice.Taken(), track.Rate))
		ulaw, pcm := make([]byte, n), make([]int16, n)
		s.voice.Take(ulaw, n, 1)
		audio.DecodeMulaw(pcm, ulaw)
		out := make([]byte, 0, 2*n)
		for _, v := range pcm {
			out = binary.LittleEndian.AppendUint16(out, uint16(v))
		}
		if err := write(ctx, conn, websocket.MessageBinary, out); err != nil {
			return err
		}
	}
	return nil
}

func write(ctx context.Context, conn *websocket.Conn, kind websocket.MessageType, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return conn.Write(ctx, kind, data)
}

// listen tells what the recogniser answers until the socket ends.
func (s *stream) listen(ctx context.Context, conn *websocket.Conn, said *sentences) error {
	for {
		kind, data, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		if kind != websocket.MessageText {
			continue
		}
		a, err := parse(data)
		if err != nil {
			return err
		}
		if r, tell := said.take(a, ms(s.voice.Taken())); tell {
			s.c.hear(wire.ASR{SessionID: s.c.session, Result: r, Flow: s.flow})
		}
	}
}

// ms is a place in milliseconds.
func ms(place int64) int { return int(place * 1000 / track.Rate) }
