package center

import (
	"context"
	"encoding/json"
	"errors"

	"tccc/gateway/store"
	"tccc/wire"
)

// resultMost bounds the messages of one answer, in bytes: a frame takes it.
const resultMost = wire.MaxFrame - 16<<10

// messagesUsual is how many messages are read if nothing is said.
const messagesUsual = 50

// span is the part of a chat of so many messages that is asked for, and
// whether there are others in the direction asked for. It is empty if first is
// after last.
func span(p *wire.MessagesParams, most uint64) (first, last uint64, more bool) {
	n := uint64(messagesUsual)
	if p.Limit > 0 {
		n = uint64(min(p.Limit, wire.MessagesMost))
	}
	if p.After > 0 && p.Before == 0 {
		first, last = p.After+1, min(p.After+n, most)
		return first, last, last < most
	}
	last = most
	if p.Before > 0 {
		last = min(p.Before-1, most)
	}
	first = last - min(n, last) + 1
	return first, last, first > 1
}

// checkMessages looks at the options of reading.
func checkMessages(p *wire.MessagesParams) error {
	switch {
	case p.Before > 0 && p.After > 0:
		return wire.ErrInvalidOptions.For("before", "before and after exclude each other")
	case p.Limit < 0 || p.Limit > wire.MessagesMost:
		return wire.ErrInvalidOptions.For("limit", "limit must be 0 to %d", wire.MessagesMost)
	}
	return nil
}

// history reads a part of a chat. live, if not nil, is where it stands; it is
// looked up otherwise. It blocks.
func (c *Center) history(ctx context.Context, app string, p *wire.MessagesParams, live *mark) (wire.MessagesResult,
	error) {
	out := wire.MessagesResult{Messages: []wire.Message{}}
	if live == nil {
		last, err := c.Store.LastMessage(ctx, app, p.SessionID)
		if errors.Is(err, store.ErrNotFound) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		live = &mark{most: last.Seq}
	}
	first, last, more := span(p, live.most)
	out.More = more
	if first > last {
		return out, nil
	}
	all, err := c.Store.Messages(ctx, app, p.SessionID, first, last, live.at)
	if err != nil {
		return out, err
	}
	for i := range all {
		out.Messages = append(out.Messages, c.signed(all[i].Message))
	}
	fit(&out, p.After > 0 && p.Before == 0)
	return out, nil
}

// mark is where a live chat stands: how many messages it has, and where the
// first one that is asked for is stored.
type mark struct{ most, at uint64 }

func (call *call) mark(p *wire.MessagesParams) *mark {
	most := call.Chat.LastSeq
	first, _, _ := span(p, most)
	return &mark{most, call.ch().position(first)}
}

// fit drops messages that an answer has no room for, from the end that the
// reader will go on at.
func fit(out *wire.MessagesResult, forward bool) {
	size, keep, n := 0, 0, len(out.Messages)
	for ; keep < n; keep++ {
		i := keep
		if !forward {
			i = n - 1 - keep
		}
		text, _ := json.Marshal(&out.Messages[i]) // it was decoded from JSON
		if size += len(text) + 1; size > resultMost {
			break
		}
	}
	switch {
	case keep == n:
		return
	case forward:
		out.Messages = out.Messages[:keep]
	default:
		out.Messages = out.Messages[n-keep:]
	}
	out.More = true
}
