package agent

import (
	"time"

	"tccc/wire"
)

// heartbeat pings in the rhythm of the settings for as long as the login lasts.
func (a *Agent) heartbeat() {
	a.conn.every = heartbeatDefault
	if n := a.view.Settings.HeartbeatSeconds; n > 0 {
		a.conn.every = time.Duration(n) * time.Second
	}
	a.beatAfter(a.conn.every)
}

// beatAfter looks at the connection after d: it pings, or waits for the answer
// of the ping that is out.
func (a *Agent) beatAfter(d time.Duration) {
	c := &a.conn
	gen, due := c.gen, a.clock.Now().Add(d)
	if c.stopWait != nil {
		c.stopWait()
	}
	c.stopWait = a.after(d, func() {
		if gen != c.gen || c.state != connUp {
			return
		}
		now := a.clock.Now()
		switch {
		case c.pingID == 0:
			a.ping(pongTimeout)
		case now.Sub(due) > lateness || now.Sub(c.pinged) < c.patient:
			// The tab was held back: the answer may be waiting behind this timer.
			a.beatAfter(c.patient)
		default:
			a.connInput(connFailed) // half open
		}
	})
}

func (a *Agent) ping(patient time.Duration) {
	c := &a.conn
	c.pingID, c.pinged, c.patient = a.reqs.nextID(), a.clock.Now(), patient
	_ = c.send(&wire.Frame{ID: c.pingID, Method: wire.MethodPing}) // a dead socket shows as a missing answer
	a.beatAfter(patient)
}

func (a *Agent) woken() {
	switch a.conn.state {
	case connWaiting:
		a.connInput(connRetry)
	case connUp:
		a.ping(wakeTimeout) // an answer to an earlier ping no longer counts
	}
	a.mend()
}

// asleep lets go of what must not be held while the page is put aside.
func (a *Agent) asleep() {
	if a.end != nil {
		return
	}
	a.connInput(connFailed)
	if c := &a.conn; c.stopWait != nil { // nothing is tried before Wake
		c.stopWait()
		c.stopWait = nil
	}
	a.dropTalks()
	a.legInput(legDrop)
	a.quiet()
	if a.opts.Tabs != nil {
		a.owner = false // Join tells anew
	}
}
