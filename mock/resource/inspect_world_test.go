package resource_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"understudy/mock/resource"
	"understudy/mock/store"
)

// filled are tenants of whose worlds each has something of its own.
func filled(t *testing.T) *tenants {
	t.Helper()
	w := newTenants(t, nil)
	for _, in := range whole {
		id := text(w.do(in, "createNote", doc{"title": in.Account + " " + in.Environment, "slug": "plan"}).(doc)["id"])
		w.do(in, "createComment "+id, doc{"text": "c"})
	}
	w.do(whole[0], "deleteNote note_seed000001", nil)
	w.do(whole[0], "createColour", doc{"name": "red"})
	w.do(whole[3], "createShade red", doc{"tone": "dark"})
	return w
}

// state is everything that the items' readers see, by world.
func (w *tenants) state() string {
	w.t.Helper()
	seen := ""
	for _, in := range whole {
		for _, request := range []string{"listNotes", "listAllComments", "listFlags", "readSettings", "listColours"} {
			seen += fmt.Sprintf("%v %s: %v\n", in, request, w.do(in, request, nil))
		}
	}
	return seen
}

func TestWorldsAreListed(t *testing.T) {
	w := newTenants(t, nil)
	equal(t, "at the start", must(w.Worlds(t.Context())), []resource.World{{}, {Environment: "staging"}})
	w.do(whole[3], "listNotes", nil)
	equal(t, "after a look", must(w.Worlds(t.Context())), []resource.World{{}, {Environment: "staging"}})
	w.do(whole[3], "createNote", doc{"title": "T"})
	w.do(whole[2], "readSettings", nil) // made up, and then there
	equal(t, "after a note", must(w.Worlds(t.Context())), []resource.World{{}, {Environment: "staging"}, {Account: "other"}, {Account: "other", Environment: "staging"}})
	equal(t, "from a view", must(w.In("other", "").Worlds(t.Context())), must(w.Worlds(t.Context())))
}

func TestViews(t *testing.T) {
	w := filled(t)
	notes, colours := w.model.Collection("/notes"), w.model.Collection("/colours")
	for _, in := range whole {
		view := w.In(in.Account, in.Environment)
		items := must(view.Items(t.Context(), notes, nil))
		last := items[len(items)-1]
		title := in.Account + " " + in.Environment
		if got := field(t, last, "title"); got != title {
			t.Errorf("%v: the last note is %v", in, got)
		}
		equal(t, "one", must(view.Item(t.Context(), notes, nil, last.ID)), last)
		want := resource.World{Account: in.Account, Environment: in.Environment}
		if want.Account == "acme" {
			want.Account = ""
		}
		if want.Environment == "production" {
			want.Environment = ""
		}
		equal(t, "world", resource.World{Account: last.Account, Environment: last.Environment}, want)
		equal(t, "shared", len(must(view.Items(t.Context(), colours, nil))), 1)
		for _, s := range must(view.Summaries(t.Context())) {
			if s.Path == "/notes" {
				equal(t, "summary", s.Items, len(items))
			}
		}
		put := must(view.Put(t.Context(), notes, nil, "note_put0000001", doc{"title": "Put in " + title}))
		equal(t, "put", field(t, put, "title"), "Put in "+title)
		equal(t, "read", w.do(in, "readNote note_put0000001", nil).(doc)["title"], "Put in "+title)

		// Do through a view means its world, unless the request says another one.
		result, err := view.Do(t.Context(), w.call(resource.World{}, "readNote note_put0000001", nil))
		if err != nil || decode(t, result).(doc)["title"] != "Put in "+title {
			t.Errorf("%v: %v", in, err)
		}
		if _, err := view.Do(t.Context(), w.call(resource.World{Account: "third"}, "readNote note_put0000001", nil)); err == nil {
			t.Errorf("%v: the request's own account is not heeded", in)
		}
	}
	if err := w.In("other", "").Remove(t.Context(), notes, nil, "note_put0000001"); err != nil {
		t.Fatal(err)
	}
	if err := w.In("other", "").Remove(t.Context(), notes, nil, "note_put0000001"); err == nil {
		t.Error("an item was removed twice")
	}
	w.missing(whole[2], "readNote note_put0000001", nil)
	w.do(whole[3], "readNote note_put0000001", nil)
	equal(t, "without a view", len(must(w.Items(t.Context(), notes, nil))), 2)
}

func field(t *testing.T, item resource.Item, name string) any {
	t.Helper()
	var value doc
	if err := json.Unmarshal(item.Value, &value); err != nil {
		t.Fatal(err)
	}
	return value[name]
}

