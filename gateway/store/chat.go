package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"tccc/wire"
)

const chatStream = "tccc-chat"

// openChats makes the stream. The subject of a message is
// chat.<application>.<session>.
func (s *Store) openChats(ctx context.Context) (err error) {
	s.chats, err = s.stream(ctx, jetstream.StreamConfig{Name: chatStream, Subjects: []string{"chat.*.*"},
		AllowMsgTTL: true})
	if err != nil {
		return fmt.Errorf("failed to open the stream of chats: %w", err)
	}
	return nil
}

// ChatMessage is a message of a chat in the store.
type ChatMessage struct {
	SDKAppID string
	wire.Message
	Pos uint64 // position in the stream; counts up
}

func chatSubject(app, session string) (string, error) {
	a, err1 := encodeKey(app)
	b, err2 := encodeKey(session)
	if err := errors.Join(err1, err2); err != nil {
		return "", fmt.Errorf("a chat needs sdkAppId and sessionId: %w", err)
	}
	return "chat." + a + "." + b, nil
}

// AppendMessage writes a message behind the one at a position (0 for the
// first), and returns its position when it is on disk. A message that is there
// already, with the same number and id, is not written again, so that the
// caller may simply try again; [ErrConflict] if another one has its number.
// The message is removed after keep; 0 keeps it.
func (s *Store) AppendMessage(ctx context.Context, app string, m *wire.Message, after uint64,
	keep time.Duration) (at uint64, err error) {
	subject, err := chatSubject(app, m.SessionID)
	if err != nil {
		return 0, err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return 0, fmt.Errorf("failed to encode a message: %w", err)
	}
	for range 2 {
		opts := []jetstream.PublishOpt{jetstream.WithExpectLastSequencePerSubject(after)}
		if keep > 0 {
			opts = append(opts, jetstream.WithMsgTTL(max(keep, time.Second)))
		}
		ack, err := s.publish(ctx, &nats.Msg{Subject: subject, Data: text}, opts...)
		var api *jetstream.APIError
		switch {
		case err == nil:
			return ack.Sequence, nil
		case !errors.As(err, &api) || api.ErrorCode != jetstream.JSErrCodeStreamWrongLastSequence:
			return 0, fmt.Errorf("failed to write a message: %w", closedOr(err))
		}
		last, err := s.LastMessage(ctx, app, m.SessionID)
		switch {
		case errors.Is(err, ErrNotFound):
			after = 0 // everything before has been removed by now
		case err != nil:
			return 0, err
		case last.Seq == m.Seq && last.ID == m.ID && last.From == m.From:
			return last.Pos, nil
		case last.Seq >= m.Seq:
			return 0, ErrConflict
		default:
			after = last.Pos
		}
	}
	return 0, ErrConflict
}

// LastMessage reads the last message of a chat; [ErrNotFound] if there is none.
func (s *Store) LastMessage(ctx context.Context, app, session string) (ChatMessage, error) {
	subject, err := chatSubject(app, session)
	if err != nil {
		return ChatMessage{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	raw, err := s.chats.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return ChatMessage{}, ErrNotFound
	}
	if err != nil {
		return ChatMessage{}, fmt.Errorf("failed to read a message: %w", closedOr(err))
	}
	m := ChatMessage{SDKAppID: app, Pos: raw.Sequence}
	if err := json.Unmarshal(raw.Data, &m.Message); err != nil {
		return ChatMessage{}, fmt.Errorf("failed to decode message %d: %w", raw.Sequence, err)
	}
	return m, nil
}

// Messages reads the messages of a chat from number first to number last, in
// order; last 0 reads to the end. from is the position to begin at, if it is
// known, of a message that is not after first; 0 begins at the start.
func (s *Store) Messages(ctx context.Context, app, session string, first, last, from uint64) ([]ChatMessage, error) {
	subject, err := chatSubject(app, session)
	if err != nil {
		return nil, err
	}
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: []string{subject}, DeliverPolicy: jetstream.DeliverAllPolicy}
	if from > 0 {
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, from
	}
	consumer, err := s.chats.OrderedConsumer(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("failed to read a chat: %w", closedOr(err))
	}
	defer func() {
		if info := consumer.CachedInfo(); info != nil {
			_ = s.chats.DeleteConsumer(context.WithoutCancel(ctx), info.Name)
		}
	}()
	return s.readChat(ctx, consumer, app, first, last)
}

func (s *Store) readChat(ctx context.Context, consumer jetstream.Consumer, app string, first,
	last uint64) (all []ChatMessage, err error) {
	fetch := 500
	if last > 0 {
		fetch = int(min(last-min(first, last)+1, 500))
	}
	for {
		batch, err := consumer.FetchNoWait(fetch)
		if err != nil {
			return nil, fmt.Errorf("failed to read a chat: %w", closedOr(err))
		}
		empty := true
		for msg := range batch.Messages() {
			empty = false
			meta, err := msg.Metadata()
			if err != nil {
				return nil, fmt.Errorf("failed to read a chat: %w", err)
			}
			m := ChatMessage{SDKAppID: app, Pos: meta.Sequence.Stream}
			if err := json.Unmarshal(msg.Data(), &m.Message); err != nil {
				return nil, fmt.Errorf("failed to decode message %d: %w", m.Pos, err)
			}
			if n := len(all); n > 0 && m.Seq > all[n-1].Seq+1 {
				s.log.Error("messages of a chat are missing", "session", m.SessionID, "after", all[n-1].Seq, "before",
					m.Seq)
			}
			if m.Seq >= first && (last == 0 || m.Seq <= last) {
				all = append(all, m)
			}
			if last > 0 && m.Seq >= last {
				return all, nil
			}
		}
		if err := batch.Error(); err != nil {
			return nil, fmt.Errorf("failed to read a chat: %w", closedOr(err))
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("failed to read a chat: %w", err)
		}
		if empty {
			return all, nil
		}
	}
}
