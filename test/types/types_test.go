// Package types compiles programs against the SDK's types with TypeScript, as
// strictly as it can: those in good must compile, and in those of bad exactly
// the marked lines must not.
//
// It needs Node and the npm registry, or an earlier run's node_modules; without
// them it is skipped and says so.
package types

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// options of the compiler: everything that is strict.
var options = map[string]any{
	"strict": true, "noEmit": true, "exactOptionalPropertyTypes": true, "noUncheckedIndexedAccess": true,
	"noImplicitReturns": true, "noPropertyAccessFromIndexSignature": true, "noImplicitOverride": true,
	"skipLibCheck": false, "target": "es2022", "lib": []string{"es2022", "dom", "dom.iterable"}, "module": "nodenext",
	"moduleResolution": "nodenext", "types": []string{}, "pretty": false, "verbatimModuleSyntax": true,
}

// compile compiles programs in a project that has installed the loader, and
// returns what the compiler complains of, as FILE:LINE CODE.
func compile(t *testing.T, programs string) []string {
	t.Helper()
	here, err := filepath.Abs(".")
	require.NoError(t, err)
	harness.NPM(t, here)
	dir := harness.Loader(t)
	files, err := filepath.Glob(programs)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	names := []string{"node_modules/tccc-loader/tccc.d.ts"}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o600))
		names = append(names, filepath.Base(file))
	}
	config, err := json.Marshal(map[string]any{"compilerOptions": options, "files": names})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tsconfig.json"), config, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "package.json"),
		[]byte(`{"name":"page","private":true,"type":"module"}`), 0o600))
	out, err := harness.Node(t, dir, filepath.Join(here, "node_modules/typescript/bin/tsc"), "-p", ".")
	var found []string
	for _, m := range regexp.MustCompile(`(?m)^(\S+)\((\d+),\d+\): error (TS\d+): `).FindAllStringSubmatch(out, -1) {
		found = append(found, fmt.Sprintf("%s:%s %s", m[1], m[2], m[3]))
	}
	if err != nil && len(found) == 0 {
		require.NoError(t, err, out)
	}
	if t.Failed() || len(found) > 0 {
		t.Log(out)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestGood(t *testing.T) { assert.Empty(t, compile(t, "good/*ts")) }

func TestBad(t *testing.T) {
	var want []string
	files, err := filepath.Glob("bad/*.ts")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for i, line := range strings.Split(string(text), "\n") {
			if _, marks, ok := strings.Cut(line, "// TS"); ok {
				for mark := range strings.SplitSeq("TS"+marks, ", ") {
					want = append(want, fmt.Sprintf("%s:%d %s", filepath.Base(file), i+1, mark))
				}
			}
		}
	}
	slices.Sort(want)
	assert.Equal(t, want, compile(t, "bad/*.ts"))
}
