package backend

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/audio"
	"tccc/test/harness"
)

// TestRecording records a call: the customer left, the agent right, and a back
// end fetches it by the link of the cloud API.
func TestRecording(t *testing.T) {
	b := newBackEnd(t)
	b.start()
	g := harness.StartGateway(t, harness.GatewayOptions{Env: b.env("TCCC_APPS_0_RECORDING_ENABLED=true")})
	p := harness.Agent(t, g, "agent1@demo")
	began := time.Now()
	session := talk(p)
	p.Hears(harness.PhoneTone)
	file := filepath.Join(g.Data, "recordings", "1400000001", began.UTC().Format("20060102"), session)
	await(t, "two seconds are on disk", func() bool {
		info, err := os.Stat(file + ".part")
		return err == nil && info.Size() > 58+2*2*audio.Rate
	})
	p.Do("tccc.Call.hungUp({sessionId: %s})", session)
	cdr := b.until("the call record", func(p pushed) bool { return p.action == "cdr" })
	id := cdr[len(cdr)-1].body["RecordId"]
	assert.Equal(t, "1400000001-"+began.UTC().Format("20060102")+"-"+session, id)
	await(t, "the file is complete", func() bool { _, err := os.Stat(file + ".wav"); return err == nil })

	var answer struct {
		Response struct {
			TelCdrs []struct{ SessionID, RecordURL string }
		}
	}
	g.CloudAPI(t, "DescribeTelCdr", map[string]any{
		"SdkAppId": 1400000001, "StartTimeStamp": began.Unix() - 60, "EndTimeStamp": time.Now().Unix() + 60,
		"PageSize": 10, "PageNumber": 0,
	}, &answer)
	require.Len(t, answer.Response.TelCdrs, 1)
	link := answer.Response.TelCdrs[0].RecordURL
	require.True(t, strings.HasPrefix(link, g.URL+"/recordings/"), link)
	status, wav := fetch(t, link)
	require.Equal(t, http.StatusOK, status)
	status, _ = fetch(t, link+"0")
	assert.Equal(t, http.StatusForbidden, status)

	left, right := channels(t, wav)
	assert.InDelta(t, harness.PhoneTone, audio.Frequency(left[audio.Rate/2:audio.Rate*3/2]), 25)
	assert.InDelta(t, harness.MicTone, audio.Frequency(right), 25)
}

// TestConsentTone lets both hear a beep before they are recorded.
func TestConsentTone(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_RECORDING_ENABLED=true",
		"TCCC_APPS_0_RECORDING_CONSENTTONE=true"}})
	p := harness.Agent(t, g, "agent1@demo")
	call := g.Ring(t, "13800000001", "4001000001", "")
	session := p.Await("callIn").SessionID()
	p.Run("void tccc.Call.accept({sessionId: %s})", session)
	p.Hears(1400)
	p.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)
}

func fetch(t *testing.T, url string) (int, []byte) {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, body
}

// channels splits a recording.
func channels(t *testing.T, wav []byte) (left, right []int16) {
	t.Helper()
	i := bytes.Index(wav, []byte("data"))
	require.Positive(t, i)
	sound := wav[i+8:]
	l, r := make([]byte, 0, len(sound)/2), make([]byte, 0, len(sound)/2)
	for i := 0; i+1 < len(sound); i += 2 {
		l, r = append(l, sound[i]), append(r, sound[i+1])
	}
	left, right = make([]int16, len(l)), make([]int16, len(r))
	audio.DecodeMulaw(left, l)
	audio.DecodeMulaw(right, r)
	return left, right
}
