package resource_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"understudy/contracts"
)

// A shelf is the model: what a simple-minded server would keep. Items stand in the order of their creation, by the
// path that reads them.
type shelf struct {
	*world
	rt    *rapid.T
	items map[string]doc
	order []string
	gone  []string
}

// below gives the paths of the items directly in a collection.
func (s *shelf) below(collection string) []string {
	var list []string
	for _, path := range s.order {
		if rest, ok := strings.CutPrefix(path, collection+"/"); ok && !strings.Contains(rest, "/") {
			list = append(list, path)
		}
	}
	return list
}

// any draws an item of a kind: at depth 1 shops, 3 books, 5 reviews. "" when there is none.
func (s *shelf) any(depth int) string {
	list := slices.DeleteFunc(slices.Clone(s.order), func(path string) bool { return strings.Count(path, "/") != depth+1 })
	if len(list) == 0 {
		return ""
	}
	return rapid.SampledFrom(list).Draw(s.rt, "path")
}

func (s *shelf) keep(path string, sent, got doc) {
	s.rt.Helper()
	for name, v := range sent {
		if name == "id" || strings.HasSuffix(name, "_at") {
			continue
		}
		if text(got[name]) != text(v) {
			s.rt.Fatalf("%s: sent the %s %v, got %v", path, name, v, got[name])
		}
	}
	if s.items[path] == nil {
		s.order = append(s.order, path)
	}
	s.items[path] = got
}

func (s *shelf) create(collection string, sent doc) {
	got := s.want(201, "POST", collection, sent)
	path := collection + "/" + text(got["id"])
	if s.items[path] != nil || slices.Contains(s.gone, path) {
		s.rt.Fatalf("%s: the id was given before", path)
	}
	s.keep(path, sent, got)
}

func (s *shelf) remove(path string) {
	s.want(204, "DELETE", path, nil)
	s.order = slices.DeleteFunc(s.order, func(p string) bool {
		if p != path && !strings.HasPrefix(p, path+"/") {
			return false
		}
		delete(s.items, p)
		s.gone = append(s.gone, p)
		return true
	})
}

// sees compares one page of a list with the model's items.
func (s *shelf) sees(got any, want []string, members ...string) {
	s.rt.Helper()
	list, _ := got.([]any)
	if len(list) != len(want) {
		s.rt.Fatalf("the list shows %d items, the model has %d: %v", len(list), len(want), got)
	}
	for i, path := range want {
		item := list[i].(doc)
		names := members
		if len(names) == 0 {
			names = slices.Collect(maps.Keys(s.items[path]))
		}
		for _, name := range names {
			if text(item[name]) != text(s.items[path][name]) {
				s.rt.Fatalf("%s: the list shows the %s %v, the item has %v", path, name, item[name], s.items[path][name])
			}
		}
	}
}

var (
	genres  = rapid.SampledFrom([]string{"crime", "poetry", "travel"})
	drawTag = rapid.SampledFrom([]string{"old", "new", "thick"})
)

func drawBook(rt *rapid.T) doc {
	book := doc{"title": rapid.StringMatching(`[A-Za-z"\\é ]{1,8}`).Draw(rt, "title")}
	if rapid.Bool().Draw(rt, "priced") {
		book["price"] = rapid.IntRange(0, 9).Draw(rt, "price")
	}
	if rapid.Bool().Draw(rt, "with genre") {
		book["genre"] = genres.Draw(rt, "genre")
	}
	if rapid.Bool().Draw(rt, "tagged") {
		book["tags"] = rapid.SliceOfN(drawTag, 0, 2).Draw(rt, "tags")
	}
	return book
}

