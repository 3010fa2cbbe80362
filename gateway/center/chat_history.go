package center

import (
	"context"

	"tccc/gateway/chat"
	"tccc/wire"
)

// history reads a part of a chat. live, if not nil, is where it stands; it is
// looked up otherwise. It blocks.
func (c *Center) history(ctx context.Context, app string, p *wire.MessagesParams, live *chat.Mark) (wire.MessagesResult,
	error) {
	out, err := chat.Read(ctx, c.Store, app, p, live)
	if err != nil {
		return out, err
	}
	for i := range out.Messages {
		out.Messages[i] = c.signed(out.Messages[i])
	}
	chat.Fit(&out, p) // with the addresses of files
	return out, nil
}
