package cloudapi

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tccc/internal/clip"
)

// Common parameters of signature version 1; the rest belong to the action.
const (
	paramAction    = "Action"
	paramVersion   = "Version"
	paramTimestamp = "Timestamp"
	paramNonce     = "Nonce"
	paramSecretID  = "SecretId"
	paramSignature = "Signature"
	paramMethod    = "SignatureMethod"
	paramToken     = "Token"
)

var commonParams = []string{
	paramAction, paramVersion, paramTimestamp, paramNonce, paramSecretID, paramSignature, paramMethod, paramToken,
	"Region", "Language", "RequestClient",
}

// maxParams bounds the parameters of a query or form.
const maxParams = 1000

// parseForm reads a query string or form body in which each name occurs once.
func parseForm(text string) (map[string]string, error) {
	if strings.Count(text, "&") >= maxParams {
		return nil, fail(CodeInvalidParameter, "There are more than %d parameters.", maxParams)
	}
	params := map[string]string{}
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, fail(CodeInvalidParameter, "Url key and value should be split by `=`.")
		}
		name, err1 := url.QueryUnescape(key)
		value, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			return nil, fail(CodeInvalidParameter, "A parameter is not percent-encoded as it should be.")
		}
		if _, twice := params[name]; twice {
			return nil, fail(CodeInvalidParameter, "The parameter `%s` is there twice.", clip.Shown(name, 64))
		}
		params[name] = value
	}
	return params, nil
}

// signedText is what signature version 1 signs: the method, host and path, and
// the parameters sorted by name, as they are before encoding.
func signedText(method, host string, params map[string]string) string {
	names := make([]string, 0, len(params))
	for name := range params {
		if name != paramSignature {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var b strings.Builder
	b.WriteString(method + host + "/?")
	for i, name := range names {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(name + "=" + params[name])
	}
	return b.String()
}

// verifyV1 checks a request of signature version 1.
func (h *Handler) verifyV1(r *http.Request, params map[string]string) (credential, error) {
	for _, name := range []string{paramAction, paramTimestamp, paramNonce, paramSecretID, paramSignature} {
		if params[name] == "" {
			return credential{}, missing(name)
		}
	}
	at, err := parseTimestamp(params[paramTimestamp], paramTimestamp, h.opts.Now())
	if err != nil {
		return credential{}, err
	}
	var digest func() hash.Hash
	switch params[paramMethod] {
	case "", "HmacSHA1":
		digest = sha1.New
	case "HmacSHA256":
		digest = sha256.New
	default:
		return credential{}, invalid(paramMethod, "it must be HmacSHA1 or HmacSHA256")
	}
	cred, known := h.credential(params[paramSecretID])
	signature, err := base64.StdEncoding.DecodeString(params[paramSignature])
	good := 0
	for _, host := range hosts(r.Host, h.publicHost) {
		mac := hmac.New(digest, []byte(cred.key))
		_, _ = mac.Write([]byte(signedText(r.Method, host, params)))
		if hmac.Equal(mac.Sum(nil), signature) {
			good |= 1
		}
	}
	switch {
	case !known:
		return credential{}, fail(CodeSecretIDNotFound,
			"The SecretId is not found, please ensure that your SecretId is correct.")
	case err != nil || good == 0:
		return credential{}, badSignature()
	case params[paramToken] != "":
		return credential{}, fail(CodeTokenFailure, "There are no temporary keys here: leave the token out.")
	}
	if err := h.seen.first(string(signature), at, h.opts.Now()); err != nil {
		return credential{}, err
	}
	return cred, nil
}