func (s *shelf) operations() map[string]func(*rapid.T) {
	with := func(depth int, f func(rt *rapid.T, path string)) func(*rapid.T) {
		return func(rt *rapid.T) {
			s.rt = rt
			if path := s.any(depth); path != "" {
				f(rt, path)
			}
		}
	}
	return map[string]func(*rapid.T){
		"create shop": func(rt *rapid.T) {
			s.rt = rt
			s.create("/shops", doc{"name": rapid.StringMatching(`[a-zA-Z]{1,6}`).Draw(rt, "name")})
		},
		"create book": with(1, func(rt *rapid.T, path string) { s.create(path+"/books", drawBook(rt)) }),
		"create review": with(3, func(rt *rapid.T, path string) {
			s.create(path+"/reviews", doc{"stars": rapid.IntRange(1, 5).Draw(rt, "stars")})
		}),
		"delete shop":   with(1, func(_ *rapid.T, path string) { s.remove(path) }),
		"delete book":   with(3, func(_ *rapid.T, path string) { s.remove(path) }),
		"delete review": with(5, func(_ *rapid.T, path string) { s.remove(path) }),
		"update book": with(3, func(rt *rapid.T, path string) {
			change := drawBook(rt)
			s.keep(path, change, s.want(200, "PATCH", path, change))
		}),
		"replace book": with(3, func(rt *rapid.T, path string) {
			whole, before := drawBook(rt), s.items[path]
			got := s.want(200, "PUT", path, whole)
			for _, name := range []string{"price", "genre", "tags"} {
				if _, sent := whole[name]; !sent && got[name] != nil {
					rt.Fatalf("%s: the %s stayed after a replacement without it: %v", path, name, got[name])
				}
			}
			for _, name := range []string{"id", "shop_id", "url", "serial", "created_at"} {
				if text(got[name]) != text(before[name]) {
					rt.Fatalf("%s: the %s changed: %v, %v", path, name, before[name], got[name])
				}
			}
			s.keep(path, whole, got)
		}),
		"update shop": with(1, func(rt *rapid.T, path string) {
			note := rapid.SampledFrom([]any{nil, "a", "b"}).Draw(rt, "note")
			body, _ := json.Marshal(doc{"note": note})
			s.keep(path, doc{"note": note}, s.want(200, "PATCH", path, body, "Content-Type", "application/merge-patch+json"))
		}),
		"patch shop": with(1, func(rt *rapid.T, path string) {
			name := rapid.StringMatching(`[a-z]{1,6}`).Draw(rt, "name")
			body, _ := json.Marshal([]doc{{"op": "test", "path": "/name", "value": s.items[path]["name"]}, {"op": "replace", "path": "/name", "value": name}})
			s.keep(path, doc{"name": name}, s.want(200, "PATCH", path, body, "Content-Type", "application/json-patch+json"))
		}),
		"close shop": with(1, func(_ *rapid.T, path string) {
			if s.items[path]["status"] != "open" {
				s.want(409, "POST", path+"/close", doc{})
				return
			}
			s.keep(path, doc{"status": "closed"}, s.want(200, "POST", path+"/close", doc{"reason": "r"}))
		}),
		"what is gone": func(rt *rapid.T) {
			s.rt = rt
			if len(s.gone) > 0 {
				path := rapid.SampledFrom(s.gone).Draw(rt, "gone")
				s.want(404, "GET", path, nil)
				s.want(404, "DELETE", path, nil)
			}
		},
		"read": func(rt *rapid.T) {
			s.rt = rt
			if len(s.order) == 0 {
				return
			}
			path := rapid.SampledFrom(s.order).Draw(rt, "path")
			got := s.want(200, "GET", path, nil)
			for name, v := range s.items[path] {
				if text(got[name]) != text(v) {
					rt.Fatalf("%s: wrote the %s %v, read %v", path, name, v, got[name])
				}
			}
		},
		"list shops":   s.listShops,
		"list books":   with(1, s.listBooks),
		"list reviews": with(3, s.listReviews),
	}
}

func (s *shelf) listShops(rt *rapid.T) {
	s.rt = rt
	all := s.below("/shops")
	query := ""
	if rapid.Bool().Draw(rt, "open only") {
		query = "&status=open"
		all = slices.DeleteFunc(all, func(path string) bool { return s.items[path]["status"] != "open" })
	}
	size := rapid.IntRange(1, 4).Draw(rt, "per_page")
	pages := (len(all) + size - 1) / size
	for page := 1; page <= pages+1; page++ {
		got := s.want(200, "GET", fmt.Sprintf("/shops?page=%d&per_page=%d%s", page, size, query), nil)
		from := min((page-1)*size, len(all))
		s.sees(got["data"], all[from:min(from+size, len(all))], "id", "name", "status")
		equal(rt, "total", got["total"], float64(len(all)))
		equal(rt, "pages", got["total_pages"], float64(pages))
	}
}

