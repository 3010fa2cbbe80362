package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const childEnv = "TCCC_STORE_TEST_CHILD"

// child writes as fast as it can, says what was acknowledged, and goes on
// until it is killed.
func child() {
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: os.Getenv(childEnv)})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	for i := 0; ; i++ {
		id := fmt.Sprintf("%d.%d", os.Getpid(), i)
		if _, err := s.AppendCDR(ctx, &CDR{SDKAppID: "1", SessionID: id}); err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println("cdr", id)
		if _, err := s.Agents().Put(ctx, id, AgentRecord{UserID: id}); err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println("agent", id)
	}
}

func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	cdrs, agents := map[string]bool{}, map[string]bool{}
	for round := range 3 {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), childEnv+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			kind, id, _ := strings.Cut(lines.Text(), " ")
			switch kind {
			case "cdr":
				cdrs[id] = true
			case "agent":
				agents[id] = true
			default:
				require.Fail(t, "the child failed", lines.Text())
			}
			if n == 100+37*round {
				require.NoError(t, cmd.Process.Kill()) // SIGKILL, in the middle of the next write
			}
		}
		_ = cmd.Wait()
	}

	s, ctx := open(t, dir), t.Context()
	q := CDRQuery{SDKAppID: "1", Limit: 1000}
	page, err := s.CDRs(ctx, q)
	require.NoError(t, err)
	require.Zero(t, page.Next)
	for _, c := range page.CDRs {
		delete(cdrs, c.SessionID)
	}
	require.Empty(t, cdrs, "acknowledged and lost")
	all, err := s.Agents().List(ctx)
	require.NoError(t, err)
	for _, e := range all {
		require.Equal(t, e.Key, e.Value.UserID)
		delete(agents, e.Key)
	}
	require.Empty(t, agents, "acknowledged and lost")
	require.GreaterOrEqual(t, len(all), 3*50)
}
