package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Sleep stops every process of the browser, as a laptop does whose lid is
// closed; Wake lets them go on.
func (b *Browser) Sleep(t testing.TB) { b.signal(t, syscall.SIGSTOP) }

// Wake ends Sleep.
func (b *Browser) Wake(t testing.TB) { b.signal(t, syscall.SIGCONT) }

func (b *Browser) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	root := chromedp.FromContext(b.ctx).Browser.Process().Pid
	children := map[int][]int{}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// The parent is the second field after the name, which is in parentheses.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		var pid int
		_, _ = fmt.Sscanf(path, "/proc/%d/stat", &pid) // the pattern has matched
		if parent, err := strconv.Atoi(fields[1]); err == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		_ = syscall.Kill(queue[0], s) // it may have ended just now
		queue = append(queue, children[queue[0]]...)
	}
}
