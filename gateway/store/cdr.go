package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const cdrStream = "tccc-cdr"

// clockSkew is how much the clocks of the gateway and of the store may differ.
const clockSkew = time.Minute

// openCDRs makes the stream. The subject of a record is
// cdr.<application>.<agent or "-">.<session>.
func (s *Store) openCDRs(ctx context.Context, keep time.Duration) (err error) {
	s.cdrs, err = s.stream(ctx, jetstream.StreamConfig{Name: cdrStream, Subjects: []string{"cdr.>"}, DenyDelete: true,
		MaxAge: keep})
	if err != nil {
		return fmt.Errorf("failed to open the stream of CDRs: %w", err)
	}
	return nil
}

// AppendCDR writes the record of an ended session and returns when it is on
// disk. A session has one record: a second one is not written, and is no
// error, so that the caller may simply try again. One that can never be written is set
// aside. The number counts up; it is 0 if the record was not written.
func (s *Store) AppendCDR(ctx context.Context, c *CDR) (seq uint64, err error) {
	subject, one, err := cdrSubject(c)
	if err != nil {
		return 0, err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return 0, fmt.Errorf("failed to encode a CDR: %w", err)
	}
	ack, err := s.publish(ctx, &nats.Msg{Subject: subject, Data: text},
		jetstream.WithExpectLastSequenceForSubject(0, one))
	var api *jetstream.APIError
	if errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		return 0, nil
	}
	if never(err) {
		s.aside.take("cdr", c.SDKAppID+"/"+c.SessionID, text, err)
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("failed to write a CDR: %w", closedOr(err))
	}
	return ack.Sequence, nil
}

// cdrSubject gives the subject of a record, and the pattern of every record of
// its session.
func cdrSubject(c *CDR) (subject, one string, err error) {
	app, err1 := encodeKey(c.SDKAppID)
	session, err2 := encodeKey(c.SessionID)
	if err := errors.Join(err1, err2); err != nil {
		return "", "", fmt.Errorf("a CDR needs sdkAppId and sessionId: %w", err)
	}
	agent := "-"
	if c.UserID != "" {
		if agent, err = encodeKey("u" + c.UserID); err != nil {
			return "", "", err
		}
	}
	return "cdr." + app + "." + agent + "." + session, "cdr." + app + ".*." + session, nil
}

// CDRQuery selects records of one application. Empty fields select everything.
type CDRQuery struct {
	SDKAppID  string
	SessionID string
	UserID    string
	From, To  time.Time // the session started at From or later and before To
	After     uint64    // continue after this cursor
	Limit     int       // 1 to 1000; the default is 100
}

// CDRPage is a part of the answer, in the order in which sessions ended.
type CDRPage struct {
	CDRs []CDR
	// Next is the cursor of the next page, 0 if this is the last one.
	Next uint64
}

// CDRs reads records. A query with neither a session nor an agent reads
// through every record that was written at From or later.
func (s *Store) CDRs(ctx context.Context, q CDRQuery) (CDRPage, error) {
	filter, err := q.filter()
	if err != nil {
		return CDRPage{}, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 100
	}
	limit = min(limit, 1000)
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: []string{filter}, DeliverPolicy: jetstream.DeliverAllPolicy}
	switch {
	case q.After > 0:
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, q.After+1
	case !q.From.IsZero():
		// A record is written when its session has ended, so never before its
		// start, but for clocks that differ.
		start := q.From.Add(-clockSkew)
		cfg.DeliverPolicy, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, &start
	}
	consumer, err := s.cdrs.OrderedConsumer(ctx, cfg)
	if err != nil {
		return CDRPage{}, fmt.Errorf("failed to read CDRs: %w", closedOr(err))
	}
	defer func() {
		if info := consumer.CachedInfo(); info != nil {
			_ = s.cdrs.DeleteConsumer(context.WithoutCancel(ctx), info.Name)
		}
	}()
	return readCDRs(ctx, consumer, &q, limit)
}

func readCDRs(ctx context.Context, consumer jetstream.Consumer, q *CDRQuery, limit int) (CDRPage, error) {
	page, last := CDRPage{}, uint64(0)
	for {
		batch, err := consumer.FetchNoWait(500)
		if err != nil {
			return CDRPage{}, fmt.Errorf("failed to read CDRs: %w", closedOr(err))
		}
		empty := true
		for msg := range batch.Messages() {
			empty = false
			meta, err := msg.Metadata()
			if err != nil {
				return CDRPage{}, fmt.Errorf("failed to read CDRs: %w", err)
			}
			var c CDR
			if err := json.Unmarshal(msg.Data(), &c); err != nil {
				return CDRPage{}, fmt.Errorf("failed to decode CDR %d: %w", meta.Sequence.Stream, err)
			}
			if !q.match(&c) {
				continue
			}
			if len(page.CDRs) == limit {
				page.Next = last
				return page, nil
			}
			page.CDRs, last = append(page.CDRs, c), meta.Sequence.Stream
		}
		if err := batch.Error(); err != nil {
			return CDRPage{}, fmt.Errorf("failed to read CDRs: %w", closedOr(err))
		}
		if err := ctx.Err(); err != nil {
			return CDRPage{}, fmt.Errorf("failed to read CDRs: %w", err)
		}
		if empty {
			return page, nil
		}
	}
}

func (q *CDRQuery) filter() (string, error) {
	app, agent, session := "*", "*", "*"
	var errs [3]error
	if q.SDKAppID != "" {
		app, errs[0] = encodeKey(q.SDKAppID)
	}
	if q.UserID != "" {
		agent, errs[1] = encodeKey("u" + q.UserID)
	}
	if q.SessionID != "" {
		session, errs[2] = encodeKey(q.SessionID)
	}
	return "cdr." + app + "." + agent + "." + session, errors.Join(errs[:]...)
}

func (q *CDRQuery) match(c *CDR) bool {
	return (q.From.IsZero() || c.StartAt >= q.From.UnixMilli()) && (q.To.IsZero() || c.StartAt < q.To.UnixMilli())
}
