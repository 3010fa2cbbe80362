// Package mask hides what is personal in texts for the log.
package mask

import "strings"

// Number leaves enough of a telephone number to find a call by: the first three
// and the last two characters, less of a short one. Extensions and service
// numbers, up to five characters, stay as they are.
func Number(s string) string {
	r := []rune(s)
	if len(r) <= 5 {
		return s
	}
	first, last := min(3, len(r)-5), len(r)-2
	return string(r[:first]) + strings.Repeat("*", last-first) + string(r[last:])
}
