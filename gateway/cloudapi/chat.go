package cloudapi

import (
	"context"
	"errors"

	"tccc/gateway/outcome"
	"tccc/gateway/store"
	"tccc/wire"
)

type imCdrsParams struct {
	StartTimestamp int64  `api:"StartTimestamp,required"`
	EndTimestamp   int64  `api:"EndTimestamp,required"`
	InstanceID     *int64 `api:"InstanceId"` // no longer means anything
	SdkAppID       int64  `api:"SdkAppId,required"`
	Limit          *int64 `api:"Limit"`
	Offset         *int64 `api:"Offset"`
	Type           *int64 `api:"Type"`
}

type imCdrsResult struct {
	TotalCount int
	IMCdrs     []imCdr
	IMCdrList  []imCdr // the same: the first name is that of older clients
}

// imCdr is IMCdrInfo.
type imCdr struct {
	ID             string `json:"Id"`
	Duration       int64  // s
	EndStatus      int64
	Nickname       string
	Type           int64
	StaffID        string `json:"StaffId"`
	Timestamp      int64  // Unix seconds
	SessionID      string `json:"SessionId"`
	SkillGroupID   string `json:"SkillGroupId"`
	SkillGroupName string
	ClientUserID   string `json:"ClientUserId"`
}

const (
	imOmni = 1 // chats with audio and video
	imText = 2 // what the gateway's chats are

	usualLimit = 20
)

// describeIMCdrs lists chats that have ended, the latest first.
func (h *Handler) describeIMCdrs(ctx context.Context, q *request, p *imCdrsParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	w, err := slice(p.Limit, p.Offset, maxPage, usualLimit)
	if err != nil {
		return nil, err
	}
	if p.Type != nil && *p.Type != imOmni && *p.Type != imText {
		return nil, invalid("Type", "it must be %d or %d", imOmni, imText)
	}
	query := store.CDRQuery{SDKAppID: app}
	if query.From, query.To, err = timeRange("StartTimestamp", p.StartTimestamp, "EndTimestamp",
		p.EndTimestamp); err != nil {
		return nil, err
	}
	found, total, err := h.records(ctx, query, func(c *store.CDR) bool {
		return c.Type == wire.TypeIM && (p.Type == nil || *p.Type == imText)
	}, w)
	if err != nil {
		return nil, err
	}
	list := make([]imCdr, 0, len(found))
	for i := range found {
		c := &found[i]
		list = append(list, imCdr{
			ID: c.SessionID, SessionID: c.SessionID, Duration: seconds(c.Duration), EndStatus: outcome.OfChat(c),
			Nickname: c.CustomerNickname, Type: imText, StaffID: c.UserID, Timestamp: seconds(c.StartAt),
			SkillGroupID: c.SkillGroupID, SkillGroupName: c.SkillGroupName, ClientUserID: c.CustomerUserID,
		})
	}
	return imCdrsResult{total, list, list}, nil
}

type chatMessagesParams struct {
	SdkAppID   int64  `api:"SdkAppId,required"`
	InstanceID *int64 `api:"InstanceId"` // no longer means anything
	CdrID      string `api:"CdrId"`      // of older clients: the id of the record is that of the session
	SessionID  string `api:"SessionId"`
	Limit      *int64 `api:"Limit"`
	Offset     *int64 `api:"Offset"`
	Order      *int64 `api:"Order"` // 1: the earliest first, 2: the latest first
}

type messageBody struct {
	Timestamp int64 // Unix seconds
	From      string
	Messages  []message
}

type message struct{ Type, Content string }

type messagesResult struct {
	TotalCount int
	Messages   []messageBody
}

// describeChatMessages gives what was written in a chat.
func (h *Handler) describeChatMessages(ctx context.Context, q *request, p *chatMessagesParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	session := p.SessionID
	if session == "" {
		session = p.CdrID
	}
	if session == "" {
		return nil, missing("SessionId")
	}
	w, err := slice(p.Limit, p.Offset, maxPage, usualLimit)
	if err != nil {
		return nil, err
	}
	order := int64(2)
	if p.Order != nil {
		order = *p.Order
	}
	if order != 1 && order != 2 {
		return nil, invalid("Order", "it must be 1 or 2")
	}
	if h.opts.Chats == nil {
		c, found, err := h.oneRecord(ctx, app, session)
		if err == nil && (!found || c.Type != wire.TypeIM) {
			err = noSession()
		}
		return messagesResult{Messages: []messageBody{}}, err
	}
	all, total, err := h.opts.Chats.Messages(ctx, app, session,
		ChatQuery{Offset: w.offset, Limit: w.limit, Newest: order == 2})
	if errors.Is(err, store.ErrNotFound) {
		return nil, noSession()
	}
	if err != nil {
		return nil, err
	}
	out := messagesResult{total, make([]messageBody, 0, len(all))}
	for _, m := range all {
		out.Messages = append(out.Messages, messageBody{m.At.Unix(), m.From, []message{{m.Type, m.Content}}})
	}
	return out, nil
}
