package inference_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/inference"
)

// components are the schemas that the small documents below refer to.
const components = `
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: integer}
        name: {type: string}
        status: {type: string, enum: [available, sold, archived]}
        price: {type: number}
        owner_id: {type: string}
        tags: {type: array, items: {type: string}}
        created_at: {type: string, format: date-time}
        locked: {type: boolean}
    NewPet:
      type: object
      required: [name]
      properties: {name: {type: string}, status: {type: string}, price: {type: number}}
    Owner:
      type: object
      properties: {id: {type: string}, login: {type: string}, email: {type: string}, phone: {type: string}}
    Settings:
      type: object
      properties: {theme: {type: string}, language: {type: string}, zone: {type: string}}
    Ack:
      type: object
      properties: {accepted: {type: boolean}, ticket: {type: string}}
`

// infer loads a document that consists of paths, each line "METHOD path status answer <- body ? parameters",
// where answer and body are flow YAML schemas, @Name for a component, or - for none.
func infer(t *testing.T, lines ...string) (*inference.Model, *contracts.Contract) {
	t.Helper()
	var y strings.Builder
	y.WriteString("openapi: 3.0.3\ninfo: {title: Test, version: '1'}\npaths:\n")
	byPath := map[string]string{}
	var order []string
	for _, line := range lines {
		spec, params, _ := strings.Cut(line, " ? ")
		spec, body, _ := strings.Cut(spec, " <- ")
		f := strings.SplitN(spec, " ", 4)
		if len(f) != 4 {
			t.Fatalf("not an operation: %q", line)
		}
		if byPath[f[1]] == "" {
			order = append(order, f[1])
		}
		byPath[f[1]] += operationYAML(f[0], f[1], f[2], f[3], body, params)
	}
	for _, p := range order {
		fmt.Fprintf(&y, "  %q:\n%s", p, byPath[p])
	}
	y.WriteString(components)
	return inferDocument(t, y.String())
}

func inferDocument(t *testing.T, document string, overlays ...string) (*inference.Model, *contracts.Contract) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	var o contracts.Options
	for i, text := range overlays {
		o.Overlays = append(o.Overlays, write(fmt.Sprintf("overlay%d.yaml", i), text))
	}
	c, err := contracts.Load(t.Context(), write("openapi.yaml", document), o)
	if err != nil {
		t.Fatalf("load: %v\n%s", err, strings.Join(append(overlays, document), "\n"))
	}
	return inference.Infer(c), c
}

func operationYAML(method, path, status, answer, body, params string) string {
	var y strings.Builder
	fmt.Fprintf(&y, "    %s:\n", strings.ToLower(method))
	var list []string
	for rest := path; ; {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			break
		}
		name, tail, _ := strings.Cut(after, "}")
		list = append(list, fmt.Sprintf("{name: %s, in: path, required: true, schema: {type: string}}", name))
		rest = tail
	}
	for p := range strings.SplitSeq(params, "; ") {
		if p != "" {
			name, sch, _ := strings.Cut(p, "=")
			required := strings.HasPrefix(name, "!")
			list = append(list, fmt.Sprintf("{name: %q, in: query, required: %v, schema: %s}", strings.TrimPrefix(name, "!"), required, schemaYAML(sch)))
		}
	}
	if len(list) > 0 {
		fmt.Fprintf(&y, "      parameters: [%s]\n", strings.Join(list, ", "))
	}
	if body != "" {
		fmt.Fprintf(&y, "      requestBody: {required: true, content: %s}\n", contentYAML(body))
	}
	fmt.Fprintf(&y, "      responses:\n        '%s':\n          description: good\n", status)
	if answer != "-" {
		fmt.Fprintf(&y, "          content: %s\n", contentYAML(answer))
	}
	return y.String()
}

// contentYAML makes a content map; "image/png:" before the schema names another media type.
func contentYAML(text string) string {
	media := "application/json"
	if m, rest, ok := strings.Cut(text, ":"); ok && strings.Contains(m, "/") && !strings.ContainsAny(m, "{[ ") {
		media, text = m, rest
	}
	return fmt.Sprintf("{%s: {schema: %s}}", media, schemaYAML(text))
}

