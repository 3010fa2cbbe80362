package push

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"tccc/gateway/config"
	"tccc/gateway/store"
	"tccc/wire"
)

// Kinds of pushes, as the configuration names them.
const (
	CDR     = "cdr"     // call records
	Session = "session" // states of sessions
	Status  = "status"  // statuses of agents
	Message = "message" // messages of chats
)

// queueSize bounds the events that wait for the writer.
const queueSize = 10_000

// follower is the place among the call records, in the store.
const follower = "push"

// Options are what pushes stand on.
type Options struct {
	Apps  []config.App
	Store *store.Store
	Log   *slog.Logger
	// Staff gives the agent of the configuration or the directory, for what a
	// call record says of agents; nil knows nobody.
	Staff func(sdkAppID, userID string) (config.Agent, bool)
}

// Pusher sends webhooks until Close. The zero value and nil send nothing.
type Pusher struct {
	opts     Options
	outbox   *store.Outbox
	couriers map[string]*courier   // by receiver id
	wanted   map[target][]*courier // who wants what
	queue    chan entry
	counts   *counts

	ctx  context.Context // of everything; ends with Close
	stop context.CancelFunc
	work sync.WaitGroup
}

type target struct{ app, kind string }

// entry is what the writer has to write: an event, or a call record whose
// follower waits for the outcome.
type entry struct {
	app, kind, key, id string
	at                 time.Time
	body               any
	done               chan<- error
}

// Start opens the outbox and begins to deliver what is left in it. The center
// must be started afterwards, so that no call record is missed.
func Start(ctx context.Context, o Options) (_ *Pusher, err error) {
	p := &Pusher{
		opts: o, couriers: map[string]*courier{}, wanted: map[target][]*courier{},
		queue: make(chan entry, queueSize), counts: newCounts(),
	}
	p.ctx, p.stop = context.WithCancel(context.Background())
	if p.outbox, err = o.Store.OpenOutbox(ctx, 0); err != nil {
		return nil, err
	}
	for i := range o.Apps {
		for j := range o.Apps[i].Pushes {
			if err := p.add(o.Apps[i].SDKAppID, &o.Apps[i].Pushes[j]); err != nil {
				return nil, err
			}
		}
	}
	if err := p.followCDRs(ctx); err != nil {
		return nil, err
	}
	if err := p.followChats(ctx); err != nil {
		return nil, err
	}
	p.work.Go(p.write)
	for _, c := range p.couriers {
		p.work.Go(func() { c.run(p.ctx) })
	}
	return p, nil
}

func (p *Pusher) add(app string, conf *config.Push) error {
	id := ReceiverID(app, conf.URL)
	sender, err := newSender(app, conf)
	if err != nil {
		return err
	}
	name := sender.url.Host // what logs and metrics call it: the rest of the URL may hold secrets
	sender.observe = observer{p.counts, app, name}.observe
	c := &courier{
		id: id, app: app, name: name, outbox: p.outbox, sender: sender, counts: p.counts, keepFor: conf.RetryFor,
		log: p.opts.Log.With("app", app, "receiver", name),
	}
	p.couriers[id] = c
	for _, kind := range conf.Events {
		t := target{app, kind}
		if !slices.Contains(p.wanted[t], c) {
			p.wanted[t] = append(p.wanted[t], c)
		}
	}
	return nil
}

// followCDRs reads call records if any receiver wants them. Without one the place
// is forgotten: a receiver that is added later gets the records from then on.
func (p *Pusher) followCDRs(ctx context.Context) error {
	if !p.wants(CDR) {
		return p.opts.Store.ForgetCDRs(ctx, follower)
	}
	f, err := p.opts.Store.FollowCDRs(ctx, follower)
	if err == nil {
		goOn(p, "call records", f, p.cdrAppended)
	}
	return err
}

// followChats reads the messages of chats if any receiver wants them.
func (p *Pusher) followChats(ctx context.Context) error {
	if !p.wants(Message) {
		return p.opts.Store.ForgetChats(ctx, follower)
	}
	f, err := p.opts.Store.FollowChats(ctx, follower)
	if err == nil {
		goOn(p, "chats", f, p.messageWritten)
	}
	return err
}

// wants reports whether any receiver wants a kind.
func (p *Pusher) wants(kind string) bool {
	for t := range p.wanted {
		if t.kind == kind {
			return true
		}
	}
	return false
}

// goOn follows a stream until the end.
func goOn[T any](p *Pusher, what string, f *store.Follower[T], do func(context.Context, *T) error) {
	p.work.Go(func() {
		for p.ctx.Err() == nil {
			if err := f.Run(p.ctx, do); err != nil && p.ctx.Err() == nil {
				p.opts.Log.Error("records could not be followed, trying again", "what", what, "err", err)
				pause(p.ctx, followPause)
			}
		}
	})
}

const followPause = 2 * time.Second

