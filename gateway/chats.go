package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"tccc/gateway/center"
	"tccc/gateway/chat"
	"tccc/gateway/cloudapi"
	"tccc/gateway/desk"
	"tccc/gateway/store"
	"tccc/wire"
)

// deskChats are the chats as the Desk REST API sees them. An application is
// reached by every customer service account.
type deskChats struct{ *center.Center }

// Session implements desk.Chats.
func (c deskChats) Session(ctx context.Context, app, id string) (desk.Session, error) {
	r, err := c.Center.Session(ctx, app, id)
	if err == nil && r.Type != wire.TypeIM {
		err = store.ErrNotFound
	}
	if err != nil {
		return desk.Session{}, err
	}
	return deskSession(&r), nil
}

// SessionOf implements desk.Chats.
func (c deskChats) SessionOf(ctx context.Context, app, customer, _ string) (desk.Session, error) {
	r, err := c.ChatOf(ctx, app, customer)
	if err != nil {
		return desk.Session{}, err
	}
	return deskSession(&r), nil
}

func deskSession(r *store.SessionRecord) desk.Session {
	s := desk.Session{ID: r.SessionID, AgentID: r.UserID}
	switch {
	case r.State == wire.StateRinging:
		s.State = desk.Waiting
	case r.State == wire.StateTalking || r.State == wire.StateHeld:
		s.State = desk.Agent
	case r.QueueAt != 0:
		s.State = desk.Queuing
	default:
		s.State = desk.Chatbot
	}
	return s
}

// Send implements desk.Chats. Texts are sent; what else the vendor's messages
// may hold lives in its own service and could not be shown.
func (c deskChats) Send(ctx context.Context, app string, m desk.Message) error {
	var texts []string
	for _, e := range m.Body {
		if e.Type != "TIMTextElem" {
			return &desk.Error{Code: desk.CodeParameter, Info: "only TIMTextElem can be sent, not " + e.Type}
		}
		texts = append(texts, e.Text)
	}
	id := m.SessionID
	if id == "" {
		s, err := c.SessionOf(ctx, app, m.CustomerID, m.ServiceID)
		if err != nil {
			return err
		}
		id = s.ID
	}
	key := center.NewSessionID()
	if m.Random != 0 {
		key = strconv.FormatUint(uint64(m.Random), 10)
	}
	_, err := c.Say(ctx, app, id, wire.Message{ID: chat.BackEndID + key, Text: strings.Join(texts, "\n")})
	if e := (*wire.Error)(nil); errors.As(err, &e) && e.Code == wire.ErrMessageInvalid.Code {
		return &desk.Error{Code: desk.CodeParameter, Info: e.Error()}
	}
	return err
}

// End implements desk.Chats.
func (c deskChats) End(ctx context.Context, app, id string) error {
	if _, err := c.Session(ctx, app, id); err != nil {
		return err
	}
	return c.Hangup(ctx, app, id)
}

// apiChats are the chats as the cloud API sees them.
type apiChats struct{ *center.Center }

// Messages implements cloudapi.Chats.
func (c apiChats) Messages(ctx context.Context, app, id string, q cloudapi.ChatQuery) ([]cloudapi.ChatMessage, int,
	error) {
	all, err := c.Transcript(ctx, app, id)
	if err != nil {
		return nil, 0, err
	}
	if q.Newest {
		slices.Reverse(all)
	}
	total := len(all)
	first := min(q.Offset, total)
	var page []cloudapi.ChatMessage
	for _, m := range all[first:min(first+q.Limit, total)] {
		page = append(page, apiMessage(&m))
	}
	return page, total, nil
}

// apiMessage gives a message with all that was written in it: the text, or the
// JSON of what it is instead.
func apiMessage(m *wire.Message) cloudapi.ChatMessage {
	out := cloudapi.ChatMessage{At: time.UnixMilli(m.At), From: cmp.Or(m.UserID, string(m.From)), Type: string(m.Type),
		Content: m.Text}
	var part any
	switch {
	case m.Notice != "":
		out.Type, out.From = "system", string(wire.FromSystem)
		out.Content = strings.TrimSpace(m.Notice + " " + cmp.Or(m.Name, m.Text))
	case m.File != nil:
		part = m.File
	case m.Card != nil:
		part = m.Card
	case m.Order != nil:
		part = m.Order
	}
	if part != nil {
		text, _ := json.Marshal(part) // it came from JSON
		out.Content = string(text)
	}
	return out
}
