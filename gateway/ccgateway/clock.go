package ccgateway

import "time"

// Clock is the time that desks live by: long polls, the silence after which an
// agent is signed out, rests and the life of Guids.
type Clock interface {
	Now() time.Time
	// AfterFunc runs f once after d, unless stop is called before.
	AfterFunc(d time.Duration, f func()) (stop func())
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}
