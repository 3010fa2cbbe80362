//go:build unix

package disk

import (
	"errors"
	"os"
	"syscall"
)

// Own takes an open file for whoever has opened it, until it is closed, and
// reports whether nobody else had. A file system without locks has no others.
func Own(f *os.File) bool {
	return !errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
