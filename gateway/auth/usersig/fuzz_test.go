package usersig

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
	text, err := os.ReadFile("../../desk/testdata/usersigs.json")
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
		s, err := Parse(text)
		if err != nil {
			return
		}
		if s.Version != "2.0" {
			t.Fatalf("version %q was taken", s.Version)
		}
		if err := s.Verify(s.SDKAppID.String(), s.Identifier, "a key that nobody has",
			time.Unix(cases.Cases[0].Now, 0)); err == nil {
			t.Fatalf("%q was verified", text)
		}
	})
}
