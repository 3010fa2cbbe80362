package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/internal/build/flags"
	"tccc/internal/build/without"
)

// banned are packages that must not enter the browser program, each with the
// reason. A name that ends in /... stands for everything below it. Pion
// brings net, crypto/tls, encoding/gob and database/sql/driver already; what
// it brings costs nothing more.
var banned = map[string]string{
	"net/http":                          "480 kB brotli; the browser has fetch and WebSocket",
	"net/http/...":                      "see net/http",
	"net/rpc":                           "brings net/http",
	"expvar":                            "brings net/http",
	"text/template":                     "calls methods by name, so the linker keeps every exported method of every type",
	"html/template":                     "see text/template",
	"encoding/xml":                      "the wire is JSON",
	"regexp":                            "30 kB brotli; strings does it",
	"flag":                              "a browser program has no command line",
	"os/exec":                           "there are no processes in a browser",
	"os/signal":                         "there are no signals in a browser",
	"log/slog":                          "37 kB brotli; the page's console is the log",
	"embed":                             "what the page needs is served beside the program",
	"testing":                           "for tests",
	"compress/...":                      "the browser decompresses",
	"go/...":                            "for compilers",
	"github.com/coder/...":              "brings net/http; the browser has WebSocket",
	"github.com/gorilla/...":            "brings net/http; the browser has WebSocket",
	"github.com/nats-io/...":            "the store is the gateway's",
	"github.com/emiago/...":             "SIP is the gateway's",
	"github.com/prometheus/...":         "metrics are the gateway's",
	"github.com/andybalholm/...":        "for the build",
	"github.com/tdewolff/...":           "for the build",
	"github.com/stretchr/...":           "for tests",
	"go.uber.org/...":                   "for tests",
	"go.yaml.in/...":                    "configuration is the gateway's",
	"google.golang.org/...":             "metrics are the gateway's",
	"tccc/gateway/...":                  "the gateway is the other program",
	"tccc/cmd/...":                      "the gateway is the other program",
	"tccc/internal/build/...":           "for the build",
	"tccc/test/...":                     "for tests",
	"github.com/chromedp/...":           "for tests",
	"github.com/klauspost/...":          "compression is the browser's",
	"github.com/go-json-experiment/...": "the wire is encoding/json",
}

// matches reports whether a package is what a key of banned names.
func matches(pkg, rule string) bool {
	if prefix, ok := strings.CutSuffix(rule, "/..."); ok {
		return strings.HasPrefix(pkg, prefix+"/")
	}
	return pkg == rule
}

// TestGraph holds the browser program's imports.
func TestGraph(t *testing.T) {
	t.Chdir("../..")
	if !exists(flags.WASM) {
		t.Skip("no browser program")
	}
	out, err := output(t.Context(), flags.Browser(nil), "go", "list", "-deps", flags.WASM)
	require.NoError(t, err)
	pkgs := strings.Fields(out)
	require.Contains(t, pkgs, "syscall/js")
	for _, pkg := range pkgs {
		for rule, reason := range banned {
			if matches(pkg, rule) {
				t.Errorf("the browser program imports %s: %s (`GOOS=js GOARCH=wasm go mod why %[1]s` tells by which way)", pkg, reason)
			}
		}
	}
}

func TestMatches(t *testing.T) {
	assert.True(t, matches("net/http", "net/http"))
	assert.False(t, matches("net/httpx", "net/http"))
	assert.True(t, matches("net/http/cookiejar", "net/http/..."))
	assert.False(t, matches("net/http", "net/http/..."))
}

// TestLeftOut holds that no code of ours wants what the program is built
// without, and that all of it is still brought in by somebody.
func TestLeftOut(t *testing.T) {
	t.Chdir("../..")
	out, err := output(t.Context(), flags.Browser(nil), "go", "list", "-deps", "-f",
		"{{.ImportPath}} {{join .Imports \" \"}}", flags.WASM)
	require.NoError(t, err)
	for _, left := range without.Packages {
		var by []string
		for line := range strings.Lines(out) {
			if pkgs := strings.Fields(line); slices.Contains(pkgs[1:], left) {
				by = append(by, pkgs[0])
			}
		}
		assert.NotEmpty(t, by, "%s need not be left out any more", left)
		for _, pkg := range by {
			assert.False(t, strings.HasPrefix(pkg, "tccc/"), "%s imports %s, which fails in the browser program", pkg,
				left)
		}
	}
}
