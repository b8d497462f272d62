package contracts

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"understudy/contracts/schema"
)

// compileSchema makes a schema of OpenAPI 3.1 from YAML.
func compileSchema(t testing.TB, text string) *schema.Schema {
	t.Helper()
	if text == "" {
		return nil
	}
	return compileAs(t, schema.JSONSchema202012, text)
}

func compileAs(t testing.TB, dialect schema.Dialect, text string) *schema.Schema {
	t.Helper()
	var node yaml.Node
	if err := yaml.Unmarshal([]byte(text), &node); err != nil {
		t.Fatalf("schema %q: %v", text, err)
	}
	c := schema.NewCompiler(dialect, nil)
	s, err := c.Compile(node.Content[0], schema.Location{File: "test.yaml"})
	if err != nil {
		t.Fatalf("schema %q: %v", text, err)
	}
	if err := c.Finish(); err != nil {
		t.Fatalf("schema %q: %v", text, err)
	}
	return s
}

// operation makes a compiled operation by hand.
func operation(path string, parameters ...*Parameter) *Operation {
	o := &Operation{ID: "test", Method: "GET", Path: path, Parameters: parameters}
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		s := Segment{Literal: part}
		for rest := part; strings.Contains(rest, "{"); {
			_, after, _ := strings.Cut(rest, "{")
			name, tail, _ := strings.Cut(after, "}")
			s.Names, s.Literal, rest = append(s.Names, name), "", tail
		}
		o.Segments = append(o.Segments, s)
	}
	o.compileParameters()
	return o
}

// parameter makes a parameter with the default style of its place, or with the one given as "style" or "style*".
func parameter(t testing.TB, in, name, style, schemaText string) *Parameter {
	t.Helper()
	p := &Parameter{Name: name, In: in, Required: in == "path", Schema: compileSchema(t, schemaText)}
	p = withDefaultStyle(p)
	if style != "" {
		p.Style, p.Explode = strings.CutSuffix(style, "*")
	}
	return p
}

func required(p *Parameter) *Parameter { p.Required = true; return p }

// request makes a request with the parts that tests write as text.
func request(query string, header http.Header) *http.Request {
	if header == nil {
		header = http.Header{}
	}
	return &http.Request{Method: "GET", URL: &url.URL{Path: "/", RawQuery: query}, Header: header}
}

func jsonValue(t testing.TB, text string) any {
	t.Helper()
	v, err := schema.ParseJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func toJSON(v any) string { return string(schema.AppendJSON(nil, v, nil)) }

// keywords lists violations as "keyword name/pointer".
func keywords(violations []Violation) []string {
	var list []string
	for _, v := range violations {
		list = append(list, strings.TrimSuffix(v.Keyword+" "+v.Name+v.Pointer, " "))
	}
	return list
}

type styleVectors struct {
	Styles struct {
		Name   string
		Values map[string]json.RawMessage
		Rows   []map[string]any
	} `json:"openapi_parameter_styles"`
	Templates struct {
		Vars  map[string]json.RawMessage
		Cases [][2]string
	} `json:"rfc6570"`
}

// vectors reads the published examples of OpenAPI and RFC 6570 that stand in testdata.
func vectors(t *testing.T) styleVectors {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "parameter_styles.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v styleVectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

var vectorSchemas = map[string]string{
	"string": "{type: string}",
	"array":  "{type: array, items: {type: string}}",
	"object": "{type: object, properties: {R: {type: integer}, G: {type: integer}, B: {type: integer}}}",
}

// placesOf says where a style may stand.
func placesOf(style string) []string {
	switch style {
	case "matrix", "label":
		return []string{"path"}
	case "simple":
		return []string{"path", "header"}
	case "cookie":
		return []string{"cookie"}
	}
	return []string{"query"}
}

func TestStyleVectors(t *testing.T) {
	v := vectors(t).Styles
	tested := 0
	for _, row := range v.Rows {
		style := row["style"].(string)
		if row["explode"].(bool) {
			style += "*"
		}
		for kind, schemaText := range vectorSchemas {
			text, ok := row[kind].(string)
			if !ok {
				continue
			}
			want := jsonValue(t, string(v.Values[kind]))
			for _, in := range placesOf(strings.TrimSuffix(style, "*")) {
				t.Run(style+" "+in+" "+kind, func(t *testing.T) {
					checkVector(t, parameter(t, in, v.Name, style, schemaText), text, want)
				})
				tested++
			}
		}
	}
	if tested < 30 {
		t.Errorf("only %d vectors were tested", tested)
	}
}

// checkVector decodes a text into a value and encodes the value into the text.
func checkVector(t *testing.T, p *Parameter, text string, want any) {
	t.Helper()
	o := operation("/x")
	var path []string
	r := request("", nil)
	switch p.In {
	case "path":
		o = operation("/{"+p.Name+"}", p)
		path = []string{text}
	case "query":
		o = operation("/x", p)
		r.URL.RawQuery = text
	case "header":
		o = operation("/x", p)
		r.Header.Set(p.Name, text)
	case "cookie":
		o = operation("/x", p)
		r.Header.Set("Cookie", text)
	}
	args, violations := o.DecodeParameters(r, path)
	if len(violations) > 0 {
		t.Fatalf("decode %q: %+v", text, violations)
	}
	got, _ := args.Get(p.In, p.Name)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("decode %q = %s, want %s", text, toJSON(got), toJSON(want))
	}
	if len(args.Undeclared) > 0 {
		t.Errorf("undeclared: %q", args.Undeclared)
	}

	args = o.NewArguments()
	args.Set(p.In, p.Name, want)
	gotPath, gotQuery, header, cookies, err := o.EncodeParameters(args)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	encoded := map[string]string{
		"path": strings.TrimPrefix(gotPath, "/"), "query": gotQuery,
		"header": header.Get(p.Name), "cookie": cookieHeader(cookies),
	}[p.In]
	if encoded != text {
		t.Errorf("encode %s = %q, want %q", toJSON(want), encoded, text)
	}
}

func TestTemplateVectors(t *testing.T) {
	v := vectors(t).Templates
	styles := map[byte]string{'.': "label", ';': "matrix", '?': "form", '&': "form"}
	tested := 0
	for _, c := range v.Cases {
		open, end := strings.IndexByte(c[0], '{'), strings.IndexByte(c[0], '}')
		expression, before, after := c[0][open+1:end], c[0][:open], c[0][end+1:]
		if expression[0] == '+' || strings.Contains(expression, ",") {
			continue // reserved expansion and several names in one expression are not in OpenAPI
		}
		in, style, prefix := "path", "simple", ""
		if s, ok := styles[expression[0]]; ok {
			style = s
			if s == "form" {
				in, prefix = "query", expression[:1]
			}
			expression = expression[1:]
		}
		name, exploded := strings.CutSuffix(expression, "*")
		if exploded {
			style += "*"
		}
		text := strings.TrimPrefix(strings.TrimSuffix(strings.TrimPrefix(c[1], before), after), prefix)
		value := jsonValue(t, string(v.Vars[name]))
		schemaText := map[bool]string{true: "{type: array}"}[typeOfValue(value) == schema.Array]
		if typeOfValue(value) == schema.Object {
			schemaText = "{type: object, properties: {semi: {type: string}, dot: {type: string}, comma: {type: string}}}"
		}
		t.Run(c[0], func(t *testing.T) { checkVector(t, parameter(t, in, name, style, schemaText), text, value) })
		tested++
	}
	if tested < 14 {
		t.Errorf("only %d vectors were tested", tested)
	}
}
