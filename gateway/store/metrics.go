package store

import (
	"github.com/prometheus/client_golang/prometheus"
)

var (
	upDesc      = desc("tccc_store_up", "1 while the store can be written.")
	roomDesc    = desc("tccc_store_room", "1 while new work is taken, 0 while there is too little room for it.")
	freeDesc    = desc("tccc_store_free_bytes", "Room on the disk of the store.")
	markDesc    = desc("tccc_store_free_mark_bytes", "Room on the disk below which no new work is taken.")
	sizeDesc    = desc("tccc_store_size_bytes", "Size of the store's files, without recordings and files of chats.")
	restartDesc = desc("tccc_store_restarts_total", "How often the store was started anew after a failure of its disk.")
	asideDesc   = desc("tccc_store_set_aside_total", "Records that could not be written or read and were set aside.")
)

func desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, nil, nil)
}

// Describe implements prometheus.Collector.
func (s *Store) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, ch) }

// Collect implements prometheus.Collector.
func (s *Store) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64) { ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	counter := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	flag := func(ok bool) float64 {
		if ok {
			return 1
		}
		return 0
	}
	c := s.guard.known.Load()
	gauge(upDesc, flag(s.Health() == nil))
	gauge(roomDesc, flag(s.Room() == nil))
	if c.disk > 0 {
		gauge(freeDesc, float64(c.free))
		gauge(markDesc, float64(s.guard.mark(c.disk)))
		gauge(sizeDesc, float64(c.size))
	}
	counter(restartDesc, float64(s.guard.restarts.Load()))
	counter(asideDesc, float64(s.aside.count.Load()))
}
