package cases_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/schema"
)

func shop(t testing.TB) *contracts.Contract {
	t.Helper()
	c, err := contracts.Load(t.Context(), filepath.Join("testdata", "shop.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func operation(t testing.TB, c *contracts.Contract, id string) *contracts.Operation {
	t.Helper()
	for _, o := range c.Operations {
		if o.ID == id {
			return o
		}
	}
	t.Fatalf("no operation %s", id)
	return nil
}

func positive(t testing.TB, g *cases.Generator, o *contracts.Operation) []cases.Case {
	t.Helper()
	list, err := g.Positive(o)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func negative(t testing.TB, g *cases.Generator, o *contracts.Operation) []cases.Case {
	t.Helper()
	list, err := g.Negative(o)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// wire shows a request as it is sent, without what Go's client adds.
func wire(t testing.TB, c cases.Case) string {
	t.Helper()
	r, err := c.Request(t.Context(), "https://shop.example.com/v1")
	if err != nil {
		t.Fatalf("%s %s: %v", c.Check, c.Name, err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", r.Method, r.URL.RequestURI())
	names := []string{}
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, " | %s: %s", name, strings.Join(r.Header[name], ", "))
	}
	if body, err := io.ReadAll(r.Body); err != nil {
		t.Fatal(err)
	} else if len(body) > 0 {
		b.WriteString(" | " + string(body))
	}
	return b.String()
}

// TestNegativesOfEachCheck names, for each check, the cases that the small document must give, and where their fault stands.
func TestNegativesOfEachCheck(t *testing.T) {
	c := shop(t)
	g := cases.New(c, cases.Options{PerOperation: 200})
	all := map[string]cases.Case{}
	for _, o := range c.Operations {
		if o.ID == "trapped" {
			continue
		}
		for _, one := range negative(t, g, o) {
			key := o.ID + " " + one.Check + " " + one.Name
			if _, twice := all[key]; twice {
				t.Errorf("there are two cases %s", key)
			}
			all[key] = one
		}
	}
	tests := []struct{ name, in, pointer, keyword string }{
		{"listOwners NEG-001 query shop is missing", "query", "", "required"},
		{"createOwner NEG-001 header Idempotency-Key is missing", "header", "", "required"},
		{"search NEG-001 query where is missing", "query", "", "required"},
		{"createOwner NEG-002 body as application/json /email is missing", "body", "/email", "required"},
		{"createOwner NEG-002 body as application/json /address/city is missing", "body", "/address/city", "required"},
		{"createOwner NEG-002 body as application/x-www-form-urlencoded /age is missing", "body", "/age", "required"},
		{"addNote NEG-002 body as application/xml /stars is missing", "body", "/stars", "required"},
		{"listOwners NEG-002 query filter /from is missing", "query", "/from", "required"},
		{"search NEG-002 query where /field is missing", "query", "/field", "required"},
		{"createOwner NEG-003 body as application/json /address/zip is a text, not integer", "body", "/address/zip", "type"},
		{"createOwner NEG-003 body as application/json /address/zip is 1.5, not integer", "body", "/address/zip", "type"},
		{"createOwner NEG-003 body as application/json /email is an object, not string", "body", "/email", "type"},
		{"createOwner NEG-003 body as application/json /tags is an object, not array", "body", "/tags", "type"},
		{"createOwner NEG-003 body as application/x-www-form-urlencoded /age is a text, not integer", "body", "/age", "type"},
		{"listOwners NEG-003 query shop is a text, not integer", "query", "", "type"},
		{"listOwners NEG-003 query ids /0 is a text, not integer", "query", "/0", "type"},
		{"listOwners NEG-003 query filter /from is a text, not integer", "query", "/from", "type"},
		{"getOwner NEG-003 path id is a text, not integer", "path", "", "type"},
		{"addNote NEG-003 body as application/xml /stars is a text, not integer", "body", "/stars", "type"},
		{"search NEG-003 query where /field is an object, not string", "query", "/field", "type"},
		{"listOwners NEG-004 query sort is none of the listed values", "query", "", "enum"},
		{"listOwners NEG-004 cookie mood is none of the listed values", "cookie", "", "enum"},
		{"createOwner NEG-005 body as application/json /discount is beyond its multipleOf 0.05", "body", "/discount", "multipleOf"},
		{"createOwner NEG-005 body as application/json /discount is beyond its exclusiveMaximum 1", "body", "/discount", "exclusiveMaximum"},
		{"getOwner NEG-005 path id is beyond its minimum 10", "path", "", "minimum"},
		{"listOwners NEG-005 query limit is beyond its maximum 100", "query", "", "maximum"},
		{"addNote NEG-005 body as application/xml /stars is beyond its maximum 5", "body", "/stars", "maximum"},
		{"createOwner NEG-006 body as application/json /nick is beyond its minLength 2", "body", "/nick", "minLength"},
		{"createOwner NEG-006 body as application/json /nick is beyond its maxLength 6", "body", "/nick", "maxLength"},
		{"listOwners NEG-006 header X-Trace is beyond its maxLength 8", "header", "", "maxLength"},
		{"addNote NEG-006 body as multipart/form-data /text is beyond its maxLength 20", "body", "/text", "maxLength"},
		{"addNote NEG-006 body as text/plain is beyond its minLength 3", "body", "", "minLength"},
		{"createOwner NEG-007 body as application/json /email has not the format email", "body", "/email", "format"},
		{"createOwner NEG-007 body as application/json /born has not the format date", "body", "/born", "format"},
		{"createOwner NEG-007 body as application/json /code does not match its pattern", "body", "/code", "pattern"},
		{"createOwner NEG-008 body as application/json /tags is beyond its minItems 2", "body", "/tags", "minItems"},
		{"createOwner NEG-008 body as application/json /tags is beyond its maxItems 4", "body", "/tags", "maxItems"},
		{"createOwner NEG-008 body as application/json /tags holds an item twice", "body", "/tags/2", "uniqueItems"},
		{"listOwners NEG-008 query ids is beyond its maxItems 3", "query", "", "maxItems"},
		{"createOwner NEG-009 body as application/json /undeclaredMember is not declared", "body", "/undeclaredMember", "additionalProperties"},
		{"createOwner NEG-010 body is malformed application/json", "body", "", "malformed"},
		{"addNote NEG-010 body is malformed application/xml", "body", "", "malformed"},
		{"addNote NEG-010 body is malformed multipart/form-data", "body", "", "malformed"},
		{"createOwner NEG-011 body is empty", "body", "", "required"},
		{"createOwner NEG-012 body as application/json /email is null", "body", "/email", "type"},
		{"createOwner NEG-012 body as application/json /address/zip is null", "body", "/address/zip", "type"},
		{"listOwners NEG-013 query shop is there twice", "query", "", "repeated"},
		{"createOwner NEG-014 body as application/json /pet fits none of the alternatives of oneOf", "body", "/pet", "oneOf"},
		{"addContact NEG-014 body fits none of the alternatives of oneOf", "body", "", "oneOf"},
		{"createOwner NEG-015 body as application/json /id is sent although it is readOnly", "body", "/id", "readOnly"},
		{"createOwner CTY-005 body comes as the undeclared application/vnd.undeclared", "content-type", "", "mediaType"},
		{"listOwners CTY-006 accept takes none of the documented types", "accept", "", "accept"},
	}
	for _, tt := range tests {
		one, there := all[tt.name]
		if !there {
			t.Errorf("there is no case %q", tt.name)
			continue
		}
		if one.Fault.In != tt.in || one.Fault.Pointer != tt.pointer || one.Fault.Keyword != tt.keyword || one.Fault.At.Line == 0 || one.Valid {
			t.Errorf("%s: %+v", tt.name, one.Fault)
		}
	}
	if t.Failed() {
		for _, name := range slices.Sorted(keys(all)) {
			t.Logf("%s: %s", name, wire(t, all[name]))
		}
	}
}

func keys(m map[string]cases.Case) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// TestNoisyFaultsAreNotMade: what looks like a fault and is none, or is one that somebody else answers.
func TestNoisyFaultsAreNotMade(t *testing.T) {
	c := shop(t)
	g := cases.New(c, cases.Options{PerOperation: 400})
	for _, o := range c.Operations {
		if o.ID == "trapped" {
			continue
		}
		for _, one := range slices.Concat(negative(t, g, o), positive(t, g, o)) {
			text := o.ID + " " + one.Check + " " + one.Name
			f := one.Fault
			switch {
			case !one.Valid && (f.Name == "search" || f.Name == "X-Trace" || f.Name == "mood") && one.Check == "NEG-003":
				t.Errorf("%s: any text is a text", text)
			case !one.Valid && f.In != "body" && one.Check == "NEG-012" && f.Name != "where":
				t.Errorf("%s: null is a text there", text)
			case !one.Valid && f.Name == "limit" && f.Keyword == "required":
				t.Errorf("%s: it has a default", text)
			case f.Name == "X-Api-Key" || f.Name == "Accept" || f.Name == "If-Match":
				t.Errorf("%s: that header is not for us", text)
			case !one.Valid && o.ID == "deleteOwner" && f.In == "body":
				t.Errorf("%s: content has no meaning there", text)
			case !one.Valid && o.ID == "deleteOwners" && f.In == "body":
				t.Errorf("%s: content has no meaning there", text)
			case f.Name == "labels" && f.Keyword == "minItems" && !one.Valid:
				t.Errorf("%s: an empty list has no form there", text)
			case o.ID == "search" && one.Check == "CTY-006":
				t.Errorf("%s: every type is documented", text)
			case f.Pointer == "/site" && one.Check == "NEG-007":
				t.Errorf("%s: what a URI is differs", text)
			case f.Pointer == "/address/city" && one.Check == "NEG-002" && one.Certainty != cases.Likely:
				t.Errorf("%s: it has a default", text)
			}
			sent := wire(t, one)
			target, _, _ := strings.Cut(strings.TrimPrefix(sent, o.Method+" "), " ")
			if strings.Contains(sent, "X-Api-Key") || strings.Contains(target, "%2F") && o.ID == "putFile" || strings.Contains(target, "/.") {
				t.Errorf("%s: %s", text, sent)
			}
			if o.ID == "getOwner" && strings.HasSuffix(target, "/me") || o.ID == "colour" && strings.HasSuffix(target, "/all") {
				t.Errorf("%s: leads to another operation", text)
			}
		}
	}
}

func TestNoValidRequest(t *testing.T) {
	c := shop(t)
	_, err := cases.New(c, cases.Options{}).Positive(operation(t, c, "trapped"))
	if err == nil || !strings.Contains(err.Error(), "GET /trapped/{id}") || !strings.Contains(err.Error(), "rewritten") {
		t.Errorf("the error is %v", err)
	}
}

func TestPositivesOfEachCheck(t *testing.T) {
	c := shop(t)
	g := cases.New(c, cases.Options{PerOperation: 200})
	found, sent := map[string]string{}, map[string]string{}
	for _, id := range []string{"listOwners", "createOwner", "addNote", "getOwner", "putFile"} {
		for _, one := range positive(t, g, operation(t, c, id)) {
			name := id + " " + one.Check + " " + one.Name
			found[name] = wire(t, one)
			if other := sent[wire(t, one)]; other != "" {
				t.Errorf("%s is sent as %s is", name, other)
			}
			sent[wire(t, one)] = name
			if !one.Valid {
				t.Errorf("%s is not meant to be valid", one.Name)
			}
		}
	}
	for name, want := range map[string]string{
		"listOwners POS-001 query shop: documented example two":                                 "shop=8",
		"listOwners POS-002 only what is required":                                              "GET /v1/owners?shop=7&limit=",
		"listOwners POS-003 everything that may be sent":                                        "filter%5Bto%5D=",
		"listOwners POS-004 query limit at its maximum 100":                                     "limit=100",
		"listOwners POS-004 query shop at its minimum 1":                                        "shop=1&",
		"listOwners POS-004 query ids at its maxItems 3":                                        "ids=",
		"listOwners POS-005 query sort is \"desc\"":                                             "sort=desc",
		"listOwners POS-005 cookie mood is \"bad\"":                                             "Cookie: mood=bad",
		"listOwners POS-006 query ids (form) as a list of 3":                                    "ids=",
		"listOwners POS-006 query filter (deepObject, exploded) as an object":                   "filter%5Bfrom%5D=",
		"listOwners POS-006 query search (form, exploded) with characters that must be encoded": "search=a%20b%26c",
		"createOwner POS-001 body as application/json: documented example ada":                  `{"email":"ada@example.com","address":{"city":"London"}}`,
		"createOwner POS-002 only what is required, body as application/x-www-form-urlencoded":  "&age=",
		"createOwner POS-003 everything that may be sent, body as application/json":             `"discount":`,
		"createOwner POS-004 body as application/json /nick at its maxLength 6":                 `"nick":"`,
		"createOwner POS-004 body as application/json /tags at its maxItems 4":                  `"tags":[`,
		"createOwner POS-005 body as application/json /nick is null":                            `"nick":null`,
		"createOwner POS-005 body as application/json /pet (oneOf 1) is taken (Cat)":            `"kind":"kitty"`,
		"createOwner POS-005 body as application/json /pet (oneOf 2) is taken (Dog)":            `"kind":"doggy"`,
		"addNote POS-002 only what is required":                                                 "multipart/form-data; boundary=",
		"addNote POS-004 body as application/xml /stars at its maximum 5":                       "<stars>5</stars>",
		"getOwner POS-004 path id at its minimum 10":                                            "/owners/10",
		"putFile POS-002 only what is required":                                                 "/files/plain",
	} {
		if got, there := found[name]; !there || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q in it", name, got, want)
		}
	}
	for name := range found {
		if strings.Contains(name, "example wrong") {
			t.Errorf("%s breaks its schema", name)
		}
		if strings.Contains(name, `query code is "1"`) {
			t.Errorf("%s: what arrives is the number", name)
		}
	}
	if t.Failed() {
		for _, name := range slices.Sorted(func(yield func(string) bool) {
			for n := range found {
				if !yield(n) {
					return
				}
			}
		}) {
			t.Logf("%s: %s", name, found[name])
		}
	}
}

func TestEverythingIsDeterminedBySeed(t *testing.T) {
	c := shop(t)
	shared := map[uint64]*cases.Generator{1: cases.New(c, cases.Options{Seed: 1}), 2: cases.New(c, cases.Options{Seed: 2})}
	all := func(seed uint64) string {
		g := shared[seed]
		var b bytes.Buffer
		for _, o := range c.Operations {
			for _, make := range []func(*contracts.Operation) ([]cases.Case, error){g.Positive, g.Negative} {
				list, _ := make(o)
				for _, one := range list {
					fmt.Fprintf(&b, "%s %s %+v %s\n", one.Check, one.Name, one.Fault, wire(t, one))
				}
			}
			fmt.Fprintf(&b, "%+v\n", g.Branches(o))
		}
		return b.String()
	}
	var both [2]string
	var group sync.WaitGroup
	for i := range both {
		group.Go(func() { both[i] = all(1) })
	}
	group.Wait()
	if both[0] != both[1] {
		t.Error("the same seed gave other cases")
	}
	if all(1) == all(2) {
		t.Error("another seed gave the same cases")
	}
}

func TestBoundsAndOrder(t *testing.T) {
	c := shop(t)
	o := operation(t, c, "createOwner")
	g := cases.New(c, cases.Options{PerOperation: 6})
	list := positive(t, g, o)
	if len(list) != 6 || list[0].Check != "POS-002" || list[1].Check != "POS-001" || list[2].Check != "POS-003" {
		t.Errorf("%d cases, first %s %s %s", len(list), list[0].Check, list[1].Check, list[2].Check)
	}
	checks := map[string]bool{}
	for _, one := range negative(t, g, o) {
		checks[one.Check] = true
	}
	if len(checks) != 6 {
		t.Errorf("six invalid cases are of the checks %v", checks)
	}
}

func TestKnownValuesAndDistinctOnes(t *testing.T) {
	c := shop(t)
	g := cases.New(c, cases.Options{
		PerOperation: 100,
		Values: func(o *contracts.Operation, p *contracts.Parameter) (any, bool) {
			return schema.Raw("no value"), p.Name == "shop" // breaks the schema: passed over
		},
		Wish: func(*contracts.Operation, *contracts.MediaType) any {
			return map[string]any{"address": map[string]any{"city": "Ulm"}}
		},
	})
	positive(t, g, operation(t, c, "listOwners"))
	emails, keys := map[string]bool{}, map[string]bool{}
	for _, one := range slices.Concat(positive(t, g, operation(t, c, "createOwner")), negative(t, g, operation(t, c, "createOwner"))) {
		if key, there := one.Arguments.Get("header", "Idempotency-Key"); there {
			if keys[key.(string)] {
				t.Errorf("%s %s: the idempotency key %s is another case's", one.Check, one.Name, key)
			}
			keys[key.(string)] = true
		}
		if one.Body == nil || one.Body.Media == nil || one.Body.Raw != nil || one.Check == "POS-001" || one.Fault.Pointer == "/email" {
			continue
		}
		body, _ := one.Body.Value.(map[string]any)
		email, _ := body["email"].(string)
		if emails[email] {
			t.Errorf("%s %s: the address %s is another case's", one.Check, one.Name, email)
		}
		emails[email] = true
		if contracts.JSONMedia(one.Body.Media.Name) && one.Valid && one.Check == "POS-002" {
			if city, _ := schema.At(body, "/address/city"); city != "Ulm" {
				t.Errorf("the wish for a city was passed over: %v", city)
			}
		}
	}
	known := cases.New(c, cases.Options{Values: func(_ *contracts.Operation, p *contracts.Parameter) (any, bool) {
		return json.Number("4711"), p.Name == "id"
	}})
	if sent := wire(t, positive(t, known, operation(t, c, "getOwner"))[0]); sent != "GET /v1/owners/4711" {
		t.Errorf("the known id was passed over: %s", sent)
	}
}

func TestMinimise(t *testing.T) {
	c := shop(t)
	g := cases.New(c, cases.Options{PerOperation: 200})
	asked := 0
	for _, tt := range []struct {
		operation, check, name string
		fails                  func(*http.Request, string) bool
		want                   string
	}{
		{"listOwners", "POS-003", "everything that may be sent", func(r *http.Request, _ string) bool { return r.URL.Query().Has("sort") },
			"GET /v1/owners?shop=7&limit=0&sort=desc"},
		{"createOwner", "POS-003", "everything that may be sent, body as application/json",
			func(_ *http.Request, body string) bool { return strings.Contains(body, `"born"`) }, `"address":{"city":""}`},
		{"createOwner", "NEG-003", "body as application/json /address/zip is a text, not integer", func(*http.Request, string) bool { return true }, `"zip":"no integer"`},
	} {
		o := operation(t, c, tt.operation)
		list := slices.Concat(positive(t, g, o), negative(t, g, o))
		i := slices.IndexFunc(list, func(one cases.Case) bool { return one.Check == tt.check && one.Name == tt.name })
		if i < 0 {
			t.Fatalf("no case %s", tt.name)
		}
		asked = 0
		small := g.Minimise(list[i], func(one cases.Case) bool {
			asked++
			if !g.Holds(one) {
				t.Errorf("asked about a case that is not what it claims: %s", wire(t, one))
			}
			r, err := one.Request(context.Background(), "http://h")
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(r.Body)
			return tt.fails(r, string(body))
		})
		if got := wire(t, small); !strings.Contains(got, tt.want) || small.Size() > list[i].Size() || asked > 100 || !g.Holds(small) {
			t.Errorf("%s: %s after %d tries, from %s", tt.name, got, asked, wire(t, list[i]))
		}
	}
}

func TestBranchesAndWhatCoversThem(t *testing.T) {
	c := shop(t)
	g := cases.New(c, cases.Options{PerOperation: 300})
	for id, want := range map[string][]string{
		"listOwners": {"query search is there", "query search is missing", `query sort = "asc"`, `query sort = "desc"`, "query filter /to is there", "query filter /to is missing"},
		"createOwner": {"body as application/json", "body as application/x-www-form-urlencoded", "body as application/json /nick is null",
			"body as application/json /pet oneOf 1", "body as application/json /pet oneOf 2", "body as application/json /address/zip is missing"},
	} {
		o := operation(t, c, id)
		var ids []string
		for _, b := range g.Branches(o) {
			ids = append(ids, b.ID)
			if b.At.Line == 0 {
				t.Errorf("%s: no line", b.ID)
			}
		}
		covered := map[string]bool{}
		for _, one := range positive(t, g, o) {
			own := g.Covers(one)
			r, err := one.Request(t.Context(), "https://shop.example.com/v1")
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(r.Body)
			x := &contracts.Exchange{Method: r.Method, URL: r.URL.String(), RequestHeader: r.Header, RequestBody: body}
			if recorded := g.CoversExchange(x); !slices.Equal(own, recorded) {
				t.Errorf("%s: the case covers %q, its exchange %q", one.Name, own, recorded)
			}
			for i, name := range []string{"(oneOf 1) is taken (Cat)", "(oneOf 2) is taken (Dog)"} {
				other := fmt.Sprintf("body as application/json /pet oneOf %d", 2-i)
				if strings.Contains(one.Name, name) && slices.Contains(own, other) {
					t.Errorf("%s covers %q", one.Name, other)
				}
			}
			for _, id := range own {
				covered[id] = true
				if !slices.Contains(ids, id) {
					t.Errorf("%q is covered and is no branch", id)
				}
			}
		}
		for _, one := range negative(t, g, o) {
			if own := g.Covers(one); len(own) > 0 && !one.Convention {
				t.Errorf("%s covers %q", one.Name, own)
			}
		}
		for _, id := range want {
			if !slices.Contains(ids, id) {
				t.Errorf("%q is no branch: %q", id, ids)
			}
		}
		for _, id := range ids {
			if !covered[id] && id != `query code = "1"` {
				t.Errorf("%s: nothing covers %q", o.ID, id)
			}
		}
	}
}
