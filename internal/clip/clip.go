// Package clip shortens texts that others have sent.
package clip

import "strings"

// To gives at most the first n bytes of a text, without half a character at
// their end.
func To(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// Shown is To for a message or a log: what is left out shows as an ellipsis.
func Shown(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return To(s, n) + "…"
}
