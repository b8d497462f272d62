package contracts

import (
	"reflect"
	"strings"
	"testing"

	"understudy/contracts/schema"
)

const formType = "application/x-www-form-urlencoded"

func formBody(t testing.TB, encoding map[string]*Encoding, schemaText string) *RequestBody {
	return &RequestBody{Content: []*MediaType{{Name: formType, Schema: compileSchema(t, schemaText), Encoding: encoding}}}
}

// decodeAndValidate reads a body as the mock does: decode, then judge.
func decodeAndValidate(t testing.TB, b *RequestBody, contentType, raw string) (Body, []string) {
	t.Helper()
	body, violations, err := b.Decode(contentType, []byte(raw))
	if err != nil {
		t.Fatalf("decode %q: %v", raw, err)
	}
	return body, keywords(append(violations, body.Validate(schema.Request)...))
}

func TestDecodeForm(t *testing.T) {
	const charge = `
type: object
required: [amount]
additionalProperties: false
properties:
  amount: {type: integer}
  email: {type: string, format: email}
  capture: {type: boolean}
  address: {type: object, properties: {city: {type: string}, zip: {type: string}}}
  metadata:
    anyOf:
      - {type: object, additionalProperties: {type: string}}
      - {type: string, enum: ['']}
  items:
    type: array
    items: {type: object, properties: {price: {type: string}, quantity: {type: integer}}, required: [price]}
  expand: {type: array, items: {type: string, maxLength: 10}}
  numbers: {type: array, items: {type: integer}}
  nested: {type: object, properties: {a: {type: object, properties: {b: {type: array, items: {type: integer}}}}}}
  created: {anyOf: [{type: object, properties: {gt: {type: integer}}}, {type: integer}]}
  until: {anyOf: [{type: string, enum: [now]}, {type: integer}]}
`
	deep := &Encoding{Style: "deepObject", Explode: true}
	tests := []struct {
		name, raw, want string
		broken          []string
	}{
		{"types", "amount=5&capture=true", `{"amount":5,"capture":true}`, nil},
		{"required", "capture=true", `{"capture":true}`, []string{"required"}},
		{"wrong type", "amount=x", `{"amount":"x"}`, []string{"type /amount"}},
		{"unknown key", "amount=1&x=2", `{"amount":1,"x":"2"}`, []string{"additionalProperties /x"}},
		{"reserved characters", "amount=1&email=a%40b.com", `{"amount":1,"email":"a@b.com"}`, nil},
		{"not encoded", "amount=1&email=a@b.com", `{"amount":1,"email":"a@b.com"}`, nil},
		{"object", "amount=1&address[city]=New+York&address%5Bzip%5D=10001", `{"amount":1,"address":{"city":"New York","zip":"10001"}}`, nil},
		{"map", "amount=1&metadata[k]=5&metadata[a b]=x", `{"amount":1,"metadata":{"k":"5","a b":"x"}}`, nil},
		{"map emptied", "amount=1&metadata=", `{"amount":1,"metadata":""}`, nil},
		{"objects by index", "amount=1&items[0][price]=p1&items[0][quantity]=2&items[1][price]=p2", `{"amount":1,"items":[{"price":"p1","quantity":2},{"price":"p2"}]}`, nil},
		{"objects in turn", "amount=1&items[][price]=p1&items[][quantity]=2&items[][price]=p2", `{"amount":1,"items":[{"price":"p1","quantity":2},{"price":"p2"}]}`, nil},
		{"an object wrong", "amount=1&items[0][quantity]=x", `{"amount":1,"items":[{"quantity":"x"}]}`, []string{"required /items/0", "type /items/0/quantity"}},
		{"list by brackets", "amount=1&expand[]=a&expand[]=b", `{"amount":1,"expand":["a","b"]}`, nil},
		{"list by index", "amount=1&expand[1]=b&expand[0]=a", `{"amount":1,"expand":["a","b"]}`, nil},
		{"list by repetition", "amount=1&expand=a&expand=b", `{"amount":1,"expand":["a","b"]}`, nil},
		{"list of one", "amount=1&numbers=5", `{"amount":1,"numbers":[5]}`, nil},
		{"list as JSON", "amount=1&numbers=%5B5%2C6%5D", `{"amount":1,"numbers":[5,6]}`, nil},
		{"empty list", "amount=1&numbers=", `{"amount":1,"numbers":[]}`, nil},
		{"empty list by brackets", "amount=1&numbers[]=", `{"amount":1,"numbers":[]}`, nil},
		{"deep", "amount=1&nested[a][b][]=1&nested[a][b][]=2", `{"amount":1,"nested":{"a":{"b":[1,2]}}}`, nil},
		{"object as JSON", "amount=1&nested=" + `{"a":{"b":[1]}}`, `{"amount":1,"nested":{"a":{"b":[1]}}}`, nil},
		{"range", "amount=1&created[gt]=3", `{"amount":1,"created":{"gt":3}}`, nil},
		{"no range", "amount=1&created=3", `{"amount":1,"created":3}`, nil},
		{"word or number", "amount=1&until=now", `{"amount":1,"until":"now"}`, nil},
		{"scalar repeated", "amount=1&amount=2", `{"amount":1}`, []string{"repeated /amount"}},
		{"bad escape", "amount=%zz", `{"amount":"%zz"}`, []string{"encoding /amount", "type /amount"}},
		{"no fields", "&", `{}`, []string{"required"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := formBody(t, map[string]*Encoding{"address": deep, "expand": deep, "items": deep}, charge)
			body, got := decodeAndValidate(t, b, formType, tt.raw)
			if toJSON(body.Value) != toJSON(jsonValue(t, tt.want)) {
				t.Errorf("got %s, want %s", toJSON(body.Value), tt.want)
			}
			if !reflect.DeepEqual(got, tt.broken) {
				t.Errorf("violations %q, want %q", got, tt.broken)
			}
		})
	}
}

