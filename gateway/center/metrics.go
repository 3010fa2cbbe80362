package center

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tccc/gateway/session"
	"tccc/wire"
)

// counts are the center's counters. The zero value counts into nothing that
// is exported; Collector exports them.
type counts struct {
	sessions *prometheus.CounterVec
	endings  *prometheus.CounterVec
	waits    prometheus.Histogram
	talks    prometheus.Histogram
	mos      prometheus.Histogram
	setup    *prometheus.HistogramVec
	errors   *prometheus.CounterVec
	store    prometheus.Counter
	faults   prometheus.Counter
}

func newCounts() counts {
	return counts{
		sessions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tccc_sessions_total", Help: "Sessions begun."}, []string{"type", "direction"}),
		endings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tccc_sessions_ended_total", Help: "Sessions ended, by who ended them and the main reason."},
			[]string{"type", "close_by", "reason"}),
		waits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tccc_queue_wait_seconds", Help: "From queueing to an agent's answer.",
			Buckets: []float64{1, 2, 5, 10, 20, 30, 60, 120, 300, 600}}),
		talks: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tccc_talk_seconds", Help: "Length of conversations.",
			Buckets: []float64{5, 15, 30, 60, 120, 300, 600, 1800, 3600}}),
		mos: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tccc_call_mos", Help: "Mean opinion score of calls (1 bad, 4.5 excellent), estimated by the SDK from what the agent heard.",
			Buckets: []float64{1.5, 2, 2.5, 3.1, 3.6, 4.03, 4.2, 4.34}}),
		setup: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tccc_setup_seconds", Help: "Steps of call set-up: from the INVITE to callIn when an agent is free (ring), from accept to the bridge (accept).",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5}}, []string{"step"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tccc_command_errors_total", Help: "Commands of SDKs that failed, by the catalogue's code."},
			[]string{"method", "code"}),
		store: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tccc_store_failures_total", Help: "Writes to the store that failed."}),
		faults: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tccc_faults_total", Help: "Messages of the loop that had a fault of the program; the log has their stacks."}),
	}
}

func (n *counts) started(s *session.Session) {
	n.sessions.WithLabelValues(string(s.Type), string(s.Direction)).Inc()
}

func (n *counts) ended(s *session.Session) {
	n.endings.WithLabelValues(string(s.Type), string(s.CloseBy), s.MainReason).Inc()
	if !s.Answered.IsZero() {
		n.talks.Observe(s.Duration(s.Closed).Seconds())
		if !s.Queued.IsZero() {
			n.waits.Observe(s.Answered.Sub(s.Queued).Seconds())
		}
	}
}

func (n *counts) failed(method string, code int) {
	n.errors.WithLabelValues(method, strconv.Itoa(code)).Inc()
}

func (n *counts) step(name string, since time.Time) {
	n.setup.WithLabelValues(name).Observe(time.Since(since).Seconds())
}

func (n *counts) storeFailed() { n.store.Inc() }

var (
	agentsDesc = prometheus.NewDesc("tccc_agents", "Agents by status.", []string{"app", "status"}, nil)
	liveDesc   = prometheus.NewDesc("tccc_sessions", "Sessions that exist now, by state.", []string{"app", "state"},
		nil)
	queueDesc = prometheus.NewDesc("tccc_queue_length", "Sessions that wait for an agent.",
		[]string{"app", "skill_group"}, nil)
)

// Describe implements prometheus.Collector.
func (c *Center) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

// Collect implements prometheus.Collector.
func (c *Center) Collect(ch chan<- prometheus.Metric) {
	n := &c.counts
	for _, m := range []prometheus.Collector{n.sessions, n.endings, n.waits, n.talks, n.mos, n.setup, n.errors, n.store,
		n.faults} {
		m.Collect(ch)
	}
	ctx, cancel := context.WithTimeout(c.loop.Context(), 2*time.Second)
	defer cancel()
	var gauges []prometheus.Metric
	if c.do(ctx, func() { gauges = c.gauges() }) != nil {
		return
	}
	for _, g := range gauges {
		ch <- g
	}
}

// gauges are counted by the loop.
func (c *Center) gauges() (all []prometheus.Metric) {
	gauge := func(d *prometheus.Desc, n int, labels ...string) {
		all = append(all, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...))
	}
	for app, t := range c.tenants {
		statuses := map[wire.Status]int{wire.StatusOffline: len(t.Agents)}
		for _, a := range c.agents {
			if a.tenant == t {
				statuses[wire.StatusOffline]--
				statuses[a.status.State().Status]++
			}
		}
		for s, n := range statuses {
			gauge(agentsDesc, n, app, string(s))
		}
		states := map[session.State]int{}
		for _, call := range c.calls {
			if call.tenant == t && call.of == nil {
				states[call.State()]++
			}
		}
		for s, n := range states {
			gauge(liveDesc, n, app, s.String())
		}
		for i := range t.SkillGroups {
			id := t.SkillGroups[i].ID
			gauge(queueDesc, c.acd.Length(t.Queue(id)), app, id)
		}
	}
	return all
}
