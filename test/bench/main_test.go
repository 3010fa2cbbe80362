package bench

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"text/tabwriter"

	"tccc/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m, table.print, beside.print) }

// table is what has been measured.
var table report

type report struct {
	mu   sync.Mutex
	rows []row
}

type row struct {
	what, unit string
	samples    []float64
	aim        string
}

// add notes samples of a measurement. aim is what was aimed at, "" if nothing was.
func (r *report) add(what, unit, aim string, samples ...float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows = append(r.rows, row{what, unit, samples, aim})
}

func (r *report) print() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.rows) == 0 {
		return
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintf(w, "\nmeasured\t median\t p95\t max\t unit\t samples\t aim\t\n")
	for _, row := range r.rows {
		fmt.Fprintf(w, "%s\t %s\t %s\t %s\t %s\t %d\t %s\t\n", row.what, number(quantile(row.samples, 0.5)),
			number(quantile(row.samples, 0.95)), number(quantile(row.samples, 1)), row.unit, len(row.samples), row.aim)
	}
	_ = w.Flush() // to the terminal
}

// quantile of samples by the nearest rank.
func quantile(samples []float64, q float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(samples))
	return s[min(len(s)-1, max(0, int(q*float64(len(s))+0.999999)-1))]
}

func number(v float64) string {
	switch {
	case v >= 1000:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}
