package harness

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const installTime = 4 * time.Minute // a slow registry

// NPM installs what package-lock.json of a directory pins, once. Without Node
// or the npm registry the test is skipped and says so.
func NPM(t testing.TB, dir string) {
	t.Helper()
	needNode(t)
	lock, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	require.NoError(t, err)
	if done, err := os.Stat(filepath.Join(dir, "node_modules/.package-lock.json")); err == nil &&
		!done.ModTime().Before(lock.ModTime()) {
		return
	}
	if out, err := npm(t, dir, "ci", "--ignore-scripts", "--no-fund", "--no-audit"); err != nil {
		t.Skipf("%s could not be installed from the npm registry: %v\n%s", dir, err, out)
	}
}

// Loader packs the loader as a release does, installs the package into a
// directory of the test's own as its users do, and returns the directory.
func Loader(t testing.TB) string {
	t.Helper()
	needNode(t)
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "run", "./internal/build", "npm", "-o", dir)
	cmd.Dir = Root()
	out, err := cmd.Output()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"name":"page","private":true}`),
		0o600))
	text, err := npm(t, dir, "install", "--offline", "--no-fund", "--no-audit", strings.TrimSpace(string(out)))
	require.NoError(t, err, text)
	return dir
}

// Node runs a program of a directory and returns what it printed.
func Node(t testing.TB, dir string, args ...string) (string, error) {
	t.Helper()
	return Run(t, dir, "node", args...)
}

func npm(t testing.TB, dir string, args ...string) (string, error) {
	return Run(t, dir, "npm", args...)
}

// Run runs a program in a directory and returns what it printed.
func Run(t testing.TB, dir, program string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), installTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func needNode(t testing.TB) {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: on Debian and Ubuntu `apt-get install nodejs npm`", program)
		}
	}
}
