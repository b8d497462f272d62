package resource

import (
	"testing"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// TestMadeKeepsWhatIsValid holds made's short way against the long one: of a wish that fits, Make gives the wish.
func TestMadeKeepsWhatIsValid(t *testing.T) {
	compared := 0
	eachAnswer(t, func(s *schema.Schema, where string) {
		for _, optional := range []schema.Optional{schema.RequiredOnly, schema.SomeOptional, schema.AllOptional} {
			wisher := schema.Maker{Seed: 7, Direction: schema.Response, Optional: optional, Nodes: 300}
			wish, err := wisher.Make(s, where, schema.Absent)
			if err != nil || wish == nil {
				continue
			}
			maker := &schema.Maker{Seed: 1, Direction: schema.Response, Optional: schema.RequiredOnly, Examples: true}
			long, err := maker.Make(s, where, wish)
			if err != nil {
				t.Errorf("%s: %v", where, err)
				continue
			}
			short, err := made(maker, s, where, wish)
			if err != nil {
				t.Errorf("%s: %v", where, err)
				continue
			}
			if got, want := string(schema.AppendJSON(nil, short, s)), string(schema.AppendJSON(nil, long, s)); got != want {
				t.Errorf("%s: made gives %s, Make %s", where, got, want)
			}
			compared++
		}
	})
	if compared < 100 {
		t.Errorf("only %d values were compared", compared)
	}
}

// TestPartsAgreeWithTheDocument holds what is remembered of schemas against what is found by walking through them.
func TestPartsAgreeWithTheDocument(t *testing.T) {
	r, found := &holdings{}, 0
	eachAnswer(t, func(s *schema.Schema, where string) {
		known := r.partsOf(s)
		if r.partsOf(s) != known {
			t.Fatalf("%s: the parts were found twice", where)
		}
		extended := map[string]any{"a member that nobody declared": true}
		for _, p := range objectProperties(s, 0) {
			extended[p.Name] = p.Name
			if got, want := r.schemaAt(s, pointerOf(p.Name)), schemaAt(s, pointerOf(p.Name)); got != want {
				t.Errorf("%s: the schema at %s differs", where, p.Name)
			}
			found++
		}
		if got, want := known.prune(extended).(map[string]any), prune(extended, s).(map[string]any); len(got) != len(want) {
			t.Errorf("%s: %d members are kept, want %d", where, len(got), len(want))
		}
	})
	if found == 0 {
		t.Error("no schema has a property")
	}
	if r.schemaAt(nil, "/a") != nil || len(r.partsOf(nil).all) != 0 {
		t.Error("no schema has parts")
	}
}

// eachAnswer visits the schemas of all JSON answers of the built-in contracts.
func eachAnswer(t *testing.T, visit func(s *schema.Schema, where string)) {
	t.Helper()
	for _, name := range contracts.Builtins() {
		c, err := contracts.Load(t.Context(), name, contracts.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range c.Operations {
			for _, response := range o.Responses {
				for _, m := range response.Content {
					if m.Schema != nil && contracts.JSONMedia(m.Name) {
						visit(m.Schema, name+" "+o.ID+" "+response.Status)
					}
				}
			}
		}
	}
}
