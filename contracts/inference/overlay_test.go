package inference_test

import (
	"strings"
	"testing"

	"understudy/contracts/inference"
)

const petDocument = `
openapi: 3.0.3
info: {title: Test, version: '1'}
paths:
  /pets:
    get:
      operationId: listPets
      parameters: [{name: p, in: query, schema: {type: integer}}, {name: kind, in: query, schema: {type: string}}, {name: q, in: query, schema: {type: string}}]
      responses: {'200': {description: good, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}}}
    post:
      operationId: addPet
      requestBody: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}
      responses: {'201': {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: good, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
  /adopt:
    post:
      operationId: adopt
      requestBody: {content: {application/json: {schema: {type: object, properties: {pet: {type: string}}}}}}
      responses: {'200': {description: good, content: {application/json: {schema: {type: object, properties: {outcome: {type: object, properties: {pet: {$ref: '#/components/schemas/Pet'}}}, fee: {type: integer}}}}}}}
components:
  schemas:
    Pet:
      type: object
      properties: {id: {type: string}, code: {type: string}, name: {type: string}, species: {type: string}, state: {type: string}}
`

func overlay(actions string) string {
	return "overlay: 1.0.0\ninfo: {title: Test, version: '1'}\nactions:\n" + actions
}

func TestOverlayWordsWin(t *testing.T) {
	m, c := inferDocument(t, petDocument, overlay(`
- target: $
  update:
    x-understudy:
      resources: {/pets: {id: code, unique: [name], order: newest, count: 7}}
      seed: {/pets: [{code: rex, name: Rex}]}
- target: $.paths['/pets'].get
  update:
    x-understudy:
      filter: {kind: species}
      search: [name, species]
      page: {style: page, page: p, size: 5, max: 9}
- target: $.paths['/adopt'].post
  update:
    x-understudy:
      resource: /pets
      role: action
      item: /outcome/pet
      match: {pet: code}
      set: {state: adopted}
      requires: {state: free}
      fill: {/fee: 10}
- target: $.paths['/pets'].post
  update:
    x-understudy: {role: none}
`))
	pets := m.Collections[0]
	if pets.ID.Property != "code" || pets.Count != 7 || !pets.Newest || strings.Join(pets.Unique, " ") != "name" || len(pets.Seeds) != 1 {
		t.Errorf("/pets is %+v", pets)
	}
	list := m.Binding(find(t, c, "GET /pets"))
	if got := pagingText(list.Page); got != "page page=p first=1 size=5 max=9" {
		t.Errorf("paging is %s", got)
	}
	if len(list.Filters) != 1 || list.Filters[0].Property != "species" {
		t.Errorf("filters are %+v", list.Filters)
	}
	if len(list.Search) != 1 || strings.Join(list.Search[0].Properties, " ") != "name species" {
		t.Errorf("search is %+v", list.Search)
	}
	adopt := m.Binding(find(t, c, "POST /adopt"))
	if got := told(adopt); got != "action /pets at /outcome/pet" {
		t.Errorf("POST /adopt: %s", got)
	}
	if adopt.Set["state"] != "adopted" || adopt.Requires["state"] != "free" || adopt.Fill["/fee"] == nil || adopt.Confidence != 1 {
		t.Errorf("POST /adopt sets %v, requires %v, fills %v, confidence %v", adopt.Set, adopt.Requires, adopt.Fill, adopt.Confidence)
	}
	if b := m.Binding(find(t, c, "POST /pets")); b.Role != inference.None || b.Collection != nil {
		t.Errorf("POST /pets: %s although the overlay says none", told(b))
	}
}

// TestOverrideChangesTheDecision puts every override that the model offers on the document and infers again.
func TestOverrideChangesTheDecision(t *testing.T) {
	m, c := inferDocument(t, petDocument)
	for _, o := range c.Operations {
		before := m.Binding(o)
		t.Run(o.ID, func(t *testing.T) {
			m2, c2 := inferDocument(t, petDocument, overlay(before.Override))
			after := m2.Binding(find(t, c2, o.Method+" "+o.Path))
			if after.Role == before.Role {
				t.Errorf("still %s after\n%s", after.Role, before.Override)
			}
		})
	}
}

func TestSingletonByOverlay(t *testing.T) {
	m, c := inferDocument(t, petDocument, overlay(`
- target: $.paths['/adopt'].post
  update: {x-understudy: {role: update, item: /outcome}}
`))
	b := m.Binding(find(t, c, "POST /adopt"))
	if b.Collection == nil || !b.Collection.Singleton || b.Role != inference.Update || b.Item != "/outcome" {
		t.Errorf("POST /adopt: %s", told(b))
	}
}
