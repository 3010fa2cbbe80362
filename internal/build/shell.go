package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/js"
)

// shellDir holds the shell in files of one subject each. They are parts of one
// function, so that nothing of them is seen from outside, and what a part does at
// once may use what stands before it: the order is theirs.
const shellDir = "web/sdk"

// runtimePart is a module of its own.
const runtimePart = "runtime"

var shellParts = []string{
	"platform", "address", "support", "store", "errors", "events", "calls", "object", "login", "host",
	"owner", "tab", "wake", "program", "root", "start",
}

const (
	// What the shell's source holds in place of what only the build knows.
	holeProgram = "__TCCC_WASM__"    // file name of the program, beside the shell
	holeRuntime = "__TCCC_RUNTIME__" // file name of the runtime, beside the shell
	holeExec    = "__WASM_EXEC__"    // text of wasm_exec.js
	holeVersion = "__TCCC_VERSION__" // version of the SDK
)

// A block around the other parts lets the first see the page's own tccc.
const (
	shellStart = "(function () {\n'use strict';\n"
	blockStart = "\n{\n"
	shellEnd   = "\n}\n})();\n"
)

// buildShell joins the shell into one classic script that leaves nothing on the
// page's global object but what the shell puts there.
func buildShell(program, runtime, version string) ([]byte, error) {
	parts, err := readShell()
	if err != nil {
		return nil, err
	}
	text := parts[0] + blockStart + strings.Join(parts[1:], "\n")
	holes := strings.NewReplacer(holeProgram, program, holeRuntime, runtime, holeVersion, version)
	return minifyJS([]byte(shellStart + holes.Replace(text) + shellEnd))
}

// buildRuntime puts the compiler's wasm_exec.js into the module that the shell
// loads with the program.
func buildRuntime() ([]byte, error) {
	exec, err := os.ReadFile(wasmExec)
	if err != nil {
		return nil, fmt.Errorf("failed to read wasm_exec.js: %w", err)
	}
	for _, part := range unneeded {
		if !part.Match(exec) {
			return nil, fmt.Errorf("wasm_exec.js has nothing like %s any more", part)
		}
		exec = part.ReplaceAll(exec, nil)
	}
	module, err := os.ReadFile(filepath.Join(shellDir, runtimePart+".js"))
	if err != nil {
		return nil, fmt.Errorf("failed to read the runtime: %w", err)
	}
	return minifyJS([]byte(strings.Replace(string(module), holeExec, string(exec)+";", 1)))
}

// unneeded is what the SDK has no use for in wasm_exec.js: it looks for what
// every browser that it supports has, and serves the compiler's own tests.
var unneeded = []*regexp.Regexp{
	regexp.MustCompile(`(?m)^\tif \(!globalThis\.\w+\) \{\n\t\tthrow new Error\(.*\);\n\t\}\n`),
	// Calls of the file system that change something; there is none to change.
	regexp.MustCompile(`(?m)^\t{3}(?:[fl]?ch(?:mod|own)|fsync|f?truncate|link|mkdir|rename|rmdir|symlink|unlink|utimes)\(.*enosys.*\n`),
	// Checks of what the shell hands over: its one instance, no arguments, no environment.
	regexp.MustCompile(`(?m)^\t{3}if \(!\(instance instanceof .*\n.*\n\t{3}\}\n`),
	regexp.MustCompile(`(?m)^\t{3}const wasmMinDataAddr = .*\n\t{3}if .*\n.*\n\t{3}\}\n`),
	// Users, groups and folders: there are none.
	regexp.MustCompile(`(?m)^\t{3}(?:gete?[ug]id|getgroups|umask|cwd|chdir)\(\) \{.*\n`),
	regexp.MustCompile(`(?m)^\t{3}const testCallExport = (?:.*\n)+?\t{3}\}\n`),
	regexp.MustCompile(`(?m)^\t{4}_gotest: \{\n(?:.*\n)+?\t{4}\},\n`),
}

// readShell gives the parts of the shell, and finds a file that is none of them.
func readShell() ([]string, error) {
	var parts []string
	for _, name := range shellParts {
		part, err := os.ReadFile(filepath.Join(shellDir, name+".js"))
		if err != nil {
			return nil, fmt.Errorf("failed to read a part of the shell: %w", err)
		}
		parts = append(parts, string(part))
	}
	files, err := filepath.Glob(filepath.Join(shellDir, "*.js"))
	if err != nil {
		return nil, err
	}
	if len(files) != len(shellParts)+1 {
		return nil, fmt.Errorf("%s has %d files, and the shell %d parts and a runtime", shellDir, len(files),
			len(shellParts))
	}
	return parts, nil
}

// minifyJS shortens a classic script without changing what it does.
func minifyJS(src []byte) ([]byte, error) {
	m := minify.New()
	m.Add("application/javascript", &js.Minifier{Version: 2020})
	out, err := m.Bytes("application/javascript", src)
	if err != nil {
		return nil, fmt.Errorf("failed to minify the shell: %w", err)
	}
	return append(out, '\n'), nil
}
