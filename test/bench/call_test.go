package bench

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// listen puts a listener on the remote audio that says within 3 ms when sound
// begins, and a function that accepts a call by the function that it is given, and
// gives the times (ms of performance.now()) of the call, of its promise and of the
// first sound.
const listen = `(async () => {
	const code = "registerProcessor('ear', class extends AudioWorkletProcessor {" +
		"process([input]) { const on = !!input[0] && input[0].some((v) => Math.abs(v) > 0.02);" +
		"if (on !== this.on) { this.on = on; this.port.postMessage(on); } return true; } })";
	const context = new AudioContext();
	await context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
	await context.resume();
	let heard;
	const follow = (track) => {
		const ear = new AudioWorkletNode(context, 'ear', { numberOfOutputs: 0 });
		ear.port.onmessage = (e) => { if (e.data && heard) heard(performance.now()); };
		context.createMediaStreamSource(new MediaStream([track])).connect(ear);
	};
	harness.tracks.forEach((ear) => follow(ear.track));
	const push = harness.tracks.push;
	harness.tracks.push = function (ear) { follow(ear.track); return push.call(this, ear); };
	window.measure = async (accept) => {
		const sound = new Promise((done) => { heard = done; });
		const began = performance.now();
		await accept();
		const accepted = performance.now();
		const first = await sound;
		heard = undefined;
		return { began, accepted, heard: first };
	};
})()`

type measured struct{ Began, Accepted, Heard float64 }

// clock gives the page's performance.now() of a moment of this process, found
// by the quickest of several questions.
func clock(b *testing.B, p *harness.Page) func(time.Time) float64 {
	b.Helper()
	best, zero := time.Hour, time.Time{}
	for range 50 {
		began := time.Now()
		now := harness.Eval[float64](p, "performance.now()")
		if took := time.Since(began); took < best {
			best = took
			zero = began.Add(took / 2).Add(-time.Duration(now * float64(time.Millisecond)))
		}
	}
	return func(t time.Time) float64 { return t.Sub(zero).Seconds() * 1000 }
}

// calls is how many calls are measured with each kind of leg.
const calls = 50

func BenchmarkSetup(b *testing.B) {
	for _, leg := range []struct {
		name, setting, aim string
	}{{"warm leg", "true", "50 / 80"}, {"no warm leg", "false", "110 / 150 (Janus)"}} {
		b.Run(leg.name, func(b *testing.B) {
			g := harness.StartGateway(b,
				harness.GatewayOptions{Env: append(harness.CarrierEnv(), "TCCC_RTC_WARMLEG="+leg.setting)})
			carrier := harness.NewCarrier(b, g)
			p := harness.Agent(b, g, "agent1@demo")
			p.Run(listen)
			if leg.setting == "true" {
				p.AwaitTrue("harness.peers.some((pc) => pc.connectionState === 'connected')")
			}
			at := clock(b, p)
			var rung, accepted, heard, first, spoken []float64
			for range calls {
				ctx, cancel := context.WithTimeout(b.Context(), harness.Patience)
				c, err := carrier.Call(ctx, "13800000001", "4001000001")
				require.NoError(b, err)
				e := p.Await("callIn")
				// it rings for at least that long
				p.AwaitTrue("harness.microphones.some((m) => m.readyState === 'live')")
				m := harness.Eval[measured](p, "measure(() => tccc.Call.accept({ sessionId: %s }))", e.SessionID())
				require.NoError(b, c.AwaitSound(ctx))
				rung = append(rung, e.At-at(c.Invited))
				accepted = append(accepted, m.Accepted-m.Began)
				heard = append(heard, m.Heard-m.Began)
				first = append(first, at(c.First)-m.Began)
				spoken = append(spoken, at(c.Audible)-m.Began)
				c.Hangup(ctx)
				p.Await("sessionEnded", "sessionId", e.SessionID())
				p.AwaitTrue("tccc.Agent.getStatus() === 'free' && harness.microphones.every((m) => m.readyState === 'ended')")
				cancel()
			}
			if leg.setting == "true" {
				table.add("INVITE to callIn in the page", "ms", "10 (p95)", rung...)
			}
			table.add("accept to its promise, "+leg.name, "ms", "", accepted...)
			table.add("accept to the caller heard, "+leg.name, "ms", leg.aim, heard...)
			table.add("accept to the first packet at the phone, "+leg.name, "ms", "92 (Janus)", first...)
			table.add("accept to the agent heard at the phone, "+leg.name, "ms", "", spoken...)
		})
	}
}

