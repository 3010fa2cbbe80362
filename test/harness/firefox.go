package harness

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/test/harness/bidi"
)

// firefoxPrefs are the settings of the test's Firefox. Devices are Firefox's
// own fake ones, whose microphone is a tone of the frequency that is set here.
var firefoxPrefs = map[string]any{
	"media.navigator.streams.fake":         true,
	"media.navigator.permission.disabled":  true,
	"media.navigator.audio.fake_frequency": int(MicTone),
	"media.autoplay.default":               0, // allowed
	"media.autoplay.blocking_policy":       0,
	"media.cubeb.force_mock_context":       true, // a sound card, which a test machine need not have
	// The gateway of a test is on the loopback, which Firefox leaves out of its
	// own addresses; and all but the default addresses are only for pages that
	// have the permission.
	"media.peerconnection.ice.loopback": true,
	"permissions.default.microphone":    1,
	"permissions.default.camera":        1,
	// Nothing is fetched that the test did not ask for.
	"app.normandy.enabled":                             false,
	"app.update.disabledForTesting":                    true,
	"browser.newtabpage.enabled":                       false,
	"browser.shell.checkDefaultBrowser":                false,
	"browser.startup.page":                             0,
	"browser.safebrowsing.malware.enabled":             false,
	"browser.safebrowsing.phishing.enabled":            false,
	"datareporting.policy.dataSubmissionEnabled":       false,
	"extensions.update.enabled":                        false,
	"media.gmp-manager.url":                            "http://127.0.0.1:9/",
	"network.captive-portal-service.enabled":           false,
	"network.connectivity-service.enabled":             false,
	"services.settings.server":                         "http://127.0.0.1:9/",
	"toolkit.telemetry.enabled":                        false,
	"toolkit.telemetry.server":                         "",
	"dom.disable_open_during_load":                     false,
	"dom.min_background_timeout_value":                 4, // tabs of a test are not throttled
	"dom.timeout.enable_budget_timer_throttling":       false,
	"widget.windows.window_occlusion_tracking.enabled": false,
}

// Firefox is a running Firefox.
type Firefox struct {
	conn *bidi.Conn
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	dir  string        // its profile

	mu    sync.Mutex
	pages map[string]*Page // by browsing context
}

// FindFirefox is the browser of $FIREFOX or of PATH.
func FindFirefox() (string, error) {
	if p := os.Getenv("FIREFOX"); p != "" {
		return exec.LookPath(p)
	}
	for _, name := range []string{"firefox-esr", "firefox"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", errors.New("Firefox was not found: run `go run ./internal/build firefox`")
}

// StartFirefox starts a Firefox of its own.
func StartFirefox() (*Firefox, error) {
	path, err := FindFirefox()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tccc-firefox-")
	if err != nil {
		return nil, err
	}
	f := &Firefox{dir: dir, done: make(chan struct{}), pages: map[string]*Page{}}
	if err := f.start(path); err != nil {
		f.Close()
		return nil, fmt.Errorf("failed to start %s: %w", path, err)
	}
	return f, nil
}

func (f *Firefox) start(path string) error {
	var prefs strings.Builder
	for name, value := range firefoxPrefs {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		fmt.Fprintf(&prefs, "user_pref(%q, %s);\n", name, text)
	}
	if err := os.WriteFile(filepath.Join(f.dir, "user.js"), []byte(prefs.String()), 0o600); err != nil {
		return err
	}
	cmd := exec.Command(path, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", f.dir,
		"about:blank")
	cmd.Env = append(os.Environ(),
		"HOME="+f.dir, "MOZ_HEADLESS_WIDTH=1280", "MOZ_HEADLESS_HEIGHT=900", "MOZ_CRASHREPORTER_DISABLE=1",
		// Containers forbid what the sandbox is made of; only the project's own pages are loaded.
		"MOZ_DISABLE_CONTENT_SANDBOX=1", "MOZ_DISABLE_SOCKET_PROCESS_SANDBOX=1", "MOZ_DISABLE_RDD_SANDBOX=1",
		"MOZ_DISABLE_GMP_SANDBOX=1")
	cmd.SysProcAttr = dieWithParent()
	errs, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	f.cmd = cmd
	address, said := make(chan string, 1), &logBuffer{}
	go func() {
		defer close(f.done)
		for lines := bufio.NewScanner(errs); lines.Scan(); {
			_, _ = fmt.Fprintln(said, lines.Text()) // a log that is full loses the rest
			if _, a, ok := strings.Cut(lines.Text(), "WebDriver BiDi listening on "); ok {
				address <- a
			}
		}
		_, _ = io.Copy(io.Discard, errs)
		_ = cmd.Wait() // it was told to end
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 3*Patience) // the first start makes a profile
	defer cancel()
	select {
	case a := <-address:
		return f.connect(ctx, strings.TrimSpace(a))
	case <-f.done:
		return fmt.Errorf("it ended and said:\n%s", said)
	case <-ctx.Done():
		return fmt.Errorf("it does not listen and said:\n%s", said)
	}
}

func (f *Firefox) connect(ctx context.Context, address string) (err error) {
	if f.conn, err = bidi.Dial(ctx, address, f.event); err != nil {
		return err
	}
	if err := f.conn.Call(ctx, "session.subscribe", map[string]any{"events": []string{"log.entryAdded"}},
		nil); err != nil {
		return err
	}
	return f.conn.Call(ctx, "script.addPreloadScript",
		map[string]any{"functionDeclaration": "() => {" + pageScript + "}"}, nil)
}

// Close ends the browser.
func (f *Firefox) Close() {
	if f.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		_ = f.conn.Call(ctx, "browser.close", map[string]any{}, nil) // it ends either way
		cancel()
		f.conn.Close()
	}
	if f.cmd != nil {
		_ = f.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-f.done:
		case <-time.After(Patience):
			_ = f.cmd.Process.Kill()
			<-f.done
		}
	}
	_ = os.RemoveAll(f.dir)
}

