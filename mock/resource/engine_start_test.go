package resource_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/mock"
	"understudy/mock/resource"
	"understudy/mock/store"
)

// form is a multipart form with one file.
func form(t *testing.T, name string, content []byte) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	if err := m.WriteField("purpose", "batch"); err != nil {
		t.Fatal(err)
	}
	part, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err != nil || m.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes(), m.FormDataContentType()
}

func TestUploadsComeBack(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	every := make([]byte, 3*256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, content := range [][]byte{every, []byte("text\r\n"), {}, {0}, []byte("\x00\x00a")} {
		body, contentType := form(t, "a b.bin", content)
		file := w.want(201, "POST", "/files", body, "Content-Type", contentType)
		equal(t, "filename", file["filename"], "a b.bin")
		equal(t, "bytes", file["bytes"], float64(len(content)))
		equal(t, "purpose", file["purpose"], "batch")
		path := "/files/" + text(file["id"])
		if !strings.HasPrefix(path, "/files/file_") {
			t.Errorf("the id lacks the prefix that the document shows: %s", path)
		}
		got := w.send("GET", path+"/content", nil)
		if got.status != 200 || !bytes.Equal(got.body, content) {
			t.Errorf("uploaded %q, downloaded %d %q", content, got.status, got.body)
		}
		w.want(304, "GET", path+"/content", nil, "If-None-Match", got.header.Get("ETag"))

		other := bytes.Repeat([]byte("x"), len(content)+1)
		w.want(204, "PUT", path+"/content", other, "Content-Type", "application/octet-stream")
		again := w.send("GET", path+"/content", nil)
		equal(t, "replaced", string(again.body), string(other))
		w.want(204, "PUT", path+"/content", bytes.ToUpper(other), "Content-Type", "application/octet-stream")
		w.want(200, "GET", path+"/content", nil, "If-None-Match", again.header.Get("ETag")) // as long, and other bytes
		equal(t, "bytes", w.want(200, "GET", path, nil)["bytes"], float64(len(other)))

		equal(t, "confirmation", w.want(200, "DELETE", path, nil), doc{"id": file["id"], "deleted": true})
		w.want(404, "GET", path+"/content", nil)
	}
	w.want(404, "PUT", "/files/none/content", []byte("x"), "Content-Type", "application/octet-stream")
}

func TestInventedItemsAreTheSame(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", invent)
	read := w.want(200, "GET", "/shops/42", nil)
	equal(t, "id", read["id"], 42.0)
	equal(t, "again", w.want(200, "GET", "/shops/42", nil), read)
	if other := w.want(200, "GET", "/shops/43", nil); other["name"] == read["name"] && other["created_by"] == read["created_by"] {
		t.Errorf("two ids, one item: %v", other)
	}

	// Whatever the first request for the id was, it is the same item.
	byPatch := newWorld(t, "bookshops.yaml", invent)
	patched := byPatch.want(200, "PATCH", "/shops/42", []byte(`{}`), "Content-Type", "application/merge-patch+json")
	delete(patched, "updated_at")
	delete(read, "updated_at")
	equal(t, "by an update", patched, read)
	byChild := newWorld(t, "bookshops.yaml", invent)
	byChild.want(201, "POST", "/shops/42/books", doc{"title": "T"})
	parent := byChild.want(200, "GET", "/shops/42", nil)
	delete(parent, "updated_at")
	equal(t, "by a child", parent, read)

	equal(t, "books of a shop that a client made", w.want(200, "GET", w.shop("Fresh")+"/books", nil)["count"], 0.0)
	if n := w.want(200, "GET", "/shops/42/books", nil)["count"]; n == 0.0 {
		t.Error("an invented shop has no books")
	}
	w.want(204, "DELETE", "/shops/42", nil)
	w.want(404, "GET", "/shops/42", nil)
	w.want(404, "GET", "/shops/42/books", nil)
	book := w.want(200, "GET", "/shops/5/books/bk_0123456789", nil)
	equal(t, "id of a child", book["id"], "bk_0123456789")
	equal(t, "its parent", book["shop_id"], 5.0)
}

func TestStateOff(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", func(o *mock.Options) { o.State = resource.Off })
	w.want(201, "POST", "/shops", doc{"name": "Corner"})
	equal(t, "items", len(must(w.server.Resources().Export(t.Context()))), 0)
	_, err := w.server.Resources().Do(t.Context(), resource.Request{Binding: w.server.Model().Collections[0].Bindings[0]})
	if err != resource.ErrStateless { // it is documented as is
		t.Errorf("Do: %v", err)
	}
}

func seeded(o *mock.Options) {
	o.Seeds = map[string][]any{
		"/shops": {doc{"id": 10, "name": "Seeded"}, doc{"name": "Numbered"}},
		"books":  {doc{"id": "bk_aaaaaaaaaa", "shop_id": 10, "title": "B"}, doc{"title": "Anywhere"}},
	}
}

func TestSeeds(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", seeded)
	shops := w.want(200, "GET", "/shops", nil)["data"]
	equal(t, "names", column(shops, "name"), []string{"Seeded", "Numbered"})
	equal(t, "id", column(shops, "id")[0], "10")
	w.want(200, "GET", "/shops/10/books/bk_aaaaaaaaaa", nil)
	fresh := w.shop("Fresh")
	if fresh == "/shops/10" {
		t.Error("an id was given twice")
	}
	equal(t, "books of a new shop", w.want(200, "GET", fresh+"/books", nil)["count"], 0.0)
	books := w.want(200, "GET", "/shops/10/books", nil)
	equal(t, "books", column(books["books"], "title"), []string{"B", "Anywhere"})

	w.want(204, "DELETE", "/shops/10", nil)
	if err := w.server.Resources().Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "after a reset", column(w.want(200, "GET", "/shops", nil)["data"], "name"), []string{"Seeded", "Numbered"})
	w.want(200, "GET", "/shops/10/books/bk_aaaaaaaaaa", nil)

	c := w.server.Contract()
	_, err := mock.New(t.Context(), mock.Options{Contract: c, Seeds: map[string][]any{"/nothing": {doc{}}}})
	if err == nil || !strings.Contains(err.Error(), "/nothing") || !strings.Contains(err.Error(), "/shops") {
		t.Errorf("a seed for no collection: %v", err)
	}
}

