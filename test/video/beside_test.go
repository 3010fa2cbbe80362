package video

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// A telephone call puts a video customer on hold: the camera closes, and both
// come back.
func TestBesideATelephoneCall(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := agentPage(t, g, agent1)
	c, id := videoCall(t, g, a)
	a.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	phone := a.Await("calloutAccepted").SessionID()
	hearsMusic(t, c)
	c.AwaitTrue("document.getElementById('call').dataset.state === 'held'")
	hears(t, a, harness.PhoneTone)
	a.AwaitTrue("harness.microphones.filter((t) => t.kind === 'video').every((t) => t.readyState === 'ended')")
	call := g.AwaitPhone(t, "is the agent's", func(p harness.PhoneCall) bool { return p.SessionID == phone }).CallID
	g.AwaitPhoneHears(t, call, agentTone)

	a.Do("tccc.Call.unHold({sessionId: %s})", id) // holds the telephone call
	customerSees(t, c, agentColour)
	hears(t, c, agentTone)
	hears(t, a, customerTone)
	shows(t, a, "remote", customerColour)
	a.Do("tccc.Call.hungUp({sessionId: %s})", phone)
	hears(t, c, agentTone)
	a.Do("tccc.Video.end({sessionId: %s})", id)
}

// Neither socket carries the media: when one breaks, both still hear and see
// each other, and commands work again afterwards.
func TestSocketsBreak(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := agentPage(t, g, agent1)
	c, id := videoCall(t, g, a)
	c.Run("harness.sockets.forEach((s) => s.close())")
	a.Run("harness.sockets.forEach((s) => s.close())")
	a.Await("connectionChanged", "state", "connected")
	c.AwaitTrue("harness.sockets[harness.sockets.length - 1].readyState === 1 && document.getElementById('begin-voip').disabled")
	hears(t, c, agentTone)
	hears(t, a, customerTone)
	customerSees(t, c, agentColour)
	assert.Equal(t, 1, harness.Eval[int](c, "harness.peers.length"), "the connection is the same")
	a.Do("tccc.Video.muteMic({sessionId: %s})", id)
	silent(t, c)
	a.Do("tccc.Video.end({sessionId: %s})", id)
	c.AwaitTrue("document.getElementById('call').dataset.state === 'ended'")
}

// A connection of the customer's that breaks is made again.
func TestCustomersConnectionBreaks(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := agentPage(t, g, agent1)
	c, id := videoCall(t, g, a)
	// What the browser says of a connection that failed.
	c.Run(`(() => {
		const pc = harness.peers[harness.peers.length - 1];
		Object.defineProperty(pc, 'connectionState', { value: 'failed' });
		pc.dispatchEvent(new Event('connectionstatechange'));
	})()`)
	c.AwaitTrue("harness.peers.length === 2")
	customerSees(t, c, agentColour)
	hears(t, c, agentTone)
	hears(t, a, customerTone)
	shows(t, a, "remote", customerColour)
	a.Do("tccc.Video.end({sessionId: %s})", id)
}

func TestCameraIsChosen(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := agentPage(t, g, agent1)
	cameras := harness.Eval[[]struct{ DeviceID, Kind, Label string }](a,
		"tccc.Devices.getCameras().then((l) => l.map((d) => d.toJSON()))")
	require.NotEmpty(t, cameras)
	assert.Equal(t, "videoinput", cameras[0].Kind)
	assert.NotEmpty(t, cameras[0].Label)
	c, id := videoCall(t, g, a)
	a.Do("tccc.Devices.setCamera({deviceId: %s})", cameras[0].DeviceID)
	a.AwaitTrue("harness.microphones.filter((t) => t.kind === 'video' && t.readyState === 'live').length === 1")
	customerSees(t, c, agentColour)
	assert.Contains(t, harness.Eval[string](a, "JSON.stringify(localStorage)"), cameras[0].DeviceID, "remembered")
	assert.Equal(t, wire.ErrDeviceNotFound.Code, a.Fail("tccc.Devices.setCamera({deviceId: 'nothing'})").Code)
	assert.Equal(t, "deviceId", a.Fail("tccc.Devices.setCamera({})").Field)
	assert.Equal(t, "deviceId", a.Fail("tccc.Devices.setCamera({deviceId: 7.5})").Field)
	customerSees(t, c, agentColour)
	a.Do("tccc.Devices.setCamera({deviceId: ''})")
	a.Do("tccc.Video.end({sessionId: %s})", id)
}

