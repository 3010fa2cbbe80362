package sip

import (
	"slices"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sip/digest"
)

// q850 maps the causes of ISDN (ITU-T Q.850) to SIP as RFC 3398 section 7.2.4.1
// and its table do.
var q850 = map[int]int{
	1: 404, 2: 404, 3: 404, 16: 200, 17: 486, 18: 408, 19: 480, 20: 480, 21: 603, 22: 410, 23: 410, 26: 404, 27: 502,
	28: 484, 29: 501, 31: 480, 34: 503, 38: 503, 41: 503, 42: 503, 47: 503, 55: 403, 57: 403, 58: 503, 65: 488, 70: 488,
	79: 501, 87: 403, 88: 503, 102: 504, 111: 500, 127: 500,
}

// reason is one value of a Reason header (RFC 3326).
type reason struct {
	protocol string // in capitals
	cause    int
	text     string
}

func reasonsOf(m sip.Message) (list []reason) {
	for _, h := range values(m, "Reason") {
		for _, value := range splitList(h) {
			params := splitParams(value)
			r := reason{protocol: strings.ToUpper(strings.TrimSpace(params[0]))}
			for _, p := range params[1:] {
				name, v, _ := strings.Cut(p, "=")
				switch strings.ToLower(strings.TrimSpace(name)) {
				case "cause":
					r.cause, _ = strconv.Atoi(strings.Trim(v, " \t\""))
				case "text":
					r.text = cleanText(v)
				}
			}
			list = append(list, r)
		}
	}
	return list
}

// reasonOf reads the Reason headers of a message. SIP counts more than Q.850. It
// reports false if there is none of use.
func reasonOf(m sip.Message) (code int, text string, ok bool) {
	for _, r := range reasonsOf(m) {
		switch r.protocol {
		case "SIP":
			if r.cause >= 200 && r.cause < 700 {
				return r.cause, r.text, true
			}
		case "Q.850":
			if sipCode, known := q850[r.cause]; known && !ok {
				code, text, ok = sipCode, r.text, true
			}
		}
	}
	return code, text, ok
}

// outcome is how a final response that is no success ends a call. Where the
// status says little, the Reason header counts: gateways to the telephone
// network use few statuses for everything.
func outcome(res *sip.Response) Event {
	e := Event{ByRemote: true, Code: res.StatusCode, Text: cleanText(res.Reason)}
	code, text, ok := reasonOf(res)
	if !ok || code < 300 {
		return e
	}
	if vague := e.Code == 480 || e.Code == 487 || e.Code >= 500 && e.Code < 600; vague {
		e.Code, e.Text = code, statusText(code)
	}
	e.Text = orText(text, e.Text)
	return e
}

// elsewhere reports whether a CANCEL says that another has answered: SIP 200, or
// Q.850 26, non-selected user clearing.
func elsewhere(m sip.Message) bool {
	return slices.ContainsFunc(reasonsOf(m), func(r reason) bool {
		return r.protocol == "SIP" && r.cause == 200 || r.protocol == "Q.850" && r.cause == 26
	})
}

// cleanText takes the quotes off and bounds the length; it is the far side's
// text, for logs and reports only.
func cleanText(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, `"`) {
		if u, _, ok := digest.Unquote(s[1:]); ok {
			s = u
		}
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return clip(s, 120)
}

// splitList splits a header at commas outside of quotes.
func splitList(s string) []string { return splitOutside(s, ',') }

// splitParams splits parameters at semicolons outside of quotes.
func splitParams(s string) []string { return splitOutside(s, ';') }

func splitOutside(s string, sep byte) []string {
	var out []string
	quoted, from := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			out = append(out, s[from:i])
			from = i + 1
		}
	}
	return append(out, s[from:])
}

// hasToken reports whether a list header, such as Supported, contains a token.
func hasToken(m sip.Message, token string, names ...string) bool {
	for _, name := range names {
		for _, h := range m.GetHeaders(name) {
			for t := range strings.SplitSeq(h.Value(), ",") {
				if strings.EqualFold(strings.TrimSpace(t), token) {
					return true
				}
			}
		}
	}
	return false
}

// statusText is the usual phrase of a status.
func statusText(code int) string {
	if t, ok := statusTexts[code]; ok {
		return t
	}
	switch {
	case code < 200:
		return "Progress"
	case code < 300:
		return "OK"
	case code < 400:
		return "Redirected"
	}
	return "Failed"
}

var statusTexts = map[int]string{
	100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 400: "Bad Request", 401: "Unauthorized",
	403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 410: "Gone",
	415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
	422: "Session Interval Too Small", 480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist",
	482: "Loop Detected", 484: "Address Incomplete", 486: "Busy Here", 300: "Multiple Choices",
	380: "Alternative Service", 501: "Not Implemented", 502: "Bad Gateway", 202: "Accepted", 487: "Request Terminated",
	488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending", 500: "Server Internal Error",
	503: "Service Unavailable", 504: "Server Time-out", 600: "Busy Everywhere", 603: "Decline",
	604: "Does Not Exist Anywhere",
	606: "Not Acceptable",
}
