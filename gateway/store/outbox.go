package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	outboxStream = "tccc-push"
	deadStream   = "tccc-push-dead"

	// outboxAge is when an item vanishes although nobody took it out: long
	// after every receiver's own limit.
	outboxAge = 30 * 24 * time.Hour
	// outboxMost bounds the items; a bound in bytes would be taken from the disk
	// at once.
	outboxMost = 1_000_000

	// sameIDFor is how long an item with an id that was added before is taken
	// for the same one.
	sameIDFor = 10 * time.Minute
)

// OutboxItem is one message on its way to a receiver outside. What is in the
// outbox has not been delivered yet.
type OutboxItem struct {
	ID       string          `json:"id"`       // the same for every attempt
	Receiver string          `json:"receiver"` // 1 to 256 bytes
	SDKAppID string          `json:"sdkAppId"`
	Kind     string          `json:"kind"`    // what it is about
	Key      string          `json:"key"`     // items of one key are delivered in order
	At       int64           `json:"at"`      // Unix milliseconds when it happened
	AddedAt  int64           `json:"addedAt"` // Unix milliseconds; set by Add and Revive
	Body     json.RawMessage `json:"body"`

	// Set for dead letters.
	DeadAt   int64  `json:"deadAt,omitempty"` // Unix milliseconds
	Attempts int    `json:"attempts,omitempty"`
	Reason   string `json:"reason,omitempty"` // why the last attempt failed

	Seq uint64 `json:"-"` // position; counts up
}

// Outbox is a durable queue of messages for receivers outside, with a box for
// those that could not be delivered.
type Outbox struct {
	s    *Store
	live jetstream.Stream
	dead jetstream.Stream
}

// OpenOutbox makes or opens the outbox. Dead letters vanish after keepDead; 0
// keeps them for 30 days.
func (s *Store) OpenOutbox(ctx context.Context, keepDead time.Duration) (*Outbox, error) {
	if keepDead <= 0 {
		keepDead = 30 * 24 * time.Hour
	}
	o := &Outbox{s: s}
	cfg := jetstream.StreamConfig{
		Name: outboxStream, Subjects: []string{"push.*"},
		MaxAge: outboxAge, MaxMsgs: outboxMost, Discard: jetstream.DiscardNew, Duplicates: sameIDFor,
	}
	var err error
	if o.live, err = s.stream(ctx, cfg); err != nil {
		return nil, fmt.Errorf("failed to open the outbox: %w", err)
	}
	cfg.Name, cfg.Subjects, cfg.MaxAge, cfg.Discard, cfg.Duplicates =
		deadStream, []string{"pushdead.*"}, keepDead, jetstream.DiscardOld, 0
	if o.dead, err = s.stream(ctx, cfg); err != nil {
		return nil, fmt.Errorf("failed to open the dead letters: %w", err)
	}
	return o, nil
}

// Add puts an item into the outbox and returns when it is on disk. An item
// whose id was added within the last ten minutes is not added again, which is
// no error.
func (o *Outbox) Add(ctx context.Context, item *OutboxItem) error {
	item.AddedAt = time.Now().UnixMilli()
	return o.publish(ctx, "push.", item, item.ID)
}

func (o *Outbox) publish(ctx context.Context, prefix string, item *OutboxItem, id string) error {
	receiver, err := encodeKey(item.Receiver)
	if err != nil {
		return fmt.Errorf("failed to address an item: %w", err)
	}
	text, err := json.Marshal(item)
	if err != nil {
		return fmt.Errorf("failed to encode an item: %w", err)
	}
	var opts []jetstream.PublishOpt
	if id != "" {
		opts = append(opts, jetstream.WithMsgID(id))
	}
	if _, err = o.s.publish(ctx, &nats.Msg{Subject: prefix + receiver, Data: text}, opts...); err != nil {
		return fmt.Errorf("failed to write to the outbox: %w", closedOr(err))
	}
	return nil
}

// Remove takes a delivered item out; it is no error if it is gone already.
func (o *Outbox) Remove(ctx context.Context, seq uint64) error { return o.remove(ctx, o.live, seq) }

func (o *Outbox) remove(ctx context.Context, from jetstream.Stream, seq uint64) error {
	err := o.s.write(ctx, 0, func(ctx context.Context) error {
		err := from.DeleteMsg(ctx, seq)
		if err == nil {
			return nil
		}
		if _, gone := from.GetMsg(ctx, seq); errors.Is(gone, jetstream.ErrMsgNotFound) {
			return nil
		}
		return err
	})
	if err == nil {
		return nil
	}
	return fmt.Errorf("failed to take an item out of the outbox: %w", closedOr(err))
}

// Bury moves an item to the dead letters, with the reason and the number of
// attempts that are set in it.
func (o *Outbox) Bury(ctx context.Context, item *OutboxItem) error {
	if err := o.publish(ctx, "pushdead.", item, ""); err != nil {
		return err
	}
	return o.Remove(ctx, item.Seq)
}