// event notes what pages write to the console as errors, and what they throw.
func (f *Firefox) event(method string, params json.RawMessage) {
	var e struct {
		Level, Text string
		Source      struct{ Context string }
	}
	if method != "log.entryAdded" || json.Unmarshal(params, &e) != nil || e.Level != "error" {
		return
	}
	f.mu.Lock()
	p := f.pages[e.Source.Context]
	f.mu.Unlock()
	if p != nil {
		p.mu.Lock()
		p.errors = append(p.errors, e.Text)
		p.mu.Unlock()
	}
}

// NewPage opens a tab in a user context of its own and closes it when the test
// ends. The test fails if the page has written errors to the console that it
// did not allow.
func (f *Firefox) NewPage(t testing.TB, url string) *Page {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	var user struct{ UserContext string }
	require.NoError(t, f.conn.Call(ctx, "browser.createUserContext", map[string]any{}, &user))
	var made struct{ Context string }
	require.NoError(t, f.conn.Call(ctx, "browsingContext.create",
		map[string]any{"type": "tab", "userContext": user.UserContext}, &made))
	life, end := context.WithCancel(context.Background())
	p := &Page{t: t, ctx: life, tab: &firefoxTab{f.conn, made.Context}}
	p.close = sync.OnceFunc(func() {
		defer end()
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		_ = f.conn.Call(ctx, "browser.removeUserContext", user, nil) // the browser may be gone
		f.mu.Lock()
		delete(f.pages, made.Context)
		f.mu.Unlock()
	})
	f.mu.Lock()
	f.pages[made.Context] = p
	f.mu.Unlock()
	t.Cleanup(func() {
		if t.Failed() && life.Err() == nil {
			p.Screenshot("firefox-" + strings.ReplaceAll(t.Name(), "/", "-"))
		}
		p.Close()
		for _, e := range p.Errors() {
			t.Errorf("console error: %s", e)
		}
	})
	p.Navigate(url)
	return p
}

// firefoxTab is a tab over WebDriver BiDi.
type firefoxTab struct {
	conn    *bidi.Conn
	context string
}

func (t *firefoxTab) navigate(ctx context.Context, url string) error {
	return t.conn.Call(ctx, "browsingContext.navigate",
		map[string]any{"context": t.context, "url": url, "wait": "complete"}, nil)
}

func (t *firefoxTab) reload(ctx context.Context) error {
	return t.conn.Call(ctx, "browsingContext.reload", map[string]any{"context": t.context, "wait": "complete"}, nil)
}

func (t *firefoxTab) evaluate(ctx context.Context, expr string) (json.RawMessage, error) {
	var r struct {
		Type   string
		Result struct {
			Type  string
			Value json.RawMessage
		}
		ExceptionDetails struct{ Text string }
	}
	err := t.conn.Call(ctx, "script.evaluate", map[string]any{
		"expression": "(async () => JSON.stringify(await (" + expr + ")))()",
		"target":     map[string]any{"context": t.context}, "awaitPromise": true,
	}, &r)
	switch {
	case err != nil:
		return nil, err
	case r.Type == "exception":
		return nil, errors.New(r.ExceptionDetails.Text)
	case r.Result.Type != "string": // undefined has no JSON
		return nil, nil
	}
	var text string
	err = json.Unmarshal(r.Result.Value, &text)
	return json.RawMessage(text), err
}

func (t *firefoxTab) screenshot(ctx context.Context) ([]byte, error) {
	var r struct{ Data string }
	if err := t.conn.Call(ctx, "browsingContext.captureScreenshot", map[string]any{"context": t.context},
		&r); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(r.Data)
}
