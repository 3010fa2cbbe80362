package visitor

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"tccc/gateway/auth/usersig"
	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/wire"
)

// Bounds of what a page says of its customer, in bytes.
const (
	maxUserID     = 64
	maxLabel      = 128 // nickname, peerSource, channelName
	maxAvatar     = 1024
	maxClientData = 4096
)

// visitorPrefix begins the ids of customers without an account.
const visitorPrefix = "visitor-"

// app finds the application that a page wants. Without an id it is the only
// one that takes customers.
func (s *Server) app(id string) (config.App, error) {
	if id == "" {
		var found []config.App
		for _, a := range s.Apps.Apps() {
			if a.Visitors.Enabled {
				found = append(found, a)
			}
		}
		if len(found) != 1 {
			return config.App{}, wire.ErrInvalidOptions.For("sdkAppId", "sdkAppId is missing")
		}
		return found[0], nil
	}
	if a, ok := s.Apps.App(id); ok && a.Visitors.Enabled {
		return a, nil
	}
	return config.App{}, wire.ErrInvalidOptions.For("sdkAppId",
		"no application of this sdkAppId takes customers from web pages (visitors.enabled)")
}

// allowed reports whether pages of an origin may connect: those of the gateway
// itself, of the configured origins, and in the demo those of this machine.
// Programs that are no browsers send no Origin; the limits are for them too.
func (s *Server) allowed(a *config.App, origin, host string) bool {
	if origin == "" || slices.Contains(a.Visitors.Origins, "*") || slices.Contains(a.Visitors.Origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	return u.Host == host || s.Loopback && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// identify decides who a customer is: an account that a UserSig proves, or has
// proved to the secret lately; or else whoever the secret says; or else
// somebody new.
func (s *Server) identify(ctx context.Context, a *config.App, p *wire.HelloParams) (who claim, fresh bool, err error) {
	before, bad := s.Keys.verify(ctx, a.SDKAppID, p.Secret)
	switch {
	case p.UserSig != "":
		err = s.checkUserSig(a, p)
		if errors.Is(err, wire.ErrTokenExpired) && bad == nil && before.Account && before.User == p.UserID {
			return before, false, nil // and the next secret is as old as this one
		}
		return claim{App: a.SDKAppID, User: p.UserID, Account: true}, false, err
	case bad == nil && !before.Account:
		return claim{App: a.SDKAppID, User: before.User}, false, nil
	}
	return claim{App: a.SDKAppID, User: visitorPrefix + strings.ToLower(rand.Text())}, true, nil
}

// checkUserSig verifies the account of a page. Errors: wire.ErrTokenInvalid,
// wire.ErrTokenExpired.
func (s *Server) checkUserSig(a *config.App, p *wire.HelloParams) error {
	sig, err := usersig.Parse(p.UserSig)
	if err != nil {
		return wire.ErrTokenInvalid.For("userSig", "%s", err)
	}
	key := a.UserSig.Key.Reveal()
	if key == "" {
		key = rand.Text() // so that it takes as long
	}
	switch err := sig.Verify(a.SDKAppID, p.UserID, key, s.Now()); {
	case a.UserSig.Key.IsZero():
		return wire.ErrTokenInvalid.For("userSig", "the application has no UserSig key")
	case errors.Is(err, usersig.ErrExpired):
		return wire.ErrTokenExpired.For("userSig", "%s", err)
	case err != nil:
		return wire.ErrTokenInvalid.For("userSig", "%s", err)
	case strings.HasPrefix(p.UserID, visitorPrefix):
		return wire.ErrTokenInvalid.For("userId", "accounts cannot begin with %s", visitorPrefix)
	}
	return nil
}

// check refuses what is too long, or not what it should be.
func check(p *wire.HelloParams) error {
	for _, f := range []struct {
		name, value string
		most        int
	}{
		{"userId", p.UserID, maxUserID}, {"nickname", p.Nickname, maxLabel}, {"avatar", p.Avatar, maxAvatar},
		{"peerSource", p.PeerSource, maxLabel}, {"channelName", p.ChannelName, maxLabel},
		{"clientData", p.ClientData, maxClientData},
	} {
		if len(f.value) > f.most {
			return wire.ErrInvalidOptions.For(f.name, "%s may have %d bytes", f.name, f.most)
		}
		if f.name != "clientData" && strings.ContainsFunc(f.value, unseen) {
			return wire.ErrInvalidOptions.For(f.name, "%s must be one line of plain text", f.name)
		}
	}
	if p.UserSig != "" && p.UserID == "" {
		return wire.ErrInvalidOptions.For("userId", "userSig needs userId, the account that it signs")
	}
	if u, err := url.Parse(p.Avatar); p.Avatar != "" &&
		(err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil) {
		return wire.ErrInvalidOptions.For("avatar", "avatar must be an address that begins with https:// or http://")
	}
	return nil
}

// unseen reports characters that have no place in a name: control characters,
// those that turn the direction of what follows (Unicode TR9), and what was no
// Unicode.
func unseen(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || r >= '\u2028' && r <= '\u202e' || r >= '\u2066' &&
		r <= '\u2069'
}

// customer is who the center and the agents see.
func customer(who claim, p *wire.HelloParams) session.Customer {
	c := session.Customer{
		UserID: who.User, Nickname: p.Nickname, Avatar: p.Avatar, PeerSource: p.PeerSource, ChannelName: p.ChannelName,
		ClientData: p.ClientData,
	}
	if c.Nickname == "" && !who.Account {
		c.Nickname = p.UserID // a name that nobody has proved
	}
	if c.Nickname == "" && strings.HasPrefix(who.User, visitorPrefix) {
		c.Nickname = "Visitor " + strings.ToUpper(who.User[len(who.User)-4:]) // agents tell them apart
	}
	return c
}

// greet is the answer to a hello.
func (s *Server) greet(ctx context.Context, a *config.App, who claim) (*wire.HelloResult, error) {
	secret, err := s.Keys.sign(ctx, who)
	if err != nil {
		return nil, err
	}
	visits, err := s.Center.Visits(ctx, a.SDKAppID, who.User)
	if err != nil {
		return nil, err
	}
	r := &wire.HelloResult{
		VisitorID: who.User, Secret: secret, Groups: []wire.SkillGroup{}, Sessions: visits,
		Upload: s.Files.Limits(a.SDKAppID), Now: s.Now().UnixMilli(),
		ICE: s.ICE(a.SDKAppID, who.User),
	}
	if n := len(visits); n > 0 {
		r.Session = &visits[n-1]
	}
	for i := range a.SkillGroups {
		g := &a.SkillGroups[i]
		one := wire.SkillGroup{ID: g.ID, Name: g.DisplayName()}
		for _, t := range g.Types {
			if t == wire.TypeIM || t == wire.TypeVoIP || t == wire.TypeVideo {
				one.Types = append(one.Types, t)
			}
		}
		if one.Types != nil {
			r.Groups = append(r.Groups, one)
		}
	}
	return r, nil
}

// admit takes a customer in, or says why not. It gives back what was taken
// when the socket has ended.
func (s *Server) admit(ctx context.Context, c *conn, p *wire.HelloParams) (a config.App, who claim, err error) {
	a, err = s.app(p.SDKAppID)
	perSec := max(helloPerSec, a.Visitors.PerAddress/10)
	switch {
	case !s.allow(&s.limits.hellos, c.address, time.Second/time.Duration(perSec), 10*perSec):
		return a, who, wire.ErrOverloaded.With("too many connections of this address")
	case err != nil:
		return a, who, err
	}
	if err := check(p); err != nil {
		return a, who, err
	}
	if !s.allowed(&a, c.origin, c.host) {
		return a, who, wire.ErrOrigin.With("add it to visitors.origins of the application")
	}
	who, fresh, err := s.identify(ctx, &a, p)
	if err != nil {
		return a, who, err
	}
	many := max(newBurst, a.Visitors.PerAddress)
	if fresh && !s.allow(&s.limits.newcomers, c.address, newFull/time.Duration(many), many) {
		return a, who, wire.ErrOverloaded.With("too many new customers of this address")
	}
	if !c.take(&s.limits.addresses, a.SDKAppID+"/"+c.address, a.Visitors.PerAddress) {
		return a, who, wire.ErrOverloaded.With("too many connections of this address")
	}
	if !c.take(&s.limits.customers, a.SDKAppID+"/"+who.User, socketsMost) {
		return a, who, wire.ErrOverloaded.With("a customer may have %d connections", socketsMost)
	}
	return a, who, nil
}