// A store that outlives the process keeps what clients did to the items from the start.
func TestSeedsOnce(t *testing.T) {
	kept := store.NewMemory()
	with := func(o *mock.Options) { seeded(o); o.Store = kept }
	w := newWorld(t, "bookshops.yaml", with)
	w.want(204, "DELETE", "/shops/10", nil)
	w = newWorld(t, "bookshops.yaml", with)
	w.want(404, "GET", "/shops/10", nil)
	equal(t, "shops", column(w.want(200, "GET", "/shops", nil)["data"], "name"), []string{"Numbered"})
}

// Two contracts with a path in common do not share its items.
func TestContractsShareAStore(t *testing.T) {
	kept := store.NewMemory()
	one := newWorld(t, "bookshops.yaml", func(o *mock.Options) { o.Store = kept })
	two := newWorld(t, "bookshops.yaml", func(o *mock.Options) {
		other := *o.Contract
		other.Name = "other"
		o.Contract, o.Store = &other, kept
	})
	one.shop("One")
	two.want(404, "GET", "/shops/1", nil)
}

func TestExamplesFillCollections(t *testing.T) {
	m := modelOf(t, `
openapi: 3.0.3
info: {title: Zoo, version: "1"}
servers: [{url: /v1}]
paths:
  /animals:
    get:
      responses:
        "200":
          description: All.
          content:
            application/json:
              schema: {type: array, items: {$ref: "#/components/schemas/Animal"}}
              example: [{id: "a1", name: Rex, legs: 4}, {id: "a2", name: Tweety, legs: 2}]
  /animals/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: One.
          content: {application/json: {schema: {$ref: "#/components/schemas/Animal"}}}
  /keepers:
    get:
      responses:
        "200":
          description: All.
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Keeper"}}}}
  /keepers/{keeper_id}:
    get:
      parameters: [{name: keeper_id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: One.
          content: {application/json: {schema: {$ref: "#/components/schemas/Keeper"}}}
  /keepers/{keeper_id}/shifts:
    get:
      parameters: [{name: keeper_id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: All.
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Shift"}}}}
  /keepers/{keeper_id}/shifts/{shift_id}:
    get:
      parameters:
        - {name: keeper_id, in: path, required: true, schema: {type: string}}
        - {name: shift_id, in: path, required: true, schema: {type: string}}
      responses:
        "200":
          description: One.
          content: {application/json: {schema: {$ref: "#/components/schemas/Shift"}}}
  /keepers/{keeper_id}/shifts/{shift_id}/breaks:
    get:
      parameters:
        - {name: keeper_id, in: path, required: true, schema: {type: string}}
        - {name: shift_id, in: path, required: true, schema: {type: string}}
      responses:
        "200":
          description: All.
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Break"}}}}
components:
  schemas:
    Animal: {type: object, required: [id, name], properties: {id: {type: string}, name: {type: string}, legs: {type: integer}}}
    Keeper: {type: object, required: [id, name], properties: {id: {type: string, format: uuid}, name: {type: string}}}
    Shift: {type: object, required: [id], properties: {id: {type: string}, keeper_id: {type: string}, day: {type: string, format: date}}}
    Break: {type: object, required: [minutes], properties: {minutes: {type: integer, minimum: 5, maximum: 60}}}
`)
	server, err := mock.New(t.Context(), mock.Options{Contract: m.Contract})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, server: server}
	equal(t, "examples", column(any(w.list("/animals")), "name"), []string{"Rex", "Tweety"})
	equal(t, "one", w.want(200, "GET", "/animals/a2", nil)["legs"], 2.0)
	w.want(404, "GET", "/animals/a3", nil)

	// What nothing creates and no example shows is made up, at every depth, and can be read.
	keepers := column(any(w.list("/keepers")), "id")
	if len(keepers) == 0 {
		t.Fatal("no keepers were made up")
	}
	for _, id := range keepers {
		w.want(200, "GET", "/keepers/"+id, nil)
	}
	shifts := column(any(w.list("/keepers/"+keepers[0]+"/shifts")), "id")
	if len(shifts) == 0 {
		t.Fatal("no shifts were made up")
	}
	w.want(200, "GET", "/keepers/"+keepers[0]+"/shifts/"+shifts[0], nil)
	w.want(404, "GET", "/keepers/"+keepers[0]+"/shifts/none", nil)
	if breaks := w.list("/keepers/" + keepers[0] + "/shifts/" + shifts[0] + "/breaks"); len(breaks) == 0 {
		t.Error("no breaks were made up below a made-up shift")
	}
}

