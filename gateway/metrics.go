package gateway

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// openMetrics adds what no package counts itself.
func (g *Gateway) openMetrics(context.Context) error {
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	g.metrics.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tccc_build_info", Help: "1.", ConstLabels: prometheus.Labels{"version": Version()},
		}, func() float64 { return 1 }),
		gauge("tccc_sip_calls", "SIP calls that have not ended.", g.sip.Calls),
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
	return nil
}
