package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/audit"
	"tccc/gateway/mix"
	"tccc/gateway/rtp"
	"tccc/gateway/sdp"
	"tccc/gateway/sip/digest"
	"tccc/gateway/sip/locate"
	"tccc/gateway/sip/presence"
	"tccc/internal/mask"
)

// Options of a Server.
type Options struct {
	// Listen is the address for UDP and TCP, IP:PORT; port 0 lets the system
	// choose one that is free for both. Default 127.0.0.1:5060.
	Listen string
	// Advertise is what peers are told instead of Listen: HOST or HOST:PORT.
	Advertise string
	// TLSListen is the address for SIP over TLS, IP:PORT; empty: none. TLS is
	// its certificate.
	TLSListen string
	TLS       *tls.Config
	// Proxied, if not nil, reports whether an address, HOST:PORT, is a load
	// balancer's that names its clients in PROXY headers, over TCP and TLS.
	Proxied func(remote string) bool
	// Extensions are the accounts of desk phones, and Bound where they were
	// when an earlier process ended. SaveBindings, if not nil, keeps every
	// change; it must not block.
	Extensions   []Extension
	Bound        map[string][]Binding
	SaveBindings func(extension string, list []Binding)
	// OnExtension, if not nil, is told when a desk phone can be reached and when
	// it no longer can.
	OnExtension func(name string, reachable bool)
	// Watch says what a desk phone is shown of whom it watches; the code is that
	// of a refusal: 403, 404, or 503 while nothing can be said. It is asked when a
	// phone subscribes, and again after [Server.Changed]. It may block until the
	// context ends. Nil: phones watch nobody.
	Watch func(context.Context, Watching) (presence.State, int)
	// PhoneLatch says from where the media of desk phones may come.
	PhoneLatch rtp.Latch
	// PhoneCodecs are those of desk phones, in the order of preference. Default PCMU, PCMA.
	PhoneCodecs []mix.Codec
	// Trunks are who calls come from and go to.
	Trunks []Trunk
	// Owns, if not nil, tells which number of a trunk's a called one is, as it
	// is configured. It must not block.
	Owns func(trunk, number string) (string, bool)
	// RTP gives the sockets of the calls' media. It is required.
	RTP *rtp.Ports
	// Handler is called for each inbound call, from a goroutine of its own. The
	// call waits, with 100 Trying sent, until Ring, EarlyMedia, Answer, Reject
	// or Hangup. Nil refuses all inbound calls with 480.
	Handler func(*Call)
	// UserAgent names this program to peers. Default "tccc".
	UserAgent string
	// Realm of the digest challenges. Default "tccc".
	Realm string
	// Digest are the algorithms that passwords are asked for with, the first
	// choice first. Default SHA-256 and MD5 (RFC 8760).
	Digest []string
	// Log takes a line per call and what goes wrong. Default slog.Default.
	Log *slog.Logger
	// Audit takes what matters for security: sources, passwords and
	// registrations that were refused. Default nil.
	Audit audit.Func
	// LogNumber says how telephone numbers appear in the log. Default
	// mask.Number.
	LogNumber func(string) string
	// OnEnded is told what became of each call. It must not block. Default nil.
	OnEnded func(History)

	// MaxCalls bounds the calls at the same time; what is above gets 503 with
	// Retry-After. Default 1000.
	MaxCalls int
	// Media are the options of the calls' legs: timeout, reports, digits. The
	// callbacks and Peer are overwritten.
	Media rtp.Options
	// ResponseTimeout is how long an outbound INVITE waits for any response;
	// then the call ends with 504. Default 10 s, at most 64*T1 (32 s).
	ResponseTimeout time.Duration
	// RingTimeout is how long an outbound call may ring; then it is cancelled
	// and ends with 408. Default 3 min.
	RingTimeout time.Duration
	// AnswerTimeout is how long an inbound call waits for our answer; then it
	// gets 480. Default 10 min, for callers in a queue hear early media or are
	// answered.
	AnswerTimeout time.Duration
	// SessionExpires is the session timer that is asked for (RFC 4028). Default
	// 30 min; negative: none is asked for, a peer's is still kept.
	SessionExpires time.Duration
	// MinSE is the shortest session timer that is taken; INVITEs with shorter
	// ones get 422. Default 90 s, the least that RFC 4028 allows.
	MinSE time.Duration

	resolver    *locate.Resolver // of trunks' addresses; default the system's
	firstWait   time.Duration    // for a response, while there are further targets
	lookup      sdp.Lookup       // of host names in session descriptions; default the system's
	clock       func() time.Time // of registrations and nonces; default time.Now
	sweep, keep time.Duration    // between looks at what has expired, and between OPTIONS
	handshake   time.Duration    // of TLS, at most
	byeWait     time.Duration    // for the BYE of a far side that was transferred away
	watchPace   time.Duration    // between NOTIFYs; default that of their package
}

