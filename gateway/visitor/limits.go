package visitor

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tccc/gateway/cloudapi/limit"
)

// What one address or one customer may do. Limits of addresses that depend on
// how many may be behind one are multiples of the configured perAddress, n.
const (
	silentMost   = 50  // sockets of an address that have not said who they are
	socketsMost  = 10  // sockets of a customer
	openMost     = 100 // sessions of an address that have not ended, or n
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
	fileBurst   = 20 // uploads of a customer …
	fileEvery   = 5 * time.Second
)

// limits are those that are shared by sockets.
type limits struct {
	silent    counter // by address
	addresses counter // sockets by application and address
	customers counter // sockets by application and customer
	hellos    *rates  // by address
	newcomers *rates
	traffic   *rates
	says      *rates // by customer, as the next two
	starts    *rates
	files     *rates
	visits    visits
}

func newLimits(now func() time.Time) limits {
	make := func() *rates { return &rates{now: now} }
	return limits{hellos: make(), newcomers: make(), traffic: make(), says: make(), starts: make(), files: make()}
}

// address is what the limits count as one: an IPv6 network of 64 bits is one.
func address(remote string) string { return limit.Address(remote) }

// counter bounds how many there are at a time, by name.
type counter struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counter) take(name string, most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[name] >= most {
		return false
	}
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[name]++
	return true
}

func (c *counter) give(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[name]--; c.n[name] <= 0 {
		delete(c.n, name)
	}
}

// namesMost bounds the names that are counted at the same time.
const namesMost = 20_000

// rates bounds how often something happens, by name. A name begins with a full
// bucket.
type rates struct {
	now     func() time.Time
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func (r *rates) allow(name string, every time.Duration, burst int) bool {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.buckets[name]
	if b == nil || b.Burst() != burst {
		r.makeRoom(now)
		b = rate.NewLimiter(rate.Every(every), burst)
		r.buckets[name] = b
	}
	return b.AllowN(now, 1)
}

// makeRoom drops buckets that are full, which are as good as new, and if that
// is not enough, any.
func (r *rates) makeRoom(now time.Time) {
	if r.buckets == nil {
		r.buckets = map[string]*rate.Limiter{}
	}
	if len(r.buckets) < namesMost {
		return
	}
	for name, b := range r.buckets {
		if b.TokensAt(now) >= float64(b.Burst()) {
			delete(r.buckets, name)
		}
	}
	for name := range r.buckets {
		if len(r.buckets) < namesMost {
			return
		}
		delete(r.buckets, name)
	}
}

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
			if len(v.open) < namesMost {
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
