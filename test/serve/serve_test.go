// Package serve tests the binary as an operator meets it.
package serve

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// run runs the binary to its end, which must come by itself.
func run(t *testing.T, args ...string) (out, errs string, code int) {
	t.Helper()
	bin := os.Getenv("GATEWAY")
	if bin == "" {
		bin = filepath.Join(harness.Root(), "bin", "tccc")
	}
	ctx, cancel := context.WithTimeout(t.Context(), harness.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir = t.TempDir()
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	require.NoError(t, ctx.Err(), "it goes on running: %s", e.String())
	if exit := (*exec.ExitError)(nil); err != nil {
		require.ErrorAs(t, err, &exit)
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

// TestSample starts the gateway with the configuration that it prints.
func TestSample(t *testing.T) {
	sample, errs, code := run(t, "config")
	require.Zero(t, code, errs)
	g := harness.StartGateway(t, harness.GatewayOptions{Config: sample})
	resp, err := http.Get(g.URL + "/healthz")
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, 200, resp.StatusCode)
	p := harness.Agent(t, g, "agent1@demo")
	p.Do("tccc.Agent.setStatus({status: 'rest'})")
}

// TestBadConfiguration names the key and the line.
func TestBadConfiguration(t *testing.T) {
	sample, _, _ := run(t, "config")
	for name, change := range map[string][2]string{
		"unknown key": {"\nsip:", "\nsipp:"}, "wrong type": {"demo: true", "demo: maybe"},
		"wrong duration": {"mediaTimeout: 30s", "mediaTimeout: soon"},
		"no such group":  {"skillGroup: sales, outbound", "skillGroup: nobody, outbound"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, sample, change[0])
			text := strings.Replace(sample, change[0], change[1], 1)
			file := filepath.Join(t.TempDir(), "bad.yaml")
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			for _, command := range [][]string{{"check", "-config", file},
				{"serve", "-config", file, "-data", t.TempDir(), "-listen", "127.0.0.1:0", "-sip", "127.0.0.1:0"}} {
				out, errs, code := run(t, command...)
				assert.NotZero(t, code, "%s%s", out, errs)
				assert.Regexp(t, `bad\.yaml:\d+`, out+errs, "the line is named")
				assert.NotContains(t, out+errs, "demo-secret-key")
			}
		})
	}
}

// TestPortInUse says which address is taken.
func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	for _, flag := range []string{"-listen", "-sip"} {
		args := []string{"serve", "-data", t.TempDir(), "-listen", "127.0.0.1:0", "-sip", "127.0.0.1:0"}
		for i, a := range args {
			if a == flag {
				args[i+1] = l.Addr().String()
			}
		}
		out, errs, code := run(t, args...)
		assert.NotZero(t, code, flag)
		assert.Contains(t, out+errs, l.Addr().String(), flag)
		assert.NotContains(t, out, `"ready":true`, flag)
	}
}

// TestLoopbackOnly keeps the demo, whose passwords everybody knows, off the network.
func TestLoopbackOnly(t *testing.T) {
	_, errs, code := run(t, "serve", "-data", t.TempDir(), "-listen", "0.0.0.0:0", "-sip", "127.0.0.1:0")
	assert.NotZero(t, code)
	assert.Contains(t, strings.ToLower(errs), "loopback")
}

// TestOneProcess starts a second gateway on the same data.
func TestOneProcess(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	_, errs, code := run(t, "serve", "-data", g.Data, "-listen", "127.0.0.1:0", "-sip", "127.0.0.1:0")
	assert.NotZero(t, code)
	assert.Contains(t, errs, "in use")
	assert.True(t, g.Running())
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"nonsense"}, {"serve", "-nonsense"},
		{"serve", "-config", "/does/not/exist.yaml"}} {
		out, errs, code := run(t, args...)
		assert.NotZero(t, code, args)
		assert.NotEmpty(t, out+errs, args)
	}
	out, _, code := run(t, "version")
	assert.Zero(t, code)
	assert.NotEmpty(t, strings.TrimSpace(out))
}
