package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// records are the buckets with the ownership records. They are read at their
// leaders by sequence: a direct read may be stale, and a consumer needs the
// leader of the meta group, which may just have died.
type records struct {
	conn  *nats.Conn
	js    jetstream.JetStream
	trace func(at time.Time, w write, fence uint64, err error) // of tests: every write; may be nil
}

const bucketPrefix = "tccc-owners-"

func bucketName(bucket int) string { return fmt.Sprintf("%s%d", bucketPrefix, bucket) }
func streamName(bucket int) string { return "KV_" + bucketName(bucket) }
func subjectOf(app string) string  { return "$KV." + bucketName(bucketOf(app)) + "." + app }

// errStale is that of a record that has been changed by another node.
var errStale = errors.New("cluster: the record has been changed by another node")

func newRecords(conn *nats.Conn, trace func(time.Time, write, uint64, error)) (*records, error) {
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, fmt.Errorf("failed to use JetStream: %w", err)
	}
	return &records{conn, js, trace}, nil
}

// open makes what is missing.
func (r *records) open(ctx context.Context, bucket int, each time.Duration) error {
	cfg := jetstream.KeyValueConfig{Bucket: bucketName(bucket), History: 1, Storage: jetstream.FileStorage, Replicas: 3}
	looking, cancel := context.WithTimeout(ctx, each)
	defer cancel()
	if _, err := r.js.KeyValue(looking, cfg.Bucket); !errors.Is(err, jetstream.ErrBucketNotFound) {
		return err
	}
	making, cancel := context.WithTimeout(ctx, 5*each)
	defer cancel()
	_, err := r.js.CreateKeyValue(making, cfg)
	return err
}

// write writes a record if it still has the revision.
func (r *records) write(ctx context.Context, w write) (fence uint64, err error) {
	text, err := json.Marshal(w.rec)
	if err != nil {
		return 0, err
	}
	if r.trace != nil {
		began := time.Now()
		defer func() { r.trace(began, w, fence, err) }()
	}
	ack, err := r.js.Publish(ctx, subjectOf(w.app), text,
		jetstream.WithExpectLastSequencePerSubject(w.fence), jetstream.WithRetryAttempts(0))
	var api *jetstream.APIError
	if errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		return 0, errStale
	}
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// read reads what has been written to a bucket after a revision.
func (r *records) read(ctx context.Context, bucket int, after uint64) (out []learned, err error) {
	for {
		l, err := r.readNext(ctx, bucket, after+1)
		if err != nil || l.fence == 0 {
			return out, err
		}
		after = l.fence
		if l.app != "" {
			out = append(out, l)
		}
	}
}

// storedMessage is the answer to a request for a message of a stream.
type storedMessage struct {
	Error   *jetstream.APIError `json:"error"`
	Message *struct {
		Subject string `json:"subject"`
		Seq     uint64 `json:"seq"`
		Data    []byte `json:"data"`
	} `json:"message"`
}

// readNext reads the first record from a sequence on; one without a fence if
// there is none, one without an application if it cannot be read.
func (r *records) readNext(ctx context.Context, bucket int, from uint64) (l learned, err error) {
	prefix := "$KV." + bucketName(bucket) + "."
	request := fmt.Sprintf(`{"seq":%d,"next_by_subj":"%s>"}`, from, prefix)
	answer, err := r.conn.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+streamName(bucket), []byte(request))
	if err != nil {
		return l, err
	}
	var m storedMessage
	if err := json.Unmarshal(answer.Data, &m); err != nil {
		return l, err
	}
	switch {
	case m.Error != nil && m.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return l, nil
	case m.Error != nil:
		return l, m.Error
	case m.Message == nil:
		return l, errors.New("the answer has no message")
	}
	l.fence = m.Message.Seq
	if json.Unmarshal(m.Message.Data, &l.rec) == nil {
		l.app = strings.TrimPrefix(m.Message.Subject, prefix)
	}
	return l, nil
}

// stepDown asks the leader of a bucket to make way for another node.
func (r *records) stepDown(ctx context.Context, bucket int, to string) error {
	request := fmt.Sprintf(`{"placement":{"preferred":%q}}`, to)
	answer, err := r.conn.RequestWithContext(ctx, "$JS.API.STREAM.LEADER.STEPDOWN."+streamName(bucket), []byte(request))
	if err != nil {
		return err
	}
	var got struct {
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(answer.Data, &got); err != nil {
		return err
	}
	if got.Error != nil {
		return got.Error
	}
	return nil
}

// openAll makes the buckets, trying again while the cluster forms.
func (r *records) openAll(ctx context.Context, each time.Duration) error {
	for bucket := 0; bucket < buckets; {
		err := r.open(ctx, bucket, each)
		if err == nil {
			bucket++
			continue
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("failed to open the bucket of owners: %w (%w)", ctx.Err(), err)
		case <-time.After(each / 4):
		}
	}
	return nil
}