func TestExportAndImportWorlds(t *testing.T) {
	w := filled(t)
	before := w.state()
	items := must(w.Export(t.Context()))
	encoded := must(json.Marshal(items))
	var read []resource.Item
	if err := json.Unmarshal(encoded, &read); err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]*tenants{"a new one": newTenants(t, nil), "itself": w, "one in use": filled(t)} {
		if err := other.Import(t.Context(), read); err != nil {
			t.Fatal(err)
		}
		equal(t, name, other.state(), before)
		equal(t, name+" exported", string(must(json.Marshal(must(other.Export(t.Context()))))), string(encoded))
		equal(t, name+": notes where nobody was", other.titles(resource.World{Environment: "preview"}, ""), []string(nil))
	}
	// An import that fails changes nothing, in no world.
	bad := append(read[:len(read):len(read)], resource.Item{Collection: "/notes", ID: "note_bad0000001", Value: []byte(`{}`), Account: "other"})
	if err := w.Import(t.Context(), bad); err == nil {
		t.Error("an item that does not fit was imported")
	}
	if err := w.Import(t.Context(), []resource.Item{{Collection: "/notes", ID: "x", Value: []byte(`{"id":"note_0123456789","title":"T"}`), Account: long("x", 2000)}}); err == nil {
		t.Error("an endless name was imported")
	}
	equal(t, "after failures", w.state(), before)
}

// What was exported before there were worlds belongs to the default one.
func TestOldDumps(t *testing.T) {
	w := newTenants(t, nil)
	old := []resource.Item{{Collection: "/notes", ID: "note_old0000001", Value: []byte(`{"id":"note_old0000001","title":"Old"}`)}}
	if err := w.Import(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	equal(t, "default", w.titles(whole[0], ""), []string{"Old"})
	equal(t, "staging", w.titles(whole[1], ""), []string(nil))
}

func TestResetOfWorlds(t *testing.T) {
	fresh := newTenants(t, nil).state()
	w := filled(t)
	if err := w.Import(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "after a reset", w.state(), fresh)
	equal(t, "notes where nobody was", w.titles(resource.World{Environment: "preview"}, ""), []string{"Welcome"})

	w = filled(t)
	shared, production := w.do(whole[0], "listColours", nil), w.titles(whole[0], "")
	other, theirs := w.titles(whole[3], ""), w.titles(whole[2], "")
	if err := w.In("", "staging").Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "reset", w.titles(whole[1], ""), []string{"Welcome"})
	equal(t, "shared", w.do(whole[0], "listColours", nil), shared)
	equal(t, "the default world", w.titles(whole[0], ""), production)
	equal(t, "another account", w.titles(whole[3], ""), other)
	if err := w.In("other", "staging").Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "another account's", w.titles(whole[3], ""), []string(nil))
	equal(t, "in the other environment", w.titles(whole[2], ""), theirs)
	if err := w.In("", "").Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "the default world", w.titles(whole[0], ""), []string{"Welcome"})
	equal(t, "shared", w.do(whole[0], "listColours", nil), shared)
	equal(t, "in the other environment", w.titles(whole[2], ""), theirs)
}

func TestImportThroughViews(t *testing.T) {
	w := filled(t)
	before := map[resource.World][]string{}
	for _, in := range whole {
		before[in] = w.titles(in, "")
	}
	dump := must(w.In("other", "").Export(t.Context()))
	for _, item := range dump {
		if item.Account != "other" || item.Environment != "" && item.Collection == "/notes" {
			t.Errorf("exported through a view: %+v", item)
		}
	}
	for i := range dump {
		dump[i].Account = "" // the view's
	}
	if err := w.In("other", "staging").Import(t.Context(), dump); err != nil {
		t.Fatal(err)
	}
	equal(t, "imported", w.titles(whole[3], ""), before[whole[2]])
	for _, in := range whole[:3] {
		equal(t, fmt.Sprint(in), w.titles(in, ""), before[in])
	}
	for name, item := range map[string]resource.Item{
		"another world's": {Collection: "/notes", ID: "a", Value: []byte(`{"id":"note_0123456789","title":"T"}`), Account: "third"},
		"shared":          {Collection: "/colours", ID: "a", Value: []byte(`{"name":"a"}`)},
	} {
		if err := w.In("other", "staging").Import(t.Context(), []resource.Item{item}); err == nil {
			t.Errorf("%s was imported", name)
		}
	}
	equal(t, "after failures", w.titles(whole[3], ""), before[whole[2]])
}

// A store that outlives the process remembers which worlds were filled.
func TestWorldsAreFilledOnce(t *testing.T) {
	kept := store.NewMemory()
	with := func(o *resource.Options) { o.Store = kept }
	w := newTenants(t, with)
	preview := resource.World{Environment: "preview"}
	for _, in := range []resource.World{whole[0], whole[1], preview} {
		w.do(in, "deleteNote note_seed000001", nil)
	}
	w.do(whole[2], "createNote", doc{"title": "T"})
	w = newTenants(t, with)
	for _, in := range []resource.World{whole[0], whole[1], preview} {
		equal(t, fmt.Sprint(in), w.titles(in, ""), []string(nil))
	}
	equal(t, "another account", w.titles(whole[2], ""), []string{"T"})
}
