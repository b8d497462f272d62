package contracts

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"understudy/contracts/schema"
)

// multipartText writes parts, each "headers\n\nbody", with a boundary of "b".
func multipartText(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		head, body, _ := strings.Cut(p, "\n\n")
		b.WriteString("--b\r\n" + strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n" + body + "\r\n")
	}
	return b.String() + "--b--\r\n"
}

func formField(name, rest string) string {
	return `Content-Disposition: form-data; name="` + name + `"` + rest
}

func TestDecodeMultipart(t *testing.T) {
	const schemaText = `
type: object
required: [title]
properties:
  title: {type: string, minLength: 2}
  count: {type: integer}
  tags: {type: array, items: {type: string}}
  meta: {type: object, properties: {a: {type: integer}}, required: [a]}
  file: {type: string, format: binary}
  files: {type: array, items: {type: string, format: binary}}
  image: {}
  csv: {type: array, items: {type: integer}}
`
	encoding := map[string]*Encoding{
		"image": {ContentType: "image/png, image/jpeg", Headers: []*Header{{Name: "X-Width", Required: true, Schema: compileSchema(t, "{type: integer}")}}},
		"csv":   {Style: "form"},
	}
	title := formField("title", "\n\nabc")
	tests := []struct {
		name   string
		parts  []string
		want   string
		broken []string
	}{
		{"fields", []string{title, formField("count", "\n\n5")}, `{"title":"abc","count":5}`, nil},
		{"missing", []string{formField("count", "\n\n5")}, `{"count":5}`, []string{"required"}},
		{"wrong type", []string{title, formField("count", "\n\nx")}, `{"title":"abc","count":"x"}`, []string{"type /count"}},
		{"one tag", []string{title, formField("tags", "\n\na")}, `{"title":"abc","tags":["a"]}`, nil},
		{"two tags", []string{title, formField("tags", "\n\na"), formField("tags", "\n\nb")}, `{"title":"abc","tags":["a","b"]}`, nil},
		{"tags by brackets", []string{title, formField("tags[]", "\n\na"), formField("tags[]", "\n\nb")}, `{"title":"abc","tags":["a","b"]}`, nil},
		{"JSON part", []string{title, formField("meta", "\nContent-Type: application/json\n\n{\"a\":1}")}, `{"title":"abc","meta":{"a":1}}`, nil},
		{"JSON part without a type", []string{title, formField("meta", "\n\n{\"a\":1}")}, `{"title":"abc","meta":{"a":1}}`, nil},
		{"JSON part breaks its schema", []string{title, formField("meta", "\nContent-Type: application/json\n\n{}")}, `{"title":"abc","meta":{}}`, []string{"required /meta"}},
		{"JSON part malformed", []string{title, formField("meta", "\nContent-Type: application/json\n\n{")}, `{"title":"abc","meta":"{"}`, []string{"contentType /meta", "type /meta"}},
		{"object by brackets", []string{title, formField("meta[a]", "\n\n1")}, `{"title":"abc","meta":{"a":1}}`, nil},
		{"file", []string{title, formField("file", "; filename=\"a.json\"\nContent-Type: application/json\n\n{\"a\":1}")}, `{"title":"abc","file":"{\"a\":1}"}`, nil},
		{"files", []string{title, formField("files", "; filename=a\n\n1"), formField("files", "; filename=b\n\n2")}, `{"title":"abc","files":["1","2"]}`, nil},
		{"encoding kept", []string{title, formField("image", "; filename=a\nContent-Type: image/png\nX-Width: 5\n\nPNG")}, `{"title":"abc","image":"PNG"}`, nil},
		{"encoding broken", []string{title, formField("image", "; filename=a\nContent-Type: image/gif\nX-Width: x\n\nGIF")}, `{"title":"abc","image":"GIF"}`, []string{"contentType /image", "type /image"}},
		{"header missing", []string{title, formField("image", "; filename=a\nContent-Type: image/png\n\nPNG")}, `{"title":"abc","image":"PNG"}`, []string{"required /image"}},
		{"style", []string{title, formField("csv", "\n\n1,2")}, `{"title":"abc","csv":[1,2]}`, nil},
		{"scalar twice", []string{title, title}, `{"title":"abc"}`, []string{"repeated /title"}},
		{"no name", []string{title, "Content-Disposition: form-data\n\nx"}, `{"title":"abc"}`, []string{"name"}},
		{"base64", []string{formField("title", "\nContent-Transfer-Encoding: base64\n\nYWJj")}, `{"title":"abc"}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &RequestBody{Content: []*MediaType{{Name: "multipart/form-data", Schema: compileSchema(t, schemaText), Encoding: encoding}}}
			body, got := decodeAndValidate(t, b, "multipart/form-data; boundary=b", multipartText(tt.parts...))
			if toJSON(body.Value) != toJSON(jsonValue(t, tt.want)) {
				t.Errorf("got %s, want %s", toJSON(body.Value), tt.want)
			}
			if !reflect.DeepEqual(got, tt.broken) {
				t.Errorf("violations %q, want %q", got, tt.broken)
			}
			if len(body.Parts) != len(tt.parts) {
				t.Errorf("%d parts, want %d", len(body.Parts), len(tt.parts))
			}
		})
	}
}

func TestMultipartFileKeepsItsBytes(t *testing.T) {
	b := &RequestBody{Content: []*MediaType{{Name: "multipart/*", Schema: compileSchema(t, "{type: object, properties: {f: {type: string, format: binary}}}")}}}
	content := "\x00\xff\r\n--not"
	raw := multipartText(formField("f", "; filename=\"../x/pic.png\"\nContent-Type: image/png\nX-Own: 1\n\n"+content))
	body, broken := decodeAndValidate(t, b, `multipart/form-data; boundary="b"`, raw)
	if len(broken) > 0 || len(body.Parts) != 1 {
		t.Fatalf("%q, %d parts", broken, len(body.Parts))
	}
	p := body.Parts[0]
	if p.Name != "f" || p.FileName != "pic.png" || p.ContentType != "image/png" || string(p.Bytes) != content || p.Header.Get("X-Own") != "1" {
		t.Errorf("part %+v", p)
	}
}

func TestMultipartMixed(t *testing.T) {
	m := &MediaType{Name: "multipart/mixed", Item: compileSchema(t, "{type: object, required: [a]}")}
	raw := multipartText("Content-Type: application/json\n\n{\"a\":1}", "Content-Type: application/json\n\n{}")
	body, broken := decodeAndValidate(t, &RequestBody{Content: []*MediaType{m}}, "multipart/mixed; boundary=b", raw)
	if toJSON(body.Value) != `[{"a":1},{}]` || !reflect.DeepEqual(broken, []string{"required /1"}) {
		t.Errorf("got %s, %q", toJSON(body.Value), broken)
	}
}

func TestMultipartMalformed(t *testing.T) {
	m := &MediaType{Name: "multipart/form-data"}
	tests := map[string][2]string{
		"no boundary":   {"multipart/form-data", multipartText()},
		"long boundary": {"multipart/form-data; boundary=" + strings.Repeat("b", 71), multipartText()},
		"cut off":       {"multipart/form-data; boundary=b", "--b\r\n" + formField("a", "\r\n\r\nx")},
		"other text":    {"multipart/form-data; boundary=b", "hello"},
		"bad base64":    {"multipart/form-data; boundary=b", multipartText(formField("a", "\nContent-Transfer-Encoding: base64\n\n!"))},
		"too many":      {"multipart/form-data; boundary=b", multipartText(strings.Split(strings.Repeat(formField("a", "\n\nx")+"\x00", maxParts+1), "\x00")...)},
	}
	for name, tt := range tests {
		_, _, err := m.Decode(tt[0], []byte(tt[1]))
		var malformed *MalformedError
		if !errors.As(err, &malformed) {
			t.Errorf("%s: error %v, want a MalformedError", name, err)
		}
	}
}

func TestEncodeMultipart(t *testing.T) {
	m := &MediaType{
		Name: "multipart/form-data",
		Schema: compileSchema(t, `
type: object
properties:
  title: {type: string}
  count: {type: integer}
  tags: {type: array, items: {type: string}}
  meta: {type: object, properties: {a: {type: integer}}}
  file: {type: string, format: binary}
  deep: {type: object, properties: {x: {type: integer}}}
  csv: {type: array, items: {type: string}}
`),
		Encoding: map[string]*Encoding{"file": {ContentType: "image/png, image/gif"}, "deep": {Style: "deepObject"}, "csv": {Style: "form"}},
	}
	value := jsonValue(t, `{"title":"a\"b\r\n","count":5,"tags":["x","y z"],"meta":{"a":1},"file":"\u0000PNG","deep":{"x":1},"csv":["p","q%20"]}`)
	contentType, raw, err := EncodeBody(m, value)
	if err != nil {
		t.Fatal(err)
	}
	again, same, _ := EncodeBody(m, value)
	if again != contentType || string(same) != string(raw) {
		t.Error("the same value gave other bytes")
	}
	body, broken := decodeAndValidate(t, &RequestBody{Content: []*MediaType{m}}, contentType, string(raw))
	if len(broken) > 0 || !reflect.DeepEqual(body.Value, value) {
		t.Errorf("got %s, %q", toJSON(body.Value), broken)
	}
	for _, p := range body.Parts {
		if p.Name == "file" && (p.ContentType != "image/png" || p.FileName == "") {
			t.Errorf("file part %+v", p)
		}
	}
	own := Part{FileName: "a.txt", ContentType: "text/csv", Header: map[string][]string{"X-A": {"1"}}, Bytes: []byte("1,2")}
	contentType, raw, err = EncodeBody(m, map[string]any{"file": own})
	if err != nil {
		t.Fatal(err)
	}
	body, _, err = m.Decode(contentType, raw)
	if err != nil || len(body.Parts) != 1 || body.Parts[0].FileName != "a.txt" || body.Parts[0].ContentType != "text/csv" || body.Parts[0].Header.Get("X-A") != "1" {
		t.Errorf("part %+v, %v", body.Parts, err)
	}
	if violations := body.Validate(schema.Request); len(violations) > 0 {
		t.Error(violations)
	}
	if _, _, err := EncodeBody(m, "x"); err == nil {
		t.Error("a text was taken for a form")
	}
}
