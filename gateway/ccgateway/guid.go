package ccgateway

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"tccc/gateway/auth"
)

// maxGuids bounds the Guids of a desk that are valid at the same time.
const maxGuids = 16

// guid proves that a request comes from the page that signed in.
type guid struct {
	text  string
	until time.Time
}

// guids are the valid Guids of one desk, the newest last. The owner holds the
// desk's lock.
type guids []guid

// newGuid makes one of 128 random bits. It contains neither = nor :, which
// clients split the header at.
func newGuid(node string) string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x.%s", b[:4], b[4:6], b[6:8], b[8:10], b[10:], node)
}

// add makes a Guid valid until a time. Those before it stay valid until
// overlap, for requests that are under way and answers that are lost.
func (g *guids) add(text string, until, overlap time.Time) {
	kept := (*g)[:0]
	for _, old := range *g {
		if old.until.After(overlap) {
			old.until = overlap
		}
		kept = append(kept, old)
	}
	if len(kept) >= maxGuids {
		kept = append(kept[:0], kept[len(kept)-maxGuids+1:]...)
	}
	*g = append(kept, guid{text, until})
}

// valid looks for a Guid in constant time.
func (g guids) valid(text string, now time.Time) bool {
	found := false
	for _, known := range g {
		if auth.Equal(known.text, text) && now.Before(known.until) {
			found = true
		}
	}
	return found
}

// guidOf takes the Guid out of a header; some clients send back the whole
// value of Set-GUID.
func guidOf(header string) string {
	return strings.TrimPrefix(strings.TrimSpace(header), "JSESSIONID=")
}
