package center

import (
	"context"
	"time"

	"tccc/gateway/config"
	"tccc/gateway/mix"
	"tccc/gateway/session"
	"tccc/wire"
)

// menu is a caller in an IVR: the prompt is played, a key is waited for, and
// so on as often as configured.
type menu struct {
	c     *Center
	call  *call
	conf  *config.IVR
	round int
	play  *mix.Playback
	timer *time.Timer
	ended bool
}

// typedMost bounds the digits that are kept until a menu is there.
const typedMost = 16

// startMenu answers the call and plays the first prompt.
func (c *Center) startMenu(call *call, conf *config.IVR) {
	if call.EnterMenu() != nil {
		return
	}
	c.saveSession(call)
	c.answerLine(call, func(err error) {
		if err != nil || call.State() != session.Menu {
			return
		}
		call.menuAt = time.Now()
		call.menu = &menu{c: c, call: call, conf: conf}
		call.menu.prompt(conf.Prompt)
		for _, d := range call.typed {
			if call.menu == nil {
				break // they have led somewhere
			}
			call.menu.key(d)
		}
		call.typed = nil
	})
}

// answerLine answers the customer's call once; done runs when it is answered.
func (c *Center) answerLine(call *call, done func(error)) {
	l := call.line
	if l == nil || l.answered {
		done(nil)
		return
	}
	if l.answering = append(l.answering, done); len(l.answering) > 1 {
		return // the music answers, and an agent takes the call meanwhile
	}
	c.job(l, "answer", l.Answer, func(err error) {
		if err == nil {
			l.answered = true
		}
		waiting := l.answering
		l.answering = nil
		for _, done := range waiting {
			done(err)
		}
	})
}

// prompt plays a file; when it is over the caller has the configured time.
func (m *menu) prompt(file string) {
	m.round++
	m.play = m.call.play(m.c, m.c.music[file], false)
	if m.play == nil {
		m.wait()
		return
	}
	play := m.play
	m.c.outside(m.call, func(ctx context.Context) func() {
		select {
		case <-play.Done():
		case <-ctx.Done():
			return nil
		}
		return func() {
			if !m.ended && m.play == play {
				m.wait()
			}
		}
	})
}

func (m *menu) wait() {
	stopTimer(&m.timer)
	m.timer = m.c.after(m.call, m.conf.Timeout, func() {
		if !m.ended {
			m.again(m.conf.Prompt)
		}
	})
}

// again plays a prompt once more, or gives up.
func (m *menu) again(file string) {
	if m.round < m.conf.Repeat {
		m.prompt(file)
		return
	}
	m.stop()
	m.call.menu = nil
	if m.conf.Default != "" {
		m.c.enqueue(m.call, m.conf.Default)
		return
	}
	m.c.end(m.call, wire.CloseTimer, wire.ReasonNoAnswer, "no key of the menu was pressed")
}

// key takes a key that the caller pressed, during the prompt or after it.
func (m *menu) key(digit byte) {
	if m.ended {
		return
	}
	stopTimer(&m.timer)
	for _, k := range m.conf.Keys {
		if k.Key == string(digit) {
			m.chosen(k)
			return
		}
	}
	m.again(m.conf.Invalid)
}

func (m *menu) chosen(k config.IVRKey) {
	label := k.Label
	if g := m.call.tenant.Group(k.SkillGroup); label == "" && g != nil {
		label = g.Name
	}
	m.call.Path = append(m.call.Path, wire.PathKey{Key: k.Key, Label: label})
	m.stop()
	m.call.menu = nil
	m.c.enqueue(m.call, k.SkillGroup)
}

func (m *menu) stop() {
	m.ended = true
	stopTimer(&m.timer)
	if m.play != nil {
		m.play.Stop()
	}
}
