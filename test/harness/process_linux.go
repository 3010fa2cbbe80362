package harness

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// dieWithParent lets a process end with the test, even if the test is killed.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// UDPPorts lists the UDP ports that the gateway has open.
func (g *Gateway) UDPPorts(t testing.TB) []int {
	t.Helper()
	own := map[string]bool{}
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", g.PID()))
	require.NoError(t, err)
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil { // it may be closed by now
			own[strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")] = true
		}
	}
	var ports []int
	for _, table := range []string{"udp", "udp6"} {
		f, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", g.PID(), table))
		require.NoError(t, err)
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) < 10 || !own[fields[9]] {
				continue
			}
			_, hex, _ := strings.Cut(fields[1], ":")
			if port, err := strconv.ParseUint(hex, 16, 16); err == nil {
				ports = append(ports, int(port))
			}
		}
		require.NoError(t, f.Close())
	}
	return ports
}

// CPU is the processor time that the gateway has used so far.
func (g *Gateway) CPU(t testing.TB) time.Duration { return CPU(t, g.PID()) }

// CPU is the processor time that a process has used so far.
func CPU(t testing.TB, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	// utime and stime are the 14th and 15th field; the second, the name, may hold spaces.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const ticks = 100 // USER_HZ, the same on every Linux
	user, err := strconv.Atoi(fields[11])
	require.NoError(t, err)
	system, err := strconv.Atoi(fields[12])
	require.NoError(t, err)
	return time.Duration(user+system) * time.Second / ticks
}

// Resident is the memory that a process has, in bytes.
func Resident(t testing.TB, pid int) int64 {
	return statusOf(t, fmt.Sprintf("/proc/%d/status", pid), "VmRSS") << 10
}

// Switches is how often threads of a process have gone to sleep so far.
func Switches(t testing.TB, pid int) int64 {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	require.NoError(t, err)
	var n int64
	for _, file := range threads {
		n += statusOf(t, file, "voluntary_ctxt_switches")
	}
	return n
}

// statusOf is a number of a status file of /proc; of a thread that has ended, 0.
func statusOf(t testing.TB, file, name string) int64 {
	t.Helper()
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return 0
	}
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			require.NoError(t, err)
			return n
		}
	}
	return 0
}
