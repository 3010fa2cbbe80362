package cluster

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"tccc/gateway/datadir"
	"tccc/gateway/natsd"
)

// Node is a node of the cluster. Its methods may be called at the same time.
type Node struct {
	opts     Options
	instance string
	log      *slog.Logger
	start    time.Time // what the steady clock counts from
	unlock   func()
	server   *server.Server
	conn     *nats.Conn
	records  *records

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup
	slot chan struct{} // bounds what is read and written at the same time

	mu      sync.Mutex // guards what is below
	book    *book
	warned  map[string]bool
	refused error // why this node has to go
	notice  notice

	poke chan struct{} // a heartbeat is due at once
	gone chan struct{} // closed when refused is set
}

// mostAtOnce is how many reads and writes go on at the same time.
const mostAtOnce = 16

// Start starts a node and waits until it can serve: a majority is there and has
// told who owns what. The context bounds the start only.
func Start(ctx context.Context, opts Options) (*Node, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	n := &Node{
		opts: opts, instance: rand.Text(), log: opts.Log.With("node", opts.Node), start: time.Now(), unlock: func() {},
		slot: make(chan struct{}, mostAtOnce), poke: make(chan struct{}, 1), gone: make(chan struct{}),
		warned: map[string]bool{}, notice: notice{change: make(chan struct{})},
	}
	n.ctx, n.stop = context.WithCancel(context.Background())
	n.book = newBook(newWatch(opts.Node, n.instance, len(opts.Routes), opts.Times, 0), opts.Apps)
	if err := n.open(ctx); err != nil {
		n.shut()
		return nil, fmt.Errorf("failed to start node %s of the cluster %s: %w", opts.Node, opts.Cluster, err)
	}
	return n, nil
}

func (n *Node) open(ctx context.Context) (err error) {
	if err := os.MkdirAll(n.opts.Dir, 0o700); err != nil {
		return fmt.Errorf("failed to make the data directory: %w", err)
	}
	if n.unlock, err = datadir.Lock(n.opts.Dir); err != nil {
		n.unlock = func() {}
		return fmt.Errorf("failed to lock the data directory %s: %w", n.opts.Dir, err)
	}
	if err := probe(ctx, &n.opts); err != nil {
		return err
	}
	if err := free(n.opts.Listen); err != nil {
		return err
	}
	if err := datadir.Claim(n.opts.Dir, datadir.Mark{Cluster: n.opts.Cluster, Node: n.opts.Node}); err != nil {
		return err
	}
	if n.server, err = startServer(ctx, &n.opts); err != nil {
		return err
	}
	if n.conn, err = connect(n.server, &n.opts); err != nil {
		return err
	}
	if n.records, err = newRecords(n.conn, n.opts.trace); err != nil {
		return err
	}
	if err := n.listen(); err != nil {
		return err
	}
	return n.form(ctx)
}

// listen begins to take and to send heartbeats.
func (n *Node) listen() error {
	_, err := n.conn.Subscribe(n.subject(), func(m *nats.Msg) {
		if b, err := parseBeat(m.Data); err == nil {
			n.hear(b)
		}
	})
	if err != nil {
		return fmt.Errorf("failed to listen for heartbeats: %w", err)
	}
	n.work.Go(n.run)
	return nil
}

func (n *Node) subject() string { return "tccc.cluster." + n.opts.Cluster + ".beat" }

// form waits until this node can serve.
func (n *Node) form(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	opened := make(chan error, 1)
	n.work.Go(func() { opened <- n.records.openAll(ctx, n.opts.Times.Write) })
	select {
	case err := <-opened:
		if err != nil {
			return n.alone(err)
		}
	case <-n.gone:
		cancel()
		<-opened
		return n.reason()
	}
	for {
		n.mu.Lock()
		ready, wait := n.book.settle(n.now()), n.notice.change
		n.mu.Unlock()
		if ready {
			n.log.Info("the node is ready", "cluster", n.opts.Cluster)
			return nil
		}
		select {
		case <-wait:
		case <-n.gone:
			return n.reason()
		case <-ctx.Done():
			return n.alone(ctx.Err())
		}
	}
}

// alone explains why a node did not become ready.
func (n *Node) alone(err error) error {
	if why := n.Health(); why != nil {
		return fmt.Errorf("%w: %w", why, err)
	}
	return err
}

// now is the time of the node's steady clock.
func (n *Node) now() time.Duration { return time.Since(n.start) }

// run sends heartbeats and does what is due, until the node is closed.
func (n *Node) run() {
	tick := time.NewTicker(n.opts.Times.Beat / 4)
	defer tick.Stop()
	next := time.Duration(0)
	for {
		poked := false
		select {
		case <-n.ctx.Done():
			n.leave()
			return
		case <-tick.C:
		case <-n.poke:
			poked = true
		}
		now := n.now()
		n.mu.Lock()
		n.book.watch.tick(now)
		n.lead()
		n.act(now)
		n.note(now)
		n.mu.Unlock()
		if poked || now >= next {
			next = now + n.opts.Times.Beat
			n.send(now)
		}
	}
}

