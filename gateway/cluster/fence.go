package cluster

import (
	"fmt"
	"sync"
)

// ErrFenced is that of an owner that has been replaced.
type ErrFenced struct {
	App         string
	Fence, Seen uint64
}

func (e *ErrFenced) Error() string {
	return fmt.Sprintf("cluster: the application %s has another owner: fence %d, and %d was seen", e.App, e.Fence,
		e.Seen)
}

// Fence refuses what owners say that have been replaced: whatever takes orders
// for applications keeps one. Its zero value has seen nothing.
type Fence struct {
	mu   sync.Mutex
	seen map[string]uint64
}

// Pass lets an order of the owner with this fence pass unless a later owner has
// been heard of; the error is an [*ErrFenced] then.
func (f *Fence) Pass(app string, fence uint64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if seen := f.seen[app]; fence < seen || fence == 0 {
		return &ErrFenced{App: app, Fence: fence, Seen: seen}
	}
	if f.seen == nil {
		f.seen = map[string]uint64{}
	}
	f.seen[app] = fence
	return nil
}
