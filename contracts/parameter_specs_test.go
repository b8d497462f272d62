package contracts

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"understudy/contracts/schema"
)

// sample gives a value that a style can carry and the schema's types read back: the first enum value, a short
// text, a number. It need not fit every keyword.
func sample(v view, depth int) any {
	types := v.types()
	var enum any
	v.each(func(s *schema.Schema) {
		for _, e := range s.Enum {
			if enum == nil && e != nil && e != "" && typeOfValue(e)&^scalars == 0 {
				enum = e
			}
		}
	})
	switch {
	case enum != nil:
		return enum
	case types&schema.Object != 0 && depth < 5:
		object := map[string]any{}
		for _, name := range v.names() {
			property, _ := v.property(name)
			if member := sample(property, depth+1); member != nil && len(object) < 8 {
				object[name] = member
			}
		}
		if len(object) == 0 {
			property, _ := v.property("key")
			if member := sample(property, depth+1); member != nil {
				object["key"] = member
			}
		}
		return object
	case types&schema.Array != 0 && depth < 5:
		item := sample(v.item(0), depth+1)
		if item == nil {
			return nil
		}
		return []any{item, item}
	case types&(schema.Object|schema.Array) != 0:
		return nil // too deep; a text would be read as a list of one
	case types == 0 || types&schema.String != 0:
		return "ab"
	case types&(schema.Integer|schema.Number) != 0:
		return json.Number("12")
	case types&schema.Boolean != 0:
		return true
	}
	return nil
}

// hollow tells whether a value has an empty structure in it, for which most styles have no form.
func hollow(value any) bool {
	switch v := value.(type) {
	case []any:
		return len(v) == 0 || slices.ContainsFunc(v, hollow)
	case map[string]any:
		for _, member := range v {
			if hollow(member) {
				return true
			}
		}
		return len(v) == 0
	}
	return false
}

// For every parameter and form of real documents: a value that is encoded and decoded is the same value.
func TestRealParametersRoundTrip(t *testing.T) {
	documents, _ := realDocuments(t)
	parameters, forms := 0, 0
	for i, doc := range documents {
		if doc.name == "github-api-2026" || Raced && i%4 != 0 { // the older one of that vendor has the same kinds
			continue
		}
		t.Run(doc.name, func(t *testing.T) {
			contract, err := Load(t.Context(), doc.file, Options{})
			if err != nil {
				t.Fatalf("the document does not load: %v", err)
			}
			for _, o := range contract.Operations {
				parameters += roundTripOperation(t, o)
				if o.Body == nil {
					continue
				}
				for _, m := range o.Body.Content {
					if kind := kindOf(m.Name); kind == formKind || kind == multipartKind {
						forms += roundTripForm(t, o, m)
					}
				}
			}
		})
	}
	if !Raced && (parameters < 5_000 || forms < 500) {
		t.Errorf("only %d parameters and %d forms were tried", parameters, forms)
	}
}

func roundTripOperation(t *testing.T, o *Operation) int {
	args := o.NewArguments()
	count := 0
	for i, p := range o.Parameters {
		v := viewOf(p.Schema)
		if p.Media != nil {
			if kindOf(p.Media.Name) == multipartKind {
				continue // cannot be told without a boundary
			}
			v = viewOf(p.Media.Schema)
		}
		if value := sample(v, 0); value != nil && !hollow(value) {
			args.values[i] = argument{value, true}
			count++
		}
	}
	r, err := o.NewRequest(t.Context(), "http://h", args)
	if err != nil {
		t.Errorf("%s: %v", o.ID, err)
		return 0
	}
	got, violations := o.DecodeParameters(r, splitPath(o.Path, r.URL.EscapedPath()))
	for _, v := range violations {
		if slices.Contains([]string{"style", "encoding", "repeated", "content", "limit"}, v.Keyword) {
			t.Errorf("%s: %+v", o.ID, v)
		}
	}
	if len(got.Undeclared) > 0 {
		t.Errorf("%s: %q is undeclared", o.ID, got.Undeclared)
	}
	for i, p := range o.Parameters {
		if name := strings.ToLower(p.Name); p.In == "header" && (name == "accept" || name == "content-type" || name == "authorization") {
			continue
		}
		if back, _ := got.At(i); !reflect.DeepEqual(back, args.values[i].value) {
			t.Errorf("%s: %s %s in %s: got %s, want %s", o.ID, p.In, p.Name, r.URL.RawQuery, toJSON(back), toJSON(args.values[i].value))
		}
	}
	return count
}

// splitPath takes the values of a template's expressions out of a path, as the router does.
func splitPath(template, path string) []string {
	var values []string
	for template != "" {
		text, rest, ok := strings.Cut(template, "{")
		path = strings.TrimPrefix(path, text)
		if !ok {
			break
		}
		_, template, _ = strings.Cut(rest, "}")
		next, _, _ := strings.Cut(template, "{")
		end := len(path)
		if next != "" {
			end = strings.Index(path, next)
		}
		values = append(values, path[:end])
		path = path[end:]
	}
	return values
}

func roundTripForm(t *testing.T, o *Operation, m *MediaType) int {
	value, ok := sample(viewOf(m.Schema), 0).(map[string]any)
	if !ok || hollow(value) {
		return 0
	}
	contentType, raw, err := EncodeBody(m, value)
	if err != nil {
		t.Errorf("%s: %v", o.ID, err)
		return 0
	}
	body, violations, err := m.Decode(contentType, raw)
	if err != nil || len(violations) > 0 {
		t.Errorf("%s: %q: %v, %+v", o.ID, raw, err, violations)
		return 0
	}
	if !reflect.DeepEqual(body.Value, any(value)) {
		t.Errorf("%s: %s: got %s, want %s", o.ID, raw, toJSON(body.Value), toJSON(value))
	}
	return 1
}
