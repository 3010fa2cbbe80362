package main

import (
	"archive/tar"
	"compress/gzip"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPackLoader(t *testing.T) {
	t.Chdir("../..")
	path, err := packLoader(t.TempDir(), "1.2.3")
	require.NoError(t, err)
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	files := map[string]string{}
	for r := tar.NewReader(z); ; {
		head, err := r.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		files[head.Name] = string(text)
	}
	assert.Len(t, files, 7)
	assert.Contains(t, files["package/package.json"], `"version": "1.2.3"`)
	assert.NotContains(t, files["package/package.json"], "ependencies")
	assert.Contains(t, files["package/index.js"], "\nexport { load, unload };\n")
	assert.Contains(t, files["package/index.cjs"], "\nmodule.exports = { load, unload };\n")
	assert.Equal(t, files["package/index.d.ts"], files["package/index.d.cts"])
	types, err := os.ReadFile("web/tccc.d.ts")
	require.NoError(t, err)
	assert.Equal(t, string(types), files["package/tccc.d.ts"])
}

func TestNPMVersion(t *testing.T) {
	for git, want := range map[string]string{
		"v1.2.3": "1.2.3", "v1.2.3-4-gabcdef0": "0.0.0-dev.gv1-2-3-4-gabcdef0", "70a4430": "0.0.0-dev.g70a4430",
		"0123456-dirty": "0.0.0-dev.g0123456-dirty", "dev": "0.0.0-dev.gdev",
	} {
		assert.Equal(t, want, npmVersion(git), git)
	}
}

func TestCommonJS(t *testing.T) {
	for _, bad := range []string{"x", "\nimport a from 'a';\nexport { a };", "\nexport const a = 1;\nexport { a };"} {
		_, err := commonJS(bad)
		assert.Error(t, err, bad)
	}
}
