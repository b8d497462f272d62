package reports_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"understudy/contracts/check"
	"understudy/reports"
	"understudy/scenarios"
)

var resultSchema = filepath.Join("..", "docs", "schemas", "result.schema.json")

func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(resultSchema)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t testing.TB, s *jsonschema.Schema, data []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Fatal(err)
	}
}

// full sets every field that there is, so that one that the schema does not know is found.
func full(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		full(v.Elem(), depth)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(start))
			return
		}
		for i := range v.NumField() {
			full(v.Field(i), depth)
		}
	case reflect.Slice:
		if depth > 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			full(v.Index(0), depth-1)
		}
	case reflect.Map:
		value := reflect.New(v.Type().Elem()).Elem()
		full(value, depth)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("X-Name"), value)
	case reflect.Interface:
		v.Set(reflect.ValueOf("any"))
	case reflect.String:
		v.SetString("text")
		if v.Type() == reflect.TypeFor[scenarios.Outcome]() {
			v.SetString(string(scenarios.Known))
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint64:
		v.SetUint(math.MaxUint64)
	case reflect.Float64:
		v.SetFloat(99.5)
	}
}

func TestResultSchema(t *testing.T) {
	s := compiled(t)
	everything := new(scenarios.Result)
	full(reflect.ValueOf(everything).Elem(), 5)
	for name, r := range map[string]*scenarios.Result{"sample": sample(), "nothing": {}, "large": large(100), "graded": graded(), "everything": everything} {
		t.Run(name, func(t *testing.T) { valid(t, s, written(t, reports.Options{}, "json", r)) })
	}
	t.Run("nothing is described that is not there", func(t *testing.T) {
		data := written(t, reports.Options{}, "json", everything)
		source, err := os.ReadFile(resultSchema)
		if err != nil {
			t.Fatal(err)
		}
		var described struct {
			Properties map[string]any
			Defs       map[string]struct{ Properties map[string]any } `json:"$defs"`
		}
		if err := json.Unmarshal(source, &described); err != nil {
			t.Fatal(err)
		}
		for name := range described.Properties {
			if !bytes.Contains(data, []byte(`"`+name+`":`)) {
				t.Errorf("%s is in the schema and not in a result", name)
			}
		}
		for def, d := range described.Defs {
			for name := range d.Properties {
				if !bytes.Contains(data, []byte(`"`+name+`":`)) {
					t.Errorf("%s of %s is in the schema and not in a result", name, def)
				}
			}
		}
	})
	t.Run("what is wrong is refused", func(t *testing.T) {
		data := bytes.Replace(written(t, reports.Options{}, "json", sample()), []byte(`"outcome": "known"`), []byte(`"outcome": "fine"`), 1)
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Error("an unknown outcome is valid")
		}
	})
}

// anyResult makes results up: every shape that the types allow, within bounds, with texts of every kind.
func anyResult() *rapid.Generator[*scenarios.Result] {
	text := rapid.OneOf(rapid.String(), rapid.Just(hostile), rapid.Just(""))
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "s"), 123_000_000).UTC()
	})
	place := rapid.Custom(func(t *rapid.T) check.Place {
		return check.Place{File: text.Draw(t, "file"), Line: rapid.IntRange(0, 9999).Draw(t, "line"), Pointer: text.Draw(t, "pointer")}
	})
	finding := rapid.Custom(func(t *rapid.T) check.Finding {
		f := check.Finding{
			Check: rapid.SampledFrom([]string{"NEG-002", "SCH-001", "own"}).Draw(t, "check"), Title: text.Draw(t, "title"), Level: rapid.SampledFrom([]check.Level{check.Failure, check.Warning, check.Note}).Draw(t, "level"),
			Message: text.Draw(t, "message"), Want: text.Draw(t, "want"), Got: text.Draw(t, "got"), Where: text.Draw(t, "where"), At: place.Draw(t, "at"), Exchange: rapid.IntRange(0, 3).Draw(t, "exchange"),
			Curl: text.Draw(t, "curl"), Fingerprint: rapid.StringMatching(`[0-9a-f]{0,4}`).Draw(t, "fingerprint"), Contract: text.Draw(t, "contract"),
		}
		if rapid.Bool().Draw(t, "known") {
			f.Known = &check.Known{Reason: text.Draw(t, "reason"), Until: text.Draw(t, "until"), Expired: rapid.Bool().Draw(t, "expired")}
		}
		return f
	})
	outcome := rapid.SampledFrom([]scenarios.Outcome{scenarios.Passed, scenarios.Failed, scenarios.Skipped, scenarios.Errored, scenarios.Known})
	return rapid.Custom(func(t *rapid.T) *scenarios.Result {
		r := &scenarios.Result{Tool: scenarios.Tool{Name: text.Draw(t, "tool")}, Seed: rapid.Uint64().Draw(t, "seed"), Started: instant.Draw(t, "started"), Targets: []scenarios.Target{}, Exchanges: []*scenarios.Exchange{}, Suites: []scenarios.Suite{}}
		for i := range rapid.IntRange(0, 2).Draw(t, "suites") {
			s := scenarios.Suite{Name: text.Draw(t, "suite"), Tests: []scenarios.Test{}}
			for j := range rapid.IntRange(0, 3).Draw(t, "tests") {
				s.Tests = append(s.Tests, scenarios.Test{
					ID: string(rune('a'+i)) + string(rune('a'+j)) + text.Draw(t, "id"), Name: text.Draw(t, "name"), Outcome: outcome.Draw(t, "outcome"), Reason: text.Draw(t, "reason"),
					Started: instant.Draw(t, "at"), Elapsed: time.Duration(rapid.Int64().Draw(t, "elapsed")), At: place.Draw(t, "place"),
					Findings: append([]check.Finding(nil), rapid.SliceOfN(finding, 0, 3).Draw(t, "findings")...),
				})
			}
			r.Suites = append(r.Suites, s)
		}
		for i := range rapid.IntRange(0, 3).Draw(t, "exchanges") {
			r.Exchanges = append(r.Exchanges, &scenarios.Exchange{
				Number: i + 1, Method: text.Draw(t, "method"), URL: text.Draw(t, "url"), Status: rapid.IntRange(0, 599).Draw(t, "status"), Started: instant.Draw(t, "sent"),
				Response: map[string][]string{"X-Any": {text.Draw(t, "value")}}, Answer: &scenarios.Payload{Text: text.Draw(t, "body"), Size: 3}, Curl: text.Draw(t, "command"),
			})
		}
		return r
	})
}

