package agent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"tccc/wire"
)

const (
	requestTimeout = 10 * time.Second // of a request whose context has no deadline
	offlineTimeout = 10 * time.Second // how long one waits for a connection
	maxRequests    = 256
)

// requests are the commands that wait for an answer, in the order they were
// given. A command outlives its socket: it is sent again under the same key,
// so that it happens once.
type requests struct {
	run  string // random, makes the keys unique
	last uint64
	open []*request
}

type request struct {
	frame    wire.Frame
	deadline time.Time
	sent     bool // on the present socket
	everSent bool
	offline  func()           // ends its waiting for a connection
	done     chan *wire.Frame // one answer
}

func (r *requests) nextID() uint64 {
	r.last++
	return r.last
}

// answer settles the request that f answers, if it still waits.
func (r *requests) answer(f *wire.Frame) {
	i := slices.IndexFunc(r.open, func(q *request) bool { return q.frame.ID == f.ID })
	if i < 0 || !r.open[i].sent {
		return
	}
	q := r.open[i]
	r.open = slices.Delete(r.open, i, i+1)
	q.found()
	q.done <- f
}

func (r *requests) unsend(a *Agent) {
	for _, q := range r.open {
		q.sent = false
		r.expect(a, q)
	}
}

// expect settles a request that finds no connection in time: its context may
// last longer.
func (r *requests) expect(a *Agent, q *request) {
	q.found()
	q.offline = a.after(offlineTimeout, func() {
		if !q.sent {
			r.settle(q, a.unanswered(q))
		}
	})
}

// found ends that: the request has been sent or settled.
func (q *request) found() {
	if q.offline != nil {
		q.offline()
		q.offline = nil
	}
}

func (r *requests) sendAll(a *Agent) {
	for _, q := range slices.Clone(r.open) {
		r.send(a, q)
	}
}

func (r *requests) send(a *Agent, q *request) {
	f := q.frame
	f.Timeout = max(1, int(q.deadline.Sub(a.clock.Now()).Milliseconds()))
	if err := a.conn.send(&f); err != nil {
		if !errors.Is(err, wire.ErrDisconnected) { // too large: it will never go
			r.settle(q, err)
		}
		return
	}
	q.found()
	q.sent, q.everSent = true, true
}

// settle settles a request without the gateway.
func (r *requests) settle(q *request, err error) {
	if i := slices.Index(r.open, q); i >= 0 {
		r.open = slices.Delete(r.open, i, i+1)
		q.found()
		q.done <- &wire.Frame{Error: wire.AsError(err)}
	}
}

func (r *requests) failAll(err *wire.Error) {
	for _, q := range slices.Clone(r.open) {
		r.settle(q, err)
	}
}

// request gives the gateway a command and waits for its answer. While there is
// no connection it waits for one, until its deadline.
func (a *Agent) request(ctx context.Context, method string, params, result any) (err error) {
	if p, ok := params.(wire.SessionParams); ok {
		defer a.trace(p.SessionID, method)(&err)
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, requestTimeout)
		defer cancel()
	}
	q := &request{done: make(chan *wire.Frame, 1)}
	q.deadline, _ = ctx.Deadline()
	q.frame.Method = method
	if params != nil {
		text, err := json.Marshal(params)
		if err != nil {
			return wire.ErrInvalidOptions.With("%v", err)
		}
		q.frame.Params = text
	}
	a.do(func() { a.submit(q) })
	select {
	case f := <-q.done:
		if f.Error != nil {
			a.post(func() { a.note("command", method, f.Error.Code) })
		}
		return decodeAnswer(f, result)
	case <-ctx.Done():
	}
	a.do(func() { a.reqs.settle(q, a.unanswered(q)) })
	return decodeAnswer(<-q.done, result) // the answer may have won the race
}

// unanswered is why a request has no answer.
func (a *Agent) unanswered(q *request) error {
	switch {
	case q.everSent:
	case a.view.Phase == PhaseConnecting:
		return wire.ErrNotLoggedIn
	case a.view.Phase == PhaseReconnecting:
		return wire.ErrDisconnected
	}
	return wire.ErrTimeout.With("%s", q.frame.Method)
}

// connected waits for a connection, as long as a request does.
func (a *Agent) connected(ctx context.Context) error {
	up := false
	a.do(func() { up = a.conn.state == connUp })
	if up {
		return nil
	}
	return a.request(ctx, wire.MethodPing, nil, nil)
}

func (a *Agent) submit(q *request) {
	r := &a.reqs
	q.frame.ID = r.nextID()
	q.frame.Key = r.run + "-" + strconv.FormatUint(q.frame.ID, 10)
	r.open = append(r.open, q)
	switch {
	case a.end != nil:
		r.settle(q, a.end)
	case len(r.open) > maxRequests:
		r.settle(q, wire.ErrOverloaded)
	case a.conn.state == connUp:
		r.send(a, q)
	default:
		r.expect(a, q)
	}
}

func decodeAnswer(f *wire.Frame, result any) error {
	if f.Error != nil {
		return f.Error
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(f.Result, result); err != nil {
		return wire.ErrMessage.With("the answer of the gateway is not valid")
	}
	return nil
}
