package sip

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// sipp runs a scenario of testdata/sipp against or for an agent. The test is
// skipped where sipp (Debian: sip-tester) is not installed.
func sipp(t *testing.T, network, scenario string, calls int, more ...string) (port string, run func() ([]byte, error)) {
	t.Helper()
	program, err := exec.LookPath("sipp")
	if err != nil {
		t.Skip("sipp is not installed")
	}
	mode := map[string]string{"udp": "u1", "tcp": "t1"}[network]
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	port = strconv.Itoa(free.LocalAddr().(*net.UDPAddr).Port)
	free.Close()
	file, err := filepath.Abs(filepath.Join("testdata", "sipp", scenario+".xml"))
	require.NoError(t, err)
	args := append([]string{"-sf", file, "-m", strconv.Itoa(calls), "-i", "127.0.0.1", "-p", port, "-t", mode,
		"-nostdin", "-trace_err", "-error_file", "errors.log", "-timeout", "20s", "-timeout_error", "-recv_timeout",
		"10000"}, more...)
	return port, func() ([]byte, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*deadline)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		if why, e := os.ReadFile(filepath.Join(cmd.Dir, "errors.log")); e == nil {
			out = append(why, out...)
		}
		return out, err
	}
}

func TestSippCalls(t *testing.T) {
	for _, network := range networks {
		for _, scenario := range []string{"call", "cancel"} {
			t.Run(network+" "+scenario, func(t *testing.T) {
				answer := scenario == "call"
				a := newAgent(t, Options{Trunks: []Trunk{{Name: "sipp",
					Inbound: Inbound{Addresses: []string{"127.0.0.1"}}}},
					Handler: func(c *Call) {
						if answer {
							_ = c.Answer()
						} else {
							_ = c.Ring()
						}
					}})
				_, run := sipp(t, network, scenario, 10, "-r", "20", a.Addr())
				out, err := run()
				require.NoError(t, err, "%s", out)
				require.Eventually(t, func() bool { return a.Calls() == 0 }, deadline, tick)
			})
		}
	}
}

func TestSippPhone(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			port, run := sipp(t, network, "phone", 1)
			a := newAgent(t, Options{Trunks: []Trunk{{Name: "sipp", Address: "127.0.0.1:" + port, Transport: network}}})
			type result struct {
				out []byte
				err error
			}
			done := make(chan result, 1)
			go func() { out, err := run(); done <- result{out, err} }()
			var out *Call
			require.Eventually(t, func() bool { // until sipp listens
				if network == "tcp" {
					probe, err := net.Dial("tcp", "127.0.0.1:"+port)
					if err != nil {
						return false
					}
					probe.Close()
				}
				c, err := a.Dial(t.Context(),
					Outgoing{Trunk: "sipp", From: "1", To: "2", Headers: map[string]string{"User-to-User": "00"}})
				out = c
				return err == nil
			}, deadline, tick)
			next(t, out, Ringing)
			next(t, out, Answered)
			require.NoError(t, out.Hangup())
			next(t, out, Ended)
			r := <-done
			require.NoError(t, r.err, "%s", r.out)
		})
	}
}
