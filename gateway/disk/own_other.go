//go:build !unix

package disk

import "os"

// Own takes an open file for whoever has opened it. On this system nobody else
// can be told.
func Own(*os.File) bool { return true }
