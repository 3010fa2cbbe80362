package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tccc/internal/clip"
)

// Size is a number of bytes, written with its unit: 500MB, 20GB. The zero size
// is written 0.
type Size int64

// units of sizes, the largest first.
var units = []struct {
	name  string
	bytes int64
}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}}

// ParseSize reads "500MB" or "0".
func ParseSize(text string) (Size, error) {
	if text == "0" {
		return 0, nil
	}
	for _, u := range units {
		number, found := strings.CutSuffix(text, u.name)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/u.bytes {
			break
		}
		return Size(n * u.bytes), nil
	}
	return 0, fmt.Errorf("must be a whole number with its unit (500MB, 20GB), or 0, not %q", clip.Shown(text, 40))
}

// String gives the size as it is written in the file.
func (s Size) String() string {
	for _, u := range units {
		if s != 0 && int64(s)%u.bytes == 0 {
			return fmt.Sprintf("%d%s", int64(s)/u.bytes, u.name)
		}
	}
	return strconv.FormatInt(int64(s), 10)
}
