package harness

import (
	"bufio"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Metric reads a value from /metrics by the name of its series, with labels
// if it has some; 0 if it is not there.
func (g *Gateway) Metric(t testing.TB, series string) float64 {
	t.Helper()
	resp, err := client.Get(g.URL + "/metrics")
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	defer func() { _, _ = io.Copy(io.Discard, resp.Body) }()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), series+" "); ok {
			v, err := strconv.ParseFloat(value, 64)
			require.NoError(t, err, lines.Text())
			return v
		}
	}
	return 0
}

// AwaitMetric waits until a value of /metrics satisfies ok.
func (g *Gateway) AwaitMetric(t testing.TB, series string, ok func(float64) bool) {
	t.Helper()
	var v float64
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if v = g.Metric(t, series); ok(v) {
			return
		}
	}
	require.FailNow(t, "metric "+series+" is not as wanted", "it is %v", v)
}
