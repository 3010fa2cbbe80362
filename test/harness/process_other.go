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
