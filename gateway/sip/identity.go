package sip

import (
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Where a trunk's numbers may be read from: [Trunk.CallerFrom].
var callerHeaders = map[string]string{
	"from": "From", "pai": "P-Asserted-Identity", "ppi": "P-Preferred-Identity", "rpid": "Remote-Party-ID",
	"diversion":   "Diversion",
	"historyInfo": "History-Info",
}

// And [Trunk.CalledFrom]; requestUri is no header.
var calledHeaders = map[string]string{
	"requestUri": "", "to": "To", "pCalledPartyId": "P-Called-Party-ID", "diversion": "Diversion",
	"historyInfo": "History-Info",
}

// calledUsually is the order without [Trunk.CalledFrom]. Where the Request-URI
// names the account that has registered, the number is in one of the others
// (RFC 7315 section 4.2).
var calledUsually = []string{"requestUri", "pCalledPartyId", "to"}

// identity is who calls.
type identity struct{ number, display string }

// caller reads who calls. Nobody, if the caller wants that (RFC 3323).
func (t *trunk) caller(req *sip.Request) identity {
	if withheld(req) {
		return identity{}
	}
	if len(t.CallerFrom) > 0 {
		for _, source := range t.CallerFrom {
			if found, ok := t.callerIn(req, source); ok {
				return found
			}
		}
		return identity{}
	}
	from, _ := t.callerIn(req, "from")
	if isNumber(from.number) && !t.isAccount(from.number) {
		return from
	}
	for _, source := range []string{"pai", "rpid"} {
		if found, ok := t.callerIn(req, source); ok && isNumber(found.number) {
			return found
		}
	}
	if t.isAccount(from.number) && !isNumber(from.number) {
		return identity{}
	}
	return from
}

// callerIn reads one source. What a peer outside of the trust domain asserts
// counts for nothing (RFC 3325 section 5).
func (t *trunk) callerIn(req *sip.Request, source string) (found identity, ok bool) {
	if source != "from" && source != "diversion" && t.Untrusted {
		return identity{}, false
	}
	list := addresses(req, callerHeaders[source])
	if source == "historyInfo" {
		list = diverters(list)
	}
	for _, a := range list {
		user := number(userOf(a.uri))
		if user == "" || unnamed(user) {
			continue
		}
		if !ok || isNumber(user) && !isNumber(found.number) {
			found, ok = identity{user, cleanText(a.display)}, true
		}
	}
	return found, ok
}

// diverters are who sent a call on, the last one first: all places that it has
// been to (RFC 7044 section 5) but the one where it is. Those who want that kept
// from others are left out (section 10.1).
func diverters(list []party) (out []party) {
	for i := len(list) - 2; i >= 0; i-- {
		hidden, _ := list[i].uri.Headers.Get("Privacy")
		if hidden == "" || strings.EqualFold(hidden, "none") {
			out = append(out, list[i])
		}
	}
	return out
}

// called reads which number was called: the first that is one of the trunk's,
// else the first that there is.
func (s *Server) called(t *trunk, req *sip.Request) string {
	order := t.CalledFrom
	if len(order) == 0 {
		order = calledUsually
	}
	var all []string
	for _, source := range order {
		all = append(all, calledIn(req, source)...)
	}
	for _, n := range all {
		if own, ok := s.owns(t, n); ok {
			return own
		}
	}
	if i := slices.IndexFunc(all, func(n string) bool { return isNumber(n) && !t.isAccount(n) }); i >= 0 &&
		len(t.CalledFrom) == 0 {
		return all[i]
	}
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

func calledIn(req *sip.Request, source string) (all []string) {
	list := []party{{uri: req.Recipient}}
	if name := calledHeaders[source]; name != "" {
		list = addresses(req, name)
	}
	for _, a := range list {
		if n := number(userOf(a.uri)); n != "" {
			all = append(all, n)
		}
	}
	return all
}

func (s *Server) owns(t *trunk, number string) (string, bool) {
	if s.o.Owns == nil {
		return "", false
	}
	for _, form := range t.Plan.Forms(number) {
		if own, ok := s.o.Owns(t.Name, form); ok {
			return own, true
		}
	}
	return "", false
}

// isAccount reports whether a user name is the trunk's own.
func (t *trunk) isAccount(user string) bool {
	for _, own := range []string{t.Username, t.AuthUser, t.FromUser, t.Inbound.Username, t.Name} {
		if own != "" && strings.EqualFold(own, user) {
			return true
		}
	}
	return false
}

// addresses reads a header that lists names and addresses.
func addresses(m sip.Message, name string) (list []party) {
	switch name {
	case "From":
		return []party{{m.From().DisplayName, m.From().Address}}
	case "To":
		return []party{{m.To().DisplayName, m.To().Address}}
	}
	for _, value := range values(m, name) {
		for _, text := range splitAddresses(value) {
			var uri sip.Uri
			var params sip.HeaderParams
			display, err := sip.ParseAddressValue(strings.TrimSpace(text), &uri, &params)
			if err == nil && len(list) < maxAddresses {
				list = append(list, party{display, uri})
			}
		}
	}
	return list
}

// maxAddresses bounds what is read of one header.
const maxAddresses = 8

// withheld reports whether the caller does not want to be known: a Privacy
// header (RFC 3323 section 4.2), that of Remote-Party-ID, or a From that says
// so (section 4.1.1.3).
func withheld(req *sip.Request) bool {
	for _, value := range values(req, "Privacy") {
		for _, p := range strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			switch strings.ToLower(p) {
			case "id", "header", "user":
				return true
			}
		}
	}
	for _, value := range values(req, "Remote-Party-ID") {
		for _, p := range splitParams(value)[1:] {
			name, v, _ := strings.Cut(p, "=")
			v = strings.ToLower(strings.Trim(v, `" `))
			if strings.EqualFold(strings.TrimSpace(name), "privacy") && v != "off" && v != "" {
				return true
			}
		}
	}
	from := req.From()
	return strings.EqualFold(from.Address.Host, "anonymous.invalid") ||
		hides(userOf(from.Address)) || hides(cleanText(from.DisplayName))
}

// hides reports whether a name says that its owner wants none.
func hides(name string) bool {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "anonymous", "restricted", "private", "withheld":
		return true
	}
	return false
}

// unnamed reports whether a name says that there is none.
func unnamed(name string) bool {
	switch strings.ToLower(name) {
	case "unknown", "unavailable", "invalid":
		return true
	}
	return hides(name)
}

// number takes the visual separators out of a telephone number (RFC 3966
// section 5.1.1); other user names stay as they are.
func number(user string) string {
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune("-.()", r) {
			return -1
		}
		return r
	}, user)
	if isNumber(plain) {
		return plain
	}
	return user
}

// isNumber reports whether a user name is a telephone number.
func isNumber(user string) bool {
	digits := strings.TrimPrefix(user, "+")
	return len(digits) >= 3 && !strings.ContainsFunc(digits, func(r rune) bool {
		return !strings.ContainsRune("0123456789*#", r)
	})
}
