package gateway

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tccc/gateway/admin"
)

// Trunks implements admin.Gateway.
func (o operators) Trunks(ctx context.Context) ([]admin.Target, error) {
	found, failed := o.g.sip.Locate(ctx)
	out := []admin.Target{}
	for _, s := range found {
		out = append(out, admin.Target{
			Trunk: s.Trunk, Host: s.Host, Target: s.Target, Priority: s.Rank, Up: s.Up, Reason: s.Reason,
			Since: s.Since.UnixMilli(), Retry: unixMilli(s.Retry),
		})
	}
	for trunk, err := range failed {
		if !slices.ContainsFunc(out, func(t admin.Target) bool { return t.Trunk == trunk }) {
			out = append(out, admin.Target{Trunk: trunk, Reason: err.Error()})
		}
	}
	slices.SortStableFunc(out, func(a, b admin.Target) int { return cmp.Compare(a.Trunk, b.Trunk) })
	return out, nil
}

func unixMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
