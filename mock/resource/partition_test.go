package resource_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/mock/clock"
	"understudy/mock/resource"
	"understudy/mock/store"
)

// Tenants are the items of one contract, used by several accounts in several environments.
type tenants struct {
	*resource.Resources
	t     testing.TB
	model *inference.Model
}

func newTenants(t testing.TB, change func(*resource.Options)) *tenants {
	t.Helper()
	contract, err := contracts.Load(t.Context(), filepath.Join("testdata", "tenants.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := resource.Options{
		Model: inference.Infer(contract), Store: repeating{store.NewMemory()}, Clock: clock.New(clock.Options{At: noon, Frozen: true}), Seed: 7,
		Accounts: []string{"acme", "other"}, Environments: []string{"production", "staging"},
		Seeds: map[string][]any{"/settings": {doc{"theme": "dark"}}},
	}
	if change != nil {
		change(&o)
	}
	r, err := resource.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return &tenants{r, t, o.Model}
}

// The four worlds that the tests use, the default one first.
var whole = []resource.World{
	{Account: "acme", Environment: "production"}, {Account: "acme", Environment: "staging"},
	{Account: "other", Environment: "production"}, {Account: "other", Environment: "staging"},
}

func (w *tenants) binding(operation string) *inference.Binding {
	w.t.Helper()
	for _, o := range w.model.Contract.Operations {
		if o.ID == operation {
			return w.model.Binding(o)
		}
	}
	w.t.Fatalf("there is no operation %s", operation)
	return nil
}

// call makes the request "operation value value?query" in a world.
func (w *tenants) call(in resource.World, text string, body any) resource.Request {
	w.t.Helper()
	text, query, _ := strings.Cut(text, "?")
	words := strings.Fields(text)
	b := w.binding(words[0])
	q := newCall(w.t, b, query, words[1:])
	q.Account, q.Environment = in.Account, in.Environment
	if body != nil {
		q.Body = contracts.Body{Present: true, Value: body, Media: bodyMedia(b)}
	}
	return q
}

// try carries a request out and decodes its answer.
func (w *tenants) try(in resource.World, text string, body any) (any, error) {
	w.t.Helper()
	result, err := w.Do(w.t.Context(), w.call(in, text, body))
	if err != nil {
		return nil, fmt.Errorf("%s in %v: %w", text, in, err)
	}
	return decode(w.t, result), nil
}

// do is try for a request that must go well.
func (w *tenants) do(in resource.World, text string, body any) any {
	w.t.Helper()
	value, err := w.try(in, text, body)
	if err != nil {
		w.t.Fatal(err)
	}
	return value
}

func decode(t testing.TB, result *resource.Result) any {
	t.Helper()
	var value any
	if result.Body != nil {
		if err := json.Unmarshal(result.Body, &value); err != nil {
			t.Fatal(err)
		}
	}
	return value
}

// missing makes a request that must find nothing.
func (w *tenants) missing(in resource.World, text string, body any) {
	w.t.Helper()
	result, err := w.Do(w.t.Context(), w.call(in, text, body))
	var notFound *resource.NotFoundError
	if !errors.As(err, &notFound) {
		w.t.Errorf("%s in %v: %v, %v; want that nothing is found", text, in, result, err)
	}
}

func (w *tenants) titles(in resource.World, query string) []string {
	w.t.Helper()
	list := w.do(in, "listNotes?"+query, nil).(doc)
	texts := column(list["data"], "title")
	equal(w.t, "total", list["total"], float64(len(texts)))
	return texts
}

// Each role in each world: what one world makes no other one sees, and all may use the same values.
func TestWorldsAreApart(t *testing.T) {
	w := newTenants(t, nil)
	ids := map[string]resource.World{}
	first := map[resource.World]string{}
	for _, in := range whole {
		note := w.do(in, "createNote", doc{"title": in.Account + " " + in.Environment, "slug": "plan", "kind": "work"}).(doc)
		id := text(note["id"])
		if other, taken := ids[id]; taken {
			t.Errorf("%v and %v have an item of the same id", other, in)
		}
		ids[id], first[in] = in, id
		var conflict *resource.ConflictError
		if _, err := w.Do(t.Context(), w.call(in, "createNote", doc{"title": "T", "slug": "plan"})); !errors.As(err, &conflict) {
			t.Errorf("%v: a unique value twice: %v", in, err)
		}
		w.do(in, "createComment "+id, doc{"text": "by " + in.Account})
	}
	for _, in := range whole {
		equal(t, "filtered", w.titles(in, "kind=work"), []string{in.Account + " " + in.Environment})
		equal(t, "comments", column(w.do(in, "listComments "+first[in], nil), "text"), []string{"by " + in.Account})
		for id, owner := range ids {
			if owner == in {
				continue
			}
			for _, request := range []string{"readNote ", "updateNote ", "replaceNote ", "deleteNote ", "archiveNote ", "listComments "} {
				w.missing(in, request+id, doc{"title": "stolen"})
			}
			w.missing(in, "createComment "+id, doc{"text": "T"})
		}
	}
	for _, in := range whole {
		id := first[in]
		equal(t, "title", w.do(in, "readNote "+id, nil).(doc)["title"], in.Account+" "+in.Environment)
		equal(t, "updated", w.do(in, "updateNote "+id, doc{"kind": "play"}).(doc)["kind"], "play")
		equal(t, "archived", w.do(in, "archiveNote "+id, nil).(doc)["archived"], true)
		equal(t, "replaced", w.do(in, "replaceNote "+id, doc{"title": "New", "slug": "plan"}).(doc)["title"], "New")
		equal(t, "with the filter", w.titles(in, "kind=play"), []string(nil))
		w.do(in, "deleteNote "+id, nil)
		w.missing(in, "readNote "+id, nil)
	}
}

func TestClearAndLookupsStayInOneWorld(t *testing.T) {
	w := newTenants(t, nil)
	comments := map[resource.World]string{}
	for _, in := range whole {
		id := text(w.do(in, "createNote", doc{"title": "A", "kind": "x"}).(doc)["id"])
		comments[in] = text(w.do(in, "createComment "+id, doc{"text": "of " + in.Account + in.Environment}).(doc)["id"])
	}
	for _, in := range whole {
		got := column(w.do(in, "listAllComments", nil), "text")
		equal(t, "all comments", got[len(got)-1], "of "+in.Account+in.Environment)
		if seeds := len(got) - 1; (seeds == 1) != (in.Account == "acme") {
			t.Errorf("%v has %d comments from the start", in, seeds)
		}
		equal(t, "found", w.do(in, "findComment "+comments[in], nil).(doc)["id"], comments[in])
		for other, id := range comments {
			if other != in {
				w.missing(in, "findComment "+id, nil)
			}
		}
	}
	w.do(whole[1], "clearNotes", nil)
	for i, in := range whole {
		if n := len(w.titles(in, "")); (n == 0) != (i == 1) {
			t.Errorf("%v has %d notes after another world was cleared", in, n)
		}
	}
	w.missing(whole[1], "findComment "+comments[whole[1]], nil)
}

// What is separated by one word only is shared by all who differ in the other.
func TestHalfSeparated(t *testing.T) {
	w := newTenants(t, nil)
	q := w.call(whole[2], "uploadFile", nil)
	q.Body = contracts.Body{Present: true, Value: doc{}, Media: bodyMedia(q.Binding), Parts: []contracts.Part{{Name: "file", FileName: "a.txt", ContentType: "text/plain", Bytes: []byte("bytes")}}}
	result, err := w.Do(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	file := text(decode(t, result).(doc)["id"])
	for _, in := range whole {
		if in.Account == "acme" {
			w.missing(in, "downloadFile "+file, nil)
			w.missing(in, "readFile "+file, nil)
			continue
		}
		got, err := w.Do(t.Context(), w.call(in, "downloadFile "+file, nil))
		if err != nil || string(got.Raw) != "bytes" {
			t.Errorf("%v: downloaded %v, %v", in, got, err)
		}
	}

	w.do(whole[1], "replaceSettings", doc{"theme": "light", "language": "en"})
	for _, in := range whole {
		settings := w.do(in, "readSettings", nil).(doc)
		if (settings["language"] == "en") != (in.Account == "acme") {
			t.Errorf("%v: settings %v", in, settings)
		}
	}

	flags := map[string]string{}
	for _, in := range whole {
		list := strings.Join(column(w.do(in, "listFlags", nil), "id"), " ")
		if known := flags[in.Environment]; known != "" {
			equal(t, "flags of "+in.Environment, list, known)
		}
		flags[in.Environment] = list
	}
	if flags["production"] == flags["staging"] || len(strings.Fields(flags["staging"])) != 2 {
		t.Errorf("flags: %v", flags)
	}

	w.do(whole[3], "createColour", doc{"name": "red"})
	for _, in := range whole {
		equal(t, "shared", column(w.do(in, "listColours", nil), "name"), []string{"red"})
	}
}

// An item that everybody shares takes the children of all worlds with it.
func TestSharedParents(t *testing.T) {
	w := newTenants(t, nil)
	w.do(whole[0], "createColour", doc{"name": "red"})
	w.do(whole[0], "createColour", doc{"name": "blue"})
	for _, in := range whole {
		equal(t, "before", len(w.do(in, "listShades red", nil).([]any)), 0)
		w.do(in, "createShade red", doc{"tone": in.Account + in.Environment})
		w.do(in, "createShade blue", doc{"tone": "t"})
		equal(t, "shades", column(w.do(in, "listShades red", nil), "tone"), []string{in.Account + in.Environment})
	}
	result, err := w.Do(t.Context(), w.call(whole[2], "deleteColour red", nil))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "changes", len(result.Changes), 5)
	w.do(whole[0], "createColour", doc{"name": "red"})
	for _, in := range whole {
		equal(t, "after", len(w.do(in, "listShades red", nil).([]any)), 0)
		equal(t, "blue", len(w.do(in, "listShades blue", nil).([]any)), 1)
	}
}

// What exists from the start exists in every environment of the first account; the default world has the names of the
// first ones, and none.
func TestSeedsOfWorlds(t *testing.T) {
	for _, mode := range []resource.Mode{resource.Strict, resource.Invent} {
		w := newTenants(t, func(o *resource.Options) {
			o.Mode = mode
			o.Seeds["/notes"] = []any{doc{"title": "From a file"}}
		})
		for _, test := range []struct {
			in   resource.World
			want []string
		}{
			{resource.World{}, []string{"From a file", "Welcome"}},
			{whole[0], []string{"From a file", "Welcome"}},
			{resource.World{Environment: "staging"}, []string{"From a file", "Welcome"}},
			{whole[1], []string{"From a file", "Welcome"}},
			{resource.World{Account: "acme", Environment: "preview"}, []string{"From a file", "Welcome"}}, // named nowhere
			{whole[2], nil},
			{whole[3], nil},
			{resource.World{Account: "unheard of"}, nil},
		} {
			equal(t, fmt.Sprintf("%s: notes of %v", mode, test.in), w.titles(test.in, ""), test.want)
			if test.want == nil {
				equal(t, "settings", w.do(test.in, "readSettings", nil).(doc)["theme"], "light")
				continue
			}
			equal(t, "comments", column(w.do(test.in, "listComments note_seed000001", nil), "text"), []string{"First"})
			equal(t, "settings", w.do(test.in, "readSettings", nil).(doc)["theme"], "dark")
		}
		w.do(whole[1], "deleteNote note_seed000001", nil)
		w.do(whole[0], "readNote note_seed000001", nil)
		w.missing(whole[1], "readNote note_seed000001", nil)
	}
}

func TestInventedItemsOfWorlds(t *testing.T) {
	w := newTenants(t, func(o *resource.Options) { o.Mode = resource.Invent })
	w.do(whole[2], "readNote note_0123456789", nil)
	w.do(whole[2], "deleteNote note_0123456789", nil)
	w.missing(whole[2], "readNote note_0123456789", nil)
	note := w.do(whole[3], "readNote note_0123456789", nil).(doc)
	equal(t, "id", note["id"], "note_0123456789")
	equal(t, "again", w.do(whole[3], "readNote note_0123456789", nil), any(note))
}

func TestConditionsOfWorlds(t *testing.T) {
	w := newTenants(t, nil)
	q := w.call(whole[1], "updateNote note_seed000001", doc{"title": "Changed"})
	if _, err := w.Do(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	read := func(in resource.World) string {
		result, err := w.Do(t.Context(), w.call(in, "readNote note_seed000001", nil))
		if err != nil {
			t.Fatal(err)
		}
		return result.ETag
	}
	if read(whole[0]) == read(whole[1]) {
		t.Error("items that differ have one validator")
	}
	q = w.call(whole[0], "updateNote note_seed000001", doc{"title": "Changed"})
	q.IfMatch = read(whole[1])
	var failed *resource.PreconditionError
	if _, err := w.Do(t.Context(), q); !errors.As(err, &failed) {
		t.Errorf("another world's validator: %v", err)
	}
}

// Nothing in a name reaches another world's keys.
func TestHostileWorldNames(t *testing.T) {
	w := newTenants(t, nil)
	names := []string{"\x00", "a\x00b", "\x01", "a\x01b", "\x1f", "\xff", "acme\x00", "acme\x01production", "i", "../acme", " ", "ACME"}
	for i, name := range names {
		for _, in := range []resource.World{{Account: name}, {Environment: name}, {Account: name, Environment: name}} {
			title := fmt.Sprintf("%d %q", i, in)
			id := text(w.do(in, "createNote", doc{"title": title}).(doc)["id"])
			equal(t, title, w.do(in, "readNote "+id, nil).(doc)["title"], title)
			w.missing(whole[0], "readNote "+id, nil)
			w.do(in, "deleteNote "+id, nil)
		}
	}
	equal(t, "the default world", w.titles(resource.World{}, ""), []string{"Welcome"})
	if _, err := w.Do(t.Context(), w.call(resource.World{Account: long("x", 2000)}, "listNotes", nil)); err == nil {
		t.Error("an endless name was taken")
	}
	_, err := resource.New(t.Context(), resource.Options{Model: w.model, Store: store.NewMemory(), Accounts: []string{long("x", 2000)}})
	if err == nil {
		t.Error("an endless default name was taken")
	}
}

func TestPartitionWords(t *testing.T) {
	load := func(word string) (*inference.Model, error) {
		file := filepath.Join(t.TempDir(), "openapi.yaml")
		text := fmt.Sprintf(`
openapi: 3.1.0
info: {title: T, version: "1"}
x-understudy: {resources: {/pets: {partition: %q}}}
paths:
  /pets:
    get: {responses: {"200": {description: All., content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: string}}}}}}}}}
`, word)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := contracts.Load(t.Context(), file, contracts.Options{})
		if err != nil {
			return nil, err
		}
		m := inference.Infer(c)
		_, err = resource.New(t.Context(), resource.Options{Model: m, Store: store.NewMemory()})
		return m, err
	}
	for word, want := range map[string]inference.Partition{
		"":                          {},
		"account":                   {Account: true},
		"environment":               {Environment: true},
		"account,environment":       {Account: true, Environment: true},
		" environment ,\taccount\n": {Account: true, Environment: true},
		"environment account":       {Account: true, Environment: true},
	} {
		m, err := load(word)
		if err != nil {
			t.Errorf("%q: %v", word, err)
			continue
		}
		equal(t, word, m.Collection("/pets").Partition, want)
	}
	for _, word := range []string{"accounts", "account;environment", "account,region", " , ", "Environment"} {
		if _, err := load(word); err == nil || !strings.Contains(err.Error(), "/pets") || !strings.Contains(err.Error(), "account, environment or both") {
			t.Errorf("%q: %v", word, err)
		}
	}
	w := newTenants(t, nil)
	equal(t, "a child's", w.model.Collection("comments").Partition, inference.Partition{Account: true, Environment: true})
	equal(t, "a shared one's", w.model.Collection("/colours").Partition, inference.Partition{})
}

// Without words about partitions the world that asks makes no difference.
func TestNoPartitions(t *testing.T) {
	w := newWorld(t, "bookshops.yaml", nil)
	w.shop("Corner")
	for _, o := range w.server.Contract().Operations {
		if o.ID != "listShops" {
			continue
		}
		q := newCall(t, w.server.Model().Binding(o), "", nil)
		q.Account, q.Environment = "somebody", "staging"
		result, err := w.server.Resources().Do(t.Context(), q)
		if err != nil || !strings.Contains(string(result.Body), "Corner") {
			t.Errorf("%s, %v", result.Body, err)
		}
	}
	equal(t, "worlds", must(w.server.Resources().Worlds(t.Context())), []resource.World{{}})
}

// Many worlds are entered, filled and written at once.
func TestWorldsAtOnce(t *testing.T) {
	w := newTenants(t, func(o *resource.Options) { o.Store = store.NewMemory() })
	worlds := append([]resource.World{{Environment: "preview"}, {Account: "third"}}, whole...)
	const each = 20
	use := func(in resource.World) error {
		note, err := w.try(in, "createNote", doc{"title": in.Account + in.Environment})
		if err != nil {
			return err
		}
		id := text(note.(doc)["id"])
		_, err1 := w.try(in, "createComment "+id, doc{"text": "c"})
		_, err2 := w.try(in, "updateNote "+id, doc{"kind": "k"})
		_, err3 := w.try(in, "listNotes?kind=k&sort=title", nil)
		return errors.Join(err1, err2, err3)
	}
	var group sync.WaitGroup
	for _, in := range worlds {
		for range 3 {
			group.Go(func() {
				for range each {
					if err := use(in); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	group.Wait()
	for _, in := range worlds {
		list := w.do(in, "listNotes?kind=k&per_page=50", nil).(doc)
		equal(t, fmt.Sprintf("notes of %v", in), list["total"], 3.0*each)
		for _, title := range column(list["data"], "title") {
			equal(t, "title", title, in.Account+in.Environment)
		}
	}
}
