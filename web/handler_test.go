package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const wasmName = "tccc.0123456789ab.wasm"

// site is a small build: every kind of file that the real one has.
func site() fstest.MapFS {
	text := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"index.html":                 text("<!doctype html>" + strings.Repeat("<p>agent", 50)),
		"phone.html":                 text("<!doctype html>phone"),
		"app.js":                     text("'use strict'"),
		"app.css":                    text("a{}"),
		"tccc.d.ts":                  text("declare const tccc: unknown"),
		"tcccTools.js":               text("export const tools = 1"),
		"wasm_exec.js":               text("source of Go"),
		"embed.go":                   text("package web"),
		"notes.txt":                  text("not for the public"),
		"dist/.gitkeep":              text(""),
		"dist/manifest.json":         text("{}"),
		"dist/tcccSdk.js":            text("shell"),
		"dist/tcccSdk.js.br":         text("shell br"),
		"dist/tcccSdk.js.gz":         text("shell gz"),
		"dist/" + wasmName:           text("wasm"),
		"dist/" + wasmName + ".br":   text("wasm br"),
		"dist/" + wasmName + ".gz":   text("wasm gz"),
		"dist/secret.txt":            text("secret"),
		"dist/tccc.0123456789ab.zip": text("secret"),
	}
}

// get asks h for a path, with headers given as pairs.
func get(h http.Handler, method, target string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, "/", nil)
	r.URL.Path = target // as it is: httptest would clean it
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(b)
}

func TestServed(t *testing.T) {
	h := newHandler(site())
	for target, kind := range map[string]string{
		"/":                  "text/html; charset=utf-8",
		"/index.html":        "text/html; charset=utf-8",
		"/phone.html":        "text/html; charset=utf-8",
		"/app.js":            "text/javascript; charset=utf-8",
		"/app.css":           "text/css; charset=utf-8",
		"/sdk/tcccSdk.js":    "text/javascript; charset=utf-8",
		"/sdk/" + wasmName:   "application/wasm",
		"/sdk/tccc.d.ts":     "application/typescript; charset=utf-8",
		"/sdk/tcccTools.js":  "text/javascript; charset=utf-8",
		"/sdk/manifest.json": "application/json",
	} {
		r := get(h, "GET", target)
		assert.Equal(t, 200, r.StatusCode, target)
		assert.Equal(t, kind, r.Header.Get("Content-Type"), target)
		assert.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"), target)
		assert.Contains(t, r.Header.Values("Vary"), "Accept-Encoding", target)
	}
}

func TestNotServed(t *testing.T) {
	h := newHandler(site())
	for _, target := range []string{
		"/embed.go", "/notes.txt", "/tcccSdk.js", "/wasm_exec.js", "/dist/tcccSdk.js", "/dist", "/sdk/", "/sdk",
		"/sdk/secret.txt", "/sdk/.gitkeep", "/sdk/tcccSdk.js.br", "/sdk/tccc.ffffffffffff.wasm",
		"/sdk/tccc.0123456789ab.zip", "/sdk/../embed.go", "/../web/embed.go", "/sdk/..%2fembed.go", "//index.html",
		"/index.html/", "/./index.html", "", "/\x00", `/sdk\tcccSdk.js`, "/INDEX.HTML",
	} {
		r := get(h, "GET", target)
		assert.Equal(t, 404, r.StatusCode, "%q", target)
		assert.Equal(t, "no-store", r.Header.Get("Cache-Control"), "%q", target)
	}
}

