package cases_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/schema"
)

var everything = flag.Bool("everything", false, "every operation of the large documents too, not one in several")

// hopeless are the operations for which there is no valid request, and why.
var hopeless = map[string]string{
	"readme-30-discriminators.json POST /potentially-undefined-formData": "two alternatives that cannot be told apart",
	"readme-30-parameters-style.json GET /cookies#formNonExploded":       "a path with a fragment cannot be requested",
	"readme-30-parameters-style.json GET /cookies#formExploded":          "a path with a fragment cannot be requested",
	"readme-30-schema-types.json PUT /anything/quirks/polymorphism":      "types that exclude each other",
	"readme-30-schema-types.json PATCH /anything/quirks/polymorphism":    "types that exclude each other",
	"readme-31-schema-types.json PUT /anything/quirks/polymorphism":      "types that exclude each other",
	"readme-31-schema-types.json PATCH /anything/quirks/polymorphism":    "types that exclude each other",
	"xero-xero-accounting.yaml GET /Contacts/{ContactID}":                "every value leads to GET /Contacts/{ContactNumber}",
}

// A real document is one that others wrote.
type document struct {
	file  string
	size  int
	alone bool // all in one file
}

// realDocuments lists them, or skips; with CI=true the folder must be there.
func realDocuments(t *testing.T) []document {
	t.Helper()
	dir := os.Getenv("SPECS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "specs")
	}
	table, err := os.ReadFile(filepath.Join(dir, "index.tsv"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the folder of real documents is missing: set SPECS: %v", err)
		}
		t.Skip("no folder of real documents: set SPECS to run this test")
	}
	lines := strings.Split(strings.TrimSpace(string(table)), "\n")
	head := strings.Split(lines[0], "\t")
	file, size := slices.Index(head, "file"), slices.Index(head, "bytes")
	var list []document
	for _, line := range lines[1:] {
		row := strings.Split(line, "\t")
		n, err := strconv.Atoi(row[size])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, document{filepath.Join(dir, row[file]), n, strings.HasPrefix(row[file], "single/")})
	}
	return list
}

// tally counts cases by check.
type tally struct {
	operations, without int
	checks              map[string]int
	judged, branches    int
	covered             int
	spent               time.Duration
}

// TestRealDocuments makes the cases of real documents. Each case has been read back by our own decoders; JSON bodies are
// judged by an independent implementation besides, which must agree.
func TestRealDocuments(t *testing.T) {
	const large, short = 300_000, 60_000
	total := tally{checks: map[string]int{}}
	for i, d := range realDocuments(t) {
		if testing.Short() && d.size > short || raced && i%4 != 0 {
			continue
		}
		t.Run(filepath.Base(d.file), func(t *testing.T) {
			c, err := contracts.Load(t.Context(), d.file, contracts.Options{})
			if err != nil {
				t.Fatal(err)
			}
			every := 1
			if d.size > large && !*everything {
				every = 1 + len(c.Operations)/20
			}
			own := tally{checks: map[string]int{}}
			second := newPeer(t, d, c)
			started := time.Now()
			for i, o := range c.Operations {
				if i%every == 0 {
					own.count(t, cases.New(c, cases.Options{Seed: 1}), o, second)
				}
			}
			own.spent = time.Since(started)
			total.add(own)
			t.Logf("%d operations (%d without a valid request), %d cases, %d judged twice, %d of %d branches covered, %.1f s",
				own.operations, own.without, own.sum(), own.judged, own.covered, own.branches, own.spent.Seconds())
		})
	}
	for _, check := range slices.Sorted(keysOf(total.checks)) {
		t.Logf("%s %d", check, total.checks[check])
	}
	t.Logf("%d operations (%d without a valid request), %d cases, %d judged twice, %d of %d branches covered, %.1f s",
		total.operations, total.without, total.sum(), total.judged, total.covered, total.branches, total.spent.Seconds())
	if total.sum() == 0 || total.judged == 0 {
		t.Error("nothing was made, or nothing was judged twice")
	}
}

func (n *tally) count(t *testing.T, g *cases.Generator, o *contracts.Operation, second *peer) {
	n.operations++
	good, err := g.Positive(o)
	if err != nil {
		n.without++
		if name := filepath.Base(t.Name()) + " " + o.Method + " " + o.Path; hopeless[name] == "" {
			t.Errorf("%v", err)
		}
		return
	}
	bad, err := g.Negative(o)
	if err != nil {
		t.Errorf("%v", err)
	}
	if len(good) == 0 || len(good) > 40 || len(bad) > 40 {
		t.Errorf("%s %s: %d valid cases, %d invalid ones", o.Method, o.Path, len(good), len(bad))
	}
	covered := map[string]bool{}
	for _, one := range slices.Concat(good, bad) {
		n.checks[one.Check]++
		if !g.Holds(one) {
			t.Errorf("%s %s: %s %s is not what it claims: %+v", o.Method, o.Path, one.Check, one.Name, one.Fault)
		}
		if one.Valid {
			for _, id := range g.Covers(one) {
				covered[id] = true
			}
		}
		if second.judge(t, one) {
			n.judged++
		}
	}
	n.branches += len(g.Branches(o))
	n.covered += len(covered)
}

