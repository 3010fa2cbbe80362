// Package access checks every state of the interface with axe-core: in both
// languages and colour schemes, in the window and on a small screen.
package access

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/ui/gallery/stage"
)

// axe is the program that `go run ./internal/build axe` gets.
func axe(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(harness.Root(), ".cache", "axe-core-*.js"))
	require.NoError(t, err)
	require.NotEmpty(t, found, "axe-core is not there: run `go run ./internal/build axe`")
	text, err := os.ReadFile(found[len(found)-1])
	require.NoError(t, err)
	return string(text)
}

// violation is a rule that is broken, and where.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

type report struct {
	Violations []violation `json:"violations"`
	Passes     int         `json:"passes"`
}

// check runs every rule of axe-core, best practices included, on what is shown.
// The rules that are left out are about pages, not about parts of them.
const check = `axe.run(document.querySelector('main'), {
  resultTypes: ['violations'],
  rules: { 'landmark-no-duplicate-main': { enabled: false }, 'region': { enabled: false } },
}).then((r) => JSON.stringify({ violations: r.violations, passes: r.passes.length }))`

func look(t *testing.T, s *stage.Stage, scene stage.Scene) report {
	t.Helper()
	require.NoError(t, s.Show(scene), "%+v", scene)
	text, err := stage.Eval[string](s, check)
	require.NoError(t, err, "%+v", scene)
	var r report
	require.NoError(t, json.Unmarshal([]byte(text), &r))
	return r
}

func TestEveryStateIsAccessible(t *testing.T) {
	s := open(t)
	states, err := s.States()
	require.NoError(t, err)
	require.Greater(t, len(states), 40)
	for _, state := range states {
		for _, scene := range scenes(state) {
			r := look(t, s, scene)
			if state.Name != "hidden" {
				assert.Positive(t, r.Passes, "%+v: nothing was checked", scene)
			}
			for _, v := range r.Violations {
				var where []string
				for _, n := range v.Nodes {
					where = append(where, n.HTML+"\n"+n.Summary)
				}
				t.Errorf("%+v: %s: %s\n%s", scene, v.ID, v.Help, strings.Join(where, "\n"))
			}
		}
	}
}

// scenes are the ways in which a state is looked at.
func scenes(state stage.State) (list []stage.Scene) {
	for _, lang := range []string{"en", "zh"} {
		for _, dark := range []bool{false, true} {
			list = append(list, stage.Scene{State: state.Name, Lang: lang, Dark: dark, Width: 1064, Height: 700})
		}
	}
	list = append(list, stage.Scene{State: state.Name, Lang: "en", Width: 360, Height: 640})
	if state.Workbench {
		list = append(list, stage.Scene{State: state.Name, Lang: "zh", Embedded: true, Width: 760, Height: 480})
	}
	return list
}

// TestNothingIsCutOff looks for what is wider than the window, which nobody can
// reach.
func TestNothingIsCutOff(t *testing.T) {
	s := open(t)
	states, err := s.States()
	require.NoError(t, err)
	for _, state := range states {
		for _, lang := range []string{"en", "zh"} {
			for _, embedded := range []bool{false, true} {
				if embedded && !state.Workbench {
					continue
				}
				scene := stage.Scene{State: state.Name, Lang: lang, Embedded: embedded, Width: 360, Height: 640}
				if embedded {
					scene.Width, scene.Height = 760, 480
				}
				require.NoError(t, s.Show(scene))
				out, err := stage.Eval[[]string](s, fmt.Sprintf(outside, scene.Width))
				require.NoError(t, err)
				assert.Empty(t, out, "%+v", scene)
			}
		}
	}
}

// outside lists the buttons and fields that reach beyond the sides of the window.
const outside = `[...document.querySelector('main').shadowRoot.querySelectorAll('button, input, select')]
  .filter((e) => { const b = e.getBoundingClientRect(); return b.width > 0 && (b.left < -1 || b.right > %d + 1) })
  .map((e) => e.outerHTML)`

// TestABrokenRuleIsFound sees that the check can fail.
func TestABrokenRuleIsFound(t *testing.T) {
	s := open(t)
	look(t, s, stage.Scene{State: "free", Lang: "en", Width: 1064, Height: 700})
	_, err := stage.Eval[bool](s, `(() => {
  const b = document.createElement('button');
  document.querySelector('main').shadowRoot.append(b);
  return true;
})()`)
	require.NoError(t, err)
	text, err := stage.Eval[string](s, check)
	require.NoError(t, err)
	assert.Contains(t, text, `"button-name"`)
}

var shared *stage.Stage

// open gives the stage of the package, with axe-core in it.
func open(t *testing.T) *stage.Stage {
	t.Helper()
	if shared != nil {
		return shared
	}
	browser, err := harness.Chromium()
	require.NoError(t, err)
	s, err := stage.Open(context.Background(), harness.Root(), browser)
	require.NoError(t, err)
	_, err = stage.Eval[bool](s, axe(t)+"; true")
	require.NoError(t, err)
	shared = s
	return s
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared != nil {
		shared.Close()
	}
	os.Exit(code)
}
