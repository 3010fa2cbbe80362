//go:build linux || darwin || freebsd

package disk

import "syscall"

// Room tells how many bytes of the file system of a directory are free for
// this process, and how many it has.
func Room(dir string) (free, size int64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