func (s *shelf) listBooks(rt *rapid.T, path string) {
	all := s.below(path + "/books")
	query := url.Values{}
	keep := func(hold func(doc) bool) {
		all = slices.DeleteFunc(all, func(p string) bool { return !hold(s.items[p]) })
	}
	if rapid.Bool().Draw(rt, "by genre") {
		genre := genres.Draw(rt, "genre")
		query.Set("genre", genre)
		keep(func(d doc) bool { return d["genre"] == genre })
	}
	if rapid.Bool().Draw(rt, "by tag") {
		tag := drawTag.Draw(rt, "tag")
		query.Set("tags", tag)
		keep(func(d doc) bool {
			tags, _ := d["tags"].([]any)
			return slices.Contains(tags, any(tag))
		})
	}
	if rapid.Bool().Draw(rt, "by price") {
		least := rapid.IntRange(0, 9).Draw(rt, "min_price")
		query.Set("min_price", fmt.Sprint(least))
		keep(func(d doc) bool { price, ok := d["price"].(float64); return ok && price >= float64(least) })
	}
	switch rapid.SampledFrom([]string{"", "price", "-price"}).Draw(rt, "sort") {
	case "price":
		query.Set("sort", "price")
		slices.SortStableFunc(all, func(x, y string) int { return s.byPrice(x, y, 1) })
	case "-price":
		query.Set("sort", "-price")
		slices.SortStableFunc(all, func(x, y string) int { return s.byPrice(x, y, -1) })
	}
	offset, limit := rapid.IntRange(0, 6).Draw(rt, "offset"), rapid.IntRange(1, 4).Draw(rt, "limit")
	query.Set("offset", fmt.Sprint(offset))
	query.Set("limit", fmt.Sprint(limit))
	got := s.want(200, "GET", path+"/books?"+query.Encode(), nil)
	from := min(offset, len(all))
	to := min(from+limit, len(all))
	s.sees(got["books"], all[from:to])
	equal(rt, "count", got["count"], float64(len(all)))
	equal(rt, "has next", got["next"] != nil, to < len(all))
}

// byPrice puts books without a price at the end, whichever way the others go.
func (s *shelf) byPrice(x, y string, way float64) int {
	a, hasA := s.items[x]["price"].(float64)
	b, hasB := s.items[y]["price"].(float64)
	switch {
	case hasA != hasB && hasA, hasA && (a-b)*way < 0:
		return -1
	case hasA != hasB, hasA && a != b:
		return 1
	}
	return 0
}

func (s *shelf) listReviews(rt *rapid.T, path string) {
	all := s.below(path + "/reviews")
	query := ""
	if rapid.Bool().Draw(rt, "by stars") {
		stars := rapid.IntRange(1, 5).Draw(rt, "stars")
		query = fmt.Sprintf("&stars=%d", stars)
		all = slices.DeleteFunc(all, func(p string) bool { return s.items[p]["stars"] != float64(stars) })
	}
	size := rapid.IntRange(1, 3).Draw(rt, "limit")
	cursor := ""
	for from := 0; ; from += size {
		got := s.want(200, "GET", fmt.Sprintf("%s/reviews?limit=%d%s%s", path, size, query, cursor), nil)
		to := min(from+size, len(all))
		s.sees(got["reviews"], all[min(from, len(all)):to])
		equal(rt, "has_more", got["has_more"], to < len(all))
		equal(rt, "has a cursor", got["next_cursor"] != nil, to < len(all))
		if to == len(all) || rt.Failed() {
			return
		}
		cursor = "&cursor=" + url.QueryEscape(text(got["next_cursor"]))
	}
}

// TestModel holds the engine against a plain map: whatever happens in whatever order, reads, totals and pages of
// every style agree with it, and every answer keeps the contract.
func TestModel(t *testing.T) {
	contract, err := contracts.Load(t.Context(), filepath.Join("testdata", "bookshops.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := worldOf(t, contract, nil)
		w.t = fatal{t, rt}
		s := &shelf{world: w, rt: rt, items: map[string]doc{}}
		rt.Repeat(s.operations())
	})
}

// fatal sends what a world finds to rapid, which shrinks it.
type fatal struct {
	testing.TB
	rt *rapid.T
}

func (f fatal) Fatalf(format string, args ...any) { f.rt.Fatalf(format, args...) }
func (f fatal) Errorf(format string, args ...any) { f.rt.Errorf(format, args...) }
func (f fatal) Fatal(args ...any)                 { f.rt.Fatal(args...) }
