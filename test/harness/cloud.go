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

// CloudAPI asks the demo tenant's cloud API as a back end does: signed with
// TC3-HMAC-SHA256.
func (g *Gateway) CloudAPI(t testing.TB, action string, params, answer any) {
	t.Helper()
	t.Helper()
	body, err := json.Marshal(params)
	require.NoError(t, err)
	now := time.Now().UTC()
	sum := func(b []byte) string { h := sha256.Sum256(b); return hex.EncodeToString(h[:]) }
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	canonical := "POST\n/\n\ncontent-type:application/json\nhost:" + g.HTTP + "\n\ncontent-type;host\n" + sum(body)
	date, scope := now.Format("2006-01-02"), now.Format("2006-01-02")+"/ccc/tc3_request"
	text := fmt.Sprintf("TC3-HMAC-SHA256\n%d\n%s\n%s", now.Unix(), scope, sum([]byte(canonical)))
	key := mac(mac(mac([]byte("TC3demo-secret-key"), date), "ccc"), "tc3_request")
	req, err := http.NewRequest(http.MethodPost, g.URL+"/", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-TC-Action", action)
	req.Header.Set("X-TC-Version", "2020-02-10")
	req.Header.Set("X-TC-Timestamp", fmt.Sprint(now.Unix()))
	req.Header.Set("Authorization", fmt.Sprintf("TC3-HMAC-SHA256 Credential=AKIDdemo/%s, SignedHeaders=content-type;host, Signature=%s",
		scope, hex.EncodeToString(mac(key, text))))
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NotContains(t, string(out), `"Error"`)
	require.NoError(t, json.Unmarshal(out, answer), string(out))
}
