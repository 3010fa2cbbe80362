package chat

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
	if onward(p) {
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

// onward reports whether the reader goes on towards the end.
func onward(p *wire.MessagesParams) bool { return p.After > 0 && p.Before == 0 }

// Check looks at the options of reading. Errors: wire.ErrInvalidOptions.
func Check(p *wire.MessagesParams) error {
	switch {
	case p.Before > 0 && p.After > 0:
		return wire.ErrInvalidOptions.For("before", "before and after exclude each other")
	case p.Limit < 0 || p.Limit > wire.MessagesMost:
		return wire.ErrInvalidOptions.For("limit", "limit must be 0 to %d", wire.MessagesMost)
	}
	return nil
}

// Mark is how far a chat that goes on, or somebody's sight of it, reaches: how
// many messages it has, and where the first one that is asked for is stored, 0
// if that is not known.
type Mark struct{ Most, At uint64 }

// Read reads a part of a chat. live is where it stands; nil has the store looked
// up. It blocks.
func Read(ctx context.Context, shelf Shelf, app string, p *wire.MessagesParams, live *Mark) (wire.MessagesResult,
	error) {
	out := wire.MessagesResult{Messages: []wire.Message{}}
	if live == nil {
		last, err := shelf.LastMessage(ctx, app, p.SessionID)
		if errors.Is(err, store.ErrNotFound) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		live = &Mark{Most: last.Seq}
	}
	first, last, more := span(p, live.Most)
	out.More = more
	if first > last {
		return out, nil
	}
	all, err := shelf.Messages(ctx, app, p.SessionID, first, last, live.At)
	if err != nil {
		return out, err
	}
	for i := range all {
		out.Messages = append(out.Messages, all[i].Message)
	}
	return out, nil
}

// Fit drops messages that an answer has no room for, from the end that the
// reader will go on at.
func Fit(out *wire.MessagesResult, p *wire.MessagesParams) {
	forward := onward(p)
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
