// Command shoot builds the gallery and takes pictures of it:
//
//	go run ./ui/gallery/shoot -out DIR
//
// It runs in the module's root and needs Chromium. One picture is taken for
// each language and colour scheme.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	out := flag.String("out", "test/out/gallery", "directory for the pictures")
	browser := flag.String("browser", "chromium", "Chromium's command")
	size := flag.String("size", "1600x3300", "size of the pictures")
	only := flag.String("only", "", "only states whose name begins so")
	flag.Parse()
	if err := run(*out, *browser, *size, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out, browser, size, only string) error {
	dir, err := os.MkdirTemp("", "gallery")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := build(dir); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: withPolicy(http.FileServer(http.Dir(dir))), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, lang := range []string{"en", "zh"} {
		for scheme, setting := range map[string]string{"dark": "0", "light": "1"} {
			file := filepath.Join(out, lang+"-"+scheme+".png")
			url := fmt.Sprintf("http://%s/?lang=%s&only=%s", listener.Addr(), lang, only)
			if err := shoot(dir, browser, size, setting, url, file); err != nil {
				return err
			}
			fmt.Println(file)
		}
	}
	return nil
}

// build puts the program and its page into dir.
func build(dir string) error {
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "gallery.wasm"), "./ui/gallery")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("failed to build the gallery: %w", err)
	}
	for _, name := range []string{"ui/gallery/index.html", "ui/gallery/gallery.css", "ui/gallery/gallery.js", "web/wasm_exec.js"} {
		text, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("failed to read the page (run me in the module's root): %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// withPolicy serves the page under the policy that the SDK promises to work
// under.
func withPolicy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'")
		next.ServeHTTP(w, r)
	})
}

func shoot(dir, browser, size, scheme, url, file string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-prefers-reduced-motion", "--no-first-run",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--blink-settings=preferredColorScheme="+scheme,
		"--virtual-time-budget=10000", "--window-size="+strings.Replace(size, "x", ",", 1), "--screenshot="+file, url)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("failed to take the picture: %w\n%s", err, text)
	}
	return nil
}
