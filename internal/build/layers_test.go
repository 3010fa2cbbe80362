package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var layerRow = regexp.MustCompile("(?m)^\\| ([0-9])[^|]* \\| ((?:`[^`]+`,? ?)+)\\|")

// TestLayers holds the packages against the table of docs/architecture.md: each
// has a layer, and none imports one of a layer above its own.
func TestLayers(t *testing.T) {
	t.Chdir("../..")
	text, err := os.ReadFile("docs/architecture.md")
	require.NoError(t, err)
	layer := map[string]string{}
	for _, row := range layerRow.FindAllStringSubmatch(string(text), -1) {
		for name := range strings.FieldsSeq(strings.NewReplacer("`", "", ",", "").Replace(row[2])) {
			assert.NotContains(t, layer, name, "listed twice")
			layer[name] = row[1]
		}
	}
	require.Greater(t, len(layer), 40, "the table is not found")

	out, err := output(t.Context(), nil, "go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...")
	require.NoError(t, err)
	found := map[string]bool{}
	for line := range strings.Lines(out) {
		names := strings.Fields(line)
		of := layerOf(layer, names[0])
		found[roomOf(layer, names[0])] = true
		if !strings.HasPrefix(names[0], "tccc/gateway/") && of == "" {
			continue // the table is the gateway's
		}
		assert.NotEmpty(t, of, "%s has no layer in docs/architecture.md", names[0])
		for _, imported := range names[1:] {
			if strings.HasPrefix(imported, "tccc/") {
				at := layerOf(layer, imported)
				assert.True(t, at != "" && at <= of, "%s (layer %s) imports %s (layer %s)", names[0], of, imported, at)
			}
		}
	}
	for name := range layer {
		assert.True(t, found[name], "%s is in the table and not in the house", name)
	}
}

// roomOf is the row's name that stands for a package: its own, or that of the
// folder it is in.
func roomOf(layer map[string]string, pkg string) string {
	for name := strings.TrimPrefix(pkg, "tccc/"); ; name = name[:strings.LastIndex(name, "/")] {
		if _, there := layer[name]; there || !strings.Contains(name, "/") {
			return name
		}
	}
}

func layerOf(layer map[string]string, pkg string) string { return layer[roomOf(layer, pkg)] }
