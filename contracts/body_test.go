package contracts

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"understudy/contracts/schema"
)

func media(t testing.TB, name, schemaText string) *MediaType {
	return &MediaType{Name: name, Schema: compileSchema(t, schemaText)}
}

func TestDecodeBody(t *testing.T) {
	const pet = "{type: object, required: [name], properties: {name: {type: string}, age: {type: integer}}}"
	tests := []struct {
		name, media, schema, contentType, raw, want string
		broken                                      []string
	}{
		{"JSON", "application/json", pet, "application/json", `{"name":"a","age":1}`, `{"name":"a","age":1}`, nil},
		{"charset and case", "application/json", pet, "Application/JSON; Charset=\"UTF-8\"", `{"name":"ü"}`, `{"name":"ü"}`, nil},
		{"latin1", "application/json", pet, "application/json; charset=iso-8859-1", "{\"name\":\"\xfc\"}", `{"name":"ü"}`, nil},
		{"byte order mark", "application/json", pet, "application/json", "\xef\xbb\xbf{\"name\":\"a\"}", `{"name":"a"}`, nil},
		{"vendor JSON", "application/vnd.api+json", pet, "application/vnd.api+json", `{"name":"a"}`, `{"name":"a"}`, nil},
		{"range", "application/*", pet, "application/problem+json", `{"name":"a"}`, `{"name":"a"}`, nil},
		{"any type", "*/*", pet, "application/json", `{"name":"a"}`, `{"name":"a"}`, nil},
		{"no Content-Type", "application/json", pet, "", `{"name":"a"}`, `{"name":"a"}`, nil},
		{"all violations", "application/json", pet, "application/json", `{"age":"x"}`, `{"age":"x"}`, []string{"required", "type /age"}},
		{"large number", "application/json", "", "application/json", `9007199254740993`, `9007199254740993`, nil},
		{"text", "text/plain", "{type: string, maxLength: 3}", "text/plain", "abcd", `"abcd"`, []string{"maxLength"}},
		{"text with a number", "text/plain", "{type: integer}", "text/plain", "12", `12`, nil},
		{"text range", "text/*", "{type: string}", "text/csv; header=present", "a,b", `"a,b"`, nil},
		{"lines", "application/x-ndjson", "", "application/x-ndjson", "{\"a\":1}\n\n{\"a\":2}", `[{"a":1},{"a":2}]`, nil},
		{"sequence", "application/json-seq", "", "application/json-seq", "\x1e1\n\x1e2\n", `[1,2]`, nil},
		{"events as one text", "text/event-stream", "type: string", "text/event-stream", "event: add\ndata: a\n\n", `"event: add\ndata: a\n\n"`, nil},
		{"events", "text/event-stream", "", "text/event-stream", ": hello\nevent: add\nid: 1\ndata: a\ndata: b\nretry: 10\n\ndata:x\n\ndata: lost", `[{"event":"add","id":"1","data":"a\nb","retry":10},{"data":"x"}]`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &RequestBody{Content: []*MediaType{media(t, tt.media, tt.schema)}}
			body, got := decodeAndValidate(t, b, tt.contentType, tt.raw)
			if toJSON(body.Value) != toJSON(jsonValue(t, tt.want)) {
				t.Errorf("got %s, want %s", toJSON(body.Value), tt.want)
			}
			if !reflect.DeepEqual(got, tt.broken) {
				t.Errorf("violations %q, want %q", got, tt.broken)
			}
			if !body.Present || body.Media != b.Content[0] || string(body.Raw) != tt.raw {
				t.Errorf("body %+v", body)
			}
		})
	}
}

func TestDecodeBinary(t *testing.T) {
	raw := "\x00\x01\xff"
	for _, name := range []string{"application/octet-stream", "image/png", "image/*"} {
		b := &RequestBody{Content: []*MediaType{media(t, name, "{type: string, format: binary}")}}
		contentType := strings.Replace(name, "*", "gif", 1)
		body, broken := decodeAndValidate(t, b, contentType, raw)
		if got, ok := body.Value.([]byte); !ok || string(got) != raw || len(broken) > 0 {
			t.Errorf("%s: %v, %q", name, body.Value, broken)
		}
	}
	// Types that are not taken apart cannot be judged by a schema for structures.
	b := &RequestBody{Content: []*MediaType{media(t, "application/yaml", "{type: object}")}}
	if _, broken := decodeAndValidate(t, b, "application/yaml", "a: 1"); len(broken) > 0 {
		t.Errorf("application/yaml: %q", broken)
	}
}

