package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/js"
)

const (
	shellSource = "web/tcccSdk.js"

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
	shellTail = "\n})();\n"
)

// buildShell joins wasm_exec.js and the shell into one classic script that
// leaves nothing on the page's global object but what the shell puts there.
func buildShell(program, version string) ([]byte, error) {
	exec, err := os.ReadFile(wasmExec)
	if err != nil {
		return nil, fmt.Errorf("failed to read wasm_exec.js: %w", err)
	}
	shell, err := os.ReadFile(shellSource)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing", shellSource)
	} else if err != nil {
		return nil, fmt.Errorf("failed to read the shell: %w", err)
	}
	if !bytes.Contains(shell, []byte(holeProgram)) {
		return nil, fmt.Errorf("%s does not name the program: %s is missing", shellSource, holeProgram)
	}
	text := strings.NewReplacer(holeProgram, program, holeVersion, version).Replace(string(shell))
	return minifyJS([]byte(shellHead + string(exec) + shellNeck + text + shellTail))
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
