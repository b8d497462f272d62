package contracts_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"understudy/contracts"

	"go.yaml.in/yaml/v4"
)

// elsewhere are refusals that need what stands in the document, in another overlay or in Go's own syntax: a schema cannot
// know them.
var elsewhere = regexp.MustCompile(`is not defined|there is no (operation|plan|timezone)|names the (operation|limit)|cannot replace|error parsing regexp|` +
	`set uses \{|names no source|channel|is empty or taken|is taken, or is not one|must name operations|no condition is given|is no place|is no JSON Pointer|header .* cannot be "|does not tell how|` +
	`signs no timestamp|weighs .* and never|a prefix belongs to|must be an instant|must be (a delay|later)|wants the|routes|csrf protects cookies|the envelope stripe`)

// changeStride is how many places are passed over between two changes; all of them take minutes.
func changeStride() int {
	if contracts.Raced {
		return 4 * 61
	}
	return 61
}

// TestChangedOverlays changes the built-in overlays in one place after the other, in three ways, and holds what Load says
// against what the schema says: an editor must neither miss a fault that it could know nor mark what is served.
func TestChangedOverlays(t *testing.T) {
	schemaText, err := os.ReadFile(wordSchema)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	refused, served := 0, 0
	for _, name := range contracts.Builtins() {
		source, err := contracts.Builtin(name, "openapi.yaml")
		if err != nil {
			t.Fatal(err)
		}
		document := filepath.Join(folder, name+".yaml")
		if err := os.WriteFile(document, source, 0o600); err != nil {
			t.Fatal(err)
		}
		words, err := contracts.Builtin(name, "behaviour.overlay.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; ; i += changeStride() {
			text, what, done := change(t, words, i)
			if done {
				break
			}
			file := filepath.Join(folder, name+".overlay.yaml")
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			_, loading := contracts.Load(t.Context(), document, contracts.Options{Overlays: []string{file}})
			warnings, err := contracts.LintFile(file, text, schemaText)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case loading != nil && len(warnings) == 0 && !elsewhere.MatchString(loading.Error()):
				t.Errorf("%s: %s: the schema does not see: %v", name, what, loading)
			case loading == nil && len(warnings) > 0:
				t.Errorf("%s: %s: it is served, and the schema says: %v", name, what, warnings)
			}
			if loading != nil {
				refused++
			} else {
				served++
			}
		}
	}
	if !contracts.Raced && (refused < 20 || served < 10) {
		t.Errorf("%d changed overlays were refused and %d served", refused, served)
	}
}

// change makes the n-th change to the words of an overlay: a word more in a mapping, another text, or a mapping instead of it.
func change(t *testing.T, source []byte, n int) (text []byte, what string, done bool) {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal(source, &root); err != nil {
		t.Fatal(err)
	}
	at := -1
	var walk func(node *yaml.Node, inside bool, path string)
	walk = func(node *yaml.Node, inside bool, path string) {
		take := func() bool { at++; return at == n }
		switch {
		case node.Kind == yaml.ScalarNode && inside:
			if take() {
				what = path + " says something else"
				node.Value, node.Tag, node.Style = "no such thing!", "!!str", yaml.DoubleQuotedStyle
			} else if take() {
				what = path + " is a mapping"
				*node = yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{scalar("zz"), scalar("1")}}
			}
		case node.Kind == yaml.MappingNode:
			for i := 0; i+1 < len(node.Content); i += 2 {
				key := node.Content[i].Value
				walk(node.Content[i+1], inside || key == "x-understudy", path+"/"+key)
			}
			if inside && take() {
				what = path + " has a word more"
				node.Content = append(node.Content, scalar("zz"), scalar("1"))
			}
		case node.Kind == yaml.SequenceNode || node.Kind == yaml.DocumentNode:
			for i, child := range node.Content {
				walk(child, inside, fmt.Sprintf("%s/%d", path, i))
			}
		}
	}
	walk(&root, false, "")
	if what == "" {
		return nil, "", true
	}
	text, err := yaml.Marshal(&root)
	if err != nil {
		t.Fatal(err)
	}
	return text, what, false
}

func scalar(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}
