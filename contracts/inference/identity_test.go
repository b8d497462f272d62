package inference_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"understudy/contracts"
	"understudy/contracts/inference"
)

func TestIDs(t *testing.T) {
	tests := []struct {
		param, collection, members string
		want                       string
	}{
		{"id", "pets", "id: {type: integer}, name: {type: string}", "id"},
		{"petId", "pets", "id: {type: integer}, name: {type: string}", "id"},
		{"pet_id", "pets", "petId: {type: string}, name: {type: string}", "petId"},
		{"issue_number", "issues", "id: {type: integer}, number: {type: integer}", "number"},
		{"username", "users", "id: {type: integer}, login: {type: string}, name: {type: string}", "login"},
		{"username", "user", "id: {type: integer}, username: {type: string}", "username"},
		{"org", "orgs", "id: {type: integer}, login: {type: string}", "login"},
		{"customer", "customers", "id: {type: string}, name: {type: string}", "id"},
		{"Sid", "Messages", "sid: {type: string}, body: {type: string}", "sid"},
		{"ContactID", "Contacts", "ContactID: {type: string}, Name: {type: string}", "ContactID"},
		{"id", "tickets", "ticketId: {type: string}, kind: {type: string}", "ticketId"},
		{"policy_uuid", "policies", "pk: {type: string, format: uuid}, name: {type: string}", "pk"},
		{"team_slug", "teams", "id: {type: integer}, slug: {type: string}", "slug"},
		{"name", "deployments", "kind: {type: string}, metadata: {type: object, properties: {name: {type: string}}}, spec: {type: string}", "/metadata/name"},
		{"key", "licenses", "key: {type: string}, name: {type: string}", "key"},
		{"hash", "blobs", "size: {type: integer}, type: {type: string}, big: {type: boolean}", ""},
	}
	for _, tt := range tests {
		t.Run(tt.param+" of "+tt.collection, func(t *testing.T) {
			path := fmt.Sprintf("/%s/{%s}", tt.collection, tt.param)
			m, c := infer(t, "GET "+path+" 200 "+object(tt.members))
			if got := m.Binding(c.Operations[0]).Collection.ID.Property; got != tt.want {
				t.Errorf("{%s} is the member %q, want %q", tt.param, got, tt.want)
			}
		})
	}
}

func TestWhoChoosesTheID(t *testing.T) {
	named := object("name: {type: string}, size: {type: integer}, kind: {type: string}")
	tests := []struct {
		name   string
		doc    []string
		server bool
	}{
		{"nothing in the body", []string{"POST /pets 201 @Pet <- @NewPet", "GET /pets/{id} 200 @Pet"}, true},
		{"required in the body", []string{"POST /pets 201 @Pet <- @Pet", "GET /pets/{id} 200 @Pet"}, false},
		{"a name", []string{"POST /things 201 " + named + " <- " + named, "GET /things/{name} 200 " + named}, false},
		{"only PUT creates", []string{"GET /things 200 [@Owner]", "PUT /things/{id} 204 - <- @Owner", "GET /things/{id} 200 @Owner"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, _ := infer(t, tt.doc...)
			if got := m.Collections[0].ID.Server; got != tt.server {
				t.Errorf("the server chooses: %v, want %v", got, tt.server)
			}
		})
	}
}

