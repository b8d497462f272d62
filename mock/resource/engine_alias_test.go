package resource_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"understudy/mock"
	"understudy/mock/resource"
)

func TestItemsWithTwoNames(t *testing.T) {
	w := newWorld(t, "forge.yaml", nil)
	made := w.want(201, "POST", "/orgs/acme/repos", doc{"name": "anvil", "private": true})
	equal(t, "owner", made["owner"].(doc)["login"], "acme")
	equal(t, "read", w.want(200, "GET", "/repos/acme/anvil", nil)["private"], true)
	w.want(404, "GET", "/repos/anvil/acme", nil)
	w.want(404, "GET", "/repos/other/anvil", nil)
	w.want(409, "POST", "/orgs/acme/repos", doc{"name": "anvil"})
	w.want(201, "POST", "/orgs/other/repos", doc{"name": "anvil"})
	equal(t, "repositories of acme", column(any(w.list("/orgs/acme/repos")), "name"), []string{"anvil"})
	equal(t, "repositories of nobody", len(w.list("/orgs/nobody/repos")), 0)

	one := text(w.want(201, "POST", "/repos/acme/anvil/issues", doc{"title": "One"})["number"])
	two := text(w.want(201, "POST", "/repos/other/anvil/issues", doc{"title": "Two"})["number"])
	three := text(w.want(201, "POST", "/repos/acme/anvil/issues", doc{"title": "Three"})["number"])
	w.want(404, "POST", "/repos/acme/none/issues", doc{"title": "X"})
	w.want(200, "GET", "/repos/acme/anvil/issues/"+one, nil)
	w.want(404, "GET", "/repos/acme/anvil/issues/"+two, nil)
	equal(t, "all issues", column(any(w.list("/issues")), "title"), []string{"One", "Two", "Three"})
	equal(t, "a page of all issues", column(any(w.list("/issues?page=2&per_page=2")), "number"), []string{three})
	w.want(204, "DELETE", "/repos/acme/anvil", nil)
	equal(t, "issues left", column(any(w.list("/issues")), "title"), []string{"Two"})
	equal(t, "repositories of acme", len(w.list("/orgs/acme/repos")), 0)
}

func TestInventedItemsWithTwoNames(t *testing.T) {
	w := newWorld(t, "forge.yaml", invent)
	repo := w.want(200, "GET", "/repos/acme/anvil", nil)
	equal(t, "name", repo["name"], "anvil")
	equal(t, "owner", repo["owner"].(doc)["login"], "acme")
	equal(t, "number", w.want(200, "GET", "/repos/acme/anvil/issues/12", nil)["number"], 12.0)
}

func charge(w *world, amount int, more string) string {
	w.t.Helper()
	return text(w.want(200, "POST", "/charges", []byte(fmt.Sprintf("amount=%d%s", amount, more)), "Content-Type", "application/x-www-form-urlencoded")["id"])
}

// The newest items come first, and cursors are ids.
func TestPagesByItem(t *testing.T) {
	w := newWorld(t, "forge.yaml", nil)
	var ids []string
	for i := range 7 {
		currency := "&currency=usd"
		if i%2 == 0 {
			currency = ""
		}
		ids = append(ids, charge(w, i, currency))
		if !strings.HasPrefix(ids[i], "ch_") {
			t.Fatalf("the id %q lacks the prefix of the example", ids[i])
		}
	}
	slices.Reverse(ids)
	page := func(query string) ([]string, any) {
		got := w.want(200, "GET", "/charges?"+query, nil)
		return column(got["data"], "id"), got["has_more"]
	}
	for _, test := range []struct {
		query string
		want  []string
		more  bool
	}{
		{"limit=3", ids[:3], true},
		{"limit=3&starting_after=" + ids[2], ids[3:6], true},
		{"limit=3&starting_after=" + ids[5], ids[6:], false},
		{"limit=2&ending_before=" + ids[4], ids[2:4], true},
		{"limit=5&ending_before=" + ids[1], ids[:1], true},
		{"limit=2&currency=eur", []string{ids[0], ids[2]}, true},
		{"limit=2&currency=eur&starting_after=" + ids[2], []string{ids[4], ids[6]}, false},
		{"limit=2&currency=eur&starting_after=" + ids[1], []string{ids[2], ids[4]}, true}, // an item that the filter hides
		{"created[lt]=1", nil, false},
		{"limit=3&created[gte]=1&starting_after=" + ids[2], ids[3:6], true},
		{"limit=2&created[gte]=1&ending_before=" + ids[4], ids[2:4], true},
	} {
		got, more := page(test.query)
		equal(t, test.query, got, test.want)
		equal(t, test.query+": has_more", more, test.more)
	}
	w.want(400, "GET", "/charges?starting_after=ch_none", nil)
	w.want(400, "GET", "/charges?starting_after="+url.QueryEscape("\x00\x01\x1f"), nil)

	deleted := w.want(200, "DELETE", "/charges/"+ids[3], nil)
	equal(t, "confirmation", deleted, doc{"id": ids[3], "object": "charge", "deleted": true})
	w.want(400, "GET", "/charges?starting_after="+ids[3], nil)
	got, _ := page("limit=3&starting_after=" + ids[2])
	equal(t, "after a deletion", got, ids[4:])
}

func TestFormUpdatesMerge(t *testing.T) {
	w := newWorld(t, "forge.yaml", nil)
	id := charge(w, 5, "&metadata[a]=1&metadata[b]=2")
	got := w.want(200, "POST", "/charges/"+id, []byte("metadata[b]=3&metadata[c]=4"), "Content-Type", "application/x-www-form-urlencoded")
	equal(t, "metadata", got["metadata"], doc{"a": "1", "b": "3", "c": "4"})
	equal(t, "amount", got["amount"], 5.0)
	equal(t, "created", got["created"], float64(noon.Unix()))
}

func TestSeedsBelowUnknownParents(t *testing.T) {
	w := newWorld(t, "forge.yaml", func(o *mock.Options) {
		o.Seeds = map[string][]any{
			"/repos":                       {doc{"name": "anvil", "owner": doc{"login": "acme"}}},
			"/repos/{owner}/{repo}/issues": {doc{"number": 3, "title": "Seeded"}},
		}
	})
	w.want(200, "GET", "/repos/acme/anvil", nil)
	equal(t, "issues", column(any(w.list("/repos/acme/anvil/issues")), "title"), []string{"Seeded"})
	equal(t, "all issues", column(any(w.list("/issues")), "title"), []string{"Seeded"})
	next := text(w.want(201, "POST", "/repos/acme/anvil/issues", doc{"title": "Next"})["number"])
	equal(t, "the number behind a seed's", next, "4")
}

func TestEmptyLists(t *testing.T) {
	for _, mode := range []resource.Mode{resource.Strict, resource.Invent} {
		w := newWorld(t, "forge.yaml", func(o *mock.Options) { o.State = mode })
		for range 2 {
			for _, target := range []string{"/issues", "/orgs/acme/repos"} {
				if n := len(w.list(target)); n > 0 != (mode == resource.Invent && target == "/issues") {
					t.Errorf("%s: %s shows %d items at the start", mode, target, n)
				}
			}
		}
	}
}
