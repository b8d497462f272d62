package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"understudy/contracts/schema"
)

const petSchema = `{"type":"object","required":["name","photoUrls"],"properties":{
 "id":{"type":"integer","format":"int64"},"name":{"type":"string","minLength":1,"maxLength":64},
 "category":{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"}}},
 "photoUrls":{"type":"array","items":{"type":"string"}},
 "tags":{"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"}}}},
 "status":{"type":"string","enum":["available","pending","sold"]}}}`

const petValue = `{"id":10,"name":"doggie","category":{"id":1,"name":"Dogs"},"photoUrls":["https://example.com/1.png"],
 "tags":[{"id":1,"name":"small"},{"id":2,"name":"brown"}],"status":"available"}`

const issueSchema = `{"type":"object","required":["title","created_at","user"],"additionalProperties":false,"properties":{
 "title":{"oneOf":[{"type":"string","minLength":1},{"type":"integer"}]},"body":{"type":["string","null"]},
 "labels":{"type":"array","uniqueItems":true,"items":{"anyOf":[{"type":"string"},{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}]}},
 "created_at":{"type":"string","format":"date-time"},"node_id":{"type":"string","format":"uuid"},"url":{"type":"string","format":"uri"},
 "user":{"$ref":"#/$defs/user"},"assignees":{"type":"array","maxItems":10,"items":{"$ref":"#/$defs/user"}},"state":{"enum":["open","closed"]},
 "score":{"type":"number","minimum":0,"maximum":1}},
 "$defs":{"user":{"type":"object","required":["login","id"],"properties":{"login":{"type":"string","pattern":"^[a-z0-9-]+$"},"id":{"type":"integer","minimum":1},
   "email":{"type":"string","format":"email"}}}}}`

const issueValue = `{"title":"Found a bug","body":"I'm having a problem with this.\nIt \"breaks\".","labels":["bug",{"name":"help wanted"}],
 "created_at":"2024-05-31T13:45:00Z","node_id":"3f2504e0-4f89-41d3-9a0c-0305e82c3301","url":"https://api.example.com/repos/o/r/issues/1347",
 "user":{"login":"octocat","id":1,"email":"octocat@example.com"},"assignees":[{"login":"hubot","id":2},{"login":"other","id":3}],"state":"open","score":0.75}`

func repoCase() (schemaText, value string) {
	var s, v bytes.Buffer
	s.WriteString(`{"type":"object","additionalProperties":true,"required":["p0","p7"],"properties":{`)
	v.WriteString(`{`)
	for i := range 120 {
		if i > 0 {
			s.WriteByte(',')
			v.WriteByte(',')
		}
		fmt.Fprintf(&s, `"p%d":{"type":["string","null"],"format":"uri"},"n%d":{"type":"integer"},"b%d":{"type":"boolean"}`, i, i, i)
		fmt.Fprintf(&v, `"p%d":"https://api.example.com/repos/octocat/Hello-World/%d","n%d":%d,"b%d":true`, i, i, i, i*17, i)
	}
	s.WriteString(`}}`)
	v.WriteString(`}`)
	return s.String(), v.String()
}

func benchCases() []struct{ name, schema, value string } {
	rs, rv := repoCase()
	return []struct{ name, schema, value string }{{"pet", petSchema, petValue}, {"issue", issueSchema, issueValue}, {"repo", rs, rv}}
}

func BenchmarkValid(b *testing.B) {
	for _, c := range benchCases() {
		ours, _ := compileText(b, schema.JSONSchema202012, c.schema)
		theirs, err := peer([]byte(c.schema))
		if err != nil {
			b.Fatal(err)
		}
		v, err := schema.ParseJSON([]byte(c.value))
		if err != nil {
			b.Fatal(err)
		}
		w, _ := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(c.value)))
		b.Run(c.name+"/ours", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !ours.Valid(v, schema.Request) {
					b.Fatal(ours.Check(v, schema.Request))
				}
			}
		})
		b.Run(c.name+"/peer", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := theirs.Validate(w); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCheck tells of a value what is wrong with it.
func BenchmarkCheck(b *testing.B) {
	s, _ := compileText(b, schema.JSONSchema202012, petSchema)
	v, err := schema.ParseJSON([]byte(`{"id":"x","name":7,"tag":[],"owner":{"email":"nobody"}}`))
	if err != nil {
		b.Fatal(err)
	}
	if len(s.Check(v, schema.Request)) < 2 {
		b.Fatal(s.Check(v, schema.Request))
	}
	b.ReportAllocs()
	for b.Loop() {
		if s.Valid(v, schema.Request) || s.Check(v, schema.Request) == nil {
			b.Fatal("it fits")
		}
	}
}

func BenchmarkParseJSON(b *testing.B) {
	for _, c := range benchCases() {
		data := []byte(c.value)
		b.Run(c.name+"/ours", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := schema.ParseJSON(data); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/encoding-json", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := reference(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	for _, c := range benchCases() {
		s, _ := compileText(b, schema.JSONSchema202012, c.schema)
		v, _ := schema.ParseJSON([]byte(c.value))
		buf := make([]byte, 0, 64<<10)
		b.Run(c.name+"/ours", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				buf = schema.AppendJSON(buf[:0], v, s)
			}
		})
		b.Run(c.name+"/encoding-json", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestValidDoesNotAllocate holds for ordinary schemas, with references, formats, alternatives and patterns.
func TestValidDoesNotAllocate(t *testing.T) {
	for _, c := range benchCases() {
		s, _ := compileText(t, schema.JSONSchema202012, c.schema)
		v, err := schema.ParseJSON([]byte(c.value))
		if err != nil {
			t.Fatal(err)
		}
		if found := s.Check(v, schema.Request); found != nil {
			t.Fatalf("%s: %v", c.name, found)
		}
		if n := testing.AllocsPerRun(100, func() { s.Valid(v, schema.Request) }); n > 0 {
			t.Errorf("%s: Valid allocates %v times", c.name, n)
		}
	}
}
