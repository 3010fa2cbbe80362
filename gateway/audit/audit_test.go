package audit

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTrail(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1000, 0)
	trail := New(slog.New(slog.NewTextHandler(&out, nil)), func() time.Time { return now })
	trail.Note(Event{Door: "agents", Action: "login", Who: "anna", From: "192.0.2.1", Result: OK})
	assert.Contains(t, out.String(), "level=INFO msg=audit door=agents action=login who=anna from=192.0.2.1 result=ok")

	out.Reset()
	refused := Event{Door: "agents", Action: "login", From: "192.0.2.2", Result: "TokenInvalid"}
	for range 1000 {
		trail.Note(refused)
	}
	assert.Equal(t, sameBurst, strings.Count(out.String(), "level=WARN"), "one address does not fill the log")
	assert.Equal(t, 1000., counted(t, trail), "all are counted")
	out.Reset()
	now = now.Add(time.Minute)
	trail.Note(refused)
	assert.Contains(t, out.String(), fmt.Sprintf("unsaid=%d", 1000-sameBurst))

	out.Reset()
	for i := range 10_000 {
		trail.Note(Event{Door: "sip", Action: "source", From: fmt.Sprint(i), Result: "unknown"})
	}
	assert.LessOrEqual(t, strings.Count(out.String(), "\n"), allBurst, "nor do many")

	out.Reset()
	now = now.Add(time.Hour)
	trail.Note(Event{Door: "sip", Action: "source", Who: strings.Repeat("x", 5000) + "\nlevel=ERROR", From: "a",
		Result: "b"})
	assert.Less(t, out.Len(), 500)
	assert.Equal(t, 1, strings.Count(out.String(), "\n"), "what a stranger says stays on its line")

	Func(nil).Note(refused) // nobody listens
}

// counted is how many log-ins of agents were refused.
func counted(t *testing.T, trail *Trail) float64 {
	t.Helper()
	r := prometheus.NewRegistry()
	r.MustRegister(trail)
	families, err := r.Gather()
	require.NoError(t, err)
	for _, m := range families[0].Metric {
		if labels := fmt.Sprint(m.Label); strings.Contains(labels, "agents") && strings.Contains(labels, "refused") {
			return m.Counter.GetValue()
		}
	}
	return 0
}
