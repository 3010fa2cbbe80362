package visitor

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tccc/internal/limit"
	"tccc/wire"
)

// What one address or one customer may do. Limits of addresses that depend on
// how many may be behind one are multiples of the configured perAddress, n.
const (
	silentMost   = 50  // sockets of an address that have not said who they are
	socketsMost  = 10  // sockets of a customer
	openMost     = 100 // sessions of an address that have not ended, or n
	shareLeast   = 2   // customers of an address who may wait; see queueShare
	framesPerSec = 20  // of a socket
	framesBurst  = 100
	strikesMost  = 200 // messages too many, then the socket is closed

	helloPerSec = 5 // of an address, or n/10
	saysPerSec  = 5 // messages of a customer, and twice n of an address
	saysBurst   = 20
	newBurst    = 60              // customers who were not there before, of an address, or n …
	newFull     = 2 * time.Minute // … in this time
	startBurst  = 5               // sessions that a customer opens …
	startEvery  = 10 * time.Second
	bytesBurst  = 64 << 10 // of texts of a customer at once …
	bytesPerSec = 4 << 10  // … which come back; of an address ten times as much, more by perAddress (n/10)
	fileBurst   = 20       // uploads of a customer …
	fileEvery   = 5 * time.Second
)

// limits are those that are shared by sockets.
type limits struct {
	silent    limit.Counter // by address
	addresses limit.Counter // sockets by application and address
	customers limit.Counter // sockets by application and customer
	hellos    limit.Limiter // by address
	newcomers limit.Limiter
	traffic   limit.Limiter
	says      limit.Limiter // by customer, as the next two
	starts    limit.Limiter
	bytes     limit.Limiter // of texts, by customer
	volume    limit.Limiter // of texts, by application and address
	files     limit.Limiter
	visits    visits
}

// allow takes one from a name's bucket, which comes back after a time.
func (s *Server) allow(l *limit.Limiter, name string, every time.Duration, burst int) bool {
	return l.AllowOf(name, rate.Every(every), burst, s.Now())
}

// messageOverhead is about what the store needs for a message beside its text.
const messageOverhead = 256

// volume takes the bytes of a text from what the customer, and what the
// customer's address, may write.
func (c *conn) volume(text string) error {
	s, n, now := c.server, len(text)+messageOverhead, c.server.Now()
	if !s.limits.bytes.AllowN(c.name(), bytesPerSec, bytesBurst, n, now) {
		return wire.ErrOverloaded.With("too much text: wait a moment")
	}
	times := max(10, c.app.Visitors.PerAddress/10)
	if !s.limits.volume.AllowN(c.who.App+"/"+c.address, rate.Limit(times*bytesPerSec), times*bytesBurst, n, now) {
		return wire.ErrOverloaded.With("too much text from this address: wait a moment")
	}
	return nil
}

// address is what the limits count as one: an IPv6 network of 64 bits is one.
func address(remote string) string { return limit.Address(remote) }

// visitsMost bounds the addresses whose open sessions are known.
const visitsMost = 20_000

// visit is a session that somebody behind an address has opened.
type visit struct{ app, user, session string }

// visits are the open sessions of addresses. That one has ended is noticed
// when there is no room for another.
type visits struct {
	mu   sync.Mutex
	open map[string]map[visit]struct{}
}

// note keeps a session of an address.
func (v *visits) note(address string, s visit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open == nil {
		v.open = map[string]map[visit]struct{}{}
	}
	if v.open[address] == nil {
		for old := range v.open { // any, if there are too many: addresses that came once stay otherwise
			if len(v.open) < visitsMost {
				break
			}
			delete(v.open, old)
		}
		v.open[address] = map[visit]struct{}{}
	}
	v.open[address][s] = struct{}{}
}

// of lists the sessions of an address.
func (v *visits) of(address string) []visit {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := make([]visit, 0, len(v.open[address]))
	for s := range v.open[address] {
		all = append(all, s)
	}
	return all
}

// forget drops a session that has ended.
func (v *visits) forget(address string, s visit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if delete(v.open[address], s); len(v.open[address]) == 0 {
		delete(v.open, address)
	}
}
