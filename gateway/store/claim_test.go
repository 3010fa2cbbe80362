//go:build unix

package store

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patient bounds what a test waits for.
const patient = 30 * time.Second

// natsServer is a NATS server of its own, as operators run one.
func natsServer(t *testing.T) (url string) {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(),
		NoSigs: true, NoLog: true})
	require.NoError(t, err)
	go s.Start()
	require.True(t, s.ReadyForConnections(patient))
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s.ClientURL()
}

// claimChildEnv makes the test program hold a claim until it is killed.
const claimChildEnv = "TCCC_STORE_TEST_CLAIM"

func holdClaim(url string) {
	if _, err := Open(context.Background(), Options{URL: url, Log: quiet}); err != nil {
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString("ready\n")
	select {}
}

// A second gateway on a NATS server is refused, and says by whom; the first one
// does not notice. One that was closed makes way at once.
func TestASecondGatewayIsRefused(t *testing.T) {
	url := natsServer(t)
	first, err := Open(t.Context(), Options{URL: url, Log: quiet})
	require.NoError(t, err)
	require.NoError(t, first.Sessions().PutLater("live", SessionRecord{}))
	require.NoError(t, first.Flush(t.Context()))
	_, err = Open(t.Context(), Options{URL: url, Log: quiet})
	require.ErrorIs(t, err, ErrClaimed)
	require.ErrorContains(t, err, `"pid"`)
	require.NoError(t, first.Health())
	_, err = first.Sessions().Get(t.Context(), "live")
	require.NoError(t, err)
	require.NoError(t, first.Close(t.Context()))

	second, err := Open(t.Context(), Options{URL: url, Log: quiet})
	require.NoError(t, err)
	require.NoError(t, second.Close(t.Context()))
}

// The claim of a process that was killed is taken over; one that was only
// paused writes nothing more when it wakes.
func TestTheClaimOfOneThatIsAway(t *testing.T) {
	url := natsServer(t)
	hold := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), claimChildEnv+"="+url)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		require.True(t, bufio.NewScanner(out).Scan(), "it gets no claim")
		return cmd
	}
	dead := hold()
	require.NoError(t, dead.Process.Kill())
	s, err := Open(t.Context(), Options{URL: url, Log: quiet})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	require.NoError(t, s.Health())

	// Somebody else has it now, as after a pause of this process.
	other, err := s.claim.kv.Put(t.Context(), claimKey, []byte(`{"host":"other"}`))
	require.NoError(t, err)
	require.NotZero(t, other)
	select {
	case <-s.Lost():
	case <-time.After(patient):
		require.Fail(t, "it does not notice")
	}
	require.ErrorIs(t, s.Health(), ErrClaimed)
	_, err = s.Sessions().Put(t.Context(), "a", SessionRecord{})
	require.ErrorIs(t, err, ErrClaimed)
}

// A NATS server that is paused: the store says so, refuses writes at once, and
// goes on when it is back.
func TestASlowServer(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), serverChildEnv+"="+t.TempDir())
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	s, err := Open(t.Context(), Options{URL: lines.Text(), Log: quiet})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Close(ctx)
	})
	require.NoError(t, cmd.Process.Signal(syscall.SIGSTOP))
	require.Eventually(t, func() bool { return s.Health() != nil }, patient, 10*time.Millisecond)
	_, err = s.Sessions().Put(t.Context(), "a", SessionRecord{})
	require.ErrorIs(t, err, ErrUnavailable)
	require.NoError(t, cmd.Process.Signal(syscall.SIGCONT))
	require.Eventually(t, func() bool { return s.Health() == nil }, patient, 10*time.Millisecond)
	_, err = s.Sessions().Put(t.Context(), "a", SessionRecord{})
	assert.NoError(t, err)
}

// serverChildEnv makes the test program a NATS server.
const serverChildEnv = "TCCC_STORE_TEST_SERVER"

func serveNATS(dir string) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: dir,
		NoSigs: true, NoLog: true})
	if err != nil {
		os.Exit(1)
	}
	s.Start()
	_, _ = os.Stdout.WriteString(s.ClientURL() + "\n")
	select {}
}
