package bridge

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"tccc/agent"
	"tccc/wire"
)

// Deadlines of chats.
const (
	sending   = 30 * time.Second // waits for the connection to come back
	uploading = 5 * time.Minute
)

const maxCustom = 8 << 10 // bytes of an order's customField

// Chats is what Chat needs of the core.
type Chats interface {
	AcceptChat(ctx context.Context, id string) error
	EndChat(ctx context.Context, id string) error
	TransferChat(ctx context.Context, p wire.TransferParams) error
	Send(ctx context.Context, p wire.SendParams) (wire.Message, error)
	SendFile(ctx context.Context, p agent.FileParams) (wire.Message, error)
	Messages(ctx context.Context, p wire.MessagesParams) (wire.MessagesResult, error)
	MarkRead(ctx context.Context, id string) error
	SetTyping(ctx context.Context, p wire.TypingParams) error
}

type cardOptions struct {
	SessionID string     `json:"sessionId"`
	Payload   *wire.Card `json:"payload"`
}

type orderOptions struct {
	SessionID string `json:"sessionId"`
	Payload   *struct {
		Guide       string          `json:"guide"`
		Name        string          `json:"name"`
		Desc        string          `json:"desc"`
		Pic         string          `json:"pic"`
		CustomField json.RawMessage `json:"customField"` // documented as an object, sampled as an array
	} `json:"payload"`
}

type textOptions struct {
	SessionID string `json:"sessionId"`
	Text      string `json:"text"`
}

type messagesOptions struct {
	SessionID string `json:"sessionId"`
	Before    int64  `json:"before"`
	After     int64  `json:"after"`
	Limit     int    `json:"limit"`
}

type typingOptions struct {
	SessionID string `json:"sessionId"`
	Typing    *bool  `json:"typing"`
}

func chatMethods(c Chats) map[string]method {
	session := func(run func(ctx context.Context, id string) error) method {
		return define(quick, checkSession, func(ctx context.Context, o *sessionOptions) (any, error) {
			return nil, run(ctx, o.SessionID)
		})
	}
	return map[string]method{
		"Chat.accept": session(c.AcceptChat),
		"Chat.end":    session(c.EndChat),
		"Chat.transfer": define(quick, checkTransfer, func(ctx context.Context, o *wire.TransferParams) (any, error) {
			return nil, c.TransferChat(ctx, *o)
		}),
		"Chat.sendCardMessage": define(sending, checkCard, func(ctx context.Context, o *cardOptions) (any, error) {
			return c.Send(ctx, wire.SendParams{SessionID: o.SessionID, Card: o.Payload})
		}),
		"Chat.sendOrderMessage": define(sending, checkOrder, func(ctx context.Context, o *orderOptions) (any, error) {
			p := o.Payload
			order := &wire.Order{Guide: p.Guide, Name: p.Name, Desc: p.Desc, Pic: p.Pic}
			if p.CustomField != nil {
				order.CustomField = p.CustomField
			}
			return c.Send(ctx, wire.SendParams{SessionID: o.SessionID, Order: order})
		}),
		"Chat.sendMessage": define(sending, checkText, func(ctx context.Context, o *textOptions) (any, error) {
			return c.Send(ctx, wire.SendParams{SessionID: o.SessionID, Text: o.Text})
		}),
		"Chat.getMessages": define(quick, checkMessages, func(ctx context.Context, o *messagesOptions) (any, error) {
			return c.Messages(ctx, wire.MessagesParams{SessionID: o.SessionID, Before: uint64(o.Before),
				After: uint64(o.After), Limit: o.Limit})
		}),
		"Chat.markRead": session(c.MarkRead),
		"Chat.setTyping": define(quick, checkTyping, func(ctx context.Context, o *typingOptions) (any, error) {
			return nil, c.SetTyping(ctx, wire.TypingParams{SessionID: o.SessionID, Typing: *o.Typing})
		}),
	}
}

func checkCard(o *cardOptions) error {
	if err := required("sessionId", o.SessionID, maxID); err != nil {
		return err
	}
	if o.Payload == nil {
		return missing("payload")
	}
	p := o.Payload
	for _, f := range [][2]string{{"header", p.Header}, {"desc", p.Desc}, {"pic", p.Pic}, {"url", p.URL}} {
		if err := required("payload."+f[0], f[1], maxURL); err != nil {
			return err
		}
	}
	if err := address("payload.pic", p.Pic); err != nil {
		return err
	}
	return address("payload.url", p.URL)
}

// address checks the address of a page or an image: what else there is
// (javascript:, data:) must not reach a customer.
func address(field, value string) error {
	scheme, _, _ := strings.Cut(strings.ToLower(value), ":")
	if value != "" && scheme != "http" && scheme != "https" {
		return wire.ErrInvalidOptions.For(field, "options.%s must begin with http:// or https://", field)
	}
	return nil
}

func checkOrder(o *orderOptions) error {
	if err := required("sessionId", o.SessionID, maxID); err != nil {
		return err
	}
	if o.Payload == nil {
		return missing("payload")
	}
	p := o.Payload
	if string(p.CustomField) == "null" {
		p.CustomField = nil
	}
	for _, f := range [][2]string{{"guide", p.Guide}, {"name", p.Name}, {"desc", p.Desc}, {"pic", p.Pic}} {
		if err := optional("payload."+f[0], f[1], maxURL); err != nil {
			return err
		}
	}
	if err := optional("payload.customField", string(p.CustomField), maxCustom); err != nil {
		return err
	}
	if c := p.CustomField; len(c) > 0 && c[0] != '{' && c[0] != '[' {
		return wire.ErrInvalidOptions.For("payload.customField",
			"options.payload.customField must be an object or an array")
	}
	return address("payload.pic", p.Pic)
}

func checkText(o *textOptions) error {
	if err := required("sessionId", o.SessionID, maxID); err != nil {
		return err
	}
	if strings.TrimSpace(o.Text) == "" {
		return missing("text")
	}
	return optional("text", o.Text, wire.MessageTextMost)
}

func checkMessages(o *messagesOptions) error {
	for _, f := range []struct {
		name        string
		value, most int64
	}{{"before", o.Before, 1 << 53}, {"after", o.After, 1 << 53}, {"limit", int64(o.Limit), wire.MessagesMost}} {
		if f.value < 0 || f.value > f.most {
			return wire.ErrInvalidOptions.For(f.name, "options.%s must be between 0 and %d", f.name, f.most)
		}
	}
	return required("sessionId", o.SessionID, maxID)
}

func checkTyping(o *typingOptions) error {
	if o.Typing == nil {
		return missing("typing")
	}
	return required("sessionId", o.SessionID, maxID)
}

type fileOptions struct {
	SessionID string `json:"sessionId"`
	Name      string `json:"name"` // instead of that of the file
}

func checkFile(o *fileOptions) error {
	if err := required("sessionId", o.SessionID, maxID); err != nil {
		return err
	}
	return optional("name", o.Name, maxText)
}
