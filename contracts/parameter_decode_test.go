package contracts

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func TestDecodeQuery(t *testing.T) {
	const (
		text     = "{type: string}"
		integer  = "{type: integer}"
		integers = "{type: array, items: {type: integer}}"
		texts    = "{type: array, items: {type: string}}"
		object   = "{type: object, properties: {a: {type: integer}, b: {type: string}}}"
	)
	tests := []struct {
		name, param, style, schema string
		query                      string
		want                       string   // JSON; empty: no value
		broken                     []string // keywords
	}{
		// Texts as they are, encoded or not.
		{"plain", "q", "", text, "q=blue", `"blue"`, nil},
		{"plus is a space", "q", "", text, "q=a+b", `"a b"`, nil},
		{"encoded plus", "q", "", text, "q=a%2Bb", `"a+b"`, nil},
		{"reserved characters encoded", "q", "form*", text, "q=a%40b.com", `"a@b.com"`, nil},
		{"a time", "q", "form*", "{type: string, format: date-time}", "q=2024-01-02T10%3A20%3A30Z", `"2024-01-02T10:20:30Z"`, nil},
		{"equals sign in the value", "q", "", text, "q=a=b", `"a=b"`, nil},
		{"comma in a text", "q", "", text, "q=a,b", `"a,b"`, nil},
		{"number that is text", "q", "", text, "q=12", `"12"`, nil},
		{"encoded name", "a b", "", text, "a%20b=1", `"1"`, nil},
		{"name with brackets", "ids[]", "form*", integers, "ids[]=1&ids%5B%5D=2", `[1,2]`, nil},
		{"name is case-sensitive", "q", "", text, "Q=1", "", nil},
		{"empty parts", "q", "", text, "&&q=1&", `"1"`, nil},
		{"bad escape", "q", "", text, "q=%zz", "", []string{"encoding q"}},

		// Scalars by type.
		{"integer", "q", "", integer, "q=12", `12`, nil},
		{"integer with a zero fraction", "q", "", integer, "q=1.0", `1.0`, nil},
		{"integer wrong", "q", "", integer, "q=abc", `"abc"`, []string{"type q"}},
		{"integer with a fraction", "q", "", integer, "q=1.5", `1.5`, []string{"type q"}},
		{"leading zero is no number", "q", "", integer, "q=007", `"007"`, []string{"type q"}},
		{"large integer stays exact", "q", "", integer, "q=9007199254740993", `9007199254740993`, nil},
		{"number", "q", "", "{type: number}", "q=-1.5e3", `-1.5e3`, nil},
		{"boolean", "q", "", "{type: boolean}", "q=true", `true`, nil},
		{"boolean 1", "q", "", "{type: boolean}", "q=1", `"1"`, []string{"type q"}},
		{"boolean T", "q", "", "{type: boolean}", "q=T", `"T"`, []string{"type q"}},
		{"minimum", "q", "", "{type: integer, minimum: 1}", "q=0", `0`, []string{"minimum q"}},
		{"enum", "q", "", "{type: string, enum: [a, b]}", "q=c", `"c"`, []string{"enum q"}},
		{"enum without a type", "q", "", "{enum: [1, 2]}", "q=2", `2`, nil},
		{"const without a type", "q", "", "{const: true}", "q=true", `true`, nil},
		{"format without a type", "q", "", "{format: int64}", "q=5", `5`, nil},
		{"nothing said", "q", "", "", "q=5", `"5"`, nil},
		{"empty schema", "q", "", "{}", "q=5", `"5"`, nil},

		// Several types.
		{"string or integer, number", "q", "", "{type: [string, integer]}", "q=5", `5`, nil},
		{"string or integer, text", "q", "", "{type: [string, integer]}", "q=x", `"x"`, nil},
		{"integer or boolean", "q", "", "{type: [integer, boolean]}", "q=true", `true`, nil},
		{"the branch that fits", "q", "", "{anyOf: [{type: integer, maximum: 10}, {type: string, minLength: 2}]}", "q=50", `"50"`, nil},
		{"no branch fits", "q", "", "{oneOf: [{type: integer}, {type: boolean}]}", "q=x", `"x"`, []string{"oneOf q"}},
		{"through allOf", "q", "", "{allOf: [{type: integer}, {minimum: 3}]}", "q=4", `4`, nil},
		{"null in words", "q", "", `{type: [integer, "null"]}`, "q=null", `null`, nil},
		{"null by nothing", "q", "", `{type: [integer, "null"]}`, "q=", `null`, nil},
		{"timestamp or range: number", "created", "deepObject*", "{anyOf: [{type: object, properties: {gt: {type: integer}}}, {type: integer}]}", "created=5", `5`, nil},
		{"timestamp or range: range", "created", "deepObject*", "{anyOf: [{type: object, properties: {gt: {type: integer}}}, {type: integer}]}", "created[gt]=5", `{"gt":5}`, nil},
		{"one or several: one", "q", "form*", "{anyOf: [{type: string}, {type: array, items: {type: string}}]}", "q=a", `"a"`, nil},
		{"one or several: several", "q", "form*", "{anyOf: [{type: string}, {type: array, items: {type: string}}]}", "q=a&q=b", `["a","b"]`, nil},

		// Empty and repeated.
		{"empty text", "q", "", text, "q=", `""`, nil},
		{"empty text without equals sign", "q", "", text, "q", `""`, nil},
		{"empty text too short", "q", "", "{type: string, minLength: 1}", "q=", `""`, []string{"minLength q"}},
		{"empty integer", "q", "", integer, "q=", `""`, []string{"type q"}},
		{"repeated", "q", "", integer, "q=1&q=2", "", []string{"repeated q"}},

		// Arrays.
		{"exploded", "q", "form*", integers, "q=1&x=9&q=2", `[1,2]`, nil},
		{"exploded, one item", "q", "form*", integers, "q=1", `[1]`, nil},
		{"exploded, commas", "q", "form*", integers, "q=1,2", `["1,2"]`, []string{"type q/0"}},
		{"exploded, commas are text", "q", "form*", texts, "q=1,2", `["1,2"]`, nil},
		{"exploded, too many", "q", "form*", "{type: array, maxItems: 1, items: {type: integer}}", "q=1&q=2", `[1,2]`, []string{"maxItems q"}},
		{"commas", "q", "form", integers, "q=1,2,3", `[1,2,3]`, nil},
		{"commas, an item wrong", "q", "form", integers, "q=1,x,y", `[1,"x","y"]`, []string{"type q/1", "type q/2"}},
		{"commas, encoded comma in an item", "q", "form", texts, "q=a%2Cb,c", `["a,b","c"]`, nil},
		{"commas, all encoded", "q", "form", integers, "q=1%2C2%2c3", `[1,2,3]`, nil},
		{"commas, repeated", "q", "form", integers, "q=1&q=2", "", []string{"repeated q"}},
		{"empty array", "q", "form", texts, "q=", `[]`, nil},
		{"empty exploded array", "q", "form*", texts, "q=", `[]`, nil},
		{"spaces", "q", "spaceDelimited", texts, "q=a%20b+c", `["a","b","c"]`, nil},
		{"spaces, exploded", "q", "spaceDelimited*", texts, "q=a&q=b", `["a","b"]`, nil},
		{"bars", "q", "pipeDelimited", integers, "q=1|2%7C3%7c4", `[1,2,3,4]`, nil},
		{"array of one of two types", "q", "form*", "{type: array, items: {type: [integer, string]}}", "q=1&q=x", `[1,"x"]`, nil},
		{"tuple", "q", "form", "{type: array, prefixItems: [{type: integer}, {type: boolean}], items: {type: string}}", "q=1,true,3", `[1,true,"3"]`, nil},

		// Objects.
		{"alternating", "q", "form", object, "q=a,1,b,x", `{"a":1,"b":"x"}`, nil},
		{"alternating, odd", "q", "form", object, "q=a,1,b", "", []string{"style q"}},
		{"alternating, twice", "q", "form", object, "q=a,1,a,2", "", []string{"repeated q"}},
		{"exploded object", "q", "form*", object, "a=1&b=x", `{"a":1,"b":"x"}`, nil},
		{"exploded object, own name unused", "q", "form*", object, "q=1", "", nil},
		{"free object", "q", "form*", "{type: object, additionalProperties: {type: integer}}", "x=1&y=2", `{"x":1,"y":2}`, nil},
		{"free object without words", "q", "form*", "{type: object}", "x=1", `{"x":"1"}`, nil},
		{"deep", "q", "deepObject*", object, "q[a]=1&q%5Bb%5D=x", `{"a":1,"b":"x"}`, nil},
		{"deep, nested", "q", "deepObject*", "{type: object, properties: {a: {type: object, properties: {b: {type: integer}}}}}", "q[a][b]=1", `{"a":{"b":1}}`, nil},
		{"deep, array by brackets", "q", "deepObject*", "{type: object, properties: {a: " + integers + "}}", "q[a][]=1&q[a][]=2", `{"a":[1,2]}`, nil},
		{"deep, array by index", "q", "deepObject*", "{type: object, properties: {a: " + integers + "}}", "q[a][1]=2&q[a][0]=1", `{"a":[1,2]}`, nil},
		{"deep, array by repetition", "q", "deepObject*", "{type: object, properties: {a: " + integers + "}}", "q[a]=1&q[a]=2", `{"a":[1,2]}`, nil},
		{"deep, scalar twice", "q", "deepObject*", object, "q[a]=1&q[a]=2", "", []string{"repeated q/a"}},
		{"deep, an array itself", "expand", "deepObject*", texts, "expand[]=a&expand[]=b", `["a","b"]`, nil},
		{"deep, an array with indexes", "expand", "deepObject*", texts, "expand[0]=a&expand[99999999]=b&expand[2]=c", `["a","c","b"]`, nil},
		{"deep, an index that is none", "expand", "deepObject*", texts, "expand[0]=a&expand[1000000000]=b", `{"0":"a","1000000000":"b"}`, []string{"type expand"}},
		{"deep, wrong", "q", "deepObject*", object, "q[a]=x&q[c]=1", `{"a":"x","c":"1"}`, []string{"type q/a"}},
		{"deep, value and members", "q", "deepObject*", object, "q=1&q[a]=1", "", []string{"repeated q"}},
		{"deep, broken brackets", "q", "deepObject*", object, "q[a=1", `{"[a":"1"}`, nil},
		{"deep, explode false as well", "q", "deepObject", object, "q[a]=1", `{"a":1}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := operation("/x", parameter(t, "query", tt.param, tt.style, tt.schema))
			args, violations := o.DecodeParameters(request(tt.query, nil), nil)
			if got := keywords(violations); !reflect.DeepEqual(got, tt.broken) {
				t.Errorf("violations %q, want %q", got, tt.broken)
			}
			got, ok := args.At(0)
			if want := tt.want; ok != (want != "") || ok && !reflect.DeepEqual(got, jsonValue(t, want)) {
				t.Errorf("got %s (%v), want %s", toJSON(got), ok, want)
			}
		})
	}
}

func TestDecodePath(t *testing.T) {
	const object = "{type: object, properties: {R: {type: integer}, G: {type: integer}}}"
	tests := []struct {
		name, style, schema, raw, want string
		broken                         []string
	}{
		{"text", "simple", "{type: string}", "a%2Fb", `"a/b"`, nil},
		{"plus is a plus", "simple", "{type: string}", "a+b", `"a+b"`, nil},
		{"integer", "simple", "{type: integer}", "12", `12`, nil},
		{"wrong", "simple", "{type: integer}", "x", `"x"`, []string{"type color"}},
		{"uuid", "simple", "{type: string, format: uuid}", "12", `"12"`, []string{"format color"}},
		{"label without dot", "label", "{type: string}", "blue", "", []string{"style color"}},
		{"label with dots of 3.0.0", "label", "{type: array, items: {type: string}}", ".blue.black", `["blue","black"]`, nil},
		{"label object with dots of 3.0.0", "label", object, ".R.100.G.200", `{"R":100,"G":200}`, nil},
		{"label numbers", "label", "{type: array, items: {type: number}}", ".1.5,2", `[1.5,2]`, nil},
		{"label, one number", "label", "{type: array, items: {type: number}}", ".1.5", `[1.5]`, nil},
		{"label, empty array", "label", "{type: array}", ".", `[]`, nil},
		{"matrix integer", "matrix", "{type: integer}", ";color=5", `5`, nil},
		{"matrix, empty text", "matrix", "{type: string}", ";color", `""`, nil},
		{"matrix, other name", "matrix", "{type: integer}", ";colors=5", "", []string{"style color"}},
		{"matrix, exploded, other name", "matrix*", "{type: array}", ";color=5;colour=6", "", []string{"style color"}},
		{"matrix, exploded, encoded", "matrix*", "{type: array}", ";color=a%3Bb;color=c", `["a;b","c"]`, nil},
		{"simple, exploded object, no names", "simple*", object, "R,100", "", []string{"style color"}},
		{"array or text", "simple", "{anyOf: [{type: array, items: {type: integer}}, {type: string}]}", "1,2", `[1,2]`, nil},
		{"bad escape", "simple", "{type: string}", "%4", "", []string{"encoding color"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := operation("/{color}", parameter(t, "path", "color", tt.style, tt.schema))
			args, violations := o.DecodeParameters(request("", nil), []string{tt.raw})
			if got := keywords(violations); !reflect.DeepEqual(got, tt.broken) {
				t.Errorf("violations %q, want %q", got, tt.broken)
			}
			got, ok := args.Get("path", "color")
			if ok != (tt.want != "") || ok && !reflect.DeepEqual(got, jsonValue(t, tt.want)) {
				t.Errorf("got %s (%v), want %s", toJSON(got), ok, tt.want)
			}
		})
	}
}

func TestDecodeHeadersAndCookies(t *testing.T) {
	integers := "{type: array, items: {type: integer}}"
	tests := []struct {
		name, in, style, schema string
		lines                   []string
		want                    string
		broken                  []string
	}{
		{"text", "header", "", "{type: string}", []string{" a%20b "}, `"a%20b"`, nil},
		{"integer", "header", "", "{type: integer, minimum: 3}", []string{"2"}, `2`, []string{"minimum X-Test"}},
		{"format", "header", "", "{type: string, format: uuid}", []string{"x"}, `"x"`, []string{"format X-Test"}},
		{"list with spaces", "header", "", integers, []string{"1, 2 ,3"}, `[1,2,3]`, nil},
		{"list on several lines", "header", "", integers, []string{"1", "2, 3"}, `[1,2,3]`, nil},
		{"scalar on several lines", "header", "", "{type: integer}", []string{"1", "2"}, "", []string{"repeated X-Test"}},
		{"object", "header", "simple*", "{type: object, properties: {a: {type: integer}}}", []string{"a=1, b=x"}, `{"a":1,"b":"x"}`, nil},
		{"cookie", "cookie", "", "{type: integer}", []string{"other=9; X-Test=5"}, `5`, nil},
		{"cookie encoded", "cookie", "", "{type: string}", []string{"X-Test=a%20b"}, `"a b"`, nil},
		{"cookie in quotes", "cookie", "form", integers, []string{`X-Test="1,2"`}, `[1,2]`, nil},
		{"cookie twice", "cookie", "", "{type: integer}", []string{"X-Test=5; X-Test=6"}, "", []string{"repeated X-Test"}},
		{"cookie array as 3.0 prints it", "cookie", "form*", integers, []string{"X-Test=1&X-Test=2"}, `[1,2]`, nil},
		{"cookie array as several cookies", "cookie", "form*", integers, []string{"X-Test=1; X-Test=2"}, `[1,2]`, nil},
		{"cookie object as 3.0 prints it", "cookie", "form*", "{type: object, properties: {R: {type: integer}, G: {type: integer}}}", []string{"R=1&G=2; x=3"}, `{"R":1,"G":2}`, nil},
		{"cookie style keeps escapes", "cookie", "cookie*", "{type: string}", []string{"X-Test=a%20b"}, `"a%20b"`, nil},
		{"case of a cookie's name", "cookie", "", "{type: string}", []string{"x-test=a"}, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := operation("/x", parameter(t, tt.in, "X-Test", tt.style, tt.schema))
			header := http.Header{"X-Test": tt.lines}
			if tt.in == "cookie" {
				header = http.Header{"Cookie": tt.lines}
			}
			args, violations := o.DecodeParameters(request("", header), nil)
			if got := keywords(violations); !reflect.DeepEqual(got, tt.broken) {
				t.Errorf("violations %q, want %q", got, tt.broken)
			}
			got, ok := args.Get(tt.in, "X-Test")
			if ok != (tt.want != "") || ok && !reflect.DeepEqual(got, jsonValue(t, tt.want)) {
				t.Errorf("got %s (%v), want %s", toJSON(got), ok, tt.want)
			}
		})
	}
}

// All that is wrong is reported at once, each with its place.
func TestDecodeParametersReportsAll(t *testing.T) {
	o := operation("/{id}/x",
		parameter(t, "path", "id", "", "{type: integer}"),
		parameter(t, "query", "filter", "form*", "{type: object, properties: {a: {type: integer}}}"),
		required(parameter(t, "query", "limit", "", "{type: integer, maximum: 100}")),
		required(parameter(t, "query", "page", "", "{type: integer}")),
		required(parameter(t, "header", "X-Trace", "", "{type: string}")),
		required(parameter(t, "header", "Accept", "", "{type: integer}")),
		required(parameter(t, "header", "authorization", "", "{type: integer}")),
		required(parameter(t, "cookie", "session", "", "{type: string}")),
	)
	args, violations := o.DecodeParameters(request("limit=101&more=1&a=x&more=2&less", nil), []string{"one"})
	want := []string{"type id", "type filter/a", "maximum limit", "required page", "required X-Trace", "required session"}
	if got := keywords(violations); !reflect.DeepEqual(got, want) {
		t.Errorf("violations %q, want %q", got, want)
	}
	places := []string{"path", "query", "query", "query", "header", "cookie"}
	for i, v := range violations {
		if v.In != places[i] || v.Want == "" || v.Got == "" {
			t.Errorf("violation %+v lacks its place, what was wanted or what came", v)
		}
	}
	if want := []string{"more", "less"}; !reflect.DeepEqual(args.Undeclared, want) {
		t.Errorf("undeclared %q, want %q", args.Undeclared, want)
	}
	if got := args.String("query", "limit"); got != "101" {
		t.Errorf("the value that breaks its schema is %q, want 101", got)
	}
}

func TestUndeclaredWithoutParameters(t *testing.T) {
	o := &Operation{Path: "/x"} // not even compiled
	args, violations := o.DecodeParameters(request("a=1&b=2&a=3", nil), nil)
	if len(violations) > 0 || !reflect.DeepEqual(args.Undeclared, []string{"a", "b"}) {
		t.Errorf("undeclared %q, violations %v", args.Undeclared, violations)
	}
}

func TestAllowEmptyValue(t *testing.T) {
	p := parameter(t, "query", "flag", "", "{type: boolean}")
	p.AllowEmptyValue = true
	o := operation("/x", p)
	for query, want := range map[string]any{"flag": "", "flag=": "", "flag=true": true} {
		args, violations := o.DecodeParameters(request(query, nil), nil)
		if got, ok := args.Get("query", "flag"); !ok || got != want || len(violations) > 0 {
			t.Errorf("%s: got %v (%v), %v", query, got, ok, violations)
		}
	}
}

func TestContentParameters(t *testing.T) {
	filter := compileSchema(t, "{type: object, properties: {a: {type: integer}}, required: [a]}")
	p := &Parameter{Name: "filter", In: "query", Media: &MediaType{Name: "application/json", Schema: filter}}
	o := operation("/x", p)
	tests := []struct {
		query, want string
		broken      []string
	}{
		{"filter=%7B%22a%22%3A1%7D", `{"a":1}`, nil},
		{`filter={"a":"x"}`, `{"a":"x"}`, []string{"type filter/a"}},
		{`filter={}`, `{}`, []string{"required filter"}},
		{`filter={`, "", []string{"content filter"}},
	}
	for _, tt := range tests {
		args, violations := o.DecodeParameters(request(tt.query, nil), nil)
		if got := keywords(violations); !reflect.DeepEqual(got, tt.broken) {
			t.Errorf("%s: violations %q, want %q", tt.query, got, tt.broken)
		}
		got, ok := args.At(0)
		if ok != (tt.want != "") || ok && toJSON(got) != tt.want {
			t.Errorf("%s: got %s, want %s", tt.query, toJSON(got), tt.want)
		}
	}
}

func TestQuerystringParameter(t *testing.T) {
	form := &MediaType{Name: "application/x-www-form-urlencoded", Schema: compileSchema(t,
		"{type: object, properties: {a: {type: integer}, b: {type: array, items: {type: string}}}, required: [a]}")}
	o := operation("/x", required(&Parameter{Name: "all", In: "querystring", Media: form}))
	args, violations := o.DecodeParameters(request("a=1&b=x&b=y", nil), nil)
	if got, _ := args.At(0); len(violations) > 0 || toJSON(got) != `{"a":1,"b":["x","y"]}` {
		t.Errorf("got %s, %v", toJSON(got), violations)
	}
	if _, violations = o.DecodeParameters(request("b=x", nil), nil); !reflect.DeepEqual(keywords(violations), []string{"required all"}) {
		t.Errorf("a member is missing: %q", keywords(violations))
	}
	if _, violations = o.DecodeParameters(request("", nil), nil); !reflect.DeepEqual(keywords(violations), []string{"required all"}) {
		t.Errorf("all is missing: %q", keywords(violations))
	}
	jsonQuery := &MediaType{Name: "application/json", Schema: form.Schema}
	o = operation("/x", &Parameter{Name: "all", In: "querystring", Media: jsonQuery})
	args, violations = o.DecodeParameters(request("%7B%22a%22%3A1%7D", nil), nil)
	if got, _ := args.At(0); len(violations) > 0 || toJSON(got) != `{"a":1}` {
		t.Errorf("got %s, %v", toJSON(got), violations)
	}
}

// An exploded object does not stop what comes after it, and takes only what nobody else declares.
func TestExplodedObjectBesideOthers(t *testing.T) {
	o := operation("/x",
		parameter(t, "query", "first", "form*", "{type: object, properties: {a: {type: integer}, limit: {type: string}}}"),
		parameter(t, "query", "limit", "", "{type: integer}"),
		parameter(t, "query", "rest", "form*", "{type: object, additionalProperties: {type: boolean}}"),
		parameter(t, "query", "last", "", "{type: integer}"),
	)
	args, violations := o.DecodeParameters(request("a=1&limit=5&z=true&last=x", nil), nil)
	if got := keywords(violations); !reflect.DeepEqual(got, []string{"type last"}) {
		t.Errorf("violations %q", got)
	}
	for name, want := range map[string]string{"first": `{"a":1}`, "limit": `5`, "rest": `{"z":true}`} {
		if got, _ := args.Get("query", name); toJSON(got) != want {
			t.Errorf("%s is %s, want %s", name, toJSON(got), want)
		}
	}
}

func TestQueryLimits(t *testing.T) {
	o := operation("/x", parameter(t, "query", "q", "form*", "{type: array}"))
	_, violations := o.DecodeParameters(request(strings.Repeat("q=1&", maxPairs+5), nil), nil)
	if got := keywords(violations); len(got) != 1 || got[0] != "limit" {
		t.Errorf("too many pairs: %q", got)
	}
	deep := operation("/x", parameter(t, "query", "q", "deepObject*", "{type: object}"))
	_, violations = deep.DecodeParameters(request("q"+strings.Repeat("[a]", maxFormDepth+1)+"=1", nil), nil)
	if got := keywords(violations); len(got) != 1 || got[0] != "limit q" {
		t.Errorf("too deep: %q", got)
	}
}
