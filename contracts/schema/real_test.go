package schema_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"understudy/contracts/schema"
)

// everySchema compiles all component schemas and all that stands under a key named schema.
func everySchema(t testing.TB, d *document, c *schema.Compiler, file string) []*schema.Schema {
	var all []*schema.Schema
	compile := func(n *yaml.Node, pointer string) {
		s, err := c.Compile(n, schema.Location{File: file, Line: n.Line, Pointer: pointer})
		if err != nil {
			t.Logf("%v", err)
			return
		}
		all = append(all, s)
	}
	var walk func(n *yaml.Node, pointer string)
	walk = func(n *yaml.Node, pointer string) {
		for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
			key, value := n.Content[i].Value, n.Content[i+1]
			at := pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
			switch {
			case key == "example" || key == "examples":
			case key == "schema" && (value.Kind == yaml.MappingNode || value.Kind == yaml.AliasNode):
				compile(value, at)
			case pointer == "/components/schemas":
				compile(value, at)
			default:
				walk(value, at)
			}
		}
		for i := 0; i < len(n.Content) && n.Kind == yaml.SequenceNode; i++ {
			walk(n.Content[i], pointer+"/"+"0")
		}
	}
	walk(d.root, "")
	if err := c.Finish(); err != nil {
		t.Fatalf("%s: Finish: %v", file, err)
	}
	return all
}

func dialectOf(d *document) schema.Dialect {
	if v := d.at("/openapi"); v != nil && strings.HasPrefix(v.Value, "3.0") {
		return schema.OpenAPI30
	}
	return schema.JSONSchema202012
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// maxLive is how much memory the schemas of GitHub's document of 13 MB may keep.
const maxLive = 45 << 20

func TestRealDocumentsCompile(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(specs(t), "single", "*"))
	for _, file := range walked(files) {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			measured := name == "github-api-2026.json"
			before := uint64(0)
			if measured {
				data = bytes.Clone(data)
				before = heap() - uint64(len(data))
			}
			d := parse(t, string(data))
			data = nil
			c := schema.NewCompiler(dialectOf(d), d.resolve)
			all := everySchema(t, d, c, name)
			for _, w := range c.Warnings() {
				if w.At.File != name || w.At.Line == 0 || w.Message == "" {
					t.Errorf("a warning without a place or words: %+v", w)
				}
			}
			if d = nil; measured {
				c = nil
				live := int(heap()) - int(before)
				t.Logf("%d roots keep %d KiB", len(all), live>>10)
				if live > maxLive {
					t.Errorf("the schemas keep %d KiB alive, over %d", live>>10, maxLive>>10)
				}
			}
			runtime.KeepAlive(all)
		})
	}
}

// withoutAccess drops readOnly and writeOnly, which the peer knows nothing of, from a decoded document.
func withoutAccess(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if _, is := member.(bool); is && (name == "readOnly" || name == "writeOnly") {
				delete(v, name)
			} else {
				v[name] = withoutAccess(member)
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutAccess(v[i])
		}
	}
	return v
}

// asLater rewrites the schemas of OpenAPI 3.0 as JSON Schema 2020-12, in all of a decoded document.
func asLater(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = asLater(v[i])
		}
		return out
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			return map[string]any{"$ref": ref}
		}
		out := make(map[string]any, len(v))
		for name, member := range v {
			if name == "example" || name == "examples" || name == "default" || name == "enum" {
				out[name] = member
			} else {
				out[name] = asLater(member)
			}
		}
		for _, side := range []string{"inimum", "aximum"} {
			if is, ok := out["exclusiveM"+side].(bool); ok {
				delete(out, "exclusiveM"+side)
				if is {
					out["exclusiveM"+side] = out["m"+side]
				}
			}
		}
		if out["nullable"] == true {
			delete(out, "nullable")
			return map[string]any{"anyOf": []any{map[string]any{"type": "null"}, out}}
		}
		return out
	}
	return v
}

// eachExample calls do with the pointers of all media types that have a schema, and their examples.
func eachExample(v any, pointer string, do func(pointer string, example any)) {
	switch v := v.(type) {
	case []any:
	case map[string]any:
		if _, ok := v["schema"].(map[string]any); ok {
			if e, ok := v["example"]; ok {
				do(pointer, e)
			}
			list, _ := v["examples"].(map[string]any)
			for _, e := range list {
				if e, ok := e.(map[string]any); ok && e["value"] != nil {
					do(pointer, e["value"])
				}
			}
			return
		}
		for name, member := range v {
			if name != "example" && name != "examples" {
				eachExample(member, pointer+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), do)
			}
		}
	}
}

// TestExamplesOfRealDocuments judges the examples of documents and holds the result against an independent
// implementation. Many examples do not fit their schemas: both must say so.
func TestExamplesOfRealDocuments(t *testing.T) {
	const large = 1400 << 10 // the peer takes seconds and more for greater ones
	files, _ := filepath.Glob(filepath.Join(specs(t), "single", "*"))
	total, refused := 0, 0
	for _, file := range walked(files) {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > large {
			continue
		}
		n, no := compareExamples(t, file)
		total, refused = total+n, refused+no
	}
	t.Logf("%d examples judged alike, %d of them do not fit", total, refused)
	if total < 300 && !raced {
		t.Errorf("only %d examples were compared", total)
	}
}

func compareExamples(t *testing.T, file string) (total, refused int) {
	name := filepath.Base(file)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	v, err := schema.Decode(parse(t, string(data)).root)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return 0, 0
	}
	v = withoutAccess(v)
	doc := parse(t, string(schema.AppendJSON(nil, v, nil)))
	later := v
	if dialectOf(doc) == schema.OpenAPI30 {
		later = asLater(v)
	}
	text, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.AppendJSON(nil, later, nil)))
	if err != nil {
		t.Fatal(err)
	}
	peers := jsonschema.NewCompiler()
	peers.DefaultDraft(jsonschema.Draft2020)
	peers.AssertFormat()
	if err := peers.AddResource("file:///doc.json", text); err != nil {
		t.Logf("%s: the peer cannot read it: %v", name, err)
		return 0, 0
	}
	c := schema.NewCompiler(dialectOf(doc), doc.resolve)
	type pair struct {
		ours    *schema.Schema
		theirs  *jsonschema.Schema
		pointer string
		example any
	}
	var list []pair
	eachExample(v, "", func(pointer string, example any) {
		pointer += "/schema"
		theirs, err := peers.Compile("file:///doc.json#" + strings.NewReplacer("%", "%25", "{", "%7B", "}", "%7D", "^", "%5E", " ", "%20").Replace(pointer))
		if err != nil {
			return // such as a pattern with look-around
		}
		ours, err := c.Compile(doc.at(pointer), schema.Location{File: name, Pointer: pointer})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		list = append(list, pair{ours, theirs, pointer, example})
	})
	if err := c.Finish(); err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		found := p.ours.Check(p.example, schema.Response)
		checkAgrees(t, p.ours, p.example, schema.Response)
		err := p.theirs.Validate(p.example)
		if (err == nil) != (found == nil) && !knownDifference(found) {
			t.Errorf("%s#%s: we find %+v, the peer %v", name, p.pointer, found, err)
		}
		total++
		if found != nil {
			refused++
		}
	}
	return total, refused
}

// knownDifference says whether all that was found are formats that the peer does not know.
func knownDifference(found []schema.Violation) bool {
	for _, v := range found {
		switch v.Limit {
		case "int32", "int64", "float", "double", "byte", "regex":
		default:
			return false
		}
	}
	return len(found) > 0
}
