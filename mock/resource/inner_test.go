package resource_test

import "testing"

const parcels = `openapi: 3.0.3
info: {title: Parcels, version: "1"}
servers: [{url: http://example.com/v1}]
paths:
  /parcels:
    post: {operationId: a, requestBody: {$ref: '#/components/requestBodies/parcel'}, responses: {'201': {$ref: '#/components/responses/parcel'}}}
  /parcels/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: b, responses: {'200': {$ref: '#/components/responses/parcel'}}}
    put: {operationId: c, requestBody: {$ref: '#/components/requestBodies/parcel'}, responses: {'200': {$ref: '#/components/responses/parcel'}}}
    patch: {operationId: d, requestBody: {$ref: '#/components/requestBodies/parcel'}, responses: {'200': {$ref: '#/components/responses/parcel'}}}
components:
  requestBodies:
    parcel: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/parcel'}}}}
  responses:
    parcel: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/parcel'}}}}
  schemas:
    parcel:
      type: object
      required: [id, from, stops]
      properties:
        id: {type: string, readOnly: true}
        from: {$ref: '#/components/schemas/place'}
        stops: {type: array, items: {$ref: '#/components/schemas/place'}}
    place:
      type: object
      properties:
        id: {type: string, readOnly: true}
        town: {type: string}
        distance: {type: integer, readOnly: true}
        next: {$ref: '#/components/schemas/place'}
`

// What clients cannot write they cannot write inside of a member either; what names another thing says which one is meant.
func TestReadOnlyInside(t *testing.T) {
	w := worldOf(t, contractOf(t, parcels), nil)
	place := func() doc {
		return doc{"id": "p7", "town": "Bari", "distance": 99999, "next": doc{"town": "Lecce", "distance": 99998}}
	}
	check := func(what string, got doc) {
		t.Helper()
		for _, at := range []doc{got["from"].(doc), got["stops"].([]any)[0].(doc)} {
			equal(t, what+": the thing that is meant", at["id"], "p7")
			equal(t, what+": town", at["town"], "Bari")
			if inner, _ := at["next"].(doc); at["distance"] == 99999.0 || inner["distance"] == 99998.0 {
				t.Errorf("%s: a readOnly member was taken: %v", what, at)
			}
		}
	}
	body := func() doc { return doc{"from": place(), "stops": []any{place()}} }
	made := w.want(201, "POST", "/parcels", body())
	check("created", made)
	at := "/parcels/" + text(made["id"])
	check("replaced", w.want(200, "PUT", at, body()))
	check("patched", w.want(200, "PATCH", at, body()))
	check("read", w.want(200, "GET", at, nil))
}
