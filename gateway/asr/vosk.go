package asr

import (
	"encoding/json"
	"fmt"
	"math"

	"tccc/wire"
)

const (
	// textMost bounds a recognised sentence, in bytes.
	textMost  = 16 << 10
	wordsMost = 500
)

// answer is one message of the recogniser.
type answer struct {
	Partial *string `json:"partial"`
	Text    *string `json:"text"`
	Result  []struct {
		Word       string
		Start, End float64 // seconds of the audio of this socket
	}
}

func parse(data []byte) (a answer, err error) {
	if err = json.Unmarshal(data, &a); err != nil {
		return a, fmt.Errorf("failed to read the recogniser's answer: %w", err)
	}
	if a.Partial != nil && len(*a.Partial) > textMost || a.Text != nil && len(*a.Text) > textMost ||
		len(a.Result) > wordsMost {
		return a, fmt.Errorf("the recogniser's answer is too long")
	}
	return a, nil
}

// sentences turns the answers of one socket into results. It is not safe for
// concurrent use.
type sentences struct {
	// index numbers a new sentence of the flow.
	index func() int
	// base is where the audio of this socket begins in the conversation, ms.
	base int

	open    bool // a sentence has begun
	current wire.ASRResult
}

// take gives what is to be told after an answer; at is how much audio the
// recogniser has been sent, in ms of the conversation.
func (s *sentences) take(a answer, at int) (r wire.ASRResult, tell bool) {
	switch {
	case a.Text != nil:
		return s.final(a, at)
	case a.Partial != nil && *a.Partial != "":
		return s.interim(*a.Partial, at)
	}
	return r, false
}

func (s *sentences) interim(text string, at int) (wire.ASRResult, bool) {
	if s.open && s.current.Text == text {
		return s.current, false
	}
	if !s.open {
		s.begin(at)
	} else {
		s.current.SliceType = wire.SliceInterim
	}
	s.current.Text, s.current.EndTime = text, at
	return s.current, true
}

func (s *sentences) begin(at int) {
	s.open = true
	s.current = wire.ASRResult{SliceType: wire.SliceBegin, Index: s.index(), StartTime: at, EndTime: at,
		Words: []wire.ASRWord{}}
}

// final ends a sentence. One that was begun and turns out to be nothing ends
// empty, so that a page can take its text away.
func (s *sentences) final(a answer, at int) (wire.ASRResult, bool) {
	if !s.open && *a.Text == "" {
		return s.current, false
	}
	if !s.open {
		s.begin(at)
	}
	s.open = false
	r := s.current
	r.SliceType, r.Text, r.EndTime = wire.SliceFinal, *a.Text, at
	for _, w := range a.Result {
		r.Words = append(r.Words, wire.ASRWord{Word: w.Word, StartTime: s.ms(w.Start), EndTime: s.ms(w.End),
			StableFlag: 1})
	}
	if n := len(r.Words); n > 0 {
		r.StartTime, r.EndTime = r.Words[0].StartTime, r.Words[n-1].EndTime
	}
	r.WordSize = len(r.Words)
	return r, true
}

// ms is a moment of this socket's audio in the conversation.
func (s *sentences) ms(seconds float64) int {
	const day = 24 * 60 * 60
	if math.IsNaN(seconds) {
		seconds = 0
	}
	return s.base + int(math.Round(1000*min(max(seconds, 0), 2*day)))
}
