package recover

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
	"tccc/wire"
)

// silent asserts that a tab has neither microphone nor leg, and does not ring.
func silent(t *testing.T, p *harness.Page) {
	t.Helper()
	p.AwaitTrue("harness.microphones.every((m) => m.readyState === 'ended')")
	p.AwaitTrue("harness.peers.every((pc) => pc.connectionState === 'closed')")
	p.AwaitTrue("!harness.rings()")
}

// TestOneTabHasTheAudio opens two tabs: one has the audio, both can command,
// and when the owner is closed the other goes on with the call.
func TestOneTabHasTheAudio(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	first := u.Agent(g, "agent1@demo")
	second := u.Agent(g, "agent1@demo")
	second.Await("ownerChanged", "owner", false)
	assert.True(t, harness.Eval[bool](first, "tccc.Agent.isOwner()"))
	assert.False(t, harness.Eval[bool](second, "tccc.Agent.isOwner()"))
	assert.Equal(t, "free", harness.Eval[string](second, "tccc.Agent.getStatus()"))

	call := g.Ring(t, "13800000001", sales, "")
	id := first.Await("callIn").SessionID()
	second.Await("callIn", "sessionId", id)
	first.AwaitTrue("harness.rings()")
	second.Do("tccc.Call.accept({sessionId: %s})", id)
	first.Await("userAccessed", "sessionId", id)
	second.Await("userAccessed", "sessionId", id)
	bothHear(t, g, first, call)
	silent(t, second)
	assert.Zero(t, harness.Eval[int](second, "harness.asked"))

	// Commands of the mirror act on the owner's sound.
	second.Do("tccc.Call.muteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, 0)
	second.Do("tccc.Call.unmuteMic({sessionId: %s})", id)
	g.AwaitPhoneHears(t, call, harness.MicTone)

	first.Close()
	second.Await("ownerChanged", "owner", true)
	bothHear(t, g, second, call)
	second.Do("tccc.Call.hungUp({sessionId: %s})", id)
	second.Await("sessionEnded", "sessionId", id)
	second.Await("statusChanged", "status", "free")
	assert.Equal(t, []string{
		"ready", "ownerChanged", "callIn", "statusChanged", "userAccessed", "sessionUpdated", "sessionUpdated",
		"ownerChanged", "sessionEnded", "statusChanged",
	}, names(second))
}

// TestTakeOver moves the audio to another tab in a call, and an outbound call
// is started in the tab that has none.
func TestTakeOver(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	first := u.Agent(g, "agent1@demo")
	second := u.Agent(g, "agent1@demo")
	second.Await("ownerChanged", "owner", false)
	second.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	id := second.Await("calloutAccepted").SessionID()
	call := g.AwaitPhone(t, "is ours", func(c harness.PhoneCall) bool { return c.SessionID == id }).CallID
	bothHear(t, g, first, call)
	for range 2 {
		second.Do("tccc.Agent.takeOver()")
		second.Await("ownerChanged", "owner", true)
		first.Await("ownerChanged", "owner", false)
		bothHear(t, g, second, call)
		silent(t, first)
		first, second = second, first
	}
	second.Reload() // the one without audio
	second.Await("ownerChanged", "owner", false)
	restored(t, second.Await("calloutAccepted", "sessionId", id))
	bothHear(t, g, first, call)
	silent(t, second)
	first.Reload() // the owner: the other one takes over
	second.Await("ownerChanged", "owner", true)
	first.Await("ownerChanged", "owner", false)
	bothHear(t, g, second, call)
}

// TestCrashOfTheOwner kills the renderer of the tab with the audio.
func TestCrashOfTheOwner(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	first := u.Agent(g, "agent1@demo")
	second := u.Agent(g, "agent1@demo")
	second.Await("ownerChanged", "owner", false)
	_, call := conversation(t, g, first, "13800000001")
	first.Crash()
	second.Await("ownerChanged", "owner", true)
	bothHear(t, g, second, call)
}

// TestHungOwner blocks the tab with the audio: the other one takes over, and
// the first steps down when it can.
func TestHungOwner(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	first := u.Agent(g, "agent1@demo")
	second := u.Agent(g, "agent1@demo")
	second.Await("ownerChanged", "owner", false)
	id, call := conversation(t, g, first, "13800000001")
	first.Run("void setTimeout(() => { for (const end = Date.now() + 12000; Date.now() < end;); })")
	second.Await("ownerChanged", "owner", true)
	bothHear(t, g, second, call)
	first.Await("ownerChanged", "owner", false)
	silent(t, first)
	bothHear(t, g, second, call)
	first.Do("tccc.Call.hungUp({sessionId: %s})", id)
}

// TestDuplicatedTab copies a tab's storage, as browsers do for "duplicate tab"
// and window.open: the copy is a tab of its own.
func TestDuplicatedTab(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	first := u.Agent(g, "agent1@demo")
	first.Do("tccc.Agent.setStatus({status: 'rest'})")
	copied := u.Copy(first)
	copied.Run("void (sessionStorage.sdk = %s)", g.Login(t, "agent1@demo").SDKURL)
	copied.Reload()
	copied.Await("ownerChanged", "owner", false)
	assert.NotEqual(t, harness.Eval[string](first, "JSON.parse(sessionStorage.tccc).tabId"),
		harness.Eval[string](copied, "JSON.parse(sessionStorage.tccc).tabId"))
	first.Do("tccc.Agent.setStatus({status: 'free'})")
	first.Await("statusChanged", "status", "free")
	copied.Await("statusChanged", "status", "free")
	assert.NotContains(t, names(first), "connectionChanged")
	assert.NotContains(t, names(first), "kickedOut")
}

// TestSecondMachine logs in on another machine, in a call too: the old one is
// told and leaves, its secret is worth nothing, and it does not come back.
func TestSecondMachine(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	old := harness.NewProfile(t).Agent(g, "agent1@demo")
	id, call := conversation(t, g, old, "13800000001")
	fresh := harness.NewProfile(t).Agent(g, "agent1@demo")
	e := old.Await("kickedOut", "reason", "replaced")
	assert.NotEmpty(t, e.Text("message"))
	assert.Equal(t, "offline", e.Status)
	silent(t, old)
	assert.Equal(t, wire.ErrKickedOut.Code, old.Fail("tccc.Agent.online()").Code)
	restored(t, fresh.Await("userAccessed", "sessionId", id))
	bothHear(t, g, fresh, call)
	assert.Equal(t, 1, harness.Eval[int](old, "harness.sockets.length"))
	assert.Empty(t, harness.Eval[string](old, "JSON.parse(sessionStorage.tccc).secret || ''"))
}
