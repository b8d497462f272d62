package resource_test

import "testing"

const boards = `openapi: 3.0.3
info: {title: Boards, version: "1"}
servers: [{url: http://example.com/v1}]
paths:
  /boards:
    post: {operationId: a, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/board'}}}}, responses: {'201': {$ref: '#/components/responses/board'}}}
    get:
      operationId: b
      parameters:
        - {name: offset, in: query, schema: {type: integer, minimum: 0}}
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 50, default: 2}}
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema:
                type: object
                required: [boards]
                properties:
                  boards: {type: array, items: {$ref: '#/components/schemas/board'}}
                  links:
                    type: object
                    required: [self]
                    properties: {next: {type: string, format: uri}, self: {type: string, format: uri}, prev: {type: string, format: uri}}
  /boards/{id}:
    get: {operationId: c, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'200': {$ref: '#/components/responses/board'}}}
components:
  responses: {board: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/board'}}}}}
  schemas: {board: {type: object, required: [id], properties: {id: {type: string}}}}
`

// A page that links to others links to itself, where the document says so.
func TestPageLinksToItself(t *testing.T) {
	w := worldOf(t, contractOf(t, boards), nil)
	for _, id := range []string{"a", "b", "c"} {
		w.want(201, "POST", "/boards", doc{"id": id})
	}
	for query, others := range map[string][2]any{
		"":           {"http://example.com/v1/boards?offset=2", nil},
		"?offset=2":  {nil, "http://example.com/v1/boards?offset=0"},
		"?offset=60": {nil, "http://example.com/v1/boards?offset=1"},
	} {
		links := w.want(200, "GET", "/boards"+query, nil)["links"].(doc)
		equal(t, query+": self", links["self"], "http://example.com/v1/boards"+query)
		equal(t, query+": next", links["next"], others[0])
		equal(t, query+": prev", links["prev"], others[1])
	}
}