func (o *Options) fill() {
	set := func(d *time.Duration, byDefault time.Duration) {
		if *d == 0 {
			*d = byDefault
		}
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:5060"
	}
	if o.UserAgent == "" {
		o.UserAgent = "tccc"
	}
	if o.Realm == "" {
		o.Realm = "tccc"
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.MaxCalls <= 0 {
		o.MaxCalls = 1000
	}
	if o.LogNumber == nil {
		o.LogNumber = mask.Number
	}
	if o.resolver == nil {
		o.resolver = locate.New(locate.Options{})
	}
	if o.lookup == nil {
		o.lookup = net.DefaultResolver.LookupNetIP
	}
	if o.clock == nil {
		o.clock = time.Now
	}
	set(&o.handshake, handshakeWait)
	set(&o.firstWait, firstWait)
	set(&o.byeWait, byeWait)
	set(&o.sweep, sweepEvery)
	set(&o.keep, aliveEvery)
	set(&o.ResponseTimeout, 10*time.Second)
	set(&o.RingTimeout, 3*time.Minute)
	set(&o.AnswerTimeout, 10*time.Minute)
	set(&o.SessionExpires, 30*time.Minute)
	set(&o.MinSE, 90*time.Second)
}

// Errors of Dial and of the methods of Call.
var (
	ErrClosed   = errors.New("the SIP server is closed")
	ErrBusy     = errors.New("as many calls as are allowed exist already")
	ErrNoPhone  = errors.New("the desk phone is not registered")
	ErrNoTrunk  = errors.New("no trunk of that name calls out")
	ErrEnded    = errors.New("the call has ended")
	ErrState    = errors.New("the call is not in a state for that")
	ErrRefused  = errors.New("the far side has refused")
	ErrNoAnswer = errors.New("the far side does not respond")
)

// Server is the user agent. All methods are safe for concurrent use.
type Server struct {
	o             Options
	log           *slog.Logger
	gate          *gate
	udp           net.PacketConn // gate
	tcp           *doorman
	addr          netip.AddrPort
	laddr         sip.Addr
	advertiseHost string
	advertisePort int
	tpl           *sip.TransportLayer
	txl           *sip.TransactionLayer
	parser        *sip.Parser
	frames        *frames

	trunks      atomic.Pointer[[]*trunk]
	nonces      *digest.Nonces
	peers       *recent[netip.Addr]     // whom something was sent to
	digested    *recent[netip.AddrPort] // who has authenticated
	strangers   shares
	asked       *limiter // requests without a password
	wrong       *limiter // wrong passwords
	refers      *limiter // REFERs
	secure      *secure
	registrar   *registrar
	now         func() time.Time // for registrations and nonces
	strangerLog sometimes
	aliveEvery  time.Duration // between repetitions of a provisional response
	regs        *registrations
	health      *health
	watches     *watches
	subs        *subscriptions

	mu       sync.Mutex
	calls    map[callKey]*Call
	live     int           // calls that have not ended
	idle     chan struct{} // closed when calls is empty and stopping is set
	stopping atomic.Bool
	draining atomic.Bool
	closed   bool // no goroutine may be started any more

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// callKey finds a call by what the far side sends back in each request.
type callKey struct{ id, tag string }

// Listen opens the sockets and takes calls from now on. The context bounds the
// look-up of trunks' host names. The server must be closed.
func Listen(ctx context.Context, o Options) (*Server, error) {
	prepare()
	o.fill()
	if o.RTP == nil {
		return nil, errors.New("failed to listen for SIP: no RTP ports")
	}
	s := &Server{
		o: o, log: o.Log, nonces: digest.NewNonces(o.Digest...),
		peers:       newRecent[netip.Addr](15*time.Minute, 4096),
		digested:    newRecent[netip.AddrPort](time.Hour, 4096),
		strangers:   newShares(),
		asked:       newLimiter(askRate, askBurst),
		wrong:       newLimiter(wrongRate, wrongBurst),
		refers:      newLimiter(referRate, referBurst),
		now:         o.clock,
		strangerLog: sometimes{every: time.Minute},
		aliveEvery:  time.Minute,
		health:      newHealth(o.Log, o.clock),
		subs:        newSubscriptions(),
		calls:       map[callKey]*Call{},
		idle:        make(chan struct{}),
	}
	list, err := newTrunks(o.Trunks, nil)
	if err != nil {
		return nil, fmt.Errorf("failed to listen for SIP: %w", err)
	}
	s.trunks.Store(&list)
	udp, tcp, err := bind(o.Listen)
	if err != nil {
		return nil, fmt.Errorf("failed to listen for SIP on %s: %w", o.Listen, err)
	}
	local := udp.LocalAddr().(*net.UDPAddr)
	s.addr = unmapPort(local.AddrPort())
	s.laddr = sip.Addr{IP: local.IP, Port: local.Port}
	if s.advertiseHost, s.advertisePort, err = parseAdvertise(o.Advertise, local.Port); err != nil {
		udp.Close()
		tcp.Close()
		return nil, fmt.Errorf("failed to listen for SIP: %w", err)
	}
	s.registrar = newRegistrar(s)
	if s.secure, err = newSecure(s, o.TLSListen, o.TLS); err != nil {
		udp.Close()
		tcp.Close()
		return nil, fmt.Errorf("failed to listen for SIP over TLS on %s: %w", o.TLSListen, err)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.gate = &gate{PacketConn: udp, s: s, ready: make(chan struct{})}
	s.udp = s.gate
	s.tcp = s.newDoorman(s.named(tcp), func(a netip.AddrPort) {
		s.registrar.flowLost("TCP", a)
		s.subs.lost("TCP", a)
		s.frames.forget("TCP", a.String())
	})
	s.registrar.set(o.Extensions)
	s.regs, s.watches = newRegistrations(s), &watches{s: s}
	s.sipLayers()
	s.registrar.restore(o.Bound)
	s.wg.Go(func() { s.registrar.watch(s.ctx) })
	s.regs.set(list)
	s.watches.set(list)
	return s, nil
}

// Addr is the address in use, IP:PORT.
func (s *Server) Addr() string { return s.addr.String() }

// TLSAddr is the address for SIP over TLS, IP:PORT; empty if there is none.
func (s *Server) TLSAddr() string {
	if !s.secure.listens() {
		return ""
	}
	return s.secure.addr.String()
}

// SetTrunks replaces the trunks. Calls of trunks that are gone go on. On an
// error nothing is changed.
func (s *Server) SetTrunks(trunks []Trunk) error {
	s.mu.Lock()
	list, err := newTrunks(trunks, *s.trunks.Load())
	if err == nil {
		s.trunks.Store(&list)
	}
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("failed to set the trunks: %w", err)
	}
	s.secure.forget(list)
	s.health.keep(list)
	s.regs.set(list)
	s.watches.set(list)
	return nil
}

// newTrunks checks a list and keeps the call counts of those that stay.
func newTrunks(list []Trunk, before []*trunk) ([]*trunk, error) {
	out := make([]*trunk, 0, len(list))
	for _, t := range list {
		k, err := newTrunk(t)
		if err != nil {
			return nil, err
		}
		for _, other := range out {
			if other.Name == k.Name {
				return nil, fmt.Errorf("trunk %q: the name is there twice", k.Name)
			}
		}
		k.count = new(int)
		for _, b := range before {
			if b.Name == k.Name {
				k.count = b.count
			}
		}
		out = append(out, k)
	}
	return out, nil
}

func (s *Server) trunkNamed(name string) *trunk {
	for _, t := range *s.trunks.Load() {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// enter registers a call, if there is room, and starts it.
func (s *Server) enter(c *Call) error {
	if err := s.reserve(c); err != nil {
		return err
	}
	err := s.run(c)
	if err != nil {
		s.ended(c)
	}
	return err
}

// reserve counts a call, if there is room.
func (s *Server) reserve(c *Call) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopping.Load():
		return ErrClosed
	case s.live >= s.o.MaxCalls, c.trunk.MaxCalls > 0 && *c.trunk.count >= c.trunk.MaxCalls:
		return ErrBusy
	}
	s.live++
	*c.trunk.count++
	return nil
}

// run registers a call that was counted and starts it.
func (s *Server) run(c *Call) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping.Load() {
		return ErrClosed
	}
	s.calls[c.key()] = c
	s.wg.Go(c.loop)
	return nil
}

// ended takes a call out of the counts, left out of the table: in between it
// may still have a BYE to wait for.
func (s *Server) ended(c *Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live--
	*c.trunk.count--
}

func (s *Server) left(c *Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, c.key())
	if s.stopping.Load() && len(s.calls) == 0 {
		s.idleOnce()
	}
}

