package resource_test

import (
	"fmt"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/resource"
	"understudy/mock/store"
)

// bindingOf finds what an operation of a server's contract does.
func bindingOf(t *testing.T, s *mock.Server, operation string) *inference.Binding {
	t.Helper()
	for _, o := range s.Contract().Operations {
		if o.ID == operation {
			return s.Model().Binding(o)
		}
	}
	t.Fatalf("there is no operation %s", operation)
	return nil
}

func parsed(t *testing.T, json string) map[string]any {
	t.Helper()
	value, err := schema.ParseJSON([]byte(json))
	if err != nil {
		t.Fatal(err)
	}
	return value.(map[string]any)
}

// TestPresentedLists holds lists of given items against lists of the same items in the store: filters, sorting, pages,
// totals, links and envelopes are the same.
func TestPresentedLists(t *testing.T) {
	shops := newWorld(t, "bookshops.yaml", nil)
	for i := range 7 {
		shop := shops.shop(fmt.Sprintf("Shop %d", i))
		if i == 2 || i == 4 {
			shops.want(200, "POST", shop+"/close", doc{"reason": "r"})
		}
		if i > 0 {
			continue
		}
		for j := range 9 {
			book := doc{"title": fmt.Sprintf("T%d", j*7%9), "genre": []string{"crime", "poetry"}[j%2], "tags": []string{"old", "new"}[:j%3]}
			if j != 5 {
				book["price"] = j % 4
			}
			path := shop + "/books/" + text(shops.want(201, "POST", shop+"/books", book)["id"])
			for k := range 5 * (j / 8) {
				shops.want(201, "POST", path+"/reviews", doc{"stars": k%2 + 1})
			}
		}
	}
	forge := newWorld(t, "forge.yaml", nil)
	var charges []string
	for i := range 7 {
		charges = append(charges, charge(forge, i, []string{"", "&currency=usd"}[i%2]))
	}
	books := must(shops.server.Resources().Items(t.Context(), shops.server.Model().Collection("books"), nil))
	last := books[len(books)-1].ID
	for _, test := range []struct {
		world      *world
		operation  string
		collection string
		path       []string
		queries    []string
	}{
		{shops, "listShops", "/shops", nil, []string{"", "page=1&per_page=3", "page=3&per_page=3", "page=9&per_page=3", "status=open&per_page=2&page=2", "status=closed", "q=shop%203"}},
		{shops, "listBooks", "books", []string{"1"}, []string{
			"", "limit=4", "limit=4&offset=4", "limit=4&offset=100", "genre=crime", "genre=crime&limit=2&offset=2", "tags=old", "price=1", "min_price=2&limit=2",
			"sort=title", "sort=-price&limit=4", "sort=price&limit=3&offset=3&genre=poetry",
		}},
		{shops, "listReviews", "reviews", []string{"1", last}, []string{"", "limit=2", "stars=2&limit=1", "cursor=YTI&limit=2", "cursor=YjM&limit=2", "cursor=YTk"}},
		{forge, "GET /charges", "/charges", nil, []string{
			"", "limit=3", "limit=3&starting_after=" + charges[4], "limit=2&ending_before=" + charges[2], "limit=2&currency=eur", "limit=2&currency=usd&starting_after=" + charges[4],
		}},
	} {
		r, m := test.world.server.Resources(), test.world.server.Model()
		var b *inference.Binding
		for _, o := range m.Contract.Operations {
			if o.ID == test.operation || o.Method+" "+o.Path == test.operation {
				b = m.Binding(o)
			}
		}
		var items []any
		for _, item := range must(r.Items(t.Context(), m.Collection(test.collection), nil)) {
			items = append(items, parsed(t, string(item.Value)))
		}
		for _, query := range test.queries {
			q := newCall(t, b, query, test.path)
			q.Origin = "http://example.com"
			want, err := r.Do(t.Context(), q)
			if err != nil {
				t.Fatalf("%s?%s: %v", test.operation, query, err)
			}
			got, err := r.Present(q, items)
			if err != nil {
				t.Fatalf("%s?%s: %v", test.operation, query, err)
			}
			equal(t, test.operation+"?"+query, string(got.Body), string(want.Body))
			equal(t, test.operation+"?"+query+": links", got.Links, want.Links)
		}
		empty, err := r.Present(newCall(t, b, "", test.path), nil)
		if err != nil || !strings.Contains(string(empty.Body), "[]") {
			t.Errorf("%s: nothing is shown as %s, %v", test.operation, empty.Body, err)
		}
	}
	q := newCall(t, bindingOf(t, shops.server, "listReviews"), "cursor=x!", []string{"1", last})
	if _, err := shops.server.Resources().Present(q, nil); err == nil {
		t.Error("a cursor that nobody gave out was taken")
	}
}

