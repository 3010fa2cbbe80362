package desk

import (
	"encoding/json"
	"os"
	"testing"
	"time"
)

// FuzzUserSig reads UserSigs: none that was not signed may be good, and none
// may take much memory or time.
func FuzzUserSig(f *testing.F) {
	var cases struct {
		Cases []struct {
			UserSig string
			Now     int64
		}
	}
	text, err := os.ReadFile("testdata/usersigs.json")
	if err != nil {
		f.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		f.Fatal(err)
	}
	for _, c := range cases.Cases {
		f.Add(c.UserSig)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseUserSig(text)
		if err != nil {
			return
		}
		if s.Version != "2.0" {
			t.Fatalf("version %q was taken", s.Version)
		}
		if err := s.verify(s.SDKAppID.String(), s.Identifier, "a key that nobody has", time.Unix(cases.Cases[0].Now, 0)); err == nil {
			t.Fatalf("%q was verified", text)
		}
	})
}

// FuzzBody decodes bodies of every command.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		`{"SessionId":"s"}`, `{"ClientUserId":"u","CustomerServiceId":"@s"}`, `null`, `{"SessionId":1}`,
		`{"SessionId":"s","MsgRandom":7,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}],"CloudCustomData":"y"}`,
		`{"FromAccount":"@s","ToAccount":"u","MsgBody":[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"{}"}}]}`,
	} {
		f.Add([]byte(body))
	}
	h := New(Options{})
	f.Fuzz(func(t *testing.T, body []byte) {
		for name, run := range commands {
			result, err := run(h, t.Context(), "1", body)
			if _, state := result.(stateResult); err == nil && !state {
				t.Fatalf("%s succeeded without a session: %q", name, body)
			}
		}
	})
}
