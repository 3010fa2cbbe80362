package cloudapi

import (
	"context"
	"math"
	"slices"
	"time"

	"tccc/gateway/store"
)

// Bounds of queries.
const (
	maxPage     = 100
	maxRange    = 90 * 24 * time.Hour
	batch       = 1000 // what the store gives at once
	kept        = 250  // of the latest records, while counting
	maxScans    = 4    // queries that read through the records at the same time; others wait
	maxSessions = 100  // SessionIds of one query
)

// timeRange checks the time stamps of a query, Unix seconds. The second of the
// end belongs to it.
func timeRange(startName string, start int64, endName string, end int64) (from, to time.Time, err error) {
	switch {
	case start < 0 || start > math.MaxUint32:
		return from, to, invalid(startName, "it must be a Unix time in seconds")
	case end < start || end > math.MaxUint32:
		return from, to, invalid(endName, "it must be a Unix time in seconds, not before %s", startName)
	case end-start > int64(maxRange/time.Second):
		return from, to, invalid(endName, "it must not be more than 90 days after %s", startName)
	}
	return time.Unix(start, 0), time.Unix(end+1, 0), nil
}

// window is a part of a list.
type window struct{ offset, limit int }

// page checks PageSize and PageNumber, which counts from 0.
func page(size, number int64, most int) (window, error) {
	if size < 1 || size > int64(most) {
		return window{}, invalid("PageSize", "it must be 1 to %d", most)
	}
	if number < 0 || number > math.MaxInt32/int64(most) {
		return window{}, invalid("PageNumber", "it must be 0 or more")
	}
	return window{int(size * number), int(size)}, nil
}

// slice checks Limit and Offset.
func slice(limit, offset *int64, most int, usual int64) (window, error) {
	n, from := usual, int64(0)
	if limit != nil {
		n = *limit
	}
	if offset != nil {
		from = *offset
	}
	if n < 1 || n > int64(most) {
		return window{}, invalid("Limit", "it must be 1 to %d", most)
	}
	if from < 0 || from > math.MaxInt32 {
		return window{}, invalid("Offset", "it must be 0 or more")
	}
	return window{int(from), int(n)}, nil
}

// each calls f for every record of a query, in the order in which sessions
// ended, with the cursor that the record's batch began at.
func (h *Handler) each(ctx context.Context, q store.CDRQuery, f func(c *store.CDR, cursor uint64)) error {
	q.Limit = batch
	if q.SessionID == "" {
		select {
		case h.scans <- struct{}{}:
			defer func() { <-h.scans }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for {
		p, err := h.opts.CDRs.CDRs(ctx, q)
		if err != nil {
			return err
		}
		for i := range p.CDRs {
			f(&p.CDRs[i], q.After)
		}
		if p.Next == 0 {
			return nil
		}
		q.After = p.Next
	}
}

// records gives a window of the records that fit, the latest first, and how
// many there are in all. The first pages are kept while counting; later ones
// are read again from the batch that they are in.
func (h *Handler) records(ctx context.Context, q store.CDRQuery, fits func(*store.CDR) bool,
	w window) (found []store.CDR, total int, err error) {
	type mark struct {
		cursor uint64
		before int // records that fit, of earlier batches
	}
	var marks []mark
	var last []store.CDR // the last ones that fit
	err = h.each(ctx, q, func(c *store.CDR, cursor uint64) {
		if !fits(c) {
			return
		}
		if len(marks) == 0 || marks[len(marks)-1].cursor != cursor {
			marks = append(marks, mark{cursor, total})
		}
		if len(last) == 2*kept {
			last = append(last[:0], last[kept:]...)
		}
		last = append(last, *c)
		total++
	})
	if err != nil {
		return nil, 0, err
	}
	// The window, counted from the earliest record.
	end := max(0, total-w.offset)
	begin := max(0, end-w.limit)
	if gone := total - len(last); begin >= gone {
		found = slices.Clone(last[begin-gone : end-gone])
		slices.Reverse(found)
		return found, total, nil
	}
	i := len(marks) - 1
	for ; i > 0 && marks[i].before > begin; i-- {
	}
	at := marks[i].before
	q.After = marks[i].cursor
	short, cancel := context.WithCancel(ctx)
	defer cancel()
	err = h.each(short, q, func(c *store.CDR, _ uint64) {
		if fits(c) {
			if at >= begin && at < end {
				found = append(found, *c)
			}
			if at++; at == end {
				cancel()
			}
		}
	})
	if err != nil && at < end {
		return nil, 0, err
	}
	slices.Reverse(found)
	return found, total, nil
}

// oneRecord finds the record of an ended session.
func (h *Handler) oneRecord(ctx context.Context, app, session string) (store.CDR, bool, error) {
	if session == "" || len(session) > 256 {
		return store.CDR{}, false, nil
	}
	p, err := h.opts.CDRs.CDRs(ctx, store.CDRQuery{SDKAppID: app, SessionID: session, Limit: 1})
	if err != nil || len(p.CDRs) == 0 {
		return store.CDR{}, false, err
	}
	return p.CDRs[0], true, nil
}

func seconds(ms int64) int64 { return ms / 1000 }
