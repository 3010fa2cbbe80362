package sip

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/mix"
)

// infoTypes are the bodies of INFO that carry digits.
var infoTypes = []string{
	"application/dtmf-relay", "application/dtmf", "audio/telephone-event", "application/vnd.nortelnetworks.digits",
}

// onInfo takes DTMF as INFO, which some trunks send instead of RFC 4733.
func (c *Call) onInfo(req *sip.Request, tx *sip.ServerTx) {
	digits, ok := infoDigits(bodyType(req), req.Body())
	if !ok {
		res := c.reply(req, 415, "", nil)
		res.RemoveHeader("Accept")
		res.AppendHeader(sip.NewHeader("Accept", strings.Join(infoTypes, ", ")))
		_ = tx.Respond(res)
		return
	}
	if c.st.talking() {
		for i := range len(digits) {
			c.digit(digits[i])
		}
	}
	_ = tx.Respond(c.reply(req, 200, "", nil))
}

// infoDigits reads the digits of an INFO body; none if it has something else,
// such as a hook flash. It reports false for types that are not known here.
func infoDigits(contentType string, body []byte) (digits string, ok bool) {
	switch contentType {
	case "":
		return "", true
	case "audio/telephone-event":
		if len(body) == 4 && body[0] < 16 { // as in RTP, RFC 4733 section 2.3
			return digit(int(body[0])), true
		}
	case "application/dtmf-relay", "application/dtmf", "application/vnd.nortelnetworks.digits":
	default:
		return "", false
	}
	value := strings.TrimPrefix(string(body), "\xef\xbb\xbf")
	for line := range strings.SplitSeq(strings.ReplaceAll(value, "\r", "\n"), "\n") {
		at := strings.IndexAny(line, "=:")
		if at < 0 {
			continue
		}
		name, v := line[:at], line[at+1:]
		value = ""
		if name = strings.ToLower(strings.TrimSpace(name)); name == "d" { // d=Digits=1
			if inner, rest, nested := strings.Cut(v, "="); nested {
				name, v = strings.ToLower(strings.TrimSpace(inner)), rest
			}
		}
		if name == "signal" || name == "d" || name == "digits" {
			value = v
			break
		}
	}
	return signals(strings.Trim(value, " \t\r\n\x00\"'")), true
}

// maxInfoDigits bounds what one INFO brings.
const maxInfoDigits = 32

// signals reads a value: a key, the number of an event, or several keys.
func signals(v string) string {
	if n, err := strconv.Atoi(v); err == nil && n >= 10 && len(v) == 2 {
		return digit(n)
	}
	switch strings.ToLower(v) {
	case "star":
		return "*"
	case "pound", "hash":
		return "#"
	}
	if len(v) > maxInfoDigits {
		return ""
	}
	out := ""
	for i := range len(v) {
		n := mix.EventOf(v[i])
		if n < 0 {
			return ""
		}
		out += digit(n)
	}
	return out
}

// digit is the key of an event, empty if it is none.
func digit(event int) string {
	if d := mix.DigitOf(byte(event)); event < 16 && d != 0 {
		return string(rune(d))
	}
	return ""
}