// flatCalls is how many calls one page makes; what it holds is compared
// between the tenth part of them and the end.
const flatCalls = 200

func BenchmarkFlat(b *testing.B) {
	g := harness.StartGateway(b, harness.GatewayOptions{Env: harness.CarrierEnv()})
	carrier := harness.NewCarrier(b, g)
	p := harness.Agent(b, g, "agent1@demo")
	p.Run("void (window.deleted = tccc.on('sessionEnded', (e) => tccc.Call.deleteCall({ sessionId: e.sessionId })))")
	var early held
	for n := 1; n <= flatCalls; n++ {
		ctx, cancel := context.WithTimeout(b.Context(), harness.Patience)
		c, err := carrier.Call(ctx, "13800000001", "4001000001")
		require.NoError(b, err)
		id := p.Await("callIn").SessionID()
		p.Do("tccc.Call.accept({sessionId: %s})", id)
		require.NoError(b, c.AwaitSound(ctx))
		c.Hangup(ctx)
		p.Await("sessionCompleted", "sessionId", id)
		p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
		cancel()
		if n == flatCalls/10 {
			early = holds(b, g, p)
		}
	}
	late := holds(b, g, p)
	for _, r := range []struct {
		what, unit  string
		early, late float64
	}{
		{"linear memory", "kB", early.Memory / 1000, late.Memory / 1000},
		{"JavaScript values held by Go", "", early.Values, late.Values},
		{"functions given to JavaScript", "", early.Functions, late.Functions},
		{"goroutines of the program", "", early.Goroutines, late.Goroutines},
		{"peer connections", "", early.peers, late.peers},
		{"sockets", "", early.sockets, late.sockets},
		{"goroutines of the gateway", "", early.gateway, late.gateway},
		{"memory of the gateway", "kB", early.resident / 1000, late.resident / 1000},
	} {
		table.add(r.what+", after 20 calls", r.unit, "", r.early)
		table.add(r.what+", after 200 calls", r.unit, "flat", r.late)
	}
}

// held is what page and gateway hold.
type held struct {
	Memory, Values, Functions, Goroutines float64
	peers, sockets, gateway, resident     float64
}

func holds(b *testing.B, g *harness.Gateway, p *harness.Page) held {
	b.Helper()
	p.AwaitTrue("harness.microphones.every((m) => m.readyState === 'ended')")
	// The program collects when it has been quiet for a moment: await the next time.
	p.Run("void (window.collections = tccc.timer.stats().collections)")
	p.AwaitTrue("tccc.timer.stats().collections > collections || tccc.timer.stats().collections === undefined")
	text, err := chromedp.Run(p.Context(), chromedp.Evaluate[[]byte]("tccc.timer.stats()"))
	require.NoError(b, err)
	var h held
	require.NoError(b, json.Unmarshal(text, &h))
	h.peers = harness.Eval[float64](p, "harness.peers.filter((pc) => pc.connectionState !== 'closed').length")
	h.sockets = harness.Eval[float64](p, "harness.sockets.filter((s) => s.readyState !== WebSocket.CLOSED).length")
	h.gateway = g.Metric(b, "go_goroutines")
	h.resident = g.Metric(b, "process_resident_memory_bytes")
	return h
}
