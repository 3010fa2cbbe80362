package bridge

import (
	"runtime"
	"sync"
	"time"
)

const (
	idleAfter = time.Second // without a message
	idleWorth = 32          // messages that make a collection worth its while
	busyWorth = 4096        // messages after which it is due even if it never gets quiet
)

// collector runs the garbage collector when the page is quiet. JavaScript's
// values are freed only when Go collects what refers to them, which a program
// that allocates little does rarely.
type collector struct {
	mu       sync.Mutex
	messages int
	timer    *time.Timer
	stopped  bool
	collect  func() // runtime.GC
}

func newCollector() *collector { return &collector{collect: runtime.GC} }

// touch counts a message.
func (c *collector) touch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.messages++; c.stopped || c.messages < idleWorth {
		return
	}
	wait := idleAfter
	if c.messages >= busyWorth {
		wait, c.messages = 0, 0
	}
	if c.timer == nil {
		c.timer = time.AfterFunc(wait, c.run)
		return
	}
	c.timer.Reset(wait)
}

func (c *collector) run() {
	c.mu.Lock()
	c.messages = 0
	stopped := c.stopped
	c.mu.Unlock()
	if !stopped {
		c.collect()
	}
}

func (c *collector) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	if c.timer != nil {
		c.timer.Stop()
	}
}
