package sip

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime/multipart"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sdp"
)

// A message's body may be many (RFC 5621). What this user agent uses of it, the
// session description or the digits of an INFO, is found when the message comes
// in and put in the place of the body, so that nobody behind sees the others.

// Bounds of a body of several parts.
const (
	maxParts = 16
	maxDepth = 3 // multipart within multipart
)

var (
	errBodyType     = errors.New("a body of this type must not be left out")
	errBodyEncoding = errors.New("the body is encoded")
	errBodyShape    = errors.New("the body is malformed")
)

// part is a body or a part of one, with what its header says.
type part struct {
	kind        string // media type, in small letters
	params      map[string]string
	encoding    string // Content-Encoding
	transfer    string // Content-Transfer-Encoding
	disposition string
	optional    bool // handling=optional (RFC 3204 section 4.2)
	id          string
	data        []byte
}

// open finds the part that is used. Nil: there is none, and none is missing.
func (p *part) open(wanted []string, depth int, left *int) (*part, error) {
	if *left--; *left < 0 || depth > maxDepth {
		return nil, errBodyShape
	}
	if !p.plain() {
		return nil, p.missing(errBodyEncoding)
	}
	switch {
	case slices.Contains(wanted, p.kind) && (p.disposition == "" || p.disposition == "session" || p.kind != sdpType):
		if strings.EqualFold(p.transfer, "base64") {
			data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(p.data)), ""))
			if err != nil {
				return nil, errBodyShape
			}
			p.data = data
		}
		return p, nil
	case strings.HasPrefix(p.kind, "multipart/"):
		parts, err := p.split()
		if err != nil {
			return nil, p.missing(err)
		}
		found, err := p.choose(parts, wanted, depth, left)
		if err != nil {
			return nil, p.missing(err)
		}
		return found, nil
	case p.beside():
		return nil, nil
	}
	return nil, p.missing(errBodyType)
}

// missing is an error, unless the part may be left out.
func (p *part) missing(err error) error {
	if p.optional && !errors.Is(err, errBodyShape) {
		return nil
	}
	return err
}

// plain reports whether the content is as it stands.
func (p *part) plain() bool {
	return p.encoding == "" || strings.EqualFold(p.encoding, "identity")
}

// beside reports whether a part goes with the call without being of it: where
// the caller is (RFC 6442), who records (RFC 7866), and what is referred to.
// Their senders often leave out that they are optional.
func (p *part) beside() bool {
	switch p.disposition {
	case "by-reference", "recording-session":
		return true
	}
	switch p.kind {
	case "application/pidf+xml", "application/rs-metadata", "application/rs-metadata+xml":
		return true
	}
	return false
}

// choose takes of an alternative the last that is understood, of related parts
// the root, and of any others the first; all others have to be dispensable.
func (p *part) choose(parts []*part, wanted []string, depth int, left *int) (*part, error) {
	switch p.kind {
	case "multipart/alternative":
		err := errBodyType
		for _, q := range slices.Backward(parts) {
			found, e := q.open(wanted, depth+1, left)
			if found != nil || errors.Is(e, errBodyShape) {
				return found, e
			}
			if e != nil {
				err = e
			}
		}
		return nil, err
	case "multipart/related":
		root := 0
		if start := p.params["start"]; start != "" {
			root = max(0, slices.IndexFunc(parts, func(q *part) bool { return q.id == start }))
		}
		return parts[root].open(wanted, depth+1, left)
	}
	var first *part
	for _, q := range parts {
		found, err := q.open(wanted, depth+1, left)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = found
		}
	}
	return first, nil
}

// split reads the parts.
func (p *part) split() ([]*part, error) {
	boundary := p.params["boundary"]
	if boundary == "" || len(boundary) > 70 { // RFC 2046 section 5.1.1
		return nil, errBodyShape
	}
	r := multipart.NewReader(bytes.NewReader(p.data), boundary)
	var parts []*part
	for {
		q, err := r.NextRawPart()
		if err == io.EOF && len(parts) > 0 {
			return parts, nil
		}
		if err != nil || len(parts) == maxParts {
			return nil, errBodyShape
		}
		data, err := io.ReadAll(q)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) { // a last boundary that is missing is made good
			return nil, errBodyShape
		}
		parts = append(parts, newPart(func(name string) string { return textproto.MIMEHeader(q.Header).Get(name) },
			data))
		if err != nil {
			return parts, nil
		}
	}
}

