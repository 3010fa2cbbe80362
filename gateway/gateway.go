// Package gateway assembles the server: it opens the store and the ports, and
// joins the packages below to one program.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"tccc/gateway/admin"
	"tccc/gateway/agentws"
	"tccc/gateway/asr"
	"tccc/gateway/audit"
	"tccc/gateway/auth"
	"tccc/gateway/ccgateway"
	"tccc/gateway/center"
	"tccc/gateway/config"
	"tccc/gateway/directory"
	"tccc/gateway/files"
	"tccc/gateway/mix"
	"tccc/gateway/push"
	"tccc/gateway/record"
	"tccc/gateway/rtc"
	"tccc/gateway/rtp"
	"tccc/gateway/sip"
	"tccc/gateway/store"
	"tccc/gateway/trace"
	"tccc/gateway/turn"
	"tccc/gateway/visitor"
)

// Gateway is a running server.
type Gateway struct {
	conf    *config.Config
	log     *slog.Logger
	metrics *prometheus.Registry

	store     *store.Store
	auth      *auth.Auth
	engine    *mix.Engine
	rtc       *rtc.Server
	publicSIP string            // what peers are told, HOST or HOST:PORT; empty: the listening address
	publicRTC string            // what browsers are told
	turn      *turn.Server      // its own; nil: there is none
	turnURLs  []string          // what browsers are told of TURN
	turnUsers *turn.Credentials // nil: there is no TURN
	sip       *sip.Server
	rtp       *rtp.Ports
	phones    *deskPhones
	lamps     atomic.Pointer[sip.Server] // has them; nil until SIP is there
	pushes    *push.Pusher
	recorder  *record.Recorder
	links     *record.Links
	asr       *asr.Recogniser
	tracer    *trace.Tracer
	center    *center.Center
	directory *directory.Directory
	unfollow  func()
	ccgateway *ccgateway.Handler
	agents    *agentws.Server
	files     *files.Files
	visitors  *visitor.Server
	demo      *demoParts
	admin     *admin.Server
	http      *http.Server
	addr      net.Addr
	trail     *audit.Trail

	metricsServer *http.Server // nil: metrics are at the HTTP port
	metricsAddr   net.Addr

	failed chan error
	closed chan struct{} // when Close begins

	people   atomic.Pointer[directory.Directory] // directory, once it is open
	node     string                              // this process, in records of sessions
	since    time.Time
	draining atomic.Bool
	origins  atomic.Pointer[[]string] // of the configuration that is in force
}

// Start opens everything that the configuration asks for. On an error nothing
// stays open.
func Start(ctx context.Context, conf *config.Config, log *slog.Logger) (_ *Gateway, err error) {
	g := &Gateway{conf: conf, log: log, metrics: prometheus.NewRegistry(), failed: make(chan error, 2),
		closed: make(chan struct{}), since: time.Now()}
	g.trail = audit.New(log, nil)
	host, _ := os.Hostname()
	g.node = fmt.Sprintf("%s/%d", host, os.Getpid())
	g.origins.Store(&conf.Origins)
	defer func() {
		if err != nil {
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			err = errors.Join(err, g.Close(closing))
		}
	}()
	if conf.Demo {
		g.demo = newDemoParts()
	}
	g.metrics.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	steps := []struct {
		what string
		do   func(context.Context) error
	}{
		{"the store", g.openStore},
		{"addresses", g.openAddresses},
		{"browser media", g.openRTC},
		{"TURN", g.openTURN},
		{"pushes", g.openPushes}, // before the center, which brings them events
		{"recordings", g.openRecorder},
		{"speech recognition", g.openASR},
		{"tracing", g.openTracing},
		{"the center", g.openCenter}, // before SIP, which brings it calls
		{"SIP", g.openSIP},
		{"the demo", g.openDemo},
		{"the metrics", g.openMetrics},
		{"HTTP", g.openHTTP},
		{"the operators' socket", g.openAdmin},
	}
	for _, step := range steps {
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("failed to start %s: %w", step.what, err)
		}
	}
	return g, nil
}

