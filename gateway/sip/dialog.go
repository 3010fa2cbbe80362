package sip

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// maxForwards is the hop limit of our requests, RFC 3261 section 8.1.1.6.
const maxForwards = 70

// allowed are the methods that this user agent takes.
const allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO"

// supported are the extensions: RFC 3262 and RFC 4028.
const supported = "100rel, timer"

// permit adds to what a message says is taken that who it goes to may transfer
// calls: many phones look for it before they offer that.
func (t *trunk) permit(m interface {
	GetHeader(string) sip.Header
	ReplaceHeader(sip.Header)
}) {
	if !t.refers() {
		return
	}
	if m.GetHeader("Allow") != nil {
		more := ", REFER"
		if t.ext != "" {
			more += ", SUBSCRIBE"
		}
		m.ReplaceHeader(sip.NewHeader("Allow", allowed+more))
	}
	if m.GetHeader("Supported") != nil {
		m.ReplaceHeader(sip.NewHeader("Supported", supported+", norefersub, replaces"))
	}
}

// dialog is the state of RFC 3261 section 12.
type dialog struct {
	callID     string
	local      party // From of our requests
	remote     party
	localTag   string
	remoteTag  string
	target     sip.Uri   // Contact of the far side
	routes     []sip.Uri // route set, in the order of use
	localSeq   uint32
	remoteSeq  uint32
	seqKnown   bool           // remoteSeq holds
	peer       netip.AddrPort // where the far side's messages come from, or the trunk
	network    string         // "UDP", "TCP" or "TLS"
	flow       bool           // everything goes to peer: a desk phone, which is where its messages come from
	contactURI sip.Uri
}

// party is a name and address.
type party struct {
	display string
	uri     sip.Uri
}

// request makes the next request of the dialog. ACK and CANCEL reuse the number
// of their INVITE and are given it by the caller.
func (d *dialog) request(s *Server, method sip.RequestMethod, seq uint32) *sip.Request {
	uri := d.target
	routes := d.routes
	if len(routes) > 0 && !routes[0].UriParams.Has("lr") { // a strict router, section 12.2.1.1
		uri = routes[0]
		routes = append(append([]sip.Uri(nil), routes[1:]...), d.target)
	}
	req := sip.NewRequest(method, *uri.Clone())
	s.addVia(req, d.network, d.peer)
	for _, r := range routes {
		req.AppendHeader(&sip.RouteHeader{Address: *r.Clone()})
	}
	mf := sip.MaxForwardsHeader(maxForwards)
	req.AppendHeader(&mf)
	from := &sip.FromHeader{DisplayName: d.local.display, Address: *d.local.uri.Clone()}
	from.Params.Add("tag", d.localTag)
	req.AppendHeader(from)
	to := &sip.ToHeader{DisplayName: d.remote.display, Address: *d.remote.uri.Clone()}
	if d.remoteTag != "" {
		to.Params.Add("tag", d.remoteTag)
	}
	req.AppendHeader(to)
	id := sip.CallIDHeader(d.callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	if method == sip.INVITE || method == sip.UPDATE {
		req.AppendHeader(&sip.ContactHeader{Address: *d.contactURI.Clone()})
		req.AppendHeader(sip.NewHeader("Allow", allowed))
		req.AppendHeader(sip.NewHeader("Supported", supported))
	}
	req.AppendHeader(sip.NewHeader("User-Agent", s.o.UserAgent))
	s.direct(req, d.network, s.hop(d))
	return req
}

// hop is where a dialog's requests go: over TCP the connection that its messages
// come on, as long as it is there. Contact is often an address that takes none
// (RFC 5923, RFC 5626 section 5.3).
func (s *Server) hop(d *dialog) netip.AddrPort {
	if d.network == "TCP" && s.connected(d.network, d.peer) {
		return d.peer
	}
	return d.nextHop()
}

// connected reports whether there is a connection to a peer.
func (s *Server) connected(network string, peer netip.AddrPort) bool {
	conn, err := s.tpl.GetConnection(network, peer.String())
	if err != nil || conn == nil {
		return false
	}
	_, _ = conn.TryClose()
	return true
}

// nextSeq counts a request of ours.
func (d *dialog) nextSeq() uint32 {
	d.localSeq++
	return d.localSeq
}

// nextHop is where the dialog's requests go: the first route or the far side's
// contact (section 12.2.1.1) if that is an address which can be reached, else
// where the far side's messages come from. The latter holds for host names too,
// and for a private address that was announced from a public one.
func (d *dialog) nextHop() netip.AddrPort {
	if d.flow || d.network == "TLS" {
		return d.peer // over the connection whose certificate was checked
	}
	uri := &d.target
	if len(d.routes) > 0 {
		uri = &d.routes[0]
	}
	addr, err := netip.ParseAddr(strings.Trim(uri.Host, "[]"))
	if err != nil || addr.IsUnspecified() {
		return d.peer
	}
	addr = addr.Unmap()
	if d.peer.IsValid() && unreachable(addr) && !unreachable(d.peer.Addr()) {
		return d.peer
	}
	port := uint16(uri.Port)
	if port == 0 {
		port = defaultPort(d.network)
	}
	return netip.AddrPortFrom(addr, port)
}

func defaultPort(network string) uint16 {
	if network == "TLS" {
		return 5061
	}
	return 5060
}

func unreachable(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast()
}

// ack makes the ACK of a 2xx, which is a transaction of its own (section
// 13.2.2.4).
func (d *dialog) ack(s *Server, seq uint32) *sip.Request { return d.request(s, sip.ACK, seq) }

// fromResponse takes over what a response that makes a dialog says (section
// 12.1.2).
func (d *dialog) fromResponse(res *sip.Response) error {
	to := res.To()
	if to == nil {
		return fmt.Errorf("a response without To")
	}
	d.remoteTag = to.Params.GetOr("tag", "")
	if c := res.Contact(); c != nil && sipScheme(c.Address.Scheme) {
		d.target = *c.Address.Clone()
	}
	d.routes = d.routes[:0:0]
	rr := res.GetHeaders("Record-Route")
	for i := len(rr) - 1; i >= 0; i-- { // reversed for the UAC
		if r, ok := rr[i].(*sip.RecordRouteHeader); ok {
			d.routes = append(d.routes, *r.Address.Clone())
		}
	}
	if src, err := netip.ParseAddrPort(res.Source()); err == nil {
		d.peer = unmapPort(src)
	}
	return nil
}

// fromRequest takes over what the INVITE says (section 12.1.1).
func (d *dialog) fromRequest(req *sip.Request) {
	d.callID = req.CallID().Value()
	from, to := req.From(), req.To()
	d.remote = party{from.DisplayName, *from.Address.Clone()}
	d.local = party{to.DisplayName, *to.Address.Clone()}
	d.remoteTag = from.Params.GetOr("tag", "")
	d.target = *from.Address.Clone()
	if c := req.Contact(); c != nil {
		d.target = *c.Address.Clone()
	}
	for _, h := range req.GetHeaders("Record-Route") {
		if r, ok := h.(*sip.RecordRouteHeader); ok {
			d.routes = append(d.routes, *r.Address.Clone())
		}
	}
	d.remoteSeq, d.seqKnown = req.CSeq().SeqNo, true
	d.network = sip.NetworkToUpper(req.Transport())
}

func sipScheme(s string) bool {
	return s == "" || strings.EqualFold(s, "sip") || strings.EqualFold(s, "sips")
}

func unmapPort(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
