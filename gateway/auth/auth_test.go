package auth

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/store"
	"tccc/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	app  = "1400000001"
	user = "agent1@demo"
)

// clock is a clock that stands until it is moved.
type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

func setup(t *testing.T) (*Auth, *clock, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	c := &clock{}
	c.ms.Store(time.Now().UnixMilli())
	a, err := New(t.Context(), s, Options{Now: c.now})
	require.NoError(t, err)
	return a, c, dir
}

func TestToken(t *testing.T) {
	a, c, _ := setup(t)
	ctx := t.Context()
	tok, err := a.Issue(ctx, app, user, false)
	require.NoError(t, err)
	assert.Regexp(t, regexp.MustCompile(`^[0-9a-f]{32}$`), tok.Value)
	assert.Equal(t, c.now().Add(10*time.Minute), tok.ExpiresAt)
	assert.NotContains(t, fmt.Sprintf("%v %+v %s", tok, tok, tok), tok.Value)

	for range 2 {
		got, err := a.Check(ctx, app, tok.Value)
		require.NoError(t, err)
		assert.Equal(t, user, got)
	}
	_, err = a.Check(ctx, "1400000002", tok.Value)
	require.ErrorIs(t, err, wire.ErrTokenInvalid)
	for _, wrong := range []string{"", "x", tok.Value[:31], tok.Value + "00", "00000000000000000000000000000000"} {
		_, err = a.Check(ctx, app, wrong)
		require.ErrorIs(t, err, wire.ErrTokenInvalid, "%q", wrong)
	}

	c.advance(10*time.Minute - time.Millisecond)
	_, err = a.Check(ctx, app, tok.Value)
	require.NoError(t, err)
	c.advance(time.Millisecond)
	_, err = a.Check(ctx, app, tok.Value)
	require.ErrorIs(t, err, wire.ErrTokenExpired)
	c.advance(23 * time.Hour)
	_, err = a.Check(ctx, app, tok.Value)
	require.ErrorIs(t, err, wire.ErrTokenExpired, "still known as expired")

	_, err = a.Issue(ctx, app, "", false)
	require.ErrorIs(t, err, wire.ErrInvalidOptions)
}

func TestOneTimeTokenIsUsedByOne(t *testing.T) {
	a, c, _ := setup(t)
	tok, err := a.Issue(t.Context(), app, user, true)
	require.NoError(t, err)
	var good, bad atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			switch _, err := a.Check(t.Context(), app, tok.Value); {
			case err == nil:
				good.Add(1)
			case assert.ErrorIs(t, err, wire.ErrTokenInvalid):
				bad.Add(1)
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, 1, good.Load())
	assert.EqualValues(t, 15, bad.Load())
	c.advance(time.Hour)
	_, err = a.Check(t.Context(), app, tok.Value)
	require.ErrorIs(t, err, wire.ErrTokenInvalid, "used comes before expired")
}

func TestResumeRotates(t *testing.T) {
	a, c, _ := setup(t)
	ctx := t.Context()
	first, err := a.IssueResume(ctx, app, user, "tab1")
	require.NoError(t, err)
	require.Len(t, first, 43)
	got, err := a.CheckResume(ctx, app, "tab1", first)
	require.NoError(t, err)
	require.Equal(t, user, got)

	_, err = a.CheckResume(ctx, app, "tab2", first)
	require.ErrorIs(t, err, wire.ErrTokenInvalid, "another tab")
	_, err = a.CheckResume(ctx, "2", "tab1", first)
	require.ErrorIs(t, err, wire.ErrTokenInvalid, "another application")
	_, err = a.CheckResume(ctx, app, "tab1", "short")
	require.ErrorIs(t, err, wire.ErrTokenInvalid)

	second, err := a.IssueResume(ctx, app, user, "tab1")
	require.NoError(t, err)
	for _, secret := range []string{first, second} {
		_, err = a.CheckResume(ctx, app, "tab1", secret)
		require.NoError(t, err)
	}
	third, err := a.IssueResume(ctx, app, user, "tab1")
	require.NoError(t, err)
	_, err = a.CheckResume(ctx, app, "tab1", first)
	require.ErrorIs(t, err, wire.ErrTokenInvalid, "two logins ago")
	c.advance(previousValid)
	_, err = a.CheckResume(ctx, app, "tab1", second)
	require.ErrorIs(t, err, wire.ErrTokenInvalid, "a minute after it was replaced")
	_, err = a.CheckResume(ctx, app, "tab1", third)
	require.NoError(t, err)

	c.advance(12 * time.Hour)
	_, err = a.CheckResume(ctx, app, "tab1", third)
	require.ErrorIs(t, err, wire.ErrTokenExpired)
}

func TestRevoke(t *testing.T) {
	a, _, _ := setup(t)
	ctx := t.Context()
	var secrets [3]string
	for i := range secrets {
		var err error
		secrets[i], err = a.IssueResume(ctx, app, user, fmt.Sprint("tab", i))
		require.NoError(t, err)
	}
	require.NoError(t, a.RevokeTab(ctx, app, user, "tab0"))
	_, err := a.CheckResume(ctx, app, "tab0", secrets[0])
	require.ErrorIs(t, err, wire.ErrTokenInvalid)
	_, err = a.CheckResume(ctx, app, "tab1", secrets[1])
	require.NoError(t, err)
	require.NoError(t, a.Revoke(ctx, app, user))
	for i, secret := range secrets {
		_, err = a.CheckResume(ctx, app, fmt.Sprint("tab", i), secret)
		require.ErrorIs(t, err, wire.ErrTokenInvalid)
	}
}

func TestTabsAreBounded(t *testing.T) {
	a, c, _ := setup(t)
	ctx := t.Context()
	var secrets []string
	for i := range maxTabs + 1 {
		c.advance(time.Second)
		secret, err := a.IssueResume(ctx, app, user, fmt.Sprint("tab", i))
		require.NoError(t, err)
		secrets = append(secrets, secret)
	}
	_, err := a.CheckResume(ctx, app, "tab0", secrets[0])
	require.ErrorIs(t, err, wire.ErrTokenInvalid, "the oldest")
	_, err = a.CheckResume(ctx, app, "tab1", secrets[1])
	require.NoError(t, err)
	for _, id := range []string{"", string(make([]byte, maxTabID+1))} {
		_, err = a.IssueResume(ctx, app, user, id)
		require.ErrorIs(t, err, wire.ErrInvalidOptions)
	}
}

func TestSecretsAreNotOnDisk(t *testing.T) {
	a, _, dir := setup(t)
	tok, err := a.Issue(t.Context(), app, user, true)
	require.NoError(t, err)
	_, err = a.Check(t.Context(), app, tok.Value)
	require.NoError(t, err)
	secret, err := a.IssueResume(t.Context(), app, user, "tab1")
	require.NoError(t, err)
	found := false
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.NotContains(t, string(data), tok.Value)
		assert.NotContains(t, string(data), secret)
		found = found || regexp.MustCompile(hash(tok.Value)).Match(data)
		return nil
	}))
	assert.True(t, found, "the hash is on disk, so the search looked at the right files")
}

func TestEqual(t *testing.T) {
	assert.True(t, Equal("demo-password", "demo-password"))
	for _, got := range []string{"", "demo-passwor", "demo-passwordx", "DEMO-PASSWORD"} {
		assert.False(t, Equal("demo-password", got))
	}
	assert.False(t, Equal("", ""), "no password set means no log-in by password")
}
