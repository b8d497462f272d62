package resource_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"understudy/mock"
	"understudy/mock/resource"
	"understudy/mock/store"
)

// Seed, clock and requests decide every byte.
func TestSameRequestsSameBytes(t *testing.T) {
	story := func(seed uint64) string {
		w := newWorld(t, "bookshops.yaml", func(o *mock.Options) { o.Seed, o.State = seed, resource.Invent })
		var b strings.Builder
		for _, call := range []struct {
			method, target string
			body           any
		}{
			{"GET", "/shops", nil}, {"POST", "/shops", doc{"name": "A"}}, {"GET", "/shops/9", nil}, {"POST", "/shops/9/books", doc{"title": "T"}},
			{"GET", "/shops/9/books", nil}, {"GET", "/shops/8/books/bk_0000000000/reviews", nil}, {"GET", "/settings", nil},
			{"PUT", "/labels/x", doc{}}, {"GET", "/shops?q=a", nil}, {"POST", "/shops/9/close", doc{}}, {"GET", "/files/file_1", nil}, {"GET", "/files/file_1/content", nil},
		} {
			got := w.send(call.method, call.target, call.body)
			fmt.Fprintf(&b, "%d %s %s\n", got.status, got.header.Get("ETag"), got.body)
		}
		return b.String()
	}
	one := story(1)
	for range 5 {
		equal(t, "the same seed", story(1), one)
	}
	if story(2) == one {
		t.Error("another seed gives the same world")
	}
}

func TestParallelCreates(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", func(o *mock.Options) { o.Store = store.NewMemory() })
	const workers, each = 8, 25
	shop := w.shop("Corner")
	statuses := make([][]int, workers)
	ids := make([][]string, workers)
	var group sync.WaitGroup
	for n := range workers {
		group.Go(func() {
			for i := range each {
				got := w.send("POST", "/shops", doc{"name": "S", "email": fmt.Sprintf("shop%d@shops.example", i)})
				statuses[n] = append(statuses[n], got.status)
				made := w.send("POST", shop+"/books", doc{"title": "T"})
				var book doc
				if err := json.Unmarshal(made.body, &book); err != nil {
					t.Error(err)
				}
				ids[n] = append(ids[n], text(book["id"]))
				w.send("GET", shop+"/books?limit=3&genre=x", nil)
				w.send("GET", "/shops?per_page=50", nil)
			}
		})
	}
	group.Wait()
	made := map[int]int{}
	for _, status := range slices.Concat(statuses...) {
		made[status]++
	}
	equal(t, "statuses", made, map[int]int{201: each, 409: (workers - 1) * each})
	all := slices.Concat(ids...)
	slices.Sort(all)
	equal(t, "distinct ids", len(slices.Compact(all)), workers*each)
	equal(t, "books", w.want(200, "GET", shop+"/books", nil)["count"], float64(workers*each))
	equal(t, "shops", w.want(200, "GET", "/shops", nil)["total"], float64(each+1))
}
