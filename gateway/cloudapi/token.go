package cloudapi

import (
	"context"
	"net/url"
	"strconv"
)

// sdkPath is where the gateway serves the SDK.
const sdkPath = "/sdk/tcccSdk.js"

type tokenParams struct {
	SdkAppID   int64  `api:"SdkAppId,required"`
	SeatUserID string `api:"SeatUserId,required"`
	OnlyOnce   bool   `api:"OnlyOnce"`
}

type tokenResult struct {
	Token       string
	ExpiredTime int64 // Unix seconds
	SdkURL      string
}

// createSDKLoginToken gives a page the SDK, logged in as an agent.
func (h *Handler) createSDKLoginToken(ctx context.Context, q *request, p *tokenParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	agent, err := h.opts.Directory.Agent(app, p.SeatUserID)
	if err != nil {
		return nil, refused(err, map[string]string{"UserID": "SeatUserId"})
	}
	token, err := h.opts.Tokens.Issue(ctx, app, agent.UserID, p.OnlyOnce)
	if err != nil {
		return nil, err
	}
	query := url.Values{"sdkAppId": {app}, "token": {token.Value}, "userid": {agent.UserID}}
	return tokenResult{token.Value, token.ExpiresAt.Unix(), h.base(q) + sdkPath + "?" + query.Encode()}, nil
}

// base is what URLs of the gateway begin with. The host of the request was
// signed by the client.
func (h *Handler) base(q *request) string {
	if h.opts.PublicURL != "" {
		return h.opts.PublicURL
	}
	scheme := "http"
	if q.http.TLS != nil || q.http.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + q.http.Host
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
