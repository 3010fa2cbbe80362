package sip

import (
	"bytes"
	"strings"
)

// tidy puts the head of a message into the form that sipgo's parser takes. It
// changes white space, ends of lines and the short names of headers, where RFC
// 3261 sections 7.3 and 25.1 allow several forms or peers take liberties, and
// nothing of what a message says. The body stays as it is.
func tidy(b []byte) []byte {
	head, body := headOf(b)
	out := make([]byte, 0, len(b)+64)
	for i, line := range unfolded(head) {
		if i == 0 {
			out = append(out, strings.Join(strings.Fields(line), " ")...)
			if strings.HasPrefix(line, "SIP/") && len(strings.Fields(line)) == 2 {
				out = append(out, ' ') // a status line without a phrase
			}
		} else {
			out = append(out, tidyHeader(line)...)
		}
		out = append(out, "\r\n"...)
	}
	out = append(out, "\r\n"...)
	return append(out, body...)
}

// headOf cuts a message where its head ends: at an empty line, however it is
// written. What comes before the start line is left out (section 7.5).
func headOf(b []byte) (head, body []byte) {
	b = bytes.TrimLeft(bytes.TrimPrefix(bytes.TrimLeft(b, "\r\n\x00"), []byte("\xef\xbb\xbf")), "\r\n\x00 \t")
	n := headLength(b)
	if n < 0 {
		return bytes.TrimRight(b, "\r\n\x00 \t"), nil
	}
	return b[:n], b[n:]
}

// headLength is how long a head is with its empty line, -1 if that is missing.
func headLength(b []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return -1
		}
		if at > 0 && len(bytes.Trim(b[at:at+i], "\r")) == 0 {
			return at + i + 1
		}
		at += i + 1
	}
}

// unfolded are the lines of a head, those that were folded joined, without the
// empty ones.
func unfolded(head []byte) []string {
	var out []string
	for line := range strings.SplitSeq(string(head), "\n") {
		folded := line != "" && (line[0] == ' ' || line[0] == '\t')
		if line = strings.Trim(line, " \t\r\x00"); line == "" {
			continue
		}
		if folded && len(out) > 0 {
			out[len(out)-1] += " " + line
			continue
		}
		out = append(out, line)
	}
	return out
}

// fullNames are those of the short forms of headers.
var fullNames = map[string]string{
	"a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition", "e": "Content-Encoding",
	"f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported", "l": "Content-Length", "m": "Contact",
	"n": "Identity-Info", "o": "Event", "r": "Refer-To", "s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via",
	"x": "Session-Expires",
	"y": "Identity",
}

// withGenericParams are the headers of the form value *( ; name = value ).
var withGenericParams = map[string]bool{
	"via": true, "from": true, "to": true, "contact": true, "route": true, "record-route": true, "refer-to": true,
	"referred-by": true, "diversion": true, "history-info": true, "p-asserted-identity": true,
	"p-preferred-identity": true, "p-called-party-id": true, "remote-party-id": true, "reply-to": true, "event": true,
	"session-expires": true, "min-se": true, "reason": true, "replaces": true, "content-disposition": true,
	"retry-after": true, "path": true, "service-route": true,
}

// tidyHeader writes one header.
func tidyHeader(line string) string {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return line
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if full := fullNames[strings.ToLower(name)]; full != "" {
		name = full
	}
	switch lower := strings.ToLower(name); {
	case lower == "cseq" || lower == "rack":
		value = strings.Join(strings.Fields(value), " ")
	case lower == "content-length" || lower == "max-forwards" || lower == "expires":
		value = strings.TrimSuffix(strings.TrimSpace(value), ";")
	case lower == "via":
		value = squeeze(value, ";=,:/")
	case lower == "content-type":
		value = squeeze(value, ";=,/")
	case withGenericParams[lower]:
		value = squeeze(value, ";=,")
	}
	return name + ": " + value
}

// squeeze leaves out white space around the separators, and empty parameters,
// outside of quotes and angle brackets.
func squeeze(v, separators string) string {
	var b strings.Builder
	quoted, bracket := false, false
	for i := 0; i < len(v); i++ {
		ch := v[i]
		switch {
		case quoted && ch == '\\' && i+1 < len(v):
			b.WriteByte(ch)
			i++
			ch = v[i]
		case ch == '"':
			quoted = !quoted
		case quoted:
		case ch == '<' || ch == '>':
			bracket = ch == '<'
		case bracket && (ch == ' ' || ch == '\t'):
			continue // a URI has none
		case bracket:
		case ch == ' ' || ch == '\t':
			next := strings.TrimLeft(v[i:], " \t")
			if next == "" || last(&b) == ' ' || strings.IndexByte(separators, next[0]) >= 0 ||
				strings.IndexByte(separators, last(&b)) >= 0 {
				continue
			}
			ch = ' '
		case ch == ';' && last(&b) == ';':
			continue
		}
		b.WriteByte(ch)
	}
	return strings.TrimRight(b.String(), "; \t")
}

// last is the byte that was written last; a blank at the beginning.
func last(b *strings.Builder) byte {
	if s := b.String(); s != "" {
		return s[len(s)-1]
	}
	return ' '
}
