package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/internal/build/flags"
)

func TestLineFilter(t *testing.T) {
	var out bytes.Buffer
	f := &lineFilter{w: &out}
	for _, part := range []string{"one\n2026 ERROR: could not unm", "arshal event: x\ntwo\nth", "ree"} {
		n, err := f.Write([]byte(part))
		require.NoError(t, err)
		assert.Equal(t, len(part), n)
	}
	f.Flush()
	assert.Equal(t, "one\ntwo\nthree", out.String())
}

func TestFlags(t *testing.T) {
	env := flags.Browser([]string{"GOOS=plan9", "PATH=/bin", "GOARCH=arm", "GOOSE=1"})
	assert.Equal(t, []string{"PATH=/bin", "GOOSE=1", "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT=nogreenteagc"}, env)
	assert.Contains(t, flags.ForGateway("v1"), "-ldflags=-s -w -X main.version=v1")
	assert.Contains(t, flags.ForGateway(""), "-trimpath")
	assert.Subset(t, flags.ForBrowser(), flags.ForGateway(""))
}
