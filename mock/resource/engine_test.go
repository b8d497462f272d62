package resource_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestCreateSetsWhatServersSet(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	got := w.send("POST", "/shops", doc{"name": "Corner", "id": 999, "created_by": "mallory", "created_at": "1999-01-01T00:00:00Z"})
	if got.status != 201 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	var shop doc
	if err := json.Unmarshal(got.body, &shop); err != nil {
		t.Fatal(err)
	}
	for name, want := range (doc{
		"id": 1.0, "name": "Corner", "status": "open", "capacity": 100.0, "note": nil, "level": "starter",
		"plan": doc{"tier": "basic", "seats": 3.0}, "created_at": "2025-06-15T12:00:00Z", "updated_at": "2025-06-15T12:00:00Z",
	}) {
		equal(t, name, shop[name], want)
	}
	if shop["created_by"] == "mallory" {
		t.Error("a client wrote a read-only member")
	}
	for _, name := range []string{"email", "address"} {
		if _, ok := shop[name]; ok {
			t.Errorf("the optional member %s was made up although it was not sent: %v", name, shop[name])
		}
	}
	equal(t, "Location", got.header.Get("Location"), "/v1/shops/1")
	read := w.send("GET", "/shops/1", nil)
	equal(t, "read after create", string(read.body), string(got.body))
	equal(t, "ETag of create and read", got.header.Get("ETag"), read.header.Get("ETag"))
	if got.header.Get("ETag") == "" {
		t.Error("the documented ETag is missing")
	}
	equal(t, "second id", w.shop("Second"), "/shops/2")
}

func TestCreateFromForm(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	shop := w.want(201, "POST", "/shops", []byte("name=Kiosk&capacity=12"), "Content-Type", "application/x-www-form-urlencoded")
	equal(t, "name", shop["name"], "Kiosk")
	equal(t, "capacity", shop["capacity"], 12.0)
}

func TestNewIDsFit(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	shop := w.shop("Corner")
	seen := map[string]bool{}
	for range 50 {
		book := w.want(201, "POST", shop+"/books", doc{"title": "T"})
		id := text(book["id"])
		if seen[id] || !strings.HasPrefix(id, "bk_") || len(id) != 13 {
			t.Fatalf("the id %q does not fit or was given before", id)
		}
		seen[id] = true
		w.want(200, "GET", shop+"/books/"+id, nil)
	}
	book := shop + "/books/" + text(w.want(201, "POST", shop+"/books", doc{"title": "T"})["id"])
	review := w.want(201, "POST", book+"/reviews", doc{"stars": 5})
	w.want(200, "GET", book+"/reviews/"+text(review["id"]), nil)
	equal(t, "book_id", review["book_id"], strings.TrimPrefix(book, shop+"/books/"))
}

func TestPlaceholders(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	shop := w.shop("Corner")
	one := w.want(201, "POST", shop+"/books", doc{"title": "One"})
	two := w.want(201, "POST", shop+"/books", doc{"title": "Two"})
	equal(t, "url", one["url"], "http://example.com/shops/1/books/"+text(one["id"]))
	if one["serial"] == two["serial"] || !strings.HasPrefix(text(one["serial"]), "sn-") || len(text(one["serial"])) != 39 {
		t.Errorf("serials: %v, %v", one["serial"], two["serial"])
	}
	closed := w.want(200, "POST", shop+"/close", doc{"reason": "rain"})
	equal(t, "note", closed["note"], "closed at 2025-06-15T12:00:00Z (1749988800) as rain")
	equal(t, "status", closed["status"], "closed")
	w.want(409, "POST", shop+"/close", doc{"reason": "again"})
}

func TestMergePatch(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	w.want(201, "POST", "/shops", doc{"name": "Corner", "note": "n", "address": doc{"street": "S", "city": "C"}})
	w.clock.Advance(time.Hour)
	patch := func(text string) doc {
		return w.want(200, "PATCH", "/shops/1", []byte(text), "Content-Type", "application/merge-patch+json")
	}
	got := patch(`{"address":{"city":null},"note":null,"name":"New","created_by":"mallory"}`)
	equal(t, "address", got["address"], doc{"street": "S"})
	equal(t, "name", got["name"], "New")
	if note, ok := got["note"]; !ok || note != nil {
		t.Errorf("a nullable member that was removed shows as null, got %v", note)
	}
	equal(t, "created_at", got["created_at"], "2025-06-15T12:00:00Z")
	equal(t, "updated_at", got["updated_at"], "2025-06-15T13:00:00Z")
	if got["created_by"] == "mallory" {
		t.Error("a client wrote a read-only member")
	}
	equal(t, "capacity", got["capacity"], 100.0)
	equal(t, "read", w.want(200, "GET", "/shops/1", nil), got)
}

