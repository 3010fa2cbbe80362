package ui

import "time"

// watchEvery is how often is asked for what changes without an event.
const watchEvery = 5 * time.Second

// watch asks for what is shown and changes without an event.
type watch struct {
	members string // what is asked for
	timer   *time.Timer
	asking  int  // questions under way
	metered bool // the microphone's level has been asked for
}

func (w *watch) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

// follow adapts what runs beside the drawing to the state. mu is held.
func (u *UI) follow() {
	u.call.follow(u.view.Sessions, u.state)
	if u.opt.Do == nil {
		return
	}
	if metered := u.state.metered(&u.view); metered != u.watch.metered {
		u.watch.metered = metered
		go u.opt.Do("Devices.meter", metered, func(error) {})
	}
	members := ""
	for _, e := range u.state.watched(&u.view, false) {
		members += e.Member
	}
	if members != u.watch.members {
		u.watch.members = members
		u.watchNow(false)
	}
}

// watchNow asks for everything that is watched. What fails is asked for again at
// the next tick; more than one round is never under way. mu is held.
func (u *UI) watchNow(tick bool) {
	u.watch.stop()
	list := u.state.watched(&u.view, tick)
	if len(list) > 0 && u.watch.asking == 0 {
		u.watch.asking = len(list)
		for _, e := range list {
			go u.opt.Do(e.Member, e.Options, func(error) {
				u.mu.Lock()
				defer u.mu.Unlock()
				u.watch.asking--
			})
		}
	}
	u.watch.timer = time.AfterFunc(watchEvery, func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if !u.closed {
			u.watchNow(true)
		}
	})
}
