package rtc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"tccc/gateway/mix"
	"tccc/wire"
)

// State is how a leg's connection stands.
type State string

// States of a leg.
const (
	StateConnecting   State = "connecting"
	StateConnected    State = "connected"
	StateDisconnected State = "disconnected" // nothing heard from the browser; may come back by itself
	StateFailed       State = "failed"       // needs Renegotiate with an ICE restart
	StateClosed       State = "closed"
)

// LegOptions of NewLeg.
type LegOptions struct {
	// Prefer is the order in which codecs are offered to the browser; what is
	// not named follows. Default PCMU, PCMA: phone calls are not transcoded.
	// Name Opus first for browser to browser.
	Prefer []mix.Codec
	// Video answers the video sections of the offer as well, if it has any: the
	// first is the camera's, the second the screen's.
	Video bool
	// Beside is the picture whose codecs come first in the answer: the browser
	// sends in the first, and nothing is transcoded. Default VP8, then H.264.
	Beside *Picture
	// OnState is told every change of the state, in order, from one goroutine at
	// a time. It must not block and must not call Close. Default none.
	OnState func(State)
	// Log receives what goes wrong with the leg; default that of the server.
	Log *slog.Logger
}

// Leg is one browser's audio. It implements mix.Leg. All methods are safe for
// concurrent use.
type Leg struct {
	server *Server
	log    *slog.Logger
	pc     *webrtc.PeerConnection
	sender *webrtc.RTPSender
	track  *track
	inlets *inlets
	port   *mix.Port
	mid    string
	print  string // the browser's DTLS fingerprint

	pictures []*Picture // the camera's and the screen's, as far as there are
	room     room       // for pictures on the way to the browser

	talk    sync.Mutex  // one negotiation at a time
	formats formatsCell // for the reader
	inbound inbound
	digit   atomic.Pointer[func(byte)]

	notify  sync.Mutex // held while onState is told: one change at a time
	onState func(State)
	stateMu sync.Mutex
	state   State

	mu      sync.Mutex
	closed  bool
	readers sync.WaitGroup
	done    chan struct{} // Close has finished
}

// formatsCell holds the negotiated formats; readers take the pointer.
type formatsCell = atomic.Pointer[formats]

// NewLeg answers a browser's offer with a new leg. The offer need not have
// candidates: those of the browser are learnt from its checks (RFC 8445 section
// 7.3.1.3). The answer has all of the gateway's. ctx bounds the negotiation,
// not the life of the leg, which the caller must Close. Errors are
// wire.ErrMediaOffer, ErrOverloaded, ErrStopping, ErrInternal or that of ctx.
func (s *Server) NewLeg(ctx context.Context, offerSDP string, opts LegOptions) (_ *Leg, answerSDP string, err error) {
	o, err := checkOffer(offerSDP)
	if err != nil {
		return nil, "", err
	}
	if err := s.take(); err != nil {
		return nil, "", err
	}
	l, answer, err := s.newLeg(ctx, o, offerSDP, opts)
	if err != nil {
		s.giveBack()
		return nil, "", err
	}
	if !s.keep(l) {
		_ = l.Close()
		return nil, "", wire.ErrStopping
	}
	return l, answer, nil
}

func (s *Server) newLeg(ctx context.Context, o *offer, offerSDP string, opts LegOptions) (*Leg, string, error) {
	if opts.Log == nil {
		opts.Log = s.log
	}
	if opts.Prefer == nil {
		opts.Prefer = []mix.Codec{mix.PCMU, mix.PCMA}
	}
	if !opts.Video {
		o.pictures = nil
	}
	in := &inlets{}
	pc, err := s.newConnection(len(o.pictures) > 0, in)
	if err != nil {
		return nil, "", internal(opts.Log, "failed to make a peer connection", err)
	}
	l := &Leg{
		server: s, log: opts.Log, pc: pc, track: &track{}, inlets: in,
		mid: o.mid, print: o.fingerprint,
		state: StateConnecting, onState: opts.OnState,
		done: make(chan struct{}),
	}
	l.port = mix.NewPort(l.track)
	for i, section := range o.pictures {
		l.pictures = append(l.pictures, newPicture(l, section.mid, trackNames[i]))
	}
	answer, err := l.begin(ctx, offerSDP, o, opts)
	if err != nil {
		_ = l.Close()
		return nil, "", err
	}
	return l, answer, nil
}

