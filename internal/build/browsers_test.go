package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBrowserThatIsMissing says what to do.
func TestBrowserThatIsMissing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	t.Setenv("FIREFOX", "")
	_, err := firefox.need(t.Context())
	assert.EqualError(t, err, "Firefox was not found: install it and put it on PATH, or name it in FIREFOX")

	path := filepath.Join(dir, "firefox")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700))
	found, err := firefox.need(t.Context())
	require.NoError(t, err)
	assert.Equal(t, path, found)

	t.Setenv("FIREFOX", filepath.Join(dir, "nothing"))
	_, err = firefox.need(t.Context())
	assert.ErrorContains(t, err, "which cannot be run")
}