func TestScopes(t *testing.T) {
	m, c := infer(t,
		"GET /owners 200 [@Owner]", "GET /owners/{owner_id} 200 @Owner",
		"GET /owners/{owner_id}/pets 200 [@Pet]", "POST /owners/{owner_id}/pets 201 @Pet <- @NewPet",
		"GET /owners/{owner_id}/pets/{id} 200 @Pet",
		"GET /pets 200 [@Pet]",
	)
	b := m.Binding(find(t, c, "POST /owners/{owner_id}/pets"))
	pets := b.Collection
	if len(pets.Scope) != 1 || pets.Scope[0].Property != "owner_id" || pets.Scope[0].Collection == nil || pets.Scope[0].Collection.Path != "/owners" {
		t.Errorf("the scope is %+v, want {owner_id} of /owners in the member owner_id", pets.Scope)
	}
	if pets.Parent == nil || pets.Parent.Path != "/owners" {
		t.Errorf("the parent is %v, want /owners", pets.Parent)
	}
	if strings.Join(b.ScopeParams, " ") != "owner_id" {
		t.Errorf("parameters of the scope are %v", b.ScopeParams)
	}
	all := m.Binding(find(t, c, "GET /pets"))
	if all.Collection != pets || len(all.ScopeParams) != 1 || all.ScopeParams[0] != "" {
		t.Errorf("GET /pets lists %v with scope %q, want %s over all owners", all.Collection.Path, all.ScopeParams, pets.Path)
	}
}

// TestTwins has one set of items at two paths, of which the longer one names what the items belong to.
func TestTwins(t *testing.T) {
	m, c := infer(t,
		"GET /owners 200 [@Owner]", "GET /owners/{owner} 200 @Owner",
		"GET /pets 200 [@Pet]", "POST /pets 201 @Pet <- @NewPet", "GET /pets/{pet} 200 @Pet",
		"GET /owners/{owner}/pets 200 [@Pet]", "POST /owners/{owner}/pets 201 @Pet <- @NewPet",
		"GET /owners/{owner}/pets/{pet} 200 @Pet",
	)
	list := m.Binding(find(t, c, "GET /owners/{owner}/pets"))
	want := inference.Filter{Param: "owner", Property: "owner_id", Op: inference.Equals, Path: true}
	if list.Collection.Path != "/pets" || len(list.Filters) != 1 || list.Filters[0] != want {
		t.Errorf("the list shows %s with %+v, want /pets with %+v", list.Collection.Path, list.Filters, want)
	}
	create := m.Binding(find(t, c, "POST /owners/{owner}/pets"))
	if create.Collection.Path != "/pets" || create.Set["owner_id"] != "{path.owner}" {
		t.Errorf("creates in %s and sets %v, want /pets and owner_id from the path", create.Collection.Path, create.Set)
	}
	read := m.Binding(find(t, c, "GET /owners/{owner}/pets/{pet}"))
	if read.Collection.Path != "/pets" || strings.Join(read.ItemParams, " ") != "pet" {
		t.Errorf("the item's second path reads %s by %q", read.Collection.Path, read.ItemParams)
	}
}

func TestActionsSetWhatTheirVerbSays(t *testing.T) {
	m, c := infer(t,
		"GET /pets 200 [@Pet]", "GET /pets/{id} 200 @Pet", "POST /pets/{id}/archive 200 @Pet", "POST /pets/{id}/lock 204 -",
		"POST /pets/{id}/unlock 204 -", "PUT /pets/{id}/locked 204 -", "DELETE /pets/{id}/locked 204 -", "POST /pets/{id}/wash 204 -",
	)
	tests := map[string]string{
		"POST /pets/{id}/archive":  "map[status:archived]",
		"POST /pets/{id}/lock":     "map[locked:true]",
		"POST /pets/{id}/unlock":   "map[locked:false]",
		"PUT /pets/{id}/locked":    "map[locked:true]",
		"DELETE /pets/{id}/locked": "map[locked:false]",
		"POST /pets/{id}/wash":     "map[]",
	}
	for op, want := range tests {
		if got := fmt.Sprint(m.Binding(find(t, c, op)).Set); got != want {
			t.Errorf("%s sets %s, want %s", op, got, want)
		}
	}
}

