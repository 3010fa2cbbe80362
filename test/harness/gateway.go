package harness

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// GatewayOptions say how a gateway runs.
type GatewayOptions struct {
	Env    []string // settings such as TCCC_RTC_WARMLEG=false
	Config string   // YAML text of a configuration file; empty: the demo tenant
	Args   []string // further arguments of serve
}

// Gateway is a running bin/tccc.
type Gateway struct {
	URL  string // http://127.0.0.1:PORT
	HTTP string // HOST:PORT
	SIP  string // HOST:PORT, UDP and TCP
	TLS  string // HOST:PORT for SIP over TLS; empty if it is not configured
	Data string // the data directory

	t    testing.TB
	args []string
	env  []string
	cmd  *exec.Cmd
	log  *logBuffer
	done chan struct{} // closed when the process has ended
	err  error         // how it ended; read after done
}

// StartGateway starts a gateway with a data directory of its own and stops it
// when the test ends. The test fails if it does not stop cleanly or panics.
func StartGateway(t testing.TB, o GatewayOptions) *Gateway {
	t.Helper()
	bin := gatewayBinary(t)
	data := t.TempDir()
	args := []string{"serve", "-listen", "127.0.0.1:0", "-sip", "127.0.0.1:0", "-data", data}
	if o.Config != "" {
		file := filepath.Join(t.TempDir(), "tccc.yaml")
		require.NoError(t, os.WriteFile(file, []byte(o.Config), 0o600))
		args = append(args, "-config", file)
	}
	g := &Gateway{t: t, Data: data, args: append([]string{bin}, append(args, o.Args...)...), env: o.Env,
		log: &logBuffer{}}
	g.start()
	t.Cleanup(func() {
		g.Stop()
		g.checkLog()
	})
	return g
}

// gatewayBinary is the gateway that $GATEWAY names, for instance one of a
// release, or else the one that `make build` made.
func gatewayBinary(t testing.TB) string {
	t.Helper()
	bin := os.Getenv("GATEWAY")
	if bin == "" {
		bin = filepath.Join(Root(), "bin", "tccc")
	}
	_, err := os.Stat(bin)
	require.NoError(t, err, "run `make build` first")
	return bin
}

// Root is the module's root directory.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

func (g *Gateway) start() {
	g.t.Helper()
	cmd := exec.Command(g.args[0], g.args[1:]...)
	cmd.Env = append(os.Environ(), g.env...)
	cmd.Dir = g.t.TempDir() // it must run from any directory
	cmd.Stderr = g.log
	cmd.SysProcAttr = dieWithParent()
	out, err := cmd.StdoutPipe()
	require.NoError(g.t, err)
	require.NoError(g.t, cmd.Start())
	g.cmd, g.done = cmd, make(chan struct{})
	lines := make(chan string, 1)
	go func(done chan struct{}) {
		r := bufio.NewReader(out)
		line, _ := r.ReadString('\n')
		lines <- line
		_, _ = io.Copy(io.Discard, r)
		g.err = cmd.Wait()
		close(done)
	}(g.done)

	var ready struct {
		Ready     bool
		HTTP, SIP string
		TLS       string `json:"sipTls"`
	}
	select {
	case line := <-lines:
		require.NoError(g.t, json.Unmarshal([]byte(line), &ready),
			"the gateway said %q instead of being ready; its log:\n%s", line, g.log)
	case <-time.After(Patience):
		_ = cmd.Process.Kill()
		require.FailNow(g.t, "the gateway is not ready", "its log:\n%s", g.log)
	}
	require.True(g.t, ready.Ready)
	g.HTTP, g.SIP, g.TLS, g.URL = ready.HTTP, ready.SIP, ready.TLS, "http://"+ready.HTTP
}

// Stop asks the gateway to end (SIGTERM) and awaits it. A gateway that has
// ended already is left alone.
func (g *Gateway) Stop() {
	g.t.Helper()
	select {
	case <-g.done:
		return
	default:
	}
	_ = g.cmd.Process.Signal(syscall.SIGTERM) // it may have ended just now
	select {
	case <-g.done:
		if g.err != nil {
			g.t.Errorf("the gateway did not stop cleanly: %v; its log:\n%s", g.err, g.log)
		}
	case <-time.After(Patience):
		_ = g.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines, into the log
		select {
		case <-g.done:
		case <-time.After(5 * time.Second):
			_ = g.cmd.Process.Kill()
			<-g.done
		}
		g.t.Errorf("the gateway did not stop; its log:\n%s", g.log)
	}
}

// Kill ends the gateway as a power cut does.
func (g *Gateway) Kill() {
	g.t.Helper()
	_ = g.cmd.Process.Kill()
	<-g.done
}

// Restart starts a gateway that has ended again, with its data and its ports.
func (g *Gateway) Restart() {
	g.t.Helper()
	select {
	case <-g.done:
	case <-time.After(Patience):
		require.FailNow(g.t, "the gateway runs on", "end it before it is started again")
	}
	for i, a := range g.args {
		switch a {
		case "-listen":
			g.args[i+1] = g.HTTP
		case "-sip":
			g.args[i+1] = g.SIP
		}
	}
	g.start()
}

// Running reports whether the process is there.
func (g *Gateway) Running() bool {
	select {
	case <-g.done:
		return false
	default:
		return true
	}
}

// PID is the process.
func (g *Gateway) PID() int { return g.cmd.Process.Pid }

// Log is what the gateway has said on standard error so far.
func (g *Gateway) Log() string { return g.log.String() }

// checkLog fails the test if the gateway panicked, and shows the log of a
// test that failed.
func (g *Gateway) checkLog() {
	log := g.log.String()
	for _, bad := range []string{"panic: ", "panicked", "DATA RACE", "fatal error: "} {
		if strings.Contains(log, bad) {
			g.t.Errorf("the gateway's log holds %q", bad)
		}
	}
	if g.t.Failed() {
		g.t.Logf("log of the gateway:\n%s", tail(log, 200))
	}
}

// tail is the last n lines of a text.
func tail(text string, n int) string {
	lines := strings.Split(text, "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "\n")
}

// logBuffer keeps what a process writes.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buf.Len() > 64<<20 {
		return 0, errors.New("the log is too long")
	}
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