func schemaYAML(text string) string {
	for _, name := range []string{"Pet", "NewPet", "Owner", "Settings", "Ack"} {
		text = strings.ReplaceAll(text, "[@"+name+"]", "{type: array, items: {$ref: '#/components/schemas/"+name+"'}}")
		text = strings.ReplaceAll(text, "@"+name+" ", "{$ref: '#/components/schemas/"+name+"'} ")
		text = strings.ReplaceAll(text, "@"+name+",", "{$ref: '#/components/schemas/"+name+"'},")
		text = strings.ReplaceAll(text, "@"+name+"}", "{$ref: '#/components/schemas/"+name+"'}}")
		if text == "@"+name {
			text = "{$ref: '#/components/schemas/" + name + "'}"
		}
	}
	if text == "" {
		return "{type: string}"
	}
	return text
}

func object(members string) string { return "{type: object, properties: {" + members + "}}" }

// told writes a binding in one line: role, collection, and what else is asked for in the tests.
func told(b *inference.Binding) string {
	path := "-"
	if b.Collection != nil {
		path = b.Collection.Path
	}
	text := string(b.Role) + " " + path
	if b.Item != "" {
		text += " at " + b.Item
	}
	if b.Array {
		text += " array"
	}
	if b.Input != "" {
		text += " in " + b.Input
	}
	if b.InputArray {
		text += " list"
	}
	if b.Collection != nil && !b.Shows {
		text += " hidden"
	}
	return text
}

