package contracts

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"understudy/contracts/schema"
)

var fuzzSchemas = []string{
	"{type: string, maxLength: 5}", "{type: integer}", "{type: array, items: {type: [integer, string]}}",
	"{type: object, properties: {a: {type: integer}}, additionalProperties: {type: array}}",
	`{anyOf: [{type: array, items: {type: boolean}}, {type: object}, {type: "null"}, {type: number}]}`, "{}",
	"{type: array, prefixItems: [{type: integer}], items: {type: object}}",
}

// FuzzPath reads a path value in every style and type. What is read without a violation and can be written is
// read again as the same value.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"", "a", ".a.b", ";color=1;color=2", "R,1", "R=1,G=2", ";R=1;G=2", "%2E", "%zz", ".1.5", ",,", ";color", "=", ";=", "null"} {
		f.Add(seed)
	}
	var operations []*Operation
	for _, style := range []string{"simple", "simple*", "label", "label*", "matrix", "matrix*"} {
		for _, text := range fuzzSchemas {
			operations = append(operations, operation("/{color}", parameter(f, "path", "color", style, text)))
		}
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, o := range operations {
			args, violations := o.DecodeParameters(request("", nil), []string{raw})
			value, ok := args.At(0)
			if !ok || len(violations) > 0 {
				continue
			}
			path, _, _, _, err := o.EncodeParameters(args)
			if err != nil {
				continue
			}
			again, _ := o.DecodeParameters(request("", nil), []string{path[1:]})
			if back, _ := again.At(0); !sameText(back, value) {
				t.Errorf("%s%v: %q is %s, written %q, which is %s", o.Parameters[0].Style, o.Parameters[0].Explode, raw, toJSON(value), path, toJSON(back))
			}
		}
	})
}

// sameText compares values whose texts in a style are the same: a list of one empty text is written as the
// empty list is, and an integer beside strings may have been either.
func sameText(a, b any) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	flat := func(v any) string {
		return strings.NewReplacer("[", "", "]", "", `"`, "", "{", "", "}", "", "null", "").Replace(toJSON(v))
	}
	return flat(a) == flat(b)
}

// FuzzQuery reads a query string by an operation with parameters of every style, a Cookie header and a header
// with the same text.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "a=1&b=2", "d[a][b][]=1&d[a]=2", "d[]=1&d[][x]=2&d[][y]=3", "%5B=1", "a=%zz&%zz=1", "e=1,2&s=1%202&p=1|2", "&&==&", "d[a=1", "d[[a]]=1", "m=1&m=2&m=", "c={\"a\":1}", "d" + strings.Repeat("[]", 40)} {
		f.Add(seed)
	}
	var parameters []*Parameter
	for _, style := range []string{"form", "form*", "spaceDelimited", "pipeDelimited*", "deepObject*"} {
		for i, text := range fuzzSchemas {
			name := style[:1] + strings.Repeat("x", i)
			parameters = append(parameters, parameter(f, "query", name, style, text), parameter(f, "cookie", name, style, text))
		}
	}
	parameters = append(parameters, &Parameter{Name: "c", In: "query", Media: &MediaType{Name: "application/json"}},
		parameter(f, "header", "X-A", "", fuzzSchemas[2]), parameter(f, "header", "X-B", "simple*", fuzzSchemas[3]))
	o := operation("/x", parameters...)
	whole := operation("/x", &Parameter{Name: "q", In: "querystring", Media: &MediaType{Name: formType}})
	f.Fuzz(func(t *testing.T, query string) {
		header := http.Header{"Cookie": {strings.ReplaceAll(query, "&", ";"), query}, "X-A": {query}, "X-B": {query}}
		args, violations := o.DecodeParameters(request(query, header), nil)
		for _, v := range violations {
			if v.In == "" || v.Keyword == "" {
				t.Errorf("a violation without a place or keyword: %+v", v)
			}
		}
		o.EncodeParameters(args) // may refuse; must not panic
		whole.DecodeParameters(request(query, nil), nil)
	})
}

