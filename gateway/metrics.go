package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tccc/gateway/audit"
	"tccc/gateway/sip"
	"tccc/internal/limit"
)

// metricsTimeout bounds a request for metrics, and each part of it.
const metricsTimeout = 10 * time.Second

// openMetrics adds what no package counts itself.
func (g *Gateway) openMetrics(context.Context) error {
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
			func() float64 { return float64(value()) })
	}
	counter := func(name, help string, value func() uint64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help},
			func() float64 { return float64(value()) })
	}
	g.metrics.MustRegister(
		g.trail,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tccc_build_info", Help: "1.", ConstLabels: prometheus.Labels{"version": Version()},
		}, func() float64 { return 1 }),
		trunkTargets{g.sip},
		gauge("tccc_sip_calls", "SIP calls that have not ended.", g.sip.Calls),
		gauge("tccc_transcoded_calls", "Telephone legs that speak another codec than G.711.", g.rtp.Transcoded),
		counter("tccc_transcoding_refused_total", "Calls for which there was no room to transcode.", g.rtp.TurnedAway),
		counter("tccc_rtp_strangers_total", "Packets to telephone legs from others than their peers.", g.rtp.Strangers),
		counter("tccc_srtp_rejected_total", "Packets to encrypted legs that were forged, repeated or not encrypted.",
			g.rtp.Forged),
		counter("tccc_rtp_latched_total", "How often RTP went to where it came from, not where SDP said.",
			g.rtp.Latched),
		gauge("tccc_rtc_legs", "Browsers' legs.", g.rtc.Legs),
		gauge("tccc_agent_sockets", "Sockets of SDKs.", g.agents.Conns),
		gauge("tccc_visitor_sockets", "Sockets of customers' pages.", g.visitors.Conns),
		gauge("tccc_draining", "1 while no new calls are taken.", func() int {
			if g.draining.Load() {
				return 1
			}
			return 0
		}),
	)
	return g.listenMetrics()
}

// listenMetrics opens the listener for metrics alone, if there is to be one.
func (g *Gateway) listenMetrics() error {
	if g.conf.Metrics.Listen == "" {
		return nil
	}
	l, err := net.Listen("tcp", g.conf.Metrics.Listen)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", g.metricsHandler())
	mux.HandleFunc("GET /healthz", g.health)
	g.metricsServer = &http.Server{
		Handler: mux, ReadTimeout: metricsTimeout, WriteTimeout: 2 * metricsTimeout, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(g.log.Handler(), slog.LevelDebug),
	}
	g.metricsAddr = l.Addr()
	go func() {
		if err := g.metricsServer.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			g.fail(err)
		}
	}()
	return nil
}

// MetricsAddr is the address of the listener for metrics, HOST:PORT; empty if
// they are at the HTTP port.
func (g *Gateway) MetricsAddr() string {
	if g.metricsAddr == nil {
		return ""
	}
	return g.metricsAddr.String()
}

// metricsHandler serves the metrics to whoever shows the token, if there is one.
func (g *Gateway) metricsHandler() http.Handler {
	h := promhttp.HandlerFor(g.metrics, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: metricsTimeout})
	token := g.conf.Metrics.Token
	if token.IsZero() {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || !token.Equal(strings.TrimSpace(given)) {
			if given != "" {
				g.trail.Note(audit.Event{Door: "metrics", Action: "token", From: limit.Address(r.RemoteAddr),
					Result: "wrong token"})
			}
			w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
			http.Error(w, "the token of metrics is needed", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// trunkTargets are how the targets of trunks do, as they were found last.
type trunkTargets struct{ sip *sip.Server }

var targetUp = prometheus.NewDesc("tccc_sip_trunk_target_up", "1 while a target of a trunk can be used.",
	[]string{"trunk", "target"}, nil)

// Describe implements prometheus.Collector.
func (t trunkTargets) Describe(out chan<- *prometheus.Desc) { out <- targetUp }

// Collect implements prometheus.Collector.
func (t trunkTargets) Collect(out chan<- prometheus.Metric) {
	for _, s := range t.sip.Targets() {
		up := 0.0
		if s.Up {
			up = 1
		}
		out <- prometheus.MustNewConstMetric(targetUp, prometheus.GaugeValue, up, s.Trunk, s.Target)
	}
}
