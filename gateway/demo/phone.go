package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"sync"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
	"tccc/gateway/rtp"
	"tccc/gateway/sip"
	"tccc/wire"
)

// PhoneOptions of the telephone.
type PhoneOptions struct {
	// Gateway is the SIP address of the gateway, IP:PORT: where calls go to
	// and come from. It is required.
	Gateway string
	// Listen is the address of the phone's own SIP socket, IP:PORT. Default:
	// the IP of the gateway and a port of the system's choice.
	Listen string
	// Engine plays the tone. It is required.
	Engine *mix.Engine
	// SessionID finds the session of a call by its SIP Call-ID, empty if it is
	// not known (yet). Default: the header X-Session-ID of the gateway's
	// messages alone.
	SessionID func(callID string) string
	// Log takes a line per call. Default slog.Default.
	Log *slog.Logger
}

// sessionHeader is where the gateway tells the session of a call.
const sessionHeader = "X-Session-ID"

const (
	trunkName = "gateway"
	maxEnded  = 100 // ended calls that are still listed
	maxLive   = 200
)

// Phone is a telephone with any number of lines. All methods are safe for
// concurrent use.
type Phone struct {
	o      PhoneOptions
	log    *slog.Logger
	server *sip.Server
	tone   *mix.Clip
	ctx    context.Context
	stop   context.CancelFunc
	wg     sync.WaitGroup

	pages pages

	mu      sync.Mutex
	closing bool
	calls   []*call // newest first
}

// OpenPhone switches the phone on. It must be closed.
func OpenPhone(ctx context.Context, o PhoneOptions) (*Phone, error) {
	gateway, err := netip.ParseAddrPort(o.Gateway)
	if err != nil {
		return nil, fmt.Errorf("failed to open the demo phone: %q is not IP:PORT", o.Gateway)
	}
	host := gateway.Addr().Unmap()
	if host.IsUnspecified() {
		host = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if o.Listen == "" {
		o.Listen = net.JoinHostPort(host.String(), "0")
	}
	p := &Phone{o: o, log: o.Log}
	if p.log == nil {
		p.log = slog.Default()
	}
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.pages.init()
	tone := audio.Tone(toneHertz, toneAmplitude)
	p.tone = mix.NewClip(tone.Samples(audio.Rate)) // 440 whole waves: it loops without a seam
	ports, err := rtp.NewPorts(rtp.PortOptions{Listen: host})
	if err == nil {
		p.server, err = sip.Listen(ctx, sip.Options{
			Listen: o.Listen,
			Trunks: []sip.Trunk{{
				Name:    trunkName,
				Address: netip.AddrPortFrom(host, gateway.Port()).String(),
				Inbound: sip.Inbound{Addresses: []string{host.String()}},
			}},
			RTP:       ports,
			Handler:   p.incoming,
			UserAgent: "tccc demo phone",
			Log:       p.log.With("phone", true),
			MaxCalls:  maxLive,
		})
	}
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("failed to open the demo phone: %w", err)
	}
	return p, nil
}

// Addr is the phone's SIP address, IP:PORT: the address of the demo's trunk.
func (p *Phone) Addr() string { return p.server.Addr() }

// EndStreams ends the event streams and takes no new ones, so that the HTTP
// server can shut down: pass it to http.Server.RegisterOnShutdown.
func (p *Phone) EndStreams() { p.pages.end() }

// Close hangs up and switches the phone off; the context bounds how long it
// waits for the far side.
func (p *Phone) Close(ctx context.Context) error {
	p.pages.end()
	p.mu.Lock()
	p.closing = true
	p.mu.Unlock()
	err := p.server.Close(ctx)
	p.stop()
	p.wg.Wait()
	if err != nil {
		return fmt.Errorf("failed to close the demo phone: %w", err)
	}
	return nil
}

var (
	validNumber = regexp.MustCompile(`^\+?[0-9]{3,32}$`)
	validDigits = regexp.MustCompile(`^[0-9*#A-Dp]{1,64}$`)
)

