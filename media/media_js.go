package media

import (
	"context"
	"sync"
	"syscall/js"
	"time"

	"github.com/pion/webrtc/v4"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// Options are what a Media needs. Callbacks run one at a time and must not
// block; nil ones are left out.
type Options struct {
	// Root is the element that takes the hidden audio elements; document.body
	// by default. The document keeps them alive and audible.
	Root js.Value
	// Capturer has the browser's getUserMedia and getDisplayMedia, and lets go of
	// what comes when nobody is there any more to take it;
	// navigator.mediaDevices by default.
	Capturer js.Value
	// Notice tells what the agent should know (microphone blocked, sound not
	// yet allowed …), and nil when there is nothing more to know.
	Notice func(*wire.Error)
	// Lost tells that a microphone in use was lost and no other could be had;
	// what a method reports is not told here.
	Lost func(*wire.Error)
	// DevicesChanged is called when a device was plugged in or out, when the
	// labels became readable, and when another device was chosen.
	DevicesChanged func()
	// Stats is called every StatsInterval while there is a call, and once with
	// the zero Stats when it is over.
	Stats func(Stats)
	// StatsInterval is 3 s by default.
	StatsInterval time.Duration
	// Warn is told what went wrong without anybody waiting for it, err may be
	// nil. It writes to the console by default.
	Warn func(what string, err error)
}

// Media is the agent's audio. Use New.
type Media struct {
	opt       Options
	navigator js.Value
	document  js.Value

	legBusy chan struct{} // held by the one that negotiates

	mu       sync.Mutex // guards what follows; never held while waiting for the browser
	life     context.Context
	stop     context.CancelFunc // nil while nothing is held
	remove   []func()           // listeners of this life
	watching bool               // the permission is watched
	running  sync.WaitGroup     // goroutines of this life
	onState  func(agent.MediaState)
	state    agent.MediaState
	leg      *leg
	servers  []webrtc.ICEServer
	sessions map[string]*sessionLeg
	onTalk   func(id string, s agent.MediaState)
	unshared func(id string)
	camera   camera
	screen   screen
	mic      mic
	muted    bool
	out      output
	ring     ring
	meter    *measuring
	settle   *time.Timer // debounces devicechange
	choice   Choice

	micNotice   *wire.Error
	soundNotice *wire.Error
}

var _ agent.Media = (*Media)(nil)

// New prepares the audio. It holds nothing and asks for nothing until it is
// used.
func New(opt Options) *Media {
	if opt.StatsInterval <= 0 {
		opt.StatsInterval = 3 * time.Second
	}
	if opt.Warn == nil {
		opt.Warn = warn
	}
	global := js.Global()
	m := &Media{
		opt:       opt,
		navigator: jsval.Global("navigator"),
		document:  global.Get("document"),
		legBusy:   make(chan struct{}, 1),
		state:     agent.MediaNone,
		choice:    storedChoice(),
	}
	if !m.opt.Root.Truthy() {
		m.opt.Root = m.document.Get("body")
	}
	return m
}

// warn writes to the page's console, which is the log of a browser program:
// log/slog would cost 37 kB of brotli.
func warn(what string, err error) {
	text := "tccc: " + what
	if err != nil {
		text += ": " + err.Error()
	}
	js.Global().Get("console").Call("warn", text)
}

// Servers implements agent.Media.
func (m *Media) Servers(list []wire.ICEServer) {
	servers := make([]webrtc.ICEServer, len(list))
	for i, s := range list {
		servers[i] = webrtc.ICEServer{URLs: s.URLs, Username: s.Username, Credential: s.Credential}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.servers = servers
}

// OnState implements agent.Media.
func (m *Media) OnState(f func(agent.MediaState)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onState = f
}

// Close implements agent.Media. It waits for the goroutines of the Media, none
// of which waits for more than the browser's next turn, and must not be called
// on the event loop.
func (m *Media) Close() {
	m.mu.Lock()
	if m.stop == nil {
		m.mu.Unlock()
		return
	}
	m.stop()
	m.stop, m.life = nil, nil
	m.watching = false
	remove := m.remove
	m.remove = nil
	if m.settle != nil {
		m.settle.Stop()
	}
	m.closeMic()
	m.stopRing()
	m.closeRing()
	m.closeLeg()
	lost := m.closeSessions()
	m.dropCamera()
	m.camera = camera{}
	m.dropScreen()
	m.closeOutput()
	m.stopMeter()
	m.micNotice, m.soundNotice = nil, nil
	m.mu.Unlock()

	for _, f := range remove {
		f()
	}
	m.running.Wait()
	m.setState(agent.MediaNone)
	for _, id := range lost {
		m.talkState(id, agent.MediaFailed)
	}
	m.notify()
}

// begin starts a life, if none runs: the listeners that Close removes. mu is
// held.
func (m *Media) begin() {
	if m.stop != nil {
		return
	}
	m.life, m.stop = context.WithCancel(context.Background())
	if devices := m.mediaDevices(); jsval.Has(devices, "addEventListener") {
		m.remove = append(m.remove, jsval.Listen(devices, "devicechange", func(js.Value) { m.devicesMoved() }))
	}
	m.start(func(ctx context.Context) { m.permission(ctx) })
}

// start runs f in a goroutine that Close waits for. mu is held and a life runs.
func (m *Media) start(f func(ctx context.Context)) {
	m.running.Add(1)
	ctx := m.life
	go func() {
		defer m.running.Done()
		f(ctx)
	}()
}

// getUserMedia asks the browser for devices. A stream that comes after the
// context has ended is stopped.
func (m *Media) getUserMedia(ctx context.Context, constraints map[string]any) (js.Value, error) {
	devices := m.mediaDevices()
	if !jsval.Has(devices, "getUserMedia") {
		if !jsval.Global("isSecureContext").Truthy() {
			return js.Undefined(), wire.ErrInsecurePage
		}
		return js.Undefined(), wire.ErrMediaUnsupported.With("getUserMedia is missing")
	}
	if m.opt.Capturer.Truthy() {
		devices = m.opt.Capturer
	}
	promise, err := jsval.Call(devices, "getUserMedia", js.ValueOf(constraints))
	if err != nil {
		return js.Undefined(), err
	}
	return jsval.AwaitLate(ctx, promise, stopStream)
}

func (m *Media) mediaDevices() js.Value { return jsval.Read(m.navigator, "mediaDevices") }

// setState reports a state of the leg if it is another than before.
func (m *Media) setState(s agent.MediaState) {
	m.mu.Lock()
	f, changed := m.onState, m.state != s
	m.state = s
	m.mu.Unlock()
	if changed && f != nil {
		f(s)
	}
}

// setMicNotice and setSoundNotice set what the agent should know of either; nil
// for nothing.
func (m *Media) setMicNotice(e *wire.Error) {
	m.mu.Lock()
	same := m.micNotice == e
	m.micNotice = e
	m.mu.Unlock()
	if !same {
		m.notify()
	}
}

func (m *Media) setSoundNotice(e *wire.Error) {
	m.mu.Lock()
	same := m.soundNotice == e
	m.soundNotice = e
	m.mu.Unlock()
	if !same {
		m.notify()
	}
}

// notify hands out the more important notice.
func (m *Media) notify() {
	m.mu.Lock()
	notice := m.micNotice
	if notice == nil {
		notice = m.soundNotice
	}
	m.mu.Unlock()
	if m.opt.Notice != nil {
		m.opt.Notice(notice)
	}
}

func (m *Media) devicesChanged() {
	if m.opt.DevicesChanged != nil {
		m.opt.DevicesChanged()
	}
}

// acquire takes the right to negotiate.
func (m *Media) acquire(ctx context.Context) error {
	select {
	case m.legBusy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return legError(ctx.Err())
	}
}

func (m *Media) release() { <-m.legBusy }
