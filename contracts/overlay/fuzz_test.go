package overlay_test

import (
	"errors"
	"testing"

	"understudy/contracts/overlay"

	"go.yaml.in/yaml/v4"
)

// FuzzApply parses anything and applies what parses to anything: no panic, errors that say where, no aliases
// that lead nowhere, and a tree that can be walked.
func FuzzApply(f *testing.F) {
	const head = "overlay: 1.1.0\ninfo: {title: T, version: '1'}\n"
	const target = "base: &b {x: {n: 1}, l: [1, two, null]}\nuse: *b\nmerged: {<<: *b, y: 2}\npaths: {/a: {get: {tags: [a]}}}\n"
	for _, actions := range []string{
		"actions: [{target: $.base, update: {x: {n: 2}, l: [3]}}]",
		"actions: [{target: $..l, update: 2}, {target: $.use, remove: true}]",
		"actions: [{target: $.merged, copy: $.base}, {target: '$..[?@.n==1]', remove: true}]",
		"actions:\n- target: $.paths.*.get\n  update:\n    tags: [b]\n    responses: {200: {description: OK}}\n",
		"actions: [{target: '$[?match(@.y, \"a.*\") && @.true != $.null || count(@.*) > 1]', update: {a: &x [1], b: *x, c: {<<: {d: 1}}}}]",
		"actions: [{target: '$.base.l[::-1][-1:3]', update: q}]",
		"actions: [{target: $, copy: $}, {target: $, copy: $, x-again: 1}]",
	} {
		f.Add([]byte(head+actions), []byte(target))
	}
	f.Add([]byte(`{"overlay": "1.0.0", "info": {"title": "\ud83d\ude00", "version": "1"}, "actions": [{"target": "$.a", "update": [1]}]}`), []byte(`{"a": []}`))
	f.Add([]byte(head+"actions: [{target: $.a.a.a, update: 1}]"), []byte("a: &a {a: *a}"))
	f.Fuzz(func(t *testing.T, text, document []byte) {
		d, err := overlay.Parse("o.yaml", text)
		if err != nil {
			checkLocated(t, err)
			return
		}
		root := new(yaml.Node)
		if yaml.Load(document, root) != nil {
			return
		}
		applied, err := d.Apply(root)
		if err != nil {
			checkLocated(t, err)
			return
		}
		reached := map[*yaml.Node]bool{}
		walk(t, root, 0, reached)
		for n, file := range applied.Origin {
			if file != "" && file != "o.yaml" {
				t.Errorf("node on line %d comes from %q", n.Line, file)
			}
		}
	})
}

func checkLocated(t *testing.T, err error) {
	t.Helper()
	var located *overlay.Error
	if !errors.As(err, &located) || located.File != "o.yaml" || located.Message == "" {
		t.Errorf("error without a place: %T %v", err, err)
	}
}

// walk wants every node once, and aliases that lead to nodes.
func walk(t *testing.T, n *yaml.Node, depth int, reached map[*yaml.Node]bool) {
	if n == nil || depth > 20_000 {
		t.Fatal("the tree has holes or no end")
	}
	if reached[n] {
		t.Fatalf("the node on line %d stands in two places", n.Line)
	}
	reached[n] = true
	if n.Kind == yaml.AliasNode && n.Alias == nil {
		t.Fatal("an alias leads nowhere")
	}
	if n.Kind == yaml.MappingNode && len(n.Content)%2 != 0 {
		t.Fatal("a name has no value")
	}
	for _, child := range n.Content {
		walk(t, child, depth+1, reached)
	}
}
