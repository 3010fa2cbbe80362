package ccgateway

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 16 << 10

// form is the body of a sign-in. What a client leaves out is nil or empty.
type form struct {
	password   string
	phone      string
	autoAnswer bool
	autoIdle   *bool
	wrapUp     bool // sign in to wrap-up instead of idle
	push       bool // wants events pushed
}

// readForm reads the body of a sign-in: a JSON object whose numbers and
// booleans may be written as text. Fields that this door has no use for are
// ignored.
func readForm(r io.Reader) (*form, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err != nil {
		return nil, fail(CodeSignInEmpty, "the body could not be read")
	}
	return parseForm(body)
}

func parseForm(body []byte) (*form, error) {
	if len(body) > maxBody {
		return nil, fail(CodeSignInEmpty, "the body has more than %d bytes", maxBody)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, fail(CodeSignInEmpty, "the body is empty")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, fail(CodeSignInEmpty, "the body is not a JSON object")
	}
	text := map[string]string{}
	for _, name := range []string{
		"password", "phonenum", "autoanswer", "autoenteridle", "status", "agenttype", "callBackUri", "serviceToken",
	} {
		s, ok := scalar(fields[name])
		if !ok {
			return nil, fail(CodeSignInEmpty, "%s is not a text, number or boolean", name)
		}
		text[name] = s
	}
	return newForm(text)
}

func newForm(text map[string]string) (*form, error) {
	f := &form{password: text["password"], phone: text["phonenum"], autoAnswer: isTrue(text["autoanswer"])}
	switch {
	case f.password == "" || len(f.password) > 128:
		return nil, fail(CodeSignInEmpty, "password is missing or longer than 128 bytes")
	case len(f.phone) > 24:
		return nil, fail(CodeSignInEmpty, "phonenum is longer than 24 characters")
	}
	if s := text["autoenteridle"]; s != "" {
		idle := isTrue(s)
		f.autoIdle = &idle
	}
	switch text["status"] {
	case "", "4":
	case "5":
		f.wrapUp = true
	default:
		return nil, fail(CodeSignInInvalid, "status is neither 4 (idle) nor 5 (wrap-up)")
	}
	if s := text["agenttype"]; s != "" {
		if _, ok := number(s); !ok {
			return nil, fail(CodeAgentType, "agenttype is not a number")
		}
	}
	f.push = text["callBackUri"] != "" && text["serviceToken"] != ""
	return f, nil
}

// scalar is the text of a JSON text, number or boolean; null and a missing
// field are empty.
func scalar(raw json.RawMessage) (string, bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return "", true
	}
	switch raw[0] {
	case '{', '[':
		return "", false
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err == nil
	}
	return string(raw), true
}

// isTrue reads a flag: everything that is not true is false.
func isTrue(s string) bool { return strings.EqualFold(s, "true") || s == "1" }
