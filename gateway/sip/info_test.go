package sip

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInfoDigits(t *testing.T) {
	for _, tc := range []struct{ kind, body, want string }{
		{"application/dtmf-relay", "Signal=7\r\nDuration=160\r\n", "7"},
		{"application/dtmf-relay", "Duration=160\nsignal = *\n", "*"},
		{"application/dtmf-relay", "Signal=10\r\nDuration=100", "*"},
		{"application/dtmf-relay", "Signal=11", "#"},
		{"application/dtmf-relay", "Signal=12", "A"},
		{"application/dtmf-relay", "Signal=15", "D"},
		{"application/dtmf-relay", "Signal=16", ""},
		{"application/dtmf-relay", "Signal=d\r\n", "D"},
		{"application/dtmf-relay", "Duration=250\r\n", ""},
		{"application/dtmf-relay", "", ""},
		{"application/dtmf", "5", "5"},
		{"application/dtmf", " #\r\n", "#"},
		{"application/dtmf", "10", "*"},
		{"application/dtmf", "99", ""},
		{"audio/telephone-event", "1", "1"},
		{"audio/telephone-event", "11\r\n", "#"},
		{"audio/telephone-event", "\x0a\x8a\x03\x20", "*"},
		{"audio/telephone-event", "\x05\x8a\x03\x20", "5"},
		{"application/vnd.nortelnetworks.digits", "p=Digit-Collection\r\ny=Digits\r\n\r\nd=Digits=4\r\n", "4"},
		{"application/vnd.nortelnetworks.digits", "d=Digits=123\r\n", "123"},
		{"application/vnd.nortelnetworks.digits", "y=Digits\nd=11\n", "#"},
		{"application/vnd.nortelnetworks.digits", "d=Duration=250\n", ""},
		{"", "", ""},
	} {
		got, ok := infoDigits(tc.kind, []byte(tc.body))
		require.True(t, ok, tc.kind)
		require.Equal(t, tc.want, got, "%s %q", tc.kind, tc.body)
	}
	_, ok := infoDigits("text/plain", []byte("1"))
	require.False(t, ok)
}

// Each kind is heard on a call, whatever the letters and parameters of its type.
func TestInfoOnACall(t *testing.T) {
	a := newAgent(t, Options{})
	p := newPhone(t, a)
	in := p.answered(a, nil, offerSDP)
	for i, tc := range []struct{ kind, body, want string }{
		{"Application/DTMF-Relay", "Signal=10\r\nDuration=160\r\n", "*"},
		{"application/dtmf ;charset=us-ascii", "11", "#"},
		{"audio/telephone-event", "1", "1"},
		{"application/vnd.nortelnetworks.digits", "p=Digit-Collection\r\ny=Digits\r\nd=Digits=3\r\n", "3"},
	} {
		p.request("INFO", 10+i, []string{"Content-Type: " + tc.kind}, tc.body)
		p.response(200, "INFO")
		require.Equal(t, tc.want, fmt.Sprintf("%c", next(t, in, Digit).Digit))
	}
	p.request("INFO", 20, []string{"Content-Type: text/plain"}, "1")
	require.Contains(t, header(p.response(415, "INFO"), "Accept"), "dtmf-relay")
}