func TestRoles(t *testing.T) {
	pets := []string{"GET /pets 200 [@Pet]", "POST /pets 201 @Pet <- @NewPet", "GET /pets/{petId} 200 @Pet"}
	tests := []struct {
		name string
		doc  []string
		want []string // for the last operations of doc
	}{
		{"list, create and read", pets, []string{"list /pets", "create /pets", "read /pets"}},
		{"update, replace and delete", append(pets, "PATCH /pets/{id} 200 @Pet <- @NewPet", "PUT /pets/{id} 204 - <- @Pet", "DELETE /pets/{id} 204 -"),
			[]string{"update /pets", "replace /pets hidden", "delete /pets hidden"}},
		{"POST on an item updates it", append(pets, "POST /pets/{id} 200 @Pet <- @NewPet"), []string{"update /pets"}},
		{"DELETE on a collection", append(pets, "DELETE /pets 204 -"), []string{"clear /pets hidden"}},
		{"an id in the body", append(pets, "PUT /pets 200 @Pet <- @Pet"), []string{"replace /pets"}},
		{"a search beside the items", append(pets, "GET /pets/search 200 "+object("results: [@Pet], total: {type: integer}")), []string{"list /pets at /results"}},
		{"a search by POST", append(pets, "POST /pets/search 200 [@Pet] <- "+object("text: {type: string}")), []string{"list /pets"}},
		{"several at once", append(pets, "POST /pets/bulk 201 [@Pet] <- [@NewPet]"), []string{"create /pets array list"}},
		{"an action", append(pets, "POST /pets/{id}/archive 200 @Pet", "DELETE /pets/{id}/lock 204 -"), []string{"action /pets", "action /pets hidden"}},
		{"a verb after a colon", append(pets, "POST /pets/{id}:archive 200 @Pet"), []string{"action /pets"}},
		{"an action that answers something else", append(pets, "POST /pets/{id}/groom 202 @Ack"), []string{"action /pets hidden"}},
		{"bytes", append(pets, "PUT /pets/{id}/photo 204 - <- image/png:{type: string, format: binary}", "GET /pets/{id}/photo 200 image/png:{type: string, format: binary}"),
			[]string{"upload /pets hidden", "download /pets hidden"}},
		{"one object at a fixed path", []string{"GET /settings 200 @Settings", "PATCH /settings 200 @Settings <- @Settings"}, []string{"read /settings", "update /settings"}},
		{"one object for each parent", append(pets, "GET /pets/{id}/settings 200 @Settings", "PUT /pets/{id}/settings 200 @Settings <- @Settings"),
			[]string{"read /pets/{id}/settings", "replace /pets/{id}/settings"}},
		{"a second path to the item", append(pets, "GET /pets/{id}/status 200 @Pet", "PUT /pets/{id}/status 200 @Pet <- @Pet"), []string{"read /pets", "replace /pets"}},
		{"an envelope", []string{"GET /pets 200 " + object("pets: [@Pet], meta: {type: object, properties: {total: {type: integer}}}"), "GET /pets/{id} 200 " + object("pet: @Pet"),
			"POST /pets 201 " + object("pet: @Pet, links: {type: object, properties: {self: {type: string}}}") + " <- " + object("pet: @NewPet")},
			[]string{"list /pets at /pets", "read /pets at /pet", "create /pets at /pet in /pet"}},
		{"a data wrapper", []string{"GET /pets 200 " + object("data: [@Pet]"), "GET /pets/{id} 200 " + object("data: @Pet")}, []string{"list /pets at /data", "read /pets at /data"}},
		{"a list one level down", []string{"GET /pets 200 " + object("data: {type: object, properties: {items: [@Pet]}}")}, []string{"list /pets at /data/items"}},
		{"lists of one", []string{"GET /Pets 200 " + object("Pets: [@Pet]"), "PUT /Pets 201 " + object("Pets: [@Pet]") + " <- " + object("Pets: [@Pet]"), "GET /Pets/{PetID} 200 " + object("Pets: [@Pet]")},
			[]string{"list /Pets at /Pets", "create /Pets at /Pets array in /Pets list", "read /Pets at /Pets array"}},
		{"an item by a query parameter", []string{"GET /pet 200 " + object("pet: @Pet") + " ? !id={type: integer}"}, []string{"read /pet at /pet"}},
		{"a collection below an expression", []string{"GET /objects/{entity} 200 [@Pet]", "GET /objects/{entity}/{id} 200 @Pet"}, []string{"list /objects/{entity}", "read /objects/{entity}"}},
		{"a list chosen by a name", []string{"GET /zones/{zone} 200 [@Pet]"}, []string{"list /zones/{zone}"}},
		{"two parameters for one item", []string{"GET /repos/{owner}/{name} 200 @Pet", "DELETE /repos/{owner}/{name} 204 -"}, []string{"read /repos", "delete /repos hidden"}},
		{"formats at the end", []string{"GET /Pets.json 200 " + object("pets: [@Pet], page: {type: integer}"), "GET /Pets/{Sid}.json 200 @Pet", "GET /Pets/{PetSid}/Toys.json 200 [@Owner]"},
			[]string{"list /Pets.json at /pets", "read /Pets.json", "list /Pets/{PetSid}/Toys.json"}},
		{"slashes at the end", []string{"GET /pets/ 200 [@Pet]", "GET /pets/{id}/ 200 @Pet"}, []string{"list /pets/", "read /pets/"}},
		{"the same items elsewhere", append([]string{"GET /owners/{owner}/pets 200 [@Pet]", "POST /owners/{owner}/pets 201 @Pet", "GET /owners/{owner}/pets/{id} 200 @Pet"}, "GET /pets 200 [@Pet]"),
			[]string{"list /owners/{owner}/pets"}},
		{"client names the item", []string{"POST /jobs/{job} 201 @Pet <- @Pet", "GET /jobs/{job} 200 @Pet"}, []string{"create /jobs", "read /jobs"}},
		{"computed and free", []string{"GET /report 200 @Settings ? !from={type: string}", "POST /login 200 @Ack <- @Owner", "GET /count 200 {type: object, additionalProperties: {type: integer}}", "GET /words 200 {type: array, items: {type: string}}"},
			[]string{"none -", "none -", "none -", "none -"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, c := infer(t, tt.doc...)
			byName := map[string]*contracts.Operation{}
			for _, o := range c.Operations {
				byName[o.Method+" "+o.Path] = o
			}
			last := tt.doc[len(tt.doc)-len(tt.want):]
			for i, line := range last {
				f := strings.SplitN(line, " ", 3)
				b := m.Binding(byName[f[0]+" "+f[1]])
				if got := told(b); got != tt.want[i] {
					t.Errorf("%s %s: %s, want %s (%s)", f[0], f[1], got, tt.want[i], strings.Join(b.Reasons, "; "))
				}
			}
		})
	}
}

