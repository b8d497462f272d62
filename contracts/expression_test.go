package contracts_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/schema"
)

func TestExpressionVectors(t *testing.T) {
	raw, err := os.ReadFile("../fixtures/vectors/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		V struct {
			Request struct {
				Method, URL string
				Headers     map[string]string
				Body        json.RawMessage
			}
			Response struct {
				Status  int
				Headers map[string]string
			}
			Cases [][2]string
		} `json:"openapi_runtime_expressions"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	v := file.V
	x := &contracts.Exchange{
		Method: v.Request.Method, URL: v.Request.URL, RequestHeader: headers(v.Request.Headers), RequestBody: v.Request.Body,
		Status: v.Response.Status, ResponseHeader: headers(v.Response.Headers),
	}
	path := map[string]string{"eventType": "myevent"}
	if len(v.Cases) == 0 {
		t.Fatal("no cases were read")
	}
	for _, c := range v.Cases {
		check(t, x, path, c[0], c[1])
		check(t, x, path, "before/{"+c[0]+"}?and={"+c[0]+"}", "before/"+c[1]+"?and="+c[1])
	}
}

func headers(m map[string]string) http.Header {
	h := http.Header{}
	for name, v := range m {
		h.Set(name, v)
	}
	return h
}

func check(t *testing.T, x *contracts.Exchange, path map[string]string, text string, want any) {
	t.Helper()
	e, err := contracts.ParseExpression(text)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	got, err := e.Evaluate(x, path)
	if err != nil || !schema.Equal(got, want) || e.String() != text {
		t.Errorf("%s gives %v (%v), want %v", text, got, err, want)
	}
}

// TestExpressionValues covers what the vectors leave out: types, places in the document's form, what is missing.
func TestExpressionValues(t *testing.T) {
	x := &contracts.Exchange{
		Method: "POST", URL: "/pets/7?tag=a%20b&tag=c&bad=%zz&empty=",
		RequestHeader: http.Header{"x-Odd": {"1", "2"}},
		RequestBody:   []byte(`{"id":7,"a/b":{"~":true},"list":[{"n":null}],"":"nameless"}`),
		Status:        201, ResponseBody: []byte("plain"),
	}
	path := map[string]string{"id": "7", `odd"name`: "quoted"}
	for text, want := range map[string]any{
		"$statusCode":                           json.Number("201"),
		"$request.body#/id":                     json.Number("7"),
		"$request.body#/a~1b/~0":                true,
		"$request.body#/list/0/n":               nil,
		"$request.body#/list":                   []any{map[string]any{"n": nil}},
		"$request.body#/":                       "nameless",
		"$request.query.tag":                    "a b",
		"$request.query.empty":                  "",
		"$request.header.X-ODD":                 "1, 2",
		`$request.path.odd\"name`:               "quoted",
		"$response.body":                        "plain",
		"constant":                              "constant",
		"":                                      "",
		"/{id}/path":                            "/{id}/path",
		"https://x.example/{$request.body#/id}": "https://x.example/7",
		"{$request.path.id}{$method}":           "7POST",
		"{$request.body#/list}":                 `[{"n":null}]`,
		"a{$request.body#/list/0/n}b{$request.body#/a~1b}": `anullb{"~":true}`,
	} {
		check(t, x, path, text, want)
	}
	for _, text := range []string{
		"$request.body#/nothing", "$request.body#/list/1", "$request.body#/id/x", "$request.query.no", "$request.query.bad", "$request.header.no",
		"$request.path.no", "$response.body#/id", "$response.header.Location", "x{$request.query.no}y",
	} {
		e, err := contracts.ParseExpression(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var missing *contracts.UnresolvedError
		if v, err := e.Evaluate(x, path); !errors.As(err, &missing) || !strings.Contains(text, missing.Expression) || missing.Reason == "" {
			t.Errorf("%s gives %v, %v; want that it has no value", text, v, err)
		}
	}
	for _, text := range []string{"$url", "$method", "$statusCode", "$request.body", "$response.body"} {
		e, err := contracts.ParseExpression(text)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := e.Evaluate(&contracts.Exchange{}, nil); err == nil {
			t.Errorf("%s of nothing gives %v", text, v)
		}
	}
}

func TestExpressionRefused(t *testing.T) {
	for text, advice := range map[string]string{
		"$":                             "use $url",
		"$urls":                         "{$url}",
		"$url/path":                     "{$url}",
		"$statuscode":                   "$statusCode",
		"$request":                      "$request.",
		"$request.headers.X":            "header.NAME",
		"$request.header.":              "header",
		"$request.header.a b":           "header",
		"$request.query.":               "parameter",
		"$request.query.a\nb":           "JSON string",
		"$request.body.id":              "body#/name",
		"$request.body#id":              "slash",
		"$request.body#/a~2":            "~0",
		"$response.query.a":             "$request.query.a",
		"$response.path.a":              "$request.path.a",
		"{$request.body#/id":            "closing brace",
		"x{$nothing}y":                  "use $url",
		"$" + strings.Repeat("x", 9000): "8192",
	} {
		if e, err := contracts.ParseExpression(text); err == nil || !strings.Contains(err.Error(), advice) {
			t.Errorf("%.40s: %v, %v; want a word of %q", text, e, err, advice)
		}
	}
}

func TestExpressionKinds(t *testing.T) {
	for text, want := range map[string][2]bool{ // constant, response
		"plain": {true, false}, "$url": {false, false}, "$statusCode": {false, true}, "{$response.body#/a}": {false, true}, "{$request.body#/a}": {false, false},
	} {
		e, err := contracts.ParseExpression(text)
		if err != nil || e.Constant() != want[0] || e.Response() != want[1] {
			t.Errorf("%s: constant %v, response %v (%v)", text, e.Constant(), e.Response(), err)
		}
	}
}

// FuzzExpression reads any text and evaluates it. What was read is written back as it was, and a value is never an empty
// text in place of nothing.
func FuzzExpression(f *testing.F) {
	for _, text := range []string{
		"$url", "$request.body#/a~1b", "{$request.query.a}/x{$method}", "$response.header.X", "{$", "{$}", "$request.body#/~", `$request.path.\u0041`,
	} {
		f.Add(text, `{"a/b":1}`)
	}
	f.Fuzz(func(t *testing.T, text, body string) {
		e, err := contracts.ParseExpression(text)
		if err != nil {
			return
		}
		if e.String() != text {
			t.Fatalf("%q became %q", text, e.String())
		}
		x := &contracts.Exchange{Method: "GET", URL: "/?" + body, RequestBody: []byte(body), RequestHeader: http.Header{"A": {body}}}
		v, err := e.Evaluate(x, map[string]string{"A": body})
		again, errAgain := e.Text(x, map[string]string{"A": body})
		if (err == nil) != (errAgain == nil) {
			t.Fatalf("%q: Evaluate says %v, Text says %v", text, err, errAgain)
		}
		if s, ok := v.(string); ok && err == nil && s != again {
			t.Fatalf("%q: Evaluate gives %q, Text gives %q", text, s, again)
		}
		if e.Constant() && again != text {
			t.Fatalf("the constant %q became %q", text, again)
		}
	})
}
