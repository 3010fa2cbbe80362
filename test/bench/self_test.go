package bench

import (
	"context"
	"strconv"
	"testing"

	"tccc/test/harness"
)

// self is this project as a peer: a page's calls come to the sales number, those
// of native agents to the support number.
type self struct{ g *harness.Gateway }

func startSelf(b *testing.B) *self {
	env := append(harness.CarrierEnv(), "TCCC_APPS_0_NUMBERS_1_TRUNK=carrier")
	return &self{harness.StartGateway(b, harness.GatewayOptions{Env: append(env, loadEnv(*peerLoad, "support")...)})}
}

func (s *self) pid() int { return s.g.PID() }

func (s *self) page(b *testing.B) (*harness.Page, string) {
	p := harness.Agent(b, s.g, "agent1@demo")
	p.Run(listen)
	p.Run(peerScript)
	p.Run(`void (() => {
		let sessionId;
		tccc.on('callIn', (e) => { sessionId = e.sessionId; peer.rang(); });
		tccc.on('sessionEnded', () => peer.ended());
		peer.accept = () => tccc.Call.accept({ sessionId });
		peer.hangUp = () => { tccc.Call.hungUp({ sessionId }); };
	})()`)
	return p, "4001000001@" + s.g.SIP
}

func (s *self) agent(b *testing.B, n int) string {
	ctx, cancel := context.WithCancel(context.Background())
	b.Cleanup(cancel)
	newNativeAgent(ctx, b, s.g, loadAgent(n))
	return "4001000002@" + s.g.SIP
}

// loadEnv are n agents more than the demo has.
func loadEnv(n int, group string) (env []string) {
	for i := range n {
		agent := "TCCC_APPS_0_AGENTS_" + strconv.Itoa(5+i)
		env = append(env, agent+"_USERID="+loadAgent(i), agent+"_SKILLGROUPS="+group)
	}
	return env
}