// cdrAppended puts a call record into the outbox. It waits: the follower may
// go on only when the record is there.
func (p *Pusher) cdrAppended(ctx context.Context, c *store.CDR) error {
	if len(p.wanted[target{c.SDKAppID, CDR}]) == 0 {
		return nil
	}
	return p.deliver(ctx, entry{
		app: c.SDKAppID, kind: CDR, key: c.SessionID, id: c.SDKAppID + "\x00" + c.SessionID,
		at:   time.UnixMilli(c.EndAt),
		body: p.cdrBody(c),
	})
}

// messageWritten puts a message of a chat into the outbox, as cdrAppended does
// with a call record.
func (p *Pusher) messageWritten(ctx context.Context, m *store.ChatMessage) error {
	if len(p.wanted[target{m.SDKAppID, Message}]) == 0 {
		return nil
	}
	return p.deliver(ctx, entry{
		app: m.SDKAppID, kind: Message, key: m.SessionID, at: time.UnixMilli(m.At),
		id: m.SDKAppID + "\x00" + m.SessionID + "\x00" + strconv.FormatUint(m.Seq, 10), body: messageBody(m),
	})
}

// deliver hands an entry to the writer and waits until it is in the outbox.
func (p *Pusher) deliver(ctx context.Context, e entry) error {
	done := make(chan error, 1)
	e.done = done
	select {
	case p.queue <- e:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// SessionChanged pushes the state of a session. It does not block: what finds
// no room is counted and dropped.
func (p *Pusher) SessionChanged(state string, r *store.SessionRecord) {
	if p == nil || len(p.wanted[target{r.SDKAppID, Session}]) == 0 {
		return
	}
	now := time.Now()
	p.offer(entry{app: r.SDKAppID, kind: Session, key: r.SessionID, at: now, body: sessionBody(state, r, now)})
}

// StatusChanged pushes the status of an agent. It does not block either.
func (p *Pusher) StatusChanged(app, user string, s wire.AgentState) {
	if p == nil || len(p.wanted[target{app, Status}]) == 0 {
		return
	}
	now := time.Now()
	p.offer(entry{app: app, kind: Status, key: "agent/" + user, at: now, body: statusBody(app, user, s, now)})
}

func (p *Pusher) offer(e entry) {
	select {
	case p.queue <- e:
	default:
		p.counts.lost.WithLabelValues(e.app, e.kind).Inc()
	}
}

// write is the writer: it moves entries into the outbox, one after the other.
func (p *Pusher) write() {
	for {
		select {
		case e := <-p.queue:
			p.put(e)
		case <-p.ctx.Done():
			p.drain()
			return
		}
	}
}

// drain writes the events that were accepted before the end.
func (p *Pusher) drain() {
	for {
		select {
		case e := <-p.queue:
			p.put(e)
		default:
			return
		}
	}
}

func (p *Pusher) put(e entry) {
	err := p.enqueue(e)
	if e.done != nil {
		e.done <- err
	} else if err != nil {
		p.counts.lost.WithLabelValues(e.app, e.kind).Inc()
		p.opts.Log.Error("an event was not pushed", "app", e.app, "kind", e.kind, "err", err)
	}
}

func (p *Pusher) enqueue(e entry) error {
	body, err := encode(e.body)
	if err != nil {
		return fmt.Errorf("failed to encode a push: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), writeTimeout)
	defer cancel()
	for _, c := range p.wanted[target{e.app, e.kind}] {
		item := &store.OutboxItem{
			ID: pushID(c.id, e.kind, e.id), Receiver: c.id, SDKAppID: e.app, Kind: e.kind, Key: e.key,
			At: e.at.UnixMilli(), Body: body,
		}
		if err := p.outbox.Add(ctx, item); err != nil {
			return err
		}
	}
	return nil
}

const writeTimeout = 5 * time.Second

// pushID names a push in the form of a UUID (RFC 9562 section 5.8, version 8).
// What must not be delivered twice under two names gets it from its own name;
// "" draws a random one.
func pushID(receiver, kind, name string) string {
	var b [32]byte
	if name == "" {
		_, _ = rand.Read(b[:])
	} else {
		b = sha256.Sum256([]byte(receiver + "\x00" + kind + "\x00" + name))
	}
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:16])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// ReceiverID names the receiver of an application at a URL.
func ReceiverID(app, url string) string {
	sum := sha256.Sum256([]byte(app + "\x00" + url))
	return hex.EncodeToString(sum[:8])
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Close ends the deliveries; what is under way when the context ends is
// broken off and tried again after the next start. Events that were accepted
// are in the outbox when Close returns without an error.
func (p *Pusher) Close(ctx context.Context) error {
	if p == nil {
		return nil
	}
	p.stop()
	done := make(chan struct{})
	go func() { p.work.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("pushes did not end in time"), ctx.Err())
	}
}
