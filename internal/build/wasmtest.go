package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tccc/internal/build/flags"
)

const (
	cacheDir  = ".cache"
	stopDelay = 10 * time.Second
)

// runWASMTest runs the browser tests of the given packages, or of all that
// have some, in Chromium. Flags of `go test` come before the packages.
func runWASMTest(ctx context.Context, args []string) error {
	n := slices.IndexFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") })
	if n < 0 {
		n = len(args)
	}
	opts, pkgs := args[:n], args[n:]
	if len(pkgs) == 0 {
		var err error
		if pkgs, err = browserTests(ctx); err != nil {
			return err
		}
		if len(pkgs) == 0 {
			fmt.Println("no browser tests")
			return nil
		}
	}
	launcher, err := browserLauncher(ctx)
	if err != nil {
		return err
	}
	// One package at a time: each runs a browser, and tests await real events.
	all := append([]string{"test", "-p=1", "-timeout=5m", "-exec=" + launcher}, opts...)
	cmd := command(ctx, "go", append(all, pkgs...)...)
	cmd.Env = flags.Browser(nil)
	quiet := &lineFilter{w: os.Stdout}
	defer quiet.Flush()
	cmd.Stdout, cmd.Stderr = quiet, quiet
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("browser tests failed: %w", err)
	}
	return nil
}

// browserLauncher returns what `go test -exec` runs a test program with:
// wasmbrowsertest in a small environment, because it hands its environment to
// the program and wasm_exec.js allows few bytes for it. Variables whose names
// begin with TCCC_ go through.
func browserLauncher(ctx context.Context) (string, error) {
	chromium, err := needChromium(ctx)
	if err != nil {
		return "", err
	}
	runner, err := buildRunner(ctx)
	if err != nil {
		return "", err
	}
	tools, err := filepath.Abs("tools")
	if err != nil {
		return "", err
	}
	goroot, err := output(ctx, nil, "go", "env", "GOROOT")
	if err != nil {
		return "", err
	}
	words := []string{"env", "-i",
		"PATH=" + tools + ":/usr/local/bin:/usr/bin:/bin",
		"HOME=" + os.Getenv("HOME"),
		"TMPDIR=" + os.TempDir(),
		"GOROOT=" + goroot,
		"CHROMIUM=" + chromium,
	}
	for _, e := range os.Environ() {
		if strings.HasPrefix(e, "TCCC_") {
			words = append(words, e)
		}
	}
	words = append(words, runner)
	for i, w := range words {
		if strings.ContainsAny(w, `'"`) {
			return "", fmt.Errorf("cannot pass %q on: it contains a quotation mark", w)
		}
		words[i] = "'" + w + "'"
	}
	return strings.Join(words, " "), nil
}

// buildRunner compiles wasmbrowsertest, which is pinned in tools/go.mod.
func buildRunner(ctx context.Context) (string, error) {
	path, err := filepath.Abs(filepath.Join(cacheDir, "wasmbrowsertest"))
	if err != nil {
		return "", err
	}
	cmd := command(ctx, "go", "build", "-o", path, "github.com/agnivade/wasmbrowsertest")
	cmd.Dir = "tools"
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("failed to build wasmbrowsertest: %w", err)
	}
	return path, nil
}

// testPackage is the part of `go list -json` that says which tests there are.
type testPackage struct {
	ImportPath                string
	TestGoFiles, XTestGoFiles []string
}

// browserTests lists the packages with tests that are compiled for the
// browser but not natively.
func browserTests(ctx context.Context) ([]string, error) {
	native, err := listTests(ctx, nil)
	if err != nil {
		return nil, err
	}
	browser, err := listTests(ctx, flags.Browser(nil))
	if err != nil {
		return nil, err
	}
	var pkgs []string
	for path, files := range browser {
		if slices.ContainsFunc(files, func(f string) bool { return !slices.Contains(native[path], f) }) {
			pkgs = append(pkgs, path)
		}
	}
	slices.Sort(pkgs)
	return pkgs, nil
}

// listTests returns the test files of each package of the module for a target.
func listTests(ctx context.Context, env []string) (map[string][]string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-e", "-json=ImportPath,TestGoFiles,XTestGoFiles", "./...")
	cmd.Env = env
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("failed to list packages: %w", err)
	}
	tests := map[string][]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p testPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return tests, nil
		} else if err != nil {
			return nil, fmt.Errorf("failed to read the list of packages: %w", err)
		}
		tests[p.ImportPath] = append(p.TestGoFiles, p.XTestGoFiles...)
	}
}

// lineFilter passes on all lines but those in which wasmbrowsertest's older
// chromedp complains of members that newer browsers send.
type lineFilter struct {
	w    io.Writer
	rest []byte
}

func (f *lineFilter) Write(p []byte) (int, error) {
	f.rest = append(f.rest, p...)
	for {
		line, rest, ok := bytes.Cut(f.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		f.rest = rest
		if bytes.Contains(line, []byte("ERROR: could not unmarshal event: ")) {
			continue
		}
		if _, err := fmt.Fprintf(f.w, "%s\n", line); err != nil {
			return 0, err
		}
	}
}

// Flush writes what has no end of line yet.
func (f *lineFilter) Flush() {
	_, _ = f.w.Write(f.rest) // the last words of a test; there is nobody to tell
	f.rest = nil
}
