package disk

import (
	"syscall"
	"unsafe"
)

var getDiskFreeSpace = syscall.NewLazyDLL("kernel32.dll").NewProc("GetDiskFreeSpaceExW")

// Room tells how many bytes of the file system of a directory are free for
// this process, and how many it has.
func Room(dir string) (free, size int64, err error) {
	name, err := syscall.UTF16PtrFromString(dir)
	if err != nil {
		return 0, 0, err
	}
	done, _, err := getDiskFreeSpace.Call(uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&free)),
		uintptr(unsafe.Pointer(&size)), 0)
	if done == 0 {
		return 0, 0, err
	}
	return free, size, nil
}
