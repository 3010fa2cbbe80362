package desk

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
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

// userSig is a UserSig of version 2 (HMAC-SHA256): a JSON object, compressed
// with zlib (RFC 1950), in base64 with three letters changed.
type userSig struct {
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
	return fail(CodeUnreadable, "the usersig cannot be read: %s", what)
}

// parseUserSig reads a UserSig. Nothing of it is verified yet.
func parseUserSig(text string) (userSig, error) {
	var s userSig
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

// verify checks a UserSig against an account, its application and its key.
func (s *userSig) verify(sdkAppID, identifier, key string, now time.Time) error {
	made, err1 := strconv.ParseInt(s.Time.String(), 10, 64)
	life, err2 := strconv.ParseInt(s.Expire.String(), 10, 64)
	if err1 != nil || err2 != nil || made < 0 || life < 0 || life > int64(maxLife/time.Second) {
		return unreadable("its times are no numbers of seconds")
	}
	if s.SDKAppID.String() != sdkAppID {
		return fail(CodeSDKAppID, "the usersig was made for another sdkappid")
	}
	if s.Identifier != identifier {
		return fail(CodeIdentifier, "the usersig was made for another identifier")
	}
	sent, err := base64.StdEncoding.DecodeString(s.Sig)
	if good := hmac.Equal(sent, s.sign(key)); err != nil || !good {
		return fail(CodeSignature, "the usersig could not be verified: it was made with another key")
	}
	switch at := time.Unix(made, 0); {
	case at.After(now.Add(maxSkew)):
		return fail(CodeSignature, "the usersig was made in the future: check the clocks")
	case !now.Before(at.Add(time.Duration(life) * time.Second)):
		return fail(CodeExpired, "the usersig has expired: make a new one")
	}
	return nil
}

// sign is the signature that the UserSig should have.
func (s *userSig) sign(key string) []byte {
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
