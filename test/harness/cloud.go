package harness

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// CloudID and CloudKey are the demo tenant's key of the cloud API.
const (
	CloudID  = "AKIDdemo"
	CloudKey = "demo-secret-key"
)

// CloudAPI asks the demo tenant's cloud API as a back end does.
func (g *Gateway) CloudAPI(t testing.TB, action string, params, answer any) {
	t.Helper()
	body, err := json.Marshal(params)
	require.NoError(t, err)
	resp, err := client.Do(g.CloudRequest(t, CloudKey, action, body, time.Now()))
	require.NoError(t, err)
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NotContains(t, string(out), `"Error"`)
	require.NoError(t, json.Unmarshal(out, answer), string(out))
}

// CloudRequest makes a request of the cloud API, signed with TC3-HMAC-SHA256.
func (g *Gateway) CloudRequest(t testing.TB, secret, action string, body []byte, at time.Time) *http.Request {
	t.Helper()
	at = at.UTC()
	sum := func(b []byte) string { h := sha256.Sum256(b); return hex.EncodeToString(h[:]) }
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	canonical := "POST\n/\n\ncontent-type:application/json\nhost:" + g.HTTP + "\n\ncontent-type;host\n" + sum(body)
	date, scope := at.Format("2006-01-02"), at.Format("2006-01-02")+"/ccc/tc3_request"
	text := fmt.Sprintf("TC3-HMAC-SHA256\n%d\n%s\n%s", at.Unix(), scope, sum([]byte(canonical)))
	key := mac(mac(mac([]byte("TC3"+secret), date), "ccc"), "tc3_request")
	req, err := http.NewRequest(http.MethodPost, g.URL+"/", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-TC-Action", action)
	req.Header.Set("X-TC-Version", "2020-02-10")
	req.Header.Set("X-TC-Timestamp", fmt.Sprint(at.Unix()))
	req.Header.Set("Authorization", fmt.Sprintf(
		"TC3-HMAC-SHA256 Credential=%s/%s, SignedHeaders=content-type;host, Signature=%s",
		CloudID, scope, hex.EncodeToString(mac(key, text))))
	return req
}