// idleOnce closes idle; s.mu is held.
func (s *Server) idleOnce() {
	select {
	case <-s.idle:
	default:
		close(s.idle)
	}
}

// callOf finds the call that a request within a dialog is of.
func (s *Server) callOf(req *sip.Request) *Call {
	tag, ok := req.To().Params.Get("tag")
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[callKey{req.CallID().Value(), tag}]
	if c == nil || !c.isRemoteTag(req.From().Params.GetOr("tag", "")) {
		return nil
	}
	return c
}

// Calls is the number of calls that have not ended.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live
}

// spawn starts a goroutine that Close waits for; not after Close.
func (s *Server) spawn(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.wg.Go(f)
	return true
}

func (s *Server) timeout(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.ctx, d)
}

// Drain tells peers who ask (OPTIONS) that this server is to be left alone from
// now on. Calls that come all the same are the handler's to refuse.
func (s *Server) Drain() { s.draining.Store(true) }

// Close takes no further calls, hangs up those that exist, gives up the
// registrations, and closes the sockets when all is said, or when ctx ends,
// whose error it then returns. It waits for every goroutine.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	first := !s.stopping.Swap(true)
	var open []*Call
	for _, c := range s.calls {
		open = append(open, c)
	}
	if len(open) == 0 {
		s.idleOnce()
	}
	s.mu.Unlock()
	var err error
	if first {
		for _, c := range open {
			_ = c.Hangup()
		}
		s.subs.close(ctx)
		s.regs.close(ctx)
	}
	select {
	case <-s.idle:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.gate.shut.Store(true)
	_ = s.tcp.Close()
	_ = s.secure.Close()
	time.Sleep(settle)
	s.txl.Close()
	_ = s.tpl.Close()
	_ = s.gate.PacketConn.Close()
	s.wg.Wait()
	_ = s.tpl.Close()
	return err
}

// settle is how long the last messages that were read have until the sockets
// are closed. sipgo handles each in a goroutine that nobody can wait for, and
// one that finds no socket any more would open its own.
const settle = 20 * time.Millisecond
