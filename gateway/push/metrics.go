package push

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type counts struct {
	attempts *prometheus.CounterVec
	took     *prometheus.HistogramVec
	dead     *prometheus.CounterVec
	lost     *prometheus.CounterVec
}

func newCounts() *counts {
	return &counts{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tccc_push_attempts_total",
			Help: "Requests to receivers of pushes, by the answer's status; 0 is none."},
			[]string{"app", "receiver", "kind", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tccc_push_seconds", Help: "Time that receivers took to answer.",
			Buckets: []float64{.01, .05, .1, .5, 1, 5, 10, 30}}, []string{"app", "receiver"}),
		dead: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tccc_push_dead_total", Help: "Pushes that were given up."}, []string{"app", "receiver", "kind"}),
		lost: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tccc_push_lost_total", Help: "Events that found no room or could not be written."},
			[]string{"app", "kind"}),
	}
}

// observer counts for one receiver.
type observer struct {
	*counts
	app, receiver string
}

func (o observer) observe(kind string, r result) {
	o.attempts.WithLabelValues(o.app, o.receiver, kind, strconv.Itoa(r.status)).Inc()
	o.took.WithLabelValues(o.app, o.receiver).Observe(r.took.Seconds())
}

var (
	backlogDesc = prometheus.NewDesc("tccc_push_backlog", "Pushes that are not delivered yet.",
		[]string{"app", "receiver"}, nil)
	deadDesc = prometheus.NewDesc("tccc_push_dead", "Dead letters that are kept.", []string{"app", "receiver"}, nil)
)

// Describe implements prometheus.Collector.
func (p *Pusher) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(p, ch) }

// Collect implements prometheus.Collector.
func (p *Pusher) Collect(ch chan<- prometheus.Metric) {
	for _, m := range []prometheus.Collector{p.counts.attempts, p.counts.took, p.counts.dead, p.counts.lost} {
		m.Collect(ch)
	}
	if len(p.couriers) == 0 || p.ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	for dead, desc := range map[bool]*prometheus.Desc{false: backlogDesc, true: deadDesc} {
		counts, err := p.outbox.Backlog(ctx, dead)
		if err != nil {
			return
		}
		for id, c := range p.couriers {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(counts[id]), c.app, c.name)
		}
	}
}
