package gateway

import (
	"fmt"
	"net"
	"testing"
	"time"

	siplib "github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/sip/digest"
)

// subscriber is a desk phone of the demo's first agent that watches others.
type subscriber struct {
	t    *testing.T
	conn net.Conn
	seq  int
}

func (s *subscriber) sends(to, auth string) {
	s.t.Helper()
	s.seq++
	_, err := fmt.Fprintf(s.conn, "SUBSCRIBE sip:%s@gateway SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d;rport\r\n"+
		"From: <sip:101@gateway>;tag=a\r\nTo: <sip:%s@gateway>\r\nCall-ID: %s\r\nCSeq: %d SUBSCRIBE\r\nContact: <sip:101@%s>\r\n"+
		"Event: dialog\r\n%sContent-Length: 0\r\n\r\n", to, s.conn.LocalAddr(), s.seq, to, to, s.seq,
		s.conn.LocalAddr(),
		auth)
	require.NoError(s.t, err)
}

func (s *subscriber) read() siplib.Message {
	s.t.Helper()
	buf := make([]byte, 65535)
	require.NoError(s.t, s.conn.SetReadDeadline(time.Now().Add(patient)))
	n, err := s.conn.Read(buf)
	require.NoError(s.t, err)
	m, err := siplib.ParseMessage(buf[:n])
	require.NoError(s.t, err)
	return m
}

// watches subscribes with the password and gives the answer.
func (s *subscriber) watches(to string) int {
	s.t.Helper()
	// It has not registered: that it is a phone, and not the demo's trunk, is what the header says.
	s.sends(to, `Authorization: Digest username="101", realm="", nonce="old", uri="", response=""`+"\r\n")
	asked := s.read().(*siplib.Response)
	require.Equal(s.t, 401, asked.StatusCode)
	c, _ := digest.Parse(asked.GetHeaders("WWW-Authenticate")[0].Value())
	alg, _ := digest.Find(c["algorithm"])
	uri := "sip:" + to + "@gateway"
	s.sends(to, fmt.Sprintf(`Authorization: Digest username="101", realm="%s", nonce="%s", uri="%s", algorithm=%s, qop=auth, `+
		`nc=00000001, cnonce="c", response="%s"`+"\r\n", c["realm"], c["nonce"], uri, c["algorithm"],
		alg.Response("101", c["realm"], "demo-password", "SUBSCRIBE", uri, c["nonce"], "00000001", "c", "auth")))
	return s.read().(*siplib.Response).StatusCode
}

// A desk phone has the lamps of its own application, and learns nothing of others.
func TestLampsOfAnApplication(t *testing.T) {
	g := startDemo(t, func(c *config.Config) {
		other := c.Apps[0]
		other.SDKAppID = "1400000002"
		other.Numbers, other.IVRs = nil, nil
		other.Agents = []config.Agent{{UserID: "x@other", StaffNo: "901", Extension: "901",
			ExtensionPassword: config.NewSecret("a long password")}}
		c.Apps = append(c.Apps, other)
	})
	conn, err := net.Dial("udp", g.SIPAddr())
	require.NoError(t, err)
	defer conn.Close()
	s := &subscriber{t: t, conn: conn}
	require.Equal(t, 404, s.watches("901"), "as one who does not exist")
	require.Equal(t, 404, s.watches("999"))
	require.Equal(t, 200, s.watches("102"))
	n, ok := s.read().(*siplib.Request)
	require.True(t, ok)
	require.Contains(t, string(n.Body()), `state="full" entity="sip:102@gateway"`)
}
