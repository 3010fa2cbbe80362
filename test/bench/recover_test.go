package bench

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// recoveries is how many times each fault is made.
const recoveries = 15

// talking is a call from the carrier that an agent has accepted.
func talking(b *testing.B, carrier *harness.Carrier, p *harness.Page) *harness.CarrierCall {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), harness.Patience)
	defer cancel()
	c, err := carrier.Call(ctx, "13800000001", "4001000001")
	require.NoError(b, err)
	p.Do("tccc.Call.accept({sessionId: %s})", p.Await("callIn").SessionID())
	require.NoError(b, c.AwaitSound(ctx))
	p.Hears(harness.PhoneTone)
	return c
}

// recovery is how a fault was heard, in milliseconds since it was made.
type recovery struct {
	silence float64 // the longest in which the customer heard nothing
	agent   float64 // the customer hears the agent again
	page    float64 // the agent hears the customer again
}

// follow makes a fault and awaits, in the tab that has the audio then, that
// both hear each other again.
func follow(b *testing.B, c *harness.CarrierCall, p *harness.Page, fault func()) recovery {
	b.Helper()
	c.Frames()
	began := time.Now()
	fault()
	heard := harness.Eval[float64](p, `(async () => {
		await harness.until(() => harness.tracks.length, %s, () => 'no audio');
		await harness.hears(%s, %s);
		return performance.timeOrigin + performance.now();
	})()`, harness.Patience.Milliseconds(), harness.PhoneTone, harness.Patience.Milliseconds())
	r := recovery{page: heard - float64(began.UnixMicro())/1000}
	last, away := began, false
	for deadline := began.Add(harness.Patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for _, f := range c.Frames() {
			if f.Energy < 0.002 {
				continue
			}
			since := f.At.Sub(last).Seconds() * 1000
			r.silence = max(r.silence, since)
			away = away || !f.Agent || since > 60
			last = f.At
			if away && f.Agent && r.agent == 0 {
				r.agent = f.At.Sub(began).Seconds() * 1000
			}
		}
		if r.agent != 0 && last.Sub(began) > time.Duration(max(r.page, r.agent)+300)*time.Millisecond {
			return r
		}
	}
	require.FailNow(b, "the customer does not hear the agent again")
	return r
}

func report3(what, aim string, all []recovery) {
	var silence, agent, page []float64
	for _, r := range all {
		silence, agent, page = append(silence, r.silence), append(agent, r.agent), append(page, r.page)
	}
	table.add(what+" to the customer heard", "ms", aim, page...)
	table.add(what+" to the agent heard", "ms", aim, agent...)
	table.add(what+", the customer's silence", "ms", "200", silence...)
}

// BenchmarkReload presses F5 in a call.
func BenchmarkReload(b *testing.B) {
	g := harness.StartGateway(b, harness.GatewayOptions{Env: harness.CarrierEnv()})
	carrier := harness.NewCarrier(b, g)
	p := harness.NewProfile(b).Agent(g, "agent1@demo")
	c := talking(b, carrier, p)
	var all []recovery
	var ready []float64
	for range recoveries {
		all = append(all, follow(b, c, p, func() {
			p.Run("void (window.old = true)")
			_, err := chromedp.Call(p.Context(), page.Reload, page.ReloadParams{})
			require.NoError(b, err)
			p.AwaitTrue("!window.old && document.readyState === 'complete' && window.harness")
		}))
		ready = append(ready, p.Await("ready").At-harness.Eval[float64](p, "harness.started"))
	}
	c.Hangup(b.Context())
	report3("reload", "1000 (p95)", all)
	table.add("reload, of which the program's start to ready", "ms", "", ready...)
}

// BenchmarkOwnerClosed closes the tab that has the audio.
func BenchmarkOwnerClosed(b *testing.B) {
	g := harness.StartGateway(b, harness.GatewayOptions{Env: harness.CarrierEnv()})
	carrier := harness.NewCarrier(b, g)
	u := harness.NewProfile(b)
	owner := u.Agent(g, "agent1@demo")
	c := talking(b, carrier, owner)
	var all []recovery
	for range recoveries {
		next := u.Agent(g, "agent1@demo")
		next.Await("ownerChanged", "owner", false)
		all = append(all, follow(b, c, next, func() { go owner.Close() }))
		owner = next
	}
	c.Hangup(b.Context())
	report3("owner closed", "", all)
}

// BenchmarkSocketCut cuts the socket in a call.
func BenchmarkSocketCut(b *testing.B) {
	g := harness.StartGateway(b, harness.GatewayOptions{})
	proxy := harness.NewProxy(b, g)
	p := harness.NewProfile(b).Tab(proxy.Through(g.Login(b, "agent1@demo").SDKURL))
	p.AllowError("WebSocket connection to")
	p.Await("ready")
	var accepted []float64
	for i := range recoveries {
		p.Run("harness.connected = performance.now()")
		// a network that fails again and again is retried slowly
		p.AwaitTrue("performance.now() - harness.connected > 1500")
		began := time.Now()
		proxy.Cut()
		status := []string{"rest", "free"}[i%2]
		at := harness.Eval[float64](p, "tccc.Agent.setStatus({status: %s}).then(() => performance.timeOrigin + performance.now())", status)
		accepted = append(accepted, at-float64(began.UnixMicro())/1000)
	}
	table.add("socket cut to a command accepted", "ms", "", accepted...)
}
