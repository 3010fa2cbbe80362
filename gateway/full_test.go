//go:build linux

package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/disk/disktest"
	"tccc/gateway/store"
)

// onDisk starts a gateway on a directory.
func onDisk(t *testing.T, dir string, change func(*config.Config)) (func(context.Context), *Gateway, *process) {
	t.Helper()
	conf := config.Demo()
	conf.Listen, conf.SIP.Listen, conf.RTC.Listen, conf.RTC.TCP, conf.Data =
		"127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", "off", dir
	if change != nil {
		change(conf)
	}
	g, err := Start(t.Context(), conf, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	var once sync.Once
	stop := func(ctx context.Context) { once.Do(func() { _ = g.Close(ctx) }) }
	t.Cleanup(func() { stop(context.Background()) })
	return stop, g, &process{t: t, addr: g.HTTPAddr()}
}

// health asks /healthz.
func (p *process) health() (code int, status, reason string) {
	p.t.Helper()
	resp, err := http.Get("http://" + p.addr + "/healthz")
	require.NoError(p.t, err)
	defer resp.Body.Close()
	var answer struct{ Status, Store string }
	require.NoError(p.t, json.NewDecoder(resp.Body).Decode(&answer))
	return resp.StatusCode, answer.Status, answer.Store
}

func (p *process) healthy(want int) {
	p.t.Helper()
	require.Eventually(p.t, func() bool { code, _, _ := p.health(); return code == want }, patient, 20*time.Millisecond)
}

func (p *process) metrics() string {
	p.t.Helper()
	resp, err := http.Get("http://" + p.addr + "/metrics")
	require.NoError(p.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	return string(text)
}

type started struct{ SessionID string }

func (p *process) chat(user, text string) (s started, err error) {
	err = p.post("/demo/visitor/start", map[string]string{"type": "im", "userId": user, "skillGroupId": "sales",
		"text": text}, &s)
	return s, err
}

func (p *process) say(s started, text string) error {
	body, err := json.Marshal(map[string]string{"sessionId": s.SessionID, "text": text})
	if err != nil {
		return err
	}
	client := http.Client{Timeout: 5 * time.Second} // what waits for the store may wait for long
	resp, err := client.Post("http://"+p.addr+"/demo/visitor/say", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// The disk of a gateway is full for a while: /healthz says so, what can go on
// goes on, and nothing that was acknowledged is lost.
func TestADiskThatIsFullForAWhile(t *testing.T) {
	dir := disktest.Small(t, "48m")
	_, g, p := onDisk(t, dir, nil)
	p.healthy(http.StatusOK)
	s, err := p.chat("una", "hello")
	require.NoError(t, err)
	var said []string
	speak := func(text string) bool {
		if p.say(s, text) != nil {
			return false
		}
		said = append(said, text)
		return true
	}
	filler := disktest.Fill(t, dir)
	deadline := time.Now().Add(patient)
	for i, code := 0, http.StatusOK; code == http.StatusOK; i++ {
		require.True(t, time.Now().Before(deadline), "the gateway does not notice")
		speak(fmt.Sprint("m", i))
		code, _, _ = p.health()
	}
	_, status, reason := p.health()
	require.Equal(t, "error", status)
	require.Contains(t, reason, "no")
	require.Contains(t, p.metrics(), "tccc_store_room 0")

	_, err = p.chat("ben", "hello")
	require.ErrorContains(t, err, "503")
	require.Error(t, p.say(s, "while it is full"))
	var call struct{ CallID string }
	require.NoError(t, p.post("/demo/phone/call", map[string]string{"from": "13800138000", "to": "4001000001"}, &call))
	waits := func() (id string) {
		all, err := g.center.Sessions(t.Context(), demoApplication)
		require.NoError(t, err)
		for _, r := range all {
			if r.Caller == "13800138000" {
				id = r.SessionID
			}
		}
		return id
	}
	require.Eventually(t, func() bool { return waits() != "" }, patient, 10*time.Millisecond)
	session := waits()
	var ended any
	require.NoError(t, p.post("/demo/phone/hangup", call, &ended))
	require.Eventually(t, func() bool { return waits() == "" }, patient, 10*time.Millisecond)

	require.NoError(t, os.Remove(filler))
	p.healthy(http.StatusOK)
	require.True(t, speak("there is room again"))
	_, err = p.chat("ben", "hello")
	require.NoError(t, err)
	var all []struct{ Text string }
	resp, err := http.Get("http://" + p.addr + "/demo/visitor/messages?sessionId=" + s.SessionID)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&all))
	got := map[string]int{}
	for _, m := range all {
		got[m.Text]++
	}
	for _, text := range said {
		require.Equal(t, 1, got[text], text)
	}
	require.Eventually(t, func() bool {
		page, err := g.store.CDRs(t.Context(), store.CDRQuery{SDKAppID: demoApplication, SessionID: session})
		return err == nil && len(page.CDRs) == 1
	}, patient, 20*time.Millisecond, "the call that ended meanwhile has its record")
}

// A gateway is stopped while its disk is full, and starts on it.
func TestStoppedAndStartedWhileFull(t *testing.T) {
	dir := disktest.Small(t, "48m")
	stop, _, p := onDisk(t, dir, nil)
	s, err := p.chat("una", "hello")
	require.NoError(t, err)
	require.NoError(t, p.say(s, "before"))
	filler := disktest.Fill(t, dir)
	p.healthy(http.StatusServiceUnavailable)
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	stop(ctx)
	require.NoError(t, ctx.Err())

	_, _, p = onDisk(t, dir, nil)
	p.healthy(http.StatusServiceUnavailable)
	require.NoError(t, os.Remove(filler))
	p.healthy(http.StatusOK)
	_, err = p.chat("ben", "after")
	require.NoError(t, err)
}

// The bound of the store: new work is refused, and what there is goes on.
func TestTheStoreHasItsSize(t *testing.T) {
	dir := t.TempDir()
	_, g, p := onDisk(t, dir, func(c *config.Config) {
		c.Store.MaxSize = 8_000_000
		c.Apps[0].Chat.MaxMessages =
			100_000
	})
	s, err := p.chat("una", "hello")
	require.NoError(t, err)
	text := strings.Repeat("x", 3000)
	require.Eventually(t, func() bool { return p.say(s, text) != nil }, time.Minute, time.Microsecond)
	require.ErrorIs(t, g.store.RoomForMessages(), store.ErrNoRoom)
	code, _, reason := p.health()
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, reason, "store.maxSize")
}
