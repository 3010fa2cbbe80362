package push

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"tccc/gateway/config"
	"tccc/gateway/store"
)

// BenchmarkDelivery is an event from the loop's call to the receiver's answer,
// as many at the same time as a courier sends.
func BenchmarkDelivery(b *testing.B) {
	got := make(chan struct{}, 1<<16)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		got <- struct{}{}
	}))
	defer srv.Close()
	s, err := store.Open(b.Context(), store.Options{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close(b.Context()) }()
	p, err := Start(b.Context(), Options{Apps: apps(config.Push{URL: srv.URL}), Store: s,
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close(b.Context()) }()
	r := &store.SessionRecord{CDR: store.CDR{SDKAppID: app, Caller: "13800138000", Callee: "4001000001",
		UserID: "agent1@demo"}}
	const ahead = 256
	for i := 0; b.Loop(); i++ {
		r.SessionID = fmt.Sprint(i)
		p.SessionChanged("ringing", r)
		if i >= ahead {
			<-got
		}
	}
}

// BenchmarkOffer is what the loop pays for an event.
func BenchmarkOffer(b *testing.B) {
	for _, wanted := range []bool{false, true} {
		b.Run(fmt.Sprintf("wanted=%v", wanted), func(b *testing.B) {
			p := &Pusher{queue: make(chan entry, 1), wanted: map[target][]*courier{}, counts: newCounts()}
			if wanted {
				p.wanted[target{app, Session}] = []*courier{{}}
			}
			r := &store.SessionRecord{CDR: store.CDR{SDKAppID: app, SessionID: "s"}}
			for b.Loop() {
				p.SessionChanged("ringing", r)
			}
		})
	}
}
