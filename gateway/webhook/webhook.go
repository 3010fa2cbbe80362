// Package webhook asks servers of the company's own: a signed JSON request, and
// a JSON answer within a time.
package webhook

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
)

// Headers of a signed request, pushes among them.
const (
	HeaderTimestamp = "X-TCCC-Push-Timestamp" // Unix seconds of the attempt
	HeaderSignature = "X-TCCC-Push-Signature" // "v1=" and the hexadecimal MAC
)

// connsMost bounds the requests to one server at the same time; others wait,
// within their time.
const connsMost = 64

// MaxAnswer bounds what is read of an answer, in bytes.
const MaxAnswer = 64 << 10

// Caller asks webhooks. It is safe for concurrent use.
type Caller struct {
	agent  string
	client *http.Client
	ctx    context.Context // of all requests; ends with Close
	stop   context.CancelFunc
}

// NewCaller makes a caller, which names itself to servers by agent and holds
// connections until Close.
func NewCaller(agent string) *Caller {
	c := &Caller{agent: agent, client: &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 8, MaxConnsPerHost: connsMost,
			IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 32 << 10, ForceAttemptHTTP2: true,
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

// Ask asks once, within the webhook's time, and gives the body of the answer,
// whose status must be 200. The error does not hold the URL.
func (c *Caller) Ask(ctx context.Context, conf *config.Webhook, question any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, conf.Timeout)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	body, err := json.Marshal(question)
	if err != nil {
		return nil, fmt.Errorf("failed to encode the question: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, conf.URL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("failed to make the request: %w", WithoutURL(err))
	}
	now := time.Now().Unix()
	req.Header.Set("Content-Type", "application/json;charset=utf8")
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set(HeaderTimestamp, strconv.FormatInt(now, 10))
	req.Header.Set(HeaderSignature, Sign(conf.Secret.Reveal(), now, body))
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("failed to ask: %w", WithoutURL(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer has the status %d", resp.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("failed to read the answer: %w", WithoutURL(err))
	case len(text) > MaxAnswer:
		return nil, fmt.Errorf("the answer has more than %d bytes", MaxAnswer)
	}
	return text, nil
}

// Sign gives the value of [HeaderSignature]: HMAC-SHA256 (RFC 2104) with the
// secret over the timestamp, a full stop, and the body.
func Sign(secret string, timestamp int64, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(strconv.AppendInt(nil, timestamp, 10))
	mac.Write([]byte{'.'})
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// WithoutURL drops the URL from an error of net/http: it may hold secrets.
func WithoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