func (g *Gateway) openStore(ctx context.Context) (err error) {
	g.store, err = store.Open(ctx, store.Options{
		Dir: g.conf.DataDir(), URL: g.conf.NATS.URL, Replicas: g.conf.NATS.Replicas,
		MaxSize: int64(g.conf.Store.MaxSize), MinFree: int64(g.conf.Store.MinFree), KeepCDRs: g.conf.CDR.Retention,
		Log: g.log,
	})
	if err != nil {
		return err
	}
	g.metrics.MustRegister(g.store)
	go g.watchClaim(g.store.Lost())
	g.auth, err = auth.New(ctx, g.store, auth.Options{})
	return err
}

// watchClaim ends the gateway when another one has taken its place.
func (g *Gateway) watchClaim(lost <-chan struct{}) {
	select {
	case <-lost:
		g.fail(fmt.Errorf("another gateway has taken over the store: %w", store.ErrClaimed))
	case <-g.closed:
	}
}

// fail reports the error of a part that stopped by itself; the first one counts.
func (g *Gateway) fail(err error) {
	select {
	case g.failed <- err:
	default:
	}
}

func (g *Gateway) openRTC(context.Context) (err error) {
	c := &g.conf.RTC
	o := rtc.Options{UDP: c.Listen, TCP: c.TCP, MaxLegs: c.MaxLegs, Log: g.log}
	if g.publicRTC != "" {
		o.Public = []string{g.publicRTC}
	}
	g.engine = mix.NewEngine()
	g.rtc, err = rtc.Listen(o)
	return err
}

func (g *Gateway) openCenter(ctx context.Context) (err error) {
	apps, err := g.openDirectory(ctx)
	if err != nil {
		return err
	}
	if err := g.openFiles(ctx); err != nil {
		return err
	}
	g.center, err = center.Start(ctx, center.Options{
		Apps: apps, Store: g.store, Engine: g.engine, Log: g.log,
		Dial: g.dial, Legs: g.newLeg, SessionLegs: g.newSessionLeg, WarmLeg: g.conf.RTC.WarmLeg, ICE: g.iceServers,
		Sink: g.sink(), Spans: g.spans(), Recorder: recorder{g.recorder}, Recogniser: recogniser{g.asr},
		Links: recordings{g}, Files: g.files, Logins: g.auth, Node: g.node, Echo: g.rtc.Echo, Version: Version(),
		Lamps: g.lights,
	})
	if err != nil {
		return err
	}
	g.metrics.MustRegister(g.center)
	g.openCCGateway()
	g.agents = agentws.New(agentws.Options{Center: g.center, Auth: g.auth, Origin: g.originAllowed, Audit: g.trail.Note,
		Log: g.log})
	return g.openVisitors(ctx)
}

func (g *Gateway) newLeg(ctx context.Context, offer string, onState func(rtc.State)) (center.BrowserLeg, string,
	error) {
	leg, answer, err := g.rtc.NewLeg(ctx, offer, rtc.LegOptions{OnState: onState})
	if err != nil {
		return nil, "", err
	}
	return leg, answer, nil
}

func (g *Gateway) newSessionLeg(ctx context.Context, offer string, o center.SessionLegOptions) (center.SessionLeg,
	string, error) {
	leg, answer, err := g.rtc.NewLeg(ctx, offer, rtc.LegOptions{
		Prefer: []mix.Codec{mix.Opus}, Video: o.Video, Beside: o.Beside, OnState: o.OnState,
	})
	if err != nil {
		return nil, "", err
	}
	return leg, answer, nil
}

// HTTPAddr is the address that HTTP is served on, HOST:PORT.
func (g *Gateway) HTTPAddr() string { return g.addr.String() }

// SIPAddr is the address of the SIP user agent, HOST:PORT.
func (g *Gateway) SIPAddr() string { return g.sip.Addr() }

// SIPTLSAddr is the address for SIP over TLS, HOST:PORT; empty if there is none.
func (g *Gateway) SIPTLSAddr() string { return g.sip.TLSAddr() }

// Failed gives the error of a part that stopped by itself.
func (g *Gateway) Failed() <-chan error { return g.failed }