// Call rings in: from calls to, presses the digits when the call is answered,
// and speaks the tone. It returns the call's id.
func (p *Phone) Call(ctx context.Context, from, to, digits string) (callID string, err error) {
	for field, number := range map[string]*string{"from": &from, "to": &to} {
		n, err := wire.ParseNumber(*number)
		if err == nil && (n.Extension != "" || !validNumber.MatchString(n.Digits)) {
			err = wire.ErrNumberInvalid.With("%s is not a telephone number", field)
		}
		if err != nil {
			return "", wire.ErrNumberInvalid.For(field, "%s", wire.AsError(err).Detail)
		}
		*number = n.Digits
	}
	if digits != "" {
		if err := checkDigits(digits); err != nil {
			return "", err
		}
	}
	sc, err := p.server.Dial(ctx, sip.Outgoing{Trunk: trunkName, From: from, To: to})
	switch {
	case errors.Is(err, sip.ErrBusy):
		return "", wire.ErrOverloaded.With("the demo phone has %d calls", maxLive)
	case errors.Is(err, sip.ErrClosed):
		return "", wire.ErrStopping
	case err != nil:
		return "", wire.ErrTrunk.With("the demo phone cannot call the gateway")
	}
	c := newCall(p, sc, wire.Inbound, StateDialing)
	c.dial = digits
	if !p.start(c) {
		_ = sc.Hangup()
		return "", wire.ErrStopping
	}
	return c.id, nil
}

// start gives a call its goroutine, unless the phone is being switched off.
func (p *Phone) start(c *call) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		return false
	}
	p.list(c)
	p.wg.Go(c.run)
	return true
}

func checkDigits(digits string) error {
	if !validDigits.MatchString(digits) {
		return wire.ErrDigitsInvalid.For("digits", "digits may contain 0-9 * # A-D and p for a pause, at most 64")
	}
	return nil
}

// incoming is the handler of calls to the phone; it has a goroutine of its own,
// which the SIP server waits for.
func (p *Phone) incoming(sc *sip.Call) {
	if !p.start(newCall(p, sc, wire.Outbound, StateRinging)) {
		_ = sc.Reject(503, "")
	}
}

// list puts a call into the list and takes the oldest ended ones out. The
// caller holds the lock.
func (p *Phone) list(c *call) {
	p.calls = slices.Insert(p.calls, 0, c)
	ended := 0
	p.calls = slices.DeleteFunc(p.calls, func(c *call) bool {
		if !c.ended() {
			return false
		}
		ended++
		return ended > maxEnded
	})
	p.pages.changed()
}

func (p *Phone) find(callID string) (*call, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		if c.id == callID {
			return c, nil
		}
	}
	return nil, wire.ErrSessionNotFound.For("callId", "the phone has no such call")
}

// Hangup ends a call in whatever state it is. A call that has ended is no error.
func (p *Phone) Hangup(callID string) error { return p.tell(callID, (*call).hangup) }

// Answer takes a call that rings.
func (p *Phone) Answer(callID string) error { return p.tell(callID, (*call).answer) }

// Decline refuses a call that rings (603).
func (p *Phone) Decline(callID string) error { return p.tell(callID, (*call).decline) }

// Speak changes what the phone says in a call.
func (p *Phone) Speak(callID string, v Voice) error {
	if v != Tone && v != Echo && v != Silence {
		return wire.ErrInvalidOptions.For("voice", "voice must be tone, echo or silence")
	}
	return p.tell(callID, func(c *call) error { return c.speak(v) })
}

// Press sends digits in a call; it returns when they are on their way.
func (p *Phone) Press(callID, digits string) error {
	if err := checkDigits(digits); err != nil {
		return err
	}
	return p.tell(callID, func(c *call) error { return c.press(digits) })
}

func (p *Phone) tell(callID string, f func(*call) error) error {
	c, err := p.find(callID)
	if err != nil {
		return err
	}
	return c.do(f)
}

// Calls lists the calls, newest first.
func (p *Phone) Calls() []Info {
	p.mu.Lock()
	calls := slices.Clone(p.calls)
	p.mu.Unlock()
	all := make([]Info, len(calls))
	for i, c := range calls {
		all[i] = c.info()
	}
	return all
}
