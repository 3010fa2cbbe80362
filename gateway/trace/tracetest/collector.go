// Package tracetest is a collector of OpenTelemetry for tests.
package tracetest

import (
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"sync"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Collector takes traces over OTLP.
type Collector struct {
	mu    sync.Mutex
	spans []*otlp.Span
	auth  string
}

// ServeHTTP implements http.Handler.
func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unpacked
	}
	data, err := io.ReadAll(io.LimitReader(body, 8<<20))
	var in collector.ExportTraceServiceRequest
	if err != nil || proto.Unmarshal(data, &in) != nil {
		http.Error(w, "not OTLP", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.auth = r.Header.Get("Authorization")
	for _, of := range in.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
}

// Authorization is the header of the last request.
func (c *Collector) Authorization() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.auth
}

// Trace gives the spans of a trace by their names.
func (c *Collector) Trace(id string) map[string]*otlp.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[string]*otlp.Span{}
	for _, s := range c.spans {
		if hex.EncodeToString(s.TraceId) == id {
			found[s.Name] = s
		}
	}
	return found
}
