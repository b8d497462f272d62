package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"sync"
)

// Settings of the garbage collector while requests are served.
const (
	// loadHeap is the memory up to which nothing is collected while contracts are loaded: what loading makes lives until
	// its end, so that a collection on the way costs much and finds little.
	loadHeap = 160 << 20
	// servePercent makes half as many collections as by default: each has to look through the whole journal, which is
	// larger than what requests leave behind. With a full journal of short exchanges it costs some 15 MiB.
	servePercent = 200
	// largeHeap is the size of a heap behind which memory is given back before the first request. To do it takes some
	// milliseconds, and loading a small document leaves nothing behind that would be worth them.
	largeHeap = 48 << 20
)

// hurry is called before contracts are loaded, and what it gives back once they are. A user's own GOGC or GOMEMLIMIT holds.
func (p *process) hurry() (settle func()) {
	if p.getenv("GOGC") != "" || p.getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	var one sync.Once
	loading := new([64]byte) // no collection has come for as long as it is there; tiny ones may stay for longer
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(loadHeap)
	runtime.AddCleanup(loading, func(percent int) {
		// More than loadHeap is needed after all: against a limit that what lives comes close to, collections would never end.
		one.Do(func() { pace(percent) })
	}, 100)
	return func() {
		one.Do(func() {})
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		if memory.HeapSys-memory.HeapReleased > largeHeap {
			debug.FreeOSMemory()
		}
		pace(servePercent)
	}
}

// pace goes back to collections that follow the growth of the heap.
func pace(percent int) {
	debug.SetGCPercent(percent)
	debug.SetMemoryLimit(math.MaxInt64)
}
