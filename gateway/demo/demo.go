package demo

import (
	"context"
	"log/slog"
	"net/http"

	"tccc/gateway/auth"
	"tccc/gateway/config"
)

// Tokens makes login tokens.
type Tokens interface {
	Issue(ctx context.Context, sdkAppID, userID string, onlyOnce bool) (auth.Token, error)
}

// Options of the demo's HTTP doors.
type Options struct {
	// App is the demo tenant. It is required.
	App *config.App
	// Tokens makes login tokens. It is required.
	Tokens Tokens
	// Phone is the telephone; nil leaves its doors out.
	Phone *Phone
	// Customers chat without a browser; nil leaves their doors out.
	Customers *Customers
	// PublicURL is what SDK URLs begin with. Default: the host of the request.
	PublicURL string
	// Exposed lets pages and requests in that come by another name than that
	// of the loopback. Default: they are refused, so that a page of the
	// internet cannot use the demo through its visitor's browser.
	Exposed bool
	// Log takes what goes wrong. Default slog.Default.
	Log *slog.Logger
}

// Handler serves:
//
//	POST /demo/login            {"userId"} -> {"sdkURL","token","sdkAppId","userId"}
//	POST /demo/phone/call       {"from","to","digits"} -> {"callId"}
//	POST /demo/phone/hangup     {"callId"}
//	POST /demo/phone/answer     {"callId"}
//	POST /demo/phone/decline    {"callId"}
//	POST /demo/phone/digits     {"callId","digits"}
//	POST /demo/phone/voice      {"callId","voice"}
//	GET  /demo/phone/calls      -> [Info], newest first
//	GET  /demo/phone/numbers    -> numbers to ring
//	GET  /demo/phone/events     server-sent events: "calls" [Info], "levels" [Level]
//	POST /demo/visitor/start    {"type":"im","userId","nickname","skillGroupId","text"} -> {"sessionId"}
//	POST /demo/visitor/say      {"sessionId","text"}
//	POST /demo/visitor/end      {"sessionId"}
//	GET  /demo/visitor/messages ?sessionId= -> [wire.Message]
//
// Errors are {"error": wire.Error}.
func Handler(o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	d := &doors{o}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /demo/login", d.login)
	if o.Phone != nil {
		mux.HandleFunc("POST /demo/phone/call", d.call)
		mux.HandleFunc("POST /demo/phone/hangup", d.command((*Phone).Hangup))
		mux.HandleFunc("POST /demo/phone/answer", d.command((*Phone).Answer))
		mux.HandleFunc("POST /demo/phone/decline", d.command((*Phone).Decline))
		mux.HandleFunc("POST /demo/phone/digits", d.digits)
		mux.HandleFunc("POST /demo/phone/voice", d.voice)
		mux.HandleFunc("GET /demo/phone/calls", d.calls)
		mux.HandleFunc("GET /demo/phone/numbers", d.numbers)
		mux.HandleFunc("GET /demo/phone/events", d.events)
	}
	if o.Customers != nil {
		mux.HandleFunc("POST /demo/visitor/start", d.chatStart)
		mux.HandleFunc("POST /demo/visitor/say", d.chat(d.chatSay))
		mux.HandleFunc("POST /demo/visitor/end", d.chat(d.chatEnd))
		mux.HandleFunc("GET /demo/visitor/messages", d.chatMessages)
	}
	return d.guard(mux)
}

type doors struct{ o Options }
