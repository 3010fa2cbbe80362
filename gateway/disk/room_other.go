//go:build !linux && !darwin && !freebsd && !windows

package disk

import "errors"

// Room is not known on this system.
func Room(string) (free, size int64, err error) { return 0, 0, errors.ErrUnsupported }
