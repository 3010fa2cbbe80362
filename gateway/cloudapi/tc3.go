package cloudapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "TC3-HMAC-SHA256"
	terminator = "tc3_request"
	// maxSkew is how far a request's time stamp may be from the clock.
	maxSkew = 5 * time.Minute
	// maxAuthorization bounds the header, in bytes.
	maxAuthorization = 4096
	// unsignedPayload is signed in place of the body by clients that are told
	// to leave it out, and stands in headerPayload then.
	unsignedPayload = "UNSIGNED-PAYLOAD"
	headerPayload   = "X-TC-Content-SHA256"
	// signedAction is what keys with signAction must have signed.
	signedAction = "x-tc-action"
)

// authorization is an Authorization header of TC3-HMAC-SHA256.
type authorization struct {
	secretID  string
	date      string // of the credential scope, 2006-01-02
	service   string // of the credential scope, whatever the client takes it for
	signed    []string
	signature []byte // 32 bytes
}

// parseAuthorization reads
//
//	TC3-HMAC-SHA256 Credential=ID/DATE/SERVICE/tc3_request, SignedHeaders=a;b, Signature=HEX
func parseAuthorization(header string) (authorization, error) {
	var a authorization
	bad := func(what string) (authorization, error) {
		return authorization{}, fail(CodeInvalidAuthorization,
			"The request `Authorization` header does not conform to the standard: %s.", what)
	}
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok || len(header) > maxAuthorization {
		return bad("it must begin with `" + algorithm + " Credential=`")
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := fields[name]; !ok || twice || len(fields) == 3 {
			return bad("it must have Credential, SignedHeaders and Signature, once each")
		}
		fields[name] = value
	}
	scope := strings.Split(fields["Credential"], "/")
	if len(scope) != 4 || scope[0] == "" {
		return bad("`Credential` must be SecretId/Date/Service/" + terminator)
	}
	a.secretID, a.date, a.service = scope[0], scope[1], scope[2]
	switch _, err := time.Parse(time.DateOnly, a.date); {
	case err != nil:
		return bad("`Date` in Credential must be YYYY-MM-DD")
	case a.service == "" || !printable(a.service):
		return bad("`Service` in Credential is not valid")
	case scope[3] != terminator:
		return bad("`Credential` must end with " + terminator)
	}
	a.signed = strings.Split(fields["SignedHeaders"], ";")
	if slices.ContainsFunc(a.signed, func(h string) bool { return !headerName(h) }) || len(a.signed) > 32 {
		return bad("`SignedHeaders` must be lower-case header names separated by `;`")
	}
	if !slices.Contains(a.signed, "content-type") || !slices.Contains(a.signed, "host") {
		return bad("`SignedHeaders` must contain content-type and host")
	}
	var err error
	if a.signature, err = hex.DecodeString(fields["Signature"]); err != nil || len(a.signature) != sha256.Size {
		return bad("`Signature` must be 64 hex digits")
	}
	return a, nil
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func headerName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// canonicalRequests lists the texts that the client may have signed. One
// protocol has several because clients differ: in the host, with or without
// its port, and in whether header values are lower-cased as documented or
// signed as sent.
func canonicalRequests(r *http.Request, signed []string, hosts []string, body []byte) []string {
	if r.Header.Get(headerPayload) == unsignedPayload {
		body = []byte(unsignedPayload)
	}
	payload := sha256.Sum256(body)
	query := r.URL.RawQuery
	var all []string
	for _, lower := range []bool{true, false} {
		for _, host := range hosts {
			var b strings.Builder
			b.WriteString(r.Method + "\n/\n" + query + "\n")
			for _, name := range signed {
				b.WriteString(name + ":" + headerValue(r, name, host, lower) + "\n")
			}
			b.WriteString("\n" + strings.Join(signed, ";") + "\n" + hex.EncodeToString(payload[:]))
			if text := b.String(); !slices.Contains(all, text) {
				all = append(all, text)
			}
		}
	}
	return all
}

func headerValue(r *http.Request, name, host string, lower bool) string {
	value := host
	if name != "host" {
		value = strings.TrimSpace(strings.Join(r.Header.Values(name), ","))
	}
	if lower {
		value = strings.ToLower(value)
	}
	return value
}

// hosts lists the names that a client may know the gateway by: that of the
// request and that of the public URL, each with and without its port.
func hosts(requested, public string) []string {
	var all []string
	for _, host := range []string{requested, public} {
		if host == "" {
			continue
		}
		all = append(all, host)
		if name, _, err := net.SplitHostPort(host); err == nil {
			all = append(all, name)
			if strings.Contains(name, ":") {
				all = append(all, "["+name+"]") // an IPv6 address, as URL parsers write it
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// tc3Signature is the documented derivation: the key of the day and service,
// then the signature of the canonical request's hash.
func tc3Signature(secretKey, canonical, timestamp, date, service string) []byte {
	hashed := sha256.Sum256([]byte(canonical))
	toSign := algorithm + "\n" + timestamp + "\n" + date + "/" + service + "/" + terminator + "\n" +
		hex.EncodeToString(hashed[:])
	key := hmacSHA256([]byte("TC3"+secretKey), date)
	key = hmacSHA256(key, service)
	key = hmacSHA256(key, terminator)
	return hmacSHA256(key, toSign)
}

func hmacSHA256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(text))
	return h.Sum(nil)
}

// verifyTC3 checks a request with an Authorization header and gives the
// credential that it was signed with.
func (h *Handler) verifyTC3(r *http.Request, body []byte) (credential, error) {
	a, err := parseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return credential{}, err
	}
	timestamp := r.Header.Get("X-TC-Timestamp")
	at, err := parseTimestamp(timestamp, "X-TC-Timestamp", h.opts.Now())
	if err != nil {
		return credential{}, err
	}
	cred, known := h.credential(a.secretID)
	good := 0
	for _, canonical := range canonicalRequests(r, a.signed, hosts(r.Host, h.publicHost), body) {
		if hmac.Equal(tc3Signature(cred.key, canonical, timestamp, a.date, a.service), a.signature) {
			good |= 1
		}
	}
	switch {
	case !known:
		return credential{}, fail(CodeSecretIDNotFound,
			"The SecretId is not found, please ensure that your SecretId is correct.")
	case a.date != at.UTC().Format(time.DateOnly):
		return credential{}, fail(CodeSignatureFailure,
			"The date in the credential scope is not that of X-TC-Timestamp in UTC, %s.",
			at.UTC().Format(time.DateOnly))
	case good == 0:
		return credential{}, badSignature()
	case cred.signAction && !slices.Contains(a.signed, signedAction):
		return credential{}, fail(CodeInvalidAuthorization,
			"This SecretId must sign its action: add `%s` to `SignedHeaders`.", signedAction)
	case r.Header.Get("X-TC-Token") != "":
		return credential{}, fail(CodeTokenFailure, "There are no temporary keys here: leave the token out.")
	}
	return cred, nil
}

func badSignature() error {
	return fail(CodeSignatureFailure, "The provided credentials could not be validated. Please check your signature is correct.")
}

// parseTimestamp reads a Unix time in seconds that must be near now.
func parseTimestamp(text, name string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, missing(strings.TrimPrefix(name, "X-TC-"))
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 || len(text) > 12 {
		return time.Time{}, fail(CodeInvalidParameter, "`%s` must be a Unix time in seconds.", name)
	}
	at := time.Unix(seconds, 0)
	if d := now.Sub(at); d > maxSkew || d < -maxSkew {
		return time.Time{}, fail(CodeSignatureExpire,
			"The signature has expired: the time stamp is more than five minutes away from the server's time, %d.",
			now.Unix())
	}
	return at, nil
}
