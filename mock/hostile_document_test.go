package mock_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
)

// A hostileDocument is one that costs its author little. docs/hostile.md is written from this table and its like.
type hostileDocument struct {
	comes     string
	answer    string // "served", or what the error or a warning says
	allocates int    // MiB at most, to load it and to answer five requests
	make      func() string
}

// TestHostileDocuments loads each document and, where that can be done, serves it on a socket and sends requests that touch all
// of it. Nothing may panic or hang, no answer may be a failure of ours, and what is allocated is bounded.
func TestHostileDocuments(t *testing.T) {
	for _, row := range []hostileDocument{
		{"allOf that doubles 40 times", "combined of more than 10000 others", 400, func() string { return fan("allOf", 40) }},
		{"anyOf that doubles 40 times", "combined of more than 10000 others", 400, func() string { return fan("anyOf", 40) }},
		{"oneOf that doubles 40 times", "combined of more than 10000 others", 400, func() string { return fan("oneOf", 40) }},
		{"allOf of 60 parts, eight levels of them", "combined of more than 10000 others", 200, wideFan},
		{"properties that double 60 times", "served", 200, func() string {
			return chain(60, `{"type":"object","required":["a","b"],"properties":{"a":%[1]s,"b":%[1]s}}`)
		}},
		{"arrays of ten arrays of ten, 60 levels", "served", 200, func() string { return chain(60, `{"type":"array","minItems":10,"items":%s}`) }},
		{"the product of 30 choices of ten", "served", 300, choices},
		{"a schema that requires itself three times", "the schema requires itself without end", 100, func() string {
			return things(`{"$ref":"#/components/schemas/A"}`, `"A":{"type":"object","required":["a","b","c"],"properties":{"a":{"$ref":"#/components/schemas/A"},"b":{"$ref":"#/components/schemas/A"},"c":{"$ref":"#/components/schemas/A"}}}`)
		}},
		{"references that only lead to each other", "comes back to", 100, func() string {
			return things(`{"$ref":"#/components/schemas/A"}`, `"A":{"allOf":[{"$ref":"#/components/schemas/B"}]},"B":{"allOf":[{"$ref":"#/components/schemas/A"}]}`)
		}},
		{"a schema that is not itself", "comes back to", 100, func() string {
			return things(`{"$ref":"#/components/schemas/A"}`, `"A":{"not":{"$ref":"#/components/schemas/A"}}`)
		}},
		{"callbacks that contain their own path, ten times each", "served", 100, func() string {
			return document(`{"/a":{"$ref":"#/components/pathItems/P"}}`, `"pathItems":{"P":{"post":{"callbacks":{`+list(10, `"c%d":{"{$url}":{"$ref":"#/components/pathItems/P"}}`)+`},"responses":{"200":{"description":""}}}}}`)
		}},
		{"an alternative of 3,000, each of which refers back", "served", 600, discriminated},
		{"100,000 values of enum that are objects", "served", 600, func() string { return things(`{"enum":[`+list(100_000, `{"a":%d}`)+`]}`, "") }},
		{"5,000 paths of one shape", "served", 400, func() string {
			return document(`{`+list(5_000, `"/{a%d}/x":{"get":{"responses":{"200":{"description":""}}}}`)+`}`, "")
		}},
		{"5,000 paths side by side, each of another shape", "served", 400, func() string {
			return document(`{`+list(5_000, `"/{a}-x%d":{"get":{"responses":{"200":{"description":""}}}}`)+`}`, "")
		}},
		{"paths that clash, repeat a name or hold no path", "served", 100, func() string {
			return document(`{`+strings.Join([]string{path("/a/{x}"), path("/a/{y}"), path("/a/{x}{y}"), path("/{x}/{x}"), path("/a//b"), path("/{x"), path("/}"), path("/../etc"), path("a"), path("/%00")}, ",")+`}`, "")
		}},
		{"a path of 5,000 expressions", "served", 200, func() string { return document(`{`+path("/"+list(5_000, "{p%d}", "-"))+`}`, "") }},
		{"100,000 parameters of one operation", "there are more than 2000 parameters", 400, func() string {
			return document(`{"/a":{"get":{"parameters":[`+list(100_000, `{"name":"p%d","in":"query"}`)+`],"responses":{"200":{"description":""}}}}}`, "")
		}},
		{"100,000 security alternatives", "there are more than 1000 security alternatives", 600, func() string {
			return document(`{"/a":{"get":{"security":[`+list(100_000, `{"k":["s%d"]}`)+`],"responses":{"200":{"description":""}}}}}`,
				`"securitySchemes":{"k":{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"/t","scopes":{"s":""}}}}}`)
		}},
		{"50,000 servers", "there are more than 1000 servers", 300, func() string {
			return strings.Replace(document(`{`+path("/a")+`}`, ""), `"paths"`, `"servers":[`+list(50_000, `{"url":"/base%d"}`)+`],"paths"`, 1)
		}},
		{"server variables that stand for each other twice, 60 of them", "served", 100, func() string {
			variables := list(60, `"v%d":{"default":"{v%[2]d}{v%[2]d}"}`)
			return strings.Replace(document(`{`+path("/a")+`}`, ""), `"paths"`, `"servers":[{"url":"https://x/{v0}","variables":{`+variables+`}}],"paths"`, 1)
		}},
		{"nested quantifiers in a pattern", "served", 100, func() string { return patterned(`^(a+)+$`) }},
		{"look-ahead that backtracks", "served", 200, func() string { return patterned(`^(?=((a+)+)+b)\\w+$`) }},
		{"a back-reference in a loop", "served", 200, func() string { return patterned(`^(a*)(\\1)*$`) }},
		{"a million repetitions of a thousand", "its repetitions make it too large", 100, func() string { return patterned(`^(?:a{1,1000}){1,1000}$`) }},
		{"30,000 groups in one another", "cannot be read and is not asserted", 100, func() string {
			return patterned(strings.Repeat("(", 30_000) + strings.Repeat(")", 30_000))
		}},
		{"5,000 patterns of 36,000 instructions", "the patterns of the document are too large together", 800, func() string {
			return things(`{"type":"object","properties":{`+list(5_000, `"p%d":{"type":"string","pattern":"^(a{1,900}b%[1]d){1,20}$"}`)+`}}`, "")
		}},
		{"a length of 200 million", "served", 100, func() string {
			return things(`{"type":"object","required":["a"],"properties":{"a":{"type":"string","minLength":200000000}}}`, "")
		}},
		{"a list of 100 million items at least", "served", 100, func() string {
			return things(`{"type":"object","required":["a"],"properties":{"a":{"type":"array","minItems":100000000,"items":{"type":"string"}}}}`, "")
		}},
		{"limits with a million digits or an exponent of a million", "served", 300, func() string {
			return things(`{"type":"object","required":["a"],"properties":{"a":{"type":"number","minimum":1e999999,"maximum":`+strings.Repeat("9", 1_000_000)+`,"multipleOf":0.`+strings.Repeat("0", 1_000_000)+`1}}}`, "")
		}},
		{"a default of 1e999999999999", "served", 100, func() string {
			return things(`{"type":"object","required":["a"],"properties":{"a":{"type":"number","default":1e999999999999,"enum":[1e999999999999]}}}`, "")
		}},
		{"least above most, twice", "is above", 100, func() string {
			return things(`{"type":"object","required":["a","b"],"properties":{"a":{"type":"integer","minimum":10,"maximum":1},"b":{"type":"string","minLength":5,"maxLength":1}}}`, "")
		}},
		{"what is required and forbidden at once", "no value can fit this schema", 100, func() string {
			return things(`{"type":"object","required":["a"],"properties":{"a":false}}`, "")
		}},
		{"100,000 different items out of three values", "served", 200, func() string {
			return things(`{"type":"array","uniqueItems":true,"minItems":100000,"items":{"enum":[1,2,3]}}`, "")
		}},
		{"members called __proto__ and constructor", "served", 100, func() string {
			return things(`{"type":"object","required":["__proto__","constructor"],"properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}}}`, "")
		}},
		{"strings of ten million bytes", "served", 400, func() string {
			return strings.Replace(things(`{"type":"object"}`, ""), `"title":"T"`, `"title":"T","description":"`+strings.Repeat("x", 10_000_000)+`"`, 1)
		}},
		{"5,000 headers that an answer must have", "served", 200, func() string {
			return document(`{"/a":{"get":{"responses":{"200":{"description":"","headers":{`+list(5_000, `"X-%d":{"required":true,"schema":{"type":"string","minLength":100}}`)+`}}}}}}`, "")
		}},
		{"headers and media types that break lines", "served", 100, func() string {
			return document(`{"/a":{"get":{"responses":{"200":{"description":"","headers":{"X-A":{"required":true,"schema":{"const":"a\r\nSet-Cookie: x=y"}},"X\r\nEvil":{"required":true,"schema":{"const":"1"}}},"content":{"text/html\r\nX-Evil: 1":{"example":"x"}}}}}}}`, "")
		}},
	} {
		t.Run(row.comes, func(t *testing.T) {
			text := row.make()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			said := playDocument(t, text)
			runtime.ReadMemStats(&after)
			if !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, row.answer) }) {
				t.Errorf("want %q, got %.2000q", row.answer, said)
			}
			if spent := int((after.TotalAlloc - before.TotalAlloc) >> 20); spent > row.allocates {
				t.Errorf("%d MiB were allocated, at most %d are allowed", spent, row.allocates)
			}
		})
	}
}

