package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
)

// checkSecrets refuses secrets that can be guessed (tag least, in characters).
func (r *report) checkSecrets(v reflect.Value) {
	walkSecrets(v, "", func(path string, s Secret, tag reflect.StructTag) {
		n, least := len(s.Reveal()), number(tag, "least")
		if n > 0 && n < least {
			r.fail(path, "must have at least %d characters", least)
		}
	})
}

// advise gives what a configuration may be, and yet is not safe: warnings of
// serve and of "tccc check", errors of "tccc check -strict".
func (r *report) advise(c *Config) []string {
	if c.Demo && !c.ExposeDemo {
		return nil
	}
	a := &report{file: r.file, places: r.places}
	if c.Demo {
		a.fail("exposeDemo", "everybody who reaches the gateway may log in as any agent of the demo")
		return a.texts()
	}
	walkSecrets(reflect.ValueOf(c).Elem(), "", func(path string, s Secret, tag reflect.StructTag) {
		n, sound := len(s.Reveal()), number(tag, "sound")
		if n > 0 && n < sound {
			a.fail(path, "is short: %d random characters or more are sound", sound)
		} else if least := max(sound, number(tag, "least")); n > 0 && least > 0 && monotonous(s.Reveal()) {
			a.fail(path, "is the same few characters over and over: %d random characters or more are sound", least)
		}
	})
	a.adviseNetworks(c)
	a.adviseOrigins(c)
	host, _ := splitListen(c.Listen)
	if alone := c.Metrics.Listen; alone != "" {
		host, _ = splitListen(alone)
	}
	if !isLoopback(host) && c.Metrics.Token.IsZero() {
		a.fail("metrics", "/metrics is open to everybody who reaches its port: set metrics.token, or metrics.listen on an address of your own")
	}
	return a.texts()
}

// texts is what was found, in words.
func (r *report) texts() []string {
	all := make([]string, len(r.errs))
	for i, e := range r.errs {
		all[i] = e.Error()
	}
	return all
}

// adviseNetworks warns of trust in more addresses than any carrier or company
// has.
func (r *report) adviseNetworks(c *Config) {
	for i, text := range c.TrustedProxies {
		if p, err := netip.ParsePrefix(text); err == nil && wide(p) {
			r.fail(index("trustedProxies", i),
				"%s is a large part of the internet: everybody there may say where its requests are from; "+
					"name the proxies' addresses", text)
		}
	}
	for i, text := range c.SIP.Proxies {
		if p, err := netip.ParsePrefix(text); err == nil && wide(p) {
			r.fail(index("sip.proxies", i),
				"%s is a large part of the internet: everybody there may call in as any trunk; "+
					"name the load balancers' addresses", text)
		}
	}
	for i, t := range c.SIP.Trunks {
		for j, text := range t.Inbound.Addresses {
			if p, err := netip.ParsePrefix(text); err == nil && wide(p) {
				r.fail(fmt.Sprintf("sip.trunks[%d].inbound.addresses[%d]", i, j),
					"%s is a large part of the internet: everybody there may call in as this trunk; name the carrier's addresses", text)
			}
		}
	}
}

func (r *report) adviseOrigins(c *Config) {
	const open = "lets pages of every site in; name the origins"
	for i, o := range c.Origins {
		if o == "*" {
			r.fail(index("origins", i), open)
		}
	}
	for i := range c.Apps {
		for j, o := range c.Apps[i].Visitors.Origins {
			if o == "*" {
				r.fail(fmt.Sprintf("apps[%d].visitors.origins[%d]", i, j), open)
			}
		}
	}
}

// wide reports whether a network is more than any carrier has.
func wide(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return p.Bits() < 8
	}
	return p.Bits() < 19
}

// monotonous reports whether a text has so few different characters that its
// length says nothing.
func monotonous(text string) bool {
	seen := map[rune]bool{}
	for _, c := range text {
		seen[c] = true
	}
	return len(seen) < 4
}

// walkSecrets visits every secret of a configuration.
func walkSecrets(v reflect.Value, path string, visit func(path string, s Secret, tag reflect.StructTag)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := f.Tag.Get("yaml")
		at := join(path, name)
		switch {
		case name == "-" || name == "":
		case f.Type == typeSecret:
			visit(at, v.Field(i).Interface().(Secret), f.Tag)
		case f.Type.Kind() == reflect.Struct:
			walkSecrets(v.Field(i), at, visit)
		case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
			for j := range v.Field(i).Len() {
				walkSecrets(v.Field(i).Index(j), index(at, j), visit)
			}
		}
	}
}

func number(tag reflect.StructTag, name string) int {
	n, _ := strconv.Atoi(tag.Get(name))
	return n
}
