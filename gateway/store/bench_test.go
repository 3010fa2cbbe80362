package store

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"tccc/wire"
)

// report adds the median and the 95th percentile to a benchmark's line.
func report(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds()), "p95-us")
}

func benchStore(b *testing.B) *Store {
	s, err := Open(b.Context(), Options{Dir: b.TempDir(), Log: quiet})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close(b.Context()) })
	return s
}

func timed(b *testing.B, do func(i int) error) {
	times := make([]time.Duration, 0, b.N)
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		if err := do(i); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	report(b, times)
}

func BenchmarkPut(b *testing.B) {
	s := benchStore(b)
	r := AgentRecord{UserID: "agent1@demo", State: wire.AgentState{Status: wire.StatusFree}}
	timed(b, func(i int) error {
		_, err := s.Agents().Put(b.Context(), fmt.Sprintf("1/agent%d@demo", i%100), r)
		return err
	})
}

func BenchmarkGet(b *testing.B) {
	s := benchStore(b)
	if _, err := s.Agents().Put(b.Context(), "a", AgentRecord{}); err != nil {
		b.Fatal(err)
	}
	timed(b, func(int) error { _, err := s.Agents().Get(b.Context(), "a"); return err })
}

func BenchmarkAppendCDR(b *testing.B) {
	s := benchStore(b)
	c := CDR{SDKAppID: "1400000001", Caller: "13800138000", Callee: "4001000001", UserID: "agent1@demo",
		SkillGroupID: "sales"}
	timed(b, func(i int) error {
		c.SessionID = fmt.Sprintf("0123456789abcdef-%d", i)
		_, err := s.AppendCDR(b.Context(), &c)
		return err
	})
}

func BenchmarkPutLater(b *testing.B) {
	s := benchStore(b)
	r := SessionRecord{CDR: CDR{SDKAppID: "1400000001", SessionID: "s", Caller: "13800138000", Callee: "4001000001"}}
	timed(b, func(i int) error { return s.Sessions().PutLater(fmt.Sprint("s", i%100), r) })
}

func BenchmarkQueryCDRs(b *testing.B) {
	s := benchStore(b)
	for i := range 2000 {
		if _, err := s.AppendCDR(b.Context(),
			&CDR{SDKAppID: "1", SessionID: fmt.Sprint(i), UserID: fmt.Sprint(i % 10)}); err != nil {
			b.Fatal(err)
		}
	}
	timed(b, func(int) error {
		_, err := s.CDRs(b.Context(), CDRQuery{SDKAppID: "1", UserID: "3"})
		return err
	})
}

func BenchmarkOpen(b *testing.B) {
	for _, name := range []string{"new", "again"} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			timed(b, func(i int) error {
				b.StopTimer()
				at := dir
				if name == "new" {
					at = fmt.Sprint(dir, "/", i)
				} else if i == 0 {
					s, _ := Open(b.Context(), Options{Dir: at, Log: quiet})
					_ = s.Close(b.Context())
				}
				b.StartTimer()
				s, err := Open(b.Context(), Options{Dir: at, Log: quiet})
				if err != nil {
					return err
				}
				return s.Close(b.Context())
			})
		})
	}
}

// BenchmarkMemory tells the heap of an open store at rest.
func BenchmarkMemory(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := benchStore(b)
	for b.Loop() {
		if err := s.Health(); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "heap-MB")
	b.ReportMetric(float64(runtime.NumGoroutine()), "goroutines")
}
