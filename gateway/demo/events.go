package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tccc/wire"
)

// Level is what a call sounds like now; see Info.
type Level struct {
	CallID    string  `json:"callId"`
	Energy    float64 `json:"energy"`
	Frequency float64 `json:"frequency"`
	Level     float64 `json:"level"`
}

const (
	maxPages  = 16
	levelTime = 200 * time.Millisecond // between two levels
	aliveTime = 15 * time.Second       // between two signs of life
	writeTime = 10 * time.Second       // a page that reads nothing for so long is gone
)

// pages knows the open event streams, which stand for open phone pages, and
// wakes them and the calls when something changes.
type pages struct {
	mu      sync.Mutex
	count   int
	ended   chan struct{} // closed when streams are to end
	over    bool
	change  chan struct{} // closed and replaced when a call changes
	turnout chan struct{} // closed and replaced when the number of pages becomes 0 or more
}

func (p *pages) init() {
	p.ended, p.change, p.turnout = make(chan struct{}), make(chan struct{}), make(chan struct{})
}

func (p *pages) enter() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.over:
		return wire.ErrStopping
	case p.count == maxPages:
		return wire.ErrOverloaded.With("%d phone pages are open", maxPages)
	}
	p.count++
	if p.count == 1 {
		p.signal(&p.turnout)
	}
	return nil
}

func (p *pages) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count--
	if p.count == 0 {
		p.signal(&p.turnout)
	}
}

func (p *pages) signal(c *chan struct{}) {
	close(*c)
	*c = make(chan struct{})
}

func (p *pages) open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// watch gives a channel that is closed when the first page opens or the last
// one closes.
func (p *pages) watch() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.turnout
}

func (p *pages) changed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.signal(&p.change)
}

func (p *pages) next() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.change
}

func (p *pages) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		p.over = true
		close(p.ended)
	}
}

// events is the live feed of a phone page (HTML standard, section 9.2): "calls"
// with the whole list at each change, "levels" while a call goes on.
func (d *doors) events(w http.ResponseWriter, r *http.Request) {
	p := d.o.Phone
	if err := p.pages.enter(); err != nil {
		d.fail(w, err)
		return
	}
	defer p.pages.leave()
	w.Header().Set("Content-Type", "text/event-stream")
	s := &stream{w: w, c: http.NewResponseController(w)}
	tick := time.NewTicker(levelTime)
	defer tick.Stop()
	alive := time.NewTicker(aliveTime)
	defer alive.Stop()
	for {
		next := p.pages.next()
		calls := p.Calls()
		if s.send("calls", calls) != nil {
			return
		}
		for waiting := true; waiting; {
			var err error
			select {
			case <-next:
				waiting = false
			case <-tick.C:
				if levels := p.levels(); len(levels) > 0 {
					err = s.send("levels", levels)
				}
			case <-alive.C:
				err = s.write(": alive\n\n")
			case <-r.Context().Done():
				return
			case <-p.pages.ended:
				return
			}
			if err != nil {
				return
			}
		}
	}
}

// levels of the calls that go on.
func (p *Phone) levels() []Level {
	var all []Level
	for _, i := range p.Calls() {
		if i.State != StateEnded {
			all = append(all, Level{i.CallID, i.Energy, i.Frequency, i.Level})
		}
	}
	return all
}

// stream writes server-sent events.
type stream struct {
	w http.ResponseWriter
	c *http.ResponseController
}

func (s *stream) send(name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", name, text))
}

func (s *stream) write(text string) error {
	_ = s.c.SetWriteDeadline(time.Now().Add(writeTime)) // a recorder of tests has none
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.c.Flush()
}