func TestPaging(t *testing.T) {
	limit := "={type: integer, default: 25, maximum: 50}"
	envelope := func(members string) string { return object("data: [@Pet], " + members) }
	tests := []struct{ name, answer, params, want string }{
		{"pages", "[@Pet]", "page={type: integer}; per_page" + limit, "page page=page limit=per_page first=1 size=25 max=50"},
		{"pages from 0", "[@Pet]", "page={type: integer, default: 0}; size={type: integer}", "page page=page limit=size first=0 size=20 max=0"},
		{"offset", envelope("total: {type: integer}, offset: {type: integer}"), "offset={type: integer}; limit" + limit, "offset offset=offset limit=limit first=1 size=25 max=50 total=/total self=/offset"},
		{"cursor", envelope("has_more: {type: boolean}"), "starting_after={type: string}; ending_before={type: string}; limit" + limit, "cursor limit=limit cursor=starting_after before=ending_before first=1 size=25 max=50 more=/has_more by item"},
		{"token", envelope("next_page_token: {type: string}"), "page_token={type: string}; page_size={type: integer}", "cursor limit=page_size cursor=page_token first=1 size=20 max=0 next=/next_page_token"},
		{"a page that is a text", envelope("next_page: {type: string}"), "page={type: string}", "cursor cursor=page first=1 size=20 max=0 next=/next_page"},
		{"nested", envelope("meta: {type: object, properties: {pagination: {type: object, properties: {next_page: {type: integer}, total_entries: {type: integer}, last_page: {type: integer}}}}}"),
			"page={type: integer}", "page page=page first=1 size=20 max=0 total=/meta/pagination/total_entries pages=/meta/pagination/last_page next=/meta/pagination/next_page"},
		{"links", envelope("links: {type: object, properties: {pages: {type: object, properties: {next: {type: string, format: uri}, prev: {type: string, format: uri}}}}}"),
			"page={type: integer}", "page page=page first=1 size=20 max=0 next=/links/pages/next previous=/links/pages/prev urls"},
		{"only a size", "[@Pet]", "limit={type: integer}", "limit limit=limit first=1 size=20 max=0"},
		{"a time is no cursor", "[@Pet]", "after={type: string, format: date-time}", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, c := infer(t, "GET /pets 200 "+tt.answer+" ? "+tt.params, "GET /pets/{id} 200 @Pet")
			if got := pagingText(m.Binding(find(t, c, "GET /pets")).Page); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func pagingText(p *inference.Paging) string {
	if p == nil {
		return ""
	}
	text := string(p.Style)
	add := func(word, v string) {
		if v != "" {
			text += " " + word + "=" + v
		}
	}
	add("page", p.Page)
	add("offset", p.Offset)
	add("limit", p.Limit)
	add("cursor", p.Cursor)
	add("before", p.Before)
	text += fmt.Sprintf(" first=%d size=%d max=%d", p.First, p.Size, p.Max)
	add("total", p.Total)
	add("pages", p.Pages)
	add("next", p.Next)
	add("previous", p.Previous)
	add("more", p.More)
	add("self", strings.Join(slices.Sorted(maps.Keys(p.Self)), ","))
	if p.URLs {
		text += " urls"
	}
	if p.ByItem {
		text += " by item"
	}
	return text
}

func TestFilters(t *testing.T) {
	tests := []struct{ name, params, filters, rest string }{
		{"by name", "status=; ownerId=", "status eq status, ownerId eq owner_id", ""},
		{"several values", "ids={type: array, items: {type: integer}}; tag=", "ids eq id, tag eq tags", ""},
		{"times", "created_after={type: string, format: date-time}; createdBefore={type: string, format: date-time}", "created_after gt created_at, createdBefore lt created_at", ""},
		{"numbers", "min_price={type: number}; price_max={type: number}; price__lte={type: number}", "min_price gte price, price_max lte price, price__lte lte price", ""},
		{"parts", "name__icontains=; name[like]=", "name__icontains contains name, name[like] contains name", ""},
		{"an object", "created={type: object, properties: {gte: {type: integer}, lt: {type: integer}}}", "created.gte gte created_at, created.lt lt created_at", ""},
		{"in brackets", "filter[status]=", "filter[status] eq status", ""},
		{"a value for all", "status={type: string, enum: [available, sold, all]}", "status eq status any all", ""},
		{"other values", "status={type: string, enum: [red, green]}", "", ""},
		{"unknown", "colour=; expand=", "", ""},
		{"search and fields", "q=; fields=", "", "search q"},
		{"sort", "sort={type: string, enum: [created, -created, price], default: -created}; direction={type: string, enum: [asc, desc]}", "", "sort sort [created:created_at price:price] created true direction direction"},
		{"sort with a suffix", "sort={type: string, enum: ['id', 'id:asc', 'id:desc']}", "", "sort sort [id:id]  false direction "},
		{"order as direction", "order_by=; order={type: string, enum: [asc, desc], default: desc}", "", "sort order_by []  true direction order"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, c := infer(t, "GET /pets 200 [@Pet] ? "+tt.params, "GET /pets/{id} 200 @Pet")
			b := m.Binding(find(t, c, "GET /pets"))
			var list []string
			for _, f := range b.Filters {
				name := f.Param
				if f.Key != "" {
					name += "." + f.Key
				}
				text := fmt.Sprintf("%s %s %s", name, f.Op, f.Property)
				if f.Any != "" {
					text += " any " + f.Any
				}
				list = append(list, text)
			}
			if got := strings.Join(list, ", "); got != tt.filters {
				t.Errorf("filters are %q, want %q", got, tt.filters)
			}
			if got := restText(b); got != tt.rest {
				t.Errorf("the rest is %q, want %q", got, tt.rest)
			}
		})
	}
}

func restText(b *inference.Binding) string {
	var parts []string
	for _, s := range b.Search {
		parts = append(parts, "search "+s.Param)
	}
	if s := b.Sort; s != nil {
		var values []string
		for _, k := range slices.Sorted(maps.Keys(s.Properties)) {
			values = append(values, k+":"+s.Properties[k])
		}
		parts = append(parts, fmt.Sprintf("sort %s %v %s %v direction %s", s.By, values, s.Default, s.Descending, s.Direction))
	}
	return strings.Join(parts, " ")
}

// Documents write items beside "type: object" by mistake: such an answer is one thing and no list.
func TestObjectsWithItemsAreNoLists(t *testing.T) {
	for _, tt := range []struct {
		answer string
		want   inference.Role
	}{
		{"{type: array, items: {$ref: '#/components/schemas/Pet'}}", inference.List},
		{"{items: {$ref: '#/components/schemas/Pet'}}", inference.List},
		{"{type: object, items: {$ref: '#/components/schemas/Pet'}}", inference.Read},
		{"{type: object, properties: {theme: {type: string}}, items: {$ref: '#/components/schemas/Pet'}}", inference.Read},
	} {
		m, c := infer(t, "GET /things 200 "+tt.answer, "POST /things 201 @Pet <- @NewPet", "GET /things/{id} 200 @Pet")
		if got := m.Binding(find(t, c, "GET /things")).Role; (got == inference.List) != (tt.want == inference.List) {
			t.Errorf("GET of %s is a %s", tt.answer, got)
		}
	}
}