func TestExportAndImport(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", seeded)
	shop := w.shop("Corner")
	w.want(201, "POST", shop+"/books", doc{"title": "T", "genre": "crime"})
	w.want(200, "PUT", "/settings", doc{"theme": "dark"})
	r := w.server.Resources()
	items := must(r.Export(t.Context()))
	before := string(w.send("GET", "/shops", nil).body)

	other := newWorld(t, "bookshops.yaml", seeded)
	if err := other.server.Resources().Import(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	equal(t, "exported again", fmt.Sprintf("%s", must(other.server.Resources().Export(t.Context()))), fmt.Sprintf("%s", items))
	equal(t, "list", string(other.send("GET", "/shops", nil).body), before)
	equal(t, "by index", other.want(200, "GET", shop+"/books?genre=crime", nil)["count"], 1.0)
	if fresh := other.shop("Fresh"); fresh == shop {
		t.Error("an imported id was given again")
	}

	for name, bad := range map[string][]resource.Item{
		"no collection":  {{Collection: "/nothing", ID: "1", Value: []byte(`{}`)}},
		"breaks schema":  {{Collection: "/shops", ID: "1", Value: []byte(`{"id":1}`)}},
		"not JSON":       {{Collection: "/labels", ID: "1", Value: []byte(`{`)}},
		"twice":          {{Collection: "/labels", ID: "1", Value: []byte(`{}`)}, {Collection: "/labels", ID: "1", Value: []byte(`{}`)}},
		"without parent": {{Collection: "/shops/{shop_id}/books", ID: "1", Value: []byte(`{}`)}},
		"endless id":     {{Collection: "/labels", ID: long("x", 1<<20), Value: []byte(`{}`)}},
	} {
		if err := r.Import(t.Context(), bad); err == nil {
			t.Errorf("%s: was imported", name)
		}
		equal(t, name, string(w.send("GET", "/shops", nil).body), before)
	}
	if err := r.Import(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	equal(t, "after an empty import", w.want(200, "GET", "/shops", nil)["total"], 0.0)
}

func TestPutAndRemove(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	r := w.server.Resources()
	shops, books := w.server.Model().Collection("/shops"), w.server.Model().Collection("books")
	put := must(r.Put(t.Context(), shops, nil, "7", doc{"name": "Seven", "email": "s@shops.example"}))
	equal(t, "id", put.ID, "7")
	equal(t, "read", w.want(200, "GET", "/shops/7", nil)["name"], "Seven")
	again := must(r.Put(t.Context(), shops, nil, "7", doc{"name": "Changed"}))
	equal(t, "item", must(r.Item(t.Context(), shops, nil, "7")), again)
	equal(t, "list", column(w.want(200, "GET", "/shops", nil)["data"], "name"), []string{"Changed"})
	made := must(r.Put(t.Context(), books, map[string]string{"shop_id": "7"}, "", doc{"title": "T"}))
	w.want(200, "GET", "/shops/7/books/"+made.ID, nil)
	if _, err := r.Put(t.Context(), books, nil, "x", doc{}); err == nil {
		t.Error("a child was put without its parent's id")
	}
	if _, err := r.Put(t.Context(), shops, nil, long("1", 6000), doc{}); err == nil {
		t.Error("an endless id was taken")
	}
	if err := r.Remove(t.Context(), shops, nil, "7"); err != nil {
		t.Fatal(err)
	}
	if err := r.Remove(t.Context(), shops, nil, "7"); err == nil {
		t.Error("an item was removed twice")
	}
	equal(t, "books left", len(must(r.Items(t.Context(), books, nil))), 0)
}

func TestHostileNames(t *testing.T) {
	for _, mode := range []resource.Mode{resource.Strict, resource.Invent} {
		w := newWorld(t, "bookshops.yaml", func(o *mock.Options) { o.State = mode })
		for _, name := range []string{"%00", "a%00b", "%01a", "%1f", "a%1Fb", "..", "%2e%2e%2f", "%2F%2F", "o0000000000000001", "%ff%fe", "i", "%EF%BF%BD", "~0~1", "%7B%7D", long("x", 5000), long("x", 5121), long("%00", 3000), long("y", 200000)} {
			status := w.send(http.MethodPut, "/labels/"+name, doc{"colour": "red"}).status
			if status != 201 && status != 200 && status != 404 && status != 400 {
				t.Errorf("PUT %.40s: %d", name, status)
			}
			if status > 201 {
				continue
			}
			if got := w.send(http.MethodGet, "/labels/"+name, nil); got.status != 200 || !bytes.Contains(got.body, []byte("red")) {
				t.Errorf("GET %.40s: %d %s", name, got.status, got.body)
			}
			w.want(204, http.MethodDelete, "/labels/"+name, nil)
		}
		if n := must(w.server.Resources().Summaries(t.Context())); mode == resource.Strict {
			for _, s := range n {
				if s.Path == "/labels" && s.Items != 0 {
					t.Errorf("%d labels are left", s.Items)
				}
			}
		}
		shop := w.shop("Corner")
		for _, genre := range []string{long("g", 100000), "a\x00b", "\x01", ""} { // values of an index
			path := shop + "/books/" + text(w.want(201, "POST", shop+"/books", doc{"title": long("t", 1000), "genre": genre})["id"])
			equal(t, "genre", w.want(200, "GET", path, nil)["genre"], genre)
			w.want(200, "PATCH", path, doc{"genre": genre + "!"})
			w.want(204, "DELETE", path, nil)
		}
		w.want(404, "GET", "/shops/1/books/"+long("x", 70000), nil)
	}
}

func TestPlaceOfContract(t *testing.T) {
	m := inference.Infer(&contracts.Contract{Name: "empty"})
	r, err := resource.New(t.Context(), resource.Options{Model: m, Store: store.NewMemory()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Do(t.Context(), resource.Request{Binding: &inference.Binding{Role: inference.None}}); err == nil {
		t.Error("an operation without a collection was carried out")
	}
}
