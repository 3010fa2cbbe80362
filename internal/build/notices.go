package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"tccc/internal/build/flags"
)

// Names of what goes beside a release's binary.
const (
	noticesName = "THIRD_PARTY_LICENSES.txt"
	sbomName    = "sbom.cdx.json"
)

// module is a dependency that is in the gateway or in the browser program.
type module struct{ Path, Version, Dir string }

// licenceFile is how files with a licence or a notice are called.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// shippedModules are the modules of everything that a release ships. The
// standard library is the first.
func shippedModules(ctx context.Context) ([]module, error) {
	goroot, err := output(ctx, nil, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	goVersion, err := output(ctx, nil, "go", "env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	all := map[string]module{}
	for _, program := range []struct {
		pkg string
		env []string
	}{{flags.Gateway, nil}, {flags.WASM, flags.Browser(nil)}} {
		const format = "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}"
		out, err := output(ctx, program.env, "go", "list", "-deps", "-f", format, program.pkg)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(out) {
			if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 3 {
				all[f[0]] = module{f[0], f[1], f[2]}
			}
		}
	}
	list := []module{{"std", strings.TrimPrefix(goVersion, "go"), goroot}}
	for _, m := range all {
		list = append(list, m)
	}
	slices.SortFunc(list[1:], func(a, b module) int { return cmp.Compare(a.Path, b.Path) })
	return list, nil
}

// notices joins the licences of modules. A module without one is an error: it
// may not be shipped.
func notices(modules []module) ([]byte, error) {
	var b strings.Builder
	b.WriteString("This program contains the following works of others.\n")
	for _, m := range modules {
		entries, err := os.ReadDir(m.Dir)
		if err != nil {
			return nil, fmt.Errorf("failed to read the licence of %s: %w", m.Path, err)
		}
		found := false
		for _, e := range entries {
			if e.IsDir() || !licenceFile.MatchString(e.Name()) {
				continue
			}
			text, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
			if err != nil {
				return nil, err
			}
			found = true
			fmt.Fprintf(&b, "\n%s\n%s %s (%s)\n%s\n\n%s\n", strings.Repeat("=", 79), m.Path, m.Version, e.Name(),
				strings.Repeat("=", 79), strings.TrimSpace(string(text)))
		}
		if !found {
			return nil, fmt.Errorf("%s %s has no licence: it may not be shipped", m.Path, m.Version)
		}
	}
	return []byte(b.String()), nil
}

// sbom lists the modules as CycloneDX 1.5 JSON.
func sbom(modules []module, version string) ([]byte, error) {
	type component struct {
		Type    string `json:"type"`
		Name    string `json:"name"`
		Version string `json:"version"`
		PURL    string `json:"purl"`
	}
	of := func(kind, name, version string) component {
		return component{kind, name, version, "pkg:golang/" + name + "@" + version}
	}
	doc := struct {
		BOMFormat   string `json:"bomFormat"`
		SpecVersion string `json:"specVersion"`
		Version     int    `json:"version"`
		Metadata    struct {
			Component component `json:"component"`
		} `json:"metadata"`
		Components []component `json:"components"`
	}{BOMFormat: "CycloneDX", SpecVersion: "1.5", Version: 1}
	doc.Metadata.Component = of("application", "tccc", version)
	for _, m := range modules {
		doc.Components = append(doc.Components, of("library", m.Path, m.Version))
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	return append(text, '\n'), err
}

// writeNotices writes what a release says of the works in it, into the cache.
func writeNotices(ctx context.Context, version string) error {
	modules, err := shippedModules(ctx)
	if err != nil {
		return err
	}
	text, err := notices(modules)
	if err != nil {
		return err
	}
	list, err := sbom(modules, version)
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(cacheDir, noticesName), text); err != nil {
		return err
	}
	return writeFile(filepath.Join(cacheDir, sbomName), list)
}
