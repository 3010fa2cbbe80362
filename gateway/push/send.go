package push

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"tccc/gateway/config"
	"tccc/gateway/store"
	"tccc/gateway/webhook"
)

// Headers of a push, beside those of package webhook that sign it.
const (
	HeaderID       = "X-TCCC-Push-UUID"     // the same for every attempt
	HeaderSequence = "X-TCCC-Push-Sequence" // counts up per receiver, with gaps
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 10

// actions are what the URL's parameter "action" says of a push.
var actions = map[string]string{CDR: "cdr", Session: "sessionState", Status: "agentStatus", Message: "chatMessage"}

// sender makes the requests to one receiver.
type sender struct {
	url     *url.URL
	secret  string
	client  *http.Client
	observe func(kind string, r result) // for metrics
}

// result is how a request went.
type result struct {
	err      error
	receiver bool          // the receiver could not take anything just now
	after    time.Duration // it asks to be left alone for so long
	status   int           // of the answer, 0 for none
	took     time.Duration
}

var errRedirect = errors.New("redirects are not followed")

func newSender(app string, conf *config.Push) (*sender, error) {
	u, err := url.Parse(conf.URL)
	if err != nil {
		return nil, fmt.Errorf("failed to use the push URL of %s: it is no URL", app)
	}
	tlsConf := &tls.Config{MinVersion: tls.VersionTLS12}
	if conf.CA != "" {
		pem, err := os.ReadFile(conf.CA)
		if err != nil {
			return nil, fmt.Errorf("failed to read the certificates for %s: %w", u.Host, err)
		}
		tlsConf.RootCAs = x509.NewCertPool()
		if !tlsConf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("failed to read the certificates for %s: %s holds none", u.Host, conf.CA)
		}
	}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: conf.Timeout}).DialContext,
		TLSClientConfig:        tlsConf,
		TLSHandshakeTimeout:    conf.Timeout,
		ResponseHeaderTimeout:  conf.Timeout,
		MaxConnsPerHost:        attempts,
		MaxIdleConnsPerHost:    attempts,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: 32 << 10,
		ForceAttemptHTTP2:      true,
	}
	return &sender{url: u, secret: conf.Secret.Reveal(), client: &http.Client{
		Transport: transport, Timeout: conf.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func (s *sender) close() { s.client.CloseIdleConnections() }

// send makes one attempt.
func (s *sender) send(ctx context.Context, item *store.OutboxItem) result {
	start := time.Now()
	r := s.do(ctx, item)
	r.took = time.Since(start)
	if ctx.Err() == nil {
		s.observe(item.Kind, r)
	}
	return r
}

func (s *sender) do(ctx context.Context, item *store.OutboxItem) result {
	req, err := s.request(ctx, item, time.Now().Unix())
	if err != nil {
		return result{err: err}
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return result{err: webhook.WithoutURL(err), receiver: true}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return result{err: fmt.Errorf("failed to read the answer: %w", err), receiver: true, status: resp.StatusCode}
	}
	return judge(resp, body)
}

func (s *sender) request(ctx context.Context, item *store.OutboxItem, now int64) (*http.Request, error) {
	u := *s.url
	q := u.Query()
	q.Set("action", actions[item.Kind])
	q.Set("version", "1")
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(item.Body))
	if err != nil {
		return nil, fmt.Errorf("failed to make the request: %w", webhook.WithoutURL(err))
	}
	req.Header.Set("Content-Type", "application/json;charset=utf8")
	req.Header.Set("User-Agent", "tccc-push/1")
	req.Header.Set(HeaderID, item.ID)
	req.Header.Set(HeaderSequence, strconv.FormatUint(item.Seq, 10))
	req.Header.Set(webhook.HeaderTimestamp, strconv.FormatInt(now, 10))
	req.Header.Set(webhook.HeaderSignature, webhook.Sign(s.secret, now, item.Body))
	return req, nil
}

// judge tells from an answer whether the push was taken: it has a status of
// success and, if it is a JSON object with ErrCode, that is 0.
func judge(resp *http.Response, body []byte) result {
	r := result{status: resp.StatusCode}
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		var answer struct {
			ErrCode json.Number
			ErrMsg  string
		}
		if json.Unmarshal(body, &answer) == nil && answer.ErrCode != "" && answer.ErrCode != "0" {
			r.err = fmt.Errorf("ErrCode %s: %s", clip(answer.ErrCode.String()), clip(answer.ErrMsg))
		}
	case code >= 300 && code < 400:
		r.err = fmt.Errorf("%s: %w", clip(resp.Status), errRedirect)
	default:
		r.err = errors.New(clip(resp.Status))
		// Request Timeout, Too Early, Too Many Requests and the server's own
		// troubles pass; what it says of the request may be of this one only.
		r.receiver = code == 408 || code == 425 || code == 429 || code >= 500
		if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
			r.after = time.Duration(min(s, 3600)) * time.Second
		}
	}
	return r
}

func clip(s string) string {
	const n = 200
	out := make([]rune, 0, n)
	for _, r := range s {
		if len(out) == n {
			return string(out) + "…"
		}
		if r < ' ' || r == 0x7f {
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}