func (n *tally) sum() int {
	sum := 0
	for _, k := range n.checks {
		sum += k
	}
	return sum
}

func (n *tally) add(o tally) {
	n.operations, n.without, n.judged = n.operations+o.operations, n.without+o.without, n.judged+o.judged
	n.branches, n.covered, n.spent = n.branches+o.branches, n.covered+o.covered, n.spent+o.spent
	for check, k := range o.checks {
		n.checks[check] += k
	}
}

func keysOf(m map[string]int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// A peer is an independent judge of JSON bodies.
type peer struct {
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
}

// newPeer reads a document of moderate size into the independent implementation; nil where that takes too long.
func newPeer(t *testing.T, d document, c *contracts.Contract) *peer {
	if !d.alone || d.size > 1_400_000 {
		return nil
	}
	v, err := schema.ParseJSON(c.Document())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	gatherReadOnly(v, names)
	v = forRequests(v, v, names)
	if strings.HasPrefix(c.OpenAPI, "3.0") {
		v = asLater(v)
	}
	text, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.AppendJSON(nil, v, nil)))
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	p.compiler.DefaultDraft(jsonschema.Draft2020)
	p.compiler.AssertFormat()
	if err := p.compiler.AddResource("file:///doc.json", text); err != nil {
		t.Logf("the peer cannot read it: %v", err)
		return nil
	}
	return p
}

// judge compares the verdict on a JSON body; false where there is nothing to compare.
func (p *peer) judge(t *testing.T, c cases.Case) bool {
	if p == nil || c.Body == nil || c.Body.Media == nil || c.Body.Media.Schema == nil || !contracts.JSONMedia(c.Body.Media.Name) ||
		c.Fault.Keyword == "malformed" || c.Fault.Keyword == "readOnly" || !c.Valid && c.Fault.In != "body" {
		return false
	}
	pointer := c.Body.Media.Schema.At.Pointer
	s, known := p.schemas[pointer]
	if !known {
		var err error
		s, err = p.compiler.Compile("file:///doc.json#" + strings.NewReplacer("%", "%25", "{", "%7B", "}", "%7D", "^", "%5E", " ", "%20").Replace(pointer))
		if err != nil { // such as a pattern with look-around
			s = nil
		}
		p.schemas[pointer] = s
	}
	if s == nil {
		return false
	}
	r, err := c.Request(t.Context(), "http://h")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Errorf("%s %s: %v", c.Check, c.Name, err)
		return false
	}
	if err := s.Validate(value); (err == nil) != c.Valid {
		t.Errorf("%s: %s %s (%+v): the peer says %v of %.300s", c.Operation.ID, c.Check, c.Name, c.Fault, err, raw)
	}
	return true
}

// gatherReadOnly notes the names of all members that are readOnly, of which the peer knows nothing.
func gatherReadOnly(v any, names map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			gatherReadOnly(item, names)
		}
	case map[string]any:
		properties, _ := v["properties"].(map[string]any)
		for name, p := range properties {
			if p, ok := p.(map[string]any); ok && p["readOnly"] == true {
				names[name] = true
			}
		}
		for _, member := range v {
			gatherReadOnly(member, names)
		}
	}
}

// forRequests takes members that are readOnly from the lists of those required, unless the same schema has them otherwise.
func forRequests(root, v any, names map[string]bool) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = forRequests(root, v[i], names)
		}
	case map[string]any:
		required, _ := v["required"].([]any)
		properties, _ := v["properties"].(map[string]any)
		if len(required) > 0 {
			v["required"] = slices.DeleteFunc(required, func(name any) bool {
				text, _ := name.(string)
				own, declared := properties[text].(map[string]any)
				if ref, ok := own["$ref"].(string); ok {
					target, _ := schema.At(root, strings.TrimPrefix(ref, "#"))
					own, declared = target.(map[string]any)
				}
				return names[text] && (!declared || own["readOnly"] == true || own["allOf"] != nil)
			})
		}
		for name := range v {
			v[name] = forRequests(root, v[name], names)
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
			if out[name] = member; name != "example" && name != "examples" && name != "default" && name != "enum" {
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
