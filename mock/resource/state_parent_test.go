package resource_test

import "testing"

const subscriptions = `openapi: 3.0.3
info: {title: Subscriptions, version: "1"}
servers: [{url: http://example.com/v1}]
paths:
  /subscriptions:
    post: {operationId: a, requestBody: {$ref: '#/components/requestBodies/thing'}, responses: {'201': {$ref: '#/components/responses/subscription'}}}
    get: {operationId: b, responses: {'200': {$ref: '#/components/responses/subscriptions'}}}
  /subscriptions/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: c, responses: {'200': {$ref: '#/components/responses/subscription'}}}
    delete: {operationId: d, responses: {'204': {description: gone}}}
  /customers:
    post: {operationId: e, requestBody: {$ref: '#/components/requestBodies/thing'}, responses: {'201': {$ref: '#/components/responses/customer'}}}
  /customers/{customer}:
    parameters: [{$ref: '#/components/parameters/customer'}]
    get: {operationId: f, responses: {'200': {$ref: '#/components/responses/customer'}}}
  /customers/{customer}/subscriptions:
    parameters: [{$ref: '#/components/parameters/customer'}]
    get: {operationId: g, responses: {'200': {$ref: '#/components/responses/subscriptions'}}}
  /customers/{customer}/subscriptions/{id}:
    parameters: [{$ref: '#/components/parameters/customer'}, {name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: h, responses: {'200': {$ref: '#/components/responses/subscription'}}}
  /customers/{customer}/subscriptions/{id}/discount:
    parameters: [{$ref: '#/components/parameters/customer'}, {name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: i, responses: {'200': {description: ok, content: {application/json: {schema: {type: object, required: [percent], properties: {percent: {type: integer}}}}}}}}
components:
  parameters: {customer: {name: customer, in: path, required: true, schema: {type: string}}}
  requestBodies: {thing: {content: {application/json: {schema: {type: object, properties: {name: {type: string}, customer: {type: string}}}}}}}
  responses:
    customer: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/customer'}}}}
    subscription: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/subscription'}}}}
    subscriptions: {description: ok, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/subscription'}}}}}
  schemas:
    customer: {type: object, required: [id, balance], properties: {id: {type: string}, name: {type: string}, balance: {type: integer}}}
    subscription: {type: object, required: [id, plan, status], properties: {id: {type: string}, name: {type: string}, customer: {type: string}, plan: {type: string}, status: {type: string}}}
`

// What lies below an item is there as long as the item, also where the path names more than the item's own.
func TestParentKeptElsewhere(t *testing.T) {
	w := worldOf(t, contractOf(t, subscriptions), nil)
	customer := text(w.want(201, "POST", "/customers", doc{"name": "N"})["id"])
	subscription := text(w.want(201, "POST", "/subscriptions", doc{"name": "S", "customer": customer})["id"])
	at := "/customers/" + customer + "/subscriptions/" + subscription
	w.want(200, "GET", at, nil)
	w.want(200, "GET", at+"/discount", nil)
	w.want(404, "GET", "/customers/"+customer+"/subscriptions/none/discount", nil)
	w.want(204, "DELETE", "/subscriptions/"+subscription, nil)
	w.want(404, "GET", at+"/discount", nil)
}