// TestExamplesWithoutIDs: those of one list are several things, those of different examples probably the same.
func TestExamplesWithoutIDs(t *testing.T) {
	m, _ := inferDocument(t, `
openapi: 3.1.0
info: {title: Test, version: '1'}
paths:
  /hours:
    get:
      responses:
        '200':
          description: good
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Day'}}
              examples:
                winter: {value: [{date: "2026-01-01", open: "10:00"}, {date: "2026-01-02", open: "10:00"}]}
                summer: {value: [{date: "2026-07-01", open: "09:00"}]}
components:
  schemas:
    Day: {type: object, properties: {date: {type: string}, open: {type: string}}}
`)
	if got := fmt.Sprint(m.Collections[0].Examples); got != "[map[date:2026-01-01 open:10:00] map[date:2026-01-02 open:10:00]]" {
		t.Errorf("the examples are %s, want both days of the first list", got)
	}
}

func TestExamplesAndPrefix(t *testing.T) {
	m, _ := inferDocument(t, `
openapi: 3.0.3
info: {title: Test, version: '1'}
paths:
  /customers:
    get:
      responses:
        '200':
          description: good
          content:
            application/json:
              schema: {type: object, properties: {data: {type: array, items: {$ref: '#/components/schemas/Customer'}}}}
              example: {data: [{id: cus_1a2b3c, name: A, mail: a@example.com}, {id: cus_4d5e6f, name: B, mail: b@example.com}]}
  /customers/{customer}:
    get:
      parameters: [{name: customer, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: good
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Customer'}
              example: {id: cus_1a2b3c, name: A, mail: a@example.com}
components:
  schemas:
    Customer:
      type: object
      properties:
        id: {type: string, example: cus_9z8y7x}
        name: {type: string}
        mail: {type: string}
`)
	c := m.Collections[0]
	if len(c.Examples) != 2 {
		t.Errorf("%d examples: %v, want the two customers once each", len(c.Examples), c.Examples)
	}
	if c.ID.Prefix != "cus_" {
		t.Errorf("the prefix is %q, want cus_", c.ID.Prefix)
	}
}

// One operation asks for more of an id than the others: a new one must do for all of them.
func TestStrictestID(t *testing.T) {
	document := `openapi: 3.1.0
info: {title: Casts, version: "1"}
paths:
  /casts:
    post: {operationId: make, requestBody: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}, responses: {'201': {$ref: '#/components/responses/cast'}}}
  /casts/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: show, responses: {'200': {$ref: '#/components/responses/cast'}}}
  /casts/{cast_id}/viewers:
    parameters: [{name: cast_id, in: path, required: true, schema: {type: string, format: uuid}}]
    get: {operationId: viewers, responses: {'200': {description: ok, content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: string}}}}}}}}}
  /casts/{which}/live:
    parameters: [{name: which, in: path, required: true, schema: {type: string, enum: [latest], pattern: '^latest$'}}]
    get: {operationId: live, responses: {'200': {$ref: '#/components/responses/cast'}}}
components:
  responses:
    cast: {description: ok, content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: string}, name: {type: string}}}}}}
`
	c, err := contracts.Load(t.Context(), "openapi.yaml", contracts.Options{Files: fstest.MapFS{"openapi.yaml": {Data: []byte(document)}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := inference.Infer(c).Collection("/casts").ID.Schema; got == nil || got.Resolve().Format != "uuid" {
		t.Errorf("the id's schema is %+v, want that of the format uuid", got)
	}
}

// A UUID names an id, also inside an object that speaks of the item, and not what people call it.
func TestFormattedID(t *testing.T) {
	document := `openapi: 3.0.3
info: {title: Tenants, version: "1"}
paths:
  /tenants/{tenant}:
    parameters: [{name: tenant, in: path, required: true, schema: {type: string, format: uuid}}]
    get:
      operationId: show
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema:
                type: object
                properties:
                  slug: {type: string}
                  name: {type: string}
                  metadata: {type: object, properties: {id: {type: string, maxLength: 36}}}
`
	c, err := contracts.Load(t.Context(), "openapi.yaml", contracts.Options{Files: fstest.MapFS{"openapi.yaml": {Data: []byte(document)}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := inference.Infer(c).Binding(c.Operations[0]).Collection.ID.Property; got != "/metadata/id" {
		t.Errorf("the id is the member %q, want /metadata/id", got)
	}
}
