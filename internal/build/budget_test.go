package main

import (
	"encoding/hex"
	"io"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/internal/build/flags"
)

// Budgets in bytes of brotli: the program, the shell that a page waits for, and
// the runtime, which comes while the program does.
const (
	programBudget = 1_400_000
	shellBudget   = 7_400
	runtimeBudget = 2_400
)

// packed is the size of data as it is served.
func packed(t *testing.T, data []byte) int {
	t.Helper()
	br, err := cached(hex.EncodeToString(hash(data))+"-11.br", func(w io.Writer) io.WriteCloser {
		return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: qualityBest, LGWin: 24})
	}, data)
	require.NoError(t, err)
	return len(br)
}

func TestProgramBudget(t *testing.T) {
	t.Chdir("../..")
	if !exists(flags.WASM) {
		t.Skip("no browser program")
	}
	program, err := compileProgram(t.Context())
	require.NoError(t, err)
	size := packed(t, program)
	t.Logf("program: %d bytes, %d in brotli", len(program), size)
	assert.LessOrEqual(t, size, programBudget)
}

func TestShellBudget(t *testing.T) {
	t.Chdir("../..")
	shell, err := buildShell("tccc.0123456789ab.wasm", "tccc.ba9876543210.js", "v1.2.3")
	require.NoError(t, err)
	size := packed(t, shell)
	t.Logf("shell: %d bytes, %d in brotli", len(shell), size)
	assert.LessOrEqual(t, size, shellBudget)
}

func TestRuntimeBudget(t *testing.T) {
	t.Chdir("../..")
	runtime, err := buildRuntime()
	require.NoError(t, err)
	size := packed(t, runtime)
	t.Logf("runtime: %d bytes, %d in brotli", len(runtime), size)
	assert.LessOrEqual(t, size, runtimeBudget)
}
