package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/pion/stun/v4"
)

const (
	stunScheme = "stun:"
	stunPort   = "3478"
	stunTries  = 4
	stunWait   = time.Second // for an answer to one request
)

// openAddresses finds out what peers and browsers are to be told, where a STUN
// server is to say it.
func (g *Gateway) openAddresses(ctx context.Context) (err error) {
	g.publicSIP, err = public(ctx, "sip.advertise", g.conf.SIP.Advertise, g.conf.SIP.Listen)
	if err != nil {
		return err
	}
	g.publicRTC, err = public(ctx, "rtc.advertise", g.conf.RTC.Advertise, g.conf.RTC.Listen)
	if err != nil {
		return err
	}
	if g.publicSIP != g.conf.SIP.Advertise || g.publicRTC != g.conf.RTC.Advertise {
		g.log.Info("addresses as seen from outside", "sip", g.publicSIP, "rtc", g.publicRTC)
	}
	return nil
}

// public is the text of a key, or the address that the STUN server in it sees.
func public(ctx context.Context, key, text, listen string) (string, error) {
	server, ok := strings.CutPrefix(text, stunScheme)
	if !ok {
		return text, nil
	}
	if _, _, err := net.SplitHostPort(server); err != nil {
		server = net.JoinHostPort(strings.Trim(server, "[]"), stunPort)
	}
	host, _, _ := net.SplitHostPort(listen)
	addr, err := mapped(ctx, server, host)
	if err != nil {
		return "", fmt.Errorf("%s: the STUN server %s does not tell the address of this machine: %w; give the address itself, or open UDP to the server",
			key, server, err)
	}
	return addr.String(), nil
}

// mapped asks a STUN server from where it sees a socket on a host of this
// machine (RFC 8489 section 2). The port is one of the socket's own: NATs that
// change ports are of no use to a gateway.
func mapped(ctx context.Context, server, from string) (netip.Addr, error) {
	d := net.Dialer{}
	if ip := net.ParseIP(from); ip != nil && !ip.IsUnspecified() {
		d.LocalAddr = &net.UDPAddr{IP: ip}
	}
	conn, err := d.DialContext(ctx, "udp", server)
	if err != nil {
		return netip.Addr{}, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	request, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.Fingerprint)
	if err != nil {
		return netip.Addr{}, err
	}
	for range stunTries {
		if _, err = conn.Write(request.Raw); err != nil {
			continue // a refusal of the request before
		}
		var addr netip.Addr
		if addr, err = answered(conn, request.TransactionID); err == nil {
			return addr, nil
		}
		if ctx.Err() != nil {
			return netip.Addr{}, ctx.Err()
		}
	}
	return netip.Addr{}, err
}

// answered reads until the answer to a request.
func answered(conn net.Conn, id [stun.TransactionIDSize]byte) (netip.Addr, error) {
	if err := conn.SetReadDeadline(time.Now().Add(stunWait)); err != nil {
		return netip.Addr{}, err
	}
	buf := make([]byte, 1500)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return netip.Addr{}, err
		}
		answer := &stun.Message{Raw: append([]byte(nil), buf[:n]...)}
		if answer.Decode() != nil || answer.TransactionID != id {
			continue // somebody else's
		}
		if answer.Type != stun.BindingSuccess {
			return netip.Addr{}, errors.New("it refuses the request")
		}
		var at stun.XORMappedAddress
		if err := at.GetFrom(answer); err != nil {
			return netip.Addr{}, err
		}
		addr, ok := netip.AddrFromSlice(at.IP)
		if !ok || addr.IsUnspecified() {
			return netip.Addr{}, errors.New("its answer holds no address")
		}
		return addr.Unmap(), nil
	}
}
