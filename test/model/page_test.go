package model

import (
	"context"
	"encoding/json"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"tccc/agent"
	"tccc/wire"
)

// page is what a browser's tab does with the core: it stores what survives a
// reload, and remembers what it was told.
type page struct {
	*agent.Agent
	media *media
	ended chan struct{}

	mu     sync.Mutex
	events []agent.Event
}

// tab is sessionStorage.
type tab struct {
	mu    sync.Mutex
	state agent.TabState
}

func (t *tab) Load() agent.TabState {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

func (t *tab) Save(s agent.TabState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state = s
}

// load opens a page of an agent with the store of its tab.
func load(user, token, url string, store *tab) *page {
	p := &page{media: &media{}, ended: make(chan struct{})}
	p.Agent = agent.New(agent.Options{
		Token: token, SDKAppID: "1400000001", UserID: user, Device: "browser of " + user, Version: "test",
		Dialer: dialer(url), Media: p.media, Tab: store,
		OnEvent: func(e agent.Event) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.events = append(p.events, e)
		},
	})
	go func() {
		defer close(p.ended)
		p.Run(context.Background())
	}()
	return p
}

// told lists what the page was told.
func (p *page) told() []agent.Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]agent.Event(nil), p.events...)
}

// leave ends the page as a reload does: the gateway is told nothing, and the
// store keeps what it has.
func (p *page) leave(t *testing.T) {
	t.Helper()
	p.Sleep()
	p.View() // it is asleep
	p.Close()
	select {
	case <-p.ended:
	case <-time.After(patience):
		require.FailNow(t, "a page does not end")
	}
}

// dialer opens sockets through a proxy.
type dialer string

func (d dialer) Dial(ctx context.Context) (agent.Conn, error) {
	c, _, err := websocket.Dial(ctx, string(d), &websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		return nil, err
	}
	c.SetReadLimit(wire.MaxFrame)
	return &conn{c: c}, nil
}

type conn struct {
	c    *websocket.Conn
	once sync.Once
}

func (c *conn) Read(ctx context.Context) ([]byte, error) {
	_, text, err := c.c.Read(ctx)
	return text, err
}

func (c *conn) Write(text []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return c.c.Write(ctx, websocket.MessageText, text)
}

func (c *conn) Close() { c.once.Do(func() { _ = c.c.CloseNow() }) }

// media is a browser's leg on Pion, with real connections and no devices.
type media struct {
	mu      sync.Mutex
	onState func(agent.MediaState)
	pc      *webrtc.PeerConnection
}

func (m *media) Offer(ctx context.Context, restart bool) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pc == nil {
		var settings webrtc.SettingEngine
		settings.SetIncludeLoopbackCandidate(true)
		settings.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
		settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
		settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
		codecs := &webrtc.MediaEngine{}
		err := codecs.RegisterCodec(webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000},
		}, webrtc.RTPCodecTypeAudio)
		if err != nil {
			return "", wire.ErrMediaConnect
		}
		pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings),
			webrtc.WithMediaEngine(codecs)).NewPeerConnection(webrtc.Configuration{})
		if err != nil {
			return "", wire.ErrMediaConnect
		}
		if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio); err != nil {
			_ = pc.Close()
			return "", wire.ErrMediaConnect
		}
		tell := m.onState
		pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
			switch s {
			case webrtc.PeerConnectionStateConnected:
				tell(agent.MediaConnected)
			case webrtc.PeerConnectionStateDisconnected:
				tell(agent.MediaLost)
			case webrtc.PeerConnectionStateFailed:
				tell(agent.MediaFailed)
			}
		})
		m.pc = pc
	}
	offer, err := m.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: restart})
	if err != nil {
		return "", wire.ErrMediaConnect
	}
	gathered := webrtc.GatheringCompletePromise(m.pc)
	if m.pc.SetLocalDescription(offer) != nil {
		return "", wire.ErrMediaConnect
	}
	select {
	case <-gathered:
		return m.pc.LocalDescription().SDP, nil
	case <-ctx.Done():
		return "", wire.ErrTimeout
	}
}

func (m *media) Answer(_ context.Context, sdp string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pc == nil || m.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer,
		SDP: sdp}) != nil {
		return wire.ErrMediaConnect
	}
	return nil
}

func (m *media) Servers([]wire.ICEServer) {}

func (m *media) OnState(f func(agent.MediaState)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onState = f
}

func (m *media) Close() {
	m.mu.Lock()
	pc := m.pc
	m.pc = nil
	m.mu.Unlock()
	if pc != nil {
		_ = pc.GracefulClose()
	}
}

func (m *media) OpenMic(context.Context) error { return nil }
func (m *media) AskMic(context.Context) error  { return nil }
func (m *media) CloseMic()                     {}
func (m *media) SetMuted(bool)                 {}
func (m *media) Ring(agent.Ring)               {}
func (m *media) Notify()                       {}

// member reads a text member of an event's payload.
func member(e agent.Event, name string) string {
	var all map[string]any
	_ = json.Unmarshal(e.Data, &all) // a payload that is no object has no members
	s, _ := all[name].(string)
	return s
}