// leave shows a node that was refused to the others, which may not have heard it
// yet, so that their logs tell why it did not come.
func (n *Node) leave() {
	select {
	case <-n.gone:
		n.send(n.now())
		_ = n.conn.FlushTimeout(n.opts.Times.Write)
	default:
	}
}

// lead notes which buckets this node leads. The lock is held.
func (n *Node) lead() {
	var leads []int
	for bucket := range buckets {
		if n.server.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, streamName(bucket)) {
			leads = append(leads, bucket)
		}
	}
	if !slices.Equal(leads, n.book.leads) {
		n.hurry()
	}
	n.book.leads = leads
}

// hurry has the next heartbeat sent at once.
func (n *Node) hurry() {
	select {
	case n.poke <- struct{}{}:
	default:
	}
}

// send sends a heartbeat.
func (n *Node) send(now time.Duration) {
	n.mu.Lock()
	b := n.book.watch.send(now)
	b.State, b.Leads = n.book.state, n.book.leads
	for i, s := range n.book.shelf {
		b.Revs[i] = s.rev
	}
	n.mu.Unlock()
	b.Wire, b.Least, b.Release, b.Wall =
		n.opts.wire.speaks, n.opts.wire.least, n.opts.Release, n.opts.wall().UnixMilli()
	text, err := json.Marshal(b)
	if err == nil {
		err = n.conn.Publish(n.subject(), text)
	}
	if err != nil && n.ctx.Err() == nil {
		n.log.Debug("failed to send a heartbeat", "err", err)
	}
}

// hear takes a heartbeat.
func (n *Node) hear(b beat) {
	if b.Node == n.opts.Node && b.Instance == n.instance {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.judge(b) {
		return
	}
	now := n.now()
	if n.book.watch.hear(now, b) {
		n.act(now)
		n.note(now)
	}
}

// act starts what is due. The lock is held.
func (n *Node) act(now time.Duration) {
	if n.ctx.Err() != nil {
		return
	}
	for bucket := range buckets {
		if n.book.readingDue(now, bucket) {
			n.book.began(bucket)
			rev := n.book.shelf[bucket].rev
			n.outside(func(ctx context.Context) { n.read(ctx, bucket, rev, now) })
		}
	}
	for _, w := range n.book.writesDue(now) {
		n.outside(func(ctx context.Context) { n.write(ctx, w) })
	}
	for _, m := range n.book.movesDue(now) {
		n.outside(func(ctx context.Context) { n.move(ctx, m) })
	}
}

// outside does something that waits for the store.
func (n *Node) outside(f func(ctx context.Context)) {
	n.work.Go(func() {
		n.slot <- struct{}{}
		defer func() { <-n.slot }()
		ctx, cancel := context.WithTimeout(n.ctx, n.opts.Times.Write)
		defer cancel()
		f(ctx)
	})
}

func (n *Node) read(ctx context.Context, bucket int, after uint64, at time.Duration) {
	all, err := n.records.read(ctx, bucket, after)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.learn(all...)
	n.book.ended(n.now(), bucket, at, err == nil)
	n.note(n.now())
}

func (n *Node) write(ctx context.Context, w write) {
	began := n.now()
	fence, err := n.records.write(ctx, w)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.book.wrote(n.now(), w.app, err == nil)
	if err == nil {
		n.learn(learned{w.app, w.rec, fence})
		n.log.Info("an application has a new owner", "app", w.app, "owner", w.rec.Node, "fence", fence, "took",
			n.now()-began)
		n.hurry()
	} else if !errors.Is(err, errStale) && n.ctx.Err() == nil {
		n.log.Debug("failed to write who owns an application: trying again", "app", w.app, "err", err)
	}
	n.note(n.now())
}

func (n *Node) move(ctx context.Context, m move) {
	err := n.records.stepDown(ctx, m.bucket, m.to)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.book.moved(n.now(), m.bucket)
	if err != nil && n.ctx.Err() == nil {
		n.log.Debug("failed to move the leader of a bucket: trying again", "bucket", m.bucket, "to", m.to, "err", err)
	}
}

// learn takes records. The lock is held.
func (n *Node) learn(all ...learned) {
	if len(n.book.learn(all...)) > 0 {
		n.hurry()
	}
}

// Close ends the node. Applications that it owns are taken over as if it had
// died: Drain hands them over.
func (n *Node) Close() { n.shut() }

func (n *Node) shut() {
	n.stop()
	n.mu.Lock() // nothing is started outside from here on
	n.mu.Unlock()
	n.work.Wait()
	if n.conn != nil {
		n.conn.Close()
	}
	if n.server != nil {
		natsd.Stop(n.server)
	}
	n.unlock()
}
