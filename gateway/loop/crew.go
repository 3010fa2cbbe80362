package loop

import "sync"

// crew counts the work outside. Work may begin while it is waited for, as long
// as other work is under way; when the last has ended, none begins any more.
type crew struct {
	mu        sync.Mutex
	n         int
	dismissed bool
	over      bool
	idle      chan struct{} // closed when over
}

func newCrew() crew { return crew{idle: make(chan struct{})} }

func (c *crew) join() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return false
	}
	c.n++
	return true
}

func (c *crew) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n--
	c.finish()
}

// dismiss has the crew be over as soon as nobody works.
func (c *crew) dismiss() (idle <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dismissed = true
	c.finish()
	return c.idle
}

func (c *crew) finish() {
	if c.dismissed && c.n == 0 && !c.over {
		c.over = true
		close(c.idle)
	}
}
