package visitor

import (
	"strings"
	"testing"

	"tccc/wire"
)

// FuzzSecret takes secrets apart: none may do harm, and what is taken apart is
// whole.
func FuzzSecret(f *testing.F) {
	for _, s := range []string{"", ".", "e30.AAAA", strings.Repeat("A", 600),
		"eyJrIjoiSyIsImEiOiIxIiwidSI6InYiLCJ0IjoxfQ.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, secret string) {
		c, body, sum, err := parseSecret(secret)
		if err == nil && (c.User == "" || c.App == "" || len(sum) != 32 || !strings.HasPrefix(secret, body+".")) {
			t.Fatalf("%q was taken as %+v", secret, c)
		}
	})
}

// FuzzHello decodes what pages say of their customers.
func FuzzHello(f *testing.F) {
	for _, s := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"hello","params":{"sdkAppId":"1","nickname":"a","avatar":"https://x/"}}`,
		`{"jsonrpc":"2.0","id":1,"method":"hello","params":{"avatar":"javascript:x","clientData":"\u0000"}}`,
		`{"jsonrpc":"2.0","id":1,"method":"hello"}`, "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		frame, err := wire.Decode(text)
		if err != nil || !frame.IsRequest() {
			return
		}
		var p wire.HelloParams
		if wire.DecodeParams(frame.Params, &p) != nil || check(&p) != nil {
			return
		}
		c := customer(claim{User: "v"}, &p)
		if strings.ContainsFunc(c.Nickname+c.PeerSource+c.ChannelName+c.Avatar, unseen) || len(c.Nickname) > maxLabel ||
			len(c.ClientData) > maxClientData ||
			c.Avatar != "" && !strings.HasPrefix(strings.ToLower(c.Avatar), "http") {
			t.Fatalf("%q was taken", text)
		}
	})
}
