package resource_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"understudy/contracts/schema"
	"understudy/mock"
	"understudy/mock/resource"
	"understudy/mock/store"
)

// shelf makes a shop with n books: some without a price, many with the same.
func (w *world) shelf(n int) string {
	w.t.Helper()
	shop := w.shop("Corner")
	id := strings.TrimPrefix(shop, "/shops/")
	r := w.server.Resources()
	items := must(r.Export(w.t.Context()))
	for i := range n {
		price := ""
		if i%7 > 0 {
			price = fmt.Sprintf(`,"price":%d`, i*31%40-5)
		}
		items = append(items, resource.Item{Collection: "/shops/{shop_id}/books", Scope: map[string]string{"shop_id": id}, ID: fmt.Sprintf("bk_%010d", i),
			Value: schema.Raw(fmt.Sprintf(`{"id":"bk_%010d","shop_id":%s,"title":"T%d"%s,"genre":"g%d","tags":["t%d"]}`, i, id, i*17%91, price, i%3, i%5))})
	}
	if err := r.Import(w.t.Context(), items); err != nil {
		w.t.Fatal(err)
	}
	return shop + "/books"
}

// books of one page, and how many the answer says there are.
func (w *world) shown(target string) (ids []string, count int) {
	w.t.Helper()
	got := w.want(200, "GET", target, nil)
	return column(got["books"], "id"), int(got["count"].(float64))
}

// sortedIDs sorts the books as the answer without sorting gives them.
func (w *world) sortedIDs(path, by string) []string {
	w.t.Helper()
	var page struct{ Books []doc }
	if err := json.Unmarshal(w.send("GET", path+"?limit=100000", nil).body, &page); err != nil {
		w.t.Fatal(err)
	}
	property, down := strings.CutPrefix(by, "-")
	slices.SortStableFunc(page.Books, func(x, y doc) int {
		a, hasA := x[property]
		b, hasB := y[property]
		switch {
		case !hasA || !hasB:
			if hasA {
				return -1
			} else if hasB {
				return 1
			}
			return 0
		case property == "price":
			if down {
				a, b = b, a
			}
			return cmp.Compare(a.(float64), b.(float64))
		}
		if down {
			a, b = b, a
		}
		return strings.Compare(a.(string), b.(string))
	})
	var ids []string
	for _, b := range page.Books {
		ids = append(ids, text(b["id"]))
	}
	return ids
}

// indexes counts the records of indexes of an order.
func indexes(t *testing.T, s store.Store, property string) (n int) {
	t.Helper()
	err := s.View(t.Context(), func(tx store.Tx) error {
		for key := range tx.Scan("resource/", store.Scan{}) {
			if strings.Contains(key, "\x00s"+property+"\x00") {
				n++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSortedByIndex changes a large collection in all ways and holds each page against a list that the test sorts itself.
func TestSortedByIndex(t *testing.T) {
	kept := repeating{store.NewMemory()}
	w := newWorld(t, "bookshops.yaml", func(o *mock.Options) { o.Store = kept })
	path := w.shelf(4500) // more than one transaction of a build
	r := rand.New(rand.NewPCG(1, 2))
	check := func() {
		t.Helper()
		for _, by := range []string{"price", "-price", "title", "-title"} {
			want := w.sortedIDs(path, by)
			for _, offset := range []int{0, 1, r.IntN(len(want)), len(want) - 3, len(want) + 5} {
				ids, count := w.shown(fmt.Sprintf("%s?sort=%s&limit=7&offset=%d", path, by, offset))
				from := min(offset, len(want))
				if to := min(from+7, len(want)); count != len(want) || !slices.Equal(ids, want[from:to]) {
					t.Fatalf("sort=%s offset=%d: %v of %d, want %v of %d", by, offset, ids, count, want[from:to], len(want))
				}
			}
		}
	}
	if n := indexes(t, kept, "price"); n > 0 {
		t.Errorf("%d records of an index that nobody asked for", n)
	}
	check()
	if n := indexes(t, kept, "price"); n != 2*4500 {
		t.Errorf("the indexes of prices hold %d records, want two for each book", n)
	}
	for range 4 {
		for range 12 {
			one := fmt.Sprintf("%s/bk_%010d", path, r.IntN(4500))
			switch r.IntN(4) {
			case 0:
				w.send("DELETE", one, nil)
			case 1:
				w.send("PATCH", one, doc{"price": r.IntN(30), "title": "changed"})
			case 2:
				w.send("PUT", one, doc{"title": fmt.Sprint("U", r.IntN(30))})
			default:
				w.want(201, "POST", path, doc{"title": fmt.Sprint("V", r.IntN(30)), "price": -0.5 + float64(r.IntN(3))})
			}
		}
		check()
	}
	_, count := w.shown(path)
	if n := indexes(t, kept, "title"); n != 2*count {
		t.Errorf("the indexes of titles hold %d records for %d books", n, count)
	}
	if err := w.server.Resources().Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := indexes(t, kept, "title"); n != 0 {
		t.Errorf("the indexes of titles hold %d records after a reset", n)
	}
}

// TestSortedSmall: few items are sorted when they are asked for.
func TestSortedSmall(t *testing.T) {
	kept := store.NewMemory()
	w := newWorld(t, "bookshops.yaml", func(o *mock.Options) { o.Store = kept })
	path := w.shelf(100)
	for _, by := range []string{"price", "-title"} {
		if ids, _ := w.shown(path + "?limit=100&sort=" + by); !slices.Equal(ids, w.sortedIDs(path, by)) {
			t.Errorf("sort=%s: %v", by, ids)
		}
	}
	if n := indexes(t, kept, "price"); n > 0 {
		t.Errorf("the index has %d records", n)
	}
}

// TestNarrowed: several filters at once give what each of them gives of what the others do, in the order of the list.
func TestNarrowed(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	path := w.shelf(600)
	all, _ := w.shown(path + "?limit=1000")
	for _, query := range [][2]string{{"genre=g1", "tags=t2"}, {"genre=g2", "min_price=10"}, {"price=3", "genre=g0"}, {"price=12", "genre=g1&tags=t1"}} {
		one, _ := w.shown(path + "?limit=1000&" + query[0])
		other, _ := w.shown(path + "?limit=1000&" + query[1])
		var want []string
		for _, id := range all {
			if slices.Contains(one, id) && slices.Contains(other, id) {
				want = append(want, id)
			}
		}
		both, count := w.shown(path + "?limit=3&offset=1&" + query[0] + "&" + query[1])
		if count != len(want) || !slices.Equal(both, want[min(1, len(want)):min(4, len(want))]) {
			t.Errorf("%v: %v of %d, want %v", query, both, count, want)
		}
		down, _ := w.shown(path + "?limit=1000&sort=-price&" + query[0] + "&" + query[1])
		slices.Sort(down)
		slices.Sort(want)
		if !slices.Equal(down, want) {
			t.Errorf("%v, sorted: %v, want %v", query, down, want)
		}
	}
}
