// Package agent tests an agent's status as pages see and set it.
package agent

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

func TestMain(m *testing.M) { harness.Main(m) }

// status is Agent.getStatus, read in the page.
func status(p *harness.Page) string { return harness.Eval[string](p, "tccc.Agent.getStatus()") }

// talk lets the agent call the tone and awaits the answer.
func talk(p *harness.Page) (sessionID string) {
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	return p.Await("calloutAccepted").SessionID()
}

func hangUp(p *harness.Page, sessionID string) {
	p.Do("tccc.Call.hungUp({sessionId: %s})", sessionID)
	p.Await("sessionEnded", "sessionId", sessionID)
}

func TestSpellings(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	require.Equal(t, "free", status(p), "free at ready")
	for _, step := range []struct{ set, want string }{
		{"rest", "rest"}, {"free", "free"}, {"arrange", "arrange"}, {"notReady", "notReady"}, {"stopNotReady", "free"},
		{"Arrange", "arrange"}, {"NotReady", "notReady"}, {"StopNotReady", "free"}, {"REST", "rest"}, {"Free", "free"},
	} {
		p.Do("tccc.Agent.setStatus({status: %s})", step.set)
		e := p.Await("statusChanged", "status", step.want)
		assert.Equal(t, step.want, e.Status, "getStatus in the listener")
		assert.Equal(t, step.want, status(p))
	}
	// The same again changes nothing and says nothing.
	before := len(p.Events())
	p.Do("tccc.Agent.setStatus({status: 'free'})")
	p.Do("tccc.Agent.setStatus({status: 'rest'})")
	p.Await("statusChanged", "status", "rest")
	assert.Len(t, p.Events(), before+1)
}

func TestNotSettable(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	for _, bad := range []string{"busy", "offline", "freee", "<b>"} {
		r := p.Fail("tccc.Agent.setStatus({status: %s})", bad)
		assert.Equal(t, wire.ErrInvalidStatus.Code, r.Code, bad)
		assert.Equal(t, "status", r.Field, bad)
	}
	assert.Equal(t, wire.ErrInvalidOptions.Code, p.Fail("tccc.Agent.setStatus({status: ''})").Code)
	assert.Equal(t, "free", status(p))
	assert.Equal(t, []string{"ready"}, p.Names())
}

func TestOnlineOffline(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	p.Run("void tccc.Agent.offline()")
	p.Await("statusChanged", "status", "offline")
	assert.Equal(t, "offline", status(p))
	assert.Equal(t, wire.ErrAgentOffline.Code, p.Fail("tccc.Call.startOutboundCall({phoneNumber: '10086'})").Code)

	// A call finds nobody and waits; it rings when the agent is back.
	call := g.Ring(t, "13800000001", "4001000001", "")
	g.AwaitPhone(t, "waits with music", func(c harness.PhoneCall) bool { return c.CallID == call && c.Energy > 0.005 })
	assert.NotContains(t, p.Names(), "callIn")
	p.Run("void tccc.Agent.online()")
	p.Await("statusChanged", "status", "free")
	e := p.Await("callIn", "callerPhoneNumber", "13800000001")
	p.Do("tccc.Call.accept({sessionId: %s})", e.SessionID())
	p.Hears(harness.PhoneTone)
}

func TestBreakReasons(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	p.Do("tccc.Agent.setStatus({status: 'rest', restReason: 'Lunch'})")
	p.Await("statusChanged", "status", "rest", "restReason", "Lunch")
	p.Do("tccc.Agent.setStatus({status: 'rest', restReason: 'meeting'})")
	p.Await("statusChanged", "status", "rest", "restReason", "Meeting") // as the configuration spells it
	r := p.Fail("tccc.Agent.setStatus({status: 'rest', restReason: 'Fishing'})")
	assert.Equal(t, wire.ErrInvalidBreakReason.Code, r.Code)
	assert.Equal(t, "restReason", r.Field)
	assert.Contains(t, r.ErrorMsg, "Lunch", "the error names what is allowed")
	assert.Equal(t, "rest", status(p))
}

