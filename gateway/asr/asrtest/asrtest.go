// Package asrtest is a speech recogniser for tests that speaks the protocol of
// the Vosk server. What it understands are tones: one that sounds is a word,
// its frequency in hertz to the nearest ten, and a pause ends the sentence.
package asrtest

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/coder/websocket"

	"tccc/gateway/audio"
)

const (
	window = 1600 // samples that are listened to at once
	loud   = 0.01
	// longest is how many words a sentence has at most.
	longest = 20
)

// Server is the recogniser.
type Server struct {
	// Live is how many sockets there are, All how many there were.
	Live, All atomic.Int64
	// Broken makes it hang up on its next answer.
	Broken atomic.Bool
}

// ServeHTTP takes a voice.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	s.All.Add(1)
	s.Live.Add(1)
	defer s.Live.Add(-1)
	l := &listener{s: s, conn: conn}
	for l.next(r.Context()) == nil {
	}
}

type word struct {
	Word  string  `json:"word"`
	Start float64 `json:"start"`
	End   float64 `json:"end"`
	Conf  float64 `json:"conf"`
}

// listener is one socket.
type listener struct {
	s     *Server
	conn  *websocket.Conn
	rate  float64
	pcm   []int16
	heard int // samples before pcm
	words []word
}

func (l *listener) next(ctx context.Context) error {
	kind, data, err := l.conn.Read(ctx)
	if err != nil {
		return err
	}
	if kind == websocket.MessageText {
		return l.command(ctx, data)
	}
	for i := 0; i+1 < len(data); i += 2 {
		l.pcm = append(l.pcm, int16(uint16(data[i])|uint16(data[i+1])<<8))
	}
	for len(l.pcm) >= window {
		l.listen(l.pcm[:window])
		l.pcm = l.pcm[window:]
		l.heard += window
		if err := l.answer(ctx, false); err != nil {
			return err
		}
	}
	return nil
}

func (l *listener) command(ctx context.Context, data []byte) error {
	var p struct {
		Config *struct {
			SampleRate float64 `json:"sample_rate"`
		}
		EOF int
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	if p.Config != nil {
		l.rate = p.Config.SampleRate
	}
	if p.EOF != 0 {
		if err := l.answer(ctx, true); err != nil {
			return err
		}
		return l.conn.Close(websocket.StatusNormalClosure, "")
	}
	return nil
}

// listen adds a word, or goes on with the last one.
func (l *listener) listen(pcm []int16) {
	if audio.Energy(pcm) < loud {
		l.words = append(l.words, word{}) // a pause
		return
	}
	hz := strconv.Itoa(10 * int(math.Round(audio.Frequency(pcm)/10)))
	end := float64(l.heard+window) / l.rate
	if n := len(l.words); n > 0 && l.words[n-1].Word == hz {
		l.words[n-1].End = end
		return
	}
	l.words = append(l.words, word{hz, float64(l.heard) / l.rate, end, 1})
}

func (l *listener) answer(ctx context.Context, over bool) error {
	if l.s.Broken.CompareAndSwap(true, false) {
		return l.conn.CloseNow()
	}
	paused := len(l.words) > 0 && l.words[len(l.words)-1].Word == ""
	if paused {
		l.words = l.words[:len(l.words)-1]
	}
	var texts []string
	for _, w := range l.words {
		texts = append(texts, w.Word)
	}
	text := strings.Join(texts, " ")
	out := map[string]any{"partial": text}
	if over || paused || len(l.words) > longest {
		out = map[string]any{"text": text}
		if len(l.words) > 0 {
			out["result"] = l.words
		}
		l.words = nil
	}
	data, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return l.conn.Write(ctx, websocket.MessageText, data)
}
