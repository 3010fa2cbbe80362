package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFailures(t *testing.T) {
	two := "ok  \ttccc/a\t0.1s\n--- FAIL: TestX (1.00s)\n    x_test.go:3: no\n    --- FAIL: TestX/one (0.00s)\n" +
		"--- FAIL: TestY (0.10s)\nFAIL\nFAIL\ttccc/b\t2.150s\nok  \ttccc/c\t(cached)\nFAIL\n"
	tests, ok := failures(two)
	assert.True(t, ok)
	assert.Equal(t, []failed{{"tccc/b", "TestX"}, {"tccc/b", "TestY"}}, tests)

	for name, out := range map[string]string{
		"nothing failed":   "ok  \ttccc/a\t0.1s\n",
		"does not build":   "# tccc/b\nb.go:1:1: no\nFAIL\ttccc/b [build failed]\nFAIL\n",
		"panics":           "--- FAIL: TestX (1.00s)\npanic: no [recovered]\nFAIL\ttccc/b\t2.150s\nFAIL\n",
		"leaks at the end": "PASS\ngoleak: found unexpected goroutines\nFAIL\ttccc/b\t2.150s\nFAIL\n",
		"cut off":          "--- FAIL: TestX (1.00s)\n",
	} {
		_, ok := failures(out)
		assert.False(t, ok, name)
	}
}

// TestGoTestAgain runs a module of its own, with one test that passes at its
// second run and one that never does.
func TestGoTestAgain(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("go.mod", "module again\n\ngo 1.24\n")
	write("again_test.go", `package again
import ("os"; "testing")
func TestOnce(t *testing.T) {
	if os.WriteFile("ran", nil, 0o600) == nil && os.Remove("first") == nil { t.Fatal("the first time") }
}
func TestNever(t *testing.T) { if os.Getenv("NEVER") != "" { t.Fatal("never") } }
`)
	t.Chdir(dir)
	t.Cleanup(func() { unsteady = nil })

	write("first", "")
	require.NoError(t, goTest(t.Context(), nil, []string{"-count=1"}, []string{"."}))
	assert.Contains(t, unsteadyLine(), "again TestOnce")

	t.Setenv("NEVER", "1")
	require.ErrorContains(t, goTest(t.Context(), nil, []string{"-count=1"}, []string{"."}), "TestNever failed again")
}
