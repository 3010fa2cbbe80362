package cloudapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tccc/internal/clip"
)

const (
	jsonType      = "application/json"
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"

	// maxDepth bounds the nesting of parameters: the deepest documented ones
	// have three levels.
	maxDepth = 16
)

func mediaType(r *http.Request) string {
	t, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return t
}

// tc3Params reads the parameters of an action. Those of JSON have the types of
// JSON, with numbers as json.Number; those of a query or form are all text.
func tc3Params(r *http.Request, body []byte) (map[string]any, error) {
	if r.Method == http.MethodGet {
		return formParams(r.URL.RawQuery)
	}
	switch mediaType(r) {
	case jsonType:
		return jsonParams(body)
	case formType:
		return formParams(string(body))
	case multipartType:
		return multipartParams(r, body)
	}
	return nil, fail(CodeUnsupportedProtocol, "The Content-Type must be %s, not %q.", jsonType,
		clip.Shown(r.Header.Get("Content-Type"), 64))
}

func formParams(text string) (map[string]any, error) {
	flat, err := parseForm(text)
	if err != nil {
		return nil, err
	}
	return nest(flat)
}

func jsonParams(body []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return map[string]any{}, nil
	}
	bad := fail(CodeInvalidParameter, "The body is not a JSON object.")
	if tooDeep(body) {
		return nil, fail(CodeInvalidParameter, "The body is nested deeper than %d levels.", maxDepth)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var params map[string]any
	if err := d.Decode(&params); err != nil || params == nil {
		return nil, bad
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, bad
	}
	return params, nil
}

// tooDeep looks at the brackets of a JSON text outside strings, so that the
// decoder never recurses far.
func tooDeep(text []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func multipartParams(r *http.Request, body []byte) (map[string]any, error) {
	bad := fail(CodeInvalidParameter, "The body is not multipart/form-data with one part a parameter.")
	_, attrs, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !bytes.Contains(body, []byte("--"+attrs["boundary"]+"--")) {
		return nil, bad
	}
	flat, parts := map[string]string{}, multipart.NewReader(bytes.NewReader(body), attrs["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nest(flat)
		}
		if err != nil || len(flat) == maxParams {
			return nil, bad
		}
		value, err := io.ReadAll(part)
		if _, twice := flat[part.FormName()]; err != nil || twice || part.FormName() == "" {
			return nil, bad
		}
		flat[part.FormName()] = string(value)
	}
}

// nest turns names such as Staffs.0.Mail into objects and lists. The indices
// of a list may begin anywhere and have gaps; their order counts.
func nest(flat map[string]string) (map[string]any, error) {
	root := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(flat)) {
		path := strings.Split(name, ".")
		if len(path) > maxDepth {
			return nil, fail(CodeInvalidParameter, "The parameter `%s` is nested deeper than %d levels.",
				clip.Shown(name, 64), maxDepth)
		}
		at := root
		for _, step := range path[:len(path)-1] {
			next, ok := at[step].(map[string]any)
			if !ok {
				if _, taken := at[step]; taken {
					return nil, fail(CodeInvalidParameter, "The parameter `%s` is both a value and a list.",
						clip.Shown(name, 64))
				}
				next = map[string]any{}
				at[step] = next
			}
			at = next
		}
		last := path[len(path)-1]
		if _, taken := at[last]; taken {
			return nil, fail(CodeInvalidParameter, "The parameter `%s` is both a value and a list.",
				clip.Shown(name, 64))
		}
		at[last] = formText(flat[name])
	}
	out, _ := lists(root).(map[string]any)
	if out == nil {
		return nil, fail(CodeInvalidParameter, "Parameters have names, not numbers.")
	}
	return out, nil
}

// lists makes lists of objects whose keys are all numbers.
func lists(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	indices := make([]int, 0, len(m))
	for key, child := range m {
		m[key] = lists(child)
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && strconv.Itoa(i) == key {
			indices = append(indices, i)
		}
	}
	if len(m) == 0 || len(indices) < len(m) {
		return m
	}
	slices.Sort(indices)
	list := make([]any, 0, len(indices))
	for _, i := range indices {
		list = append(list, m[strconv.Itoa(i)])
	}
	return list
}
