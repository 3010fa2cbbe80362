package files

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tccc/gateway/store"
)

// A link is good for linkLife at least; its end is a whole hour, so that the
// same file has the same address for an hour and browsers keep it.
const linkLife = 12 * time.Hour

// links signs and checks links. The key is in the store: links hold over
// restarts and on every node.
type links struct{ key []byte }

type keyRecord struct {
	Key []byte `json:"key"`
}

func openLinks(ctx context.Context, s *store.Store) (links, error) {
	bucket, err := store.OpenBucket[keyRecord](ctx, s, "file-keys", 0)
	if err != nil {
		return links{}, err
	}
	fresh := keyRecord{make([]byte, 32)}
	_, _ = rand.Read(fresh.Key)
	if _, err := bucket.Create(ctx, "key", fresh); err != nil && !errors.Is(err, store.ErrExists) {
		return links{}, err
	}
	e, err := bucket.Get(ctx, "key")
	if err != nil {
		return links{}, err
	}
	return links{e.Value.Key}, nil
}

func (l links) sign(id string, expires int64) string {
	mac := hmac.New(sha256.New, l.key)
	fmt.Fprintf(mac, "%s\x00%d", id, expires)
	return hex.EncodeToString(mac.Sum(nil))
}

// link gives the path and query of a file.
func (l links) link(id string, now time.Time) string {
	expires := now.Add(linkLife).Truncate(time.Hour).Add(time.Hour).Unix()
	return Path + id + "?exp=" + strconv.FormatInt(expires, 10) + "&sig=" + l.sign(id, expires)
}

// good reports whether a link was made here and is good still.
func (l links) good(id, exp, sig string, now time.Time) bool {
	expires, err := strconv.ParseInt(exp, 10, 64)
	same := hmac.Equal([]byte(l.sign(id, expires)), []byte(sig))
	return err == nil && same && now.Unix() < expires
}
