package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// program is one that tests run in or beside.
type program struct {
	name     string   // as people call it
	variable string   // the environment variable that names another one
	programs []string // names under which it is installed
	packages []string // Debian's, without what they recommend
}

var (
	chromium = program{"Chromium", "CHROMIUM",
		[]string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"},
		[]string{"chromium"}}
	firefox = program{"Firefox", "FIREFOX", []string{"firefox-esr", "firefox"}, []string{"firefox-esr"}}
	sipp    = program{"sipp", "SIPP", []string{"sipp"}, []string{"sip-tester"}}
	ffmpeg  = program{"FFmpeg", "FFMPEG", []string{"ffmpeg"}, []string{"ffmpeg"}}
	// With the scripts of its page, whose packages nothing else would bring.
	janus = program{"Janus", "JANUS", []string{"janus"},
		[]string{"janus", "libjs-janus-gateway", "libjs-webrtc-adapter"}}
)

// runChromium prints the path of Chromium, after installing it if it can.
func runChromium(ctx context.Context, _ []string) error { return chromium.print(ctx) }

// runFirefox prints the path of Firefox, after installing it if it can.
func runFirefox(ctx context.Context, _ []string) error { return firefox.print(ctx) }

// runFFmpeg prints the path of FFmpeg, after installing it if it can.
func runFFmpeg(ctx context.Context, _ []string) error { return ffmpeg.print(ctx) }

// runPeers installs what `make bench-peers` measures beside, if it can.
func runPeers(ctx context.Context, _ []string) error {
	return errors.Join(sipp.print(ctx), janus.print(ctx))
}

func needChromium(ctx context.Context) (string, error) { return chromium.need(ctx) }

func (b *program) print(ctx context.Context) error {
	path, err := b.need(ctx)
	if err == nil {
		fmt.Println(path)
	}
	return err
}

// find looks for the program: its variable first, then PATH.
func (b *program) find() (string, bool) {
	if path := os.Getenv(b.variable); path != "" {
		p, err := exec.LookPath(path)
		return p, err == nil
	}
	for _, name := range b.programs {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}

// need finds the program or, on Debian and Ubuntu as root, installs it.
func (b *program) need(ctx context.Context) (string, error) {
	if path, ok := b.find(); ok {
		return path, nil
	}
	if path := os.Getenv(b.variable); path != "" {
		return "", fmt.Errorf("%s names %q, which cannot be run", b.variable, path)
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return "", fmt.Errorf("%s was not found: install it and put it on PATH, or name it in %s", b.name, b.variable)
	}
	if os.Geteuid() != 0 {
		return "", fmt.Errorf("%s was not found: run `sudo apt-get install %s`, or name one in %s", b.name,
			strings.Join(b.packages, " "), b.variable)
	}
	fmt.Fprintf(os.Stderr, "build: installing %s with apt-get\n", b.name)
	env := append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	for _, args := range [][]string{
		{"-q", "update"},
		append([]string{"-q", "-y", "--no-install-recommends", "install"}, b.packages...),
	} {
		cmd := command(ctx, "apt-get", args...)
		cmd.Env = env
		cmd.Stdout = os.Stderr
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("failed to install %s (apt-get %s): %w", b.name, strings.Join(args, " "), err)
		}
	}
	if path, ok := b.find(); ok {
		return path, nil
	}
	return "", fmt.Errorf("apt-get installed %s, yet it is not on PATH; name it in %s", strings.Join(b.packages, " "),
		b.variable)
}
