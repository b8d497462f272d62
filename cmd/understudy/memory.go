package main

import (
	"runtime"
	"runtime/debug"
)

// Settings of the garbage collector while requests are served.
const (
	// servePercent makes half as many collections as by default: each has to look through the whole journal, which is
	// larger than what requests leave behind. With a full journal of short exchanges it costs some 15 MiB.
	servePercent = 200
	// largeHeap is the size of a heap behind which memory is given back before the first request. To do it takes some
	// milliseconds, and loading a small document leaves nothing behind that would be worth them.
	largeHeap = 48 << 20
)

// settle is called once the contracts are loaded, which takes several times the memory that they hold afterwards.
// A user's own GOGC holds.
func (p *process) settle() {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	if memory.HeapSys-memory.HeapReleased > largeHeap {
		debug.FreeOSMemory()
	}
	if p.getenv("GOGC") == "" {
		debug.SetGCPercent(servePercent)
	}
}
