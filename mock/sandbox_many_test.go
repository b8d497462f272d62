package mock_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"understudy/mock"
	"understudy/mock/store"
)

// heap is what lives, after a collection.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what finalizers let go of
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// writeTo makes three items in a sandbox.
func (l *lodge) writeTo(name string) {
	l.t.Helper()
	for i := range 3 {
		if w := l.do("POST", "/v1/items", fmt.Sprintf(`{"price":1,"name":"item %d"}`, i), "Understudy-Sandbox: "+name); w.Code != 201 {
			l.t.Fatalf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// TestManySandboxes holds many at once, each with items of its own, and looks at what they take and at what is left when they
// are gone. The bounds are several times what was measured.
func TestManySandboxes(t *testing.T) {
	const many, most = 500, 128 << 10
	l := newLodge(t, mock.Options{Store: store.NewMemory(), Journal: mock.JournalLimits{Entries: 100}})
	l.create(mock.SandboxOptions{Name: "first"}) // what is made once for all
	l.writeTo("first")
	routines, before := runtime.NumGoroutine(), heap()
	for i := range many {
		name := fmt.Sprint("box-", i)
		l.create(mock.SandboxOptions{Name: name, Idle: time.Hour})
		l.writeTo(name)
	}
	if each := (heap() - before) / many; each > most {
		t.Errorf("a sandbox with three items takes %d bytes, want at most %d", each, most)
	}
	for i := range many {
		if err := l.boxes.Drop(fmt.Sprint("box-", i)); err != nil {
			t.Fatal(err)
		}
	}
	if left := (heap() - before) / many; left > 2<<10 { // its name and why it is gone
		t.Errorf("a dropped sandbox leaves %d bytes", left)
	}
	if n := runtime.NumGoroutine(); n > routines {
		t.Errorf("%d goroutines are left of %d sandboxes", n-routines, many)
	}
}

// BenchmarkSandboxes makes a sandbox, writes three items into it and drops it when 5,000 others are there.
func BenchmarkSandboxes(b *testing.B) {
	l := newLodge(b, mock.Options{Store: store.NewMemory()})
	before := heap()
	const many = 5_000
	for i := range many {
		name := fmt.Sprint("box-", i)
		l.create(mock.SandboxOptions{Name: name})
		l.writeTo(name)
	}
	held := float64(heap()-before) / many / 1024
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		name := fmt.Sprint("more-", n)
		n++
		l.create(mock.SandboxOptions{Name: name})
		l.writeTo(name)
		if err := l.boxes.Drop(name); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(held, "KiB/sandbox")
}
