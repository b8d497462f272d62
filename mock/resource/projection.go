package resource

import (
	"encoding/json"
	"sync"

	"understudy/contracts/schema"
)

// A projection names an item seen through another schema. What an item is lies in the store as bytes that never change: a changed
// item lies elsewhere. Items of equal JSON may differ in what is made up.
type projection struct {
	shown *schema.Schema
	st    *collectionState
	json  *byte // where the item's JSON begins
}

// projectionsMax bounds the bytes that the cache of projections holds, about; it is dropped as a whole when it is full.
const projectionsMax = 32 << 20

// projections remember how items are shown. The zero value is empty.
type projections struct {
	mu    sync.RWMutex
	shown map[projection][]byte
	bytes int
}

// get gives how an item is shown; nil: it is not remembered.
func (p *projections) get(key projection) []byte {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.shown[key]
}

// put remembers how an item of so many bytes is shown.
func (p *projections) put(key projection, shown []byte, size int) {
	const overhead = 100 // of an entry, about
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes += len(shown) + size + overhead; p.bytes > projectionsMax || p.shown == nil {
		p.shown, p.bytes = map[projection][]byte{}, len(shown)+size+overhead
	}
	p.shown[key] = shown
}

func (p *projections) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown, p.bytes = nil, 0
}

// decoded says that a value is nothing but what schema.ParseJSON gives.
func decoded(v any) bool {
	switch v := v.(type) {
	case nil, bool, string, json.Number:
		return true
	case []any:
		for _, item := range v {
			if !decoded(item) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, member := range v {
			if !decoded(member) {
				return false
			}
		}
		return true
	}
	return false
}
