package overlay_test

import (
	"strings"
	"testing"

	"understudy/contracts/overlay"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

// at gives the value at a way of names.
func at(t *testing.T, n *yaml.Node, names ...string) *yaml.Node {
	t.Helper()
	if n.Kind == yaml.DocumentNode {
		n = n.Content[0]
	}
next:
	for _, name := range names {
		for n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				n = n.Content[i+1]
				continue next
			}
		}
		t.Fatalf("no %q", name)
	}
	return n
}

func apply(t testing.TB, root *yaml.Node, overlays ...*overlay.Document) overlay.Applied {
	t.Helper()
	applied, err := overlay.Apply(root, overlays...)
	if err != nil {
		t.Fatal(err)
	}
	return applied
}

const linesTarget = `info:
  title: Pets
paths:
  /pets:
    get:
      summary: old
      tags: [a]
`

func TestLinesAndOrigin(t *testing.T) {
	root := tree(t, linesTarget)
	untouched := at(t, root, "info", "title")
	applied := apply(t, root, parse(t, "1.1.0", `actions:
- target: $.paths['/pets'].get
  update:
    summary: new
    tags: [b]
    responses:
      '200': {description: OK}
`))
	if at(t, root, "info", "title") != untouched || untouched.Line != 2 {
		t.Error("an untouched node changed")
	}
	get := at(t, root, "paths", "/pets", "get")
	if file, ok := applied.Origin[get]; ok || get.Line != 6 {
		t.Errorf("the merged object moved to %q line %d", file, get.Line)
	}
	for name, want := range map[string]int{"summary": 6, "responses": 9} {
		n := at(t, get, name)
		if applied.Origin[n] != "overlay.yaml" || n.Line != want {
			t.Errorf("%s comes from %q line %d, want the overlay's line %d", name, applied.Origin[n], n.Line, want)
		}
	}
	if tags := at(t, get, "tags"); tags.Content[0].Line != 7 || tags.Content[1].Line != 7 ||
		applied.Origin[tags.Content[0]] != "" || applied.Origin[tags.Content[1]] != "overlay.yaml" {
		t.Error("entries of a concatenated array have the wrong origin")
	}
	// Of what was put in as a whole only the root is noted; the rest goes with it.
	inner := at(t, get, "responses", "200", "description")
	if _, ok := applied.Origin[inner]; ok || inner.Line != 9 {
		t.Errorf("a node inside an inserted subtree is noted, or on line %d", inner.Line)
	}
}

