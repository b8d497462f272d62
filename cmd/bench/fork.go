package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/store"
)

// A forking is what a sandbox costs that is made of a snapshot.
type forking struct {
	items int
	took  time.Duration // of CPU for one, median of the batches
	bytes int64         // of heap that one holds, median
}

// Budgets of a fork.
const (
	forkTime  = time.Millisecond
	forkBytes = 64 << 10
)

// fork makes sandboxes of a snapshot with 10,000 items, in this process.
func (s settings) fork(ctx context.Context, sub *subject, document string) (*forking, error) {
	c, err := contracts.Load(ctx, document, contracts.Options{})
	if err != nil {
		return nil, err
	}
	server, err := mock.New(ctx, mock.Options{Contract: c, Auth: mock.Ignore, Seed: 1, Store: store.NewMemory(), Clock: clock.New(clock.Options{})})
	if err != nil {
		return nil, err
	}
	f := &forking{items: 10_000}
	for range f.items {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(sub.create.method, c.BasePaths()[0]+sub.create.path, strings.NewReader(sub.create.body))
		r.Header.Set("Content-Type", sub.create.contentType)
		if server.ServeHTTP(w, r); w.Code != http.StatusCreated {
			return nil, fmt.Errorf("create an item: status %d: %.300s", w.Code, w.Body)
		}
	}
	boxes := server.Sandboxes()
	if _, err := boxes.Save("full", ""); err != nil {
		return nil, err
	}
	const batch = 200
	var took []time.Duration
	var held []int64
	for range s.rounds {
		before, start := heap(), time.Duration(0)
		if start, err = ownCPU(); err != nil {
			return nil, err
		}
		for i := range batch {
			if _, err := boxes.Create(ctx, mock.SandboxOptions{Name: fmt.Sprintf("box-%d", i), Snapshot: "full"}); err != nil {
				return nil, err
			}
		}
		end, err := ownCPU()
		if err != nil {
			return nil, err
		}
		took, held = append(took, (end-start)/batch), append(held, max(0, heap()-before)/batch)
		for i := range batch {
			if err := boxes.Drop(fmt.Sprintf("box-%d", i)); err != nil {
				return nil, err
			}
		}
	}
	f.took, f.bytes = median(took), median(held)
	return f, nil
}

// heap is what is in use behind a collection.
func heap() int64 {
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	return int64(memory.HeapAlloc)
}
