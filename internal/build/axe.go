package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// The checker of accessibility, by version and by the hash of its package.
const (
	axeVersion   = "4.10.3"
	axeIntegrity = "sha512-Xm7bpRXnDSX2YE2YFfBk2FnF0ep6tmG7xPh8iHee8MIcrgq762Nkce856dYtJYLkuIoYZvGfTs/PbZhideTcEg=="
	axeMost      = 8 << 20 // bytes of its program
)

// runAxe prints the path of axe-core, after getting it if it is not there.
func runAxe(ctx context.Context, _ []string) error {
	path, err := needAxe(ctx)
	if err == nil {
		fmt.Println(path)
	}
	return err
}

// needAxe gives axe-core from the cache, or gets it from the npm registry.
func needAxe(ctx context.Context) (string, error) {
	path, err := filepath.Abs(filepath.Join(cacheDir, "axe-core-"+axeVersion+".js"))
	if err != nil || exists(path) {
		return path, err
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return "", errors.New("npm was not found: install Node.js; npm gets axe-core, with which accessibility is tested")
	}
	dir, err := os.MkdirTemp("", "axe")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	name, err := output(ctx, nil, "npm", "pack", "--silent", "--pack-destination", dir, "axe-core@"+axeVersion)
	if err != nil {
		return "", err
	}
	pack, err := os.ReadFile(filepath.Join(dir, filepath.Base(name)))
	if err != nil {
		return "", err
	}
	if sum := sha512.Sum512(pack); "sha512-"+base64.StdEncoding.EncodeToString(sum[:]) != axeIntegrity {
		return "", fmt.Errorf("axe-core %s is not the one that this version was tested with", axeVersion)
	}
	program, err := unpack(pack, "package/axe.min.js")
	if err != nil {
		return "", fmt.Errorf("failed to unpack axe-core: %w", err)
	}
	if err := os.MkdirAll(cacheDir, 0o755); err != nil {
		return "", err
	}
	return path, writeFile(path, program)
}

// unpack gives one file of a package of npm.
func unpack(pack []byte, name string) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(pack))
	if err != nil {
		return nil, err
	}
	for files := tar.NewReader(z); ; {
		h, err := files.Next()
		if err != nil {
			return nil, fmt.Errorf("%s was not found: %w", name, err)
		}
		if h.Name == name {
			return io.ReadAll(io.LimitReader(files, axeMost))
		}
	}
}
