package gateway

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/wire"
)

// paused stops the process, as a hypervisor or a debugger does, and waits until
// it stands.
func (p *process) paused() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGSTOP))
	require.Eventually(p.t, func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
		if err != nil {
			return false
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		return strings.HasPrefix(rest, "T")
	}, patient, time.Millisecond)
}

// A gateway is paused while an agent has a chat and asks something: it goes on
// where it was, and what was asked meanwhile is answered.
func TestAPausedGatewayGoesOn(t *testing.T) {
	p := startProcess(t, t.TempDir())
	a := p.login("agent1@demo")
	var chat struct{ SessionID string }
	require.NoError(t, p.post("/demo/visitor/start", map[string]string{
		"type": "im", "userId": "una", "skillGroupId": "sales", "text": "hello",
	}, &chat))
	require.Equal(t, chat.SessionID, a.rings())
	_, err := a.call(wire.MethodChatAccept, wire.SessionParams{SessionID: chat.SessionID})
	require.NoError(t, err)

	p.paused()
	answered := make(chan error, 1)
	go func() {
		_, err := a.call(wire.MethodChatSend,
			wire.SendParams{SessionID: chat.SessionID, ID: "m1", Text: "are you there?"})
		answered <- err
	}()
	select {
	case err := <-answered:
		require.Fail(t, "a paused process has answered", "%v", err)
	default:
	}
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGCONT))
	require.NoError(t, <-answered)
	text, err := a.call(wire.MethodChatMessages, wire.MessagesParams{SessionID: chat.SessionID})
	require.NoError(t, err)
	assert.Contains(t, string(text), "are you there?")
}
