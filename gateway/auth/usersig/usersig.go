// Package usersig reads and verifies UserSigs, the vendor's signatures of
// accounts. A UserSig of version 2 (HMAC-SHA256) is a JSON object, compressed
// with zlib (RFC 1950), in base64 with three letters changed.
package usersig

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Bounds of a UserSig, in bytes, and of clocks.
const (
	maxUserSig  = 4096 // as it is sent
	maxUnpacked = 8192 // without compression
	// maxSkew is how far in the future a UserSig may have been made.
	maxSkew = 5 * time.Minute
	// maxLife is the longest that the vendor allows a UserSig to be valid.
	maxLife = 50 * 366 * 24 * time.Hour
)

// What is wrong with a UserSig. Errors wrap one of these, and their texts hold
// nothing of the UserSig.
var (
	ErrUnreadable = errors.New("the usersig cannot be read")
	ErrApp        = errors.New("the usersig was made for another sdkappid")
	ErrIdentifier = errors.New("the usersig was made for another identifier")
	ErrSignature  = errors.New("the usersig could not be verified")
	ErrExpired    = errors.New("the usersig has expired")
)

// Sig is what a UserSig says.
type Sig struct {
	Version    string      `json:"TLS.ver"`
	Identifier string      `json:"TLS.identifier"`
	SDKAppID   json.Number `json:"TLS.sdkappid"`
	Time       json.Number `json:"TLS.time"`   // Unix seconds
	Expire     json.Number `json:"TLS.expire"` // seconds
	UserBuf    string      `json:"TLS.userbuf"`
	Sig        string      `json:"TLS.sig"` // base64 of 32 bytes
}

// The letters of base64 that are changed so that it can stand in a URL.
var (
	toBase64 = strings.NewReplacer("*", "+", "-", "/", "_", "=")
	noBase64 = "+/="
)

func unreadable(what string) error {
	return fmt.Errorf("%w: %s", ErrUnreadable, what)
}

// Parse reads a UserSig. Nothing of it is verified yet.
func Parse(text string) (Sig, error) {
	var s Sig
	if len(text) > maxUserSig || strings.ContainsAny(text, noBase64) {
		return s, unreadable("it is no UserSig")
	}
	packed, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(toBase64.Replace(text), "="))
	if err != nil {
		return s, unreadable("it is no base64 with * - _ for + / =")
	}
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return s, unreadable("it is not compressed with zlib")
	}
	plain, err := io.ReadAll(io.LimitReader(z, maxUnpacked+1))
	if err != nil || len(plain) > maxUnpacked {
		return s, unreadable("it is cut off or too long")
	}
	if err := json.Unmarshal(plain, &s); err != nil {
		return s, unreadable("it is no JSON of a UserSig")
	}
	if s.Version != "2.0" {
		return s, unreadable("its version is not 2.0")
	}
	return s, nil
}

// Verify checks a UserSig against an account, its application and its key.
func (s *Sig) Verify(sdkAppID, identifier, key string, now time.Time) error {
	made, err1 := strconv.ParseInt(s.Time.String(), 10, 64)
	life, err2 := strconv.ParseInt(s.Expire.String(), 10, 64)
	if err1 != nil || err2 != nil || made < 0 || life < 0 || life > int64(maxLife/time.Second) {
		return unreadable("its times are no numbers of seconds")
	}
	if s.SDKAppID.String() != sdkAppID {
		return ErrApp
	}
	if s.Identifier != identifier {
		return ErrIdentifier
	}
	sent, err := base64.StdEncoding.DecodeString(s.Sig)
	if good := hmac.Equal(sent, s.sign(key)); err != nil || !good {
		return fmt.Errorf("%w: it was made with another key", ErrSignature)
	}
	switch at := time.Unix(made, 0); {
	case at.After(now.Add(maxSkew)):
		return fmt.Errorf("%w: it was made in the future: check the clocks", ErrSignature)
	case !now.Before(at.Add(time.Duration(life) * time.Second)):
		return fmt.Errorf("%w: make a new one", ErrExpired)
	}
	return nil
}

// sign is the signature that the UserSig should have.
func (s *Sig) sign(key string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	text := "TLS.identifier:" + s.Identifier + "\n" +
		"TLS.sdkappid:" + s.SDKAppID.String() + "\n" +
		"TLS.time:" + s.Time.String() + "\n" +
		"TLS.expire:" + s.Expire.String() + "\n"
	if s.UserBuf != "" {
		text += "TLS.userbuf:" + s.UserBuf + "\n"
	}
	_, _ = h.Write([]byte(text))
	return h.Sum(nil)
}
