package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tccc/gateway/datadir"
	"tccc/wire"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		child()
		return
	}
	if url := os.Getenv(claimChildEnv); url != "" {
		holdClaim(url)
		return
	}
	if dir := os.Getenv(serverChildEnv); dir != "" {
		serveNATS(dir)
		return
	}
	// What the embedded server leaves behind of a stream whose disk has failed.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*fileStore).flushStreamStateLoop"),
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server/ats.Register.func1"))
}

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

func TestBucketCompareAndSet(t *testing.T) {
	s, ctx := open(t, t.TempDir()), t.Context()
	key := AgentKey("1400000001", "agent1@demo")
	_, err := s.Agents().Get(ctx, key)
	require.ErrorIs(t, err, ErrNotFound)

	rev, err := s.Agents().Create(ctx, key,
		AgentRecord{UserID: "agent1@demo", State: wire.AgentState{Status: wire.StatusFree}})
	require.NoError(t, err)
	_, err = s.Agents().Create(ctx, key, AgentRecord{})
	require.ErrorIs(t, err, ErrExists)

	next, err := s.Agents().Update(ctx, key, AgentRecord{UserID: "agent1@demo", Online: true}, rev)
	require.NoError(t, err)
	_, err = s.Agents().Update(ctx, key, AgentRecord{}, rev)
	require.ErrorIs(t, err, ErrConflict)

	e, err := s.Agents().Get(ctx, key)
	require.NoError(t, err)
	assert.Equal(t, key, e.Key)
	assert.Equal(t, next, e.Revision)
	assert.True(t, e.Value.Online)

	require.NoError(t, s.Agents().Delete(ctx, key))
	require.NoError(t, s.Agents().Delete(ctx, key), "deleting twice is no error")
	_, err = s.Agents().Get(ctx, key)
	require.ErrorIs(t, err, ErrNotFound)
	_, err = s.Agents().Create(ctx, key, AgentRecord{})
	require.NoError(t, err, "a deleted key can be made again")
}

func TestKeysAreAnyText(t *testing.T) {
	s, ctx := open(t, t.TempDir()), t.Context()
	keys := []string{"a", "..", "*", ">", "客服/王", "a b\tc", "=41", "\x00\xff", "a.b=", string(make([]byte, 85))}
	for _, key := range keys {
		_, err := s.Queues().Put(ctx, key, QueueRecord{SkillGroupID: key})
		require.NoError(t, err, "%q", key)
	}
	all, err := s.Queues().List(ctx)
	require.NoError(t, err)
	require.Len(t, all, len(keys))
	for i, e := range all {
		assert.Equal(t, keys[i], e.Key)
	}
	for _, key := range []string{"", string(make([]byte, maxKey+1))} {
		_, err := s.Queues().Put(ctx, key, QueueRecord{})
		require.ErrorContains(t, err, "a key has 1 to 256 bytes")
	}
}

func TestReopenKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	s, ctx := open(t, dir), t.Context()
	_, err := s.Queues().Put(ctx, QueueKey("1", "sales"), QueueRecord{Closed: true})
	require.NoError(t, err)
	require.NoError(t, s.Sessions().PutLater("s1", SessionRecord{CDR: CDR{SessionID: "s1"}, Node: "n1"}))
	seq, err := s.AppendCDR(ctx, &CDR{SDKAppID: "1", SessionID: "s0", StartAt: 1000})
	require.NoError(t, err)
	require.NotZero(t, seq)
	require.NoError(t, s.Close(ctx))

	s = open(t, dir)
	q, err := s.Queues().Get(ctx, QueueKey("1", "sales"))
	require.NoError(t, err)
	assert.True(t, q.Value.Closed)
	sessions, err := s.Sessions().List(ctx)
	require.NoError(t, err)
	require.Len(t, sessions, 1)
	assert.Equal(t, "n1", sessions[0].Value.Node)
	page, err := s.CDRs(ctx, CDRQuery{SDKAppID: "1"})
	require.NoError(t, err)
	require.Len(t, page.CDRs, 1)
	seq, err = s.AppendCDR(ctx, &CDR{SDKAppID: "1", SessionID: "s0", UserID: "agent1"})
	require.NoError(t, err)
	assert.Zero(t, seq, "one record a session, also after a restart")
}

func TestOneProcessPerDirectory(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	_, err := Open(t.Context(), Options{Dir: dir})
	require.ErrorIs(t, err, ErrLocked)
	assert.ErrorContains(t, err, fmt.Sprintf("process %d", os.Getpid()))
	assert.ErrorContains(t, err, dir)
	require.NoError(t, s.Close(t.Context()))
	open(t, dir)
}

