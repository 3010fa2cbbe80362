package asr

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tccc/gateway/config"
	"tccc/gateway/mix"
	"tccc/gateway/track"
	"tccc/wire"
)

// maxAgents is how many voices beside the customer's are recognised apart.
const maxAgents = 4

// Recogniser sends conversations to the recognisers of their applications.
type Recogniser struct {
	apps map[string]config.ASR
	log  *slog.Logger

	ctx      context.Context
	stop     context.CancelFunc
	work     sync.WaitGroup
	live     atomic.Int64
	failures prometheus.Counter
	refused  prometheus.Counter
}

// New returns a recogniser for the applications that configure one.
func New(apps []config.App, log *slog.Logger) *Recogniser {
	r := &Recogniser{
		apps: map[string]config.ASR{}, log: log,
		failures: prometheus.NewCounter(prometheus.CounterOpts{Name: "tccc_asr_failures_total",
			Help: "Times that a speech recogniser was not reached or was lost."}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{Name: "tccc_asr_refused_total",
			Help: "Conversations not recognised because of asr.maxSessions."}),
	}
	for i := range apps {
		if apps[i].ASR.URL != "" {
			r.apps[apps[i].SDKAppID] = apps[i].ASR
		}
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// Hear has a conversation recognised from now on; nil if the application's are
// not, or too many are. What is recognised goes to hear, from several
// goroutines, until a few seconds after Close. It does not block.
func (r *Recogniser) Hear(app, session string, hear func(wire.ASR)) *Conversation {
	conf, ok := r.apps[app]
	if !ok || r.ctx.Err() != nil {
		return nil
	}
	if r.live.Add(1) > int64(conf.MaxSessions) {
		r.live.Add(-1)
		r.refused.Inc()
		return nil
	}
	return &Conversation{
		r: r, session: session, url: conf.URL, hear: hear, begin: time.Now(),
		end: make(chan struct{}), next: map[wire.Flow]int{},
	}
}

// Close ends everything.
func (r *Recogniser) Close(ctx context.Context) error {
	if r == nil {
		return nil
	}
	r.stop()
	worked := make(chan struct{})
	go func() { r.work.Wait(); close(worked) }()
	select {
	case <-worked:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("failed to end speech recognition: %w", ctx.Err())
	}
}

var liveDesc = prometheus.NewDesc("tccc_asr_sessions", "Conversations that are being recognised.", nil, nil)

// Describe implements prometheus.Collector.
func (r *Recogniser) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(r, ch) }

// Collect implements prometheus.Collector.
func (r *Recogniser) Collect(ch chan<- prometheus.Metric) {
	r.failures.Collect(ch)
	r.refused.Collect(ch)
	ch <- prometheus.MustNewConstMetric(liveDesc, prometheus.GaugeValue, float64(r.live.Load()))
}

// Conversation is one that is being recognised.
type Conversation struct {
	r       *Recogniser
	session string
	url     string
	hear    func(wire.ASR)
	begin   time.Time
	end     chan struct{}
	once    sync.Once

	mu       sync.Mutex
	closed   bool
	customer *stream
	agents   []*stream
	next     map[wire.Flow]int // index of the next sentence
}

// Customer takes what the customer says.
func (c *Conversation) Customer() mix.Sink {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.customer == nil {
		c.customer = c.start(wire.FlowIn)
	}
	return c.customer.voice
}

// Agent takes what the n-th of the others says, from 0.
func (c *Conversation) Agent(n int) mix.Sink {
	c.mu.Lock()
	defer c.mu.Unlock()
	n = min(n, maxAgents-1)
	for len(c.agents) <= n {
		c.agents = append(c.agents, c.start(wire.FlowOut))
	}
	return c.agents[n].voice
}

// start begins to recognise a voice, unless the conversation has ended.
func (c *Conversation) start(flow wire.Flow) *stream {
	s := &stream{c: c, flow: flow, voice: track.New(c.begin, track.Place(time.Since(c.begin)))}
	if !c.closed && c.r.ctx.Err() == nil {
		c.r.work.Go(s.run)
	}
	return s
}

func (c *Conversation) index(f wire.Flow) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.next[f]
	c.next[f]++
	return n
}

// Close ends the conversation; what is left is recognised within a few
// seconds. It may be called more than once.
func (c *Conversation) Close() {
	c.once.Do(func() {
		c.mu.Lock()
		c.closed = true
		c.mu.Unlock()
		close(c.end)
		c.r.live.Add(-1)
	})
}
