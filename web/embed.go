// Package web carries the web files inside the gateway's binary and serves
// them: the SDK under /sdk/, compressed when it was built, and the demo pages.
package web

import (
	"embed"
	"net/http"
	"net/url"
	"sync"
)

// dist is empty, but for a hidden file, before the first `make build`. What is
// served is decided by name, in load.
//
//go:embed all:dist *.html *.css *.js tccc.d.ts
var files embed.FS

var embedded = sync.OnceValue(func() *handler { return newHandler(files) })

// Options of what is served.
type Options struct {
	// Frames are the origins whose pages may show the customers' page in a
	// frame, for its query. Default: none but its own.
	Frames func(query url.Values) []string
	// Origin reports whether pages of the request's Origin may load the SDK with
	// credentials. Default: none may. Without, all may.
	Origin func(*http.Request) bool
	// CustomersOnly leaves the demo's pages out: the agent page logs in without
	// a password.
	CustomersOnly bool
}

// HandlerFor is [Handler] with options.
func HandlerFor(o Options) http.Handler {
	h := *embedded()
	h.o = o
	return &h
}

// Handler serves the embedded files:
//
//	/                    index.html, the agent page
//	/NAME                the demo's other pages, scripts and styles
//	/sdk/tcccSdk.js      the shell, revalidated at each load
//	/sdk/tccc.HASH.wasm  the browser program, cached for good
//	/sdk/tccc.HASH.js    its runtime, cached for good
//	/sdk/tcccTools.js    what the shell fetches when it is needed
//	/sdk/tccc.d.ts       the types
//	/sdk/manifest.json   names, hashes and sizes of the build
//
// It answers 404 for any other path, 405 for methods other than GET, HEAD and
// OPTIONS, and 503 for /sdk/ in a binary that was built without the SDK.
func Handler() http.Handler { return HandlerFor(Options{}) }
