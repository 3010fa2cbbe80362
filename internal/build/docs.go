package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tccc/internal/apidoc"
)

const (
	apiDir    = "docs/api"
	typesFile = "web/tccc.d.ts"
)

// surfacePage is the table of all members.
const surfacePage = "docs/surface.md"

// runDocs writes the pages of docs/api and the table of the surface, and
// removes pages that are no longer made.
func runDocs(context.Context, []string) error {
	pages, err := apiPages()
	if err != nil {
		return err
	}
	for name, text := range pages {
		if err := writeFile(filepath.Join(apiDir, name), []byte(text)); err != nil {
			return err
		}
	}
	old, err := writtenPages()
	if err != nil {
		return err
	}
	for _, name := range old {
		if _, ok := pages[name]; !ok {
			if err := os.Remove(filepath.Join(apiDir, name)); err != nil {
				return fmt.Errorf("failed to remove an old page: %w", err)
			}
		}
	}
	fmt.Printf("%s: %d pages\n", apiDir, len(pages))
	surface, err := apidoc.SurfacePage()
	if err != nil {
		return err
	}
	return writeFile(surfacePage, []byte(surface))
}

func apiPages() (map[string]string, error) {
	types, err := os.ReadFile(typesFile)
	if err != nil {
		return nil, err
	}
	return apidoc.Generate(string(types))
}

// writtenPages lists the pages that are there, by their path below docs/api.
func writtenPages() ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(apiDir, "*", "*.md"))
	for i := range paths {
		paths[i] = strings.TrimPrefix(filepath.ToSlash(paths[i]), apiDir+"/")
	}
	return paths, err
}
