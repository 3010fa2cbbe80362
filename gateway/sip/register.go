package sip

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sip/digest"
)

const (
	registerFor    = 5 * time.Minute  // what is asked for
	registerLeast  = 30 * time.Second // between refreshes, whatever the registrar grants
	registerRetry  = 5 * time.Second  // after a failure, doubled up to registerFor
	registerLook   = time.Second      // between looks at the connection
	registerSteady = time.Minute      // a connection that has lasted so long may break once
	unregisterIn   = 2 * time.Second  // at the end, then it is left to expire
)

// registrations keeps one registration for each trunk that wants one (RFC 3261
// section 10).
type registrations struct {
	s  *Server
	mu sync.Mutex
	m  map[string]*registration // by trunk name
}

type registration struct {
	s      *Server
	t      *trunk
	id     string
	tag    string
	seq    uint32
	at     target // of the last REGISTER that went out
	keys   *digest.Keyring
	cancel context.CancelFunc
	done   chan struct{}

	service atomic.Pointer[[]sip.Uri] // Service-Route, as long as the registration is up
}

func newRegistrations(s *Server) *registrations {
	return &registrations{s: s, m: map[string]*registration{}}
}

// set starts and stops registrations so that they are those of the list.
func (r *registrations) set(list []*trunk) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keep := map[string]*trunk{}
	for _, t := range list {
		if t.Register {
			keep[t.Name] = t
		}
	}
	for name, reg := range r.m {
		t := keep[name]
		if t != nil && t.sameAccount(reg.t) {
			delete(keep, name)
			continue
		}
		reg.cancel()
		delete(r.m, name)
	}
	for name, t := range keep {
		ctx, cancel := context.WithCancel(r.s.ctx)
		reg := &registration{s: r.s, t: t, id: token(24), tag: token(16), cancel: cancel, done: make(chan struct{}),
			keys: digest.NewKeyring(t.AuthUser, t.Password)}
		if r.s.spawn(func() { defer close(reg.done); reg.run(ctx) }) {
			r.m[name] = reg
		} else {
			cancel()
		}
	}
}

// sameAccount reports whether a registration of the one is one of the other.
func (t *trunk) sameAccount(o *trunk) bool {
	return t.Address == o.Address && slices.Equal(t.Addresses, o.Addresses) &&
		t.Domain == o.Domain && t.Proxy == o.Proxy && t.Transport == o.Transport &&
		t.Username == o.Username && t.AuthUser == o.AuthUser && t.Password == o.Password && t.identity() == o.identity()
}

// close gives up all registrations and waits until the registrars have said
// yes, or for unregisterIn.
func (r *registrations) close(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, reg := range r.m {
		reg.cancel()
	}
	for name, reg := range r.m {
		select {
		case <-reg.done:
		case <-ctx.Done():
		}
		delete(r.m, name)
	}
}

// run registers and refreshes until ctx ends, and unregisters then.
func (r *registration) run(ctx context.Context) {
	wait := registerRetry
	up := false
	var pause time.Duration // after the connection has broken
	for {
		granted, err := r.register(ctx, registerFor)
		next := registerFor
		switch {
		case err != nil && ctx.Err() != nil:
			up = true // perhaps: the request was on its way
		case err != nil:
			if up || wait == registerRetry {
				r.s.log.Warn("SIP registration failed", "trunk", r.t.Name, "error", err)
			}
			up = false
			r.service.Store(nil)
			next = wait/2 + rand.N(wait)
			wait = min(2*wait, registerFor)
		default:
			if !up {
				r.s.log.Info("SIP registration is up", "trunk", r.t.Name, "expires", granted)
			}
			up, wait = true, registerRetry
			next = max(granted*8/10, min(registerLeast, granted/2))
		}
		began := time.Now()
		lost := r.rest(ctx, next, up)
		switch {
		case !lost || time.Since(began) > registerSteady:
			pause = 0
		case pause > 0: // it breaks each time
			_ = r.rest(ctx, pause, false)
		}
		if lost {
			pause = min(max(2*pause, time.Second), registerFor)
		}
		select {
		case <-ctx.Done():
			if up {
				last, cancel := context.WithTimeout(r.s.ctx, unregisterIn)
				_, _ = r.register(last, 0)
				cancel()
			}
			return
		default:
		}
	}
}

// rest waits until it is time to register again, or, while the registration is
// up, until the connection that it was made over is gone: calls come in over
// that one (RFC 5626 section 4.3).
func (r *registration) rest(ctx context.Context, wait time.Duration, up bool) (lost bool) {
	end := time.NewTimer(wait)
	defer end.Stop()
	look := time.NewTicker(registerLook)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-end.C:
			return false
		case <-look.C:
			if up && r.at.network() != "UDP" && !r.s.connected(r.at.network(), r.at.addr) {
				return true
			}
		}
	}
}

// errTarget is what keeps a target from serving a request that another may serve.
var errTarget = errors.New("the target cannot be used")

// register sends REGISTER to the first target that takes it, and tells how long
// the registration is good for.
func (r *registration) register(ctx context.Context, expires time.Duration) (granted time.Duration, err error) {
	list, err := r.targets(ctx, expires)
	if err != nil {
		return 0, err
	}
	list = list[:min(len(list), maxFailovers)]
	for i, to := range list {
		r.at = to
		granted, err = r.registerAt(ctx, to, expires, i == len(list)-1)
		if ctx.Err() != nil || !errors.Is(err, errTarget) {
			return granted, err
		}
	}
	return 0, err
}

