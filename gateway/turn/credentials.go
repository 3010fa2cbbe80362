// Package turn lets agents and customers whose networks carry nothing but TCP
// reach the gateway's media port: by short-lived credentials for TURN servers
// (RFC 8656), and by a TURN server that relays to that port and nowhere else.
package turn

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what TURN servers that share a secret agree on
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Credentials makes user names and passwords that TURN servers with the same
// secret accept until they expire, as coturn does with use-auth-secret
// (draft-uberti-behave-turn-rest-00).
type Credentials struct {
	secret []byte
	valid  time.Duration
}

// NewCredentials makes credentials that are valid for so long each.
func NewCredentials(secret string, valid time.Duration) *Credentials {
	return &Credentials{secret: []byte(secret), valid: valid}
}

// For gives the name and the password of a user.
func (c *Credentials) For(user string, now time.Time) (name, password string) {
	name = strconv.FormatInt(now.Add(c.valid).Unix(), 10) + ":" + user
	return name, c.password(name)
}

func (c *Credentials) password(name string) string {
	mac := hmac.New(sha1.New, c.secret)
	mac.Write([]byte(name))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// user takes a name apart; ok is false when it is none, or was one before now.
func user(name string, now time.Time) (user string, ok bool) {
	until, user, found := strings.Cut(name, ":")
	seconds, err := strconv.ParseInt(until, 10, 64)
	return user, found && err == nil && user != "" && now.Unix() < seconds
}