func TestJSONPatch(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	w.want(201, "POST", "/shops", doc{"name": "Corner", "address": doc{"street": "S"}})
	before := string(w.send("GET", "/shops/1", nil).body)
	for _, test := range []struct {
		name, patch string
		status      int
	}{
		{"test and replace", `[{"op":"test","path":"/name","value":"Corner"},{"op":"add","path":"/address/city","value":"C"},{"op":"replace","path":"/name","value":"New"}]`, 200},
		{"test that fails", `[{"op":"replace","path":"/name","value":"X"},{"op":"test","path":"/name","value":"Y"}]`, 409},
		{"missing place", `[{"op":"replace","path":"/nowhere/deep","value":1}]`, 400},
		{"unknown operation", `[{"op":"explode","path":"/name"}]`, 400},
		{"result breaks the schema", `[{"op":"replace","path":"/name","value":7}]`, 400},
		{"required member removed", `[{"op":"remove","path":"/name"}]`, 400},
		{"whole item replaced by a text", `[{"op":"replace","path":"","value":"x"}]`, 400},
		{"read-only member", `[{"op":"replace","path":"/created_at","value":"1999-01-01T00:00:00Z"}]`, 200},
		{"id", `[{"op":"replace","path":"/id","value":4711}]`, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.t = t
			got := w.send("PATCH", "/shops/1", []byte(test.patch), "Content-Type", "application/json-patch+json")
			equal(t, "status", got.status, test.status)
			after := string(w.send("GET", "/shops/1", nil).body)
			if test.status != 200 && after != before {
				t.Errorf("a refused patch changed the item: %s", after)
			}
			before = after
		})
	}
	w.t = t
	shop := w.want(200, "GET", "/shops/1", nil)
	equal(t, "name", shop["name"], "New")
	equal(t, "address", shop["address"], doc{"street": "S", "city": "C"})
	equal(t, "created_at", shop["created_at"], "2025-06-15T12:00:00Z")
	equal(t, "id", shop["id"], 1.0)
}

func TestReplaceKeepsWhatClientsCannotSend(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	made := w.want(201, "POST", "/shops", doc{"name": "Corner", "email": "a@b.example", "capacity": 5})
	got := w.want(200, "PUT", "/shops/1", doc{"name": "Other"})
	equal(t, "name", got["name"], "Other")
	equal(t, "capacity", got["capacity"], 100.0) // the default of the request
	if _, ok := got["email"]; ok {
		t.Errorf("a member that was not sent stayed: %v", got["email"])
	}
	for _, name := range []string{"id", "created_at", "created_by", "status", "plan"} {
		equal(t, name, got[name], made[name])
	}
	w.want(404, "PUT", "/shops/77", doc{"name": "Other"}) // the server chooses ids
}

func TestClientChosenIDs(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	got := w.want(201, "PUT", "/labels/new%2Fest", doc{"name": "other", "colour": "red"})
	equal(t, "name", got["name"], "new/est")
	equal(t, "again", w.want(200, "PUT", "/labels/new%2Fest", doc{"colour": "blue"})["colour"], "blue")
	equal(t, "read", w.want(200, "GET", "/labels/new%2Fest", nil)["colour"], "blue")
	equal(t, "list", len(w.list("/labels")), 1)
	w.want(204, "DELETE", "/labels/new%2Fest", nil)
	w.want(404, "GET", "/labels/new%2Fest", nil)
	equal(t, "list", len(w.list("/labels")), 0)
}

func TestClearByFilter(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	for _, name := range []string{"a", "b", "c", "d"} {
		colour := "red"
		if name == "b" {
			colour = "blue"
		}
		w.want(201, "PUT", "/labels/"+name, doc{"colour": colour})
	}
	w.want(204, "DELETE", "/labels?colour=red", nil)
	equal(t, "left", column(any(w.list("/labels")), "name"), []string{"b"})
	w.want(204, "DELETE", "/labels", nil)
	equal(t, "left", len(w.list("/labels")), 0)
}

