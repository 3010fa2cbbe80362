package apidoc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

// TestSurface holds the table against the types, the contract, the files and
// the tests that there are.
func TestSurface(t *testing.T) {
	rows, err := Surface()
	require.NoError(t, err)
	members, err := Members(ownTypes(t))
	require.NoError(t, err)
	var have []string
	for _, r := range rows {
		have = append(have, r.Member)
	}
	assert.ElementsMatch(t, members, have, "internal/apidoc/surface.txt and web/tccc.d.ts differ")
	for _, m := range contract {
		assert.Contains(t, members, m, "of the contract")
	}
	tests := map[string]string{} // by directory
	for _, r := range rows {
		for _, f := range r.Files {
			_, err := os.Stat(filepath.Join(root, f))
			assert.NoError(t, err, r.Member)
		}
		for _, test := range r.Tests {
			text, ok := tests[test.Dir]
			if !ok {
				text = testsOf(t, test.Dir)
				tests[test.Dir] = text
			}
			assert.True(t, strings.Contains(text, "\nfunc "+test.Name+"(t *testing.T)"), "%s: %s has no %s", r.Member,
				test.Dir, test.Name)
		}
	}
}

func testsOf(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	require.NoError(t, err)
	var all strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		all.WriteString("\n" + string(text))
	}
	return all.String()
}