// playDocument loads a document and sends requests to it. It gives the error or the warnings, and "served" where it was.
func playDocument(t *testing.T, text string) (said []string) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	contract, err := contracts.Load(ctx, "h.json", contracts.Options{Files: fstest.MapFS{"h.json": {Data: []byte(text)}}})
	if err != nil {
		if len(err.Error()) > 100_000 {
			t.Errorf("the error has %d bytes", len(err.Error()))
		}
		return []string{err.Error()}
	}
	for _, w := range contract.Warnings {
		said = append(said, fmt.Sprintf("%s: %s", w.At, w.Message))
	}
	server, err := mock.New(ctx, mock.Options{Contract: contract, Auth: mock.Ignore, Clock: clock.New(clock.Options{At: noon, Frozen: true})})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := mock.Listen(ctx, "127.0.0.1:0", server, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close(ctx)
	base := listener.URL()
	if bases := contract.BasePaths(); len(bases) > 0 {
		base += bases[0]
	}
	for _, q := range []struct{ method, path, body string }{
		{"GET", "/things", ""}, {"POST", "/things", "{}"}, {"POST", "/things", `{"s":"` + strings.Repeat("a", 5_000) + `!","x":"1"}`}, {"GET", "/things/x", ""}, {"GET", "/a", ""},
	} {
		askHostile(t, ctx, q.method, base+q.path, q.body)
	}
	return append(said, "served")
}

