package resource_test

import "testing"

const clusters = `openapi: 3.0.3
info: {title: Clusters, version: "1"}
servers: [{url: http://example.com/v1}]
paths:
  /clusters:
    post: {operationId: a, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/cluster'}}}}, responses: {'201': {$ref: '#/components/responses/cluster'}}}
  /clusters/{id}:
    parameters: [{$ref: '#/components/parameters/id'}]
    get: {operationId: b, responses: {'200': {$ref: '#/components/responses/cluster'}}}
  /clusters/{id}/config:
    parameters: [{$ref: '#/components/parameters/id'}]
    get: {operationId: downloadConfig, responses: {'200': {description: ok, content: {application/yaml: {example: "kind: Config"}}}}}
  /clusters/{id}/image:
    parameters: [{$ref: '#/components/parameters/id'}]
    get: {operationId: downloadImage, responses: {'200': {description: ok, content: {application/octet-stream: {}}}}}
components:
  parameters: {id: {name: id, in: path, required: true, schema: {type: string}}}
  responses: {cluster: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/cluster'}}}}}
  schemas: {cluster: {type: object, required: [id], properties: {id: {type: string}}}}
`

// A download of which the document says nothing but its type is answered by its example, or with nothing.
func TestDownloadWithoutSchema(t *testing.T) {
	w := worldOf(t, contractOf(t, clusters), nil)
	at := "/clusters/" + text(w.want(201, "POST", "/clusters", doc{"id": "c1"})["id"])
	for path, want := range map[string]string{"/config": "kind: Config", "/image": ""} {
		got := w.send("GET", at+path, nil)
		equal(t, path+": status", got.status, 200)
		equal(t, path, string(got.body), want)
	}
}