// Dead lists dead letters after a position, the oldest first, at most limit.
func (o *Outbox) Dead(ctx context.Context, after uint64, limit int) (items []OutboxItem, err error) {
	r, err := read(ctx, o.dead, "pushdead.*", after)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for len(items) < limit {
		batch, err := r.consumer.FetchNoWait(min(limit-len(items), 200))
		if err != nil {
			return nil, fmt.Errorf("failed to read the dead letters: %w", closedOr(err))
		}
		empty := true
		for msg := range batch.Messages() {
			item, err := itemOf(msg)
			if err != nil {
				return nil, err
			}
			empty, items = false, append(items, item)
		}
		if err := batch.Error(); err != nil {
			return nil, fmt.Errorf("failed to read the dead letters: %w", closedOr(err))
		}
		if empty {
			break
		}
	}
	return items, nil
}

// Revive puts a dead letter into the outbox again, as new; [ErrNotFound] if
// there is none at this position.
func (o *Outbox) Revive(ctx context.Context, seq uint64) (OutboxItem, error) {
	msg, err := o.dead.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return OutboxItem{}, ErrNotFound
	}
	if err != nil {
		return OutboxItem{}, fmt.Errorf("failed to read a dead letter: %w", closedOr(err))
	}
	var item OutboxItem
	if err := json.Unmarshal(msg.Data, &item); err != nil {
		return OutboxItem{}, fmt.Errorf("failed to decode a dead letter: %w", err)
	}
	item.AddedAt, item.DeadAt, item.Attempts, item.Reason = time.Now().UnixMilli(), 0, 0, ""
	// One revival of one dead letter, also when it is tried again.
	if err := o.publish(ctx, "push.", &item, "revived-"+strconv.FormatUint(seq, 10)); err != nil {
		return OutboxItem{}, err
	}
	return item, o.remove(ctx, o.dead, seq)
}

// Discard removes a dead letter for good.
func (o *Outbox) Discard(ctx context.Context, seq uint64) error { return o.remove(ctx, o.dead, seq) }

// Backlog counts the items in the outbox, or the dead letters, by receiver.
func (o *Outbox) Backlog(ctx context.Context, dead bool) (map[string]uint64, error) {
	stream, prefix := o.live, "push."
	if dead {
		stream, prefix = o.dead, "pushdead."
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(prefix+"*"))
	if err != nil {
		return nil, fmt.Errorf("failed to count the outbox: %w", closedOr(err))
	}
	counts := make(map[string]uint64, len(info.State.Subjects))
	for subject, n := range info.State.Subjects {
		counts[decodeKey(subject[len(prefix):])] = n
	}
	return counts, nil
}

// OutboxReader reads what waits for one receiver, in order, and then what is
// added. It is used by one goroutine.
type OutboxReader struct {
	stream   jetstream.Stream
	consumer jetstream.Consumer
	messages jetstream.MessagesContext
}

// Read begins at the oldest item of a receiver after a position.
func (o *Outbox) Read(ctx context.Context, receiver string, after uint64) (*OutboxReader, error) {
	encoded, err := encodeKey(receiver)
	if err != nil {
		return nil, err
	}
	r, err := read(ctx, o.live, "push."+encoded, after)
	if err != nil {
		return nil, err
	}
	if r.messages, err = r.consumer.Messages(jetstream.PullMaxMessages(64)); err != nil {
		r.Close()
		return nil, fmt.Errorf("failed to read the outbox: %w", closedOr(err))
	}
	return r, nil
}

func read(ctx context.Context, s jetstream.Stream, filter string, after uint64) (*OutboxReader, error) {
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: []string{filter}, DeliverPolicy: jetstream.DeliverAllPolicy}
	if after > 0 {
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, after+1
	}
	consumer, err := s.OrderedConsumer(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("failed to read the outbox: %w", closedOr(err))
	}
	return &OutboxReader{stream: s, consumer: consumer}, nil
}

// Next waits for the next item until the context ends.
func (r *OutboxReader) Next(ctx context.Context) (OutboxItem, error) {
	msg, err := r.messages.Next(jetstream.NextContext(ctx))
	if err != nil {
		return OutboxItem{}, fmt.Errorf("failed to read the outbox: %w", closedOr(err))
	}
	return itemOf(msg)
}

func itemOf(msg jetstream.Msg) (item OutboxItem, err error) {
	meta, err := msg.Metadata()
	if err == nil {
		err = json.Unmarshal(msg.Data(), &item)
	}
	if err != nil {
		return OutboxItem{}, fmt.Errorf("failed to decode an item of the outbox: %w", err)
	}
	item.Seq = meta.Sequence.Stream
	return item, nil
}

// Close ends the reading.
func (r *OutboxReader) Close() {
	if r.messages != nil {
		r.messages.Stop()
	}
	if info := r.consumer.CachedInfo(); info != nil {
		ctx, cancel := context.WithTimeout(context.Background(), opTimeout)
		defer cancel()
		_ = r.stream.DeleteConsumer(ctx, info.Name)
	}
}
