package resource_test

import (
	"errors"
	"fmt"
	"testing"

	"understudy/contracts/inference"
	"understudy/mock/resource"
	"understudy/mock/store"
)

// small are the items of a document of a test, in one world.
func small(t *testing.T, document string) *tenants {
	t.Helper()
	m := modelOf(t, document)
	r, err := resource.New(t.Context(), resource.Options{Model: m, Store: repeating{store.NewMemory()}, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	return &tenants{r, t, m}
}

const widgets = `
openapi: 3.1.0
info: {title: Widgets, version: "1"}
paths:
  /widgets:
    get:
      operationId: list
      responses:
        "200": {description: All., content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Widget"}}}}}
    post:
      operationId: create
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Widget"}}}}
      responses:
        "201": {description: The widget., content: {application/json: {schema: {$ref: "#/components/schemas/Widget"}}}}
        %s
  /widgets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: %s}}]
    get:
      operationId: read
      responses:
        "200": {description: The widget., content: {application/json: {schema: {$ref: "#/components/schemas/Widget"}}}}
components:
  schemas:
    Widget: {type: object, properties: {id: {type: %[2]s}, name: {type: string}}}
`

// An id that a client sends along, as it stands in the document's example, is taken over once; the next item gets one of
// the server's, unless the contract documents a conflict.
func TestTakenIDs(t *testing.T) {
	for _, test := range []struct {
		name, conflict, kind string
		id                   any
		renamed              bool
	}{
		{"number", "", "integer", 10, true},
		{"text", "", "string", "w_10", true},
		{"documented conflict", `"409": {description: It exists.}`, "integer", 10, false},
		{"conflict documented for all", `4XX: {description: It is refused.}`, "integer", 10, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := small(t, fmt.Sprintf(widgets, test.conflict, test.kind))
			in := resource.World{}
			first := w.do(in, "create", doc{"id": test.id, "name": "First"}).(doc)
			equal(t, "first id", text(first["id"]), fmt.Sprint(test.id))
			second, err := w.try(in, "create", doc{"id": test.id, "name": "Second"})
			if !test.renamed {
				var conflict *resource.ConflictError
				if !errors.As(err, &conflict) || conflict.Value != fmt.Sprint(test.id) {
					t.Errorf("a taken id: %v, %v", second, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			id := text(second.(doc)["id"])
			if id == fmt.Sprint(test.id) {
				t.Fatal("two items have one id")
			}
			equal(t, "second", w.do(in, "read "+id, nil).(doc)["name"], "Second")
			equal(t, "first", w.do(in, "read "+fmt.Sprint(test.id), nil).(doc)["name"], "First")
			equal(t, "list", column(w.do(in, "list", nil), "name"), []string{"First", "Second"})
		})
	}
}

const payments = `
openapi: 3.1.0
info: {title: Payments, version: "1"}
paths:
  /payments:
    post:
      operationId: create
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Payment"}}}}
      responses:
        "201": {description: The payment., content: {application/json: {schema: {$ref: "#/components/schemas/Payment"}}}}
  /payments/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: read
      responses:
        "200": {description: The payment., content: {application/json: {schema: {$ref: "#/components/schemas/Payment"}}}}
  /payments/{id}/%s:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      operationId: act
      requestBody: {content: {application/json: {schema: {type: object, properties: {%s}}}}}
      responses:
        "200": {description: The payment., content: {application/json: {schema: {$ref: "#/components/schemas/Payment"}}}}
components:
  schemas:
    Payment:
      type: object
      required: [id]
      properties:
        id: {type: string, readOnly: true}
        amount: {type: integer}
        currency: {type: string}
        note: {type: string}
        payer: {type: string}
        stage: {type: string}
        assignee: {type: string}
`

// Only a body that speaks of the item changes it: by most of its names, or by the one that the path has too.
func TestWhatActionsTakeOver(t *testing.T) {
	for _, test := range []struct {
		action, members string
		body, want      doc
	}{
		{"refund", "amount: {type: integer}", doc{"amount": 1}, doc{"amount": 100.0}},
		{"refund", "amount: {type: integer}, reason: {type: string}", doc{"amount": 1, "reason": "r"}, doc{"amount": 100.0}},
		{"refund", "amount: {type: integer}, currency: {type: string}, reason: {type: string}", doc{"amount": 1, "currency": "eur"}, doc{"amount": 100.0, "currency": "usd"}},
		{"check", "deep: {type: boolean}", doc{"deep": true}, doc{"amount": 100.0}},
		{"check", "", doc{"amount": 1}, doc{"amount": 100.0}},
		{"amend", "amount: {type: integer}, currency: {type: string}, note: {type: string}, notify: {type: boolean}", doc{"amount": 1, "note": "n"}, doc{"amount": 1.0, "currency": "usd", "note": "n"}},
		{"stage", "stage: {type: string}", doc{"stage": "paid"}, doc{"stage": "paid", "amount": 100.0}},
		{"assign", "assignee: {type: string}, amount: {type: integer}, force: {type: boolean}", doc{"assignee": "ann", "amount": 1}, doc{"assignee": "ann", "amount": 100.0}},
		{"set-note", "note: {type: string}", doc{"note": "n"}, doc{"note": "n"}},
		{"amend", "id: {type: string}, note: {type: string}, payer: {type: string}", doc{"id": "x", "note": "n"}, doc{"note": "n"}},
	} {
		t.Run(test.action+" "+test.members, func(t *testing.T) {
			w := small(t, fmt.Sprintf(payments, test.action, test.members))
			if role := w.binding("act").Role; role != inference.Action {
				t.Fatalf("the role is %s", role)
			}
			in := resource.World{}
			id := text(w.do(in, "create", doc{"amount": 100, "currency": "usd"}).(doc)["id"])
			w.do(in, "act "+id, test.body)
			got := w.do(in, "read "+id, nil).(doc)
			for name, want := range test.want {
				equal(t, name, got[name], want)
			}
			for name := range test.body {
				if _, expected := test.want[name]; !expected && name != "id" && got[name] != nil {
					t.Errorf("%s became %v", name, got[name])
				}
			}
		})
	}
}

// Who removes an item removes its children, and the journal is told of each.
func TestRemovedChildrenAreReported(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	shop := w.shop("Corner")
	var books, reviews []string
	for range 3 {
		books = append(books, text(w.want(201, "POST", shop+"/books", doc{"title": "T"})["id"]))
	}
	for _, i := range []int{2, 0, 2} {
		reviews = append(reviews, text(w.want(201, "POST", shop+"/books/"+books[i]+"/reviews", doc{"stars": 1})["id"]))
	}
	other := w.shop("Other")
	w.want(201, "POST", other+"/books", doc{"title": "Stays"})
	removed := func(operation string, path ...string) []string {
		result, err := w.server.Resources().Do(t.Context(), newCall(t, bindingOf(t, w.server, operation), "", path))
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, c := range result.Changes {
			list = append(list, c.Kind+" "+c.Collection+" "+c.ID)
			if len(c.Before) == 0 || c.After != nil {
				t.Errorf("%s %s: before %s, after %s", c.Kind, c.ID, c.Before, c.After)
			}
		}
		return list
	}
	const ofBooks, ofReviews = "deleted /shops/{shop_id}/books ", "deleted /shops/{shop_id}/books/{book_id}/reviews "
	equal(t, "a book", removed("deleteBook", "1", books[0]), []string{ofBooks + books[0], ofReviews + reviews[1]})
	equal(t, "a shop", removed("deleteShop", "1"), []string{
		"deleted /shops 1", ofBooks + books[1], ofBooks + books[2], ofReviews + reviews[0], ofReviews + reviews[2],
	})
	equal(t, "left", w.want(200, "GET", other+"/books", nil)["count"], 1.0)
}
