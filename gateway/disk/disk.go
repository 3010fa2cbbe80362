// Package disk asks the file system what the standard library does not.
package disk

import (
	"errors"
	"os"
	"runtime"
)

// Sync makes the names in a directory durable: a file that was made or renamed
// is there after a loss of power only when its directory was synced as well.
func Sync(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // it has no such thing
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
