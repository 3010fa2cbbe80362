package push

import (
	"context"

	"tccc/gateway/store"
)

// deadPage bounds the dead letters that are looked at in one go.
const deadPage = 1000

// DeadLetter is a push that was given up.
type DeadLetter struct {
	Seq      uint64 `json:"seq"` // names it for Replay
	Receiver string `json:"receiver"`
	store.OutboxItem
}

// Dead lists dead letters after a position, the oldest first, at most 1000.
func (p *Pusher) Dead(ctx context.Context, after uint64) ([]DeadLetter, error) {
	items, err := p.outbox.Dead(ctx, after, deadPage)
	if err != nil {
		return nil, err
	}
	list := make([]DeadLetter, len(items))
	for i, item := range items {
		list[i] = DeadLetter{Seq: item.Seq, Receiver: item.Receiver, OutboxItem: item}
		if c := p.couriers[item.Receiver]; c != nil {
			list[i].Receiver = c.name
		}
	}
	return list, nil
}

// Replay sends dead letters again, as if they had just happened: those named,
// or all for nil. It returns how many. Those of receivers that are not
// configured any more stay where they are.
func (p *Pusher) Replay(ctx context.Context, seqs []uint64) (n int, err error) {
	only := map[uint64]bool{}
	for _, seq := range seqs {
		only[seq] = true
	}
	for after := uint64(0); ; {
		items, err := p.outbox.Dead(ctx, after, deadPage)
		if err != nil || len(items) == 0 {
			return n, err
		}
		for _, item := range items {
			after = item.Seq
			if p.couriers[item.Receiver] == nil || seqs != nil && !only[item.Seq] {
				continue
			}
			if _, err := p.outbox.Revive(ctx, item.Seq); err != nil {
				return n, err
			}
			n++
		}
	}
}
