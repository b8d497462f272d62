package resource_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
)

// titles makes a shop with books and gives the path of its books.
func (w *world) books(books ...doc) string {
	w.t.Helper()
	path := w.shop("Corner") + "/books"
	for _, b := range books {
		w.want(201, "POST", path, b)
	}
	return path
}

func numbered(n int) []doc {
	var list []doc
	for i := range n {
		list = append(list, doc{"title": fmt.Sprintf("T%02d", i), "price": i})
	}
	return list
}

func TestPagesByNumber(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	for i := range 25 {
		w.shop(fmt.Sprintf("S%02d", i))
	}
	got := w.want(200, "GET", "/shops?page=3&per_page=10", nil)
	equal(t, "names", column(got["data"], "name"), []string{"S20", "S21", "S22", "S23", "S24"})
	equal(t, "total", got["total"], 25.0)
	equal(t, "page", got["page"], 3.0)
	equal(t, "pages", got["total_pages"], 3.0)
	equal(t, "default size", len(w.want(200, "GET", "/shops", nil)["data"].([]any)), 10)
	equal(t, "beyond the end", len(w.want(200, "GET", "/shops?page=9", nil)["data"].([]any)), 0)

	first := w.send("GET", "/shops?per_page=10&status=open", nil).header.Get("Link")
	for _, part := range []string{`/v1/shops?`, `page=2`, `per_page=10`, `status=open`, `rel="next"`, `rel="last"`} {
		if !strings.Contains(first, part) {
			t.Errorf("the Link header %q lacks %s", first, part)
		}
	}
	if strings.Contains(first, `rel="prev"`) {
		t.Errorf("the first page has a previous one: %s", first)
	}
}

func TestPagesByOffset(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	path := w.books(numbered(12)...)
	got := w.want(200, "GET", path+"?offset=10", nil)
	equal(t, "titles", column(got["books"], "title"), []string{"T10", "T11"})
	equal(t, "count", got["count"], 12.0)
	equal(t, "next of the last page", got["next"], nil)
	var seen []string
	target := path + "?limit=5"
	for n := 0; target != ""; n++ {
		page := w.want(200, "GET", target, nil)
		seen = append(seen, column(page["books"], "title")...)
		next, _ := page["next"].(string)
		target = strings.TrimPrefix(strings.TrimPrefix(next, "http://example.com"), "/v1")
		if n > 5 {
			t.Fatal("the pages do not end")
		}
	}
	equal(t, "all pages", len(slices.Compact(seen)), 12)
}

func TestCursorsStayInPlace(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	path := w.books(doc{"title": "T"})
	path += "/" + column(w.want(200, "GET", path, nil)["books"], "id")[0] + "/reviews"
	var ids []string
	for i := range 7 {
		ids = append(ids, text(w.want(201, "POST", path, doc{"stars": i%5 + 1})["id"]))
	}
	page := w.want(200, "GET", path, nil)
	equal(t, "first page", column(page["reviews"], "id"), ids[:3])
	equal(t, "has_more", page["has_more"], true)
	for _, gone := range []string{ids[0], ids[2], ids[3]} { // on the page that was read, at the cursor, behind it
		w.want(204, "DELETE", path+"/"+gone, nil)
	}
	page = w.want(200, "GET", path+"?cursor="+url.QueryEscape(text(page["next_cursor"])), nil)
	equal(t, "second page", column(page["reviews"], "id"), ids[4:])
	equal(t, "has_more", page["has_more"], false)
	equal(t, "next_cursor", page["next_cursor"], nil)
	for _, cursor := range []string{"nonsense", "%00", "bzk5OTk5OTk5OTk5OTk5OTk5OTk5OTk", "eDE"} {
		w.want(400, "GET", path+"?cursor="+cursor, nil)
	}
}

