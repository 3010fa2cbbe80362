package sip

import (
	"bytes"
	"maps"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// newParser is sipgo's parser with one difference: a header that it cannot read
// is kept as text. What this server needs is then missing, and gets a 400 that
// names it; a Referred-By that nobody looks at harms nobody.
func newParser() *sip.Parser {
	list := maps.Clone(sip.DefaultHeadersParser())
	for name, parse := range list {
		if name == "content-length" || name == "l" { // it says where the message ends
			continue
		}
		if name == "refer-to" { // sipgo takes the first of a list, and what is no address
			delete(list, name)
			continue
		}
		list[name] = func(key []byte, text string) (sip.Header, error) {
			h, err := parse(key, text)
			if err == nil || err.Error() == "comma detected" { // sipgo's sign that another value follows
				return h, err
			}
			return sip.NewHeader(string(key), text), nil
		}
	}
	p := sip.NewParser(sip.WithHeadersParsers(list))
	p.MaxMessageLength = maxTidied
	return p
}

// maxTidied is the length of a message that tidy has made longer.
const maxTidied = 2 * maxMessage

// parse reads a whole message that was tidied.
func (s *Server) parse(b []byte) (sip.Message, error) { return s.parser.ParseSIP(b) }

// fault says what is wrong with a message that was tidied, as the phrase of a
// 400; empty: sipgo will understand it, and in one way only.
func (s *Server) fault(b []byte) string {
	if name := doubled(b); name != "" {
		return "More Than One " + name
	}
	if _, err := s.parse(b); err != nil {
		return "Bad Request"
	}
	return ""
}

// plainRefusal answers a request that cannot be read, from the lines that can (RFC
// 3261 section 8.2.6.2); nil if they are not there, or for an ACK.
func plainRefusal(clean []byte, code int, reason string) []byte {
	head, _ := headOf(clean)
	lines := unfolded(head)
	if len(lines) == 0 || strings.HasPrefix(lines[0], "SIP/") || strings.HasPrefix(lines[0], "ACK ") {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("SIP/2.0 " + strconv.Itoa(code) + " " + reason + "\r\n")
	found := map[string]bool{}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		lower := strings.ToLower(strings.TrimSpace(name))
		switch lower {
		case "via":
		case "from", "to", "call-id", "cseq":
			if found[lower] {
				continue
			}
		default:
			continue
		}
		found[lower] = true
		b.WriteString(line)
		if lower == "to" && !strings.Contains(strings.ToLower(value), ";tag=") {
			b.WriteString(";tag=" + token(16))
		}
		b.WriteString("\r\n")
	}
	if len(found) < 5 {
		return nil
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return b.Bytes()
}

// contentLength is what a tidied head says of its body. There is none without
// the header, unless a body is announced: over a stream its end is then unknown.
func contentLength(head []byte) (n int, known bool) {
	n, known = 0, true
	said := false
	for _, line := range unfolded(head) {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "content-length":
			v, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
			if err != nil || said && int(v) != n {
				return 0, false
			}
			n, said, known = int(v), true, true
		case "content-type":
			known = said
		}
	}
	return n, known
}