// begin makes the transceivers and the first answer.
func (l *Leg) begin(ctx context.Context, offerSDP string, o *offer, opts LegOptions) (string, error) {
	transceiver, err := l.pc.AddTransceiverFromTrack(l.track)
	if err != nil {
		return "", internal(l.log, "failed to add the audio", err)
	}
	if err := transceiver.SetCodecPreferences(preference(opts.Prefer)); err != nil {
		return "", internal(l.log, "failed to order the codecs", err)
	}
	l.sender = transceiver.Sender()
	for i, p := range l.pictures {
		if err := p.begin(o.pictures[i].formats, opts.Beside); err != nil {
			return "", err
		}
	}
	l.pc.OnConnectionStateChange(func(webrtc.PeerConnectionState) { l.noteState() })
	l.pc.OnTrack(func(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
		if t.Kind() == webrtc.RTPCodecTypeVideo {
			for _, p := range l.pictures { // none if it was offered and not taken
				if p.receiver == r {
					p.receive(t, r)
				}
			}
			return
		}
		l.start(func() { l.receive(t) })
		l.start(func() { l.readReports(r.Read) })
	})
	answer, err := l.negotiate(ctx, offerSDP)
	if err != nil {
		return "", err
	}
	l.start(func() { l.readReports(l.sender.Read) })
	for _, p := range l.pictures {
		l.start(func() { p.readReports(p.sender.Read) })
	}
	return answer, nil
}

// Renegotiate answers a further offer of the same browser connection; with new
// ICE credentials in it, ICE is restarted (RFC 8445 section 9). What the leg
// sends goes on without a break. An offer that cannot be answered changes nothing.
func (l *Leg) Renegotiate(ctx context.Context, offerSDP string) (answerSDP string, err error) {
	o, err := checkOffer(offerSDP)
	if err != nil {
		return "", err
	}
	if o.fingerprint != l.print || o.mid != l.mid || !l.shows(o.pictures) {
		return "", wire.ErrMediaOffer.For("sdp", "it is of another peer connection, which needs a leg of its own")
	}
	l.talk.Lock()
	defer l.talk.Unlock()
	if err := l.server.rehearse(offerSDP, len(l.pictures)); err != nil {
		return "", err
	}
	return l.negotiate(ctx, offerSDP)
}

// shows reports whether an offer has the leg's own pictures.
func (l *Leg) shows(sections []offered) bool {
	return len(l.pictures) == 0 || slices.EqualFunc(l.pictures, sections,
		func(p *Picture, o offered) bool { return p.mid == o.mid })
}

// rehearse tries an offer on a connection that is thrown away: Pion cannot take
// back an offer that it has begun to apply.
func (s *Server) rehearse(offerSDP string, pictures int) error {
	pc, err := s.newConnection(pictures > 0, &inlets{})
	if err != nil {
		return internal(s.log, "failed to make a peer connection", err)
	}
	defer pc.GracefulClose()
	if _, err := pc.AddTransceiverFromTrack(&track{}); err != nil {
		return internal(s.log, "failed to add the audio", err)
	}
	for i := range pictures {
		if _, err := pc.AddTransceiverFromTrack(&pictureTrack{name: trackNames[i]}); err != nil {
			return internal(s.log, "failed to add the video", err)
		}
	}
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offerSDP}); err != nil {
		return refused(err)
	}
	if _, err := pc.CreateAnswer(nil); err != nil {
		return refused(err)
	}
	return nil
}

