package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const loaderDir = "packages/tccc-loader"

// runNPM packs the loader as `npm pack` does, without needing npm.
func runNPM(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("npm", flag.ContinueOnError)
	out := fs.String("o", "dist", "directory to write into")
	if err := fs.Parse(args); err != nil {
		return err
	}
	path, err := packLoader(*out, npmVersion(version(ctx)))
	if err == nil {
		fmt.Println(path)
	}
	return err
}

var release = regexp.MustCompile(`^v(\d+\.\d+\.\d+)$`)

// npmVersion makes what git says a semantic version.
func npmVersion(git string) string {
	if m := release.FindStringSubmatch(git); m != nil {
		return m[1]
	}
	return "0.0.0-dev." + strings.Trim(regexp.MustCompile(`[^0-9A-Za-z]+`).ReplaceAllString("g"+git, "-"), "-")
}

// packLoader writes the package and returns its path.
func packLoader(dir, version string) (string, error) {
	files, err := loaderFiles(version)
	if err != nil {
		return "", err
	}
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	t := tar.NewWriter(z)
	for _, f := range files {
		head := &tar.Header{Name: "package/" + f.name, Mode: 0o644, Size: int64(len(f.data)), ModTime: time.Unix(0, 0),
			Format: tar.FormatPAX}
		if err := t.WriteHeader(head); err != nil {
			return "", err
		}
		if _, err := t.Write(f.data); err != nil {
			return "", err
		}
	}
	if err := t.Close(); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "tccc-loader-"+version+".tgz")
	return path, writeFile(path, buf.Bytes())
}

type packedFile struct {
	name string
	data []byte
}

// loaderFiles are the files of the package: those of its directory, the types,
// and what is derived for CommonJS.
func loaderFiles(version string) ([]packedFile, error) {
	var files []packedFile
	for _, f := range []struct{ name, from string }{
		{"package.json", loaderDir + "/package.json"}, {"README.md", loaderDir + "/README.md"},
		{"index.js", loaderDir + "/index.js"}, {"index.d.ts", loaderDir + "/index.d.ts"},
		{"tccc.d.ts", "web/tccc.d.ts"},
	} {
		data, err := os.ReadFile(f.from)
		if err != nil {
			return nil, fmt.Errorf("failed to pack the loader: %w", err)
		}
		switch f.name {
		case "package.json":
			if data, err = stampVersion(data, version); err != nil {
				return nil, err
			}
		case "index.js":
			common, err := commonJS(string(data))
			if err != nil {
				return nil, err
			}
			files = append(files, packedFile{"index.cjs", []byte(common)})
		case "index.d.ts":
			files = append(files, packedFile{"index.d.cts", data})
		}
		files = append(files, packedFile{f.name, data})
	}
	return files, nil
}

func stampVersion(data []byte, version string) ([]byte, error) {
	out := bytes.Replace(data, []byte(`"version": "0.0.0"`), []byte(`"version": "`+version+`"`), 1)
	if !json.Valid(out) || bytes.Equal(out, data) {
		return nil, fmt.Errorf("%s/package.json has no version to fill in", loaderDir)
	}
	return out, nil
}

// commonJS turns the module, which has one export at its end, into CommonJS.
func commonJS(module string) (string, error) {
	body, names, ok := strings.Cut(module, "\nexport { ")
	if !ok || strings.Contains(body, "\nexport ") || strings.Contains(body, "\nimport ") {
		return "", fmt.Errorf("%s/index.js must have one export, at its end, and no import", loaderDir)
	}
	return "'use strict';\n\n" + body + "\nmodule.exports = { " + names, nil
}
