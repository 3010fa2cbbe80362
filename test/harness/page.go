package harness

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

//go:embed page.js
var pageScript string

// Page is a tab in a browser context of its own: it shares no cookies and no
// storage with others.
type Page struct {
	t       testing.TB
	ctx     context.Context
	close   func()
	tab     tab // nil in Chromium
	mu      sync.Mutex
	errors  []string // console errors and uncaught exceptions
	allowed []string // parts of errors that the test expects
}

// tab is a page of another browser than Chromium.
type tab interface {
	navigate(ctx context.Context, url string) error
	reload(ctx context.Context) error
	// evaluate awaits the expression and gives it as JSON.
	evaluate(ctx context.Context, expr string) (json.RawMessage, error)
	screenshot(ctx context.Context) ([]byte, error)
}

// Event is an event of tccc as the page saw it.
type Event struct {
	Name   string          `json:"name"`
	Data   json.RawMessage `json:"data"`
	At     float64         `json:"at"`     // performance.now(), ms
	Status string          `json:"status"` // Agent.getStatus() in the listener
}

// Text is a text member of the event's payload, "" if there is none.
func (e Event) Text(member string) string {
	var m map[string]any
	_ = json.Unmarshal(e.Data, &m) // a payload that is no object has no members
	s, _ := m[member].(string)
	return s
}

// SessionID of the event.
func (e Event) SessionID() string { return e.Text("sessionId") }

// Fields are the members of the event's payload, without the copy of them
// that is under data and must be the same.
func (e Event) Fields(t testing.TB) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal(e.Data, &m))
	under := m["data"]
	delete(m, "data")
	require.Equal(t, any(m), under)
	return m
}

// Outcome is how a promise ended.
type Outcome struct {
	Resolved json.RawMessage `json:"resolved"`
	Rejected *Rejection      `json:"rejected"`
}

// Rejection is the reason of a rejected promise.
type Rejection struct {
	Status      string `json:"status"`
	ErrorMsg    string `json:"errorMsg"`
	Code        int    `json:"code"`
	Name        string `json:"name"`
	Field       string `json:"field"`
	Recoverable bool   `json:"recoverable"`
	Message     string `json:"message"`
	IsError     bool   `json:"isError"`
}

// NewPage opens a page with devices and permission.
func NewPage(t testing.TB, url string) *Page {
	t.Helper()
	return SharedBrowser(t, DevicesGranted).NewPage(t, url)
}

// NewPage opens a tab in a browser context of its own and closes it when the
// test ends. The test fails if the page has written errors to the console
// that it did not allow.
func (b *Browser) NewPage(t testing.TB, url string) *Page {
	t.Helper()
	return newPage(t, b.ctx, url, chromedp.WithNewBrowserContext())
}

func newPage(t testing.TB, parent context.Context, url string, opts ...chromedp.ContextOption) *Page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, opts...)
	p := &Page{t: t, ctx: ctx, close: sync.OnceFunc(cancel)}
	require.NoError(t, chromedp.Do(ctx))
	console := chromedp.Console(ctx)
	go func() {
		for m, err := range console {
			if err != nil {
				return
			}
			if m.IsException() || m.Type == "error" {
				p.mu.Lock()
				p.errors = append(p.errors, fmt.Sprintf("%s (%s:%d)", m.Text, m.URL, m.Line))
				p.mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() {
		if t.Failed() && ctx.Err() == nil {
			p.Screenshot(strings.ReplaceAll(t.Name(), "/", "-"))
		}
		p.Close()
		for _, e := range p.Errors() {
			t.Errorf("console error: %s", e)
		}
	})
	_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument,
		page.AddScriptToEvaluateOnNewDocumentParams{Source: pageScript})
	require.NoError(t, err)
	p.Navigate(url)
	return p
}