func (l *Leg) negotiate(ctx context.Context, offerSDP string) (string, error) {
	if err := l.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer,
		SDP: offerSDP}); err != nil {
		return "", refused(err)
	}
	answer, err := l.pc.CreateAnswer(nil)
	if err != nil {
		return "", refused(err)
	}
	f, err := readAnswer(answer.SDP, l.mid)
	if err == nil && len(f.order) == 0 {
		err = wire.ErrMediaOffer.For("sdp", "no common codec")
	}
	if err != nil {
		return "", refused(err)
	}
	// What goes out and comes in from now on is of the new formats.
	l.formats.Store(&f)
	l.track.setFormats(f)
	f.apply(l.port)
	for _, p := range l.pictures {
		p.agreed(answer.SDP)
	}

	gathered := webrtc.GatheringCompletePromise(l.pc)
	if err := l.pc.SetLocalDescription(answer); err != nil {
		return "", refused(err)
	}
	// The candidates are the addresses of the machine: nothing is asked on the network.
	select {
	case <-gathered:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	return l.pc.LocalDescription().SDP, nil
}

// refused is what Pion did not like about an offer.
func refused(err error) error {
	var known *wire.Error
	if errors.As(err, &known) {
		return known
	}
	text := err.Error()
	if len(text) > 200 {
		text = text[:200]
	}
	return wire.ErrMediaOffer.For("sdp", "%q", text)
}

func internal(log *slog.Logger, what string, err error) error {
	log.Error("media: "+what, "err", err)
	return fmt.Errorf("%s: %w", what, wire.ErrInternal)
}

// noteState reports the connection's state, if it is a new one. Pion calls its
// handlers in goroutines of their own: what counts is the state at the time.
func (l *Leg) noteState() {
	l.notify.Lock()
	defer l.notify.Unlock()
	switch l.pc.ConnectionState() {
	case webrtc.PeerConnectionStateConnected:
		l.setState(StateConnected)
	case webrtc.PeerConnectionStateDisconnected:
		l.setState(StateDisconnected)
	case webrtc.PeerConnectionStateFailed:
		l.setState(StateFailed)
	case webrtc.PeerConnectionStateClosed:
		l.setState(StateClosed)
	default:
		l.setState(StateConnecting)
	}
}

// setState is called with notify held.
func (l *Leg) setState(s State) {
	l.stateMu.Lock()
	change := s != l.state && l.state != StateClosed
	if change {
		l.state = s
	}
	l.stateMu.Unlock()
	if change && l.onState != nil {
		l.onState(s)
	}
}

// State is the leg's state now.
func (l *Leg) State() State {
	l.stateMu.Lock()
	defer l.stateMu.Unlock()
	return l.state
}

// Port implements mix.Leg.
func (l *Leg) Port() *mix.Port { return l.port }

// Picture is the leg's video; nil if it has none.
func (l *Leg) Picture() *Picture { return l.at(0) }

// Screen is the leg's video of screens; false if it has none.
func (l *Leg) Screen() (*Picture, bool) { return l.at(1), len(l.pictures) > 1 }

func (l *Leg) at(i int) *Picture {
	if i < len(l.pictures) {
		return l.pictures[i]
	}
	return nil
}

// Receive implements mix.Leg.
func (l *Leg) Receive(s mix.Sink) { l.inbound.setSink(s) }

// OnDigit has f called with each digit that the browser sends as a telephone
// event (RFC 4733), when it begins; nil stops that. f must not block.
func (l *Leg) OnDigit(f func(digit byte)) {
	if f == nil {
		l.digit.Store(nil)
		return
	}
	l.digit.Store(&f)
}

// start runs a reader that Close waits for.
func (l *Leg) start(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.readers.Go(f)
}

// Close ends the leg and waits until nothing of it runs. It must not be called
// from a sink, OnState or OnDigit. Further calls wait for the first.
func (l *Leg) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		<-l.done
		return nil
	}
	l.closed = true
	l.mu.Unlock()
	defer close(l.done)

	l.port.Close()
	l.Receive(nil)
	for _, p := range l.pictures {
		p.close()
	}
	err := l.pc.GracefulClose()
	l.readers.Wait()
	l.server.forget(l)
	l.notify.Lock()
	defer l.notify.Unlock()
	l.setState(StateClosed)
	if err != nil {
		return fmt.Errorf("failed to close the connection: %w", err)
	}
	return nil
}

// cname is the name of the gateway's streams, as Pion writes it into the SDP.
const cname = streamID

// processStart is what report times are measured from.
var processStart = time.Now()