func TestRoundTrip(t *testing.T) {
	s := compiled(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := anyResult().Draw(rt, "result")
		data := written(t, reports.Options{}, "json", r)
		again, err := reports.Read(bytes.NewReader(data))
		if err != nil {
			rt.Fatal(err)
		}
		valid(t, s, data)
		r.Schema, r.Version = reports.SchemaID, reports.ResultVersion
		if !reflect.DeepEqual(again, r) {
			rt.Fatalf("read\n%+v\nwrote\n%+v", again, r)
		}
	})
	t.Run("sample", func(t *testing.T) {
		data := written(t, reports.Options{}, "json", sample())
		again, err := reports.Read(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(written(t, reports.Options{}, "json", again), data) {
			t.Error("written again it is another file")
		}
		for _, f := range reports.Formats() {
			if !bytes.Equal(written(t, reports.Options{}, f.Name, again), written(t, reports.Options{}, f.Name, sample())) {
				t.Errorf("the %s report of what was read differs from that of what was written", f.Name)
			}
		}
	})
}

func TestReadErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":         {" \n", "the file is empty"},
		"html":          {"<!doctype html>", "XML or HTML"},
		"no object":     {"[]", "no JSON object"},
		"sarif":         {`{"runs":[]}`, "this is SARIF"},
		"ctrf":          {`{"reportFormat":"CTRF"}`, "this is CTRF"},
		"har":           {`{"log":{}}`, "this is HAR"},
		"other":         {`{"name":"x"}`, "it has no resultVersion"},
		"newer":         {`{"resultVersion":2}`, "it has the form 2, and this program reads up to 1"},
		"syntax":        {"{\"resultVersion\":1,\n \"suites\": [}", "line 2, column 14"},
		"cut off":       {"{\"resultVersion\":1,\n \"suites\": [", "line 2"},
		"wrong kind":    {"{\"resultVersion\":1,\n\n \"seed\": \"x\"}", "line 3"},
		"more":          {"{\"resultVersion\":1}\n{}", "line 2, column 1: there is more"},
		"null exchange": {`{"resultVersion":1,"exchanges":[null]}`, "/exchanges/0 is null"},
		"number":        {`{"resultVersion":1,"exchanges":[{"number":0}]}`, "/exchanges/0/number is 0"},
		"twice":         {`{"resultVersion":1,"exchanges":[{"number":1},{"number":1}]}`, "there are two exchanges 1"},
		"no id":         {`{"resultVersion":1,"suites":[{"tests":[{"outcome":"passed"}]}]}`, "/suites/0/tests/0 has no id"},
		"same id":       {`{"resultVersion":1,"suites":[{"tests":[{"id":"a","outcome":"passed"},{"id":"a","outcome":"passed"}]}]}`, `two tests "a"`},
		"outcome":       {`{"resultVersion":1,"suites":[{"tests":[{"id":"a","outcome":"fine"}]}]}`, `outcome is "fine"; it is one of`},
		"deep":          {`{"resultVersion":1,"suites":` + strings.Repeat("[", 20000), "exceeded max depth"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := reports.Read(strings.NewReader(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to say %q", err, c.want)
			}
		})
	}
	if _, err := reports.Read(strings.NewReader("\xef\xbb\xbf" + `{"resultVersion":1}`)); err != nil {
		t.Errorf("a byte order mark: %v", err)
	}
}

// TestOutputsKeepDigits: an output may be a number that no float64 holds.
func TestOutputsKeepDigits(t *testing.T) {
	r, err := reports.Read(strings.NewReader(`{"resultVersion":1,"suites":[{"tests":[{"id":"a","outcome":"passed","outputs":{"id":9007199254740993}}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(written(t, reports.Options{}, "json", r), []byte("9007199254740993")) {
		t.Error("the digits of an output are lost")
	}
}

func FuzzRead(f *testing.F) {
	data, err := os.ReadFile(filepath.Join("..", "fixtures", "results", "sample.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"resultVersion":1,"suites":[{"tests":[{"id":"a","outcome":"failed","steps":[{"steps":[{"outcome":"errored"}]}],"findings":[{"known":{}}]}]}],"exchanges":[{"number":1}],"coverage":{"dimensions":null}}`))
	f.Add([]byte(`{"resultVersion":1,"gates":[{"got":1e308}],"baseline":{"gone":[{}]},"targets":[{"url":"::"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := reports.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, format := range reports.Formats() {
			if err := reports.Write(format.Name, new(bytes.Buffer), r); err != nil {
				t.Errorf("%s: %v", format.Name, err)
			}
		}
		c := reports.Compare(r, r)
		if c.Worse() || len(c.New)+len(c.Fixed)+len(c.Changed) > 0 {
			t.Errorf("a result differs from itself: %+v", c)
		}
	})
}
