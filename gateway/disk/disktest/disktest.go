//go:build linux

// Package disktest gives tests disks of their own, that are full, read-only,
// hang or lose their power. Tests that may not mount are skipped.
package disktest

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// Small mounts a file system of a size, such as 48m.
func Small(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	mount(t, dir, "-t", "tmpfs", "-o", "size="+size, "tmpfs")
	return dir
}

func mount(t *testing.T, dir string, args ...string) {
	t.Helper()
	if out, err := exec.Command("mount", append(args, dir)...).CombinedOutput(); err != nil {
		t.Skipf("only root may mount a disk for a test: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
}

// Fill takes all the room that is left; removing the file gives it back.
func Fill(t *testing.T, dir string) (file string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	require.NoError(t, err)
	for block := make([]byte, 64<<10); ; {
		if _, err := f.Write(block); err != nil {
			if len(block) == 1 {
				require.NoError(t, f.Close())
				return f.Name()
			}
			block = make([]byte, max(len(block)/4, 1))
		}
	}
}

// Image is an ext4 file system in a file.
type Image struct {
	Dir string // where it is mounted

	t    *testing.T
	file string
}

// NewImage makes and mounts one of 64 MB.
func NewImage(t *testing.T) *Image {
	t.Helper()
	i := &Image{Dir: filepath.Join(t.TempDir(), "disk"), t: t, file: filepath.Join(t.TempDir(), "image")}
	require.NoError(t, os.MkdirAll(i.Dir, 0o700))
	require.NoError(t, os.WriteFile(i.file, nil, 0o600))
	require.NoError(t, os.Truncate(i.file, 64<<20))
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", i.file).CombinedOutput(); err != nil {
		t.Skipf("there is no mkfs.ext4: %v: %s", err, out)
	}
	i.mount()
	return i
}

func (i *Image) mount() {
	i.t.Helper()
	mount(i.t, i.Dir, "-o", "loop,commit=300", i.file)
}

// Freeze has writes hang until Thaw.
func (i *Image) Freeze() { i.run("fsfreeze", "-f", i.Dir) }

// Thaw lets writes go on.
func (i *Image) Thaw() { i.run("fsfreeze", "-u", i.Dir) }

// Abort makes it read-only, as the system does after an error of the disk.
func (i *Image) Abort() { i.run("mount", "-o", "remount,abort", i.Dir) }

func (i *Image) run(name string, args ...string) {
	i.t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	require.NoError(i.t, err, "%s", out)
}

// Requests of ext4's ioctl that stops a file system without writing what it
// holds (fs/ext4/ext4.h).
const (
	shutdown   = 0x8004587d // EXT4_IOC_SHUTDOWN
	noLogFlush = 2          // EXT4_GOING_FLAGS_NOLOGFLUSH
)

// PowerLoss forgets what has not been synced, and mounts what is left.
func (i *Image) PowerLoss() {
	i.t.Helper()
	d, err := os.Open(i.Dir)
	require.NoError(i.t, err)
	flags := uint32(noLogFlush)
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, d.Fd(), shutdown, uintptr(unsafe.Pointer(&flags)))
	require.NoError(i.t, d.Close())
	if errno != 0 {
		i.t.Skipf("the file system cannot be stopped: %v", errno)
	}
	i.run("umount", i.Dir)
	i.mount()
}
