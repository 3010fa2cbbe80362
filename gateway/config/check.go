package config

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tccc/internal/clip"
)

// check looks at what single keys cannot tell: what must be there, what refers
// to what, and what is not safe.
func (r *report) check(c *Config) {
	r.required(reflect.ValueOf(c).Elem(), "")
	r.checkSecrets(reflect.ValueOf(c).Elem())
	r.checkListeners(c)
	r.checkSIP(&c.SIP)
	if u, err := url.Parse(c.Tracing.Endpoint); c.Tracing.Endpoint != "" &&
		(err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil) {
		r.fail("tracing.endpoint", "must be an address such as http://127.0.0.1:4318/v1/traces")
	}
	trunks := map[string]bool{}
	for i, t := range c.SIP.Trunks {
		r.once(trunks, t.Name, fmt.Sprintf("sip.trunks[%d].name", i))
	}
	if len(c.Apps) == 0 {
		r.fail("apps", "must have at least one application")
	}
	apps, numbers, secretIDs, phones := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range c.Apps {
		a, at := &c.Apps[i], index("apps", i)
		r.once(apps, a.SDKAppID, at+".sdkAppId")
		r.checkApp(a, at, trunks)
		for j, n := range a.Numbers { // as they were read
			r.once(numbers, n.Number, fmt.Sprintf("%s.numbers[%d].number", at, j))
		}
		for j, g := range a.Agents {
			if !g.ExtensionPassword.IsZero() { // SIP knows no applications
				r.once(phones, g.Extension, fmt.Sprintf("%s.agents[%d].extension", at, j))
			}
		}
		for j, k := range a.CloudAPI {
			r.once(secretIDs, k.SecretID, fmt.Sprintf("%s.cloudApi[%d].secretId", at, j))
		}
	}
	if !c.Demo {
		r.refuseDemo(reflect.ValueOf(c).Elem(), "")
	}
}

// required looks for empty keys that must be set.
func (r *report) required(v reflect.Value, path string) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, field := f.Tag.Get("yaml"), v.Field(i)
		switch at := join(path, name); {
		case name == "-":
		case isScalar(f.Type) || isScalarList(f.Type):
			if f.Tag.Get("required") != "" && field.IsZero() {
				r.fail(at, "must be set")
			}
		case f.Type.Kind() == reflect.Slice:
			for j := range field.Len() {
				r.required(field.Index(j), index(at, j))
			}
		default:
			r.required(field, at)
		}
	}
}

// once refuses a second use of an id.
func (r *report) once(seen map[string]bool, id, at string) {
	if id != "" && seen[id] {
		r.fail(at, "%q is used twice: it must be unique", clip.Shown(id, 40))
	}
	seen[id] = true
}

// oneOf refuses a reference to something that is not there.
func (r *report) oneOf(known map[string]bool, id, at, what string) {
	if id == "" || known[id] {
		return
	}
	names := slices.Sorted(maps.Keys(known))
	if len(names) > 10 {
		names = append(names[:10], "…")
	}
	list := "none is configured"
	if len(names) > 0 {
		list = "configured are " + strings.Join(names, ", ")
	}
	r.fail(at, "there is no %s %q; %s", what, clip.Shown(id, 40), list)
}

func (r *report) origin(text, at, sample string) {
	if text != "*" && (!isOrigin(text) || !asSent(text)) {
		r.fail(at, "must be an origin such as %s, without a path, or \"*\"; written as browsers do (small letters, no usual port), not %q",
			sample, clip.Shown(text, 40))
	}
}

func (r *report) checkListeners(c *Config) {
	exposed := map[string]string{"listen": c.Listen, "sip.listen": c.SIP.Listen, "rtc.listen": c.RTC.Listen}
	if c.RTC.TCP != "off" {
		exposed["rtc.tcp"] = c.RTC.TCP
	}
	if c.Metrics.Listen != "" {
		exposed["metrics.listen"] = c.Metrics.Listen
	}
	if c.SIP.TLS.Listen != "" {
		exposed["sip.tls.listen"] = c.SIP.TLS.Listen
	}
	if c.RTC.TURN.Listen != "" {
		exposed["rtc.turn.listen"] = c.RTC.TURN.Listen
	}
	for _, key := range slices.Sorted(maps.Keys(exposed)) {
		host, err := splitListen(exposed[key])
		switch {
		case err != nil:
			r.fail(key, "must be HOST:PORT, for instance 127.0.0.1:8080 or 0.0.0.0:0, not %q",
				clip.Shown(exposed[key], 40))
		case c.Demo && !c.ExposeDemo && !isLoopback(host):
			r.fail(key, "%q is not a loopback address: the demo tenant has known passwords and stays on 127.0.0.1, unless exposeDemo is true", clip.Shown(exposed[key], 40))
		}
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		r.fail("tls", "cert and key must be given together")
	}
	if a := c.RTC.Advertise; a != "" && net.ParseIP(a) == nil &&
		(!strings.HasPrefix(a, "stun:") || !isPeer(a[len("stun:"):])) {
		r.fail("rtc.advertise", "must be an IP address, or stun:HOST[:PORT] of a STUN server, not %q",
			clip.Shown(a, 40))
	}
	r.checkTURN(&c.RTC.TURN, c.RTC.Advertise)
	for i, proxy := range c.TrustedProxies {
		r.network(proxy, index("trustedProxies", i))
	}
	for i, origin := range c.Origins {
		r.origin(origin, index("origins", i), "https://crm.example.com")
	}
	if c.PublicURL != "" && !isBase(c.PublicURL) {
		r.fail("publicURL", "must be http(s)://HOST[:PORT][/PATH] without a query, not %q", clip.Shown(c.PublicURL, 40))
	}
	for server := range strings.SplitSeq(c.NATS.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(server))
		if c.NATS.URL != "" && (err != nil || u.Host == "" ||
			!slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme)) {
			// may hold a password: not shown
			r.fail("nats.url", "must be nats://HOST:PORT, several separated by commas")
		}
	}
}

