// Package examples opens each example of the guides in Chromium, as it is,
// against a gateway, and makes calls with it. What the examples need of npm is
// fetched first, as their lock files pin it; without Node or the registry those
// are skipped and say so.
package examples

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// serve serves the examples from an origin of their own.
func serve(t *testing.T) string {
	t.Helper()
	files := http.FileServer(http.Dir(filepath.Join(harness.Root(), "examples")))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/favicon.ico" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// desk is an example as its user sees it.
type desk struct {
	*harness.Page
	t *testing.T
}

func open(t *testing.T, g *harness.Gateway, name string) desk {
	t.Helper()
	p := harness.NewPage(t, serve(t)+"/"+name+"/?gateway="+url.QueryEscape(g.URL))
	return desk{p, t}
}

// press clicks the button of that name, once it is there.
func (d desk) press(name string) {
	d.t.Helper()
	button := fmt.Sprintf(`[...document.querySelectorAll('button')].find((b) => b.textContent.trim() === %q && b.getClientRects().length)`, name)
	d.AwaitTrue("!!" + button)
	d.Run("void " + button + ".click()")
}

func (d desk) sees(text string) {
	d.t.Helper()
	d.AwaitTrue(fmt.Sprintf("document.body.innerText.includes(%q)", text))
}

func TestPlain(t *testing.T) { work(t, "plain") }

func TestReact(t *testing.T) {
	dir := filepath.Join(harness.Root(), "examples", "react")
	harness.NPM(t, dir)
	out, err := harness.Run(t, dir, "npm", "run", "build")
	require.NoError(t, err, out)
	work(t, "react")
}

func TestVue(t *testing.T) {
	harness.NPM(t, filepath.Join(harness.Root(), "examples", "vue"))
	work(t, "vue")
}

// work logs in, takes a call, changes the status and calls out.
func work(t *testing.T, name string) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	d := open(t, g, name)
	d.press("Log in")
	d.AwaitTrue("document.querySelector('[role=status]')?.textContent === 'free'")

	call := g.Ring(t, "02112345678", "4001000001", "")
	d.sees("02112345678 calls")
	d.press("Accept")
	d.sees("In conversation")
	d.Hears(harness.PhoneTone)
	g.AwaitPhoneHears(t, call, harness.MicTone)
	d.Screenshot("example-" + name)
	d.press("Hang up")
	d.AwaitTrue("!document.body.innerText.includes('In conversation')")

	d.Run(`void (() => { const s = document.querySelector('[name=status]'); s.value = 'rest'; s.dispatchEvent(new Event('change', { bubbles: true })); })()`)
	d.AwaitTrue("document.querySelector('[role=status]').textContent === 'rest'")
	d.press("Call")
	d.sees("In conversation")
	d.Hears(harness.PhoneTone)
	d.press("Hang up")
	d.AwaitTrue("!document.body.innerText.includes('In conversation')")

	// An account that the demo does not have.
	wrong := open(t, g, name)
	wrong.AllowError("404")
	wrong.AwaitTrue("!!document.querySelector('[name=userId]')")
	wrong.Run(`void (() => {
		const input = document.querySelector('[name=userId]');
		Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, 'nobody@demo');
		input.dispatchEvent(new Event('input', { bubbles: true }));
	})()`)
	wrong.press("Log in")
	wrong.AwaitTrue("document.querySelector('[role=alert]').textContent.includes('no such agent')")
}

var shown = regexp.MustCompile("(?s)<!-- (examples/[^ ]+) -->\n```[a-z]*\n(.*?)```")

// TestGuidesShowTheExamples compares the code in the guides with that of the examples.
func TestGuidesShowTheExamples(t *testing.T) {
	for guide, example := range map[string]string{"javascript": "plain", "react": "react", "vue": "vue"} {
		text, err := os.ReadFile(filepath.Join(harness.Root(), "docs", "guide-"+guide+".md"))
		require.NoError(t, err)
		blocks := shown.FindAllStringSubmatch(string(text), -1)
		assert.GreaterOrEqual(t, len(blocks), 2, guide)
		assert.Equal(t, strings.Count(string(text), "<!-- examples/"), len(blocks), "%s: a mark without code", guide)
		for _, b := range blocks {
			assert.Contains(t, b[1], "examples/"+example+"/", guide)
			code, err := os.ReadFile(filepath.Join(harness.Root(), b[1]))
			require.NoError(t, err)
			assert.Contains(t, string(code), b[2], "docs/guide-%s.md shows something else than %s", guide, b[1])
		}
	}
}
