package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Login is the answer of /demo/login.
type Login struct {
	SDKURL   string `json:"sdkURL"`
	Token    string `json:"token"`
	SDKAppID string `json:"sdkAppId"`
	UserID   string `json:"userId"`
}

// PhoneCall is a call as the demo phone sees it.
type PhoneCall struct {
	CallID    string  `json:"callId"`
	SessionID string  `json:"sessionId"`
	Direction string  `json:"direction"`
	From      string  `json:"from"`
	To        string  `json:"to"`
	State     string  `json:"state"`
	Energy    float64 `json:"energy"`    // of what the phone heard in the last second, RMS, 0 to 1
	Frequency float64 `json:"frequency"` // the strongest in the last second, Hz
	Digits    string  `json:"digits"`    // received
}

// Login gets a token for an agent, as a back end does.
func (g *Gateway) Login(t testing.TB, userID string) Login {
	t.Helper()
	var l Login
	g.Post(t, "/demo/login", map[string]string{"userId": userID}, &l)
	require.NotEmpty(t, l.SDKURL)
	return l
}

// Ring lets the demo phone call in and returns its call id.
func (g *Gateway) Ring(t testing.TB, from, to, digits string) string {
	t.Helper()
	var r struct {
		CallID string `json:"callId"`
	}
	g.Post(t, "/demo/phone/call", map[string]string{"from": from, "to": to, "digits": digits}, &r)
	require.NotEmpty(t, r.CallID)
	return r.CallID
}

// PhoneHangup lets the demo phone end a call.
func (g *Gateway) PhoneHangup(t testing.TB, callID string) {
	t.Helper()
	g.Post(t, "/demo/phone/hangup", map[string]string{"callId": callID}, nil)
}

// PhoneCalls lists the calls of the demo phone.
func (g *Gateway) PhoneCalls(t testing.TB) []PhoneCall {
	t.Helper()
	var calls []PhoneCall
	g.Get(t, "/demo/phone/calls", &calls)
	return calls
}

// AwaitPhone waits until a call of the demo phone satisfies ok and returns it.
func (g *Gateway) AwaitPhone(t testing.TB, what string, ok func(PhoneCall) bool) PhoneCall {
	t.Helper()
	var calls []PhoneCall
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		calls = g.PhoneCalls(t)
		for _, c := range calls {
			if ok(c) {
				return c
			}
		}
	}
	require.FailNow(t, "the phone has no call that "+what, "it has %+v", calls)
	return PhoneCall{}
}

// AwaitPhoneHears waits until the phone hears a tone within 25 Hz on a call;
// frequency 0 is silence.
func (g *Gateway) AwaitPhoneHears(t testing.TB, callID string, frequency float64) PhoneCall {
	t.Helper()
	return g.AwaitPhone(t, fmt.Sprintf("%s hears %.0f Hz", callID, frequency), func(c PhoneCall) bool {
		if c.CallID != callID {
			return false
		}
		if frequency == 0 {
			return c.Energy < 0.002
		}
		return c.Energy > 0.01 && c.Frequency > frequency-25 && c.Frequency < frequency+25
	})
}

// Get asks the gateway for JSON.
func (g *Gateway) Get(t testing.TB, path string, answer any) {
	t.Helper()
	g.do(t, http.MethodGet, path, nil, answer)
}

// Post sends JSON to the gateway and reads JSON; a nil answer is not read.
func (g *Gateway) Post(t testing.TB, path string, body, answer any) {
	t.Helper()
	g.do(t, http.MethodPost, path, body, answer)
}

var client = &http.Client{Timeout: Patience}

func (g *Gateway) do(t testing.TB, method, path string, body, answer any) {
	t.Helper()
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		require.NoError(t, err)
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, g.URL+path, r)
	require.NoError(t, err)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode, "%s %s: %s", method, path, text)
	if answer != nil {
		require.NoError(t, json.Unmarshal(text, answer), "%s %s: %s", method, path, text)
	}
}
