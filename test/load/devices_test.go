package load

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
	"tccc/wire"
)

func TestDevices(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_RTC_WARMLEG=false"}})
	p := harness.Agent(t, g, "agent1@demo")
	for method, kind := range map[string]string{"getMicrophones": "audioinput", "getSpeakers": "audiooutput"} {
		p.Run("tccc.Devices." + method + "().then((list) => { window.list = list })")
		assert.True(t, harness.Eval[bool](p,
			"list.length > 0 && list.every((d) => d instanceof MediaDeviceInfo && d.kind === %s && d.label && d.deviceId)", kind), method)
	}
	// What the permission was asked for is let go, and it is not asked for again.
	assert.True(t, harness.Eval[bool](p, "harness.microphones.every((m) => m.readyState === 'ended')"))
	asked := harness.Eval[int](p, "harness.asked")
	p.Run("tccc.Devices.getMicrophones().then((list) => list.length)")
	assert.Equal(t, asked, harness.Eval[int](p, "harness.asked"))
}

func TestCameras(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent1@demo")
	p.Run("tccc.Devices.getCameras().then((list) => { window.list = list })")
	assert.True(t, harness.Eval[bool](p,
		"list.length > 0 && list.every((d) => d instanceof MediaDeviceInfo && d.kind === 'videoinput' && d.label && d.deviceId)"))
	p.Do("tccc.Devices.setCamera({deviceId: list[0].deviceId})")
	assert.True(t, harness.Eval[bool](p, "tccc.Devices.getSelected().then((r) => r.data.camera === list[0].deviceId)"))
	p.Do("tccc.Devices.setCamera({deviceId: ''})")
	assert.Equal(t, "deviceId", p.Fail("tccc.Devices.setCamera({})").Field)
}

func TestDevicesDenied(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	p := harness.SharedBrowser(t, harness.DevicesDenied).NewPage(t,
		site.Origin+site.Page("<!doctype html><body></body>", ""))
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	p.Await("ready") // the agent can still be reached; the interface says what is wrong
	r := p.Fail("tccc.Devices.getMicrophones()")
	assert.Equal(t, wire.ErrMicDenied.Code, r.Code)
	assert.Contains(t, r.ErrorMsg, wire.ErrMicDenied.Remedy)
	assert.Equal(t, wire.ErrMicDenied.Code, p.Fail("tccc.Call.startOutboundCall({phoneNumber: '10086'})").Code)
	assert.Empty(t, g.PhoneCalls(t), "nobody was called")
	assert.Equal(t, "free", harness.Eval[string](p, "tccc.Agent.getStatus()"))
}

func TestDevicesNone(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	p := harness.SharedBrowser(t, harness.DevicesNone).NewPage(t,
		site.Origin+site.Page("<!doctype html><body></body>", ""))
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	p.Await("ready")
	assert.Equal(t, wire.ErrNoMic.Code, p.Fail("tccc.Devices.getMicrophones()").Code)
	p.Run("tccc.Devices.getSpeakers()")
	assert.Equal(t, wire.ErrNoMic.Code, p.Fail("tccc.Call.startOutboundCall({phoneNumber: '10086'})").Code)
}

func TestInsecurePage(t *testing.T) {
	site := harness.CustomerSite()
	origin := "http://insecure.test:" + site.Port
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_ORIGINS=" + origin}})
	p := harness.NewPage(t, origin+site.Page("<!doctype html><body></body>", ""))
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	assert.True(t, harness.Eval[bool](p, "tccc.Devices.isBrowserSupported()"))
	assert.False(t, harness.Eval[bool](p, "tccc.Devices.isEnvSupported()"))
	p.Await("ready")
	for _, method := range []string{"getMicrophones", "getSpeakers"} {
		assert.Equal(t, wire.ErrInsecurePage.Code, p.Fail("tccc.Devices."+method+"()").Code, method)
	}
	assert.Equal(t, wire.ErrInsecurePage.Code, p.Fail("tccc.Call.startOutboundCall({phoneNumber: '10086'})").Code)
}

// TestForeignOrigin is a page whose origin the configuration does not name.
func TestForeignOrigin(t *testing.T) {
	site := harness.CustomerSite()
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewPage(t, "http://insecure.test:"+site.Port+site.Page("<!doctype html><body></body>", ""))
	p.AllowError("WebSocket connection to")
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	p.AwaitError("403")
	assert.NotContains(t, p.Names(), "ready")
}

// TestTextAgent has skill groups that take no calls: it is never asked for the
// microphone and has no audio leg.
func TestTextAgent(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_SKILLGROUPS_0_TYPES=im"}})
	p := harness.Agent(t, g, "agent1@demo")
	p.Do("tccc.Agent.setStatus({status: 'notReady'})") // whatever ready started has been seen to by now
	p.Await("statusChanged", "status", "notReady")
	p.Do("tccc.Agent.setStatus({status: 'free'})")
	p.Await("statusChanged", "status", "free")
	assert.Zero(t, harness.Eval[int](p, "harness.asked"))
	assert.Zero(t, harness.Eval[int](p, "harness.peers.length"))

	// The same agent with calls has its leg warm and its microphone shut.
	calls := harness.StartGateway(t, harness.GatewayOptions{})
	p = harness.Agent(t, calls, "agent1@demo")
	p.AwaitTrue("harness.peers.some((pc) => pc.connectionState === 'connected')")
	p.AwaitTrue("harness.microphones.every((m) => m.readyState === 'ended')")
}