// Blank opens an empty page of the customer's site.
func Blank(t testing.TB) *Page {
	t.Helper()
	site := CustomerSite()
	return NewPage(t, site.Origin+site.Page("<!doctype html><title>Customer</title><body></body>", ""))
}

// Agent opens an empty page of the customer's site, loads the SDK for an agent
// as integrators do, and awaits ready.
func Agent(t testing.TB, g *Gateway, userID string) *Page {
	t.Helper()
	p := Blank(t)
	p.Load(g.Login(t, userID).SDKURL, map[string]string{"crossorigin": "anonymous"})
	p.Await("ready")
	return p
}

// RelaysOnly has the peer connections that the page makes from now on use relays,
// as in a network that carries nothing else.
func (p *Page) RelaysOnly() {
	p.t.Helper()
	p.Run(`void (window.RTCPeerConnection = class extends RTCPeerConnection {
		constructor(conf) { super({ ...conf, iceTransportPolicy: 'relay' }); }
	})`)
}

// Close closes the tab, as a user does.
func (p *Page) Close() { p.close() }

// Navigate goes to a page and awaits its load event.
func (p *Page) Navigate(url string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	if p.tab != nil {
		require.NoError(p.t, p.tab.navigate(ctx, url), url)
		return
	}
	require.NoError(p.t, chromedp.Do(ctx, chromedp.Navigate(url)), url)
}

// Load puts the SDK's script with these attributes into the page and awaits
// its load event. Every event of tccc is recorded from then on.
func (p *Page) Load(src string, attributes map[string]string) {
	p.t.Helper()
	if attributes == nil {
		attributes = map[string]string{}
	}
	p.Run("harness.load(%s, %s)", src, attributes)
}

// Await waits for the next event of that name and returns it. With members
// (name, value, name, value …) it waits for one whose payload has them.
func (p *Page) Await(name string, members ...any) Event {
	p.t.Helper()
	want := map[string]any{}
	for i := 0; i+1 < len(members); i += 2 {
		want[members[i].(string)] = members[i+1]
	}
	return Eval[Event](p, "harness.next(%s, %s, %s)", name, want, Patience.Milliseconds())
}

// AwaitTrue waits until a JavaScript expression is truthy, also through a
// navigation.
func (p *Page) AwaitTrue(expr string) {
	p.t.Helper()
	deadline := time.Now().Add(Patience)
	for {
		_, err := chromedpEval[chromedp.Void](p, "harness.until(() => { try { return "+
			strings.ReplaceAll(expr, "%", "%%")+" } catch (e) { return false } }, %s, () => %s)",
			[]any{time.Until(deadline).Milliseconds(), expr})
		if err == nil {
			return
		}
		if left := strings.Contains(err.Error(), "Inspected target navigated"); !left || time.Now().After(deadline) {
			require.NoError(p.t, err, expr)
		}
	}
}

// Hears waits until the page hears and plays a tone; 0 is silence.
func (p *Page) Hears(frequency float64) {
	p.t.Helper()
	p.Run("harness.hears(%s, %s)", frequency, Patience.Milliseconds())
}

// Events lists every event so far, in order.
func (p *Page) Events() []Event {
	p.t.Helper()
	return Eval[[]Event](p, "harness.events")
}

// Names lists the names of every event so far, in order, without those that
// this project added.
func (p *Page) Names() []string {
	p.t.Helper()
	var names []string
	for _, e := range p.Events() {
		switch e.Name {
		case "connectionChanged", "devicesChanged", "sessionUpdated", "ownerChanged":
		default:
			names = append(names, e.Name)
		}
	}
	return names
}

// Try evaluates an expression that gives a promise and returns how it ended.
func (p *Page) Try(expr string, args ...any) Outcome {
	p.t.Helper()
	return Eval[Outcome](p, "harness.caught("+expr+")", args...)
}

