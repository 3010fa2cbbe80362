package backend

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// TestMetricsAreDocumented holds the names of metrics in the code, the guides
// and the dashboard together.
func TestMetricsAreDocumented(t *testing.T) {
	defined := map[string]bool{}
	name := regexp.MustCompile(`"(tccc_[a-z_]+)"`)
	require.NoError(t, filepath.WalkDir(filepath.Join(harness.Root(), "gateway"),
		func(path string, d os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range name.FindAllStringSubmatch(string(text), -1) {
				defined[m[1]] = true
			}
			return err
		}))
	require.GreaterOrEqual(t, len(defined), 20)

	used := func(file string) map[string]bool {
		text, err := os.ReadFile(filepath.Join(harness.Root(), file))
		require.NoError(t, err)
		all := map[string]bool{}
		for _, m := range regexp.MustCompile(`tccc_[a-z_]+`).FindAllString(string(text), -1) {
			all[strings.TrimSuffix(m, "_bucket")] = true
		}
		return all
	}
	guide := used("docs/operations.md")
	for m := range defined {
		assert.True(t, guide[m], "docs/operations.md does not describe %s", m)
	}
	for _, file := range []string{"docs/operations.md", "docs/pushes.md", "docs/recording.md",
		"ops/grafana-dashboard.json"} {
		for m := range used(file) {
			assert.True(t, defined[m], "%s names %s, which the gateway does not have", file, m)
		}
	}
	text, err := os.ReadFile(filepath.Join(harness.Root(), "ops/grafana-dashboard.json"))
	require.NoError(t, err)
	assert.True(t, json.Valid(text))
}
