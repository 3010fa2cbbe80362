package files

import (
	"context"
	"crypto/rand"
	"time"

	"tccc/wire"
)

const megabyte = 1_000_000

// Bounds of uploads.
const (
	ticketLife   = 2 * time.Minute // until the upload begins
	ticketsMost  = 10_000
	waitingMost  = 10  // tickets of one user
	runningMost  = 256 // uploads at the same time
	runningEach  = 3   // of one user
	runningNear  = 64  // from one address
	maxNameBytes = 255
)

// ticket allows one upload.
type ticket struct {
	app, session, user string
	name               string
	size               int64
	expires            time.Time
}

// Ticket allows one upload to a session and gives the path to POST it to. The
// size that is announced is the size that it must have. Errors:
// wire.ErrFileRefused, wire.ErrOverloaded.
func (f *Files) Ticket(_ context.Context, app, session, user string, p wire.UploadParams) (url string, err error) {
	a, ok := f.o.Apps.App(app)
	most := int64(a.Files.MaxMB) * megabyte
	switch {
	case !ok || session == "":
		return "", wire.ErrSessionNotFound
	case len(p.Name) > maxNameBytes:
		return "", wire.ErrFileRefused.For("name", "the name may have %d bytes", maxNameBytes)
	case p.Size <= 0:
		return "", wire.ErrFileRefused.For("size", "the file is empty")
	case p.Size > most:
		return "", wire.ErrFileRefused.For("size", "a file may have %d MB", a.Files.MaxMB)
	}
	if f.o.Room() != nil {
		return "", wire.ErrOverloaded.With("the gateway's disk has no room for files at the moment")
	}
	now := f.o.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expire(now)
	switch {
	case len(f.tickets) >= ticketsMost || f.waiting[app+"/"+user] >= waitingMost:
		return "", wire.ErrOverloaded.With("too many uploads have been announced: finish them first")
	case f.used[app]+p.Size > int64(a.Files.QuotaMB)*megabyte:
		return "", wire.ErrFileRefused.With("there is no room for files any more (files.quotaMB)")
	}
	id := rand.Text()
	f.tickets[id] = &ticket{app: app, session: session, user: user, name: p.Name, size: p.Size,
		expires: now.Add(ticketLife)}
	f.waiting[app+"/"+user]++
	return UploadPath + id, nil
}

// Forget makes the tickets of somebody useless.
func (f *Files) Forget(app, user string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, t := range f.tickets {
		if t.app == app && t.user == user {
			delete(f.tickets, id)
		}
	}
	delete(f.waiting, app+"/"+user)
}

// redeem uses a ticket up and sets aside the room for its file. give gives
// back what was taken but the room. Without a place for the upload the ticket
// stays good.
func (f *Files) redeem(id, address string) (t *ticket, give func(), err error) {
	if f.o.Room() != nil {
		return nil, nil, wire.ErrOverloaded.With("the gateway's disk has no room for files at the moment")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expire(f.o.Now())
	t = f.tickets[id]
	if t == nil {
		return nil, nil, wire.ErrFileRefused.With(
			"the upload has not been announced, was made already, or comes too late: announce it again")
	}
	places := map[string]int{"": runningMost, "user " + t.app + "/" + t.user: runningEach,
		"address " + address: runningNear}
	for name, most := range places {
		if f.running[name] >= most {
			return nil, nil, wire.ErrOverloaded.With("too many uploads go on")
		}
	}
	f.drop(id, t)
	f.used[t.app] += t.size
	for name := range places {
		f.running[name]++
	}
	return t, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for name := range places {
			if f.running[name]--; f.running[name] == 0 {
				delete(f.running, name)
			}
		}
	}, nil
}

// release gives back room on the disk.
func (f *Files) release(app string, size int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.used[app] -= size
}

// drop removes a ticket. f.mu is held, as in expire.
func (f *Files) drop(id string, t *ticket) {
	delete(f.tickets, id)
	who := t.app + "/" + t.user
	if f.waiting[who]--; f.waiting[who] <= 0 {
		delete(f.waiting, who)
	}
}

func (f *Files) expire(now time.Time) {
	for id, t := range f.tickets {
		if !now.Before(t.expires) {
			f.drop(id, t)
		}
	}
}
