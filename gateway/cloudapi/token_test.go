package cloudapi_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/cloudapi"
	"tccc/wire"
)

type tokenAnswer struct {
	Token       string
	ExpiredTime int64
	SdkURL      string
}

func TestCreateSDKLoginToken(t *testing.T) {
	b := start(t, nil)
	var got tokenAnswer
	before := time.Now()
	b.ok("CreateSDKLoginToken", `{"SdkAppId": 1400000001, "SeatUserId": "agent1@demo", "OnlyOnce": true}`, &got)
	assert.Regexp(t, `^[0-9a-f]{32}$`, got.Token)
	assert.GreaterOrEqual(t, got.ExpiredTime, before.Add(10*time.Minute).Unix())
	assert.LessOrEqual(t, got.ExpiredTime, time.Now().Add(10*time.Minute).Unix())
	u, err := url.Parse(got.SdkURL)
	require.NoError(t, err)
	assert.Equal(t, b.url+"sdk/tcccSdk.js", u.Scheme+"://"+u.Host+u.Path)
	assert.Equal(t, url.Values{"sdkAppId": {appID}, "token": {got.Token}, "userid": {"agent1@demo"}}, u.Query())

	user, err := b.auth.Check(t.Context(), appID, got.Token)
	require.NoError(t, err)
	assert.Equal(t, "agent1@demo", user)
	_, err = b.auth.Check(t.Context(), appID, got.Token)
	require.ErrorIs(t, err, wire.ErrTokenInvalid, "it was for once only")

	b.ok("CreateSDKLoginToken", `{"SdkAppId": 1400000001, "SeatUserId": "agent1@demo"}`, &got)
	for range 2 {
		_, err = b.auth.Check(t.Context(), appID, got.Token)
		require.NoError(t, err)
	}
}

func TestSDKURLBeginsWithThePublicURL(t *testing.T) {
	b := start(t, func(o *cloudapi.Options) { o.PublicURL = "https://cc.example.com" })
	var got tokenAnswer
	b.ok("CreateSDKLoginToken", `{"SdkAppId": 1400000001, "SeatUserId": "agent1@demo"}`, &got)
	assert.Contains(t, got.SdkURL, "https://cc.example.com/sdk/tcccSdk.js?sdkAppId=1400000001&")
}
