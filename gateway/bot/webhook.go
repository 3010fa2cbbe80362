package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tccc/gateway/config"
	"tccc/gateway/webhook"
	"tccc/wire"
)

// Question is what a webhook is asked: a message of a customer.
type Question struct {
	SDKAppID     string           `json:"sdkAppId"`
	SessionID    string           `json:"sessionId"`
	UserID       string           `json:"userId"`
	Nickname     string           `json:"nickname,omitempty"`
	PeerSource   string           `json:"peerSource,omitempty"`
	ChannelName  string           `json:"channelName,omitempty"`
	ClientData   string           `json:"clientData,omitempty"`
	SkillGroupID string           `json:"skillGroupId,omitempty"` // who takes over, unless the answer says otherwise
	MessageID    string           `json:"messageId"`
	Seq          uint64           `json:"seq"`
	At           int64            `json:"at"` // Unix milliseconds
	Type         wire.MessageType `json:"type"`
	Text         string           `json:"text"`
	FileName     string           `json:"fileName,omitempty"`
}

// Caller asks webhooks. It is safe for concurrent use.
type Caller struct{ hooks *webhook.Caller }

// NewCaller makes a caller, which holds connections until Close.
func NewCaller() *Caller { return &Caller{webhook.NewCaller("tccc-bot/1")} }

// Close breaks off what is being asked and lets the connections go.
func (c *Caller) Close() { c.hooks.Close() }

// Ask asks once, within the webhook's time. An answer that says nothing at all
// is an error.
func (c *Caller) Ask(ctx context.Context, conf *config.Webhook, q *Question) (a Answer, err error) {
	text, err := c.hooks.Ask(ctx, conf, q)
	if err != nil {
		return Answer{}, fmt.Errorf("failed to ask the bot: %w", err)
	}
	return parse(text)
}

// parse reads an answer.
func parse(text []byte) (a Answer, err error) {
	if json.Unmarshal(text, &a) != nil {
		return Answer{}, errors.New("the bot's answer is not the JSON object that is expected")
	}
	a.trim()
	if a.Text == "" && !a.Handover {
		return Answer{}, errors.New("the bot's answer has neither a text nor a handover")
	}
	return a, nil
}
