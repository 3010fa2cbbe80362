package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/minio/highwayhash"
)

// errSettings is the reason why the settings of a stream are set aside.
var errSettings = errors.New("its checksum is wrong; it is written anew, the records stay")

// settings looks at the file of each stream that says what kind of stream it
// is, meta.inf, whose checksum is in meta.sum. JetStream passes over a stream
// where they do not fit. Without them it is made anew at the next start, on the
// records that are there; so a repair sets them aside.
func settings(dir string, a *aside) (all []Damage, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "*", "meta.inf"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		stream := filepath.Base(filepath.Dir(path))
		text, err := os.ReadFile(path)
		if err != nil {
			return all, err
		}
		sumPath := filepath.Join(filepath.Dir(path), "meta.sum")
		sum, err := os.ReadFile(sumPath)
		if err != nil && !os.IsNotExist(err) {
			return all, err
		}
		key := sha256.Sum256([]byte(stream))
		h, err := highwayhash.NewDigest64(key[:])
		if err != nil {
			return all, err
		}
		_, _ = h.Write(text)
		if hex.EncodeToString(h.Sum(nil)) == string(sum) {
			continue
		}
		all = append(all, Damage{Stream: stream, File: path, Bytes: len(text), Settings: true})
		if a == nil {
			continue
		}
		if a.keep(stream, "meta.inf", text, errSettings) != nil {
			continue // a full disk: the stream opens as it is, and the next start tries again
		}
		for _, old := range []string{path, sumPath} {
			if err := os.Remove(old); err != nil && !os.IsNotExist(err) {
				return all, fmt.Errorf("failed to remove the damaged settings of a stream: %w", err)
			}
		}
	}
	return all, nil
}
