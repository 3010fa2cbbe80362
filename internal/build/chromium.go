package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// browsers are the names under which Chromium and Chrome are installed.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// runChromium prints the path of Chromium, after installing it if it can.
func runChromium(ctx context.Context, _ []string) error {
	path, err := needChromium(ctx)
	if err == nil {
		fmt.Println(path)
	}
	return err
}

// findChromium looks for the browser: $CHROMIUM first, then PATH.
func findChromium() (string, bool) {
	if path := os.Getenv("CHROMIUM"); path != "" {
		p, err := exec.LookPath(path)
		return p, err == nil
	}
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}

// needChromium finds the browser or, on Debian and Ubuntu as root, installs it.
func needChromium(ctx context.Context) (string, error) {
	if path, ok := findChromium(); ok {
		return path, nil
	}
	if path := os.Getenv("CHROMIUM"); path != "" {
		return "", fmt.Errorf("CHROMIUM names %q, which cannot be run", path)
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return "", errors.New("Chromium was not found: install it (or Chrome) and put it on PATH, or name it in CHROMIUM")
	}
	if os.Geteuid() != 0 {
		return "", errors.New("Chromium was not found: run `sudo apt-get install chromium`, or name one in CHROMIUM")
	}
	fmt.Fprintln(os.Stderr, "build: installing Chromium with apt-get")
	env := append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	for _, args := range [][]string{
		{"-q", "update"},
		{"-q", "-y", "--no-install-recommends", "install", "chromium"},
	} {
		cmd := command(ctx, "apt-get", args...)
		cmd.Env = env
		cmd.Stdout = os.Stderr
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("failed to install Chromium (apt-get %s): %w", strings.Join(args, " "), err)
		}
	}
	if path, ok := findChromium(); ok {
		return path, nil
	}
	return "", errors.New("apt-get installed chromium, yet it is not on PATH; name it in CHROMIUM")
}
