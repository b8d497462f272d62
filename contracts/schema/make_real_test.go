package schema_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"understudy/contracts/schema"
)

// impossible names the schemas of the real documents that no value fits, by file and pointer.
var impossible = map[string][]string{
	// oneOf whose branches accept the same objects: several of them require nothing that another does not.
	"authentik.yaml": {
		"/paths/~1flows~1executor~1{flow_slug}~1/get/responses/200/content/application~1json/schema",
		"/paths/~1flows~1executor~1{flow_slug}~1/post/requestBody/content/application~1json/schema",
		"/paths/~1flows~1executor~1{flow_slug}~1/post/responses/200/content/application~1json/schema",
		"/components/schemas/ChallengeTypes",
		"/components/schemas/FlowChallengeResponseRequest",
	},
	// oneOf of two schemas that are allOf of the same one.
	"readme-30-discriminators.json": {"/paths/~1potentially-undefined-formData/post/requestBody/content/application~1json/schema"},
	// allOf of an object and a string.
	"readme-30-schema-types.json": {
		"/paths/~1anything~1quirks~1polymorphism/put/requestBody/content/application~1json/schema",
		"/paths/~1anything~1quirks~1polymorphism/patch/requestBody/content/application~1json/schema",
	},
	"readme-31-schema-types.json": {
		"/paths/~1anything~1quirks~1polymorphism/put/requestBody/content/application~1json/schema",
		"/paths/~1anything~1quirks~1polymorphism/patch/requestBody/content/application~1json/schema",
	},
	// oneOf of scalars together with anyOf of object and array.
	"speakeasy-31-walk.yaml": {"/components/schemas/ComplexSchema"},
	// oneOf of a string with a format that is not asserted and a plain string.
	"supabase-auth.yaml": {"/components/schemas/CredentialCreationOptions"},
}

// TestMakeRealDocuments makes every component and every schema of the real documents, both ways round.
func TestMakeRealDocuments(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(specs(t), "single", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, file := range walked(files) {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d := parse(t, string(text))
			all := everySchema(t, d, schema.NewCompiler(dialectOf(d), d.resolve), name)
			missed := map[string]bool{}
			if raced {
				all = aTenth(all)
			}
			for _, s := range all {
				at, reason, never := s.Unsatisfiable()
				for _, m := range makers {
					v, err := m.Make(s, "a", nil)
					switch {
					case err != nil:
						missed[s.At.Pointer] = true
						if !slices.Contains(impossible[name], s.At.Pointer) {
							t.Errorf("%s: %v", s.At, err)
						}
					case never:
						t.Errorf("%s is called unsatisfiable at %s (%s), but %v fits", s.At, at, reason, v)
					case !s.Valid(v, m.Direction):
						t.Errorf("%s: %+v", s.At, s.Check(v, m.Direction))
					}
				}
			}
			for _, pointer := range impossible[name] {
				if !missed[pointer] && !raced {
					t.Errorf("%s is listed as impossible and was made", pointer)
				}
			}
			t.Logf("%d schemas, %d of them impossible", len(all), len(missed))
		})
	}
}

// aTenth takes each tenth of a list, beginning with the first.
func aTenth[T any](list []T) []T { return each(10, list) }

// walked is what is walked of a list: each fourth with the race detector, all without it.
func walked[T any](list []T) []T {
	if raced {
		return each(4, list)
	}
	return list
}

func each[T any](n int, list []T) []T {
	var some []T
	for i := 0; i < len(list); i += n {
		some = append(some, list[i])
	}
	return some
}
