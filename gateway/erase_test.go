package gateway

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/admin"
	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/gateway/store"
	"tccc/wire"
)

// A customer is erased through the operators' socket: nothing below the data
// directory holds the number, the id or the words any more.
func TestEraseACustomer(t *testing.T) {
	g := startDemo(t, func(c *config.Config) { c.Apps[0].Recording.Enabled = true })
	ctx, dir := t.Context(), g.conf.DataDir()
	const number, id, words = "13912345678", "customer-to-forget", "the words of the customer"
	for i, caller := range []string{number, "0086139-1234-5678", "+86 139 1234 5678", "13800000000"} {
		_, err := g.store.AppendCDR(ctx, &store.CDR{
			SDKAppID: demoApplication, SessionID: "call" + string(rune('a'+i)), Type: wire.TypePhone,
			Direction: wire.Inbound, Caller: caller, Callee: "4001000001",
			Recording: demoApplication + "-20260101-call" + string(rune('a'+i)),
		})
		require.NoError(t, err)
	}
	sounds := filepath.Join(dir, "recordings", demoApplication, "20260101")
	require.NoError(t, os.MkdirAll(sounds, 0o700))
	for _, name := range []string{"calla.wav", "calld.wav"} {
		require.NoError(t, os.WriteFile(filepath.Join(sounds, name), []byte("RIFF"), 0o600))
	}
	s, err := g.center.StartVisit(ctx, demoApplication, session.Customer{UserID: id, Nickname: "Una"},
		wire.VisitorStartParams{Type: wire.TypeIM, Text: words})
	require.NoError(t, err)

	client, err := admin.Dial(dir)
	require.NoError(t, err)
	_, err = client.Erase(ctx, demoApplication, id)
	require.ErrorContains(t, err, s.SessionID, "what is live is named")
	_, err = client.Erase(ctx, "another", id)
	require.ErrorContains(t, err, "no application")
	_, err = client.Erase(ctx, "", " ")
	require.ErrorContains(t, err, "customer")
	require.NoError(t, g.center.Hangup(ctx, demoApplication, s.SessionID))
	require.Eventually(t, func() bool {
		page, err := g.store.CDRs(ctx, store.CDRQuery{SDKAppID: demoApplication, SessionID: s.SessionID})
		return err == nil && len(page.CDRs) == 1
	}, patient, 5*time.Millisecond)

	e, err := client.Erase(ctx, "", "+86 (139) 1234-5678")
	require.NoError(t, err)
	assert.Equal(t, []int{3, 3, 1}, []int{e.Sessions, e.Records, e.Recordings})
	assert.NoFileExists(t, filepath.Join(sounds, "calla.wav"))
	assert.FileExists(t, filepath.Join(sounds, "calld.wav"))
	chat, err := eraser{g}.Erase(ctx, demoApplication, id, "AKID", "127.0.0.1")
	require.NoError(t, err)
	assert.Equal(t, 1, chat.Records)
	assert.Positive(t, chat.Messages)
	assert.Empty(t, chat.Left)
	assert.Positive(t, chat.Bytes)

	require.NoError(t, g.store.Flush(ctx))
	for _, text := range []string{number, "139-1234-5678", "139 1234 5678", id, words} {
		assert.Empty(t, holding(t, dir, text), text)
	}
	page, err := g.store.CDRs(context.WithoutCancel(ctx), store.CDRQuery{SDKAppID: demoApplication})
	require.NoError(t, err)
	require.Len(t, page.CDRs, 1)
	assert.Equal(t, "13800000000", page.CDRs[0].Caller)
}

// holding lists the files below a directory that hold a text.
func holding(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // files come and go
		}
		if buf, err := os.ReadFile(path); err == nil && bytes.Contains(buf, []byte(text)) {
			found = append(found, path)
		}
		return nil
	}))
	return found
}

// A customer is named as people paste numbers, by the rule that dials them.
func TestCustomersByNumber(t *testing.T) {
	for _, text := range []string{
		"13912345678", "\u202d139 1234 5678\u202c", "１３９－１２３４－５６７８", "tel:+86-139-1234-5678", "0086 139–1234–5678\n",
		"+86 (139) 1234-5678 ext. 8",
	} {
		who, err := customerOf(text)
		require.NoError(t, err)
		assert.True(t, who.is("13912345678"), "%q", text)
		assert.True(t, who.is("+86139-1234-5678"), "%q", text)
		assert.False(t, who.is("13912345679"), "%q", text)
	}
	for text, same := range map[string][]string{
		"+86 21 1234 5678":  {"02112345678", "0086-21-12345678", "+862112345678", "+86 (0)21 1234 5678"},
		"021-12345678":      {"+862112345678", "008602112345678"},
		"8613912345678":     {"13912345678", "013912345678", "+8613912345678", "00 86 139 1234 5678"},
		"+44 20 7946 0000":  {"00442079460000"},
		"0044 20 7946 0000": {"+442079460000"},
	} {
		who, err := customerOf(text)
		require.NoError(t, err)
		for _, other := range same {
			assert.True(t, who.is(other), "%q is %q", text, other)
		}
		for _, other := range []string{"12345678", "2079460000", "95588", "86139123456780", ""} {
			assert.False(t, who.is(other), "%q is %q", text, other)
		}
	}
	for _, text := range []string{"139****5678", "13912345678,13912345679", "customer-13912345678"} {
		who, err := customerOf(text)
		require.NoError(t, err)
		assert.False(t, who.is("13912345678"), "%q", text)
		assert.True(t, who.is(text), "an id is what it is")
	}
}

// Of a customer whose records and messages are gone there may still be the
// name of the last session, and of others nothing is taken.
func TestEraseAfterRetention(t *testing.T) {
	g := startDemo(t, func(*config.Config) {})
	ctx := t.Context()
	const id = "customer-of-long-ago"
	for user, session := range map[string]string{id: "gone1", id + "-2": "gone2"} {
		_, err := g.store.Visits().Put(ctx, store.VisitKey(demoApplication, user),
			store.VisitRecord{SessionID: session})
		require.NoError(t, err)
	}
	e, err := eraser{g}.Erase(ctx, demoApplication, id, "AKID", "127.0.0.1")
	require.NoError(t, err)
	assert.Equal(t, 1, e.Visits)
	_, err = g.store.Visits().Get(ctx, store.VisitKey(demoApplication, id))
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = g.store.Visits().Get(ctx, store.VisitKey(demoApplication, id+"-2"))
	assert.NoError(t, err)
}

func TestWhatWasSetAsideIsOfOne(t *testing.T) {
	who, err := customerOf("7")
	require.NoError(t, err)
	for text, want := range map[string]bool{
		`{"customerUserId":"7"}`: true, demoApplication + "/7": true, "7": true,
		`{"customerUserId":"17"}`: false, demoApplication + "/17": false, `{"startAt":1700000000007}`: false,
	} {
		assert.Equal(t, want, mentions(text, who, nil), text)
	}
}