// TestPending asks for a status during a call: it is shown as pending and
// takes effect after the call.
func TestPending(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	id := talk(p)
	p.Await("statusChanged", "status", "busy")
	p.Do("tccc.Agent.setStatus({status: 'rest', restReason: 'Lunch'})")
	e := p.Await("statusChanged", "status", "busy", "pending",
		map[string]string{"status": "rest", "restReason": "Lunch"})
	assert.Equal(t, "busy", e.Status)
	// The last wish counts.
	p.Do("tccc.Agent.setStatus({status: 'notReady'})")
	p.Await("statusChanged", "status", "busy", "pending", map[string]string{"status": "notReady"})
	hangUp(p, id)
	p.Await("statusChanged", "status", "notReady")
	assert.Equal(t, "notReady", status(p))

	// Back to free during the next call takes a wish back.
	id = talk(p)
	p.Do("tccc.Agent.setStatus({status: 'rest'})")
	p.Do("tccc.Agent.setStatus({status: 'free'})")
	hangUp(p, id)
	p.Await("statusChanged", "status", "free")
}

// deadline is the end of after-call work in an event, as time of the page.
func deadline(t *testing.T, e harness.Event) float64 {
	t.Helper()
	var data struct{ Deadline float64 }
	require.NoError(t, json.Unmarshal(e.Data, &data))
	return data.Deadline
}

func TestAfterCallWork(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_AFTERCALL=2s"}})
	p := harness.Agent(t, g, "agent1@demo")

	// Ended by time.
	id := talk(p)
	hangUp(p, id)
	e := p.Await("statusChanged", "status", "arrange")
	end := deadline(t, e)
	now := harness.Eval[float64](p, "Date.now()")
	assert.InDelta(t, now+2000, end, 2000, "the deadline is readable")
	// A caller waits meanwhile.
	call := g.Ring(t, "13800000002", "4001000001", "")
	p.Await("statusChanged", "status", "free")
	assert.GreaterOrEqual(t, harness.Eval[float64](p, "Date.now()"), end-50, "not before the deadline")
	in := p.Await("callIn", "callerPhoneNumber", "13800000002")
	g.PhoneHangup(t, call)
	p.Await("sessionEnded", "sessionId", in.SessionID())

	// Ended by the agent.
	p.AwaitTrue("tccc.Agent.getStatus() === 'free'")
	id = talk(p)
	hangUp(p, id)
	e = p.Await("statusChanged", "status", "arrange")
	p.Do("tccc.Agent.setStatus({status: 'free'})")
	p.Await("statusChanged", "status", "free")
	assert.Less(t, harness.Eval[float64](p, "Date.now()"), deadline(t, e))
}

// TestPersists restarts the gateway: the agent has the status that it had.
func TestPersists(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	p.AllowError("WebSocket connection to")
	p.AllowError("net::ERR_")
	p.Do("tccc.Agent.setStatus({status: 'rest', restReason: 'Training'})")
	p.Await("statusChanged", "status", "rest")
	for _, end := range []func(){g.Stop, g.Kill} {
		end()
		p.Await("connectionChanged", "state", "reconnecting")
		r := p.Fail("Promise.race([tccc.Agent.setStatus({status: 'busy'})])")
		assert.NotZero(t, r.Code)
		g.Restart()
		p.Await("connectionChanged", "state", "connected")
		assert.Equal(t, "rest", status(p))
	}
	p.Do("tccc.Agent.setStatus({status: 'free'})")
	p.Await("statusChanged", "status", "free")
	id := talk(p)
	p.Hears(harness.PhoneTone)
	hangUp(p, id)
	assert.Equal(t, 1, count(p.Names(), "ready"), "ready is not repeated")
}

func count(names []string, name string) (n int) {
	for _, x := range names {
		if x == name {
			n++
		}
	}
	return n
}

// TestQuietStatus lets a status change arrive while nothing else happens, so
// that nothing but the event tells the page.
func TestQuietStatus(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_AFTERCALL=1s"}})
	p := harness.Agent(t, g, "agent1@demo")
	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10003'})") // hangs up by itself
	p.Await("sessionEnded", "closeBy", "client")
	p.Await("statusChanged", "status", "arrange")
	began := time.Now()
	p.Await("statusChanged", "status", "free")
	assert.Less(t, time.Since(began), harness.Patience)
}
