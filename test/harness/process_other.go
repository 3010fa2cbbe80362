//go:build !linux

package harness

import (
	"syscall"
	"testing"
	"time"
)

func dieWithParent() *syscall.SysProcAttr { return nil }

// UDPPorts lists the UDP ports that the gateway has open, on Linux.
func (g *Gateway) UDPPorts(t testing.TB) []int {
	t.Skip("needs Linux")
	return nil
}

// CPU is the processor time that the gateway has used so far, on Linux.
func (g *Gateway) CPU(t testing.TB) time.Duration {
	t.Skip("needs Linux")
	return 0
}

// CPU is the processor time that a process has used so far, on Linux.
func CPU(t testing.TB, _ int) time.Duration {
	t.Skip("needs Linux")
	return 0
}

// Resident is the memory that a process has, in bytes, on Linux.
func Resident(t testing.TB, _ int) int64 {
	t.Skip("needs Linux")
	return 0
}

// Switches is how often threads of a process have gone to sleep so far, on Linux.
func Switches(t testing.TB, _ int) int64 {
	t.Skip("needs Linux")
	return 0
}
