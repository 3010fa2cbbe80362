package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"tccc/wire"
)

// Kept names what the store has of a session.
type Kept struct {
	SDKAppID, SessionID string
	UserID              string // of the customer; empty: a telephone call
	Recording           string
}

// Erased counts what was taken out of the store.
type Erased struct{ Records, Messages, Snapshots, Visits, Pushes, SetAside int }

// Find lists the sessions that the store knows of a customer: by the records
// and snapshots that fit, and by the visits and messages of chats whose records
// are gone already. app "" is every application.
func (s *Store) Find(ctx context.Context, app string, fits func(*CDR) bool) ([]Kept, error) {
	if err := s.behind.flush(ctx); err != nil {
		return nil, err
	}
	var all []Kept
	seen := map[[2]string]bool{}
	note := func(c *CDR) {
		if id := [2]string{c.SDKAppID, c.SessionID}; fits(c) && !seen[id] {
			seen[id] = true
			all = append(all, Kept{c.SDKAppID, c.SessionID, c.CustomerUserID, c.Recording})
		}
	}
	for q := (CDRQuery{SDKAppID: app, Limit: 1000}); ; {
		page, err := s.CDRs(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range page.CDRs {
			note(&page.CDRs[i])
		}
		if q.After = page.Next; page.Next == 0 {
			break
		}
	}
	live, err := s.sessions.List(ctx)
	if err != nil {
		return nil, err
	}
	for i := range live {
		if c := &live[i].Value.CDR; app == "" || c.SDKAppID == app {
			note(c)
		}
	}
	visits, err := s.visits.List(ctx)
	if err != nil {
		return nil, err
	}
	for i := range visits { // they may outlive records and messages
		if of, user, _ := strings.Cut(visits[i].Key, "/"); app == "" || of == app {
			note(&CDR{SDKAppID: of, SessionID: visits[i].Value.SessionID, CustomerUserID: user})
		}
	}
	return all, s.findChats(ctx, app, note)
}

// findChats gives what the messages of customers tell of their sessions.
func (s *Store) findChats(ctx context.Context, app string, note func(*CDR)) error {
	pattern := "chat.*.*"
	if app != "" {
		encoded, err := encodeKey(app)
		if err != nil {
			return err
		}
		pattern = "chat." + encoded + ".*"
	}
	return s.scan(ctx, s.chats, pattern, func(subject string, _ uint64, data []byte) {
		var m wire.Message
		if parts := strings.Split(subject, "."); json.Unmarshal(data, &m) == nil && m.From == wire.FromClient {
			note(&CDR{SDKAppID: decodeKey(parts[1]), SessionID: decodeKey(parts[2]), CustomerUserID: m.UserID})
		}
	})
}

// Erase removes sessions: their records, messages, snapshots, visits and
// pushes. Their bytes stay in the files until [Store.Scrub].
func (s *Store) Erase(ctx context.Context, sessions []Kept) (n Erased, err error) {
	for i := range sessions {
		if err := s.eraseSession(ctx, &sessions[i], &n); err != nil {
			return n, fmt.Errorf("failed to erase a session: %w", closedOr(err))
		}
	}
	ids := map[[2]string]bool{}
	for i := range sessions {
		ids[[2]string{sessions[i].SDKAppID, sessions[i].SessionID}] = true
	}
	if n.Pushes, err = s.erasePushes(ctx, ids); err != nil {
		return n, fmt.Errorf("failed to erase pushes: %w", closedOr(err))
	}
	return n, nil
}

// eraseSession purges subjects: the stream of records refuses the removal of
// single messages, and removed keys of buckets leave marks with their names.
func (s *Store) eraseSession(ctx context.Context, k *Kept, n *Erased) error {
	_, records, err := cdrSubject(&CDR{SDKAppID: k.SDKAppID, SessionID: k.SessionID})
	if err != nil {
		return err
	}
	messages, err := chatSubject(k.SDKAppID, k.SessionID)
	if err != nil {
		return err
	}
	purged, err := s.purge(ctx, s.cdrs, records)
	if err != nil {
		return err
	}
	n.Records += purged
	if purged, err = s.purge(ctx, s.chats, messages); err != nil {
		return err
	}
	n.Messages += purged
	there, err := s.sessions.Erase(ctx, k.SessionID)
	if err != nil {
		return err
	}
	n.Snapshots += there
	if k.UserID != "" {
		if there, err = s.visits.Erase(ctx, VisitKey(k.SDKAppID, k.UserID)); err != nil {
			return err
		}
		n.Visits += there
	}
	return nil
}

// Erase removes a key without leaving a mark, and tells how many values (0 or
// 1) it had.
func (b *Bucket[T]) Erase(ctx context.Context, key string) (n int, err error) {
	encoded, err := encodeKey(key)
	if err != nil {
		return 0, err
	}
	if _, err := b.kv.Get(ctx, encoded); err == nil {
		n = 1
	}
	stream, err := b.s.js.Stream(ctx, "KV_"+b.kv.Bucket())
	if err == nil {
		_, err = b.s.purge(ctx, stream, "$KV."+b.kv.Bucket()+"."+encoded)
	}
	if err != nil {
		return 0, b.fail("erase", err)
	}
	return n, nil
}

// purge removes the messages of a subject and tells how many there were.
func (s *Store) purge(ctx context.Context, stream jetstream.Stream, subject string) (n int, err error) {
	err = s.write(ctx, 0, func(ctx context.Context) error {
		n = 0
		info, err := stream.Info(ctx, jetstream.WithSubjectFilter(subject))
		if err != nil {
			return err
		}
		for _, count := range info.State.Subjects {
			n += int(count)
		}
		if n == 0 {
			return nil
		}
		return stream.Purge(ctx, jetstream.WithPurgeSubject(subject))
	})
	return n, err
}

// erasePushes takes what is about sessions out of the outbox and the dead
// letters, if there are any.
func (s *Store) erasePushes(ctx context.Context, ids map[[2]string]bool) (n int, err error) {
	for name, subjects := range map[string]string{outboxStream: "push.*", deadStream: "pushdead.*"} {
		stream, err := s.js.Stream(ctx, name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		if err != nil {
			return n, err
		}
		var seqs []uint64
		err = s.scan(ctx, stream, subjects, func(_ string, seq uint64, data []byte) {
			var item OutboxItem
			if json.Unmarshal(data, &item) == nil && ids[[2]string{item.SDKAppID, item.Key}] {
				seqs = append(seqs, seq)
			}
		})
		if err != nil {
			return n, err
		}
		for _, seq := range seqs {
			if err := (&Outbox{s: s}).remove(ctx, stream, seq); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// scan gives everything that a stream has now to f, in order.
func (s *Store) scan(ctx context.Context, stream jetstream.Stream, subjects string,
	f func(subject string, seq uint64, data []byte)) error {
	r, err := read(ctx, stream, subjects, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		batch, err := r.consumer.FetchNoWait(500)
		if err != nil {
			return closedOr(err)
		}
		empty := true
		for msg := range batch.Messages() {
			meta, err := msg.Metadata()
			if err != nil {
				return err
			}
			empty = false
			f(msg.Subject(), meta.Sequence.Stream, msg.Data())
		}
		if err := errors.Join(batch.Error(), ctx.Err()); err != nil || empty {
			return closedOr(err)
		}
	}
}

// EraseAside removes what was set aside with a text in it.
func (s *Store) EraseAside(fits func(text string) bool) (int, error) { return s.aside.erase(fits) }
