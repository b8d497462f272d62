package cases_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/schema"
)

type object = map[string]any

// genSchema draws a schema with the keywords that cases are made for.
func genSchema(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kinds := []string{"string", "text", "integer", "number", "boolean", "enum"}
		if depth > 0 {
			kinds = append(kinds, "array", "object", "object", "oneOf", "nullable")
		}
		n := func(name string, low, high int) int { return rapid.IntRange(low, high).Draw(t, name) }
		switch rapid.SampledFrom(kinds).Draw(t, "kind") {
		case "string":
			low := n("least", 0, 4)
			return object{"type": "string", "minLength": low, "maxLength": low + n("more", 0, 4)}
		case "text":
			return rapid.SampledFrom([]any{
				object{"type": "string", "format": "date"}, object{"type": "string", "format": "uuid"}, object{"type": "string", "pattern": "^[a-f]+$"},
				object{"type": "string", "format": "email"}, object{"type": "string"}, object{"type": "string", "readOnly": true},
			}).Draw(t, "text")
		case "integer":
			low := n("low", -5, 5)
			return object{"type": "integer", "minimum": low, "maximum": low + n("more", 0, 50), "multipleOf": n("step", 1, 2)}
		case "number":
			return object{"type": "number", "exclusiveMinimum": n("low", -5, 5), "multipleOf": json.Number("0.5")}
		case "boolean":
			return object{"type": "boolean"}
		case "enum":
			return object{"enum": rapid.SampledFrom([][]any{{"a", "b"}, {1, 2}, {"x", nil}, {true}}).Draw(t, "enum")}
		case "array":
			low := n("least", 0, 2)
			return object{"type": "array", "items": genSchema(depth-1).Draw(t, "items"), "minItems": low, "maxItems": low + n("more", 1, 2), "uniqueItems": rapid.Bool().Draw(t, "unique")}
		case "oneOf":
			return object{"oneOf": rapid.SliceOfN(genSchema(depth-1), 2, 3).Draw(t, "oneOf")}
		case "nullable":
			return object{"anyOf": []any{genSchema(depth-1).Draw(t, "inner"), object{"type": "null"}}}
		}
		properties := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c", "email", "é/~"}), genSchema(depth-1), 1, 4).Draw(t, "properties")
		var required []any
		for _, name := range []string{"a", "b", "c", "email", "é/~"} {
			if _, there := properties[name]; there && rapid.Bool().Draw(t, "required") {
				required = append(required, name)
			}
		}
		s := object{"type": "object", "properties": properties, "required": required}
		if rapid.Bool().Draw(t, "closed") {
			s["additionalProperties"] = false
		}
		return s
	})
}

// genOperation draws a document with one operation.
func genOperation(t *rapid.T) []byte {
	var parameters []any
	for i := range rapid.IntRange(0, 3).Draw(t, "parameters") {
		in := rapid.SampledFrom([]string{"query", "header", "cookie", "query"}).Draw(t, "in")
		p := object{"name": fmt.Sprintf("p%d", i), "in": in, "required": rapid.Bool().Draw(t, "required"), "schema": genSchema(1).Draw(t, "parameter")}
		if in == "query" {
			p["style"] = rapid.SampledFrom([]string{"form", "deepObject", "pipeDelimited", "spaceDelimited"}).Draw(t, "style")
			p["explode"] = p["style"] == "deepObject" || p["style"] == "form" && rapid.Bool().Draw(t, "explode")
		}
		parameters = append(parameters, p)
	}
	parameters = append(parameters, object{"name": "id", "in": "path", "required": true, "schema": genSchema(0).Draw(t, "path"),
		"style": rapid.SampledFrom([]string{"simple", "label", "matrix"}).Draw(t, "path style")})
	content := object{}
	for _, media := range []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"} {
		if rapid.Bool().Draw(t, media) {
			content[media] = object{"schema": genSchema(2).Draw(t, "body")}
		}
	}
	o := object{"parameters": parameters, "responses": object{"200": object{"description": "ok", "content": object{"application/json": object{}}}}}
	if len(content) > 0 {
		o["requestBody"] = object{"required": rapid.Bool().Draw(t, "body required"), "content": content}
	}
	return schema.AppendJSON(nil, object{"openapi": "3.1.0", "info": object{"title": "T", "version": "1"}, "paths": object{"/things/{id}": object{"post": o}}}, nil)
}

// TestCasesOfDrawnOperations draws operations: whatever their schemas, each case is what it claims, a minimal one too, and the
// same seed gives the same.
func TestCasesOfDrawnOperations(t *testing.T) {
	dir := t.TempDir()
	count := 0
	rapid.Check(t, func(r *rapid.T) {
		count++
		file := filepath.Join(dir, "drawn.json")
		text := genOperation(r)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			r.Fatal(err)
		}
		c, err := contracts.Load(t.Context(), file, contracts.Options{})
		if err != nil {
			r.Fatalf("%v: %s", err, text)
		}
		o := c.Operations[0]
		options := cases.Options{Seed: rapid.Uint64().Draw(r, "seed"), PerOperation: 25}
		g := cases.New(c, options)
		good, err := g.Positive(o)
		if err != nil {
			if strings.Contains(err.Error(), "panic") {
				r.Fatal(err)
			}
			return // some schemas cannot be met, and some values cannot be written in a style
		}
		bad, err := g.Negative(o)
		if err != nil {
			r.Fatal(err)
		}
		again, _ := cases.New(c, options).Negative(o)
		for i, one := range bad {
			if wire(t, one) != wire(t, again[i]) {
				r.Fatalf("%s differs from one run to the next", one.Name)
			}
		}
		branches := map[string]bool{}
		for _, b := range g.Branches(o) {
			branches[b.ID] = true
		}
		for _, one := range slices.Concat(good, bad) {
			if !g.Holds(one) || one.Check == "" || one.Name == "" || one.Fault.In == "" || (one.Doubt == "") != (one.Certainty == cases.Certain) {
				r.Fatalf("%s %s %+v is not what it claims: %s\n%s", one.Check, one.Name, one.Fault, wire(t, one), text)
			}
			for _, id := range g.Covers(one) {
				if !branches[id] {
					r.Fatalf("%q is covered and is no branch", id)
				}
			}
		}
		if len(bad) > 0 {
			one := bad[rapid.IntRange(0, len(bad)-1).Draw(r, "minimised")]
			small := g.Minimise(one, func(cases.Case) bool { return rapid.Bool().Draw(r, "fails") })
			if !g.Holds(small) || small.Size() > one.Size() || small.Fault != one.Fault {
				r.Fatalf("%s became %s", wire(t, one), wire(t, small))
			}
		}
	})
	if count < 15 {
		t.Errorf("only %d operations were drawn", count)
	}
}
