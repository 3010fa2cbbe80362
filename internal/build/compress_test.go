package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWriteAsset(t *testing.T) {
	t.Chdir(t.TempDir())
	data := []byte(strings.Repeat("tccc ", 1000))
	a, err := writeAsset("dist", "x.js", data, qualityFast)
	require.NoError(t, err)
	assert.Equal(t, len(data), a.Size)

	plain, err := os.ReadFile("dist/x.js")
	require.NoError(t, err)
	assert.Equal(t, data, plain)
	br, err := os.ReadFile("dist/x.js.br")
	require.NoError(t, err)
	assert.Len(t, br, a.Brotli)
	got, err := io.ReadAll(brotli.NewReader(bytes.NewReader(br)))
	require.NoError(t, err)
	assert.Equal(t, data, got)
	gz, err := os.ReadFile("dist/x.js.gz")
	require.NoError(t, err)
	assert.Len(t, gz, a.Gzip)
	z, err := gzip.NewReader(bytes.NewReader(gz))
	require.NoError(t, err)
	got, err = io.ReadAll(z)
	require.NoError(t, err)
	assert.Equal(t, data, got)

	// The same content is not compressed again: what the cache holds is taken.
	kept, err := filepath.Glob(filepath.Join(cacheDir, "compressed", "*.br"))
	require.NoError(t, err)
	require.Len(t, kept, 1)
	require.NoError(t, os.WriteFile(kept[0], []byte("from the cache"), 0o600))
	again, err := writeAsset("dist", "x.js", data, qualityFast)
	require.NoError(t, err)
	assert.Equal(t, len("from the cache"), again.Brotli)
	best, err := writeAsset("dist", "x.js", data, qualityBest)
	require.NoError(t, err)
	assert.NotEqual(t, again.Brotli, best.Brotli, "another quality is another file")
}

func TestRemoveStale(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"tccc.aaaaaaaaaaaa.wasm", "tccc.aaaaaaaaaaaa.wasm.br", "tccc.bbbbbbbbbbbb.wasm",
		"tccc.bbbbbbbbbbbb.wasm.gz", "tcccSdk.js", ".gitkeep"} {
		require.NoError(t, writeFile(filepath.Join(distDir, name), nil))
	}
	require.NoError(t, removeStale("tccc.bbbbbbbbbbbb.wasm"))
	entries, err := os.ReadDir(distDir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	assert.Equal(t, []string{".gitkeep", "tccc.bbbbbbbbbbbb.wasm", "tccc.bbbbbbbbbbbb.wasm.gz", "tcccSdk.js"}, names)
}
