package bench

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/emiago/sipgo"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

var loads = flag.String("loads", "10,50", "how many calls are up while processor time is measured, one after the other")

// window is how long the gateway's processor time is measured.
const window = 10 * time.Second

// BenchmarkCPU measures what a bridged call costs the gateway. The agents are
// native programs with Pion's audio legs, because fifty browsers would leave
// nothing of the machine to measure.
func BenchmarkCPU(b *testing.B) {
	for _, text := range strings.Split(*loads, ",") {
		n, err := strconv.Atoi(text)
		require.NoError(b, err, "-loads is a list of numbers")
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			g := harness.StartGateway(b,
				harness.GatewayOptions{Env: append(append(harness.CarrierEnv(), loadEnv(n, "sales")...),
					"TCCC_SIP_MAXCALLS="+strconv.Itoa(n))})
			carrier := harness.NewCarrier(b, g)
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			agents := make([]*nativeAgent, n)
			for i := range agents {
				agents[i] = newNativeAgent(ctx, b, g, loadAgent(i))
			}
			idle := share(b, g.PID())
			for range n {
				c, err := carrier.Call(ctx, "13800000001", "4001000001")
				require.NoError(b, err)
				answer, cancel := context.WithTimeout(ctx, harness.Patience)
				require.NoError(b, c.AwaitAnswer(answer))
				require.NoError(b, c.AwaitSound(answer))
				cancel()
			}
			for _, a := range agents {
				require.Eventually(b, func() bool { return a.heard.Load() > 50 }, harness.Patience, 10*time.Millisecond,
					"every agent hears")
			}
			busy := share(b, g.PID())
			table.add(fmt.Sprintf("gateway CPU without a call, %d agents", n), "% of a core", "0.1", idle)
			table.add(fmt.Sprintf("gateway CPU a call, %d calls", n), "% of a core", "0.6", (busy-idle)/float64(n))
			refuses(b, carrier, agents)
		})
	}
}

// refuses is what a gateway does with a call that is one too many: it gets 503, and
// those that are there go on.
func refuses(b *testing.B, carrier *harness.Carrier, agents []*nativeAgent) {
	ctx, cancel := context.WithTimeout(b.Context(), harness.Patience)
	defer cancel()
	c, err := carrier.Call(ctx, "13800000002", "4001000001")
	require.NoError(b, err)
	defer c.Hangup(ctx)
	var refused *sipgo.ErrDialogResponse
	require.ErrorAs(b, c.AwaitAnswer(ctx), &refused)
	require.Equal(b, 503, refused.Res.StatusCode)
	for _, a := range agents {
		before := a.heard.Load()
		require.Eventually(b, func() bool { return a.heard.Load() > before+25 }, harness.Patience, 10*time.Millisecond,
			"every agent goes on hearing")
	}
}

func loadAgent(i int) string { return fmt.Sprintf("load%d@demo", i) }

// nativeAgent takes every call that it is offered and speaks.
type nativeAgent struct {
	ws    *websocket.Conn
	pc    *webrtc.PeerConnection
	heard atomic.Int64 // packets
	id    uint64
}

func newNativeAgent(ctx context.Context, b testing.TB, g *harness.Gateway, user string) *nativeAgent {
	b.Helper()
	a := &nativeAgent{}
	var err error
	a.ws, _, err = websocket.Dial(ctx, "ws://"+g.HTTP+"/ws/agent",
		&websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	require.NoError(b, err)
	a.ws.SetReadLimit(wire.MaxFrame)
	b.Cleanup(func() { _ = a.ws.CloseNow() })
	l := g.Login(b, user)
	a.ask(ctx, b, wire.MethodLogin, wire.LoginParams{Token: l.Token, SDKAppID: l.SDKAppID, TabID: user,
		Version: "bench"})

	var track *webrtc.TrackLocalStaticRTP
	a.pc, track = speaker(b, user)
	a.pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		buf := make([]byte, 1500)
		for {
			if _, _, err := t.Read(buf); err != nil {
				return
			}
			a.heard.Add(1)
		}
	})
	offer, err := a.pc.CreateOffer(nil)
	require.NoError(b, err)
	complete := webrtc.GatheringCompletePromise(a.pc)
	require.NoError(b, a.pc.SetLocalDescription(offer))
	<-complete
	var answer wire.AnswerResult
	require.NoError(b, json.Unmarshal(a.ask(ctx, b, wire.MethodMediaOffer,
		wire.OfferParams{SDP: a.pc.LocalDescription().SDP}), &answer))
	require.NoError(b, a.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer,
		SDP: answer.SDP}))
	go a.serve(ctx, track)
	return a
}

// speaker is a connection with a track that can be spoken into. It sends no reports:
// Pion would send two each second, where browsers send one in five.
func speaker(b testing.TB, user string) (*webrtc.PeerConnection, *webrtc.TrackLocalStaticRTP) {
	media := &webrtc.MediaEngine{}
	require.NoError(b, media.RegisterDefaultCodecs())
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	require.NoError(b, err)
	b.Cleanup(func() { _ = pc.Close() })
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU,
		ClockRate: 8000}, "audio", user)
	require.NoError(b, err)
	_, err = pc.AddTrack(track)
	require.NoError(b, err)
	return pc, track
}

// ask sends a request and awaits its answer; before serve runs, nobody else reads.
func (a *nativeAgent) ask(ctx context.Context, b testing.TB, method string, params any) json.RawMessage {
	b.Helper()
	ctx, cancel := context.WithTimeout(ctx, harness.Patience)
	defer cancel()
	id, err := a.send(ctx, method, params)
	require.NoError(b, err)
	for {
		_, text, err := a.ws.Read(ctx)
		require.NoError(b, err)
		var f wire.Frame
		require.NoError(b, json.Unmarshal(text, &f))
		if f.ID == id {
			require.Nil(b, f.Error)
			return f.Result
		}
	}
}

func (a *nativeAgent) send(ctx context.Context, method string, params any) (uint64, error) {
	p, err := json.Marshal(params)
	if err != nil {
		return 0, err
	}
	a.id++
	return a.id, a.ws.Write(ctx, websocket.MessageText,
		fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, a.id, method, p))
}

// serve accepts what rings, until the socket ends, and speaks from then on.
func (a *nativeAgent) serve(ctx context.Context, track *webrtc.TrackLocalStaticRTP) {
	var speaking sync.Once
	for {
		_, text, err := a.ws.Read(ctx)
		if err != nil {
			return
		}
		var f struct {
			Method string
			Params wire.Event
		}
		if json.Unmarshal(text, &f) != nil || f.Method != wire.NotifyEvent || f.Params.Name != wire.EventCallIn {
			continue
		}
		if _, err := a.send(ctx, wire.MethodCallAccept,
			wire.SessionParams{SessionID: f.Params.Session.SessionID}); err != nil {
			return
		}
		speaking.Do(func() { go speak(ctx, track) })
	}
}

// speak sends a packet every 20 ms.
func speak(ctx context.Context, track *webrtc.TrackLocalStaticRTP) {
	packet := make([]byte, 12+160)
	packet[0] = 0x80
	for i := range packet[12:] {
		packet[12+i] = byte(i * 37) // loud noise
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		binary.BigEndian.PutUint16(packet[2:], uint16(n))
		binary.BigEndian.PutUint32(packet[4:], uint32(n*160))
		if _, err := track.Write(packet); err != nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