// targets are where to register, first where the registration is, unless one
// that is preferred is there again. Only that one is told of the end.
func (r *registration) targets(ctx context.Context, expires time.Duration) ([]target, error) {
	if expires == 0 && r.at.via != nil {
		return []target{r.at}, nil
	}
	list, err := r.s.targets(ctx, r.t)
	if err != nil || r.at.via == nil {
		return list, err
	}
	i := slices.IndexFunc(list, r.at.same)
	if i > 0 && list[i].rank <= list[0].rank && !r.s.health.isDown(r.t, r.at) {
		at := list[i]
		list = slices.Insert(slices.Delete(list, i, i+1), 0, at)
	}
	return list, nil
}

// registerAt sends REGISTER to a target, answers challenges and a too short
// interval.
func (r *registration) registerAt(
	ctx context.Context, to target, expires time.Duration, last bool,
) (time.Duration, error) {
	var try digest.Try
	for range maxAttempts {
		req := r.request(to, expires)
		res, err := r.send(ctx, to, req, last)
		if err != nil {
			return 0, err
		}
		if res.IsSuccess() {
			r.service.Store(serviceRoute(res))
			return granted(res, req.Contact(), expires), nil
		}
		if res.StatusCode == 423 { // Min-Expires
			if hs := res.GetHeaders("Min-Expires"); len(hs) > 0 {
				if d, ok := parseSeconds(hs[0].Value()); ok && d > expires {
					expires = d
					continue
				}
			}
		}
		if !challenged(r.keys, &try, res) {
			err := fmt.Errorf("%w: %d %s", ErrRefused, res.StatusCode, cleanText(res.Reason))
			if res.StatusCode == 503 {
				err = fmt.Errorf("%w: %w", errTarget, err)
			}
			return 0, err
		}
	}
	return 0, errors.New("too many challenges")
}

// send sends REGISTER and notes how the target does. The last one is waited for
// as long as a transaction takes.
func (r *registration) send(ctx context.Context, to target, req *sip.Request, last bool) (*sip.Response, error) {
	within := ctx
	if !last {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeout(ctx, r.s.o.firstWait)
		defer cancel()
	}
	res, err := r.s.askTarget(within, to, req)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		r.s.health.fails(r.t, to, "no answer to REGISTER: "+plainly(err), 0)
		return nil, fmt.Errorf("%w: %w", errTarget, err)
	case res.StatusCode == 503 && retryAfter(res) > 0:
		r.s.health.fails(r.t, to, "503 to REGISTER", retryAfter(res))
	default:
		r.s.health.answers(r.t, to)
	}
	return res, nil
}

// serviceRoute are the proxies that the registrar wants calls to go through (RFC
// 3608 section 6.1), as the last response says.
func serviceRoute(res *sip.Response) *[]sip.Uri {
	var out []sip.Uri
	for _, a := range addresses(res, "Service-Route") {
		if sipScheme(a.uri.Scheme) && a.uri.Host != "" && len(out) < maxAddresses {
			out = append(out, a.uri)
		}
	}
	return &out
}

// routes are those of a request outside of a dialog: the trunk's proxy, then
// what its registrar wants, once each.
func (r *registrations) routes(t *trunk) []sip.Uri {
	out := t.routes()
	r.mu.Lock()
	reg := r.m[t.Name]
	r.mu.Unlock()
	if reg == nil || reg.service.Load() == nil {
		return out
	}
	more := *reg.service.Load()
	if len(out) > 0 && len(more) > 0 && strings.EqualFold(out[0].Host, more[0].Host) && out[0].Port == more[0].Port {
		more = more[1:]
	}
	return append(out, more...)
}

func (r *registration) request(to target, expires time.Duration) *sip.Request {
	aor := to.via.at(to.via.Username)
	r.seq++
	d := dialog{callID: r.id, localTag: r.tag, local: party{uri: aor}, remote: party{uri: aor},
		target: sip.Uri{Scheme: "sip", Host: to.via.domain, Port: to.via.dport}, routes: to.via.routes(),
		network: to.network(), peer: to.addr}
	req := d.request(r.s, sip.REGISTER, r.seq)
	contact := r.s.contact(escapeUser(r.t.Username), to.network(), to.addr.Addr())
	req.AppendHeader(&sip.ContactHeader{Address: contact})
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(expires/time.Second))))
	sign(r.keys, req)
	req.SetBody(nil)
	return req
}

// granted is how long our contact is good for: its own expires parameter, else
// the Expires header.
func granted(res *sip.Response, ours *sip.ContactHeader, asked time.Duration) time.Duration {
	for _, h := range res.GetHeaders("Contact") {
		ct, ok := h.(*sip.ContactHeader)
		if !ok || ct.Address.User != ours.Address.User || ct.Address.Host != ours.Address.Host ||
			ct.Address.Port != ours.Address.Port {
			continue
		}
		if d, ok := parseSeconds(ct.Params.GetOr("expires", "")); ok {
			return d
		}
	}
	for _, h := range res.GetHeaders("Expires") {
		if d, ok := parseSeconds(h.Value()); ok {
			return d
		}
	}
	return asked
}

// ask sends a request outside of a call and gives its final response.
func (s *Server) ask(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	type result struct {
		res *sip.Response
		err error
	}
	out := make(chan result, 1)
	tx, err := s.transact(req, func(res *sip.Response, err error) {
		if res == nil || !res.IsProvisional() {
			select {
			case out <- result{res, err}:
			default:
			}
		}
	})
	if err != nil {
		return nil, err
	}
	select {
	case r := <-out:
		return r.res, r.err
	case <-ctx.Done():
		tx.Terminate()
		return nil, context.Cause(ctx)
	}
}
