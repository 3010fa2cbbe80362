// Package flags holds the compiler flags of the project's programs, so that
// the build and the tests compile the same thing.
package flags

import (
	"os"
	"strings"
)

// WASM is the package of the browser program.
const WASM = "./wasm"

// Gateway is the package of the gateway's command.
const Gateway = "./cmd/tccc"

// ForGateway returns the arguments of `go build` for the gateway: no paths of the building machine, no symbol table. version,
// if it is not empty, goes into the variable main.version.
func ForGateway(version string) []string {
	ld := "-s -w"
	if version != "" {
		ld += " -X main.version=" + version
	}
	return []string{"-trimpath", "-buildvcs=false", "-ldflags=" + ld}
}

// ForBrowser are those of a program for the browser. Without inlining it is 8 %
// smaller as it is sent (1,327 kB of brotli instead of 1,449, although 6 % larger
// unpacked), and its start and its calls, which wait for the browser and for
// the network, take the same time.
func ForBrowser() []string {
	return append(ForGateway(""), "-gcflags=all=-l")
}

// Compact returns further arguments of `go build` for the browser program. A
// WebAssembly call is long, and so is what is inlined in its place: without
// inlining, our own packages and the cryptography, which Pion brings and a
// browser never runs, are 44 kB of brotli smaller.
func Compact() []string {
	return []string{"-gcflags=crypto/...=-l", "-gcflags=tccc/...=-l"}
}

// Browser returns env with the target set to the browser.
func Browser(env []string) []string { return target(env, "GOOS=js", "GOARCH=wasm") }

// Linux returns env with the target set to Linux on arch, without cgo.
func Linux(env []string, arch string) []string {
	return target(env, "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
}

// target returns env with the given settings in place of any that it has.
func target(env []string, settings ...string) []string {
	if env == nil {
		env = os.Environ()
	}
	out := make([]string, 0, len(env)+len(settings))
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		keep := true
		for _, s := range settings {
			keep = keep && !strings.HasPrefix(s, name+"=")
		}
		if keep {
			out = append(out, e)
		}
	}
	return append(out, settings...)
}
