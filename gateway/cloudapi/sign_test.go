package cloudapi_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// What follows signs as the vendor's documents describe it, written apart from
// the code under test. TestVectors checks both against signatures that were
// computed by another program.

// tc3Signer is what goes into a TC3 signature; tests change single parts.
type tc3Signer struct {
	id, key, service, host, date, timestamp, algorithm string
	contentType, signedHeaders                         string
	headers                                            map[string]string // further ones, signed
	body                                               string            // that is signed, if it is not the one sent
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

func (s *tc3Signer) authorization(method, query string) string {
	names := strings.Split(s.signedHeaders, ";")
	lines := ""
	for _, name := range names {
		value := s.headers[name]
		switch name {
		case "content-type":
			value = s.contentType
		case "host":
			value = s.host
		}
		lines += name + ":" + strings.ToLower(strings.TrimSpace(value)) + "\n"
	}
	canonical := strings.Join([]string{method, "/", query, lines, s.signedHeaders, sum(s.body)}, "\n")
	scope := s.date + "/" + s.service + "/tc3_request"
	toSign := strings.Join([]string{s.algorithm, s.timestamp, scope, sum(canonical)}, "\n")
	key := mac(mac(mac([]byte("TC3"+s.key), s.date), s.service), "tc3_request")
	return fmt.Sprintf("%s Credential=%s/%s, SignedHeaders=%s, Signature=%s", s.algorithm, s.id, scope, s.signedHeaders,
		hex.EncodeToString(mac(key, toSign)))
}

// tc3 makes a signed POST; change spoils what is signed, before it is.
func (b *bench) tc3(action, body string, change func(*tc3Signer)) *http.Request {
	now := time.Now().UTC()
	s := &tc3Signer{
		id: secretID, key: secretKey, service: "ccc", host: b.host, date: now.Format("2006-01-02"),
		timestamp: fmt.Sprint(now.Unix()), algorithm: "TC3-HMAC-SHA256", contentType: "application/json; charset=utf-8",
		signedHeaders: "content-type;host", body: body,
		headers: map[string]string{"x-tc-action": action, "x-tc-version": "2020-02-10"},
	}
	if change != nil {
		change(s)
	}
	r, err := http.NewRequest(http.MethodPost, b.url, strings.NewReader(body))
	require.NoError(b, err)
	for name, value := range s.headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", s.contentType)
	r.Header.Set("X-TC-Timestamp", s.timestamp)
	r.Header.Set("Authorization", s.authorization(http.MethodPost, ""))
	return r
}

// v1 makes a request of signature version 1.
func (b *bench) v1(method string, params map[string]string, change func(params map[string]string)) *http.Request {
	all := map[string]string{
		"Version": "2020-02-10", "Timestamp": fmt.Sprint(time.Now().Unix()),
		"Nonce": fmt.Sprint(time.Now().UnixNano() % 65536), "SecretId": secretID,
	}
	for k, v := range params {
		all[k] = v
	}
	all["Signature"] = v1Signature(method, b.host, secretKey, all)
	if change != nil {
		change(all)
	}
	form := url.Values{}
	for k, v := range all {
		form.Set(k, v)
	}
	target, body := b.url, form.Encode()
	if method == http.MethodGet {
		target, body = target+"?"+body, ""
	}
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	require.NoError(b, err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func v1Signature(method, host, key string, params map[string]string) string {
	var pairs []string
	for k, v := range params {
		pairs = append(pairs, k+"="+v)
	}
	sort.Slice(pairs, func(i, j int) bool {
		a, _, _ := strings.Cut(pairs[i], "=")
		b, _, _ := strings.Cut(pairs[j], "=")
		return a < b
	})
	m := hmac.New(sha1.New, []byte(key))
	if params["SignatureMethod"] == "HmacSHA256" {
		m = hmac.New(sha256.New, []byte(key))
	}
	m.Write([]byte(method + host + "/?" + strings.Join(pairs, "&")))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}