// ecosire is the built-in contract, whose keys are kept outside of the state.
func ecosire(t *testing.T) (*resource.Resources, func(operation, query string, path ...string) resource.Request) {
	t.Helper()
	contract, err := contracts.Load(t.Context(), "ecosire", contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := inference.Infer(contract)
	r, err := resource.New(t.Context(), resource.Options{Model: m, Store: store.NewMemory(), Clock: clock.New(clock.Options{At: noon, Frozen: true}), Mode: resource.Off})
	if err != nil {
		t.Fatal(err)
	}
	return r, func(operation, query string, path ...string) resource.Request {
		t.Helper()
		for _, o := range contract.Operations {
			if o.ID == operation {
				q := newCall(t, m.Binding(o), query, path)
				q.URL = "/api/api-keys"
				return q
			}
		}
		t.Fatalf("there is no operation %s", operation)
		return resource.Request{}
	}
}

const keySecret = "ecos_live_abcdefghijklmnopqrstuvwxyz012345"

// apiKey is a key as another room would show it, with more than any answer has room for.
func apiKey(t *testing.T, n int, environment, more string) map[string]any {
	t.Helper()
	return parsed(t, fmt.Sprintf(`{"id":"key_%010d","name":"Key %d","prefix":"ecos_live_","lastFour":"2345","scope":"read-only","environment":%q,
		"expiresAt":null,"createdAt":"2025-06-15T12:00:00Z","lastUsedAt":null,"usage":{"requests":%d,"errors":0,"errorRate":0},"hash":"h%d"%s}`, n, n, environment, n, n, more))
}

// judged is an answer that keeps its contract.
func judged(t *testing.T, r *resource.Resources, q resource.Request, items ...any) (*resource.Result, map[string]any) {
	t.Helper()
	result, err := r.Present(q, items)
	if err != nil {
		t.Fatal(err)
	}
	if result.Body == nil {
		return result, nil
	}
	value, err := schema.ParseJSON(result.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range q.Binding.Media.Schema.Check(value, schema.Response) {
		t.Errorf("%s: %s: want %s, got %s; in %s", q.Binding.Operation.ID, v.Pointer, v.Want, v.Got, result.Body)
	}
	return result, decode(t, result).(doc)
}

func TestPresentedKeysAreListed(t *testing.T) {
	r, call := ecosire(t)
	var keys []any
	for i := range 25 {
		keys = append(keys, apiKey(t, i, []string{"production", "staging"}[i%2], `,"key":"`+keySecret+`"`))
	}
	result, page := judged(t, r, call("listApiKeys", ""), keys...)
	if strings.Contains(string(result.Body), keySecret) || strings.Contains(string(result.Body), "hash") {
		t.Errorf("a list shows what its schema does not name: %s", result.Body)
	}
	meta := page["meta"].(doc)
	equal(t, "total", meta["total"], 25.0)
	equal(t, "first", column(page["data"], "id")[0], "key_0000000000")

	_, page = judged(t, r, call("listApiKeys", "page=2&limit=5&environment=staging"), keys...)
	equal(t, "second page of staging", column(page["data"], "name"), []string{"Key 11", "Key 13", "Key 15", "Key 17", "Key 19"})
	equal(t, "total of staging", page["meta"].(doc)["total"], 12.0)
	_, page = judged(t, r, call("listApiKeys", "environment=development"), keys...)
	equal(t, "none", len(page["data"].([]any)), 0)
}

func TestPresentedKeysOneByOne(t *testing.T) {
	r, call := ecosire(t)
	const id = "key_0000000003"
	whole := apiKey(t, 3, "staging", `,"key":"`+keySecret+`"`)

	result, made := judged(t, r, call("createApiKey", ""), whole)
	if !result.Created || result.Location != "/api/api-keys/"+id || result.ETag != "" {
		t.Errorf("create: created %v, location %q, validator %q", result.Created, result.Location, result.ETag)
	}
	equal(t, "its text", made["key"], keySecret)

	result, read := judged(t, r, call("getApiKey", "", id), whole)
	if _, shown := read["key"]; shown || result.ETag == "" || result.Created {
		t.Errorf("read: %v, %+v", read, result)
	}
	q := call("getApiKey", "", id)
	q.IfNoneMatch = result.ETag
	if again, err := r.Present(q, []any{whole}); err != nil || !again.NotModified {
		t.Errorf("a read of what the client has: %+v, %v", again, err)
	}
	_, changed := judged(t, r, call("updateApiKey", "", id), whole)
	equal(t, "updated", changed, read)

	_, rotated := judged(t, r, call("rotateApiKey", "", id), parsed(t, `{"id":"key_0000000003","name":"Key 3","key":"`+keySecret+`","scope":"admin","environment":"staging",
		"expiresAt":null,"createdAt":"2025-06-15T12:00:00Z","previousKeyValidUntil":"2025-06-16T12:00:00Z"}`))
	equal(t, "end of the old key", rotated["previousKeyValidUntil"], "2025-06-16T12:00:00Z")
	equal(t, "text of the new key", rotated["key"], keySecret)

	for _, items := range [][]any{nil, {whole}} {
		if result, _ := judged(t, r, call("revokeApiKey", "", id), items...); result.Body != nil || result.Value != nil || result.Changes != nil {
			t.Errorf("delete: %+v", result)
		}
	}
	if _, err := r.Present(call("getApiKey", "", id), []any{whole, whole}); err == nil {
		t.Error("two items were shown where there is room for one")
	}
	if _, err := r.Present(call("listApiKeys", ""), []any{"key"}); err == nil {
		t.Error("a text was shown as an item")
	}
}

// What the answer requires is made up, the same each time; what it does not require stays away.
func TestPresentedItemsAreCompleted(t *testing.T) {
	r, call := ecosire(t)
	_, read := judged(t, r, call("getApiKey", "", "key_0000000003"), parsed(t, `{"id":"key_0000000003","name":"Bare"}`))
	equal(t, "name", read["name"], "Bare")
	if len(read) != 13 { // as many as the schema requires
		t.Errorf("the answer has %d members: %v", len(read), read)
	}
	_, again := judged(t, r, call("getApiKey", "", "key_0000000003"), parsed(t, `{"id":"key_0000000003","name":"Bare"}`))
	equal(t, "again", again, read)

	m := modelOf(t, `
openapi: 3.1.0
info: {title: Tokens, version: "1"}
paths:
  /tokens:
    get:
      responses:
        "200":
          description: All.
          content:
            application/json:
              schema: {type: object, properties: {tokens: {type: array, items: {$ref: "#/components/schemas/Token"}}}}
  /tokens/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        "200":
          description: One.
          content:
            application/json:
              schema: {type: object, required: [token], properties: {token: {$ref: "#/components/schemas/Token"}}}
    delete:
      responses:
        "200":
          description: It is gone.
          content:
            application/json:
              schema: {type: object, required: [id, deleted], properties: {id: {type: string}, deleted: {type: boolean}}}
  /ping:
    post:
      responses:
        "200":
          description: Something else.
          content: {application/json: {schema: {type: object, required: [ok], properties: {ok: {type: boolean}, secret: {type: string}}}}}
components:
  schemas:
    Token:
      type: object
      required: [id, kind]
      properties: {id: {type: string}, kind: {type: string, enum: [bearer]}, secret: {type: string, examples: [hunter2]}, note: {type: string, default: n}}
`)
	r = must(resource.New(t.Context(), resource.Options{Model: m, Store: store.NewMemory()}))
	kept := must(r.Export(t.Context()))
	for _, test := range []struct{ operation, given, want string }{
		{"GET /tokens", `{"id":"a"}`, `{"tokens":[{"id":"a","kind":"bearer"}]}`},
		{"GET /tokens/{id}", `{"id":"a"}`, `{"token":{"id":"a","kind":"bearer"}}`},
		{"GET /tokens/{id}", `{"id":"a","secret":"s","more":1}`, `{"token":{"id":"a","kind":"bearer","secret":"s"}}`},
		{"DELETE /tokens/{id}", `{"id":"a","secret":"s"}`, `{"id":"a","deleted":true}`},
		{"POST /ping", `{"ok":true}`, `{"ok":true}`},
	} {
		var b *inference.Binding
		for _, o := range m.Contract.Operations {
			if o.Method+" "+o.Path == test.operation {
				b = m.Binding(o)
			}
		}
		path := []string{"a"}[:strings.Count(test.operation, "{")]
		result, err := r.Present(newCall(t, b, "", path), []any{parsed(t, test.given)})
		if err != nil {
			t.Errorf("%s: %v", test.operation, err)
			continue
		}
		equal(t, test.operation+" of "+test.given, string(result.Body), test.want)
	}
	equal(t, "kept", must(r.Export(t.Context())), kept)
}

// Items that are given have nothing to do with those of the world that asks.
func TestPresentedThroughViews(t *testing.T) {
	w := newTenants(t, nil)
	q := w.call(whole[3], "listNotes?kind=a", nil)
	result, err := w.In("other", "").Present(q, []any{parsed(t, `{"id":"note_0000000001","title":"A","kind":"a"}`), parsed(t, `{"id":"note_0000000002","title":"B","kind":"b"}`)})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "titles", column(decode(t, result).(doc)["data"], "title"), []string{"A"})
	equal(t, "notes in the state", w.titles(whole[3], ""), []string(nil))
}
