package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"tccc/internal/clip"
)

var ok = status{ActionStatus: "OK"}

// maxID bounds ids, in bytes.
const maxID = 256

// decode reads a body: no JSON object is one error, a field of the wrong type
// another. Fields that are not known are left alone, as the vendor adds some
// from time to time.
func decode(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	err := d.Decode(into)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return fail(CodeParameter, "%s has the wrong type", clip.Shown(wrong.Field, 64))
	}
	if err != nil || bytes.Equal(bytes.TrimSpace(body), []byte("null")) {
		return fail(CodeJSON, "the body is not a JSON object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fail(CodeJSON, "the body is not a JSON object")
	}
	return nil
}

func checkID(name, id string) error {
	if len(id) > maxID {
		return fail(CodeParameter, "%s has more than %d bytes", name, maxID)
	}
	return nil
}

// service checks the account of a customer service number.
func service(name, id string) error {
	if !strings.HasPrefix(id, "@") || len(id) < 2 {
		return fail(CodeParameter, "%s must be the customer service account with its leading @", name)
	}
	return checkID(name, id)
}

// original reports whether an application spells states as the vendor's
// original documents do, and not as the English ones.
func (h *Handler) original(app string) bool {
	a, ok := h.opts.Apps.App(app)
	return ok && a.UserSig.OriginalSpelling
}

type stateResult struct {
	status
	SessionID    string `json:"SessionId"`
	CurrentState string
	AgentID      string `json:"AgentId"`
}

// getSessionState tells who has a customer's session. A session that is named
// and is not there is an error; a customer without one is simply not in a
// session.
func (h *Handler) getSessionState(ctx context.Context, app string, body []byte) (any, error) {
	var p struct {
		SessionID         string `json:"SessionId"`
		ClientUserID      string `json:"ClientUserId"`
		CustomerServiceID string `json:"CustomerServiceId"`
	}
	if err := decode(body, &p); err != nil {
		return nil, err
	}
	var s Session
	var err error
	if p.SessionID != "" {
		if err := checkID("SessionId", p.SessionID); err != nil {
			return nil, err
		}
		err = h.chat(func(c Chats) (err error) { s, err = c.Session(ctx, app, p.SessionID); return err })
	} else {
		if p.ClientUserID == "" {
			return nil, fail(CodeParameter, "SessionId is missing, or ClientUserId and CustomerServiceId are")
		}
		if err := errors.Join(checkID("ClientUserId", p.ClientUserID),
			service("CustomerServiceId", p.CustomerServiceID)); err != nil {
			return nil, err
		}
		err = h.chat(func(c Chats) (err error) {
			s, err = c.SessionOf(ctx, app, p.ClientUserID, p.CustomerServiceID)
			return err
		})
		var e *Error
		if errors.As(err, &e) && e.Code == CodeNoSession {
			s, err = Session{}, nil
		}
	}
	if err != nil {
		return nil, err
	}
	out := stateResult{status: ok, SessionID: s.ID, CurrentState: spelling[s.State]}
	if h.original(app) {
		out.CurrentState = originalSpelling[s.State]
	}
	if s.State == Waiting || s.State == Agent {
		out.AgentID = s.AgentID
	}
	return out, nil
}

// Bounds of a message.
const (
	maxElements   = 20
	maxText       = 12 << 10 // bytes of all elements, as the vendor allows
	maxCustomData = 8 << 10  // bytes
)

// sendMsg sends a message to a customer.
func (h *Handler) sendMsg(ctx context.Context, app string, body []byte) (any, error) {
	var p struct {
		SessionID       string `json:"SessionId"`
		FromAccount     string
		ToAccount       string
		MsgRandom       uint32
		MsgBody         []msgElement
		CloudCustomData string
	}
	if err := decode(body, &p); err != nil {
		return nil, err
	}
	m := Message{SessionID: p.SessionID, Random: p.MsgRandom, CustomData: p.CloudCustomData}
	if p.SessionID == "" {
		if p.FromAccount == "" || p.ToAccount == "" {
			return nil, fail(CodeParameter, "SessionId is missing, or FromAccount and ToAccount are")
		}
		if err := errors.Join(service("FromAccount", p.FromAccount), checkID("ToAccount", p.ToAccount)); err != nil {
			return nil, err
		}
		m.ServiceID, m.CustomerID = p.FromAccount, p.ToAccount
	}
	if err := checkID("SessionId", p.SessionID); err != nil {
		return nil, err
	}
	if len(p.CloudCustomData) > maxCustomData {
		return nil, fail(CodeParameter, "CloudCustomData has more than %d bytes", maxCustomData)
	}
	var err error
	if m.Body, err = elements(p.MsgBody); err != nil {
		return nil, err
	}
	return ok, h.chat(func(c Chats) error { return c.Send(ctx, app, m) })
}

type msgElement struct {
	MsgType    string
	MsgContent json.RawMessage
}

// elementTypes are the kinds of elements that the vendor's messages have.
var elementTypes = map[string]bool{
	"TIMTextElem": true, "TIMCustomElem": true, "TIMFaceElem": true, "TIMImageElem": true, "TIMFileElem": true,
	"TIMSoundElem": true, "TIMVideoFileElem": true, "TIMLocationElem": true,
}

func elements(body []msgElement) ([]Element, error) {
	if len(body) == 0 || len(body) > maxElements {
		return nil, fail(CodeParameter, "MsgBody must have 1 to %d elements", maxElements)
	}
	size := 0
	all := make([]Element, 0, len(body))
	for _, e := range body {
		if !elementTypes[e.MsgType] {
			return nil, fail(CodeParameter, "there is no MsgType %q", clip.Shown(e.MsgType, 64))
		}
		var content struct{ Text *string }
		if !bytes.HasPrefix(e.MsgContent, []byte("{")) || json.Unmarshal(e.MsgContent, &content) != nil {
			return nil, fail(CodeParameter, "MsgContent must be an object, whose Text is text")
		}
		out := Element{Type: e.MsgType, Content: e.MsgContent}
		if e.MsgType == "TIMTextElem" {
			if content.Text == nil || *content.Text == "" {
				return nil, fail(CodeParameter, "the Text of a TIMTextElem is missing")
			}
			out.Text = *content.Text
		}
		if size += len(e.MsgContent); size > maxText {
			return nil, fail(CodeParameter, "MsgBody has more than %d bytes", maxText)
		}
		all = append(all, out)
	}
	return all, nil
}

// endSession ends a session.
func (h *Handler) endSession(ctx context.Context, app string, body []byte) (any, error) {
	var p struct {
		SessionID string `json:"SessionId"`
	}
	if err := decode(body, &p); err != nil {
		return nil, err
	}
	if p.SessionID == "" {
		return nil, fail(CodeParameter, "SessionId is missing")
	}
	if err := checkID("SessionId", p.SessionID); err != nil {
		return nil, err
	}
	return ok, h.chat(func(c Chats) error { return c.End(ctx, app, p.SessionID) })
}
