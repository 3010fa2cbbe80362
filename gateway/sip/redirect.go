package sip

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sip/digest"
)

// redirected follows a redirection (RFC 3261 section 8.1.3.4): INVITE goes to
// the places that it names, one after the other, as long as they are the
// trunk's. It reports false if there is none left; e then says what to report.
func (u *uacState) redirected(c *Call, res *sip.Response, e *Event) bool {
	switch res.StatusCode {
	case 300, 301, 302:
		if u.seen == nil {
			u.seen = map[string]bool{c.dlg.target.String(): true}
		}
		found := u.follow(c, res)
		if len(u.next) == 0 && !found && res.Contact() != nil {
			e.Text = "redirected to another domain, which is refused"
		}
	default:
		if e.Code >= 600 { // nobody else shall be tried
			return false
		}
	}
	if len(u.next) == 0 || u.attempts >= maxAttempts {
		return false
	}
	c.dlg.target, u.next = u.next[0], u.next[1:]
	c.dlg.routes = c.s.regs.routes(u.site(c))
	u.try, u.others, u.straight = digest.Try{}, nil, false
	return c.step(inChallenge) && u.send(c) == nil
}

// follow notes the places of a redirection, the best first. It reports whether
// there was one within the trunk, new or not.
func (u *uacState) follow(c *Call, res *sip.Response) (found bool) {
	list := ranked(res, u.site(c).within)
	for _, uri := range list {
		if key := uri.String(); !u.seen[key] {
			u.seen[key] = true
			u.next = append(u.next, uri)
		}
	}
	return len(list) > 0
}

// ranked are the places of a redirection that may be asked, the best first.
func ranked(res *sip.Response, may func(sip.Uri) (sip.Uri, bool)) (uris []sip.Uri) {
	type place struct {
		uri sip.Uri
		q   float64
	}
	var list []place
	for _, h := range res.GetHeaders("Contact") {
		ct, ok := h.(*sip.ContactHeader)
		if !ok || len(list) == maxForks {
			continue
		}
		uri, ok := may(ct.Address)
		if !ok {
			continue
		}
		q, err := strconv.ParseFloat(ct.Params.GetOr("q", "1"), 64)
		if err != nil {
			q = 1
		}
		list = append(list, place{uri, q})
	}
	slices.SortStableFunc(list, func(a, b place) int { return cmp.Compare(b.q, a.q) })
	for _, p := range list {
		uris = append(uris, p.uri)
	}
	return uris
}

// forwardOf is whom a desk phone sends its calls to; empty if it refuses them
// only. Whether they go there is the consumer's to decide.
func forwardOf(res *sip.Response) string {
	if res.StatusCode < 300 || res.StatusCode > 302 {
		return ""
	}
	for _, uri := range ranked(res, func(uri sip.Uri) (sip.Uri, bool) { return uri, !uri.Wildcard }) {
		if s := uri.Scheme; sipScheme(s) || strings.EqualFold(s, "tel") {
			return userOf(uri)
		}
	}
	return ""
}

// site is the trunk as it is asked where the call has gone.
func (u *uacState) site(c *Call) *trunk {
	if u.at.via != nil {
		return u.at.via
	}
	return c.trunk
}

// within gives an address as the trunk can be asked for it. One of another
// domain is refused: it would carry the call, and its cost, to whom nobody
// chose.
func (t *trunk) within(uri sip.Uri) (sip.Uri, bool) {
	if t.domain == "" {
		return sip.Uri{}, false
	}
	if strings.EqualFold(uri.Scheme, "tel") {
		return t.at(number(userOf(uri))), true
	}
	if !sipScheme(uri.Scheme) || uri.Wildcard || uri.User == "" {
		return sip.Uri{}, false
	}
	host := strings.ToLower(uri.Host)
	_, err := netip.ParseAddr(strings.Trim(t.domain, "[]"))
	below := err != nil && strings.HasSuffix(host, "."+strings.ToLower(t.domain))
	if host != strings.ToLower(t.domain) && host != strings.ToLower(t.host) && !below {
		return sip.Uri{}, false
	}
	to := *uri.Clone()
	to.Headers = nil
	to.UriParams.Remove("method")
	return to, true
}
