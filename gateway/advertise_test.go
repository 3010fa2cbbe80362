package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
)

// stunServer answers each request with what answer makes of it; nil: nothing.
func stunServer(t *testing.T, answer func(n int, request *stun.Message) []byte) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for n := 0; ; n++ {
			size, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			m := &stun.Message{Raw: append([]byte(nil), buf[:size]...)}
			assert.NoError(t, m.Decode())
			if raw := answer(n, m); raw != nil {
				_, _ = c.WriteTo(raw, from)
			}
		}
	}()
	t.Cleanup(func() { c.Close(); <-done })
	return c.LocalAddr().String()
}

func sees(ip string, request *stun.Message) []byte {
	return stun.MustBuild(request, stun.BindingSuccess, &stun.XORMappedAddress{IP: net.ParseIP(ip), Port: 4711},
		stun.Fingerprint).Raw
}

func TestAddressesByStun(t *testing.T) {
	at := stunServer(t, func(_ int, r *stun.Message) []byte { return sees("203.0.113.7", r) })
	g := startDemo(t, func(c *config.Config) { c.SIP.Advertise, c.RTC.Advertise = "stun:"+at, "stun:"+at })
	assert.Equal(t, "203.0.113.7", g.publicSIP)
	c, err := net.Dial("udp", g.SIPAddr())
	require.NoError(t, err)
	defer c.Close()
	_, err = fmt.Fprintf(c, "INVITE sip:4001000001@x SIP/2.0\r\nVia: SIP/2.0/UDP %[1]s;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:13800138000@x>;tag=1\r\nTo: <sip:4001000001@x>\r\nCall-ID: stun\r\nCSeq: 1 INVITE\r\nContact: <sip:a@%[1]s>\r\nContent-Length: 0\r\n\r\n", c.LocalAddr())
	require.NoError(t, err)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(patient)))
	for buf := make([]byte, 4096); ; {
		n, err := c.Read(buf)
		require.NoError(t, err)
		if answer := string(buf[:n]); !strings.HasPrefix(answer, "SIP/2.0 100") {
			assert.Contains(t, answer, "@203.0.113.7:", "its Contact")
			assert.Contains(t, answer, "c=IN IP4 203.0.113.7")
			return
		}
	}
}

func TestStunAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		answer func(n int, r *stun.Message) []byte
		want   string
		err    string
	}{
		"an address": {func(_ int, r *stun.Message) []byte { return sees("203.0.113.7", r) }, "203.0.113.7", ""},
		"of IPv6":    {func(_ int, r *stun.Message) []byte { return sees("2001:db8::7", r) }, "2001:db8::7", ""},
		"the first is lost": {func(n int, r *stun.Message) []byte {
			if n == 0 {
				return nil
			}
			return sees("203.0.113.7", r)
		}, "203.0.113.7", ""},
		"another's": {func(int, *stun.Message) []byte {
			return sees("203.0.113.7", stun.MustBuild(stun.TransactionID, stun.BindingRequest))
		}, "", "i/o timeout"},
		"garbage": {func(int, *stun.Message) []byte { return []byte("hello") }, "", "i/o timeout"},
		"a refusal": {func(_ int, r *stun.Message) []byte { return stun.MustBuild(r, stun.BindingError).Raw }, "",
			"refuses"},
		"no address": {func(_ int, r *stun.Message) []byte { return stun.MustBuild(r, stun.BindingSuccess).Raw }, "",
			"attribute not found"},
		"0.0.0.0": {func(_ int, r *stun.Message) []byte { return sees("0.0.0.0", r) }, "", "no address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := public(t.Context(), "sip.advertise", "stun:"+stunServer(t, tc.answer), "127.0.0.1:5060")
			assert.Equal(t, tc.want, got)
			if tc.err == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "sip.advertise: the STUN server")
			require.ErrorContains(t, err, tc.err)
		})
	}
}

// Nobody there is told with the key, and an end of the wait is one.
func TestStunServerIsAway(t *testing.T) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	at := c.LocalAddr().String()
	require.NoError(t, c.Close())
	conf := config.Demo()
	conf.Listen, conf.SIP.Listen, conf.Data = "127.0.0.1:0", "127.0.0.1:0", t.TempDir()
	conf.RTC.Advertise = "stun:" + at
	_, err = Start(t.Context(), conf, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "rtc.advertise: the STUN server "+at)

	mute := stunServer(t, func(int, *stun.Message) []byte { return nil })
	why := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, why)
	defer cancel()
	_, err = public(ctx, "sip.advertise", "stun:"+mute, "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