func TestSingleton(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	equal(t, "first read", w.want(200, "GET", "/settings", nil)["theme"], "light")
	w.want(200, "PUT", "/settings", doc{"theme": "dark", "language": "fr"})
	equal(t, "read", w.want(200, "GET", "/settings", nil), doc{"theme": "dark", "language": "fr"})
}

func TestChildrenGoWithTheirParents(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	w.want(404, "GET", "/shops/1/books", nil)
	w.want(404, "POST", "/shops/1/books", doc{"title": "T"})
	one, two := w.shop("o"), w.shop("two") // a name that begins like a key of the order
	book := text(w.want(201, "POST", one+"/books", doc{"title": "T"})["id"])
	review := text(w.want(201, "POST", one+"/books/"+book+"/reviews", doc{"stars": 1})["id"])
	w.want(404, "GET", two+"/books/"+book, nil)
	w.want(404, "GET", two+"/books/"+book+"/reviews/"+review, nil)
	equal(t, "books of two", w.want(200, "GET", two+"/books", nil)["count"], 0.0)
	kept := text(w.want(201, "POST", two+"/books", doc{"title": "Kept"})["id"])

	w.want(204, "DELETE", one, nil)
	for _, gone := range []string{one, one + "/books", one + "/books/" + book, one + "/books/" + book + "/reviews", one + "/books/" + book + "/reviews/" + review} {
		w.want(404, "GET", gone, nil)
	}
	w.want(404, "DELETE", one, nil)
	w.want(200, "GET", two+"/books/"+kept, nil)
	for _, s := range must(w.server.Resources().Summaries(t.Context())) {
		want := map[string]int{"books": 1, "reviews": 0, "shops": 1}
		if n, ok := want[s.Name]; ok && n != s.Items {
			t.Errorf("%s: %d items are left, want %d", s.Path, s.Items, n)
		}
	}
}

func TestConditionalRequests(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	shop := w.shop("Corner")
	tag := w.send("GET", shop, nil).header.Get("ETag")
	patch := []byte(`{"name":"New"}`)
	mergePatch := []string{"Content-Type", "application/merge-patch+json"}
	w.want(304, "GET", shop, nil, "If-None-Match", tag)
	w.want(304, "GET", shop, nil, "If-None-Match", `"x", W/`+tag)
	w.want(200, "GET", shop, nil, "If-None-Match", `"x"`)
	w.want(412, "PATCH", shop, patch, append(mergePatch, "If-Match", `"x"`)...)
	w.want(200, "PATCH", shop, patch, append(mergePatch, "If-Match", tag)...)
	w.want(412, "PATCH", shop, patch, append(mergePatch, "If-Match", tag)...)
	w.want(200, "GET", shop, nil, "If-None-Match", tag)
	w.want(412, "DELETE", shop, nil, "If-Match", tag)
	w.want(200, "GET", shop, nil)
	w.want(412, "PUT", "/labels/a", doc{}, "If-Match", "*")
	w.want(201, "PUT", "/labels/a", doc{}, "If-None-Match", "*")
	w.want(412, "PUT", "/labels/a", doc{}, "If-None-Match", "*")
	w.want(204, "DELETE", shop, nil, "If-Match", "*")
}

func TestUnique(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	w.want(201, "POST", "/shops", doc{"name": "A", "email": "a@shops.example"})
	w.want(409, "POST", "/shops", doc{"name": "B", "email": "A@shops.example"})
	w.want(201, "POST", "/shops", doc{"name": "B", "email": "b@shops.example"})
	w.want(409, "PUT", "/shops/2", doc{"name": "B", "email": "a@shops.example"})
	w.want(200, "PUT", "/shops/2", doc{"name": "B", "email": "b@shops.example"})
	w.want(204, "DELETE", "/shops/1", nil)
	w.want(200, "PUT", "/shops/2", doc{"name": "B", "email": "a@shops.example"})
	w.want(201, "POST", "/shops", doc{"name": "C", "email": "b@shops.example"})
}
