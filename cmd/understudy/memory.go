package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// Settings of the garbage collector.
const (
	// loadHeap is the memory up to which nothing is collected while contracts are loaded: what loading makes lives until
	// its end, so that a collection on the way costs much and finds little.
	loadHeap = 160 << 20
	// largeHeap is the size of a heap behind which memory is given back once the contracts are loaded. To do it takes some
	// milliseconds, and loading a small document leaves nothing behind that would be worth them.
	largeHeap = 48 << 20
	// servePercent makes half as many collections as by default while requests are served: each has to look through the whole
	// journal, which is larger than what requests leave behind. With a full journal of short exchanges it costs some 15 MiB.
	servePercent = 200
	// What a large heap may grow by until it is collected: collections of a million items cost no more, for each request,
	// than those of few, and there is no need for three times their memory.
	growthLeast, growthPercent = 64 << 20, 50
)

// hurry is called before contracts are loaded, and what it gives back once they are. A user's own GOGC or GOMEMLIMIT holds.
func (p *process) hurry() (settle func()) {
	if p.getenv("GOGC") != "" || p.getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	var one sync.Once
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(loadHeap)
	afterCollection(func() {
		// More than loadHeap is needed after all: against a limit that what lives comes close to, collections would never end.
		one.Do(func() { pace(100) })
	})
	return func() {
		one.Do(func() {})
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		if memory.HeapSys-memory.HeapReleased > largeHeap {
			debug.FreeOSMemory()
		}
		pace(servePercent)
		pacing.Do(func() { keepPace(servePercent) })
	}
}

// pacing is begun once: the process has one heap.
var pacing sync.Once

// pace lets collections follow the growth of the heap.
func pace(percent int) {
	debug.SetGCPercent(percent)
	debug.SetMemoryLimit(math.MaxInt64)
}

// keepPace sets, after each collection, what may be made until the next by what was found to live.
func keepPace(percent int) {
	afterCollection(func() {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		now := percentFor(sample[0].Value.Uint64())
		if change := now - percent; change < -10 || change > 10 { // to set it stops everybody for a moment
			debug.SetGCPercent(now)
			percent = now
		}
		keepPace(percent)
	})
}

// percentFor is the growth of a heap, in percent of what lives, until it is collected.
func percentFor(live uint64) int {
	return min(servePercent, growthPercent+int(growthLeast*100/max(live, 1)))
}

// afterCollection calls f once, soon after the next collection.
func afterCollection(f func()) {
	// What the collection finds to be gone; it is no smaller so that it stands alone in its piece of memory.
	runtime.AddCleanup(new([64]byte), func(f func()) { f() }, f)
}
