package reports_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"understudy/contracts/check"
	"understudy/reports"
	"understudy/scenarios"
)

// oasis is the schema of SARIF 2.1.0 (errata 01) as OASIS published it. The module go-sarif carries it in a constant that it does
// not export; it is read from the module's source. Its own Validate judges what it has written anew, not what was given.
var oasis = sync.OnceValues(func() (*jsonschema.Schema, error) {
	f := runtime.FuncForPC(reflect.ValueOf(sarif.NewReport).Pointer())
	source, _ := f.FileLine(f.Entry())
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(filepath.Dir(source), "schema.go"), nil, 0)
	if err != nil {
		return nil, err
	}
	var text string
	ast.Inspect(parsed, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			text, err = strconv.Unquote(l.Value)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", schema); err != nil {
		return nil, err
	}
	return c.Compile("sarif.json")
})

// The parts of a report that the tests look at.
type sarifReport struct {
	Runs []struct {
		AutomationDetails struct{ ID string }
		Invocations       []struct {
			ExecutionSuccessful bool
			ExitCode            int
		}
		Tool struct {
			Driver struct {
				Rules []struct {
					ID         string
					Properties map[string]any
				}
			}
		}
		Results []struct {
			RuleID              string
			RuleIndex           int
			Level               string
			PartialFingerprints map[string]string
			Suppressions        []any
			Locations           []struct {
				PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
			}
		}
	}
}

func sarifOf(t *testing.T, o reports.Options, r *scenarios.Result) *sarifReport {
	t.Helper()
	s, err := oasis()
	if err != nil {
		t.Fatal(err)
	}
	data := written(t, o, "sarif", r)
	valid(t, s, data)
	report := new(sarifReport)
	if err := json.Unmarshal(data, report); err != nil {
		t.Fatal(err)
	}
	return report
}

// TestOASIS: the schema refuses what is no SARIF, so that it is the one that it is taken for.
func TestOASIS(t *testing.T) {
	s, err := oasis()
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{`{"version":"2.1.0"}`, `{"version":"2.2","runs":[]}`, `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{"ruleId":"a"}]}]}`, `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"own":1}]}`} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(wrong))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s is valid", wrong)
		}
	}
}

func TestSARIF(t *testing.T) {
	report := sarifOf(t, reports.Options{Check: catalogue}, sample())
	run := report.Runs[0]
	if id := run.AutomationDetails.ID; id != "understudy/check/petstore/staging.example.com/" {
		t.Errorf("the category is %q", id)
	}
	if in := run.Invocations[0]; in.ExitCode != 1 || !in.ExecutionSuccessful {
		t.Errorf("a run with findings ended with %d, successful: %v", in.ExitCode, in.ExecutionSuccessful)
	}
	hashes := map[string]bool{}
	suppressed := 0
	for _, r := range run.Results {
		hash := r.PartialFingerprints["primaryLocationLineHash"]
		if hash == "" || hashes[hash] {
			t.Errorf("%s has the fingerprint %q, which is missing or not its own", r.RuleID, hash)
		}
		hashes[hash] = true
		if got := run.Tool.Driver.Rules[r.RuleIndex].ID; got != r.RuleID {
			t.Errorf("the rule of %s is %s", r.RuleID, got)
		}
		if len(r.Locations) == 0 {
			t.Fatalf("%s has no place", r.RuleID)
		}
		u, err := url.Parse(r.Locations[0].PhysicalLocation.ArtifactLocation.URI)
		if err != nil || u.IsAbs() || strings.HasPrefix(u.Path, "/") {
			t.Errorf("%s stands at %v, which is not relative to a repository", r.RuleID, u)
		}
		suppressed += len(r.Suppressions)
	}
	if suppressed != 1 {
		t.Errorf("%d results are suppressed, one finding is known", suppressed)
	}
	severities := map[string]any{}
	for _, rule := range run.Tool.Driver.Rules {
		if len(rule.Properties["tags"].([]any)) > 10 {
			t.Errorf("%s has %d tags, GitHub shows 10", rule.ID, len(rule.Properties["tags"].([]any)))
		}
		severities[rule.ID] = rule.Properties["security-severity"]
	}
	if severities["SCH-001"] != "7.1" || severities["ERR-005"] != "5.0" || severities["NEG-002"] != nil {
		t.Errorf("the severities are %v", severities)
	}
}

func TestSARIFEdges(t *testing.T) {
	t.Run("nothing", func(t *testing.T) {
		report := sarifOf(t, reports.Options{}, &scenarios.Result{})
		if in := report.Runs[0].Invocations[0]; in.ExecutionSuccessful || in.ExitCode != 1 {
			t.Error("a run that examined nothing is called successful")
		}
	})
	t.Run("clean", func(t *testing.T) {
		report := sarifOf(t, reports.Options{}, &scenarios.Result{Suites: []scenarios.Suite{{Tests: []scenarios.Test{{ID: "a", Outcome: scenarios.Passed}}}}})
		if in := report.Runs[0].Invocations[0]; !in.ExecutionSuccessful || in.ExitCode != 0 {
			t.Error("a clean run is called something else")
		}
	})
	t.Run("ports of this machine do not change the category", func(t *testing.T) {
		ids := map[string]bool{}
		for _, address := range []string{"http://127.0.0.1:4010", "http://localhost:39155/v1", "http://[::1]:8080"} {
			r := &scenarios.Result{Command: "run", Targets: []scenarios.Target{{Contract: "petstore", URL: address}}}
			ids[sarifOf(t, reports.Options{}, r).Runs[0].AutomationDetails.ID] = true
		}
		if len(ids) != 1 || !ids["understudy/run/petstore/local/"] {
			t.Errorf("the categories are %v", ids)
		}
	})
	t.Run("absolute paths below the root, odd names, addresses", func(t *testing.T) {
		for file, want := range map[string]string{
			"/repo/api/a b%.yaml": "api/a%20b%25.yaml", "./api/x.yaml": "api/x.yaml", "a:b.yaml": "./a:b.yaml", "https://example.com/api.yaml": "https://example.com/api.yaml", "": "petstore",
		} {
			r := &scenarios.Result{Suites: []scenarios.Suite{{Tests: []scenarios.Test{{ID: "a", Outcome: scenarios.Failed, Findings: []check.Finding{{Check: "X", Level: check.Failure, Contract: "petstore", At: check.Place{File: file}}}}}}}}
			if got := sarifOf(t, reports.Options{Root: "/repo"}, r).Runs[0].Results[0].Locations[0].PhysicalLocation.ArtifactLocation.URI; got != want {
				t.Errorf("%s is written as %s, want %s", file, got, want)
			}
		}
	})
	t.Run("more than code scanning takes", func(t *testing.T) {
		r := &scenarios.Result{Suites: []scenarios.Suite{{Tests: []scenarios.Test{{ID: "a", Outcome: scenarios.Failed}}}}}
		for i := range 25_100 {
			level := check.Warning
			if i > 25_000 {
				level = check.Failure
			}
			r.Suites[0].Tests[0].Findings = append(r.Suites[0].Tests[0].Findings, check.Finding{Check: "X-1", Level: level, Message: "m", Fingerprint: fmt.Sprint(i)})
		}
		if list := sarifOf(t, reports.Options{}, r).Runs[0].Results; len(list) != 25_000 || list[0].Level != "error" || list[98].Level != "error" || list[99].Level != "warning" {
			t.Errorf("%d results, the first %v", len(list), list[:1])
		}
	})
}
