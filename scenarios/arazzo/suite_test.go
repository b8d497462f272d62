package arazzo_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/contracts/schema"
	"understudy/scenarios/arazzo"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// suites gives a file or folder of the official suites, which are kept outside the repository.
func suites(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("SUITES")
	if root == "" {
		root = "../shared/suites"
	}
	if !filepath.IsAbs(root) {
		root = filepath.Join("../..", root)
	}
	full := filepath.Join(root, name)
	if _, err := os.Stat(full); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the official suites are needed with CI=true: %v", err)
		}
		t.Skipf("no official suites; set SUITES to their folder: %v", err)
	}
	return full
}

func readFile(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// plain gives the plain value of a YAML text.
func plain(t *testing.T, data []byte) any {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Load(data, &doc); err != nil {
		t.Fatal(err)
	}
	v, err := schema.Decode(&doc)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

type engine struct {
	*schema.Pattern
	text string
}

func (e engine) String() string { return e.text }

func (e engine) MatchString(text string) bool {
	matched, err := e.Match(text)
	return matched && err == nil
}

// official compiles the official JSON Schema of a feature set.
func official(t *testing.T, version string) *jsonschema.Schema {
	t.Helper()
	v := plain(t, readFile(t, suites(t, "arazzo/schema/"+version+"/schema.yaml")))
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(func(text string) (jsonschema.Regexp, error) { // the schema has look-ahead, which Go has not
		pattern, err := schema.CompilePattern(text)
		return engine{pattern, text}, err
	})
	if err := c.AddResource("urn:arazzo:"+version, resource); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("urn:arazzo:" + version)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func fits(t *testing.T, s *jsonschema.Schema, data []byte) error {
	t.Helper()
	text, err := json.Marshal(plain(t, data))
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

// TestOfficialExamples reads the examples of the specification, and asks the official schema too. The four OpenAPI and
// AsyncAPI documents beside them are no Arazzo documents.
func TestOfficialExamples(t *testing.T) {
	// What we say of them beyond the schema.
	warnings := map[string]string{
		"LoginAndRetrievePets.arazzo.yaml": "leads to a path, which has several operations",
		"bnpl-arazzo.yaml":                 "names no outputs of the step",
		"pet-coupons.arazzo.yaml":          "a step that calls a workflow has no request and no response",
	}
	files, err := filepath.Glob(filepath.Join(suites(t, "arazzo/examples"), "*", "*arazzo.yaml"))
	if err != nil || len(files) != 6 {
		t.Fatalf("%d examples, want 6: %v", len(files), err)
	}
	s := official(t, "1.0")
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			data := readFile(t, file)
			d, err := arazzo.Parse(name, data, arazzo.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := fits(t, s, data); err != nil {
				t.Errorf("the official schema refuses it: %v", err)
			}
			if want := warnings[name]; !strings.Contains(d.Warnings.Error(), want) || want == "" && len(d.Warnings) > 0 {
				t.Errorf("warnings %v, want %q", d.Warnings, want)
			}
		})
	}
}

// refusals are the documents that the official suite lets pass and we refuse, with the reason.
var refusals = map[string]string{
	"characterization-openapi-invalid-operationPath-string.arazzo.yaml": "is no operationPath",              // the prose wants an expression
	"criterion-with-extended-xpath.arazzo.yaml":                         "XPath 3.1 is not supported",       // no engine
	"payload-replacement-using-selector.arazzo.yaml":                    `has no step "previous"`,           // it names a step that is not there
	"characterization-openapi-operationId-with-action.arazzo.yaml":      "AsyncAPI steps are not supported", // an OpenAPI source with an action
	"characterization-openapi-receive-with-correlationId.arazzo.yaml":   "AsyncAPI steps are not supported",
	"bnpl-example.yaml":                     `has no part "headers"`,           // $response.headers is not in the grammar
	"oauth-example.yaml":                    "no JSONPath of RFC 9535",         // $.access_token != null is not one
	"openapi-success-criteria.arazzo.yaml":  `no source description "userAPI"`, // it is called UserAPI
	"workflow-success-criteria.arazzo.yaml": `no source description "userAPI"`,
}

// TestOfficialSchemaSuite walks the documents with which the specification tests its 1.1 schema: what must pass passes, or is
// AsyncAPI, or is listed; what must fail fails.
func TestOfficialSchemaSuite(t *testing.T) {
	folder := suites(t, "arazzo/tests/schema")
	for kind, count := range map[string]int{"pass": 35, "fail": 27} {
		files, err := filepath.Glob(filepath.Join(folder, kind, "*.yaml"))
		if err != nil || len(files) < count {
			t.Fatalf("%d documents to %s, want %d: %v", len(files), kind, count, err)
		}
		for _, file := range files {
			name := filepath.Base(file)
			t.Run(kind+"/"+name, func(t *testing.T) {
				data := readFile(t, file)
				_, err := arazzo.Parse(name, data, arazzo.Options{})
				reason := refusals[name]
				async := bytes.Contains(data, []byte("type: asyncapi"))
				switch {
				case kind == "fail" && err == nil:
					t.Error("the document was accepted")
				case kind == "fail":
				case async && (err == nil || !strings.Contains(err.Error(), "not supported")):
					t.Errorf("AsyncAPI is to be refused as not supported: %v", err)
				case async:
				case reason != "" && (err == nil || !strings.Contains(err.Error(), reason)):
					t.Errorf("error %v, want %q", err, reason)
				case reason == "" && err != nil:
					t.Error(err)
				}
			})
		}
	}
}

// TestSecondOpinion compares our verdict with the official schema's on documents of our own: both must refuse what is
// structurally wrong. The known differences are in the prose's favour.
func TestSecondOpinion(t *testing.T) {
	schemas := map[string]*jsonschema.Schema{"1.0": official(t, "1.0"), "1.1": official(t, "1.1")}
	for _, c := range documentVectors(t) {
		if c.Schema == "" {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			version := "1.0"
			if strings.Contains(c.Document, "arazzo: 1.1") {
				version = "1.1"
			}
			err := fits(t, schemas[version], []byte(c.Document))
			if (err == nil) != (c.Schema == "valid") {
				t.Errorf("the official schema says %v, the vector %s", err, c.Schema)
			}
		})
	}
}
