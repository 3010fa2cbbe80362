package ccgateway

import (
	"strings"
)

// Prefix is where the door is mounted.
const Prefix = "/agentgateway/resource/"

// Work numbers are 101 to 999999. The older documents end at 59999.
const (
	minWorkNo = 101
	maxWorkNo = 999999
)

// target is what a path names.
type target struct {
	resource string // onlineagent, agentevent, qualitycontrol
	agentID  string // as it was sent
	name     string // of the operation; "" is the resource itself
	args     []string
}

// parsePath reads the path of a request. Empty segments are dropped: published
// clients send them. It reports false for what names no resource.
func parsePath(path string) (target, bool) {
	rest, ok := strings.CutPrefix(path, Prefix)
	if !ok || len(rest) > 512 {
		return target{}, false
	}
	var parts []string
	for part := range strings.SplitSeq(rest, "/") {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) < 2 {
		return target{}, false
	}
	t := target{resource: parts[0], agentID: parts[1]}
	if len(parts) > 2 {
		t.name, t.args = parts[2], parts[3:]
	}
	return t, true
}

// validWorkNo reports whether a text is a work number, without leading zeros.
func validWorkNo(s string) bool {
	n, ok := number(s)
	return ok && n >= minWorkNo && n <= maxWorkNo
}

// number reads a decimal number of up to six digits as it is written: no sign,
// no leading zero.
func number(s string) (int, bool) {
	if s == "" || len(s) > 6 || len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
