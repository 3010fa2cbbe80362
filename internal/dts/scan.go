package dts

import "strings"

// token is a word, a text in quotation marks or a sign, with the comment for
// documentation before it.
type token struct {
	text     string // "" at the end of the file
	doc      string
	from, to int
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func scan(s string) []token {
	var tokens []token
	doc := ""
	for i := 0; ; {
		for i < len(s) && strings.IndexByte(" \t\r\n", s[i]) >= 0 {
			i++
		}
		if i >= len(s) {
			return append(tokens, token{from: len(s), to: len(s)})
		}
		if text, end := comment(s, i); end > i {
			if strings.HasPrefix(s[i:], "/**") {
				doc = text
			}
			i = end
			continue
		}
		end := i + 1
		switch {
		case wordByte(s[i]):
			for end < len(s) && wordByte(s[end]) {
				end++
			}
		case s[i] == '\'' || s[i] == '"':
			for end < len(s) && s[end] != s[i] {
				end++
			}
			end = min(end+1, len(s))
		case strings.HasPrefix(s[i:], "=>"):
			end++
		}
		tokens = append(tokens, token{s[i:end], doc, i, end})
		doc, i = "", end
	}
}

// comment returns the text of the comment at i and its end, or i.
func comment(s string, i int) (string, int) {
	switch {
	case strings.HasPrefix(s[i:], "//"):
		end := strings.IndexByte(s[i:], '\n')
		if end < 0 {
			return "", len(s)
		}
		return "", i + end
	case strings.HasPrefix(s[i:], "/*"):
		end := strings.Index(s[i+2:], "*/")
		if end < 0 {
			return "", len(s)
		}
		end += i + 4
		var lines []string
		for line := range strings.SplitSeq(strings.Trim(s[i:end], "/*"), "\n") {
			line = strings.TrimSpace(line)
			lines = append(lines, strings.TrimSpace(strings.TrimPrefix(line, "*")))
		}
		return strings.TrimSpace(strings.Join(lines, " ")), end
	}
	return "", i
}

// plain is a type without comments, on one line.
func plain(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if _, end := comment(s, i); end > i {
			i = end
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