func TestBodyErrors(t *testing.T) {
	both := []*MediaType{media(t, "application/json", ""), media(t, "text/plain", "")}
	tests := []struct {
		name, contentType, raw string
		content                []*MediaType
		unsupported            bool
		text                   string
		line, column           int
	}{
		{"other type", "application/xml", "<a/>", both, true, "application/json, text/plain", 0, 0},
		{"vendor type is not JSON's", "application/vnd.a+json", "{}", both[:1], true, "application/json", 0, 0},
		{"no type, two declared", "", "{}", both, true, "no Content-Type", 0, 0},
		{"no type, a range declared", "", "{}", []*MediaType{media(t, "*/*", "")}, true, "no Content-Type", 0, 0},
		{"badly written type", ";;", "{}", both, true, "not accepted", 0, 0},
		{"charset", "application/json; charset=utf-16", "{}", both, true, `charset "utf-16"`, 0, 0},
		{"not UTF-8", "text/plain", "a\n\xff", both, false, "not UTF-8", 2, 1},
		{"malformed JSON", "application/json", "{\n \"a\": x}", both, false, "", 2, 7},
		{"trailing text", "application/json", `{} x`, both, false, "", 1, 4},
		{"only spaces", "application/json", ` `, both, false, "", 1, 2},
		{"second line", "application/jsonl", "{}\n{\n", []*MediaType{media(t, "application/jsonl", "")}, false, "", 2, 2},
		{"XML", "text/xml", "<a>\n<b></a>", []*MediaType{media(t, "text/xml", "")}, false, "", 2, 8},
		{"XML entity", "text/xml", "<a>&x;</a>", []*MediaType{media(t, "text/xml", "")}, false, "", 1, 7},
		{"XML doctype", "text/xml", `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`, []*MediaType{media(t, "text/xml", "")}, false, "document type", 1, 31},
		{"XML depth", "text/xml", strings.Repeat("<a>", 10_000), []*MediaType{media(t, "text/xml", "")}, false, "levels", 1, 304},
		{"XML of nothing", "text/xml", "<!-- -->", []*MediaType{media(t, "text/xml", "")}, false, "no root", 1, 9},
		{"XML with two roots", "text/xml", "<a/><b/>", []*MediaType{media(t, "text/xml", "")}, false, "second root", 1, 9},
		{"XML encoding", "text/xml", `<?xml version="1.0" encoding="utf-7"?><a/>`, []*MediaType{media(t, "text/xml", "")}, false, "utf-7", 1, 39},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &RequestBody{Content: tt.content}
			_, _, err := b.Decode(tt.contentType, []byte(tt.raw))
			if err == nil || !strings.Contains(err.Error(), tt.text) {
				t.Fatalf("error %v, want one with %q", err, tt.text)
			}
			var unsupported *UnsupportedMediaError
			if got := errors.As(err, &unsupported); got != tt.unsupported {
				t.Fatalf("%T: %v", err, err)
			}
			var malformed *MalformedError
			if errors.As(err, &malformed) && (malformed.Line != tt.line || malformed.Column != tt.column) {
				t.Errorf("line %d, column %d, want %d, %d (%v)", malformed.Line, malformed.Column, tt.line, tt.column, err)
			}
		})
	}
}