// What customers send that is wrong gets an error of the catalogue; others' sessions
// do not exist for them.
func TestBadOffers(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	mine, theirs := newVisitor(t, g), newVisitor(t, g)
	var s wire.VisitorSession
	require.NoError(t, json.Unmarshal(mine.ok(wire.VisitorStart, `{"type":"video"}`), &s))
	offer := func(v *visitor, id, sdp string) int {
		params, err := json.Marshal(wire.SessionOfferParams{SessionID: id, SDP: sdp})
		require.NoError(t, err)
		return v.fails(wire.VisitorOffer, string(params)).Code
	}
	assert.Equal(t, wire.ErrSessionNotFound.Code, offer(theirs, s.SessionID, noAudio))
	assert.Equal(t, wire.ErrSessionNotFound.Code, offer(mine, "nothing", noAudio))
	assert.Equal(t, wire.ErrSessionNotFound.Code, offer(mine, strings.Repeat("x", 300), noAudio))
	assert.Equal(t, wire.ErrInvalidOptions.Code, offer(mine, s.SessionID, ""))
	for _, sdp := range []string{"x", "v=0\r\n", noAudio, noAudio + strings.Repeat("a=x\r\n", 30_000), "\x00"} {
		assert.Equal(t, wire.ErrMediaOffer.Code, offer(mine, s.SessionID, sdp), "%.40q", sdp)
	}
	assert.Equal(t, wire.ErrSessionNotFound.Code,
		theirs.fails(wire.VisitorEnd, fmt.Sprintf(`{"sessionId":%q}`, s.SessionID)).Code)
	assert.Equal(t, wire.ErrGroupUnknown.Code,
		theirs.fails(wire.VisitorStart, `{"type":"voip","skillGroupId":"nothing"}`).Code)
	mine.ok(wire.VisitorEnd, fmt.Sprintf(`{"sessionId":%q}`, s.SessionID))
	assert.Equal(t, wire.ErrSessionNotFound.Code, offer(mine, s.SessionID, noAudio), "it has ended")

	// Agents as well.
	a := agentPage(t, g, agent1)
	assert.Equal(t, wire.ErrSessionNotFound.Code, a.Fail("tccc.Video.accept({sessionId: %s})", s.SessionID).Code)
}

// noAudio is an offer with a picture only.
const noAudio = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n" +
	"a=fingerprint:sha-256 49:66:12:17:0D:1C:91:AE:57:4C:C6:36:DD:D5:97:D2:7D:62:C9:9A:7F:B9:A3:F4:70:03:E7:43:91:73:23:5E\r\n" +
	"a=setup:actpass\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n"

// visitor is a customer's socket without a page.
type visitor struct {
	t    *testing.T
	ws   *websocket.Conn
	last uint64
}

func newVisitor(t *testing.T, g *harness.Gateway) *visitor {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), harness.Patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws://"+g.HTTP+"/ws/visitor",
		&websocket.DialOptions{Subprotocols: []string{wire.VisitorProtocol}})
	require.NoError(t, err)
	ws.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = ws.CloseNow() })
	v := &visitor{t: t, ws: ws}
	v.ok(wire.VisitorHello, `{}`)
	return v
}

func (v *visitor) ask(method, params string) wire.Frame {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), harness.Patience)
	defer cancel()
	v.last++
	text := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, v.last, method, params)
	require.NoError(v.t, v.ws.Write(ctx, websocket.MessageText, []byte(text)))
	for {
		_, answer, err := v.ws.Read(ctx)
		require.NoError(v.t, err)
		var f wire.Frame
		require.NoError(v.t, json.Unmarshal(answer, &f))
		if f.ID == v.last {
			return f
		}
	}
}

func (v *visitor) ok(method, params string) json.RawMessage {
	v.t.Helper()
	f := v.ask(method, params)
	require.Nil(v.t, f.Error, "%s", method)
	return f.Result
}

func (v *visitor) fails(method, params string) *wire.Error {
	v.t.Helper()
	f := v.ask(method, params)
	require.NotNil(v.t, f.Error, "%s gave %s", method, f.Result)
	return f.Error
}
