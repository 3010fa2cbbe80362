package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// browser is a program that tests run in.
type browser struct {
	name     string   // as people call it
	variable string   // the environment variable that names another one
	programs []string // names under which it is installed
	pkg      string   // Debian's package
}

var (
	chromium = browser{"Chromium", "CHROMIUM",
		[]string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}, "chromium"}
	firefox = browser{"Firefox", "FIREFOX", []string{"firefox-esr", "firefox"}, "firefox-esr"}
)

// runChromium prints the path of Chromium, after installing it if it can.
func runChromium(ctx context.Context, _ []string) error { return chromium.print(ctx) }

// runFirefox prints the path of Firefox, after installing it if it can.
func runFirefox(ctx context.Context, _ []string) error { return firefox.print(ctx) }

func needChromium(ctx context.Context) (string, error) { return chromium.need(ctx) }

func (b *browser) print(ctx context.Context) error {
	path, err := b.need(ctx)
	if err == nil {
		fmt.Println(path)
	}
	return err
}

// find looks for the browser: its variable first, then PATH.
func (b *browser) find() (string, bool) {
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

// need finds the browser or, on Debian and Ubuntu as root, installs it.
func (b *browser) need(ctx context.Context) (string, error) {
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
		return "", fmt.Errorf("%s was not found: run `sudo apt-get install %s`, or name one in %s", b.name, b.pkg,
			b.variable)
	}
	fmt.Fprintf(os.Stderr, "build: installing %s with apt-get\n", b.name)
	env := append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	for _, args := range [][]string{
		{"-q", "update"},
		{"-q", "-y", "--no-install-recommends", "install", b.pkg},
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
	return "", fmt.Errorf("apt-get installed %s, yet it is not on PATH; name it in %s", b.pkg, b.variable)
}