func TestMissingAndUndeclaredBody(t *testing.T) {
	var none *RequestBody
	if body, violations, err := none.Decode("text/x", []byte("x")); err != nil || violations != nil || !body.Undeclared || !body.Present {
		t.Errorf("undeclared: %+v, %v, %v", body, violations, err)
	}
	if body, _, _ := none.Decode("", nil); body.Undeclared || body.Present {
		t.Errorf("nothing: %+v", body)
	}
	b := &RequestBody{Content: []*MediaType{media(t, "application/json", "{type: object}")}}
	if body, broken := decodeAndValidate(t, b, "", ""); len(broken) > 0 || body.Present {
		t.Errorf("optional: %+v, %q", body, broken)
	}
	b.Required = true
	if _, broken := decodeAndValidate(t, b, "application/json", ""); !reflect.DeepEqual(broken, []string{"required"}) {
		t.Errorf("required: %q", broken)
	}
	anything := &RequestBody{}
	if body, broken := decodeAndValidate(t, anything, "x/y", "z"); len(broken) > 0 || string(body.Value.([]byte)) != "z" {
		t.Errorf("no content declared: %+v, %q", body, broken)
	}
}

func TestDirectionOfValidation(t *testing.T) {
	m := &MediaType{Name: "application/json", Schema: compileAs(t, schema.OpenAPI30,
		"{type: object, required: [id, secret], properties: {id: {type: integer, readOnly: true}, secret: {type: string, writeOnly: true}}}")}
	request, _, _ := m.Decode("application/json", []byte(`{"secret":"x"}`))
	if v := request.Validate(schema.Request); len(v) > 0 {
		t.Errorf("a request without the readOnly member: %+v", v)
	}
	if v := request.Validate(schema.Response); len(v) == 0 {
		t.Error("the same as a response has a violation")
	}
}

func TestItemsOfASequence(t *testing.T) {
	m := &MediaType{Name: "application/jsonl", Item: compileSchema(t, "{type: integer}"), Schema: compileSchema(t, "{type: array, maxItems: 2}")}
	body, broken := decodeAndValidate(t, &RequestBody{Content: []*MediaType{m}}, "application/jsonl", "1\n\"x\"\n3")
	if want := []string{"maxItems", "type /1"}; !reflect.DeepEqual(broken, want) {
		t.Errorf("violations %q, want %q", broken, want)
	}
	if toJSON(body.Value) != `[1,"x",3]` {
		t.Errorf("value %s", toJSON(body.Value))
	}
}

const xmlPet = `
type: object
xml: {name: pet, namespace: http://x.example, prefix: p}
required: [name]
properties:
  id: {type: integer, xml: {attribute: true}}
  name: {type: string, xml: {name: title}}
  tags: {type: array, xml: {wrapped: true}, items: {type: object, xml: {name: tag}, properties: {n: {type: integer}}}}
  photos: {type: array, items: {type: string, xml: {name: photo}}}
  good: {type: boolean}
  owner: {type: object, properties: {age: {type: integer}}}
  none: {type: [string, "null"]}
`

func TestXML(t *testing.T) {
	m := media(t, "application/xml", xmlPet)
	value := jsonValue(t, `{"id":5,"name":"a <b> & \"c\"","tags":[{"n":1},{"n":2}],"photos":["x","y"],"good":true,"owner":{"age":3},"none":null}`)
	want := `<?xml version="1.0" encoding="UTF-8"?>
<p:pet xmlns:p="http://x.example" id="5"><title>a &lt;b&gt; &amp; &#34;c&#34;</title><tags><tag><n>1</n></tag><tag><n>2</n></tag></tags><photo>x</photo><photo>y</photo><good>true</good><owner><age>3</age></owner><none xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"></none></p:pet>`
	contentType, raw, err := EncodeBody(m, value)
	if err != nil || contentType != "application/xml" || string(raw) != want {
		t.Errorf("encode %s %v\n%s\nwant\n%s", contentType, err, raw, want)
	}
	body, broken := decodeAndValidate(t, &RequestBody{Content: []*MediaType{m}}, "application/xml", want)
	if len(broken) > 0 || !reflect.DeepEqual(body.Value, value) {
		t.Errorf("decode %s, %q", toJSON(body.Value), broken)
	}
	tests := []struct {
		name, raw, want string
		broken          []string
	}{
		{"missing", "<pet><good>true</good></pet>", `{"good":true}`, []string{"required"}},
		{"wrong type", "<pet id='x'><title>a</title><good>7</good></pet>", `{"id":"x","name":"a","good":"7"}`, []string{"type /id", "type /good"}},
		{"unknown", "<pet><title>a</title><z>1</z><z>2</z></pet>", `{"name":"a","z":["1","2"]}`, nil},
		{"spaces around a number", "<pet><title>a</title><owner>\n <age> 3 </age>\n</owner></pet>", `{"name":"a","owner":{"age":3}}`, nil},
		{"empty wrapper", "<pet><title>a</title><tags/></pet>", `{"name":"a","tags":[]}`, nil},
		{"CDATA", "<pet><title><![CDATA[<x>]]></title></pet>", `{"name":"<x>"}`, nil},
	}
	for _, tt := range tests {
		body, broken := decodeAndValidate(t, &RequestBody{Content: []*MediaType{m}}, "application/xml", tt.raw)
		if toJSON(body.Value) != toJSON(jsonValue(t, tt.want)) || !reflect.DeepEqual(broken, tt.broken) {
			t.Errorf("%s: %s, %q; want %s, %q", tt.name, toJSON(body.Value), broken, tt.want, tt.broken)
		}
	}
}

