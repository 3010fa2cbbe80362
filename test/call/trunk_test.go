package call

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// carrier is a SIP peer that answers an INVITE with the code that the called
// number ends in: 9000486 is busy.
func carrier(t *testing.T) (address string) {
	t.Helper()
	ua, err := sipgo.NewUA()
	require.NoError(t, err)
	s, err := sipgo.NewServer(ua, sipgo.WithServerLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	require.NoError(t, err)
	s.OnInvite(func(req *sip.Request, tx sip.ServerTransaction) {
		code := 0
		for _, digit := range strings.TrimPrefix(req.Recipient.User, "9000") {
			code = 10*code + int(digit-'0')
		}
		_ = tx.Respond(sip.NewResponseFromRequest(req, code, "Carrier Says So", nil)) // the caller may be gone
	})
	s.OnAck(func(*sip.Request, sip.ServerTransaction) {})
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.ServeUDP(conn) // ends with the connection
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
		_ = ua.Close()
	})
	return conn.LocalAddr().String()
}

// withTrunk is the demo tenant whose sales number is on another trunk.
func withTrunk(address string) harness.GatewayOptions {
	return harness.GatewayOptions{Env: []string{
		"TCCC_SIP_TRUNKS_1_NAME=carrier", "TCCC_SIP_TRUNKS_1_ADDRESS=" + address,
		"TCCC_SIP_TRUNKS_1_INBOUND_ADDRESSES=127.0.0.1",
		"TCCC_APPS_0_NUMBERS_0_TRUNK=carrier",
	}}
}

// TestReasons maps the answers of a carrier to what pages are told.
func TestReasons(t *testing.T) {
	g := harness.StartGateway(t, withTrunk(carrier(t)))
	p := harness.Agent(t, g, "agent1@demo")
	for code, want := range map[string]string{
		"486": wire.ReasonBusy, "600": wire.ReasonBusy,
		"408": wire.ReasonNoAnswer, "480": wire.ReasonNoAnswer,
		"603": wire.ReasonDeclined, "607": wire.ReasonDeclined,
		"404": wire.ReasonUnreachable, "410": wire.ReasonUnreachable, "484": wire.ReasonUnreachable,
		"502": wire.ReasonUnreachable, "503": wire.ReasonUnreachable, "403": wire.ReasonRejectedTrunk,
		"488": wire.ReasonRejectedTrunk, "500": wire.ReasonRejectedTrunk,
	} {
		t.Run(code, func(t *testing.T) {
			p.Do("tccc.Call.startOutboundCall({phoneNumber: %s})", "9000"+code)
			id := p.Await("callOuted").SessionID()
			end := ended(t, p, id)
			assert.Equal(t, wire.CloseAdmin, end.CloseBy)
			assert.Equal(t, want, end.MainReason)
			assert.Contains(t, end.SubReason, code)
			p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
		})
	}
}

// TestTrunkAway calls out on a trunk where nobody listens.
func TestTrunkAway(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	o := withTrunk(address)
	o.Env = append(o.Env, "TCCC_SIP_TRUNKS_1_TRANSPORT=tcp")
	g := harness.StartGateway(t, o)
	p := harness.Agent(t, g, "agent1@demo")
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	end := ended(t, p, p.Await("callOuted").SessionID())
	assert.Equal(t, wire.CloseAdmin, end.CloseBy)
	assert.Equal(t, wire.ReasonUnreachable, end.MainReason)
	assert.NotEmpty(t, end.SubReason)
}
