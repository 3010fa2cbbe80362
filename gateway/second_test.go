//go:build linux

package gateway

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/store"
)

// A second gateway on a NATS server, with the same application or another one,
// is refused and does no harm: what the first one carries goes on.
func TestASecondGatewayDoesNoHarm(t *testing.T) {
	nats, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(),
		NoSigs: true, NoLog: true})
	require.NoError(t, err)
	go nats.Start()
	require.True(t, nats.ReadyForConnections(patient))
	t.Cleanup(func() { nats.Shutdown(); nats.WaitForShutdown() })

	_, g, p := onDisk(t, t.TempDir(), func(c *config.Config) { c.NATS.URL = nats.ClientURL() })
	s, err := p.chat("una", "hello")
	require.NoError(t, err)
	for _, app := range []string{demoApplication, "1400000077"} {
		conf := config.Demo()
		conf.Listen, conf.SIP.Listen, conf.RTC.Listen, conf.RTC.TCP = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", "off"
		conf.Data, conf.NATS.URL, conf.Apps[0].SDKAppID = t.TempDir(), nats.ClientURL(), app
		_, err := Start(t.Context(), conf, slog.New(slog.DiscardHandler))
		require.ErrorIs(t, err, store.ErrClaimed)
	}
	require.NoError(t, p.say(s, "still there"))
	page, err := g.store.CDRs(t.Context(), store.CDRQuery{})
	require.NoError(t, err)
	require.Empty(t, page.CDRs, "nothing was ended")
	p.healthy(http.StatusOK)
}
