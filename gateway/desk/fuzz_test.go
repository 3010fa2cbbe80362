package desk

import (
	"testing"

	"tccc/gateway/config"
)

type noApps struct{}

func (noApps) App(string) (config.App, bool) { return config.App{}, false }

// FuzzBody decodes bodies of every command.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		`{"SessionId":"s"}`, `{"ClientUserId":"u","CustomerServiceId":"@s"}`, `null`, `{"SessionId":1}`,
		`{"SessionId":"s","MsgRandom":7,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}],"CloudCustomData":"y"}`,
		`{"FromAccount":"@s","ToAccount":"u","MsgBody":[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"{}"}}]}`,
	} {
		f.Add([]byte(body))
	}
	h := New(Options{Apps: noApps{}})
	f.Fuzz(func(t *testing.T, body []byte) {
		for name, run := range commands {
			result, err := run(h, t.Context(), "1", body)
			if _, state := result.(stateResult); err == nil && !state {
				t.Fatalf("%s succeeded without a session: %q", name, body)
			}
		}
	})
}