func TestCodings(t *testing.T) {
	h := newHandler(site())
	for accept, want := range map[string]string{
		"":                         "",
		"gzip, deflate, br, zstd":  "br",
		"gzip":                     "gzip",
		"BR":                       "br",
		"br;q=0":                   "",
		"br;q=0, gzip":             "gzip",
		"br;q=0.5, gzip;q=0.8":     "gzip",
		"*":                        "br",
		"*;q=0":                    "",
		"br;q=0, *":                "gzip",
		"identity":                 "",
		"identity, gzip;q=0.1":     "",
		"identity;q=0":             "",
		"br;q=NaN, gzip;q=2":       "",
		"br;q=-1":                  "",
		" , ;q=1, br ;q = 1 ":      "br",
		"deflate":                  "",
		"gzip;q=1.0;x=y":           "",
		"br;level=3":               "br",
		strings.Repeat("x,", 1000): "",
	} {
		r := get(h, "GET", "/sdk/tcccSdk.js", "Accept-Encoding", accept)
		assert.Equal(t, want, r.Header.Get("Content-Encoding"), "%q", accept)
		wantBody := map[string]string{"": "shell", "br": "shell br", "gzip": "shell gz"}[want]
		assert.Equal(t, wantBody, body(t, r), "%q", accept)
		assert.Equal(t, strconv.Itoa(len(wantBody)), r.Header.Get("Content-Length"), "%q", accept)
	}
	r := get(h, "GET", "/sdk/tcccSdk.js", "Accept-Encoding", "gzip", "Accept-Encoding", "br")
	assert.Equal(t, "br", r.Header.Get("Content-Encoding"), "two header lines are one list")
}

func TestPagesAreCompressedOnlyIfItHelps(t *testing.T) {
	h := newHandler(site())
	r := get(h, "GET", "/", "Accept-Encoding", "br, gzip")
	assert.Equal(t, "gzip", r.Header.Get("Content-Encoding"))
	z, err := gzip.NewReader(r.Body)
	require.NoError(t, err)
	plain, err := io.ReadAll(z)
	require.NoError(t, err)
	assert.Equal(t, string(site()["index.html"].Data), string(plain))
	assert.Empty(t, get(h, "GET", "/app.css", "Accept-Encoding", "gzip").Header.Get("Content-Encoding"))
}

func TestCaching(t *testing.T) {
	h := newHandler(site())
	assert.Equal(t, "public, max-age=31536000, immutable", get(h, "GET", "/sdk/"+wasmName).Header.Get("Cache-Control"))
	for _, target := range []string{"/", "/app.js", "/sdk/tcccSdk.js", "/sdk/manifest.json", "/sdk/tccc.d.ts"} {
		plain := get(h, "GET", target)
		assert.Equal(t, "no-cache", plain.Header.Get("Cache-Control"), target)
		etag := plain.Header.Get("ETag")
		require.NotEmpty(t, etag)
		for _, match := range []string{etag, "W/" + etag, `"x", ` + etag, "*"} {
			r := get(h, "GET", target, "If-None-Match", match)
			assert.Equal(t, 304, r.StatusCode, "%s %s", target, match)
			assert.Empty(t, body(t, r))
			assert.Equal(t, etag, r.Header.Get("ETag"))
		}
		assert.Equal(t, 200, get(h, "GET", target, "If-None-Match", `"x"`).StatusCode)
	}
	// A tag belongs to one coding: a cache must not take one for the other.
	br := get(h, "GET", "/sdk/tcccSdk.js", "Accept-Encoding", "br").Header.Get("ETag")
	assert.NotEqual(t, get(h, "GET", "/sdk/tcccSdk.js").Header.Get("ETag"), br)
	assert.Equal(t, 200, get(h, "GET", "/sdk/tcccSdk.js", "If-None-Match", br).StatusCode)

	changed := site()
	changed["dist/tcccSdk.js"] = &fstest.MapFile{Data: []byte("newer")}
	assert.NotEqual(t, get(h, "GET", "/sdk/tcccSdk.js").Header.Get("ETag"),
		get(newHandler(changed), "GET", "/sdk/tcccSdk.js").Header.Get("ETag"))
}

func TestOrigins(t *testing.T) {
	h := newHandler(site())
	for _, target := range []string{"/sdk/tcccSdk.js", "/sdk/" + wasmName, "/sdk/tccc.d.ts", "/sdk/missing"} {
		r := get(h, "GET", target)
		assert.Equal(t, "*", r.Header.Get("Access-Control-Allow-Origin"), target)
		assert.Equal(t, "cross-origin", r.Header.Get("Cross-Origin-Resource-Policy"), target)
	}
	h.o.Origin = func(r *http.Request) bool { return r.Header.Get("Origin") == "https://desk.example" }
	for _, method := range []string{"GET", "OPTIONS"} {
		r := get(h, method, "/sdk/"+wasmName, "Origin", "https://desk.example", "Access-Control-Request-Method", "GET",
			"Access-Control-Request-Headers", "authorization,sw8")
		assert.Equal(t, "https://desk.example", r.Header.Get("Access-Control-Allow-Origin"))
		assert.Equal(t, "true", r.Header.Get("Access-Control-Allow-Credentials"))
		assert.Contains(t, r.Header.Values("Vary"), "Origin")
	}
	r := get(h, "GET", "/")
	assert.Empty(t, r.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "same-origin", r.Header.Get("Referrer-Policy"))
	csp := r.Header.Get("Content-Security-Policy")
	assert.Contains(t, csp, "script-src 'self' 'wasm-unsafe-eval';")
	assert.NotContains(t, csp, "'unsafe-eval'")
	assert.NotContains(t, csp, "unsafe-inline")
}

