package record

import (
	"path/filepath"
	"strings"
	"testing"
)

// FuzzPath looks for ids that lead out of the application's directory.
func FuzzPath(f *testing.F) {
	r := &Recorder{apps: map[string]appConf{app: {dir: "/recordings/" + app}}}
	for _, id := range []string{app + "-20260102-A", app + "-20260102-../x", app + "-20260102-", "-",
		app + "-../../..-A"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		path, ok := r.path(id)
		if ok && (!strings.HasPrefix(path, "/recordings/"+app+"/") || filepath.Clean(path) != path ||
			strings.Count(path, "/") != 4) {
			t.Fatalf("%q leads to %q", id, path)
		}
	})
}
