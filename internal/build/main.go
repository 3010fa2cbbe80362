// Command build makes, checks and tests the project: one verb a file.
//
//	go run ./internal/build wasm [-fast]        browser program and shell into web/dist
//	go run ./internal/build gateway [-o FILE]   the gateway into bin/tccc
//	go run ./internal/build check               web/wasm_exec.js is that of the compiler
//	go run ./internal/build chromium            finds Chromium, or installs it
//	go run ./internal/build firefox             finds Firefox, or installs it
//	go run ./internal/build peers               finds sipp and Janus, or installs them
//	go run ./internal/build wasmtest [package…] browser tests in Chromium
//	go run ./internal/build axe                 finds axe-core, or gets it with npm
//	go run ./internal/build screenshots         takes the pictures of the documents
//	go run ./internal/build test                everything that `make test` runs
//	go run ./internal/build fuzz [-time 1h]     fuzzes every parser, one after the other
//	go run ./internal/build docs                the pages of docs/api
//	go run ./internal/build npm [-o DIR]        the loader's package into dist
//	go run ./internal/build dist                release archives into dist
//
// It must be run from within the module.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// verb is one sub-command.
type verb struct {
	name, usage string
	run         func(ctx context.Context, args []string) error
}

var verbs = []verb{
	{"wasm", "[-fast]: compile the browser program and the shell into web/dist", runWASM},
	{"gateway", "[-o FILE]: compile the gateway, which embeds web/dist", runGateway},
	{"check", "compare web/wasm_exec.js with that of the compiler", runCheck},
	{"chromium", "print where Chromium is; install it on Debian and Ubuntu as root", runChromium},
	{"ffmpeg", "print where FFmpeg is; install it on Debian and Ubuntu as root", runFFmpeg},
	{"firefox", "print where Firefox is; install it on Debian and Ubuntu as root", runFirefox},
	{"peers", "print where sipp and Janus are; install them on Debian and Ubuntu as root", runPeers},
	{"wasmtest", "[go test flags] [packages]: run browser tests in Chromium", runWASMTest},
	{"axe", "print where axe-core is, which checks accessibility; get it with npm", runAxe},
	{"screenshots", "take the pictures of docs/images", runScreenshots},
	{"test", "run every check and test", runTest},
	{"fuzz", "[-time DURATION] [-run REGEXP]: fuzz every target, one after the other", runFuzz},
	{"docs", "write docs/api from the types and the catalogue of errors", runDocs},
	{"npm", "[-o DIR]: pack the loader, packages/tccc-loader, as npm does", runNPM},
	{"dist", "make release archives for linux/amd64 and linux/arm64", runDist},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "build:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		for _, v := range verbs {
			if v.name == args[0] {
				if err := enterRoot(); err != nil {
					return err
				}
				return v.run(ctx, args[1:])
			}
		}
	}
	fmt.Fprintln(os.Stderr, "usage: go run ./internal/build VERB")
	for _, v := range verbs {
		fmt.Fprintf(os.Stderr, "  %-9s %s\n", v.name, v.usage)
	}
	return flag.ErrHelp
}

// enterRoot changes to the module's root directory.
func enterRoot() error {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return fmt.Errorf("failed to find the module: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	if filepath.Base(mod) != "go.mod" {
		return errors.New("not inside the module")
	}
	return os.Chdir(filepath.Dir(mod))
}

// command prepares a program whose output is shown and which is told to stop,
// not killed, when the context ends, so that it can clean up after itself.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopDelay
	return cmd
}

// output runs a program and returns what it printed.
func output(ctx context.Context, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("failed to run %s %s: %w\n%s", name, strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(string(out)), nil
}
