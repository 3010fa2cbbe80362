package sip

import (
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

// owner is a server whose trunk "peer" has two numbers.
func owner(t *testing.T, change func(*Trunk)) (*agent, *phone) {
	a := newAgent(t, Options{Owns: func(trunk, number string) (string, bool) {
		for _, n := range []string{"4001000003", "+862112345678"} {
			if trunk == "peer" && strings.TrimPrefix(number, "+") == strings.TrimPrefix(n, "+") {
				return n, true
			}
		}
		return "", false
	}})
	p := newPhone(t, a)
	k := Trunk{Name: "peer", Address: p.addr(), Username: "trunk4711", Password: "p",
		Inbound: Inbound{Addresses: []string{p.addr()}}}
	if change != nil {
		change(&k)
	}
	require.NoError(t, a.SetTrunks([]Trunk{k}))
	return a, p
}

// calls sends an INVITE with these lines in place of the usual ones and gives
// what the call is told to be from and to.
func calls(t *testing.T, a *agent, p *phone, uri, from, to string, lines ...string) *Call {
	t.Helper()
	p.another()
	p.raw("INVITE " + uri + " SIP/2.0\r\nVia: SIP/2.0/UDP " + p.addr() + ";branch=z9hG4bK" + p.id + ";rport\r\n" +
		"From: " + from + ";tag=far\r\nTo: " + to + "\r\nCall-ID: " + p.id + "\r\nCSeq: 1 INVITE\r\nContact: <sip:x@" +
		p.addr() + ">\r\n" +
		strings.Join(append(lines, ""), "\r\n") + "Content-Type: application/sdp\r\n\r\n" + offerSDP)
	in := a.incoming()
	require.NoError(t, in.Reject(480, ""))
	require.Equal(t, Ended, next(t, in, Ended).Kind)
	return in
}

func TestWhoIsCalled(t *testing.T) {
	a, p := owner(t, nil)
	b, q := owner(t, func(k *Trunk) { k.CalledFrom = []string{"to"} })
	for name, tc := range map[string]struct {
		uri, to string
		lines   []string
		want    string
	}{
		"Request-URI":        {"sip:4001000003@gw", "<sip:x@gw>", nil, "4001000003"},
		"account, DID in To": {"sip:account123@gw", "<sip:4001000003@gw>", nil, "4001000003"},
		"own account":        {"sip:trunk4711@gw", "<sip:999@gw>", nil, "999"},
		"P-Called-Party-ID": {"sip:trunk4711@gw", "<sip:trunk4711@gw>",
			[]string{"P-Called-Party-ID: \"x, y\" <tel:+86-21-1234-5678;npdi>"}, "+862112345678"},
		"tel":                  {"tel:+86-21-1234-5678;phone-context=x", "<sip:x@gw>", nil, "+862112345678"},
		"without a plus":       {"sip:862112345678@gw", "<sip:x@gw>", nil, "+862112345678"},
		"parameters":           {"sip:+862112345678;npdi;rn=+8621@gw;user=phone", "<sip:x@gw>", nil, "+862112345678"},
		"escaped":              {"sip:%2B862112345678@gw", "<sip:x@gw>", nil, "+862112345678"},
		"forwarded to us":      {"sip:4001000003@gw", "<sip:13800000000@gw>", nil, "4001000003"},
		"a number of nobody's": {"sip:5551234@gw", "<sip:5559999@gw>", nil, "5551234"},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			require.Equal(t, tc.want, calls(t, a, p, tc.uri, "<sip:13900000001@x>", tc.to, tc.lines...).To())
		})
	}
	require.Equal(t, "x", calls(t, b, q, "sip:4001000003@gw", "<sip:1@x>", "<sip:x@gw>").To(), "as it is configured")
}