func TestListsFilter(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	path := w.books(
		doc{"title": "A", "genre": "crime", "price": 10, "tags": []string{"old", "thick"}},
		doc{"title": "B", "genre": "Crime", "price": 10.5, "tags": []string{"new"}},
		doc{"title": "C", "genre": "crime", "price": 9, "tags": []string{}},
		doc{"title": "D", "tags": []string{"thick"}},
		doc{"title": "E", "genre": "007", "price": 100},
		doc{"title": "F", "genre": "7", "price": 100},
	)
	for query, want := range map[string][]string{
		"genre=crime":               {"A", "C"},
		"genre=crime&limit=1":       {"A"},
		"genre=nothing":             nil,
		"genre=7":                   {"F"},
		"genre=007":                 {"E"},
		"price=10":                  {"A"},
		"price=10.0":                {"A"},
		"price=1e1":                 {"A"},
		"price=10.0&genre=crime":    {"A"},
		"min_price=10":              {"A", "B", "E", "F"},
		"min_price=10&genre=crime":  {"A"},
		"tags=thick":                {"A", "D"},
		"tags=new&tags=old":         {"A", "B"},
		"sort=-price":               {"E", "F", "B", "A", "C"},
		"sort=price&limit=2":        {"C", "A"},
		"sort=-title&offset=1":      {"E", "D", "C", "B", "A"},
		"tags=thick&sort=-title":    {"D", "A"},
		"genre=" + long("x", 40000): nil,
	} {
		got := w.want(200, "GET", path+"?"+query, nil)
		equal(t, fmt.Sprintf("%.60s", query), column(got["books"], "title"), want)
	}
	equal(t, "count of a filtered list", w.want(200, "GET", path+"?genre=crime&limit=1", nil)["count"], 2.0)

	id := column(w.want(200, "GET", path+"?genre=nothing&limit=5", nil)["books"], "id")
	equal(t, "nothing", id, []string(nil))
	w.want(201, "POST", path, doc{"title": "G", "genre": "crime"})
	book := path + "/" + column(w.want(200, "GET", path+"?genre=Crime", nil)["books"], "id")[0]
	w.want(200, "PATCH", book, doc{"genre": "crime"})
	equal(t, "after a change", column(w.want(200, "GET", path+"?genre=crime", nil)["books"], "title"), []string{"A", "B", "C", "G"})
	w.want(204, "DELETE", book, nil)
	equal(t, "after a deletion", column(w.want(200, "GET", path+"?genre=crime", nil)["books"], "title"), []string{"A", "C", "G"})
}

func TestListsSearch(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	for _, name := range []string{"Corner Books", "Old Corner", "Station"} {
		w.shop(name)
	}
	equal(t, "found", w.want(200, "GET", "/shops?q=corner", nil)["total"], 2.0)
	equal(t, "found", w.want(200, "GET", "/shops?q=corner&status=closed", nil)["total"], 0.0)
}

// A summary shows members that the item lacks: made up, and each time the same although the clock goes on.
func TestProjectionsLast(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	w.shop("One")
	first := string(w.send("GET", "/shops", nil).body)
	w.clock.Advance(1000 * time.Hour)
	for i := range 9 { // more than what is remembered of answers
		w.shop(long("x", 4<<20))
		w.want(200, "GET", "/shops", nil)
		w.want(204, "DELETE", fmt.Sprint("/shops/", i+2), nil)
	}
	equal(t, "list", string(w.send("GET", "/shops", nil).body), first)
	w.want(200, "PUT", "/shops/1", doc{"name": "Changed"})
	equal(t, "name after a change", column(w.want(200, "GET", "/shops", nil)["data"], "name"), []string{"Changed"})
}

func TestExtremePages(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	path := w.books(numbered(3)...)
	for _, query := range []string{
		"offset=9223372036854775807&limit=9223372036854775807", "offset=1&limit=9223372036854775807&sort=title",
		"offset=99999999999999999999", "limit=99999999999999999999", "offset=9223372036854775807&sort=title", "limit=0", "offset=-1",
		"offset=1&limit=9223372036854775807&tags=x", "sort=" + long("price,", 60000),
	} {
		if got := w.send("GET", path+"?"+query, nil); got.status != 200 && got.status != 400 {
			t.Errorf("%.80s: %d", query, got.status)
		}
	}
	for _, query := range []string{"page=9223372036854775807", "page=4611686018427387904&per_page=50", "page=0", "page=-3&q=x", "page=9223372036854775807&q=o"} {
		if got := w.send("GET", "/shops?"+query, nil); got.status != 200 && got.status != 400 {
			t.Errorf("%s: %d", query, got.status)
		}
	}
}

func long(part string, n int) string { return strings.Repeat(part, n/len(part)+1)[:n] }

// TestPageSizeOfTheOverlay: how many a page has is what the overlay says, even where the document has a default.
func TestPageSizeOfTheOverlay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "openapi.yaml")
	text := `
openapi: 3.1.0
info: {title: T, version: "1"}
servers: [{url: https://example.com/v1}]
paths:
  /pets:
    get:
      x-understudy: {page: {size: 3}}
      parameters: [{name: limit, in: query, schema: {type: integer, default: 20}}]
      responses: {"200": {description: All., content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: string}, name: {type: string}}}}}}}}
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}
      responses: {"201": {description: Made.}}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w := worldOf(t, must(contracts.Load(t.Context(), file, contracts.Options{})), nil)
	for i := range 9 {
		w.want(201, "POST", "/pets", doc{"name": fmt.Sprint(i)})
	}
	for query, want := range map[string]int{"": 3, "?limit=5": 5} {
		var list []any
		if err := json.Unmarshal([]byte(w.send("GET", "/pets"+query, nil).body), &list); err != nil {
			t.Fatal(err)
		}
		equal(t, "pets of "+query, len(list), want)
	}
}
