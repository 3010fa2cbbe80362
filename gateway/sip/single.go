package sip

import "strings"

// single are the headers that a message has once at most, since what it says
// depends on which of two is read (RFC 3261 sections 7.3.1 and 20, RFC 3262
// section 7, RFC 3515 section 2.1, RFC 3891 section 6.1, RFC 4028 sections 4 and
// 5, RFC 6665 section 8.2.1). Others that peers double, such as Subject, change
// nothing.
var single = map[string]bool{
	"from": true, "to": true, "call-id": true, "cseq": true, "max-forwards": true, "content-length": true,
	"content-type": true, "content-disposition": true, "expires": true, "rack": true, "refer-to": true,
	"replaces": true, "session-expires": true, "min-se": true, "event": true,
}

// doubled names a header of a tidied request that must not be there twice, and
// is; empty: there is none, or it is a response. A list in one header is two of it; Contact is single
// in what makes a dialog (section 8.1.1.8).
func doubled(clean []byte) string {
	head, _ := headOf(clean)
	lines := unfolded(head)
	if len(lines) == 0 || strings.HasPrefix(lines[0], "SIP/") {
		return ""
	}
	seen := map[string]bool{}
	for i, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if i == 0 || !ok {
			continue
		}
		name = strings.TrimSpace(name)
		lower := strings.ToLower(name)
		contact := lower == "contact" && strings.HasPrefix(lines[0], "INVITE ")
		if !single[lower] && !contact {
			continue
		}
		addresses := contact || lower == "from" || lower == "to"
		if seen[lower] || addresses && len(splitAddresses(value)) > 1 {
			return name
		}
		seen[lower] = true
	}
	return ""
}

// splitAddresses splits a list of addresses at the commas outside of quotes and
// angle brackets.
func splitAddresses(s string) []string {
	var out []string
	quoted, bracket, from := false, false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case quoted:
		case s[i] == '<' || s[i] == '>':
			bracket = s[i] == '<'
		case s[i] == ',' && !bracket:
			out = append(out, s[from:i])
			from = i + 1
		}
	}
	return append(out, s[from:])
}