func TestXMLWithoutSchema(t *testing.T) {
	m := &MediaType{Name: "text/xml"}
	body, _, err := m.Decode("text/xml; charset=latin1", []byte("<a><b>1</b><b>\xfc</b><c/></a>"))
	if err != nil || toJSON(body.Value) != `{"b":["1","ü"],"c":""}` {
		t.Errorf("%s, %v", toJSON(body.Value), err)
	}
	declared := "<?xml version='1.0' encoding='ISO-8859-1'?><a><b>\xfc</b></a>"
	for _, contentType := range []string{"text/xml", "text/xml; charset=iso-8859-1"} {
		if body, _, err := m.Decode(contentType, []byte(declared)); err != nil || toJSON(body.Value) != `{"b":"ü"}` {
			t.Errorf("%s: %s, %v", contentType, toJSON(body.Value), err)
		}
	}
	if _, _, err := EncodeBody(m, map[string]any{"a b": "x"}); err == nil {
		t.Error("a name with a space was written")
	}
}

func TestEncodeBody(t *testing.T) {
	tests := []struct {
		name, contentType string
		value             any
		raw               string
	}{
		{"application/json", "application/json", map[string]any{"b": "x", "a": true}, `{"a":true,"b":"x"}`},
		{"*/*", "application/json", []any{"x"}, `["x"]`},
		{"application/*", "application/json", nil, `null`},
		{"application/vnd.api+json", "application/vnd.api+json", "x", `"x"`},
		{"text/plain; charset=utf-8", "text/plain; charset=utf-8", "a\nb", "a\nb"},
		{"text/*", "text/plain", 5, "5"},
		{"image/*", "image/png", []byte{0, 255}, "\x00\xff"},
		{"application/octet-stream", "application/octet-stream", "abc", "abc"},
		{"application/x-ndjson", "application/x-ndjson", []any{"a", true}, "\"a\"\ntrue\n"},
		{"application/json-seq", "application/json-seq", []any{"a"}, "\x1e\"a\"\n"},
		{"text/event-stream", "text/event-stream", "event: e\ndata: x\n\n", "event: e\ndata: x\n\n"},
		{"text/event-stream", "text/event-stream", []any{map[string]any{"event": "e", "data": "x\ny"}, map[string]any{"data": map[string]any{"a": 1}}}, "event: e\ndata: x\ndata: y\n\ndata: {\"a\":1}\n\n"},
	}
	for _, tt := range tests {
		contentType, raw, err := EncodeBody(&MediaType{Name: tt.name}, tt.value)
		if err != nil || contentType != tt.contentType || string(raw) != tt.raw {
			t.Errorf("%s: %q %q %v, want %q %q", tt.name, contentType, raw, err, tt.contentType, tt.raw)
		}
	}
	for _, name := range []string{"application/x-ndjson", "text/event-stream", formType, "multipart/form-data"} {
		if _, _, err := EncodeBody(&MediaType{Name: name}, 5); err == nil {
			t.Errorf("%s: a number was written", name)
		}
	}
}