// newPart reads the headers of a body. What has no type is text (RFC 2046
// section 5.2), which the whole body of a message is not.
func newPart(header func(string) string, data []byte) *part {
	p := &part{data: data, encoding: strings.TrimSpace(header("Content-Encoding")),
		transfer: strings.TrimSpace(header("Content-Transfer-Encoding"))}
	p.kind, p.params = withParams(header("Content-Type"))
	if p.kind == "" {
		p.kind = "text/plain"
	}
	var params map[string]string
	p.disposition, params = withParams(header("Content-Disposition"))
	p.optional = strings.EqualFold(params["handling"], "optional")
	p.id = strings.TrimSpace(header("Content-ID"))
	return p
}

// withParams reads "type/subtype; name=value; name="value"". It is more
// forgiving than package mime: white space, letters and odd values are let pass.
func withParams(text string) (value string, params map[string]string) {
	params = map[string]string{}
	for i, field := range splitQuoted(text, ';') {
		if i == 0 {
			value = strings.ToLower(strings.TrimSpace(field))
			continue
		}
		name, v, _ := strings.Cut(field, "=")
		params[strings.ToLower(strings.TrimSpace(name))] = unquoted(strings.TrimSpace(v))
	}
	return value, params
}

// splitQuoted cuts a text at a byte, but not within quotes.
func splitQuoted(text string, at byte) []string {
	var out []string
	from, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quoted:
			i++
		case text[i] == '"':
			quoted = !quoted
		case text[i] == at && !quoted:
			out = append(out, text[from:i])
			from = i + 1
		}
	}
	return append(out, text[from:])
}

func unquoted(v string) string {
	if len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
		return v
	}
	var b strings.Builder
	for i := 1; i < len(v)-1; i++ {
		if v[i] == '\\' && i+1 < len(v)-1 {
			i++
		}
		b.WriteByte(v[i])
	}
	return b.String()
}

// nameWait bounds the look-up of host names in a description.
const nameWait = 2 * time.Second

const sdpType = "application/sdp"

// message is a request or a response.
type message interface {
	sip.Message
	ReplaceHeader(h sip.Header)
}

// unpack puts what is used of a body in its place. Other methods than those
// that negotiate, and INFO, are not looked into.
func (s *Server) unpack(m message, method sip.RequestMethod) error {
	wanted := []string{sdpType}
	switch method {
	case sip.INVITE, sip.ACK, sip.PRACK, sip.UPDATE:
	case sip.INFO:
		wanted = infoTypes
	default:
		return nil
	}
	body := m.Body()
	if len(body) == 0 {
		return nil
	}
	top := newPart(func(name string) string {
		if hs := m.GetHeaders(name); len(hs) > 0 {
			return hs[0].Value()
		}
		return ""
	}, body)
	left := maxParts
	found, err := top.open(wanted, 0, &left)
	switch {
	case err != nil:
		return err
	case found == nil:
		m.SetBody(nil)
		return nil
	case found.kind == sdpType:
		ctx, cancel := s.timeout(nameWait)
		defer cancel()
		found.data = sdp.Resolve(ctx, found.data, s.o.lookup)
	}
	if found != top {
		ct := sip.ContentTypeHeader(found.kind)
		m.ReplaceHeader(&ct)
	}
	m.SetBody(found.data)
	return nil
}

// opened unpacks a request, and gives the response to one whose body must not be
// passed over and cannot be used (RFC 3261 section 8.2.3).
func (s *Server) opened(req *sip.Request) *sip.Response {
	err := s.unpack(req, req.Method)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errBodyShape):
		return s.response(req, 400, "Bad Body", nil)
	}
	res := s.response(req, 415, "", nil)
	if req.Method == sip.INFO {
		res.RemoveHeader("Accept")
		res.AppendHeader(sip.NewHeader("Accept", strings.Join(infoTypes, ", ")))
	}
	if errors.Is(err, errBodyEncoding) {
		res.AppendHeader(sip.NewHeader("Accept-Encoding", "identity"))
	}
	return res
}

// openedResponse unpacks a response. One whose body cannot be used has none.
func (s *Server) openedResponse(res *sip.Response, method sip.RequestMethod) {
	if s.unpack(res, method) != nil {
		res.SetBody(nil)
	}
}
