package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tccc/internal/build/flags"
)

// runDist makes a release archive for each architecture, the loader's package,
// and SHA256SUMS.
func runDist(ctx context.Context, _ []string) error {
	if err := runWASM(ctx, nil); err != nil {
		return err
	}
	v := version(ctx)
	if err := writeNotices(ctx, v); err != nil {
		return err
	}
	var sums strings.Builder
	for _, arch := range []string{"amd64", "arm64"} {
		bin := filepath.Join(cacheDir, "tccc-"+arch)
		if err := compileGateway(ctx, bin, flags.Linux(nil, arch)); err != nil {
			return err
		}
		name := fmt.Sprintf("tccc-%s-linux-%s", v, arch)
		path := filepath.Join("dist", name+".tar.gz")
		if err := archive(path, name, bin); err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%s  %s\n", hex.EncodeToString(hash(data)), filepath.Base(path))
		fmt.Printf("%s: %.1f MB\n", path, float64(len(data))/1e6)
	}
	loader, err := packLoader("dist", npmVersion(v))
	if err != nil {
		return err
	}
	data, err := os.ReadFile(loader)
	if err != nil {
		return err
	}
	fmt.Fprintf(&sums, "%s  %s\n", hex.EncodeToString(hash(data)), filepath.Base(loader))
	fmt.Printf("%s: %.1f kB\n", loader, float64(len(data))/1e3)
	return writeFile(filepath.Join("dist", "SHA256SUMS"), []byte(sums.String()))
}

// archive writes the gateway with what a user reads beside it. Times are
// fixed, so that the same sources give the same bytes.
func archive(path, dir, bin string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	for _, file := range []struct {
		from, to string
		mode     int64
	}{
		{bin, "tccc", 0o755},
		{"README.md", "README.md", 0o644},
		{"LICENSE", "LICENSE", 0o644},
		{"web/tccc.d.ts", "tccc.d.ts", 0o644},
		{filepath.Join(cacheDir, noticesName), noticesName, 0o644},
		{filepath.Join(cacheDir, sbomName), sbomName, 0o644},
	} {
		if err := addFile(t, file.from, dir+"/"+file.to, file.mode); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("failed to pack %s: %w", file.from, err)
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return z.Close()
}

func addFile(t *tar.Writer, from, to string, mode int64) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	head := &tar.Header{Name: to, Mode: mode, Size: info.Size(), ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
	if err := t.WriteHeader(head); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}
