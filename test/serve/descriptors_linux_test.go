package serve

import (
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// setDescriptors sets how many file descriptors another process may have.
func setDescriptors(t *testing.T, pid, n int) {
	t.Helper()
	var now syscall.Rlimit
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_NOFILE, 0,
		uintptr(unsafe.Pointer(&now)), 0, 0)
	require.Zero(t, errno)
	now.Cur = uint64(n)
	_, _, errno = syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_NOFILE,
		uintptr(unsafe.Pointer(&now)), 0, 0, 0)
	require.Zero(t, errno)
}

// descriptors counts those of a process whose number is below a bound, as the
// kernel does.
func descriptors(t *testing.T, pid, below int) (n int) {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	require.NoError(t, err)
	for _, e := range list {
		var number int
		if _, err := fmt.Sscan(e.Name(), &number); err == nil && number < below {
			n++
		}
	}
	return n
}

func options(network, from string) string {
	return fmt.Sprintf("OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%d;rport\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:x>\r\n"+
		"Call-ID: %d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", network, from, time.Now().UnixNano(),
		time.Now().UnixNano())
}

// answers reports whether something comes back.
func answers(conn net.Conn, say string) bool {
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	_, err := conn.Write([]byte(say))
	n, _ := conn.Read(make([]byte, 1500))
	return err == nil && n > 0
}

// Strangers take all file descriptors of the gateway. It neither spins nor ends,
// and once they are back every door is open again.
func TestNoFileDescriptorsLeft(t *testing.T) {
	media, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	media.Close()
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_RTC_TCP=" + media.Addr().String()}})
	doors := []string{g.HTTP, g.SIP, media.Addr().String()}
	bound := descriptors(t, g.PID(), math.MaxInt) + 4
	setDescriptors(t, g.PID(), bound)
	var hogs []net.Conn
	for range 40 {
		for _, door := range doors {
			conn, err := net.Dial("tcp", door)
			require.NoError(t, err, "the kernel takes them, whatever becomes of them")
			hogs = append(hogs, conn)
		}
	}
	require.Eventually(t, func() bool { return descriptors(t, g.PID(), bound) == bound }, harness.Patience,
		10*time.Millisecond)
	phone, err := net.Dial("udp", g.SIP)
	require.NoError(t, err)
	defer phone.Close()
	require.Eventually(t, func() bool { return answers(phone, options("UDP", phone.LocalAddr().String())) },
		harness.Patience, 10*time.Millisecond,
		"what is open goes on")
	require.True(t, g.Running())
	require.Less(t, strings.Count(g.Log(), "\n"), 100, "it does not spin")

	for _, conn := range hogs {
		conn.Close()
	}
	open := func(name string, try func(net.Conn) bool, door string) {
		require.Eventually(t, func() bool {
			conn, err := net.Dial("tcp", door)
			if err != nil {
				return false
			}
			defer conn.Close()
			return try(conn)
		}, harness.Patience, 10*time.Millisecond, name)
	}
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	require.Eventually(t, func() bool {
		resp, err := client.Get(g.URL + "/healthz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}, harness.Patience, 10*time.Millisecond)
	open("SIP over TCP", func(c net.Conn) bool { return answers(c, options("TCP", c.LocalAddr().String())) }, g.SIP)
	open("media over TCP", func(c net.Conn) bool { // what is no STUN is sent away, by whoever has taken it
		_ = c.SetDeadline(time.Now().Add(time.Second))
		_, _ = c.Write([]byte{0, 4, 'j', 'u', 'n', 'k'})
		_, err := c.Read(make([]byte, 1))
		return err != nil && !os.IsTimeout(err)
	}, media.Addr().String())
}
