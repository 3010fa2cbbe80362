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

// ForGateway returns the arguments of `go build` for the gateway: no paths of
// the building machine, no symbol table. version, if it is not empty, goes into
// the variable main.version.
func ForGateway(version string) []string {
	ld := "-s -w"
	if version != "" {
		ld += " -X main.version=" + version
	}
	return []string{"-trimpath", "-buildvcs=false", "-ldflags=" + ld}
}

// ForBrowser are those of a program for the browser. A call is long in
// WebAssembly, and so is what the compiler inlines in its place: without
// inlining, the packages below are smaller both as they are sent (by 90 kB of
// brotli) and unpacked. They are our own and those that are not called often;
// inlining nothing at all would be smaller still as it is sent, but half a
// megabyte larger unpacked, and slower.
func ForBrowser() []string {
	args := ForGateway("")
	for _, pkgs := range []string{"tccc/...", "crypto/...", "encoding/binary", "encoding/json", "fmt", "log",
		"math/big", "reflect", "time"} {
		args = append(args, "-gcflags="+pkgs+"=-l")
	}
	return append(args, "-gcflags=crypto/internal/fips140/nistec/fiat=") // the last that matches counts
}

// Browser returns env with the target set to the browser. The collector that Go
// 1.26 has by default is for many cores and large heaps; without it the program
// is 45 kB smaller.
func Browser(env []string) []string {
	return target(env, "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT=nogreenteagc")
}

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
