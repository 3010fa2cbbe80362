package sip

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// watchWait is how long OPTIONS waits for an answer.
const watchWait = 5 * time.Second

// watches ask the targets of trunks for their options.
type watches struct {
	s    *Server
	mu   sync.Mutex
	stop context.CancelFunc
}

// set watches the trunks of a list that want it, and no others.
func (w *watches) set(list []*trunk) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop != nil {
		w.stop()
	}
	ctx, stop := context.WithCancel(w.s.ctx)
	w.stop = stop
	for _, t := range list {
		if t.Watch > 0 && len(t.sites) > 0 {
			w.s.spawn(func() { w.s.watchTrunk(ctx, t) })
		}
	}
}

func (s *Server) watchTrunk(ctx context.Context, t *trunk) {
	tick := time.NewTicker(t.Watch)
	defer tick.Stop()
	for {
		s.probe(ctx, t)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// probe asks all targets of a trunk, and waits for their answers.
func (s *Server) probe(ctx context.Context, t *trunk) {
	list, err := s.locate(ctx, t)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("SIP trunk has no targets", "trunk", t.Name, "error", err)
		}
		return
	}
	var all sync.WaitGroup
	for _, to := range list {
		all.Go(func() { s.options(ctx, t, to) })
	}
	all.Wait()
}

// options asks a target. Any answer is good but one that says that it cannot be
// used, or that what is behind it does not answer.
func (s *Server) options(ctx context.Context, t *trunk, to target) {
	within, cancel := context.WithTimeout(ctx, watchWait)
	defer cancel()
	res, err := s.askTarget(within, to, s.optionsFor(to))
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.health.fails(t, to, "no answer to OPTIONS: "+plainly(err), 0)
	case res.StatusCode == 503 || res.StatusCode == 408:
		s.health.fails(t, to, fmt.Sprintf("%d to OPTIONS", res.StatusCode), retryAfter(res))
	default:
		s.health.answers(t, to)
	}
}

func (s *Server) optionsFor(to target) *sip.Request {
	host, port := s.publicAddr(to.network(), to.addr.Addr())
	remote := sip.Uri{Scheme: "sip", Host: to.via.domain, Port: to.via.dport}
	d := dialog{callID: token(24), localTag: token(16),
		local:  party{uri: sip.Uri{Scheme: "sip", Host: host, Port: port}},
		remote: party{uri: remote}, target: remote, routes: to.via.routes(), network: to.network(), peer: to.addr}
	req := d.request(s, sip.OPTIONS, 1)
	req.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	req.SetBody(nil)
	return req
}

// askTarget sends a request to a target and gives its final response.
func (s *Server) askTarget(ctx context.Context, to target, req *sip.Request) (*sip.Response, error) {
	if err := s.secure.know(to.addr, to.via); err != nil {
		return nil, err
	}
	s.direct(req, to.network(), to.addr)
	return s.ask(ctx, req)
}
