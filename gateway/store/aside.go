package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"tccc/gateway/disk"
)

// asideMost bounds the file of what was set aside, in bytes: what comes after
// is counted and logged only.
const asideMost = 64 << 20

// aside takes records that can never be written or read, so that they do not
// stand in the way of others: a line of JSON each, in a file that
// operators can look at.
type aside struct {
	log   *slog.Logger
	path  string // empty: there is no directory
	count atomic.Int64
	mu    sync.Mutex
}

// AsideName is the file in the data directory with the records that were set
// aside.
const AsideName = "set-aside.jsonl"

// asideRecord is a line of the file.
type asideRecord struct {
	At     time.Time `json:"at"`
	What   string    `json:"what"` // bucket or stream
	Key    string    `json:"key"`
	Reason string    `json:"reason"`
	Value  []byte    `json:"value,omitempty"`
}

// take writes a record down and says so.
func (a *aside) take(what, key string, value []byte, reason error) {
	a.count.Add(1)
	a.log.Error("a record was set aside: it cannot be used", "what", what, "key", key, "bytes", len(value), "reason",
		reason, "file", a.path)
	if err := a.keep(what, key, value, reason); err != nil {
		a.log.Error("a record that was set aside could not be written down", "what", what, "key", key, "err", err)
	}
}

// keep writes a record down.
func (a *aside) keep(what, key string, value []byte, reason error) error {
	if a.path == "" {
		return nil
	}
	line, err := json.Marshal(asideRecord{time.Now(), what, key, reason.Error(), value})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	f, err := os.OpenFile(a.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size()+int64(len(line)) > asideMost {
		err = fmt.Errorf("the file has more than %d bytes: move it away", asideMost)
	}
	if err == nil {
		_, err = f.Write(append(line, '\n'))
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// erase rewrites the file without the records that hold a text which fits.
func (a *aside) erase(fits func(text string) bool) (n int, err error) {
	if a.path == "" {
		return 0, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	text, err := os.ReadFile(a.path)
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var rest []byte
	for line := range bytes.Lines(text) {
		var r asideRecord
		if json.Unmarshal(line, &r) == nil && (fits(r.Key) || fits(string(r.Value))) {
			n++
			continue
		}
		rest = append(rest, line...)
	}
	if n == 0 {
		return 0, nil
	}
	next := a.path + ".new"
	if err := os.WriteFile(next, rest, 0o600); err != nil {
		return 0, err
	}
	return n, errors.Join(os.Rename(next, a.path), disk.Sync(filepath.Dir(a.path)))
}

func asidePath(dir string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, AsideName)
}
