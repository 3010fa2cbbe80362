// Package datadir says whose a data directory is: which process uses it, and
// whether it is that of a single gateway or of a node of a cluster. Either
// kind of store destroys or hides what the other has written.
package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tccc/gateway/disk"
)

// Errors that callers tell apart.
var (
	ErrLocked = errors.New("the directory is in use by another process")
	ErrKind   = errors.New("the directory is of another kind")
)

// Lock makes a directory this process's, until unlock is called or the process
// ends, however it ends.
func Lock(dir string) (unlock func(), err error) { return lockFile(filepath.Join(dir, "LOCK")) }

// Mark is what the file CLUSTER in a node's directory says. A single gateway's
// directory has none.
type Mark struct {
	Cluster string `json:"cluster"`
	Node    string `json:"node"`
}

const markName = "CLUSTER"

// Single refuses the directory of a node of a cluster.
func Single(dir string) error {
	m, err := read(dir)
	if err != nil || m == (Mark{}) {
		return err
	}
	return fmt.Errorf("%w: %s is that of node %s of the cluster %s: give this gateway a directory of its own",
		ErrKind, dir, m.Node, m.Cluster)
}

// Claim refuses a directory that is a single gateway's or another node's, and
// marks an empty one.
func Claim(dir string, want Mark) error {
	m, err := read(dir)
	if err != nil {
		return err
	}
	switch {
	case m == want:
		return nil
	case m != (Mark{}):
		return fmt.Errorf("%w: %s is that of node %s of the cluster %s, and this is node %s of %s: "+
			"give each node a directory of its own",
			ErrKind, dir, m.Node, m.Cluster, want.Node, want.Cluster)
	}
	switch _, err := os.Lstat(filepath.Join(dir, "jetstream")); {
	case err == nil:
		return fmt.Errorf("%w: %s has the records of a single gateway, which a cluster would destroy: "+
			"give this node an empty directory", ErrKind, dir)
	case !os.IsNotExist(err):
		return fmt.Errorf("failed to look at the data directory: %w", err)
	}
	return write(dir, want)
}

func read(dir string) (m Mark, err error) {
	path := filepath.Join(dir, markName)
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err == nil && (m.Cluster == "" || m.Node == "") {
		err = errors.New("it names no cluster and node")
	}
	if err != nil {
		return m, fmt.Errorf("failed to read %s, which says whose the directory is: %w", path, err)
	}
	return m, nil
}

// write makes the mark durable before anything else is in the directory.
func write(dir string, m Mark) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, markName)
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("failed to mark the data directory: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		err = disk.Sync(dir)
	}
	if err != nil {
		return fmt.Errorf("failed to mark the data directory: %w", err)
	}
	return nil
}
