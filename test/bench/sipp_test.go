package bench

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// sippCall is a scenario of sipp: a call whose sound is another socket's.
const sippCall = `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="call">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:13800000001@[local_ip]:[local_port]>;tag=[pid][call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:13800000001@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio [sound] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
[last_From:]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
`

// sippEnd is the end of a call by the one who hangs up.
var sippEnd = map[bool]string{
	true: `  <pause milliseconds="2000"/>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
[last_From:]
[last_To:]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200"/>
</scenario>
`,
	false: `  <recv request="BYE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
`}

// call is a call of sipp's.
type call struct {
	sound *harness.Receiver
	file  string // of messages
	stop  context.CancelFunc
	done  chan error
}

// ring calls user@host:port.
func ring(b *testing.B, address string, byCaller bool) *call {
	b.Helper()
	program, err := exec.LookPath(cmp.Or(os.Getenv("SIPP"), "sipp"))
	require.NoError(b, err)
	dir := b.TempDir()
	scenario := filepath.Join(dir, "call.xml")
	require.NoError(b, os.WriteFile(scenario, []byte(sippCall+sippEnd[byCaller]), 0o600))
	c := &call{file: filepath.Join(dir, "messages.log"), done: make(chan error, 1)}
	c.sound, err = harness.NewReceiver()
	require.NoError(b, err)
	ctx, stop := context.WithCancel(b.Context())
	c.stop = stop
	user, host, _ := strings.Cut(address, "@")
	cmd := exec.CommandContext(ctx, program, host, "-sf", scenario, "-s", user, "-m", "1", "-i", "127.0.0.1",
		"-mi", "127.0.0.1", "-key", "sound", strconv.Itoa(c.sound.Port()), "-nostdin", "-trace_msg", "-message_file",
		c.file)
	cmd.Dir = dir
	require.NoError(b, cmd.Start())
	go func() {
		c.answer(ctx)
		c.done <- cmd.Wait()
	}()
	return c
}

// answer lets the phone speak as soon as sipp has read where to.
func (c *call) answer(ctx context.Context) {
	for ; ctx.Err() == nil; time.Sleep(time.Millisecond) {
		text, err := os.ReadFile(c.file)
		if err != nil {
			continue // not yet
		}
		_, answer, ok := strings.Cut(string(text), "\nSIP/2.0 200")
		if body, _, whole := strings.Cut(answer, "\n-----"); ok && whole {
			if to := harness.RemoteMedia(body); to != nil {
				c.sound.Speak(to)
			}
			return
		}
	}
}

// await waits for the end of the call and gives its messages.
func (c *call) await(b *testing.B) sippLog {
	b.Helper()
	select {
	case err := <-c.done:
		require.NoError(b, err)
	case <-time.After(harness.Patience):
		require.FailNow(b, "sipp goes on")
	}
	f, err := os.Open(c.file)
	require.NoError(b, err)
	defer f.Close()
	return readLog(f)
}

// close ends the call, whatever it is doing.
func (c *call) close() {
	c.stop()
	c.sound.Close()
}

// sippLog is when messages were first sent and read, by how they begin: the
// method, or version and code.
type sippLog struct{ sent, read map[string]time.Time }

// readLog reads a log of messages: a line of dashes and the time, what happened,
// an empty line, the message.
func readLog(r io.Reader) sippLog {
	log := sippLog{map[string]time.Time{}, map[string]time.Time{}}
	var at time.Time
	var into map[string]time.Time
	for lines := bufio.NewScanner(r); lines.Scan(); {
		line := lines.Text()
		if text, ok := strings.CutPrefix(line, "-----"); ok {
			at, _ = time.ParseInLocation("2006-01-02 15:04:05.999999", strings.TrimLeft(text, "- "), time.Local)
			continue
		}
		switch {
		case strings.HasPrefix(line, "UDP message sent"):
			into = log.sent
		case strings.HasPrefix(line, "UDP message received"):
			into = log.read
		case line != "" && into != nil:
			words := strings.Fields(line)
			key := words[0]
			if len(words) > 1 && key == "SIP/2.0" {
				key += " " + words[1]
			}
			if _, before := into[key]; !before {
				into[key] = at
			}
			into = nil
		}
	}
	return log
}
