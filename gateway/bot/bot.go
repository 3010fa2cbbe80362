// Package bot answers customers before a person does: from a list of the
// configuration, or by asking a program of the company over HTTP.
package bot

import (
	"strings"
	"unicode"

	"tccc/gateway/config"
	"tccc/internal/clip"
	"tccc/wire"
)

// Answer is what the bot has to say to a message.
type Answer struct {
	Text     string   `json:"text"`
	Choices  []string `json:"choices"`
	Handover bool     `json:"handover"` // a person takes over, after the text if there is one
	// SkillGroupID is who takes over; "" for the chat's group.
	SkillGroupID string `json:"skillGroupId"`
}

// Known gives what the configuration says to a text: a handover to a person,
// or one of the answers. It reports false if it says nothing.
func Known(conf *config.Bot, text string) (Answer, bool) {
	text = strings.ToLower(text)
	for _, word := range conf.Handover {
		if holds(text, word) {
			return Answer{Handover: true}, true
		}
	}
	for i := range conf.Answers {
		a := &conf.Answers[i]
		for _, word := range a.Keywords {
			if holds(text, word) {
				return Answer{Text: a.Text, Choices: a.Choices}, true
			}
		}
	}
	return Answer{}, false
}

// holds reports whether a text, in lower case, holds a word. Between letters of
// scripts that write words apart it must stand alone; Chinese, Japanese and
// Thai do not.
func holds(text, word string) bool {
	word = strings.ToLower(strings.TrimSpace(word))
	for word != "" {
		i := strings.Index(text, word)
		if i < 0 {
			return false
		}
		before, after := lastRune(text[:i]), firstRune(text[i+len(word):])
		if !joined(before, firstRune(word)) && !joined(lastRune(word), after) {
			return true
		}
		text = text[i+len(word):]
	}
	return false
}

// joined reports whether two neighbouring characters are of one word.
func joined(a, b rune) bool { return spaced(a) && spaced(b) }

func spaced(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r)) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

func lastRune(s string) (last rune) {
	if i := strings.LastIndexFunc(s, func(rune) bool { return true }); i >= 0 {
		last = firstRune(s[i:])
	}
	return last
}

// Bounds of what a bot says.
const (
	choicesMost = 12
	choiceMost  = 200 // bytes
)

// trim cuts an answer of a webhook to what a message may be.
func (a *Answer) trim() {
	a.Text = clip.To(strings.TrimSpace(a.Text), wire.MessageTextMost)
	if len(a.Choices) > choicesMost {
		a.Choices = a.Choices[:choicesMost]
	}
	for i, c := range a.Choices {
		a.Choices[i] = clip.To(c, choiceMost)
	}
}
