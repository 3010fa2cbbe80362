package hostile

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
	"tccc/wire"
)

// onSessions are the commands that name a session.
var onSessions = []string{
	wire.MethodCallAccept, wire.MethodCallHangup, wire.MethodCallDelete, wire.MethodCallMute, wire.MethodCallUnmute,
	wire.MethodCallHold, wire.MethodCallUnhold, wire.MethodCallDigits, wire.MethodCallTransfer, wire.MethodCallConsult,
	wire.MethodCallComplete, wire.MethodCallCancel, wire.MethodCallConference, wire.MethodCallKick,
	wire.MethodCallListen, wire.MethodCallWhisper, wire.MethodCallBarge, wire.MethodCallQuality, wire.MethodChatAccept,
	wire.MethodChatEnd, wire.MethodChatTransfer, wire.MethodChatSend, wire.MethodChatMessages, wire.MethodChatRead,
	wire.MethodChatTyping, wire.MethodChatUpload, wire.MethodVideoAccept, wire.MethodVideoEnd, wire.MethodVideoMute,
	wire.MethodVideoUnmute, wire.MethodVideoMuteVideo, wire.MethodVideoUnmuteVideo, wire.MethodVideoTransfer,
	wire.MethodSessionOffer,
}

// meddle has an agent of another group give every command on a call, a chat and
// a few ids that are nearly theirs.
func meddle(t *testing.T, g *harness.Gateway, a *attack) {
	owner := harness.Agent(t, g, "agent2@demo")
	owner.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	call := owner.Await("calloutAccepted").SessionID()
	owner.Hears(harness.PhoneTone)
	var chat struct{ SessionID string }
	g.Post(t, "/demo/visitor/start", map[string]any{"type": "im", "userId": "meddled", "nickname": "Eve",
		"skillGroupId": "sales", "text": "hello"}, &chat)
	ids := []string{call, chat.SessionID, strings.ToUpper(call), call + " ", call[:len(call)-1], "", "*"}

	ctx, c := login(t, g, "agent4@demo")
	id := 1
	for _, method := range onSessions {
		for _, session := range ids {
			id++
			params, err := json.Marshal(map[string]any{
				"sessionId": session, "digits": "1", "dtmfText": "1", "text": "x", "userId": "agent4@demo",
				"skillGroupId": "support", "phoneNumber": "10086", "name": "a.png", "size": 1, "seq": 1, "typing": true,
				"sdp": "v=0",
			})
			require.NoError(t, err)
			require.NoError(t, c.Write(ctx, websocket.MessageText,
				fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, id, method, params)))
			f, err := answer(ctx, c)
			require.NoError(t, err)
			a.try(f.Error == nil)
			if f.Error == nil {
				t.Logf("%s on %q was carried out", method, session)
			}
		}
	}
	owner.Hears(harness.PhoneTone)
	owner.Do("tccc.Call.hungUp({sessionId: %s})", call)
	owner.Await("sessionEnded", "sessionId", call)
}

// scripts are texts that a page must show and not run.
var scripts = []string{
	`<script>pwned=1</script>`, `<img src=x onerror=pwned=1>`, `<svg onload=pwned=1>`, `"><img src=x onerror=pwned=1>`,
	`' onmouseover=pwned=1 x='`, `javascript:pwned=1`, `<a href="javascript:pwned=1">x</a>`,
	`<iframe srcdoc="<script>parent.pwned=1</script>">`, `</textarea><img src=x onerror=pwned=1>`,
	`<style>@import 'javascript:pwned=1'</style>`, `<body onload=pwned=1>`,
	`<math><mi xlink:href="javascript:pwned=1">`, `<details open ontoggle=pwned=1>`,
	`<input autofocus onfocus=pwned=1>`, `<template><img src=x onerror=pwned=1></template>`,
	`{{constructor.constructor('pwned=1')()}}`, "${pwned=1}", "\u003cimg src=x onerror=pwned=1\u003e",
	`<x-y onclick=pwned=1>`, "<img\nsrc=x\nonerror=pwned=1>",
}

// markup is said by customers, and is their name.
func markup(t *testing.T, g *harness.Gateway, a *attack) {
	p := harness.Agent(t, g, "agent3@demo")
	p.Run("void (window.pwned = 0)")
	for i, text := range scripts {
		var chat struct{ SessionID string }
		g.Post(t, "/demo/visitor/start",
			map[string]any{"type": "im", "userId": fmt.Sprint("x", i), "nickname": strings.ReplaceAll(text, "\n", " "),
				"skillGroupId": "support", "text": text}, &chat)
		id := p.Await("callIn", "sessionId", chat.SessionID).SessionID()
		p.Do("tccc.Chat.accept({sessionId: %s})", id)
		p.Await("messageReceived", "sessionId", id)
		p.AwaitTrue(fmt.Sprintf("document.querySelector('t3c-sdk').shadowRoot.textContent.includes(%q.trim().slice(0, 8))", text))
		a.try(harness.Eval[bool](p, `window.pwned !== 0 || !!document.querySelector('t3c-sdk').shadowRoot.querySelector('[src=x],script,iframe')`))
		p.Do("tccc.Chat.end({sessionId: %s})", id)
		p.Await("sessionEnded", "sessionId", id)
	}
}

// mutateSIP sends the messages of RFC 4475 and 1,500 that are an INVITE with
// some bytes exchanged, over UDP and TCP.
func mutateSIP(t *testing.T, g *harness.Gateway, a *attack) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}",
		"github.com/emiago/sipgo").Output()
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture", "invalid",
		"*"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 29)
	udp, err := net.Dial("udp", g.SIP)
	require.NoError(t, err)
	defer udp.Close()
	send := func(m []byte) {
		_, _ = udp.Write(m) // the port may answer with ICMP
		if tcp, err := net.Dial("tcp", g.SIP); err == nil {
			_, _ = tcp.Write(m)
			_ = tcp.Close()
		}
		a.try(!g.Running())
	}
	for _, f := range files[:29] {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		send(text)
	}
	r := rand.New(rand.NewPCG(1, 2)) // the same every time
	for i := range 1500 {
		m := []byte(fmt.Sprintf("INVITE sip:4001000001@%[1]s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK%[2]d;rport\r\nMax-Forwards: 70\r\n"+
			"From: <sip:13900000001@127.0.0.1>;tag=%[2]d\r\nTo: <sip:4001000001@%[1]s>\r\nCall-ID: mutant-%[2]d\r\nCSeq: 1 INVITE\r\n"+
			"Contact: <sip:x@127.0.0.1:9>\r\nContent-Type: application/sdp\r\nContent-Length: 130\r\n\r\n"+
			"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n", g.SIP, i))
		for range 1 + r.IntN(8) {
			switch at := r.IntN(len(m)); r.IntN(3) {
			case 0:
				m[at] = byte(r.IntN(256))
			case 1:
				m = append(m[:at], m[min(len(m), at+1+r.IntN(20)):]...)
			default:
				m = append(m[:at:at], append([]byte(strings.Repeat(string(m[at]), r.IntN(40))), m[at:]...)...)
			}
		}
		send(m)
	}
	assert.True(t, g.Running())
}