// What a copy action moves keeps the place where it was written, over several overlays.
func TestOriginOfCopies(t *testing.T) {
	root := tree(t, "a: {own: 1, sub: {}}\nb: {}\n")
	first, err := overlay.Parse("first.yaml", []byte("overlay: 1.1.0\ninfo: {title: T, version: '1'}\nactions:\n- {target: $.a.sub, update: {x: 1}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	second := parse(t, "1.1.0", "actions:\n- {target: $.b, update: {new: {}}}\n- {target: $.b.new, copy: $.a}\n- {target: $.b.new, copy: $.a.sub}\n")
	applied := apply(t, root, first, second)
	if got, want := asJSON(t, root), `{"a":{"own":1,"sub":{"x":1}},"b":{"new":{"own":1,"sub":{"x":1},"x":1}}}`; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	copied := at(t, root, "b", "new")
	for want, n := range map[string]*yaml.Node{
		"overlay.yaml": copied,
		"first.yaml":   at(t, copied, "sub", "x"),
	} {
		if got, ok := applied.Origin[n]; !ok || got != want {
			t.Errorf("origin %q, want %q", got, want)
		}
	}
	for _, n := range []*yaml.Node{at(t, copied, "own"), at(t, copied, "sub")} {
		if got, ok := applied.Origin[n]; !ok || got != "" {
			t.Errorf("origin %q %v, want the target document, said outright", got, ok)
		}
	}
	if got := applied.Origin[at(t, copied, "x")]; got != "first.yaml" {
		t.Errorf("origin of a copied part of an overlay is %q", got)
	}
}

func TestAliasesAreNotChangedBehindTheBack(t *testing.T) {
	const shared = "base: &b {x: {n: 1}, l: [1]}\nuse: *b\nagain: {inner: *b}\nmerged: {<<: *b, y: 2}\n"
	for _, c := range []struct{ name, actions, want string }{
		{"update through an alias", "actions: [{target: $.use.x, update: {m: 2}}]",
			`{"again":{"inner":{"l":[1],"x":{"n":1}}},"base":{"l":[1],"x":{"n":1}},"merged":{"l":[1],"x":{"n":1},"y":2},"use":{"l":[1],"x":{"m":2,"n":1}}}`},
		{"update of the aliased node", "actions: [{target: $.base.x, update: {m: 2}}]",
			`{"again":{"inner":{"l":[1],"x":{"n":1}}},"base":{"l":[1],"x":{"m":2,"n":1}},"merged":{"l":[1],"x":{"n":1},"y":2},"use":{"l":[1],"x":{"n":1}}}`},
		{"merge into an alias", "actions: [{target: $, update: {use: {x: {n: 5}}}}]",
			`{"again":{"inner":{"l":[1],"x":{"n":1}}},"base":{"l":[1],"x":{"n":1}},"merged":{"l":[1],"x":{"n":1},"y":2},"use":{"l":[1],"x":{"n":5}}}`},
		{"update what a merge key brings in", "actions: [{target: $.merged.x, update: {m: 2}}]",
			`{"again":{"inner":{"l":[1],"x":{"n":1}}},"base":{"l":[1],"x":{"n":1}},"merged":{"l":[1],"x":{"m":2,"n":1},"y":2},"use":{"l":[1],"x":{"n":1}}}`},
		{"merge into what a merge key brings in", "actions: [{target: $.merged, update: {l: [2]}}]",
			`{"again":{"inner":{"l":[1],"x":{"n":1}}},"base":{"l":[1],"x":{"n":1}},"merged":{"l":[1,2],"x":{"n":1},"y":2},"use":{"l":[1],"x":{"n":1}}}`},
		{"remove what a merge key brings in", "actions: [{target: $.merged.l, remove: true}]",
			`{"again":{"inner":{"l":[1],"x":{"n":1}}},"base":{"l":[1],"x":{"n":1}},"merged":{"x":{"n":1},"y":2},"use":{"l":[1],"x":{"n":1}}}`},
		{"remove the aliased node", "actions: [{target: $.base, remove: true}]",
			`{"again":{"inner":{"l":[1],"x":{"n":1}}},"merged":{"l":[1],"x":{"n":1},"y":2},"use":{"l":[1],"x":{"n":1}}}`},
		{"remove an alias", "actions: [{target: $.use, remove: true}]",
			`{"again":{"inner":{"l":[1],"x":{"n":1}}},"base":{"l":[1],"x":{"n":1}},"merged":{"l":[1],"x":{"n":1},"y":2}}`},
		{"all at once, each once", "actions: [{target: $..l, update: 2}]",
			`{"again":{"inner":{"l":[1,2],"x":{"n":1}}},"base":{"l":[1,2],"x":{"n":1}},"merged":{"l":[1,2],"x":{"n":1},"y":2},"use":{"l":[1,2],"x":{"n":1}}}`},
		{"copy an alias", "actions: [{target: $.again, copy: $.use}, {target: $.again.x, update: {m: 2}}]",
			`{"again":{"inner":{"l":[1],"x":{"n":1}},"l":[1],"x":{"m":2,"n":1}},"base":{"l":[1],"x":{"n":1}},"merged":{"l":[1],"x":{"n":1},"y":2},"use":{"l":[1],"x":{"n":1}}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := tree(t, shared)
			apply(t, root, parse(t, "1.1.0", c.actions))
			if got := asJSON(t, root); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			// The text of the tree must mean the same: no alias may have lost its anchor.
			text, err := yaml.Marshal(root)
			if err != nil {
				t.Fatal(err)
			}
			if got := asJSON(t, tree(t, string(text))); got != c.want {
				t.Errorf("written and read again it is %s", got)
			}
		})
	}
}

// Several targets get copies of their own, also of what the overlay itself shares by an alias.
func TestNothingIsShared(t *testing.T) {
	d := parse(t, "1.1.0", "x-shared: &s {list: [1]}\nactions: [{target: '$.*', update: {p: *s, q: *s, r: {<<: *s}}}]")
	root := tree(t, "a: {}\nb: {}\n")
	apply(t, root, d)
	apply(t, root, parse(t, "1.1.0", "actions: [{target: $.a.p.list, update: 2}]"))
	want := `{"a":{"p":{"list":[1,2]},"q":{"list":[1]},"r":{"list":[1]}},"b":{"p":{"list":[1]},"q":{"list":[1]},"r":{"list":[1]}}}`
	if got := asJSON(t, root); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	again := tree(t, "a: {}\n")
	apply(t, again, d)
	if got, want := asJSON(t, again), `{"a":{"p":{"list":[1]},"q":{"list":[1]},"r":{"list":[1]}}}`; got != want {
		t.Errorf("the overlay itself was changed: %s", got)
	}
}

// plain gives a generator of values of JSON; arrays only where asked for, because they grow with each update.
func plain(depth int, arrays bool) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Just[any](nil),
		rapid.Bool().AsAny(),
		rapid.IntRange(-9, 9).AsAny(),
		rapid.StringMatching(`[a-z ~/]{0,3}`).AsAny(),
	)
	if depth == 0 {
		return leaf
	}
	kinds := []*rapid.Generator[any]{leaf, rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "d/e"}), plain(depth-1, arrays)).AsAny()}
	if arrays {
		kinds = append(kinds, rapid.SliceOfN(plain(depth-1, arrays), 0, 3).AsAny())
	}
	return rapid.OneOf(kinds...)
}

func text(t *rapid.T, value any) string {
	out, err := yaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// document makes an overlay with one update of the root.
func updateOf(t *rapid.T, value any) *overlay.Document {
	out := text(t, map[string]any{
		"overlay": "1.1.0", "info": map[string]any{"title": "T", "version": "1"},
		"actions": []any{map[string]any{"target": "$", "update": value}},
	})
	d, err := overlay.Parse("overlay.yaml", []byte(out))
	if err != nil {
		t.Fatalf("%v in:\n%s", err, out)
	}
	return d
}

func TestUpdateProperties(t *testing.T) {
	object := func(arrays bool) *rapid.Generator[any] {
		return rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c"}), plain(3, arrays)).AsAny()
	}
	rapid.Check(t, func(r *rapid.T) {
		target := text(r, object(true).Draw(r, "target"))
		update := object(rapid.Bool().Draw(r, "arrays")).Draw(r, "update")
		d := updateOf(r, update)

		once := tree(t, target)
		if _, err := d.Apply(once); err != nil {
			if !strings.Contains(err.Error(), "cannot be merged into") {
				r.Fatal(err)
			}
			return
		}
		// The tree equals a merge of plain values, written independently of nodes.
		if got, want := asJSON(t, once), asJSON(t, tree(t, text(r, mergePlain(decode(t, target), update)))); got != want {
			r.Fatalf("got %s, want %s", got, want)
		}
		if strings.Contains(text(r, update), "- ") || strings.Contains(text(r, update), "[") {
			return // arrays grow with every update
		}
		first := asJSON(t, once)
		if _, err := d.Apply(once); err != nil {
			r.Fatalf("the second time: %v", err)
		}
		if second := asJSON(t, once); second != first {
			r.Fatalf("the second update made %s of %s", second, first)
		}
	})
}

func decode(t *testing.T, text string) any {
	var value any
	if err := tree(t, text).Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func mergePlain(old, update any) any {
	switch u := update.(type) {
	case map[string]any:
		merged, _ := old.(map[string]any)
		for name, value := range u {
			if before, ok := merged[name]; ok {
				value = mergePlain(before, value)
			}
			merged[name] = value
		}
		return merged
	case []any:
		before, _ := old.([]any)
		return append(before, u...)
	}
	return update
}
