package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestPercentFor(t *testing.T) {
	for live, want := range map[uint64]int{0: 200, 4 << 20: 200, 42 << 20: 200, 64 << 20: 150, 640 << 20: 60, 64 << 30: 50} {
		if got := percentFor(live); got != want {
			t.Errorf("%d MiB: %d percent, want %d", live>>20, got, want)
		}
	}
}

// TestHurry: nothing is collected at first, collections come back with the first one, and a user's own settings hold.
func TestHurry(t *testing.T) {
	percent := debug.SetGCPercent(100)
	limit := debug.SetMemoryLimit(-1)
	defer func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}()
	now := func() int { // the runtime tells it only when it is set
		n := debug.SetGCPercent(77)
		debug.SetGCPercent(n)
		return n
	}
	set := map[string]string{}
	p := &process{getenv: func(name string) string { return set[name] }}

	set["GOGC"] = "150"
	p.hurry()()
	if n := now(); n != 100 {
		t.Errorf("with a GOGC of the user's: %d", n)
	}
	delete(set, "GOGC")

	settle := p.hurry()
	if n, limit := now(), debug.SetMemoryLimit(-1); n != -1 || limit != loadHeap {
		t.Errorf("while loading: %d, %d", n, limit)
	}
	done := make(chan struct{})
	afterCollection(func() { close(done) })
	runtime.GC()
	<-done
	for now() == -1 { // the other cleanup may come behind ours
		runtime.Gosched()
	}
	if n, limit := now(), debug.SetMemoryLimit(-1); n != 100 || limit == loadHeap {
		t.Errorf("after a collection: %d, %d", n, limit)
	}
	settle()
	if n := now(); n != servePercent {
		t.Errorf("settled: %d", n)
	}
}
