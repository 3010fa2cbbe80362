package gateway

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/gateway/admin"
	"tccc/gateway/config"
	"tccc/gateway/rtp"
	"tccc/gateway/sip"
)

// Operators see where a trunk's calls can go, and which of these places do not
// answer, in the sub-command's socket and in the metrics.
func TestOperatorsSeeTrunks(t *testing.T) {
	ports, err := rtp.NewPorts(rtp.PortOptions{})
	require.NoError(t, err)
	peer, err := sip.Listen(t.Context(), sip.Options{Listen: "127.0.0.1:0", RTP: ports})
	require.NoError(t, err)
	defer func() { require.NoError(t, peer.Close(t.Context())) }()
	g := startDemo(t, func(c *config.Config) {
		c.SIP.Trunks = append(c.SIP.Trunks,
			config.Trunk{
				Name: "carrier", Address: peer.Addr(), Addresses: []string{"127.0.0.1:1"}, Transport: "tcp",
				Watch: 5 * time.Second, Codecs: []string{"PCMA"},
			},
			config.Trunk{Name: "lost", Address: "a..b", Transport: "udp", Codecs: []string{"PCMA"}})
	})
	client, err := admin.Dial(g.conf.DataDir())
	require.NoError(t, err)
	var seen map[string]admin.Target
	require.Eventually(t, func() bool {
		list, err := client.Trunks(t.Context())
		require.NoError(t, err)
		seen = map[string]admin.Target{}
		for _, target := range list {
			seen[target.Trunk+" "+target.Target] = target
		}
		return seen["carrier tcp:127.0.0.1:1"].Reason != ""
	}, patient, 10*time.Millisecond)
	require.True(t, seen["carrier tcp:"+peer.Addr()].Up)
	dead := seen["carrier tcp:127.0.0.1:1"]
	require.False(t, dead.Up)
	require.Contains(t, dead.Reason, "refused")
	require.Equal(t, 1, dead.Priority)
	require.Contains(t, seen["lost "].Reason, "a..b")

	res, err := http.Get("http://" + g.HTTPAddr() + "/metrics")
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Contains(t, string(text), `tccc_sip_trunk_target_up{target="tcp:127.0.0.1:1",trunk="carrier"} 0`)
	require.Contains(t, string(text), `tccc_sip_trunk_target_up{target="tcp:`+peer.Addr()+`",trunk="carrier"} 1`)
}