// A text that could be a number is one only where the whole form is then valid.
func TestFormChoosesByTheWhole(t *testing.T) {
	b := formBody(t, nil, `
oneOf:
  - {type: object, required: [kind], properties: {kind: {const: number}, value: {type: integer}}}
  - {type: object, required: [kind], properties: {kind: {const: text}, value: {type: string}}}
`)
	for raw, want := range map[string]string{
		"kind=number&value=5": `{"kind":"number","value":5}`,
		"kind=text&value=5":   `{"kind":"text","value":"5"}`,
	} {
		body, broken := decodeAndValidate(t, b, formType, raw)
		if len(broken) > 0 || toJSON(body.Value) != toJSON(jsonValue(t, want)) {
			t.Errorf("%s: got %s, %q", raw, toJSON(body.Value), broken)
		}
	}
}

func TestFormEncodings(t *testing.T) {
	const texts = "{type: array, items: {type: string}}"
	const object = "{type: object, properties: {R: {type: integer}, G: {type: integer}}}"
	tests := []struct {
		name     string
		encoding *Encoding
		property string
		raw      string
		value    string
	}{
		{"default list", nil, texts, "p=a&p=b+c", `["a","b c"]`},
		{"default object", nil, object, "p=%7B%22R%22%3A1%2C%22G%22%3A2%7D", `{"R":1,"G":2}`},
		{"default text", nil, "{type: string}", "p=a%26b", `"a&b"`},
		{"content type", &Encoding{ContentType: "application/json"}, texts, "p=%5B%22a%22%5D", `["a"]`},
		{"form", &Encoding{Style: "form"}, texts, "p=a,b", `["a","b"]`},
		{"form exploded", &Encoding{Style: "form", Explode: true}, texts, "p=a&p=b", `["a","b"]`},
		{"form object", &Encoding{Style: "form"}, object, "p=R,1,G,2", `{"R":1,"G":2}`},
		{"form object exploded", &Encoding{Style: "form", Explode: true}, object, "R=1&G=2", `{"R":1,"G":2}`},
		{"spaces", &Encoding{Style: "spaceDelimited"}, texts, "p=a%20b", `["a","b"]`},
		{"bars", &Encoding{Style: "pipeDelimited"}, texts, "p=a%7Cb", `["a","b"]`},
		{"deep", &Encoding{Style: "deepObject", Explode: true}, object, "p%5BR%5D=1&p%5BG%5D=2", `{"R":1,"G":2}`},
		{"deep list", &Encoding{Style: "deepObject", Explode: true}, texts, "p%5B%5D=a&p%5B%5D=b", `["a","b"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := formBody(t, map[string]*Encoding{"p": tt.encoding}, "{type: object, properties: {p: "+tt.property+"}}")
			if tt.encoding == nil {
				b.Content[0].Encoding = nil
			}
			value := map[string]any{"p": jsonValue(t, tt.value)}
			_, raw, err := EncodeBody(b.Content[0], value)
			if err != nil || string(raw) != tt.raw {
				t.Errorf("encode: %q, %v, want %q", raw, err, tt.raw)
			}
			body, broken := decodeAndValidate(t, b, formType, tt.raw)
			if len(broken) > 0 || !reflect.DeepEqual(body.Value, value) {
				t.Errorf("decode: %s, %q", toJSON(body.Value), broken)
			}
		})
	}
}

func TestFormLimits(t *testing.T) {
	b := formBody(t, nil, "{type: object}")
	_, violations, err := b.Decode(formType, []byte(strings.Repeat("a=1&", maxFormFields+2)))
	if err != nil || !reflect.DeepEqual(keywords(violations)[:1], []string{"limit"}) {
		t.Errorf("too many fields: %q, %v", keywords(violations), err)
	}
	_, violations, _ = b.Decode(formType, []byte("a"+strings.Repeat("[b]", 100_000)+"=1"))
	if !reflect.DeepEqual(keywords(violations), []string{"limit"}) {
		t.Errorf("too deep: %q", keywords(violations))
	}
	// Many members of one object take no more than linear time.
	var raw strings.Builder
	for i := range 50_000 {
		raw.WriteString("a[k" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + "]=1&a[]=2&")
	}
	if _, _, err := b.Decode(formType, []byte(raw.String())); err != nil {
		t.Error(err)
	}
}
