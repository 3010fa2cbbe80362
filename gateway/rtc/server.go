// Package rtc is the gateway's side of browser legs: ICE-lite peer connections
// on Pion, all on one UDP port, with one TCP port for networks that block UDP.
// The browser offers, the gateway answers with all its candidates: one round
// trip, nothing trickled.
package rtc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"

	"tccc/internal/pionlog"
	"tccc/wire"
)

// Options of Listen.
type Options struct {
	// UDP is the address that all browser legs use, HOST:PORT. The port may be
	// 0. Default 127.0.0.1:0. With an unspecified host (0.0.0.0, ::) every
	// address of the machine is offered to the browsers, except loopback.
	UDP string
	// TCP is the address of the fallback (RFC 6544, passive). Default: the host
	// of UDP and the port that UDP got. "off" switches the fallback off.
	TCP string
	// Public are addresses under which the same ports are reached from outside
	// (1:1 NAT); they are offered besides the addresses of the machine.
	Public []string
	// MaxLegs bounds the legs that exist at the same time, and twice that
	// the TCP connections; default 2000.
	MaxLegs int
	// Disconnected is how long nothing may be heard from a browser before its
	// leg is StateDisconnected; default 5 s.
	Disconnected time.Duration
	// Failed is how long after that the leg is StateFailed; default 25 s.
	Failed time.Duration
	// Log receives what goes wrong; default none.
	Log *slog.Logger
}

// Server owns the media ports of browser legs. Its methods are safe for
// concurrent use.
type Server struct {
	opts     Options
	log      *slog.Logger
	settings webrtc.SettingEngine
	media    *webrtc.MediaEngine
	pictures *webrtc.MediaEngine   // with video
	mend     *interceptor.Registry // retransmissions of video
	config   webrtc.Configuration
	udp      *ice.UDPMuxDefault
	tcp      *ice.TCPMuxDefault
	listener *boundedListener // of tcp
	udpAt    netip.AddrPort
	tcpAt    netip.AddrPort

	mu     sync.Mutex
	legs   map[*Leg]struct{}
	room   int // how many more legs may be made
	closed bool

	stop    chan struct{}
	reports sync.WaitGroup // and checks
	echoes  atomic.Int32
}

const socketBuffer = 4 << 20 // bytes: what a burst of all legs needs while the process is descheduled

// Listen opens the media ports. The caller must Close the server.
func Listen(opts Options) (_ *Server, err error) {
	if opts.UDP == "" {
		opts.UDP = "127.0.0.1:0"
	}
	if opts.MaxLegs <= 0 {
		opts.MaxLegs = 2000
	}
	if opts.Disconnected <= 0 {
		opts.Disconnected = 5 * time.Second
	}
	if opts.Failed <= 0 {
		opts.Failed = 25 * time.Second
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		opts: opts, log: opts.Log,
		legs: map[*Leg]struct{}{}, room: opts.MaxLegs,
		stop: make(chan struct{}),
	}
	cert, err := newCertificate()
	if err != nil {
		return nil, fmt.Errorf("failed to make the DTLS certificate: %w", err)
	}
	s.config = webrtc.Configuration{
		Certificates: []webrtc.Certificate{*cert},
		BundlePolicy: webrtc.BundlePolicyMaxBundle,
	}
	settings, err := s.open()
	if err != nil {
		return nil, err
	}
	s.settings = *settings
	s.media = &webrtc.MediaEngine{}
	if err := registerCodecs(s.media); err != nil {
		_ = s.closePorts()
		return nil, fmt.Errorf("failed to register the codecs: %w", err)
	}
	if s.pictures, s.mend, err = videoEngine(s.settings.LoggerFactory); err != nil {
		_ = s.closePorts()
		return nil, fmt.Errorf("failed to register the codecs of video: %w", err)
	}
	s.reports.Add(1)
	go s.report()
	return s, nil
}

// newConnection makes a peer connection. It has an API of its own because its
// ICE handler has a state.
func (s *Server) newConnection(video bool, in *inlets) (*webrtc.PeerConnection, error) {
	// No interceptors for audio: reports are made by this package for all legs
	// together (reports.go), and audio needs no retransmission.
	media, mend := s.media, &interceptor.Registry{}
	if video {
		media, mend = s.pictures, s.mend
	}
	settings := s.settings
	if !video { // whose interceptors work on what is read
		settings.BufferFactory = in.make
	}
	settings.SetICEBindingRequestHandler(new(early).take)
	return webrtc.NewAPI(
		webrtc.WithSettingEngine(settings),
		webrtc.WithMediaEngine(media), // which Pion copies for each connection
		webrtc.WithInterceptorRegistry(mend),
	).NewPeerConnection(s.config)
}

