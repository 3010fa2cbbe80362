package bot

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tccc/gateway/config"
	"tccc/wire"
)

// Headers of a request, signed as pushes are.
const (
	HeaderTimestamp = "X-TCCC-Push-Timestamp" // Unix seconds
	HeaderSignature = "X-TCCC-Push-Signature" // "v1=" and the hexadecimal MAC
)

// connsMost bounds the questions that a bot is asked at the same time; others
// wait, within their time.
const connsMost = 64

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 10

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
type Caller struct {
	client *http.Client
	ctx    context.Context // of all questions; ends with Close
	stop   context.CancelFunc
}

// NewCaller makes a caller, which holds connections until Close.
func NewCaller() *Caller {
	c := &Caller{client: &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 8, MaxConnsPerHost: connsMost, IdleConnTimeout: 30 * time.Second,
			MaxResponseHeaderBytes: 32 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// Close breaks off what is being asked and lets the connections go.
func (c *Caller) Close() {
	c.stop()
	c.client.CloseIdleConnections()
}

// Ask asks once, within the webhook's time. The error does not hold the URL.
func (c *Caller) Ask(ctx context.Context, conf *config.Webhook, q *Question) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, conf.Timeout)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	body, err := json.Marshal(q)
	if err != nil {
		return Answer{}, fmt.Errorf("failed to encode a question: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, conf.URL, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("failed to make the request: %w", withoutURL(err))
	}
	now := time.Now().Unix()
	req.Header.Set("Content-Type", "application/json;charset=utf8")
	req.Header.Set("User-Agent", "tccc-bot/1")
	req.Header.Set(HeaderTimestamp, strconv.FormatInt(now, 10))
	req.Header.Set(HeaderSignature, sign(conf.Secret.Reveal(), now, body))
	resp, err := c.client.Do(req)
	if err != nil {
		return Answer{}, fmt.Errorf("failed to ask the bot: %w", withoutURL(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return Answer{}, fmt.Errorf("the bot answered with status %d", resp.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return Answer{}, fmt.Errorf("failed to read the bot's answer: %w", withoutURL(err))
	}
	return parse(text)
}

// parse reads an answer. One that says nothing at all is an error.
func parse(text []byte) (a Answer, err error) {
	if len(text) > maxAnswer {
		return Answer{}, fmt.Errorf("the bot's answer has more than %d bytes", maxAnswer)
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return Answer{}, errors.New("the bot's answer is not the JSON object that is expected")
	}
	a.trim()
	if a.Text == "" && !a.Handover {
		return Answer{}, errors.New("the bot's answer has neither a text nor a handover")
	}
	return a, nil
}

// sign is HMAC-SHA256 (RFC 2104) over the timestamp, a full stop, and the body.
func sign(secret string, timestamp int64, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", timestamp, body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// withoutURL drops the URL from an error of net/http: it may hold secrets.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
