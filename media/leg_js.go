package media

import (
	"context"
	"strings"
	"syscall/js"

	"github.com/pion/webrtc/v4"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// leg is one peer connection with one audio transceiver. The transceiver sends
// and receives from the first offer on, with or without a microphone, so that
// opening one later needs no negotiation (W3C webrtc-pc, section 5.2,
// replaceTrack).
type leg struct {
	pc     *webrtc.PeerConnection
	raw    js.Value // RTCPeerConnection
	sender js.Value // RTCRtpSender
	track  js.Value // remote MediaStreamTrack
	remove func()   // of the state listener
}

// Offer implements agent.Media. The offer holds no candidates: the gateway is
// ICE-lite (RFC 8445 section 2.5) and learns the browser's address from its
// checks, so there is nothing to wait for.
func (m *Media) Offer(ctx context.Context, restart bool) (string, error) {
	if err := m.acquire(ctx); err != nil {
		return "", err
	}
	defer m.release()
	l, err := m.ensureLeg()
	if err != nil {
		return "", err
	}
	sdp, err := l.offer(ctx, restart)
	if err != nil {
		m.dropLeg(l)
		return "", legError(err)
	}
	m.setState(connecting(l))
	return sdp, nil
}

func (l *leg) offer(ctx context.Context, restart bool) (string, error) {
	var offer webrtc.SessionDescription
	err := within(ctx, func() (err error) {
		offer, err = l.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: restart})
		if err != nil {
			return err
		}
		return l.pc.SetLocalDescription(offer)
	})
	return offer.SDP, err
}

func (l *leg) answer(ctx context.Context, sdp string) error {
	return within(ctx, func() error {
		return l.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp})
	})
}

// Answer implements agent.Media. A leg that refuses the answer is thrown away:
// the next Offer makes another one.
func (m *Media) Answer(ctx context.Context, sdp string) error {
	if err := m.acquire(ctx); err != nil {
		return err
	}
	defer m.release()
	m.mu.Lock()
	l := m.leg
	m.mu.Unlock()
	if l == nil {
		return wire.ErrMediaConnect.With("there is no offer to answer")
	}
	if err := l.answer(ctx, sdp); err != nil {
		m.dropLeg(l)
		return legError(err)
	}
	return nil
}

// ensureLeg returns the leg, a new one if there is none or it was closed.
func (m *Media) ensureLeg() (*leg, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begin()
	if m.leg != nil && m.leg.raw.Get("connectionState").String() != "closed" {
		return m.leg, nil
	}
	m.closeLeg()
	l, err := newLeg(phoneCodecs, m.servers)
	if err != nil {
		return nil, legError(err)
	}
	m.leg = l
	// The raw object's event, because Pion runs each callback in a goroutine
	// of its own and so loses the order.
	l.remove = jsval.Listen(l.raw, "connectionstatechange", func(js.Value) {
		m.setState(stateOf(l.raw.Get("connectionState").String()))
		m.measure()
	})
	if m.mic.open() {
		m.replaceSoon(m.mic.track)
	}
	m.play(l.track)
	return l, nil
}

func newLeg(codecs []string, servers []webrtc.ICEServer) (*leg, error) {
	if !jsval.Global("RTCPeerConnection").Truthy() {
		return nil, wire.ErrUnsupportedBrowser.With("RTCPeerConnection is missing")
	}
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{BundlePolicy: webrtc.BundlePolicyMaxBundle,
		ICEServers: servers})
	if err != nil {
		return nil, err
	}
	transceiver, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio,
		webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendrecv})
	if err != nil {
		_ = pc.Close()
		return nil, err
	}
	raw := transceiver.JSValue()
	prefer(raw, codecs)
	return &leg{
		pc:     pc,
		raw:    pc.JSValue(),
		sender: raw.Get("sender"),
		track:  raw.Get("receiver").Get("track"),
	}, nil
}

