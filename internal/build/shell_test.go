package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShell(t *testing.T) {
	t.Chdir("../..")
	shell, err := buildShell("tccc.0123456789ab.wasm", "tccc.ba9876543210.js", "v1.2.3")
	require.NoError(t, err)
	assert.Contains(t, string(shell), "tccc.0123456789ab.wasm")
	assert.Contains(t, string(shell), "v1.2.3")
	assert.NotContains(t, string(shell), "__TCCC_")
	for _, forbidden := range []string{"eval(", "new Function(", "__proto__"} {
		assert.NotContains(t, string(shell), forbidden, "pages forbid it")
	}
}

func TestCheck(t *testing.T) {
	t.Chdir("../..")
	assert.NoError(t, runCheck(t.Context(), nil))
}
