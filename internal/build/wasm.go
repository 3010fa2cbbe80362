package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tccc/internal/build/flags"
	"tccc/internal/build/without"
)

const (
	distDir   = "web/dist"
	shellFile = "tcccSdk.js"
)

// manifest is web/dist/manifest.json: what was built, so that a deployment can
// check what it serves and a page can pin what it loads.
type manifest struct {
	Version string `json:"version"`
	Go      string `json:"go"` // the compiler
	Program asset  `json:"program"`
	Runtime asset  `json:"runtime"`
	Shell   asset  `json:"shell"`
}

// runWASM builds the browser program and the shell into web/dist.
func runWASM(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("wasm", flag.ContinueOnError)
	fast := fs.Bool("fast", false, "compress quickly instead of well")
	if err := fs.Parse(args); err != nil {
		return err
	}
	quality := qualityBest
	if *fast {
		quality = qualityFast
	}
	if err := runCheck(ctx, nil); err != nil {
		return err
	}
	program, err := compileProgram(ctx)
	if err != nil {
		return err
	}
	name := "tccc." + hex.EncodeToString(hash(program))[:12] + ".wasm"
	m := manifest{Version: version(ctx)}
	if m.Go, err = output(ctx, nil, "go", "env", "GOVERSION"); err != nil {
		return err
	}
	runtime, err := buildRuntime()
	if err != nil {
		return err
	}
	runtimeName := "tccc." + hex.EncodeToString(hash(runtime))[:12] + ".js"
	shell, err := buildShell(name, runtimeName, m.Version)
	if err != nil {
		return err
	}
	// The shell last: it never names a file that is not there yet.
	if m.Runtime, err = writeAsset(distDir, runtimeName, runtime, qualityBest); err != nil {
		return err
	}
	if m.Program, err = writeAsset(distDir, name, program, quality); err != nil {
		return err
	}
	if m.Shell, err = writeAsset(distDir, shellFile, shell, qualityBest); err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(distDir, "manifest.json"), append(text, '\n')); err != nil {
		return err
	}
	if err := removeStale(name, runtimeName); err != nil {
		return err
	}
	fmt.Printf("%s %s: %d kB, %d kB brotli; shell %.1f kB, %.1f kB brotli\n", name, m.Version,
		m.Program.Size/1000, m.Program.Brotli/1000, float64(m.Shell.Size)/1000, float64(m.Shell.Brotli)/1000)
	return nil
}

// compileProgram compiles the browser program and returns it.
func compileProgram(ctx context.Context) ([]byte, error) {
	out, overlay := filepath.Join(cacheDir, "tccc.wasm"), filepath.Join(cacheDir, "overlay.json")
	goroot, err := output(ctx, nil, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	text, err := without.Overlay(goroot, "internal/build/without")
	if err != nil {
		return nil, err
	}
	if err := writeFile(overlay, text); err != nil {
		return nil, err
	}
	cmd := command(ctx, "go", append(append([]string{"build", "-o", out, "-overlay", overlay}, flags.ForBrowser()...),
		flags.WASM)...)
	cmd.Env = flags.Browser(nil)
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("failed to compile the browser program: %w", err)
	}
	return os.ReadFile(out)
}

// removeStale removes programs and runtimes of earlier builds.
func removeStale(current ...string) error {
	old, err := filepath.Glob(filepath.Join(distDir, "tccc.*.*"))
	if err != nil {
		return err
	}
	for _, path := range old {
		stale := !slices.ContainsFunc(current,
			func(name string) bool { return strings.HasPrefix(filepath.Base(path), name) })
		if stale {
			if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
				return fmt.Errorf("failed to remove an old file: %w", err)
			}
		}
	}
	return nil
}

// version is what git says of the working tree, or "dev" outside of it.
func version(ctx context.Context) string {
	v, err := output(ctx, nil, "git", "describe", "--tags", "--always", "--dirty")
	if err != nil || v == "" {
		return "dev"
	}
	return v
}
