package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Bucket holds values of one type by key. Keys are any text of 1 to 256 bytes.
type Bucket[T any] struct {
	name string
	kv   jetstream.KeyValue
	s    *Store
}

// Entry is a value with its key.
type Entry[T any] struct {
	Key      string
	Value    T
	Revision uint64    // for Update; counts up with every write to the bucket
	Written  time.Time // by the clock of the server
}

// markerTTL is how long the mark of a deleted key stays.
const markerTTL = time.Minute

// OpenBucket makes or opens a bucket. Values vanish ttl after they were
// written; 0 keeps them.
func OpenBucket[T any](ctx context.Context, s *Store, name string, ttl time.Duration) (*Bucket[T], error) {
	kv, err := s.bucket(ctx, jetstream.KeyValueConfig{Bucket: "tccc-" + name, TTL: ttl, LimitMarkerTTL: markerTTL})
	if err != nil {
		return nil, fmt.Errorf("failed to open the bucket %s: %w", name, err)
	}
	return &Bucket[T]{name, kv, s}, nil
}

// bucket makes or opens a bucket. One that is there opens also where its
// settings cannot be written because the disk is full.
func (s *Store) bucket(ctx context.Context, cfg jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	cfg.History, cfg.Storage, cfg.Replicas = 1, jetstream.FileStorage, s.replicas
	kv, err := s.js.CreateOrUpdateKeyValue(ctx, cfg)
	if err == nil || !unwritable(err) {
		return kv, err
	}
	if old, there := s.js.KeyValue(ctx, cfg.Bucket); there == nil {
		s.log.Warn("the settings of a bucket could not be written: it opens with those that it has", "bucket",
			cfg.Bucket, "err", err)
		return old, nil
	}
	return nil, err
}

// stream makes or opens a stream, as bucket does a bucket.
func (s *Store) stream(ctx context.Context, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	cfg.Storage, cfg.Replicas, cfg.AllowDirect = jetstream.FileStorage, s.replicas, true
	stream, err := s.js.CreateOrUpdateStream(ctx, cfg)
	if err == nil || !unwritable(err) {
		return stream, err
	}
	if old, there := s.js.Stream(ctx, cfg.Name); there == nil {
		s.log.Warn("the settings of a stream could not be written: it opens with those that it has", "stream", cfg.Name,
			"err", err)
		return old, nil
	}
	return nil, err
}

// unwritable reports whether the server could not write what it was told.
func unwritable(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.Code >= 500
}

