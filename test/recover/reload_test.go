// Package recover proves that sessions survive what happens to browsers: it
// reloads, crashes and closes pages, cuts sockets and takes permissions away
// during calls, and listens to what the customer hears meanwhile.
package recover

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

func TestMain(m *testing.M) { harness.Main(m) }

const sales = "4001000001"

// conversation is an inbound call that has been answered.
func conversation(t *testing.T, g *harness.Gateway, p *harness.Page, from string) (id, call string) {
	t.Helper()
	call = g.Ring(t, from, sales, "")
	id = p.Await("callIn", "callerPhoneNumber", from).SessionID()
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	bothHear(t, g, p, call)
	return id, call
}

// bothHear awaits that agent and customer hear each other.
func bothHear(t *testing.T, g *harness.Gateway, p *harness.Page, call string) {
	t.Helper()
	p.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)
}

// hearsMusic waits until the phone hears something that is not the agent.
func hearsMusic(t *testing.T, g *harness.Gateway, call string) {
	t.Helper()
	g.AwaitPhone(t, call+" hears music", func(c harness.PhoneCall) bool {
		return c.CallID == call && c.Energy > 0.005 &&
			(c.Frequency < harness.MicTone-50 || c.Frequency > harness.MicTone+50)
	})
}

// names lists the events of a page since it was loaded, but for those of the
// browser's devices.
func names(p *harness.Page) (out []string) {
	for _, e := range p.Events() {
		if e.Name != "devicesChanged" {
			out = append(out, e.Name)
		}
	}
	return out
}

// restored asserts that an event says so.
func restored(t *testing.T, e harness.Event) {
	t.Helper()
	var r struct{ Restored bool }
	require.NoError(t, json.Unmarshal(e.Data, &r))
	assert.True(t, r.Restored, "%s %s", e.Name, e.Data)
}

// TestReloadInACall presses F5 while talking, with a new token and with none.
func TestReloadInACall(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	p := u.Agent(g, "agent1@demo")
	id, call := conversation(t, g, p, "13800000001")
	for _, fresh := range []bool{false, true} {
		if fresh {
			p.Run("void (localStorage.sdk = %s)", g.Login(t, "agent1@demo").SDKURL)
		}
		p.Reload()
		p.Await("ready")
		assert.Equal(t, "busy", p.Await("statusChanged").Text("status"))
		in := p.Await("callIn", "sessionId", id)
		restored(t, in)
		assert.Equal(t, "13800000001", in.Text("callerPhoneNumber"))
		restored(t, p.Await("userAccessed", "sessionId", id))
		bothHear(t, g, p, call)
		assert.Equal(t, []string{"ready", "statusChanged", "callIn", "userAccessed"}, names(p))
	}
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	p.Await("sessionEnded", "sessionId", id, "closeBy", string(wire.CloseSeat))
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
}

// TestReloadKeepsStates reloads with a held and a muted call, on a break, and
// while it rings.
func TestReloadKeepsStates(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	p.Do("tccc.Agent.setStatus({status: 'rest', restReason: 'Lunch'})")
	p.Reload()
	assert.Equal(t, "rest", p.Await("statusChanged", "restReason", "Lunch").Text("status"))
	p.Do("tccc.Agent.setStatus({status: 'free'})")

	call := g.Ring(t, "13800000001", sales, "")
	id := p.Await("callIn").SessionID()
	p.Reload()
	in := p.Await("callIn", "sessionId", id)
	restored(t, in)
	var timeout struct{ Timeout int }
	require.NoError(t, json.Unmarshal(in.Data, &timeout))
	assert.Positive(t, timeout.Timeout)
	p.AwaitTrue("harness.rings()")
	p.Do("tccc.Call.accept({sessionId: %s})", id)
	bothHear(t, g, p, call)

	p.Do("tccc.Call.muteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, 0)
	p.Reload()
	p.Await("sessionUpdated", "sessionId", id, "muted", true, "restored", true)
	p.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, 0)
	p.Do("tccc.Call.unmuteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, harness.MicTone)

	p.Do("tccc.Call.hold({sessionId: %s})", id)
	p.Reload()
	p.Await("sessionUpdated", "sessionId", id, "state", "held", "restored", true)
	hearsMusic(t, g, call)
	p.Do("tccc.Call.unHold({sessionId: %s})", id)
	bothHear(t, g, p, call)
}

// TestReloadWhileDialing reloads before and after the called party answers.
func TestReloadWhileDialing(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10001'})") // never answers
	id := p.Await("callOuted").SessionID()
	p.Reload()
	restored(t, p.Await("callOuted", "sessionId", id, "calleePhoneNumber", "10001"))
	assert.NotContains(t, names(p), "calloutAccepted")
	p.Do("tccc.Call.hungUp({sessionId: %s})", id)
	p.Await("sessionEnded", "sessionId", id)

	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	id = p.Await("calloutAccepted").SessionID()
	p.Reload()
	restored(t, p.Await("calloutAccepted", "sessionId", id))
	assert.Equal(t, []string{"ready", "statusChanged", "callOuted", "calloutAccepted"}, names(p))
	call := g.AwaitPhone(t, "is ours", func(c harness.PhoneCall) bool { return c.SessionID == id }).CallID
	bothHear(t, g, p, call)
}

// TestEndedWhileAway hangs up while the page is away: it is told once.
func TestEndedWhileAway(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	id, call := conversation(t, g, p, "13800000001")
	here := harness.Eval[string](p, "location.href")
	p.Navigate("about:blank")
	hearsMusic(t, g, call)
	g.PhoneHangup(t, call)
	g.AwaitPhone(t, "has ended", func(c harness.PhoneCall) bool { return c.CallID == call && c.State == "ended" })
	p.Navigate(here)
	p.Await("sessionEnded", "sessionId", id, "closeBy", string(wire.CloseClient))
	assert.Equal(t, "free", p.Await("statusChanged").Text("status"))
	p.Reload()
	p.Await("statusChanged")
	assert.NotContains(t, names(p), "callIn")
	assert.NotContains(t, names(p), "sessionEnded")
}

// TestCrash kills the renderer in a call; the browser's tab loads the page again.
func TestCrash(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	id, call := conversation(t, g, p, "13800000001")
	p.Crash()
	hearsMusic(t, g, call)
	p.Reload()
	restored(t, p.Await("userAccessed", "sessionId", id))
	bothHear(t, g, p, call)
}