func TestWhoCalls(t *testing.T) {
	a, p := owner(t, nil)
	b, q := owner(t, func(k *Trunk) { k.Untrusted = true })
	c, r := owner(t, func(k *Trunk) { k.CallerFrom = []string{"diversion", "pai"} })
	pai := `P-Asserted-Identity: "Ann, B" <sip:13900000001@x;user=phone>, <tel:+8613900000001>`
	for name, tc := range map[string]struct {
		from  string
		lines []string
		want  string
		name  string
	}{
		"From":                   {`"Ann" <sip:13900000001@x>`, nil, "13900000001", "Ann"},
		"From counts":            {"<sip:4001@x>", []string{pai}, "4001", ""},
		"separators":             {"<tel:+86-139(0000)0001;phone-context=x>", nil, "+8613900000001", ""},
		"a name":                 {"<sip:alice@x>", nil, "alice", ""},
		"account, number in PAI": {"<sip:trunk4711@x>", []string{pai}, "13900000001", "Ann, B"},
		"other account":          {"<sip:trunk99@x>", []string{pai}, "13900000001", "Ann, B"},
		"account alone":          {"<sip:trunk4711@x>", nil, "", ""},
		"RPID": {"<sip:trunk4711@x>",
			[]string{"Remote-Party-ID: <sip:13900000001@x>;party=calling;privacy=off"}, "13900000001", ""},
		"RPID, hidden": {"<sip:13900000001@x>", []string{"Remote-Party-ID: <sip:13900000001@x>;privacy=full"},
			"", ""},
		"Privacy: id":           {`"Ann" <sip:13900000001@x>`, []string{"Privacy: id"}, "", ""},
		"Privacy: header":       {"<sip:13900000001@x>", []string{"Privacy: critical; header"}, "", ""},
		"Privacy: user":         {"<sip:trunk4711@x>", []string{pai, "Privacy: user;id"}, "", ""},
		"Privacy: none":         {"<sip:13900000001@x>", []string{"Privacy: none"}, "13900000001", ""},
		"anonymous.invalid":     {"\"Anonymous\" <sip:anonymous@anonymous.invalid>", []string{pai}, "", ""},
		"hidden by name":        {"\"Anonymous\" <sip:13900000001@x>", nil, "", ""},
		"restricted":            {"<sip:Restricted@x>", []string{pai}, "", ""},
		"unknown":               {"<sip:unknown@x>", nil, "", ""},
		"unknown, but asserted": {"<sip:unknown@unknown.invalid>", []string{pai}, "13900000001", "Ann, B"},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			in := calls(t, a, p, "sip:4001000003@gw", tc.from, "<sip:4001000003@gw>", tc.lines...)
			require.Equal(t, tc.want, in.From())
			require.Equal(t, tc.name, in.DisplayName())
		})
	}
	require.Empty(t, calls(t, b, q, "sip:4001000003@gw", "<sip:trunk4711@x>", "<sip:x@gw>", pai).From(), "not believed")
	div := "Diversion: <sip:02100000@x>;reason=unconditional"
	require.Equal(t, "02100000", calls(t, c, r, "sip:4001000003@gw", "<sip:1@x>", "<sip:x@gw>", pai, div).From())
	require.Equal(t, "13900000001", calls(t, c, r, "sip:4001000003@gw", "<sip:1@x>", "<sip:x@gw>", pai).From())
}

