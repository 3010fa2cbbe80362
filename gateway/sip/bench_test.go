package sip

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"tccc/gateway/rtp"
)

// BenchmarkSetUp is a call over UDP on loopback from Dial to the hang-up, both
// sides in this process. It reports how long the INVITE took to the handler and
// how long the answer took back.
func BenchmarkSetUp(b *testing.B) {
	ports, _ := rtp.NewPorts(rtp.PortOptions{})
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	arrived := make(chan time.Time, 1)
	calls := make(chan *Call, 1)
	callee, err := Listen(context.Background(),
		Options{Listen: "127.0.0.1:0", RTP: ports, Log: quiet,
			Handler: func(c *Call) { arrived <- time.Now(); calls <- c },
			Trunks:  []Trunk{{Name: "peer", Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}}})
	if err != nil {
		b.Fatal(err)
	}
	defer callee.Close(context.Background())
	caller, err := Listen(context.Background(), Options{Listen: "127.0.0.1:0", RTP: ports, Log: quiet,
		Trunks: []Trunk{{Name: "peer", Address: callee.Addr()}}})
	if err != nil {
		b.Fatal(err)
	}
	defer caller.Close(context.Background())
	var invite, answer []time.Duration
	for b.Loop() {
		begin := time.Now()
		out, err := caller.Dial(context.Background(), Outgoing{Trunk: "peer", From: "1", To: "2"})
		if err != nil {
			b.Fatal(err)
		}
		invite = append(invite, (<-arrived).Sub(begin))
		in := <-calls
		begin = time.Now()
		if err := in.Answer(); err != nil {
			b.Fatal(err)
		}
		for e := range out.Events() {
			if e.Kind == Answered {
				answer = append(answer, time.Since(begin))
				_ = out.Hangup()
			}
		}
		for range in.Events() {
		}
	}
	report := func(d []time.Duration, name string) {
		slices.Sort(d)
		b.ReportMetric(float64(d[len(d)/2].Microseconds()), "us-"+name+"-p50")
		b.ReportMetric(float64(d[len(d)*95/100].Microseconds()), "us-"+name+"-p95")
	}
	report(invite, "invite")
	report(answer, "answer")
}
