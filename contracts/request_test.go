package contracts

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"understudy/contracts/schema"
)

func TestNewRequest(t *testing.T) {
	o := operation("/pets/{id}/a b",
		parameter(t, "path", "id", "", "{type: string}"),
		parameter(t, "query", "q", "", "{type: string}"),
		parameter(t, "query", "tags", "form*", "{type: array}"),
		parameter(t, "header", "x-trace", "", "{type: array, items: {type: integer}}"),
		parameter(t, "header", "Host", "", "{type: string}"),
		parameter(t, "cookie", "c", "form", "{type: array, items: {type: integer}}"),
	)
	o.Method = "POST"
	args := o.NewArguments()
	args.Set("path", "id", "a/ü")
	args.Set("query", "q", "a&b +c")
	args.Set("query", "tags", []any{"x", "y"})
	args.Set("header", "X-Trace", []any{1, json.Number("2")})
	args.Set("header", "Host", "example.test")
	args.Set("cookie", "c", []any{1, 2})
	if args.Set("query", "other", 1) {
		t.Error("an undeclared parameter was set")
	}
	m := media(t, "application/json", "")
	r, err := o.NewRequest(t.Context(), "http://127.0.0.1:1/v1/", args, &Body{Media: m, Value: map[string]any{"a": 1}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.URL.String(), "http://127.0.0.1:1/v1/pets/a%2F%C3%BC/a%20b?q=a%26b%20%2Bc&tags=x&tags=y"; got != want {
		t.Errorf("URL %s, want %s", got, want)
	}
	raw, _ := io.ReadAll(r.Body)
	want := http.Header{"X-Trace": {"1,2"}, "Host": {"example.test"}, "Cookie": {"c=1%2C2"}, "Content-Type": {"application/json"}}
	want.Set("Cookie", "c=1,2")
	if string(raw) != `{"a":1}` || !reflect.DeepEqual(r.Header, want) || r.Host != "example.test" || r.Method != "POST" {
		t.Errorf("%s %s, header %v, body %s", r.Method, r.Host, r.Header, raw)
	}

	r, err = o.NewRequest(t.Context(), "http://x", args, &Body{Raw: []byte("<a>"), ContentType: "text/xml"})
	if err != nil || r.Header.Get("Content-Type") != "text/xml" || r.ContentLength != 3 {
		t.Errorf("raw body: %v, %v", r, err)
	}
	r, err = o.NewRequest(t.Context(), "http://x", args)
	if err != nil || r.ContentLength != 0 || r.Body != http.NoBody {
		t.Errorf("no body: %v, %v", r, err)
	}
	if _, err := o.NewRequest(t.Context(), "http://x", args, &Body{Media: media(t, formType, ""), Value: 5}); err == nil {
		t.Error("a number was sent as a form")
	}
}

func TestEncodeParametersErrors(t *testing.T) {
	tests := []struct {
		name      string
		parameter *Parameter
		value     any
	}{
		{"empty path value", parameter(t, "path", "p", "", "{type: string}"), ""},
		{"no path value", parameter(t, "path", "p", "", "{type: string}"), nil},
		{"line break in a header", parameter(t, "header", "p", "", "{type: string}"), "a\r\nb: c"},
		{"space at the end of a header", parameter(t, "header", "p", "", "{type: string}"), "a "},
		{"comma in an item of a header", parameter(t, "header", "p", "", "{type: array}"), []any{"a,b"}},
		{"equals sign in a name in a header", parameter(t, "header", "p", "simple*", "{type: object}"), map[string]any{"a=b": 1}},
		{"space in an item", parameter(t, "query", "p", "spaceDelimited", "{type: array}"), []any{"a b"}},
		{"bar in an item", parameter(t, "query", "p", "pipeDelimited", "{type: array}"), []any{"a|b"}},
		{"semicolon in a cookie", parameter(t, "cookie", "p", "cookie", "{type: string}"), "a;b"},
		{"comma in an item of a cookie", parameter(t, "cookie", "p", "cookie", "{type: array}"), []any{"a,b"}},
		{"brackets in a name", parameter(t, "query", "p", "deepObject*", "{type: object}"), map[string]any{"a]": 1}},
		{"empty name", parameter(t, "query", "p", "form*", "{type: object}"), map[string]any{"": 1}},
	}
	for _, tt := range tests {
		path := "/x"
		if tt.parameter.In == "path" {
			path = "/{p}"
		}
		o := operation(path, tt.parameter)
		args := o.NewArguments()
		if tt.value != nil {
			args.Set(tt.parameter.In, "p", tt.value)
		}
		_, _, _, _, err := o.EncodeParameters(args)
		if err == nil || !strings.Contains(err.Error(), "parameter p") {
			t.Errorf("%s: error %v, want one that names the parameter", tt.name, err)
		}
	}
	if _, _, _, _, err := operation("/{a}").EncodeParameters(Arguments{}); err == nil {
		t.Error("an expression without a parameter was filled")
	}
}

func TestAllowReserved(t *testing.T) {
	p := parameter(t, "query", "q", "", "{type: string}")
	p.AllowReserved = true
	o := operation("/x", p)
	args := o.NewArguments()
	args.Set("query", "q", "a/b?c:d&e#f+g%41")
	_, query, _, _, err := o.EncodeParameters(args)
	if want := "q=a/b?c:d%26e%23f%2Bg%2541"; err != nil || query != want {
		t.Errorf("%s, %v, want %s", query, err, want)
	}
}

// Every style in every place: what is encoded, sent over HTTP and decoded is what was there before.
func TestParametersRoundTrip(t *testing.T) {
	kinds := map[string]string{
		"scalar":  "{type: string}",
		"integer": "{type: integer}",
		"array":   "{type: array, items: {type: string}}",
		"numbers": "{type: array, items: {type: [integer, boolean]}}",
		"object":  "{type: object, properties: {R: {type: integer}, G: {type: string}, B: {type: boolean}}}",
		"deep":    "{type: object, properties: {a: {type: object, properties: {b: {type: array, items: {type: string}}}}, c: {type: array, items: {type: object, properties: {d: {type: integer}}}}}}",
	}
	places := map[string][]string{
		"path": {"simple", "label", "matrix"}, "header": {"simple"}, "cookie": {"form", "cookie"},
		"query": {"form", "spaceDelimited", "pipeDelimited", "deepObject"},
	}
	for in, styles := range places {
		for _, style := range styles {
			for kind, schemaText := range kinds {
				if (kind == "deep") != (style == "deepObject") || kind == "deep" && style != "deepObject" {
					continue
				}
				for _, explode := range []string{"", "*"} {
					p := parameter(t, in, "color", style+explode, schemaText)
					t.Run(fmt.Sprintf("%s %s%s %s", in, style, explode, kind), func(t *testing.T) {
						rapid.Check(t, func(t *rapid.T) { roundTrip(t, p, kind) })
					})
				}
			}
		}
	}
}

// drawn gives a value of a kind. Texts are not empty, since a style has one form for the empty array and the
// array of one empty text.
func drawn(t *rapid.T, kind string, text *rapid.Generator[string]) any {
	number := rapid.Custom(func(t *rapid.T) any { return json.Number(fmt.Sprint(rapid.Int64().Draw(t, "number"))) })
	any1 := rapid.Custom(func(t *rapid.T) any { return text.Draw(t, "text") })
	switch kind {
	case "scalar":
		return text.Draw(t, "text")
	case "integer":
		return number.Draw(t, "number")
	case "array":
		return rapid.SliceOfN(any1, 1, 5).Draw(t, "array")
	case "numbers":
		mixed := rapid.OneOf(number, rapid.Custom(func(t *rapid.T) any { return rapid.Bool().Draw(t, "boolean") }))
		return rapid.SliceOfN(mixed, 1, 5).Draw(t, "numbers")
	case "deep":
		return map[string]any{
			"a": map[string]any{"b": rapid.SliceOfN(any1, 1, 4).Draw(t, "b")},
			"c": []any{map[string]any{"d": number.Draw(t, "d")}, map[string]any{"d": number.Draw(t, "d2")}},
		}
	}
	object := map[string]any{"R": number.Draw(t, "R"), "B": rapid.Bool().Draw(t, "B")}
	if rapid.Bool().Draw(t, "with G") {
		object["G"] = text.Draw(t, "G")
	}
	return object
}

func roundTrip(t *rapid.T, p *Parameter, kind string) {
	text := rapid.StringN(1, 12, -1)
	if p.In == "header" || p.Style == "cookie" || strings.HasSuffix(p.Style, "Delimited") {
		text = rapid.StringMatching(`[!#-+.-:<-Z^-z]{1,9}`) // these have no escape for their own delimiters
		if strings.HasSuffix(p.Style, "Delimited") {
			text = rapid.StringMatching(`[!-$&-Z^-z~é]{1,9}`)
		}
	}
	path := "/x"
	if p.In == "path" {
		path = "/x/{color}/y"
	}
	o := operation(path, p)
	args := o.NewArguments()
	value := drawn(t, kind, text)
	args.Set(p.In, p.Name, value)
	r, err := o.NewRequest(t.Context(), "http://h", args)
	if err != nil {
		t.Skip(err) // the style has no form for this value
	}
	var raw strings.Builder
	if err := r.Write(&raw); err != nil {
		t.Fatal(err)
	}
	received, err := http.ReadRequest(newReader(raw.String()))
	if err != nil {
		t.Fatalf("%q: %v", raw.String(), err)
	}
	var values []string
	if p.In == "path" {
		escaped := strings.TrimSuffix(strings.TrimPrefix(received.URL.EscapedPath(), "/x/"), "/y")
		values = []string{escaped}
	}
	got, violations := o.DecodeParameters(received, values)
	if len(violations) > 0 {
		t.Fatalf("%q: %+v", raw.String(), violations)
	}
	if back, _ := got.At(0); !reflect.DeepEqual(back, value) {
		t.Fatalf("%q: got %s, want %s", raw.String(), toJSON(back), toJSON(value))
	}
}

func TestBodiesRoundTrip(t *testing.T) {
	s := compileSchema(t, `
type: object
properties:
  text: {type: string}
  number: {type: integer}
  flag: {type: boolean}
  texts: {type: array, items: {type: string}}
  object: {type: object, properties: {R: {type: integer}, G: {type: string}, B: {type: boolean}}}
  deep: {type: object, properties: {a: {type: object, properties: {b: {type: array, items: {type: string}}}}, c: {type: array, items: {type: object, properties: {d: {type: integer}}}}}}
`)
	encoding := map[string]*Encoding{"deep": {Style: "deepObject", Explode: true}}
	for _, name := range []string{"application/json", formType, "multipart/form-data", "application/xml"} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				text := rapid.StringN(1, 12, -1)
				if name == "application/xml" {
					text = rapid.StringMatching(`[ -~é]{1,9}`) // XML has no form for control characters
				}
				value := map[string]any{}
				for member, kind := range map[string]string{"text": "scalar", "number": "integer", "texts": "array", "object": "object", "deep": "deep"} {
					if rapid.Bool().Draw(t, member) {
						value[member] = drawn(t, kind, text)
					}
				}
				m := &MediaType{Name: name, Schema: s, Encoding: encoding}
				contentType, raw, err := EncodeBody(m, value)
				if err != nil {
					t.Fatal(err)
				}
				body, violations, err := m.Decode(contentType, raw)
				if err != nil || len(violations) > 0 {
					t.Fatalf("%q: %+v, %v", raw, violations, err)
				}
				if !reflect.DeepEqual(body.Value, value) {
					t.Fatalf("%q: got %s, want %s", raw, toJSON(body.Value), toJSON(value))
				}
				if violations := body.Validate(schema.Request); len(violations) > 0 {
					t.Fatalf("%q: %+v", raw, violations)
				}
			})
		})
	}
}

// What a handler behind net/http sees is what was meant.
func TestRequestOverHTTP(t *testing.T) {
	o := operation("/a/{id}", parameter(t, "path", "id", "", "{type: string}"),
		parameter(t, "header", "Host", "", "{type: string}"), parameter(t, "query", "q", "", "{type: string}"))
	var got Arguments
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got, _ = o.DecodeParameters(r, []string{strings.TrimPrefix(r.URL.EscapedPath(), "/a/")})
	}))
	defer server.Close()
	args := o.NewArguments()
	args.Set("path", "id", "..")
	args.Set("header", "Host", "other.test")
	args.Set("query", "q", "ü %2F/+")
	r, err := o.NewRequest(t.Context(), server.URL, args)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if !reflect.DeepEqual(got.values, args.values) {
		t.Errorf("got %+v, want %+v", got.values, args.values)
	}
}