// Get reads a value; [ErrNotFound] if there is none.
func (b *Bucket[T]) Get(ctx context.Context, key string) (Entry[T], error) {
	encoded, err := encodeKey(key)
	if err != nil {
		return Entry[T]{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	e, err := b.kv.Get(ctx, encoded)
	if err != nil {
		return Entry[T]{}, b.fail("read", err)
	}
	return b.entry(e)
}

// Put writes a value, whatever was there.
func (b *Bucket[T]) Put(ctx context.Context, key string, value T) (revision uint64, err error) {
	return b.write(ctx, key, value, func(ctx context.Context, key string, text []byte) (uint64, error) {
		return b.kv.Put(ctx, key, text)
	})
}

// Create writes a value if the key is not there; [ErrExists] if it is, also
// while nothing can be written.
func (b *Bucket[T]) Create(ctx context.Context, key string, value T) (revision uint64, err error) {
	if b.s.guard.mayWrite(1) != nil {
		if _, err := b.Get(ctx, key); err == nil {
			return 0, ErrExists
		}
	}
	return b.write(ctx, key, value, func(ctx context.Context, key string, text []byte) (uint64, error) {
		return b.kv.Create(ctx, key, text)
	})
}

// Update writes a value if the key still has the revision; [ErrConflict] if
// somebody else was faster.
func (b *Bucket[T]) Update(ctx context.Context, key string, value T, revision uint64) (uint64, error) {
	return b.write(ctx, key, value, func(ctx context.Context, key string, text []byte) (uint64, error) {
		next, err := b.kv.Update(ctx, key, text, revision)
		if errors.Is(err, jetstream.ErrKeyExists) {
			return 0, ErrConflict
		}
		return next, err
	})
}

func (b *Bucket[T]) write(ctx context.Context, key string, value T,
	do func(context.Context, string, []byte) (uint64, error)) (uint64, error) {
	encoded, err := encodeKey(key)
	if err != nil {
		return 0, err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return 0, fmt.Errorf("failed to encode a value of %s: %w", b.name, err)
	}
	var revision uint64
	err = b.s.write(ctx, len(text), func(ctx context.Context) (err error) {
		revision, err = do(ctx, encoded, text)
		return err
	})
	if err != nil {
		return 0, b.fail("write", err)
	}
	return revision, nil
}

// Delete removes a key; it is no error if there is none.
func (b *Bucket[T]) Delete(ctx context.Context, key string) error {
	encoded, err := encodeKey(key)
	if err != nil {
		return err
	}
	return b.remove(ctx, encoded)
}

func (b *Bucket[T]) remove(ctx context.Context, encoded string) error {
	err := b.s.write(ctx, 0, func(ctx context.Context) error {
		// A plain delete would leave a mark for ever.
		return b.kv.Purge(ctx, encoded, jetstream.PurgeTTL(markerTTL))
	})
	if err != nil {
		return b.fail("delete", err)
	}
	return nil
}

// List reads every value, in the order in which they were written. One that
// cannot be decoded is set aside and left out.
func (b *Bucket[T]) List(ctx context.Context) ([]Entry[T], error) {
	w, err := b.kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, b.fail("list", err)
	}
	defer w.Stop()
	var all []Entry[T]
	for {
		select {
		case e := <-w.Updates():
			if e == nil {
				return all, nil
			}
			entry, err := b.entry(e)
			if err != nil {
				b.s.aside.take(b.name, decodeKey(e.Key()), e.Value(), err)
				continue
			}
			all = append(all, entry)
		case <-ctx.Done():
			return nil, b.fail("list", ctx.Err())
		}
	}
}

// PutLater hands a value to the write-behind queue and returns at once. Of
// several values of a key the last one is written; keys are written in the
// order in which they were first handed over. The value is copied.
func (b *Bucket[T]) PutLater(key string, value T) error {
	encoded, err := encodeKey(key)
	if err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("failed to encode a value of %s: %w", b.name, err)
	}
	return b.s.behind.add(b.name+"\x00"+encoded, func(ctx context.Context) error {
		err := b.s.write(ctx, len(text), func(ctx context.Context) error {
			_, err := b.kv.Put(ctx, encoded, text)
			return err
		})
		if never(err) {
			b.s.aside.take(b.name, key, text, err)
			return nil
		}
		return err
	})
}

// DeleteLater removes a key through the write-behind queue.
func (b *Bucket[T]) DeleteLater(key string) error {
	encoded, err := encodeKey(key)
	if err != nil {
		return err
	}
	return b.s.behind.add(b.name+"\x00"+encoded, func(ctx context.Context) error { return b.remove(ctx, encoded) })
}

func (b *Bucket[T]) entry(e jetstream.KeyValueEntry) (Entry[T], error) {
	out := Entry[T]{Key: decodeKey(e.Key()), Revision: e.Revision(), Written: e.Created()}
	if err := json.Unmarshal(e.Value(), &out.Value); err != nil {
		return Entry[T]{}, fmt.Errorf("failed to decode %s %q: %w", b.name, out.Key, err)
	}
	return out, nil
}

func (b *Bucket[T]) fail(verb string, err error) error {
	switch {
	case errors.Is(err, ErrConflict):
		return ErrConflict
	case errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrKeyDeleted):
		return ErrNotFound
	case errors.Is(err, jetstream.ErrKeyExists):
		return ErrExists
	}
	return fmt.Errorf("failed to %s %s: %w", verb, b.name, closedOr(err))
}

// maxKey bounds a key, in bytes.
const maxKey = 256

// encodeKey writes a key in the characters that NATS allows; the rest becomes
// "=" and two hex digits.
func encodeKey(key string) (string, error) {
	if key == "" || len(key) > maxKey {
		return "", fmt.Errorf("store: a key has 1 to %d bytes, not %d", maxKey, len(key))
	}
	var b strings.Builder
	for i := range len(key) {
		switch c := key[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '/':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02x", c)
		}
	}
	return b.String(), nil
}

func decodeKey(encoded string) string {
	var b strings.Builder
	for i := 0; i < len(encoded); i++ {
		if encoded[i] == '=' && i+2 < len(encoded) {
			if c, err := strconv.ParseUint(encoded[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(encoded[i])
	}
	return b.String()
}