func TestMethods(t *testing.T) {
	h := newHandler(site())
	r := get(h, "HEAD", "/sdk/"+wasmName, "Accept-Encoding", "br")
	assert.Equal(t, 200, r.StatusCode)
	assert.Equal(t, "7", r.Header.Get("Content-Length"))
	assert.Empty(t, body(t, r))
	r = get(h, "OPTIONS", "/sdk/tcccSdk.js")
	assert.Equal(t, 204, r.StatusCode)
	assert.Equal(t, "*", r.Header.Get("Access-Control-Allow-Origin"))
	for _, method := range []string{"POST", "PUT", "DELETE", "TRACE", "FOO"} {
		r = get(h, method, "/")
		assert.Equal(t, 405, r.StatusCode, method)
		assert.Equal(t, "GET, HEAD, OPTIONS", r.Header.Get("Allow"), method)
	}
}

func TestWithoutBuild(t *testing.T) {
	h := newHandler(fstest.MapFS{"index.html": {Data: []byte("agent")}, "dist/.gitkeep": {}})
	r := get(h, "GET", "/sdk/tcccSdk.js")
	assert.Equal(t, 503, r.StatusCode)
	assert.Contains(t, body(t, r), "make build")
	assert.Equal(t, 200, get(h, "GET", "/").StatusCode)
	assert.Equal(t, 404, get(newHandler(fstest.MapFS{}), "GET", "/").StatusCode)
}

// TestEmbedded checks the files of this very build, if there are some: the
// manifest names what is served and the compressed copies are copies.
func TestEmbedded(t *testing.T) {
	h := Handler()
	r := get(h, "GET", "/sdk/manifest.json")
	if r.StatusCode == 503 {
		t.Skip("not built")
	}
	var m map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(body(t, r)), &m))
	for _, part := range []string{"program", "shell"} {
		var a struct {
			File string
			Size int
		}
		require.NoError(t, json.Unmarshal(m[part], &a))
		target := path.Join("/sdk", a.File)
		plain := body(t, get(h, "GET", target))
		require.Len(t, plain, a.Size)
		br, err := io.ReadAll(brotli.NewReader(strings.NewReader(body(t,
			get(h, "GET", target, "Accept-Encoding", "br")))))
		require.NoError(t, err)
		z, err := gzip.NewReader(strings.NewReader(body(t, get(h, "GET", target, "Accept-Encoding", "gzip"))))
		require.NoError(t, err)
		gz, err := io.ReadAll(z)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(br, []byte(plain)) && bytes.Equal(gz, []byte(plain)), target)
	}
}

func TestWhoMayFrameTheCustomersPage(t *testing.T) {
	files := site()
	files["customer.html"] = &fstest.MapFile{Data: []byte("<!doctype html>")}
	h := newHandler(files)
	h.o.Frames = func(q url.Values) []string { return []string{"https://" + q.Get("sdkAppId") + ".example"} }
	framed := func(target, query string) string {
		r := httptest.NewRequest("GET", target+query, nil)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		_, ancestors, _ := strings.Cut(w.Result().Header.Get("Content-Security-Policy"), "frame-ancestors ")
		return ancestors
	}
	assert.Equal(t, "'self' https://shop.example", framed("/customer.html", "?sdkAppId=shop"))
	assert.Equal(t, "'self'", framed("/index.html", "?sdkAppId=shop"))
	h.o.Frames = nil
	assert.Equal(t, "'self'", framed("/customer.html", ""))
}