// Do evaluates an expression that gives a promise, which must be resolved with
// status "success", and returns its data.
func (p *Page) Do(expr string, args ...any) json.RawMessage {
	p.t.Helper()
	o := p.Try(expr, args...)
	require.Nil(p.t, o.Rejected, "%s: %+v", expr, o.Rejected)
	var r struct {
		Status string
		Data   json.RawMessage
	}
	require.NoError(p.t, json.Unmarshal(o.Resolved, &r), "%s gave %s", expr, o.Resolved)
	require.Equal(p.t, "success", r.Status, "%s gave %s", expr, o.Resolved)
	return r.Data
}

// Fail evaluates an expression that gives a promise, which must be rejected,
// and returns the reason, which has all members that pages rely on.
func (p *Page) Fail(expr string, args ...any) Rejection {
	p.t.Helper()
	o := p.Try(expr, args...)
	require.NotNil(p.t, o.Rejected, "%s gave %s", expr, o.Resolved)
	require.Equal(p.t, "error", o.Rejected.Status, "%s: %+v", expr, o.Rejected)
	require.NotEmpty(p.t, o.Rejected.ErrorMsg, expr)
	require.NotZero(p.t, o.Rejected.Code, "%s: %+v", expr, o.Rejected)
	require.NotEmpty(p.t, o.Rejected.Name, expr)
	return *o.Rejected
}

// Run evaluates an expression and awaits it if it is a promise. Each %s in it
// is an argument, written as JSON.
func (p *Page) Run(expr string, args ...any) {
	p.t.Helper()
	_, err := chromedpEval[chromedp.Void](p, expr, args)
	require.NoError(p.t, err, expr)
}

// Eval evaluates an expression, awaits it if it is a promise, and decodes it.
func Eval[T any](p *Page, expr string, args ...any) T {
	p.t.Helper()
	v, err := chromedpEval[T](p, expr, args)
	require.NoError(p.t, err, expr)
	return v
}

func chromedpEval[T any](p *Page, expr string, args []any) (T, error) {
	texts := make([]any, len(args))
	for i, a := range args {
		b, err := json.Marshal(a)
		if err != nil {
			var zero T
			return zero, err
		}
		texts[i] = string(b)
	}
	if len(args) > 0 {
		expr = fmt.Sprintf(expr, texts...)
	}
	ctx, cancel := context.WithTimeout(p.ctx, 2*Patience)
	defer cancel()
	if p.tab != nil {
		var v T
		text, err := p.tab.evaluate(ctx, expr)
		if _, void := any(v).(chromedp.Void); !void && err == nil && len(text) > 0 {
			err = json.Unmarshal(text, &v)
		}
		return v, err
	}
	return chromedp.Run(ctx, chromedp.Evaluate[T](expr, chromedp.EvalAwaitPromise))
}

// Errors lists the console errors and uncaught exceptions that were not allowed.
func (p *Page) Errors() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
next:
	for _, e := range p.errors {
		for _, a := range p.allowed {
			if strings.Contains(e, a) {
				continue next
			}
		}
		out = append(out, e)
	}
	return out
}

// AllowError lets the page write console errors that contain the text.
func (p *Page) AllowError(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allowed = append(p.allowed, text)
}

// AwaitError waits for a console error that contains the text, and allows it.
func (p *Page) AwaitError(text string) {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, e := range p.errors {
			if strings.Contains(e, text) {
				return true
			}
		}
		return false
	}, Patience, 10*time.Millisecond, text)
	p.AllowError(text)
}

// Screenshot writes what the page looks like into test/out.
func (p *Page) Screenshot(name string) {
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	take := func() ([]byte, error) { return chromedp.Run(ctx, chromedp.CaptureScreenshot()) }
	if p.tab != nil {
		take = func() ([]byte, error) { return p.tab.screenshot(ctx) }
	}
	png, err := take()
	dir := filepath.Join(Root(), "test", "out")
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Logf("no screenshot of %s: %v", name, err)
	}
}

// Context is the tab's, for what the harness has no method for.
func (p *Page) Context() context.Context { return p.ctx }
