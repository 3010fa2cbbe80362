package recover

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

const appID = 1400000001

// TestRevoked deletes an agent that is logged in: both of its tabs are told and leave, their
// secret is worth nothing, and neither is a token from before.
func TestRevoked(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	u := harness.NewProfile(t)
	p, second := u.Agent(g, "agent1@demo"), u.Agent(g, "agent1@demo")
	second.Await("ownerChanged", "owner", false)
	fresh := g.Login(t, "agent1@demo")
	remove := func() []string {
		var answer struct {
			Response struct{ OnlineStaffList []string }
		}
		g.CloudAPI(t, "DeleteStaff", map[string]any{"SdkAppId": appID, "StaffList": []string{"agent1@demo"}}, &answer)
		return answer.Response.OnlineStaffList
	}
	require.Equal(t, []string{"agent1@demo"}, remove(), "no agent is deleted on line")
	p.Do("tccc.Agent.offline()")
	p.Await("statusChanged", "status", "offline")
	require.Empty(t, remove())

	for _, tab := range []*harness.Page{p, second} {
		e := tab.Await("kickedOut", "reason", "revoked")
		assert.NotEmpty(t, e.Text("message"))
		assert.Equal(t, "offline", e.Status)
		silent(t, tab)
		assert.Equal(t, wire.ErrAgentDisabled.Code, tab.Fail("tccc.Agent.online()").Code)
		assert.Empty(t, harness.Eval[string](tab, "JSON.parse(sessionStorage.tccc).secret || ''"))
	}
	p.Run("void (localStorage.sdk = %s)", fresh.SDKURL)
	p.Reload()
	p.Await("error", "code", wire.ErrTokenInvalid.Code)
	assert.NotContains(t, names(p), "ready")
}

// TestSecondMachineRefused keeps the first of two machines, in a call, and lets the
// second one in when the first has gone.
func TestSecondMachineRefused(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_SECONDLOGIN=refuse"}})
	first := harness.NewProfile(t).Agent(g, "agent1@demo")
	id, call := conversation(t, g, first, "13800000001")
	second := harness.NewProfile(t).Tab(g.Login(t, "agent1@demo").SDKURL)
	second.Await("error", "code", wire.ErrLoggedInElsewhere.Code)
	assert.NotContains(t, names(second), "ready")
	bothHear(t, g, first, call)
	assert.NotContains(t, names(first), "kickedOut")
	first.Reload() // is no other machine
	restored(t, first.Await("userAccessed", "sessionId", id))
	bothHear(t, g, first, call)
	first.Do("tccc.Call.hungUp({sessionId: %s})", id)
	first.Run("document.getElementById('tcccSdkDomRoot').remove()")
	second.Await("ready") // it has tried again by itself
	conversation(t, g, second, "13800000002")
}

// TestOneTimeToken uses a token twice: its tab goes on with the secret, another
// browser is refused.
func TestOneTimeToken(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	var answer struct{ Response struct{ SdkURL string } }
	g.CloudAPI(t, "CreateSDKLoginToken",
		map[string]any{"SdkAppId": appID, "SeatUserId": "agent1@demo", "OnlyOnce": true}, &answer)
	url := answer.Response.SdkURL
	require.NotEmpty(t, url)
	p := harness.NewProfile(t).Tab(url)
	p.Await("ready")
	id, call := conversation(t, g, p, "13800000001")
	p.Reload()
	restored(t, p.Await("userAccessed", "sessionId", id))
	bothHear(t, g, p, call)

	thief := harness.NewProfile(t).Tab(url)
	thief.Await("error", "code", wire.ErrTokenInvalid.Code)
	assert.NotContains(t, names(thief), "ready")
	bothHear(t, g, p, call)
	assert.NotContains(t, names(p), "kickedOut")
}

// TestGraceRunsOut reloads into nothing: the customer hears music, goes to the
// front of the queue when the grace time is over, and is offered to the next
// agent before one who has waited all the while.
func TestGraceRunsOut(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_GRACE=2s"}})
	p := harness.NewProfile(t).Agent(g, "agent1@demo")
	id, call := conversation(t, g, p, "13800000001")
	waiting := g.Ring(t, "13800000002", sales, "")
	hearsMusic(t, g, waiting) // in the queue, behind nobody
	p.Navigate("about:blank")
	hearsMusic(t, g, call)
	g.AwaitMetric(t, `tccc_queue_length{app="1400000001",skill_group="sales"}`, func(n float64) bool { return n == 2 })
	hearsMusic(t, g, call)

	next := harness.NewProfile(t).Agent(g, "agent2@demo")
	in := next.Await("callIn")
	assert.Equal(t, "13800000001", in.Text("callerPhoneNumber"), "the front of the queue")
	assert.Equal(t, id, in.SessionID())
	next.Do("tccc.Call.accept({sessionId: %s})", id)
	bothHear(t, g, next, call)
	next.Do("tccc.Call.hungUp({sessionId: %s})", id)
	assert.Equal(t, "13800000002", next.Await("callIn").Text("callerPhoneNumber"))

	// The one that comes back too late has nothing left.
	late := time.Now()
	p.Navigate(harness.CustomerSite().Origin + harness.CustomerSite().Page("<!doctype html><body></body>", ""))
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	p.Await("ready")
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	assert.NotContains(t, names(p), "callIn")
	t.Logf("back %v later", time.Since(late))
}
