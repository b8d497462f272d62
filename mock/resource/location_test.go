package resource_test

import (
	"strings"
	"testing"

	"understudy/contracts"
)

// what follows collection paths of real documents: a slash at the end, a format's ending, items elsewhere.
const placed = `openapi: 3.0.3
info: {title: Placed, version: "1"}
servers: [{url: http://example.com/v1}]
paths:
  /slashed/:
    post: {operationId: a, requestBody: {$ref: '#/components/requestBodies/thing'}, responses: {'201': {$ref: '#/components/responses/thing'}}}
  /slashed/{key}/:
    parameters: [{$ref: '#/components/parameters/key'}]
    get: {operationId: b, responses: {'200': {$ref: '#/components/responses/thing'}}}
  /Owners/{owner}/Things.json:
    parameters: [{name: owner, in: path, required: true, schema: {type: string}}]
    post: {operationId: c, requestBody: {$ref: '#/components/requestBodies/thing'}, responses: {'201': {$ref: '#/components/responses/thing'}}}
  /Owners/{owner}/Things/{key}.json:
    parameters: [{name: owner, in: path, required: true, schema: {type: string}}, {$ref: '#/components/parameters/key'}]
    get: {operationId: d, responses: {'200': {$ref: '#/components/responses/thing'}}}
  /plain:
    post: {operationId: e, requestBody: {$ref: '#/components/requestBodies/thing'}, responses: {'201': {$ref: '#/components/responses/thing'}}}
  /plain/{key}:
    parameters: [{$ref: '#/components/parameters/key'}]
    get: {operationId: f, responses: {'200': {$ref: '#/components/responses/thing'}}}
  /unread:
    get: {operationId: i, responses: {'200': {description: ok, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/thing'}}}}}}}
    post: {operationId: g, requestBody: {$ref: '#/components/requestBodies/thing'}, responses: {'201': {$ref: '#/components/responses/thing'}}}
  /unread/{key}:
    parameters: [{$ref: '#/components/parameters/key'}]
    delete: {operationId: h, responses: {'204': {description: gone}}}
components:
  parameters:
    key: {name: key, in: path, required: true, schema: {type: string}}
  requestBodies:
    thing: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/thing'}}}}
  responses:
    thing: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/thing'}}}}
  schemas:
    thing: {type: object, required: [key, name], properties: {key: {type: string}, name: {type: string}}}
`

// Location leads to the operation that reads what was made, in the form of the document's own path.
func TestLocationIsThePathOfTheRead(t *testing.T) {
	contract := contractOf(t, placed)
	for _, c := range []struct{ path, want string }{
		{"/slashed/", "/v1/slashed/a%20b/"},
		{"/Owners/o%20n/Things.json", "/v1/Owners/o%20n/Things/a%20b.json"},
		{"/plain", "/v1/plain/a%20b"},
		{"/unread", ""},
	} {
		w := worldOf(t, contract, nil)
		got := w.send("POST", c.path, doc{"key": "a b", "name": "N"})
		if equal(t, c.path, got.header.Get("Location"), c.want); c.want != "" {
			w.want(200, "GET", strings.TrimPrefix(c.want, "/v1"), nil)
		}
	}
}

func contractOf(t testing.TB, document string) *contracts.Contract {
	return modelOf(t, document).Contract
}