// A call that was sent on says where it has been (RFC 7044, RFC 5806).
func TestWhereACallHasBeen(t *testing.T) {
	a, p := owner(t, func(k *Trunk) {
		k.CalledFrom, k.CallerFrom =
			[]string{"historyInfo"}, []string{"historyInfo", "from"}
	})
	b, q := owner(t, func(k *Trunk) { k.CalledFrom = []string{"diversion", "historyInfo"} })
	c, r := owner(t, func(k *Trunk) { k.CallerFrom, k.Untrusted = []string{"historyInfo", "from"}, true })
	hi := []string{"History-Info: <sip:4001000003@gw?Reason=SIP%3Bcause%3D302>;index=1, <sip:02100000@x;user=phone?Reason=SIP%3Bcause%3D486>;index=1.1;rc=1",
		"History-Info: <sip:account@gw>;index=1.1.1;mp=1.1"}
	in := calls(t, a, p, "sip:account@gw", "<sip:1001@x>", "<sip:x@gw>", hi...)
	require.Equal(t, "4001000003", in.To(), "the number of ours that it was for")
	require.Equal(t, "02100000", in.From(), "who sent it on last")
	in = calls(t, a, p, "sip:account@gw", "<sip:1001@x>", "<sip:x@gw>",
		"History-Info: <sip:+862112345678@x?Privacy=history>;index=1",
		"history-info : <sip:4001000003@gw> ; index = 1.1")
	require.Equal(t, "+862112345678", in.To())
	require.Equal(t, "1001", in.From(), "who sent it on does not want to be known")
	require.Equal(t, "1001", calls(t, a, p, "sip:account@gw", "<sip:1001@x>", "<sip:x@gw>").From())
	in = calls(t, b, q, "sip:account@gw", "<sip:1001@x>", "<sip:x@gw>",
		append(hi, "Diversion: <tel:+862112345678>;reason=no-answer;counter=1")...)
	require.Equal(t, "+862112345678", in.To())
	require.Equal(t, "1001", calls(t, c, r, "sip:4001000003@gw", "<sip:1001@x>", "<sip:x@gw>", hi...).From(),
		"not believed")
}

// The registrar says which way calls go out (RFC 3608), until it says another.
func TestServiceRoute(t *testing.T) {
	for _, proxy := range []bool{false, true} {
		a, p := owner(t, func(k *Trunk) {
			k.Domain, k.Register = "home.example", true
			if proxy {
				k.Proxy = k.Address
			}
		})
		r := p.got("REGISTER")
		p.raw(strings.Replace(responseTo(r, 200), "Content-Length",
			"service-route: <sip:"+p.addr()+
				";lr>, <sip:s1.home.example;lr;x=\"1,2\">\r\nService-Route : < sip:s2.home.example ; lr >\r\n"+
				"Contact: "+header(r, "Contact")+";expires=2\r\nContent-Length", 1))
		wait(t, a)
		out := a.dial(Outgoing{From: "4001000003", To: "10086"})
		p.skip["REGISTER"], p.skip["ACK"] = true, true
		inv := p.got("INVITE")
		var routes []string
		for _, h := range inv.GetHeaders("Route") {
			routes = append(routes, h.Value())
		}
		require.Len(t, routes, 3, "%v", routes)
		require.Contains(t, routes[0], p.addr())
		require.Contains(t, routes[1], "s1.home.example")
		require.Contains(t, routes[2], "s2.home.example")
		p.answer(inv, 486, "x", nil, "")
		next(t, out, Ended)
		p.skip = map[string]bool{"INVITE": true, "ACK": true}
		p.raw(responseTo(p.got("REGISTER"), 200)) // without one
		require.Eventually(t, func() bool {
			return len(a.regs.routes(a.trunkNamed("peer"))) == len(
				a.trunkNamed("peer").routes())
		}, deadline, tick)
		p.skip["REGISTER"] = true
	}
}

// wait waits until a trunk's registration is up.
func wait(t *testing.T, a *agent) {
	t.Helper()
	require.Eventually(t, func() bool {
		a.regs.mu.Lock()
		defer a.regs.mu.Unlock()
		return a.regs.m["peer"].service.Load() != nil
	}, deadline, tick)
}

