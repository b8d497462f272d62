package overlay_test

import (
	"fmt"
	"strings"
	"testing"

	"understudy/contracts/overlay"

	"go.yaml.in/yaml/v4"
)

// fiftyActions makes an overlay as people write them for a large document: mostly one operation at a time.
func fiftyActions(b *testing.B, root *yaml.Node) *overlay.Document {
	b.Helper()
	var text strings.Builder
	text.WriteString("overlay: 1.1.0\ninfo: {title: T, version: '1'}\nactions:\n")
	paths := root.Content[0]
	for i := 0; i < len(paths.Content); i += 2 {
		if paths.Content[i].Value == "paths" {
			paths = paths.Content[i+1]
			break
		}
	}
	made := 0
	for i := 0; made < 50 && i+1 < len(paths.Content); i += 2 {
		method := paths.Content[i+1].Content[0].Value
		fmt.Fprintf(&text, "- {target: \"$.paths['%s'].%s\", update: {x-limit: %d, tags: [more]}}\n", paths.Content[i].Value, method, i)
		made++
	}
	if made < 50 {
		b.Fatalf("%d actions, want 50", made)
	}
	d, err := overlay.Parse("bench.yaml", []byte(text.String()))
	if err != nil {
		b.Fatal(err)
	}
	return d
}

func benchmarkApply(b *testing.B, file string, make func(*testing.B, *yaml.Node) *overlay.Document) {
	data := read(b, outside(b, "SPECS", "../shared/specs", "single/"+file))
	root := tree(b, string(data))
	d := make(b, root)
	b.ReportAllocs()
	for b.Loop() {
		// The tree grows by 50 small members a round, which does not change what is measured.
		if applied, err := d.Apply(root); err != nil || len(applied.Warnings) > 0 {
			b.Fatal(applied.Warnings, err)
		}
	}
}

func oneAction(action string) func(*testing.B, *yaml.Node) *overlay.Document {
	return func(b *testing.B, _ *yaml.Node) *overlay.Document {
		return parse(b, "1.1.0", "actions: ["+action+"]")
	}
}

func BenchmarkApply(b *testing.B) {
	for _, file := range []string{"github-api-github-com.json", "github-api-2026.json"} {
		b.Run(file+"/50 actions", func(b *testing.B) { benchmarkApply(b, file, fiftyActions) })
		b.Run(file+"/wildcard", func(b *testing.B) {
			benchmarkApply(b, file, oneAction("{target: $.paths.*.get, update: {x-safe: true}}"))
		})
		b.Run(file+"/filter", func(b *testing.B) {
			benchmarkApply(b, file, oneAction(`{target: "$.paths.*.*.parameters[?@.in=='path']", update: {x-path: true}}`))
		})
		b.Run(file+"/descendant", func(b *testing.B) {
			benchmarkApply(b, file, oneAction("{target: $..responses, update: {x-seen: true}}"))
		})
		b.Run(file+"/descendant filter", func(b *testing.B) {
			benchmarkApply(b, file, oneAction(`{target: "$..[?@.in=='query']", update: {x-query: true}}`))
		})
	}
}
