// Package stage shows states of the interface in Chromium, for pictures and for
// tests: the gallery's program in a page of its own.
package stage

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is how long a step of the browser may take.
const patience = 30 * time.Second

// Stage is a browser with the gallery in it. Use Open.
type Stage struct {
	ctx     context.Context
	closers []func()
}

// State is a state of the interface that can be shown.
type State struct {
	Name      string `json:"name"`
	Workbench bool   `json:"workbench"` // the workbench is open in it
}

// Scene is how a state is shown.
type Scene struct {
	State         string
	Lang          string // "en" or "zh"
	Dark          bool
	Embedded      bool // the workbench fills an element, instead of floating
	Width, Height int  // of the window, in CSS pixels
}

// Open builds the gallery, serves it and opens it in the browser. Root is the
// module's root.
func Open(ctx context.Context, root, browser string) (s *Stage, err error) {
	s = &Stage{}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	dir, err := os.MkdirTemp("", "gallery")
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, func() { _ = os.RemoveAll(dir) })
	if err := build(ctx, root, dir); err != nil {
		return nil, err
	}
	url, err := s.serve(dir)
	if err != nil {
		return nil, err
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.DisableGPU, // only the project's own page is loaded
		chromedp.Flag("hide-scrollbars", true))...)
	s.closers = append(s.closers, cancelAlloc)
	tab, cancelTab := chromedp.NewContext(alloc)
	s.closers = append(s.closers, cancelTab)
	s.ctx = tab
	if err := chromedp.Do(tab); err != nil {
		return nil, fmt.Errorf("failed to start %s: %w", browser, err)
	}
	step, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	if err := chromedp.Do(step, chromedp.Navigate(url+"/?alone=1")); err != nil {
		return nil, fmt.Errorf("failed to open the gallery: %w", err)
	}
	if _, err := Eval[bool](s, drawn); err != nil {
		return nil, fmt.Errorf("failed to start the gallery: %w", err)
	}
	return s, nil
}

// drawn is true once the program runs.
const drawn = `new Promise((done) => {
  const look = () => document.body.classList.contains('drawn') ? done(true) : requestAnimationFrame(look);
  look();
})`

// serve serves dir under the policy that the SDK promises to work under.
func (s *Stage) serve(dir string) (url string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	files := http.FileServer(http.Dir(dir))
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy",
				"default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'")
			files.ServeHTTP(w, r)
		})}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(listener) }()
	s.closers = append(s.closers, func() { _ = server.Close(); <-ended })
	return "http://" + listener.Addr().String(), nil
}

// build puts the program and its page into dir.
func build(ctx context.Context, root, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(dir, "gallery.wasm"), "./ui/gallery")
	cmd.Dir, cmd.Env, cmd.Stderr = root, append(os.Environ(), "GOOS=js", "GOARCH=wasm"), os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("failed to build the gallery: %w", err)
	}
	for _, name := range []string{"ui/gallery/index.html", "ui/gallery/gallery.css", "ui/gallery/gallery.js",
		"web/wasm_exec.js"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return fmt.Errorf("failed to read the gallery's page: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the browser and removes what was built.
func (s *Stage) Close() {
	if s.ctx != nil {
		ctx, cancel := context.WithTimeout(s.ctx, patience)
		_ = chromedp.Cancel(ctx) // it is gone either way
		cancel()
	}
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
	s.closers = nil
}

// States lists what can be shown.
func (s *Stage) States() ([]State, error) {
	return Eval[[]State](s, "gallery.names()")
}

// Show shows a scene, without movement.
func (s *Stage) Show(scene Scene) error {
	scheme := "light"
	if scene.Dark {
		scheme = "dark"
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia,
		emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}}); err != nil {
		return fmt.Errorf("failed to choose the colours: %w", err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(scene.Width), int64(scene.Height))); err != nil {
		return fmt.Errorf("failed to size the window: %w", err)
	}
	name, _ := json.Marshal(scene.State) // a string
	lang, _ := json.Marshal(scene.Lang)
	shown, err := Eval[bool](s, fmt.Sprintf("gallery.show(%s, %s, %t)", name, lang, scene.Embedded))
	if err == nil && !shown {
		err = fmt.Errorf("there is no state %q", scene.State)
	}
	return err
}

// Picture is what the window shows, in a format of Chromium's: "png" or "webp".
func (s *Stage) Picture(format string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	p := page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormat(format)}
	if format != "png" {
		p.Quality = new(int64(80))
	}
	r, err := chromedp.Call(ctx, page.CaptureScreenshot, p)
	return r.Data, err
}

// Eval evaluates a JavaScript expression, and awaits it if it is a promise.
func Eval[T any](s *Stage, expr string) (T, error) {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expr, chromedp.EvalAwaitPromise))
}
