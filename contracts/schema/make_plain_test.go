package schema_test

import (
	"os"
	"path/filepath"
	"testing"

	"understudy/contracts/schema"

	"pgregory.net/rapid"
)

// agree holds the quick proof against the one proper.
func agree(t interface {
	Helper()
	Errorf(string, ...any)
}, proofs *schema.Proofs, s *schema.Schema, text string) bool {
	t.Helper()
	at, reason, bad := s.Unsatisfiable()
	quickAt, quickReason, quickBad := proofs.Unsatisfiable(s)
	if at != quickAt || reason != quickReason || bad != quickBad {
		t.Errorf("%s: Proofs says %v at %s (%s), Unsatisfiable %v at %s (%s)", text, quickBad, quickAt, quickReason, bad, at, reason)
	}
	return bad
}

// TestProofsAgreeOnContradictions goes through schemas that each lack a value for one reason, alone and as what another
// schema requires.
func TestProofsAgreeOnContradictions(t *testing.T) {
	for _, text := range []string{
		`false`,
		`{"type": "integer", "minimum": 5, "maximum": 3}`,
		`{"type": "integer", "minimum": 1.2, "maximum": 1.8}`,
		`{"type": "integer", "format": "int32", "minimum": 3000000000}`,
		`{"type": "integer", "multipleOf": 2.5, "exclusiveMinimum": 0, "maximum": 4}`,
		`{"type": "string", "minLength": 5, "maxLength": 3}`,
		`{"type": "string", "format": "date", "maxLength": 3}`,
		`{"type": "string", "format": "uuid", "minLength": 37}`,
		`{"type": "array", "minItems": 5, "maxItems": 3}`,
		`{"type": "array", "minItems": 1, "items": false}`,
		`{"type": "array", "contains": false}`,
		`{"type": "array", "prefixItems": [true], "items": false, "minItems": 2}`,
		`{"type": "integer", "enum": ["a"]}`,
		`{"type": "string", "enum": [1, null]}`,
		`{"type": "string", "const": 1}`,
		`{"enum": ["long"], "type": "string", "maxLength": 2}`,
		`{"allOf": [{"type": "string"}, {"type": "integer"}]}`,
		`{"allOf": [{"type": "string"}], "type": "integer"}`,
		`{"allOf": [false]}`,
		`{"anyOf": [false, {"type": "string", "minLength": 2, "maxLength": 1}]}`,
		`{"anyOf": [true], "not": {}}`,
		`{"oneOf": [true, true]}`,
		`{"type": "object", "required": ["a"], "properties": {"a": false}}`,
		`{"type": "object", "required": ["a"], "additionalProperties": false}`,
		`{"type": "object", "required": ["a", "b"], "maxProperties": 1}`,
		`{"type": "object", "minProperties": 2, "maxProperties": 1}`,
		`{"type": "object", "required": ["a"], "propertyNames": {"maxLength": 0}}`,
		`{"type": "object", "required": ["a"], "patternProperties": {"a": false}}`,
		`{"type": "object", "required": ["a"], "dependentSchemas": {"a": false}}`,
		`{"type": "object", "required": ["a"], "unevaluatedProperties": false}`,
		`{"type": "object", "minProperties": 1, "additionalProperties": false}`,
	} {
		var proofs schema.Proofs
		if s := compiled(t, text); !agree(t, &proofs, s, text) {
			t.Logf("%s: the proof proper leaves it open", text)
		}
		for _, outer := range []string{
			`{"$defs": {"n": ` + text + `}, "$ref": "#/$defs/n"}`,
			`{"type": "object", "required": ["n"], "properties": {"n": ` + text + `}}`,
			`{"type": ["object"], "required": ["n"], "additionalProperties": ` + text + `}`,
			`{"allOf": [` + text + `]}`,
			`{"anyOf": [` + text + `]}`,
			`{"type": "object", "required": ["n"], "properties": {"n": {"$ref": "#"}}}`,
		} {
			var proofs schema.Proofs
			agree(t, &proofs, compiled(t, outer), outer)
		}
	}
}

// TestProofsAgreeOnDrawnSchemas puts the keywords of two drawn schemas together, which often contradict each other.
func TestProofsAgreeOnDrawnSchemas(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		one, other := drawSchema(r, drawValue(r, 2), 2), drawSchema(r, drawValue(r, 2), 2)
		text := source(t, other)
		if a, ok := one.(object); ok {
			if b, ok := other.(object); ok {
				for name, value := range b {
					if rapid.Bool().Draw(r, "over") {
						a[name] = value
					}
				}
				text = source(t, a)
			}
		}
		var proofs schema.Proofs
		agree(t, &proofs, compiled(t, text), text)
	})
}

// TestProofsAgreeOnRealDocuments asks for every schema, with one memory for a whole document.
func TestProofsAgreeOnRealDocuments(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(specs(t), "single", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 1<<20 {
			continue // large ones bring nothing new and take long
		}
		d := parse(t, string(data))
		var proofs schema.Proofs
		for _, s := range everySchema(t, d, schema.NewCompiler(dialectOf(d), d.resolve), filepath.Base(file)) {
			agree(t, &proofs, s, s.At.String())
		}
	}
}
