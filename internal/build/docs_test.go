package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/internal/apidoc"
)

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)

// TestLinks follows the links of all pages to files.
func TestLinks(t *testing.T) {
	t.Chdir("../..")
	pages := []string{"README.md", "AGENTS.md", loaderDir + "/README.md"}
	require.NoError(t, filepath.WalkDir("docs", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			pages = append(pages, path)
		}
		return err
	}))
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			_, err := os.Stat(filepath.Join(filepath.Dir(page), m[1]))
			assert.NoError(t, err, "a dead link in %s", page)
		}
	}
}

// TestAPIPages fails when the pages are not those of web/tccc.d.ts as it is, or
// a member lacks a description.
func TestAPIPages(t *testing.T) {
	t.Chdir("../..")
	pages, err := apiPages()
	require.NoError(t, err)
	for name, want := range pages {
		have, err := os.ReadFile(filepath.Join(apiDir, name))
		require.NoError(t, err, "run `go run ./internal/build docs`")
		assert.True(t, want == string(have), "%s/%s is stale: run `go run ./internal/build docs`", apiDir, name)
	}
	surface, err := apidoc.SurfacePage()
	require.NoError(t, err)
	have, err := os.ReadFile(surfacePage)
	require.NoError(t, err)
	assert.True(t, surface == string(have), "%s is stale: run `go run ./internal/build docs`", surfacePage)
	written, err := writtenPages()
	require.NoError(t, err)
	assert.Len(t, written, len(pages), "pages that are no longer made: run `go run ./internal/build docs`")
}

// TestIndex lists every page on docs/README.md.
func TestIndex(t *testing.T) {
	t.Chdir("../..")
	index, err := os.ReadFile("docs/README.md")
	require.NoError(t, err)
	pages, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	for _, p := range pages {
		if name := filepath.Base(p); name != "README.md" {
			assert.Contains(t, string(index), "("+name+")")
		}
	}
}