// FuzzForm reads a form with a schema that has every kind of member, and without one.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{"a=1&b[]=2", "a[b][c]=1", "a[0]=1&a[2]=3", "x=%7B%7D", "b=1,2", "s=%zz", "a[][b]=1&a[][b]=2", "=", "[]=1", "a[]", "R=1&G=2"} {
		f.Add(seed)
	}
	m := formBody(f, map[string]*Encoding{"b": {Style: "form"}, "o": {Style: "form", Explode: true}, "p": {Style: "pipeDelimited"}, "j": {ContentType: "application/json"}},
		`{type: object, properties: {a: {type: array, items: {anyOf: [{type: integer}, {type: object}]}}, b: {type: array, items: {type: integer}},
		o: {type: object, properties: {R: {type: integer}}}, p: {type: array}, j: {type: object}, s: {type: [string, boolean, "null"]}}}`).Content[0]
	f.Fuzz(func(t *testing.T, raw string) {
		for _, m := range []*MediaType{m, {Name: formType}} {
			body, violations, err := m.Decode(formType, []byte(raw))
			if err != nil {
				t.Fatalf("a form is never malformed, it has violations: %v", err)
			}
			if _, ok := body.Value.(map[string]any); !ok {
				t.Fatalf("%q: the value is %T", raw, body.Value)
			}
			body.Validate(schema.Request)
			if len(violations) > 200 {
				t.Fatalf("%d violations", len(violations))
			}
			EncodeBody(m, body.Value)
		}
	})
}

// FuzzMultipart reads a multipart body; the boundary is "b".
func FuzzMultipart(f *testing.F) {
	f.Add(multipartText(formField("a", "\n\n1"), formField("f", "; filename=x\nContent-Type: image/png\n\n\x00")))
	f.Add(multipartText(formField("j", "\nContent-Type: application/json\n\n{")))
	f.Add(multipartText(formField("a[b][]", "\nContent-Transfer-Encoding: base64\n\nYQ==")))
	f.Add("--b\r\n\r\n--b--")
	m := &MediaType{Name: "multipart/form-data", Schema: compileSchema(f,
		"{type: object, properties: {a: {type: integer}, f: {type: string, format: binary}, j: {type: object}, x: {type: array, items: {type: object}}}}"),
		Encoding: map[string]*Encoding{"f": {ContentType: "image/*", Headers: []*Header{{Name: "X-A", Required: true}}}, "x": {Style: "form"}}}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, contentType := range []string{"multipart/form-data; boundary=b", "multipart/mixed; boundary=b"} {
			body, _, err := m.Decode(contentType, []byte(raw))
			if err != nil {
				continue
			}
			body.Validate(schema.Request)
			total := 0
			for _, p := range body.Parts {
				total += len(p.Bytes)
			}
			if total > len(raw) {
				t.Fatalf("%d bytes of parts in %d bytes", total, len(raw))
			}
		}
	})
}

// FuzzBody reads text as a body of every kind, and Content-Type and Accept headers with it.
func FuzzBody(f *testing.F) {
	f.Add("application/json", `{"a":[1,2,{"b":null}]}`)
	f.Add("application/xml; charset=latin1", `<?xml version="1.0"?><a b="1"><c>1</c><c/></a>`)
	f.Add("text/event-stream", "data: a\r\ndata\n\nretry: 1\n\n")
	f.Add("application/json-seq", "\x1e1\x1e")
	f.Add("application/x-ndjson", "1\n{\n")
	f.Add(`text/plain; charset="utf-8"; x="a;b`, "\xff")
	f.Add("*/*;q=0.1, a/b;q=1", "")
	s := compileSchema(f, xmlPet)
	f.Fuzz(func(t *testing.T, contentType, raw string) {
		offered := []*MediaType{{Name: "application/json", Schema: s}, {Name: "text/*", Schema: s}, {Name: "application/*", Schema: s}, {Name: "*/*"}}
		b := &RequestBody{Content: offered}
		if body, _, err := b.Decode(contentType, []byte(raw)); err == nil {
			body.Validate(schema.Request)
		}
		for _, kind := range []string{"application/json", "application/xml", "application/jsonl", "application/json-seq", "text/event-stream", "text/plain"} {
			m := &MediaType{Name: kind, Schema: s}
			body, _, err := m.Decode(kind, []byte(raw))
			if err != nil {
				continue
			}
			body.Validate(schema.Request)
			if _, _, err := EncodeBody(&MediaType{Name: kind}, body.Value); err != nil && kind != "application/xml" {
				t.Errorf("%s: what was read cannot be written: %v", kind, err)
			}
		}
		Negotiate(contentType, offered)
	})
}
