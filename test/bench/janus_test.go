package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// janus is a Janus of Debian's, with its SIP plugin and its WebSockets.
type janus struct {
	cmd       *exec.Cmd
	url       string // of its WebSocket
	registrar *registrar
}

// janusScripts are what its page needs, as Debian's packages have it.
const janusScripts = "/usr/share/javascript/"

// startJanus starts it, or skips the benchmark and says what is missing.
func startJanus(b *testing.B) *janus {
	program, err := exec.LookPath(cmp.Or(os.Getenv("JANUS"), "janus"))
	if err != nil {
		b.Skip("skipped: janus is not installed (Debian: janus, libjs-janus-gateway, libjs-webrtc-adapter)")
	}
	if _, err := exec.LookPath("sipp"); err != nil {
		b.Skip("skipped: sipp is not installed (Debian: sip-tester)")
	}
	for _, script := range []string{"janus-gateway/janus.js", "webrtc-adapter/adapter.js"} {
		if _, err := os.Stat(janusScripts + script); err != nil {
			b.Skipf("skipped: %s is not installed (Debian: libjs-janus-gateway, libjs-webrtc-adapter)", script)
		}
	}
	dir := b.TempDir()
	port := freePort(b)
	for _, kind := range []string{"plugins", "transports", "none"} {
		require.NoError(b, os.Mkdir(filepath.Join(dir, kind), 0o700))
	}
	for _, lib := range []string{"plugins/libjanus_sip.so", "transports/libjanus_websockets.so"} {
		found, err := filepath.Glob("/usr/lib/*/janus/" + lib)
		require.NoError(b, err)
		if len(found) == 0 {
			b.Skipf("skipped: this janus has no %s", lib)
		}
		require.NoError(b, os.Symlink(found[0], filepath.Join(dir, lib)))
	}
	for name, text := range map[string]string{
		"janus.jcfg": fmt.Sprintf(`general: { configs_folder = %[1]q plugins_folder = "%[1]s/plugins"
			transports_folder = "%[1]s/transports" events_folder = "%[1]s/none" loggers_folder = "%[1]s/none" debug_level = 2 }
			nat: { ice_enforce_list = "127.0.0.1" }`, dir),
		"janus.plugin.sip.jcfg": `general: { local_ip = "127.0.0.1" keepalive_interval = 0 rtp_port_range = "20000-40000" }`,
		"janus.transport.websockets.jcfg": fmt.Sprintf(
			`general: { json = "compact" ws = true ws_port = %d ws_ip = "127.0.0.1" wss = false }`, port),
	} {
		require.NoError(b, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	j := &janus{url: fmt.Sprintf("ws://127.0.0.1:%d", port), registrar: newRegistrar(b)}
	j.cmd = exec.Command(program, "-F", dir, "-C", filepath.Join(dir, "janus.jcfg"))
	log, err := os.Create(filepath.Join(dir, "log"))
	require.NoError(b, err)
	j.cmd.Stdout, j.cmd.Stderr = log, log
	require.NoError(b, j.cmd.Start())
	b.Cleanup(func() {
		_ = j.cmd.Process.Signal(os.Interrupt)
		_ = j.cmd.Wait()
		_ = log.Close()
		if text, _ := os.ReadFile(log.Name()); b.Failed() {
			b.Logf("what Janus said:\n%s", text)
		}
	})
	require.Eventually(b, func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(j.url, "ws://"))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, harness.Patience, 10*time.Millisecond, "Janus does not listen")
	return j
}

func freePort(b *testing.B) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (j *janus) pid() int { return j.cmd.Process.Pid }

// page is one with janus.js, which does what the SIP demo of Janus does.
func (j *janus) page(b *testing.B) (*harness.Page, string) {
	site := harness.CustomerSite()
	site.Dir("/scripts/", janusScripts)
	p := harness.NewPage(b, site.Origin+site.Page(`<!doctype html><body><audio id="sound" autoplay></audio>
		<script src="/scripts/webrtc-adapter/adapter.js"></script><script src="/scripts/janus-gateway/janus.js"></script></body>`, ""))
	p.AllowError("") // janus.js logs as it likes
	p.Run(listen)
	p.Run(peerScript)
	p.Run(`new Promise((registered, failed) => Janus.init({ debug: false, dependencies: Janus.useDefaultDependencies(), callback() {
		const session = new Janus({ server: %s, iceServers: [], error: failed, success: () => session.attach({
			plugin: 'janus.plugin.sip', error: failed,
			success(handle) {
				peer.handle = handle;
				handle.send({ message: %s });
			},
			onmessage(message, jsep) {
				switch (message.result && message.result.event) {
				case 'registered': return registered();
				case 'registration_failed': return failed(JSON.stringify(message));
				case 'incomingcall': peer.offer = jsep; return peer.rang();
				case 'hangup': peer.ended(); return peer.handle.hangup();
				}
				if (message.error) failed(JSON.stringify(message));
			},
			onremotetrack(track, mid, on) { if (on) document.getElementById('sound').srcObject = new MediaStream([track]); },
		}) });
		peer.accept = () => new Promise((done, failed) => peer.handle.createAnswer({
			jsep: peer.offer, media: { audio: true, video: false }, error: failed,
			success: (jsep) => peer.handle.send({ message: { request: 'accept' }, jsep, success: done, error: failed }),
		}));
		peer.hangUp = () => peer.handle.send({ message: { request: 'hangup' } });
	} }))`, j.url, j.registration("page"))
	return p, j.registrar.contact(b, "page")
}

func (j *janus) registration(user string) map[string]any {
	return map[string]any{"request": "register", "username": "sip:" + user + "@" + j.registrar.address,
		"secret": "secret", "proxy": "sip:" + j.registrar.address}
}

// janusAgent is a native program that takes calls through Janus.
type janusAgent struct {
	ws              *websocket.Conn
	session, handle uint64
}

type janusMessage struct {
	Janus      string
	Data       struct{ ID uint64 }
	Plugindata struct {
		Data struct {
			Error  string
			Result struct{ Event string }
		}
	}
	Jsep *webrtc.SessionDescription
}

func (j *janus) agent(b *testing.B, n int) string {
	user := loadAgentUser(n)
	ctx, cancel := context.WithCancel(context.Background())
	b.Cleanup(cancel)
	ws, _, err := websocket.Dial(ctx, j.url, &websocket.DialOptions{Subprotocols: []string{"janus-protocol"}})
	require.NoError(b, err)
	b.Cleanup(func() { _ = ws.CloseNow() })
	a := &janusAgent{ws: ws}
	require.NoError(b, a.send(ctx, map[string]any{"janus": "create"}))
	a.session = a.await(ctx, b, func(m janusMessage) bool { return m.Janus == "success" }).Data.ID
	require.NoError(b, a.send(ctx, map[string]any{"janus": "attach", "plugin": "janus.plugin.sip"}))
	a.handle = a.await(ctx, b, func(m janusMessage) bool { return m.Janus == "success" }).Data.ID
	require.NoError(b, a.send(ctx, map[string]any{"janus": "message", "body": j.registration(user)}))
	a.await(ctx, b, func(m janusMessage) bool { return m.Plugindata.Data.Result.Event == "registered" })
	pc, track := speaker(b, user)
	go a.serve(ctx, pc, track)
	return j.registrar.contact(b, user)
}

// loadAgentUser is the user part of a native agent's address.
func loadAgentUser(n int) string { return "load" + strconv.Itoa(n) }

func (a *janusAgent) send(ctx context.Context, m map[string]any) error {
	m["transaction"] = "t"
	if a.session != 0 {
		m["session_id"] = a.session
	}
	if a.handle != 0 {
		m["handle_id"] = a.handle
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return a.ws.Write(ctx, websocket.MessageText, text)
}

func (a *janusAgent) await(ctx context.Context, b *testing.B, want func(janusMessage) bool) janusMessage {
	b.Helper()
	ctx, cancel := context.WithTimeout(ctx, harness.Patience)
	defer cancel()
	for {
		_, text, err := a.ws.Read(ctx)
		require.NoError(b, err)
		var m janusMessage
		require.NoError(b, json.Unmarshal(text, &m))
		require.NotEqual(b, "error", m.Janus, "%s", text)
		require.Empty(b, m.Plugindata.Data.Error, "%s", text)
		if want(m) {
			return m
		}
	}
}

// serve accepts the call that rings, speaks, and keeps the session alive.
func (a *janusAgent) serve(ctx context.Context, pc *webrtc.PeerConnection, track *webrtc.TrackLocalStaticRTP) {
	for {
		var m janusMessage
		if wsjson.Read(ctx, a.ws, &m) != nil {
			return
		}
		if m.Plugindata.Data.Result.Event != "incomingcall" || m.Jsep == nil ||
			pc.SetRemoteDescription(*m.Jsep) != nil {
			continue
		}
		answer, err := pc.CreateAnswer(nil)
		if err != nil {
			return
		}
		complete := webrtc.GatheringCompletePromise(pc)
		if pc.SetLocalDescription(answer) != nil {
			return
		}
		<-complete
		if a.send(ctx, map[string]any{"janus": "message", "body": map[string]any{"request": "accept"},
			"jsep": pc.LocalDescription()}) != nil {
			return
		}
		go speak(ctx, track)
	}
}

// registrar takes registrations and remembers where they say their users are.
type registrar struct {
	address  string // HOST:PORT
	mu       sync.Mutex
	contacts map[string]string
}

func newRegistrar(b *testing.B) *registrar {
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	ua, err := sipgo.NewUA(sipgo.WithUserAgent("registrar"))
	require.NoError(b, err)
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	require.NoError(b, err)
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(b, err)
	r := &registrar{address: conn.LocalAddr().String(), contacts: map[string]string{}}
	server.OnRegister(func(req *sip.Request, tx sip.ServerTransaction) {
		answer := sip.NewResponseFromRequest(req, 200, "OK", nil)
		if c := req.Contact(); c != nil {
			r.mu.Lock()
			r.contacts[req.To().Address.User] = fmt.Sprintf("%s@%s:%d", c.Address.User, c.Address.Host, c.Address.Port)
			r.mu.Unlock()
			answer.AppendHeader(c)
			answer.AppendHeader(sip.NewHeader("Expires", "3600"))
		}
		_ = tx.Respond(answer)
	})
	go func() { _ = server.ServeUDP(conn) }() // ends with the connection
	b.Cleanup(func() {
		_ = conn.Close()
		_ = ua.Close()
	})
	return r
}

// contact is where a registered user is, user@host:port.
func (r *registrar) contact(b *testing.B, user string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Contains(b, r.contacts, user, "it is not registered")
	return r.contacts[user]
}
