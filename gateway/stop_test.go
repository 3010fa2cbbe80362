package gateway

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/store"
	"tccc/wire"
)

// The peers of three sockets do not answer Close. The stop leaves them behind,
// and what the gateway holds is written although the caller's time is over.
func TestAStopDoesNotWaitForOthers(t *testing.T) {
	conf := config.Demo()
	conf.Listen, conf.SIP.Listen, conf.Data = "127.0.0.1:0", "127.0.0.1:0", t.TempDir()
	g, err := Start(t.Context(), conf, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	for _, user := range []string{"agent1@demo", "agent2@demo", "agent3@demo"} {
		token, err := g.auth.Issue(t.Context(), demoApplication, user, true)
		require.NoError(t, err)
		l := &logins{t: t, g: g}
		s := l.dial() // answers only while it reads
		_, err = s.call(wire.MethodLogin, wire.LoginParams{Token: token.Value, SDKAppID: demoApplication, TabID: user})
		require.NoError(t, err)
	}
	s := &stop{g: g, ctx: t.Context()}
	s.others(time.Millisecond, stages{"nobody": func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}})
	assert.Empty(t, s.errs, "lateness of others is no error")

	ctx, cancel := context.WithCancel(t.Context())
	cancel() // no time at all
	require.NoError(t, g.Close(ctx))
	again, err := store.Open(t.Context(), store.Options{Dir: conf.DataDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err, "the store was closed")
	agents, err := again.Agents().List(t.Context())
	require.NoError(t, err)
	assert.Len(t, agents, 3, "and has what was saved last")
	require.NoError(t, again.Close(t.Context()))
}
