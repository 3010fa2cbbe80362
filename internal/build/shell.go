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

var shellParts = []string{
	"address", "support", "store", "errors", "events", "calls", "object", "login", "host",
	"owner", "tab", "wake", "program", "root", "start",
}

const (
	// What the shell's source holds in place of what only the build knows.
	holeProgram = "__TCCC_WASM__"    // file name of the program, beside the shell
	holeVersion = "__TCCC_VERSION__" // version of the SDK
)

// The compiler's wasm_exec.js defines Go, fs, process and path on the page's
// global object, and uses a page's own fs, process or path if it has them.
// Here it sees none and leaves none: the page's are put aside while it runs,
// and again while the program starts, which is when syscall reads them. The
// local fs is for the one place where wasm_exec.js uses the bare name.
const (
	shellHead = `(function () {
var page = globalThis, names = ['Go', 'fs', 'process', 'path'], own = {}, fs;
function exchange(values) {
	return names.map(function (name, i) {
		var old = Object.getOwnPropertyDescriptor(page, name);
		try {
			if (old && !old.configurable) page[name] = values[i] && values[i].value;
			else if (values[i]) Object.defineProperty(page, name, values[i]);
			else delete page[name];
		} catch (e) { /* the page has made it read-only: it stays */ }
		return old;
	});
}
var aside = exchange([]);
`
	shellNeck = `
var mine = exchange(aside);
var Go = mine[0].value;
fs = mine[1].value;
mine[0] = undefined;
var run = Go.prototype.run;
Go.prototype.run = function (instance) {
	var aside = exchange(mine);
	try { return run.call(this, instance); } finally { exchange(aside); }
};
`
	shellStart = "\n(() => {\n'use strict';\n"
	shellTail  = "\n})();\n})();\n"
)

// buildShell joins wasm_exec.js and the shell into one classic script that
// leaves nothing on the page's global object but what the shell puts there.
func buildShell(program, version string) ([]byte, error) {
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
	shell, err := readShell()
	if err != nil {
		return nil, err
	}
	text := strings.NewReplacer(holeProgram, program, holeVersion, version).Replace(shell)
	return minifyJS([]byte(shellHead + string(exec) + shellNeck + shellStart + text + shellTail))
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

// readShell joins the parts of the shell, and finds a file that is none of them.
func readShell() (string, error) {
	var all strings.Builder
	for _, name := range shellParts {
		part, err := os.ReadFile(filepath.Join(shellDir, name+".js"))
		if err != nil {
			return "", fmt.Errorf("failed to read a part of the shell: %w", err)
		}
		all.Write(part)
	}
	files, err := filepath.Glob(filepath.Join(shellDir, "*.js"))
	if err != nil {
		return "", err
	}
	if len(files) != len(shellParts) {
		return "", fmt.Errorf("%s has %d files, and the shell %d parts", shellDir, len(files), len(shellParts))
	}
	if !strings.Contains(all.String(), holeProgram) {
		return "", fmt.Errorf("%s does not name the program: %s is missing", shellDir, holeProgram)
	}
	return all.String(), nil
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
