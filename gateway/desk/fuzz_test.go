package desk

import "testing"

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