// An account of an IMS: a user with a domain, another name in credentials, and
// a proxy that everything goes through.
func TestAccountBehindAProxy(t *testing.T) {
	a, p := owner(t, func(k *Trunk) {
		k.Proxy, k.Address = k.Address, ""
		k.Domain, k.AuthUser, k.FromUser, k.Register = "ims.example", "user@private.example", "+862112345678", true
	})
	r := p.got("REGISTER")
	require.Equal(t, "sip:ims.example", r.Recipient.String())
	require.Equal(t, "<sip:"+p.addr()+";lr>", header(r, "Route"))
	require.Contains(t, header(r, "To"), "<sip:trunk4711@ims.example>")
	p.answer(r, 401, "x", asks("WWW-Authenticate", "ims.example", "n", ""), "")
	r = p.got("REGISTER")
	require.Contains(t, header(r, "Authorization"), `username="user@private.example"`)
	require.Contains(t, header(r, "Authorization"), `uri="sip:ims.example"`)
	p.raw(responseTo(r, 200))
	p.skip["REGISTER"] = true

	out := a.dial(Outgoing{From: "4001000003", To: "10086"})
	inv := p.got("INVITE")
	require.Equal(t, "sip:10086@ims.example", inv.Recipient.String())
	require.Equal(t, "<sip:"+p.addr()+";lr>", header(inv, "Route"))
	require.Contains(t, header(inv, "From"), "<sip:+862112345678@ims.example>")
	require.Equal(t, "<sip:4001000003@ims.example>", header(inv, "P-Asserted-Identity"))
	p.answer(inv, 200, "x", []string{"Record-Route: <sip:" + p.addr() + ";lr;a=b>"}, answerSDP)
	require.Equal(t, "<sip:"+p.addr()+";lr;a=b>", header(p.got("ACK"), "Route"))
	next(t, out, Answered)
	require.NoError(t, out.Hangup())
	p.answer(p.got("BYE"), 200, "", nil, "")
	next(t, out, Ended)

	out = a.dial(Outgoing{To: "10086"})
	inv = p.got("INVITE")
	require.Equal(t, "id", header(inv, "Privacy"))
	require.Empty(t, header(inv, "P-Asserted-Identity"))
	p.answer(inv, 486, "x", nil, "")
	next(t, out, Ended)
	p.skip["ACK"] = true
	go func() { _ = a.SetTrunks(nil) }()
	delete(p.skip, "REGISTER")
	p.raw(responseTo(p.got("REGISTER"), 200))
}

// Two accounts at one peer: the number says which of them a call is of.
func TestAccountsAtOnePeer(t *testing.T) {
	a := newAgent(t, Options{Owns: func(trunk, number string) (string, bool) {
		return number, trunk == "two" && number == "4001000003"
	}})
	p := newPhone(t, a)
	in := Inbound{Addresses: []string{"127.0.0.1"}}
	require.NoError(t, a.SetTrunks([]Trunk{{Name: "one", Inbound: in}, {Name: "two", Inbound: in},
		{Name: "three", Username: "u3", Inbound: in}}))
	require.Equal(t, "two", calls(t, a, p, "sip:4001000003@gw", "<sip:1@x>", "<sip:x@gw>").Trunk())
	require.Equal(t, "three", calls(t, a, p, "sip:u3@gw", "<sip:1@x>", "<sip:x@gw>").Trunk())
	require.Equal(t, "one", calls(t, a, p, "sip:nobody@gw", "<sip:1@x>", "<sip:x@gw>").Trunk())
}

func FuzzIdentity(f *testing.F) {
	f.Add("<sip:1@x>", `"a, b" <tel:+1-2>;privacy=full`, "id;user")
	f.Add("sip:anonymous@anonymous.invalid", "<", ";")
	f.Fuzz(func(t *testing.T, from, pai, privacy string) {
		req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: "a", Host: "x"})
		var uri sip.Uri
		name, err := sip.ParseAddressValue(from, &uri, &sip.HeaderParams{})
		if err != nil {
			return
		}
		req.AppendHeader(&sip.FromHeader{DisplayName: name, Address: uri})
		req.AppendHeader(&sip.ToHeader{Address: uri})
		for _, h := range []string{"P-Asserted-Identity", "Remote-Party-ID", "P-Called-Party-ID"} {
			req.AppendHeader(sip.NewHeader(h, pai))
		}
		req.AppendHeader(sip.NewHeader("Privacy", privacy))
		k := &trunk{Trunk: Trunk{Name: "t"}}
		if who := k.caller(req); strings.EqualFold(who.number, "anonymous") || control(who.number) {
			t.Fatalf("%q", who.number)
		}
		_ = (&Server{}).called(k, req)
	})
}