// askHostile sends one request. An answer that is a failure must be the contract's: nothing fits its schema.
func askHostile(t *testing.T, ctx context.Context, method, url, body string) {
	t.Helper()
	q, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Prefer", "dynamic=true")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: 8 << 20}}
	answer, err := client.Do(q)
	if err != nil {
		t.Errorf("%s %.80s: %v", method, url, err)
		return
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Errorf("%s %.80s: %v", method, url, err)
	}
	if answer.Header.Get("Set-Cookie") != "" || answer.Header.Get("X-Evil") != "" || answer.Header.Get("Evil") != "" {
		t.Errorf("a header was split: %v", answer.Header)
	}
	var problem struct{ Code string }
	if answer.StatusCode >= 500 && (json.Unmarshal(text, &problem) != nil || problem.Code != "unsatisfiable_schema") {
		t.Errorf("%s %.80s: %d %.300s", method, url, answer.StatusCode, text)
	}
}

// document writes one with paths and the inside of components.
func document(paths, components string) string {
	return `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":` + paths + `,"components":{` + components + `}}`
}

// things is a document with a collection of a schema, and further schemas.
func things(schema, schemas string) string {
	content := `"content":{"application/json":{"schema":` + schema + `}}`
	return document(`{"/things":{"get":{"responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"array","items":`+schema+`}}}}}},`+
		`"post":{"requestBody":{`+content+`},"responses":{"201":{"description":"",`+content+`}}}},`+
		`"/things/{id}":{"get":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"",`+content+`}}}}}`,
		`"schemas":{`+schemas+`}`)
}

func path(template string) string {
	return `"` + template + `":{"get":{"responses":{"200":{"description":""}}}}`
}

// list writes a text n times, with its number and the next one.
func list(n int, format string, between ...string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(append(between, ",")[0])
		}
		fmt.Fprint(&b, strings.NewReplacer("%d", fmt.Sprint(i), "%[1]d", fmt.Sprint(i), "%[2]d", fmt.Sprint(i+1)).Replace(format))
	}
	return b.String()
}

// chain is n schemas, each of which is made of the one before as the format says.
func chain(n int, format string) string {
	schemas := []string{`"S0":{"type":"object","required":["x"],"properties":{"x":{"type":"string"}}}`}
	for i := 1; i < n; i++ {
		schemas = append(schemas, fmt.Sprintf(`"S%d":`, i)+fmt.Sprintf(format, fmt.Sprintf(`{"$ref":"#/components/schemas/S%d"}`, i-1)))
	}
	return things(fmt.Sprintf(`{"$ref":"#/components/schemas/S%d"}`, n-1), strings.Join(schemas, ","))
}

func fan(keyword string, n int) string { return chain(n, `{"`+keyword+`":[%[1]s,%[1]s]}`) }

func wideFan() string {
	format := `{"allOf":[` + strings.TrimSuffix(strings.Repeat("%[1]s,", 60), ",") + `]}`
	return chain(9, format)
}

// choices multiply where they are all open.
func choices() string {
	var all []string
	for i := range 30 {
		all = append(all, `{"oneOf":[`+list(10, fmt.Sprintf(`{"type":"object","required":["a%d_%%d"],"properties":{"a%d_%%d":{"type":"string"}}}`, i, i))+`]}`)
	}
	return things(`{"allOf":[`+strings.Join(all, ",")+`]}`, "")
}

func discriminated() string {
	return things(`{"$ref":"#/components/schemas/A"}`, `"A":{"oneOf":[`+list(3_000, `{"$ref":"#/components/schemas/B%d"}`)+
		`],"discriminator":{"propertyName":"t","mapping":{`+list(3_000, `"b%d":"#/components/schemas/B%d"`)+`}}},`+
		list(3_000, `"B%d":{"allOf":[{"$ref":"#/components/schemas/A"},{"type":"object","required":["t"],"properties":{"t":{"type":"string"}}}]}`))
}

func patterned(pattern string) string {
	return things(`{"type":"object","required":["s"],"properties":{"s":{"type":"string","pattern":"`+pattern+`"}}}`, "")
}
