// Package without leaves packages of the standard library out of the browser
// program that Pion brings in and that a browser never runs: key exchange and
// signatures of TLS connections, which browsers make themselves, and a codec
// of stored connections. Their variables alone keep a tenth of the program
// alive. In their places stand the packages below, whose functions fail; the
// compiler says so if one of them lacks something. The settings of GODEBUG go
// too, since a browser has no environment: they are at their defaults.
package without

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Packages are those left out.
var Packages = []string{"crypto/ed25519", "crypto/hpke", "crypto/mlkem", "encoding/gob", "internal/godebug"}

// Overlay gives the text of a file for `go build -overlay`; goroot is Go's
// root and dir the directory of this package.
func Overlay(goroot, dir string) ([]byte, error) {
	replace := map[string]string{}
	for _, pkg := range Packages {
		from, name := filepath.Join(goroot, "src", filepath.FromSlash(pkg)), path.Base(pkg)
		files, err := os.ReadDir(from)
		if err != nil {
			return nil, fmt.Errorf("failed to find package %s: %w", pkg, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f.Name(), ".go") {
				replace[filepath.Join(from, f.Name())] = ""
			}
		}
		to, err := filepath.Abs(filepath.Join(dir, name, name+".go"))
		if err != nil {
			return nil, err
		}
		replace[filepath.Join(from, name+".go")] = to
	}
	return json.Marshal(map[string]any{"Replace": replace})
}
