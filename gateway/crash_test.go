package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/wire"
)

// childEnv makes the test program a gateway on a data directory.
const childEnv = "TCCC_GATEWAY_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		child(dir)
		return
	}
	os.Exit(m.Run())
}

// child runs a gateway until it is killed.
func child(dir string) {
	conf := config.Demo()
	conf.Listen, conf.SIP.Listen, conf.Data = "127.0.0.1:0", "127.0.0.1:0", dir
	g, err := Start(context.Background(), conf,
		slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		fmt.Println("error", err)
		return
	}
	fmt.Println("ready", g.HTTPAddr())
	select {}
}

// process is a gateway that can be killed.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	addr string
}

func startProcess(t *testing.T, dir string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], "-test.run=^$")}
	p.cmd.Env = append(os.Environ(), childEnv+"="+dir)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(p.kill)
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the gateway says nothing")
	word, addr, _ := strings.Cut(lines.Text(), " ")
	require.Equal(t, "ready", word, addr)
	p.addr = addr
	return p
}

func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill() // SIGKILL
		_ = p.cmd.Wait()
	}
}

// post calls one of the demo's doors.
func (p *process) post(path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	resp, err := http.Post("http://"+p.addr+path, "application/json", bytes.NewReader(text))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// agentSocket is an agent's SDK without a browser.
type agentSocket struct {
	t      *testing.T
	ws     *websocket.Conn
	login  wire.LoginResult
	id     uint64
	events []wire.Event
}

func (p *process) login(user string) *agentSocket {
	t := p.t
	t.Helper()
	var l struct{ Token string }
	require.NoError(t, p.post("/demo/login", map[string]string{"userId": user}, &l))
	ws, _, err := websocket.Dial(t.Context(), "ws://"+p.addr+"/ws/agent",
		&websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	require.NoError(t, err)
	ws.SetReadLimit(wire.MaxFrame)
	t.Cleanup(func() { _ = ws.CloseNow() })
	a := &agentSocket{t: t, ws: ws}
	text, err := a.call(wire.MethodLogin,
		wire.LoginParams{Token: l.Token, SDKAppID: demoApplication, UserID: user, TabID: "t", Device: "d",
			Version: "test"})
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &a.login))
	return a
}

// call asks and reads up to the answer.
func (a *agentSocket) call(method string, params any) (json.RawMessage, error) {
	a.id++
	text, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	frame, err := wire.Encode(&wire.Frame{ID: a.id, Method: method, Params: text})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	if err := a.ws.Write(ctx, websocket.MessageText, frame); err != nil {
		return nil, err
	}
	for {
		f, err := a.read(ctx)
		if err != nil {
			return nil, err
		}
		if f.ID == a.id && f.Error != nil {
			return nil, f.Error
		}
		if f.ID == a.id {
			return f.Result, nil
		}
	}
}

func (a *agentSocket) read(ctx context.Context) (*wire.Frame, error) {
	_, text, err := a.ws.Read(ctx)
	if err != nil {
		return nil, err
	}
	f, err := wire.Decode(text)
	if err == nil && f.Method == wire.NotifyEvent {
		var e wire.Event
		if err := json.Unmarshal(f.Params, &e); err != nil {
			return nil, err
		}
		a.events = append(a.events, e)
	}
	return f, err
}

// rings waits for a chat that is offered.
func (a *agentSocket) rings() string {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	for {
		for _, e := range a.events {
			if e.Name == wire.EventCallIn {
				return e.Session.SessionID
			}
		}
		_, err := a.read(ctx)
		require.NoError(a.t, err)
	}
}

// A gateway is killed while both sides of a chat write. The next one has
// every message that was acknowledged, once; the agent and the customer go on,
// and what was not acknowledged can be sent again.
func TestAKilledGatewayLosesNothingOfAChat(t *testing.T) {
	dir := t.TempDir()
	p := startProcess(t, dir)
	a := p.login("agent1@demo")
	var s struct{ SessionID string }
	require.NoError(t, p.post("/demo/visitor/start",
		map[string]string{"type": "im", "userId": "una", "nickname": "Una", "skillGroupId": "sales", "text": "hello"},
		&s))
	require.Equal(t, s.SessionID, a.rings())
	_, err := a.call(wire.MethodChatAccept, wire.SessionParams{SessionID: s.SessionID})
	require.NoError(t, err)
	var waits struct{ SessionID string }
	require.NoError(t, p.post("/demo/visitor/start",
		map[string]string{"type": "im", "userId": "ben", "skillGroupId": "support"}, &waits))

	acknowledged, pending := map[string]bool{}, ""
	var said []string // texts of the customer that were acknowledged
	var others sync.WaitGroup
	others.Go(func() {
		for i := 0; ; i++ {
			var m any
			if p.post("/demo/visitor/say",
				map[string]string{"sessionId": s.SessionID, "text": fmt.Sprint("customer ", i)}, &m) != nil {
				return
			}
			said = append(said, fmt.Sprint("customer ", i))
		}
	})
	for i := 0; ; i++ {
		if i == 150 {
			others.Go(p.kill)
		}
		pending = fmt.Sprint("m", i)
		if _, err := a.call(wire.MethodChatSend,
			wire.SendParams{SessionID: s.SessionID, ID: pending, Text: pending}); err != nil {
			break
		}
		acknowledged[pending] = true
	}
	others.Wait()
	require.NotEmpty(t, acknowledged)
	require.NotEmpty(t, said)

	p = startProcess(t, dir)
	a = p.login("agent1@demo")
	require.Len(t, a.login.Sessions, 1)
	chat := a.login.Sessions[0]
	assert.Equal(t, s.SessionID, chat.SessionID)
	assert.Equal(t, wire.StateTalking, chat.State)
	assert.Equal(t, "Una", chat.Nickname)
	_, err = a.call(wire.MethodChatSend, wire.SendParams{SessionID: s.SessionID, ID: pending, Text: pending})
	require.NoError(t, err)
	acknowledged[pending] = true
	var all []wire.Message
	for before := uint64(0); ; before = all[0].Seq {
		text, err := a.call(wire.MethodChatMessages,
			wire.MessagesParams{SessionID: s.SessionID, Before: before, Limit: wire.MessagesMost})
		require.NoError(t, err)
		var r wire.MessagesResult
		require.NoError(t, json.Unmarshal(text, &r))
		if all = append(r.Messages, all...); !r.More {
			break
		}
	}
	ids, texts := map[string]int{}, map[string]int{}
	for i, m := range all {
		require.Equal(t, uint64(i+1), m.Seq)
		ids[m.ID]++
		texts[m.Text]++
	}
	for id := range acknowledged {
		assert.Equal(t, 1, ids[id], "message %s of the agent", id)
	}
	for _, text := range said {
		assert.Equal(t, 1, texts[text], "%s", text)
	}
	t.Logf("%d messages of the agent and %d of the customer were acknowledged before the kill", len(acknowledged)-1,
		len(said))

	b := p.login("agent4@demo")
	assert.Equal(t, waits.SessionID, b.rings(), "who waited still waits")
}
