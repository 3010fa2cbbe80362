package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/andybalholm/brotli"
)

// Brotli qualities: the best for what is released, which takes half a minute
// for the program, and a quick one for development.
const (
	qualityBest = brotli.BestCompression
	qualityFast = 5
)

// asset is a file of web/dist as the manifest lists it. Sizes are in bytes.
type asset struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Size   int    `json:"size"`
	Brotli int    `json:"brotli"`
	Gzip   int    `json:"gzip"`
}

// writeAsset writes a file with its compressed copies beside it.
func writeAsset(dir, name string, data []byte, quality int) (asset, error) {
	sum := hex.EncodeToString(hash(data))
	br, err := cached(sum+"-"+strconv.Itoa(quality)+".br", func(w io.Writer) io.WriteCloser {
		return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: quality, LGWin: 24})
	}, data)
	if err != nil {
		return asset{}, fmt.Errorf("failed to compress %s with brotli: %w", name, err)
	}
	gz, err := cached(sum+".gz", func(w io.Writer) io.WriteCloser {
		z, _ := gzip.NewWriterLevel(w, gzip.BestCompression)
		return z
	}, data)
	if err != nil {
		return asset{}, fmt.Errorf("failed to compress %s with gzip: %w", name, err)
	}
	path := filepath.Join(dir, name)
	for file, content := range map[string][]byte{path + ".br": br, path + ".gz": gz, path: data} {
		if err := writeFile(file, content); err != nil {
			return asset{}, err
		}
	}
	return asset{File: name, SHA256: sum, Size: len(data), Brotli: len(br), Gzip: len(gz)}, nil
}

// cached returns data compressed, from the cache if it is there. The name
// holds the hash of the data.
func cached(name string, open func(io.Writer) io.WriteCloser, data []byte) ([]byte, error) {
	path := filepath.Join(cacheDir, "compressed", name)
	if b, err := os.ReadFile(path); err == nil {
		return b, nil
	}
	var buf bytes.Buffer
	w := open(&buf)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), writeFile(path, buf.Bytes())
}

// writeFile writes a file whole or not at all, and leaves one that has the
// content already untouched.
func writeFile(path string, data []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("failed to make a directory: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return fmt.Errorf("failed to write %s: %w", path, err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // gone after the rename
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("failed to write %s: %w", path, err)
	}
	return nil
}

func hash(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:]
}
