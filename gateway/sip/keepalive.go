package sip

import (
	"context"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	sweepEvery = time.Second
	aliveEvery = 25 * time.Second // shorter than the memory of usual address translators
	aliveWait  = 5 * time.Second
	aliveMost  = 64 // OPTIONS under way at the same time
)

// watch drops what has expired, and sends OPTIONS to the phones on UDP: that
// keeps the way through address translation open and shows who is away.
func (r *registrar) watch(ctx context.Context) {
	sweep, alive := time.NewTicker(r.s.o.sweep), time.NewTicker(r.s.o.keep)
	defer sweep.Stop()
	defer alive.Stop()
	room := make(chan struct{}, aliveMost)
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			r.expire()
		case <-alive.C:
			for _, p := range r.onUDP() {
				select {
				case room <- struct{}{}:
				case <-ctx.Done():
					return
				}
				if !r.s.spawn(func() { defer func() { <-room }(); r.ping(ctx, p) }) {
					<-room
				}
			}
		}
	}
}

func (r *registrar) expire() {
	now := r.s.now()
	var late []string
	r.mu.Lock()
	for name, list := range r.bound {
		for _, b := range list {
			if !b.Expires.After(now) {
				late = append(late, name)
				break
			}
		}
	}
	r.mu.Unlock()
	for _, name := range late {
		r.keep(name, func(b *Binding) bool { return b.Expires.After(now) })
	}
}

// place is a binding of an extension.
type place struct {
	name string
	Binding
}

func (r *registrar) onUDP() (all []place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, list := range r.bound {
		for _, b := range list {
			if b.Network == "UDP" {
				all = append(all, place{name, *b})
			}
		}
	}
	return all
}

// ping asks a phone for its options. Any answer is good.
func (r *registrar) ping(ctx context.Context, p place) {
	target, routes, err := p.target()
	if err != nil {
		return
	}
	host, port := r.s.publicAddr(p.Network, p.Source.Addr())
	us := party{uri: sip.Uri{Scheme: "sip", Host: host, Port: port}}
	d := dialog{callID: token(24), localTag: token(16), local: us, remote: party{uri: target}, target: target,
		routes:  routes,
		network: p.Network, peer: p.Source, flow: true}
	req := d.request(r.s, sip.OPTIONS, 1)
	req.SetBody(nil)
	ctx, cancel := context.WithTimeout(ctx, aliveWait)
	defer cancel()
	_, err = r.s.ask(ctx, req)
	if r.s.ctx.Err() == nil {
		r.answered(p.name, p.Source, err == nil)
	}
}

func (r *registrar) answered(name string, source netip.AddrPort, yes bool) {
	r.mu.Lock()
	for _, b := range r.bound[name] {
		switch {
		case b.Source != source:
		case yes:
			b.silent = 0
		default:
			b.silent++
		}
	}
	r.mu.Unlock()
	r.report(name)
}