func splitListen(address string) (host string, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", err
	}
	if host != "" && net.ParseIP(host) == nil && !hostName.MatchString(host) {
		return "", fmt.Errorf("%q is not a host", host)
	}
	return host, nil
}

var hostName = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$`)

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		u.Scheme+"://"+u.Host == text
}

// asSent reports whether a browser would write an origin like this: others are
// equal to none. There are no patterns but "*".
func asSent(text string) bool {
	return strings.ToLower(text) == text && !strings.Contains(text, "*") &&
		!(strings.HasPrefix(text, "https:") && strings.HasSuffix(text, ":443")) &&
		!(strings.HasPrefix(text, "http:") && strings.HasSuffix(text, ":80"))
}

// isBase reports whether text is an address that paths can be added to.
func isBase(text string) bool {
	u, err := url.Parse(text)
	return err == nil && isOrigin(u.Scheme+"://"+u.Host) && u.User == nil && u.RawQuery == "" && u.Fragment == "" &&
		!strings.ContainsAny(text, "?#")
}

func (r *report) checkSIP(s *SIP) {
	r.checkCodecs(s.Phones.Codecs, "sip.phones.codecs")
	if s.SessionTimer != 0 && s.SessionTimer < 90*time.Second {
		r.fail("sip.sessionTimer", "must be 0 or at least 90s (RFC 4028 section 5), not %s", s.SessionTimer)
	}
	if s.RTPAddress != "" && net.ParseIP(s.RTPAddress) == nil {
		r.fail("sip.rtpAddress", "must be an IP address, not %q", clip.Shown(s.RTPAddress, 40))
	}
	if s.Advertise != "" && !isPeer(strings.TrimPrefix(s.Advertise, "stun:")) {
		r.fail("sip.advertise", "must be HOST, HOST:PORT, or stun:HOST[:PORT] of a STUN server, not %q",
			clip.Shown(s.Advertise, 40))
	}
	if t := &s.TLS; (t.Listen == "") != (t.Cert == "") || (t.Cert == "") != (t.Key == "") {
		r.fail("sip.tls", "listen, cert and key must be given together")
	}
	for i, proxy := range s.Proxies {
		r.network(proxy, index("sip.proxies", i))
	}
	for i := range s.Trunks {
		r.checkTrunk(&s.Trunks[i], index("sip.trunks", i))
	}
}

// checkNumbering is of digits, as they are dialled.
func (r *report) checkNumbering(n *Numbering, at string) {
	digits := func(key, text string, least, most int) {
		if len(text) < least || len(text) > most || strings.Trim(text, "0123456789") != "" {
			r.fail(at+"."+key, "must be %d to %d digits, not %q", least, most, clip.Shown(text, 20))
		}
	}
	if n.Country == "" {
		if n.Send != "asIs" || n.Show != "asIs" || len(n.Bare) > 0 {
			r.fail(at+".country", "must be set: the other forms of a number begin with it")
		}
		return
	}
	digits("country", n.Country, 1, 3)
	digits("international", n.International, 1, 5)
	if n.National != "-" {
		digits("national", n.National, 1, 3)
	}
	for i, b := range n.Bare {
		digits(fmt.Sprintf("bare[%d]", i), b, 1, 8)
	}
}

func (r *report) checkTrunk(t *Trunk, at string) {
	if t.Address != "" && !isPeer(t.Address) {
		r.fail(at+".address", "must be HOST or HOST:PORT, not %q", clip.Shown(t.Address, 40))
	}
	r.checkTargets(t, at)
	for _, key := range []struct{ name, value string }{{"domain", t.Domain}, {"proxy", t.Proxy}} {
		if key.value != "" && !isPeer(key.value) {
			r.fail(at+"."+key.name, "must be HOST or HOST:PORT, not %q", clip.Shown(key.value, 40))
		}
	}
	if t.Proxy != "" && t.Address == "" && len(t.Addresses) == 0 && t.Domain == "" {
		r.fail(at+".proxy", "needs address or domain: whom the proxy leads to")
	}
	if t.AuthUser != "" && t.Username == "" {
		r.fail(at+".authUser", "needs username")
	}
	if t.Register && (!t.callsOut() || t.Username == "") {
		r.fail(at+".register", "needs address and username")
	}
	if (t.Inbound.Username == "") != t.Inbound.Password.IsZero() {
		r.fail(at+".inbound", "username and password must be given together")
	}
	if t.Username == "" && !t.Password.IsZero() {
		r.fail(at+".password", "needs username")
	}
	if t.Transport != "tls" && t.Transport != "auto" && t.TLS != (TrunkTLS{}) {
		r.fail(at+".tls", "needs transport tls or auto")
	}
	r.checkNumbering(&t.Numbers, at+".numbers")
	if t.SRTP == "require" && t.Transport != "tls" && t.callsOut() && !t.SRTPWithoutTLS {
		r.fail(at+".srtp", "require needs transport tls, which hides the keys, or srtpWithoutTLS: true")
	}
	for j, address := range t.Inbound.Addresses {
		r.network(address, fmt.Sprintf("%s.inbound.addresses[%d]", at, j))
	}
	r.checkCodecs(t.Codecs, at+".codecs")
}

// checkCodecs looks at a list of codecs.
func (r *report) checkCodecs(list []string, at string) {
	if len(list) == 0 {
		r.fail(at, "must name at least one of PCMU, PCMA, G722, opus")
	}
	for i, name := range list {
		if slices.Contains(list[:i], name) {
			r.fail(index(at, i), "%s is in the list twice", name)
		}
	}
}

// maxAddresses bounds the addresses of a trunk, address among them.
const maxAddresses = 8

// checkTargets looks at where a trunk's requests go.
func (r *report) checkTargets(t *Trunk, at string) {
	seen := map[string]bool{t.Address: true}
	for i, address := range t.Addresses {
		key := index(at+".addresses", i)
		switch {
		case !isPeer(address):
			r.fail(key, "must be HOST or HOST:PORT, not %q", clip.Shown(address, 40))
		case seen[address]:
			r.fail(key, "%q is there twice", clip.Shown(address, 40))
		}
		seen[address] = true
	}
	if len(t.Addresses) >= maxAddresses {
		r.fail(at+".addresses", "must be fewer than %d", maxAddresses)
	}
	if len(t.Addresses) > 0 && t.Proxy != "" {
		r.fail(at+".addresses", "has no effect with proxy, which all requests go to: leave one of the two out")
	}
	switch {
	case t.Watch > 0 && t.Watch < 5*time.Second:
		r.fail(at+".watch", "must be 0 or at least 5s, not %s", t.Watch)
	case t.Watch > 0 && !t.callsOut():
		r.fail(at+".watch", "needs an address to watch")
	}
}

// callsOut reports whether the trunk has somewhere to send requests to.
func (t *Trunk) callsOut() bool { return t.Address != "" || len(t.Addresses) > 0 || t.Proxy != "" }

// network refuses what is neither an IP address nor a network.
func (r *report) network(text, at string) {
	_, err1 := netip.ParseAddr(text)
	_, err2 := netip.ParsePrefix(text)
	if err1 != nil && err2 != nil {
		r.fail(at, "must be an IP address or a network such as 192.0.2.0/24, not %q", clip.Shown(text, 40))
	}
}

// isPeer reports whether the text is HOST or HOST:PORT.
func isPeer(address string) bool {
	if net.ParseIP(address) != nil || hostName.MatchString(address) {
		return true
	}
	host, err := splitListen(address)
	return err == nil && host != ""
}

// demoCredentials are the secrets and secret ids of the demo tenant.
var demoCredentials = sync.OnceValue(func() map[string]bool {
	all, demo := map[string]bool{}, &Config{}
	(&report{places: map[string]place{}}).parse(DemoYAML, demo)
	for _, a := range demo.Apps {
		all[a.UserSig.Key.Reveal()] = true
		for _, k := range a.CloudAPI {
			all[k.SecretID], all[k.SecretKey.Reveal()] = true, true
		}
		for _, agent := range a.Agents {
			all[agent.Password.Reveal()], all[agent.ExtensionPassword.Reveal()] = true, true
		}
	}
	delete(all, "")
	return all
})

// refuseDemo looks for credentials of the demo tenant, which everybody knows.
func (r *report) refuseDemo(v reflect.Value, path string) {
	switch {
	case v.Type() == typeSecret:
		if demoCredentials()[v.Interface().(Secret).Reveal()] {
			r.fail(path, "is a credential of the demo tenant, which everybody knows: choose your own, or set demo to true")
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			r.refuseDemo(v.Index(i), index(path, i))
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Tag.Get("yaml"); name != "-" && name != "" {
				r.refuseDemo(v.Field(i), join(path, name))
			}
		}
	case strings.HasSuffix(path, ".secretId"):
		if demoCredentials()[v.String()] {
			r.fail(path, "is a credential of the demo tenant, which everybody knows: choose your own, or set demo to true")
		}
	}
}