// A node's directory is refused before anything in it is touched.
func TestADirectoryOfACluster(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, datadir.Claim(dir, datadir.Mark{Cluster: "tccc", Node: "n1"}))
	_, err := Open(t.Context(), Options{Dir: dir})
	require.ErrorIs(t, err, datadir.ErrKind)
	require.ErrorContains(t, err, "node n1 of the cluster tccc: give this gateway a directory of its own")
	require.NoDirExists(t, filepath.Join(dir, "jetstream"))
	_, err = Repair(dir)
	require.ErrorIs(t, err, datadir.ErrKind)

	single := t.TempDir()
	require.NoError(t, open(t, single).Close(t.Context()))
	require.ErrorIs(t, datadir.Claim(single, datadir.Mark{Cluster: "tccc", Node: "n1"}), datadir.ErrKind)
	open(t, single)
}

func TestOpenErrors(t *testing.T) {
	_, err := Open(t.Context(), Options{})
	require.ErrorContains(t, err, "no directory")
	file := t.TempDir() + "/file"
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = Open(t.Context(), Options{Dir: file})
	require.ErrorContains(t, err, "failed to make the data directory")
	_, err = Open(t.Context(), Options{URL: "nats://127.0.0.1:1"})
	require.ErrorContains(t, err, "failed to connect to NATS")
}

func TestCDRQueries(t *testing.T) {
	s, ctx := open(t, t.TempDir()), t.Context()
	at := time.Now().Add(-time.Second).UnixMilli()
	for i := range 25 {
		c := &CDR{SDKAppID: "1", SessionID: fmt.Sprintf("s.%d", i), StartAt: at + int64(i),
			UserID: fmt.Sprintf("agent%d@demo", i%3)}
		if i%5 == 4 {
			c.UserID = "" // nobody took it
		}
		_, err := s.AppendCDR(ctx, c)
		require.NoError(t, err)
	}
	_, err := s.AppendCDR(ctx, &CDR{SDKAppID: "2", SessionID: "other", StartAt: at})
	require.NoError(t, err)

	var got []string
	pages := 0
	for q := (CDRQuery{SDKAppID: "1", Limit: 10}); ; pages++ {
		page, err := s.CDRs(ctx, q)
		require.NoError(t, err)
		for _, c := range page.CDRs {
			got = append(got, c.SessionID)
		}
		if q.After = page.Next; page.Next == 0 {
			break
		}
	}
	require.Len(t, got, 25)
	assert.Equal(t, 2, pages)
	assert.Equal(t, "s.0", got[0])
	assert.Equal(t, "s.24", got[24])

	page, err := s.CDRs(ctx, CDRQuery{SDKAppID: "1", SessionID: "s.7"})
	require.NoError(t, err)
	require.Len(t, page.CDRs, 1)
	assert.Equal(t, at+7, page.CDRs[0].StartAt)

	page, err = s.CDRs(ctx, CDRQuery{SDKAppID: "1", UserID: "agent1@demo"})
	require.NoError(t, err)
	require.Len(t, page.CDRs, 6, "1 4 7 10 13 16 19 22 without 4 and 19, which nobody took")

	page, err = s.CDRs(ctx, CDRQuery{SDKAppID: "1", From: time.UnixMilli(at + 5), To: time.UnixMilli(at + 8)})
	require.NoError(t, err)
	require.Len(t, page.CDRs, 3)

	page, err = s.CDRs(ctx, CDRQuery{SDKAppID: "1", SessionID: "nobody"})
	require.NoError(t, err)
	assert.Empty(t, page.CDRs)

	_, err = s.AppendCDR(ctx, &CDR{SDKAppID: "1"})
	require.ErrorContains(t, err, "needs sdkAppId and sessionId")
}

func FuzzKey(f *testing.F) {
	f.Add("1400000001/agent1@demo")
	f.Add("a.b *>\x00=4")
	f.Fuzz(func(t *testing.T, key string) {
		encoded, err := encodeKey(key)
		if err != nil {
			return
		}
		if strings.ContainsAny(encoded, " .*>\t\r\n\x00") || decodeKey(encoded) != key {
			t.Fatalf("%q became %q and %q", key, encoded, decodeKey(encoded))
		}
	})
}

// Call records are removed when their time is over, also those that were
// written before there was one.
func TestCallRecordsAreKeptForATime(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Dir: dir})
	require.NoError(t, err)
	_, err = s.AppendCDR(t.Context(), &CDR{SDKAppID: "1", SessionID: "old"})
	require.NoError(t, err)
	require.NoError(t, s.Close(t.Context()))
	s, err = Open(t.Context(), Options{Dir: dir, KeepCDRs: time.Second})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	require.Eventually(t, func() bool {
		page, err := s.CDRs(t.Context(), CDRQuery{})
		return err == nil && len(page.CDRs) == 0
	}, 30*time.Second, 20*time.Millisecond)
}