// open opens the ports and says how Pion shall use them.
func (s *Server) open() (*webrtc.SettingEngine, error) {
	at, err := net.ResolveUDPAddr("udp", s.opts.UDP)
	if err != nil {
		return nil, fmt.Errorf("failed to read the media address %q: %w", s.opts.UDP, err)
	}
	conn, err := net.ListenUDP("udp"+family(at.IP), at)
	if err != nil {
		return nil, fmt.Errorf("failed to open the media port %s: %w", s.opts.UDP, err)
	}
	// Best effort: the system may allow less.
	_ = conn.SetReadBuffer(socketBuffer)
	_ = conn.SetWriteBuffer(socketBuffer)
	s.udpAt = conn.LocalAddr().(*net.UDPAddr).AddrPort()
	loggers := pionlog.Factory{Log: s.log}
	s.udp = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: conn, Logger: loggers.NewLogger("ice")})

	settings := &webrtc.SettingEngine{LoggerFactory: loggers}
	networks := []webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6}
	if s.opts.TCP != "off" {
		if err := s.openTCP(loggers); err != nil {
			_ = s.closePorts()
			return nil, err
		}
		settings.SetICETCPMux(s.tcp)
		networks = append(networks, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6)
	}
	settings.SetLite(true)
	settings.SetICEUDPMux(s.udp)
	settings.SetNetworkTypes(networks)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetIncludeLoopbackCandidate(s.udpAt.Addr().IsLoopback())
	settings.DisableActiveTCP(true)
	settings.SetICETimeouts(s.opts.Disconnected, s.opts.Failed, 2*time.Second)
	// The browser, which nominates, knows first that the path works: it begins.
	if err := settings.SetAnsweringDTLSRole(webrtc.DTLSRoleServer); err != nil {
		_ = s.closePorts()
		return nil, fmt.Errorf("failed to set the DTLS role: %w", err)
	}
	// ICE has proved the peer's address: no second proof (RFC 6347 section 4.2.1).
	settings.SetDTLSInsecureSkipHelloVerify(true)
	settings.SetFireOnTrackBeforeFirstRTP(true)
	// The cheapest first; every browser of the last years has it.
	settings.SetSRTPProtectionProfiles(
		dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	if len(s.opts.Public) > 0 {
		for _, a := range s.opts.Public {
			if _, err := netip.ParseAddr(a); err != nil {
				_ = s.closePorts()
				return nil, fmt.Errorf("failed to read the public media address %q: %w", a, err)
			}
		}
		if err := settings.SetICEAddressRewriteRules(webrtc.ICEAddressRewriteRule{
			External:        s.opts.Public,
			AsCandidateType: webrtc.ICECandidateTypeHost,
			Mode:            webrtc.ICEAddressRewriteAppend,
		}); err != nil {
			_ = s.closePorts()
			return nil, fmt.Errorf("failed to use the public media addresses: %w", err)
		}
	}
	return settings, nil
}

// family keeps 0.0.0.0 from meaning IPv6 as well, as it does for package net.
func family(ip net.IP) string {
	if ip.To4() != nil {
		return "4"
	}
	return ""
}

func (s *Server) openTCP(loggers pionlog.Factory) error {
	at := s.opts.TCP
	if at == "" {
		at = s.udpAt.String()
	}
	network := "tcp"
	if host, _, err := net.SplitHostPort(at); err == nil {
		network += family(net.ParseIP(host))
	}
	l, err := net.Listen(network, at)
	if err != nil && s.opts.TCP == "" {
		// The port that UDP got is taken on TCP: any other will do.
		l, err = net.Listen(network, netip.AddrPortFrom(s.udpAt.Addr(), 0).String())
	}
	if err != nil {
		return fmt.Errorf("failed to open the media port %s (TCP): %w", at, err)
	}
	s.tcpAt = l.Addr().(*net.TCPAddr).AddrPort()
	s.listener = newBoundedListener(l, 2*s.opts.MaxLegs)
	s.tcp = ice.NewTCPMuxDefault(ice.TCPMuxParams{
		Listener:             s.listener,
		Logger:               loggers.NewLogger("ice"),
		ReadBufferSize:       64,       // packets a connection
		WriteBufferSize:      64 << 10, // bytes: more than a second of audio is too late anyway
		FirstStunBindTimeout: 10 * time.Second,
	})
	return nil
}

// UDPAddr is the media port in use.
func (s *Server) UDPAddr() netip.AddrPort { return s.udpAt }

// TCPAddr is the port of the TCP fallback in use; the zero value if it is off.
func (s *Server) TCPAddr() netip.AddrPort { return s.tcpAt }

// Legs is how many legs there are.
func (s *Server) Legs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.legs)
}

// take reserves room for a leg.
func (s *Server) take() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return wire.ErrStopping
	}
	if s.room == 0 {
		return wire.ErrOverloaded.With("%d media legs are in use", s.opts.MaxLegs)
	}
	s.room--
	return nil
}

func (s *Server) giveBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room++
}

// keep records a leg; false means that the server was closed meanwhile.
func (s *Server) keep(l *Leg) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.legs[l] = struct{}{}
	return true
}

func (s *Server) forget(l *Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.legs[l]; ok {
		delete(s.legs, l)
		s.room++
	}
}

func (s *Server) current() []*Leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	legs := make([]*Leg, 0, len(s.legs))
	for l := range s.legs {
		legs = append(legs, l)
	}
	return legs
}

// Close closes all legs and the ports, and waits for everything that runs.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	close(s.stop)
	s.reports.Wait()
	var legs sync.WaitGroup
	for _, l := range s.current() {
		legs.Go(func() { _ = l.Close() })
	}
	legs.Wait()
	return s.closePorts()
}

func (s *Server) closePorts() error {
	var tcp error
	if s.tcp != nil {
		tcp = s.tcp.Close()
	}
	return errors.Join(s.udp.Close(), tcp)
}

// newCertificate makes the certificate of all legs. Browsers check its
// fingerprint, not its dates (RFC 8827 section 6.5); it lives as long as the process.
func newCertificate() (*webrtc.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	name := pkix.Name{CommonName: "WebRTC"}
	return webrtc.NewCertificate(key, x509.Certificate{
		SerialNumber: serial,
		Version:      2,
		Issuer:       name,
		Subject:      name,
		NotBefore:    time.Now().AddDate(0, 0, -1),
		NotAfter:     time.Now().AddDate(10, 0, 0),
	})
}