// What is offered, in this order: G.711 before Opus on the leg of telephone
// calls, which is forwarded as it is, and Opus first between browsers, with
// G.711 for the gateway's music. What else browsers have (comfort noise, RED,
// G.722) is left out; comfort noise in particular would make the stream
// discontinuous.
var (
	phoneCodecs   = []string{"audio/PCMU", "audio/PCMA", "audio/telephone-event", "audio/opus"}
	sessionCodecs = []string{"audio/opus", "audio/PCMU", "audio/PCMA"}
)

// prefer orders the codecs. A browser without the function keeps its own order,
// and the gateway chooses.
func prefer(transceiver js.Value, wanted []string) {
	receiver := jsval.Global("RTCRtpReceiver")
	if !jsval.Has(transceiver, "setCodecPreferences") || !jsval.Has(receiver, "getCapabilities") {
		return
	}
	capabilities := receiver.Call("getCapabilities", "audio")
	if !capabilities.Truthy() {
		return
	}
	all := capabilities.Get("codecs")
	var codecs []any
	for _, want := range wanted {
		for i := range all.Length() {
			if codec := all.Index(i); strings.EqualFold(codec.Get("mimeType").String(), want) {
				codecs = append(codecs, codec)
			}
		}
	}
	if len(codecs) > 0 {
		_, _ = jsval.Call(transceiver, "setCodecPreferences", js.ValueOf(codecs))
	}
}

// replaceTrack sends the track on every leg from now on, or nothing for
// js.Null(), and returns the promise of it, undefined without a leg. mu is held.
func (m *Media) replaceTrack(track js.Value) js.Value {
	var sent []any
	if m.leg != nil {
		sent = append(sent, m.replaceOn(m.leg.sender, track))
	}
	for _, s := range m.sessions {
		sent = append(sent, m.replaceOn(s.sender, track))
	}
	if len(sent) == 0 {
		return js.Undefined()
	}
	return js.Global().Get("Promise").Call("all", js.ValueOf(sent))
}

func (m *Media) replaceOn(sender, track js.Value) js.Value {
	promise, err := jsval.Call(sender, "replaceTrack", track)
	if err != nil {
		m.opt.Warn("track not sent", err)
	}
	return promise
}

// replaced waits for the promise of replaceTrack.
func (m *Media) replaced(ctx context.Context, promise js.Value) {
	if promise.IsUndefined() {
		return
	}
	if _, err := jsval.Await(ctx, promise); err != nil && ctx.Err() == nil {
		m.opt.Warn("microphone not sent", err)
	}
}

// replaceSoon is replaceTrack for callers that need not know when. mu is held
// and a life runs.
func (m *Media) replaceSoon(track js.Value) {
	promise := m.replaceTrack(track)
	m.start(func(ctx context.Context) { m.replaced(ctx, promise) })
}

// dropLeg closes a leg that failed, if it is still the one in use.
func (m *Media) dropLeg(l *leg) {
	m.mu.Lock()
	current := m.leg == l
	if current {
		m.closeLeg()
	}
	m.mu.Unlock()
	if current {
		m.setState(agent.MediaFailed)
	}
}

// closeLeg ends the peer connection. mu is held.
func (m *Media) closeLeg() {
	if m.leg == nil {
		return
	}
	m.leg.remove()
	if err := m.leg.pc.Close(); err != nil {
		m.opt.Warn("peer connection not closed", err)
	}
	m.leg = nil
	m.silence()
}

// connecting is the state after an offer: a leg that works goes on working
// while it is renegotiated.
func connecting(l *leg) agent.MediaState {
	if s := stateOf(l.raw.Get("connectionState").String()); s == agent.MediaConnected {
		return s
	}
	return agent.MediaConnecting
}

// stateOf maps RTCPeerConnectionState (W3C webrtc-pc, section 4.3.3).
func stateOf(connectionState string) agent.MediaState {
	switch connectionState {
	case "connected":
		return agent.MediaConnected
	case "disconnected":
		return agent.MediaLost
	case "failed":
		return agent.MediaFailed
	case "closed":
		return agent.MediaNone
	}
	return agent.MediaConnecting
}

// within runs f, which blocks without a context, and gives up waiting for it
// when ctx ends. f waits for the browser only, which settles it soon.
func within(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
