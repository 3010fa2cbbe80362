package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
	written, err := writtenPages()
	require.NoError(t, err)
	assert.Len(t, written, len(pages), "pages that are no longer made: run `go run ./internal/build docs`")
}
