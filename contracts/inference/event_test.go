package inference_test

import (
	"strings"
	"testing"

	"understudy/contracts/inference"
)

const hookDocument = `
openapi: 3.1.0
info: {title: Test, version: '1'}
paths:
  /pets:
    get: {operationId: listPets, responses: {'200': {description: good, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}}}}
    post: {operationId: addPet, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}, responses: {'201': {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getPet, responses: {'200': {description: good, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}}
    patch: {operationId: changePet, x-understudy: {EMITS}, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}, responses: {'200': {description: good, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}}
    delete: {operationId: dropPet, responses: {'204': {description: gone}}}
  /subscriptions:
    get: {operationId: listSubscriptions, responses: {'200': {description: good, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Subscription'}}}}}}}
  /subscriptions/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getSubscription, responses: {'200': {description: good, content: {application/json: {schema: {$ref: '#/components/schemas/Subscription'}}}}}}
webhooks:
  NAME: {post: {requestBody: {content: {application/json: {schema: PAYLOAD}}}, responses: {'200': {description: taken}}}}
components:
  schemas:
    Pet: {type: object, properties: {id: {type: string}, name: {type: string}}}
    Subscription: {type: object, properties: {id: {type: string}, plan: {type: string}}}
`

// TestEventsByName finds out which changes a webhook tells, by its name and its payload.
func TestEventsByName(t *testing.T) {
	const (
		pet       = "{$ref: '#/components/schemas/Pet'}"
		wrapped   = "{type: object, properties: {type: {type: string}, data: " + pet + "}}"
		deep      = "{type: object, properties: {data: {type: object, properties: {object: {$ref: '#/components/schemas/Subscription'}}}}}"
		idOnly    = "{type: object, properties: {type: {type: string}, data: {type: object, properties: {id: {type: string}}}}}"
		something = "{type: object, properties: {note: {type: string}}}"
	)
	for _, c := range []struct{ name, payload, emits, want string }{
		{"pet.created", wrapped, "", "/pets created /data"},
		{"newPet", pet, "", "/pets created the body"},
		{"pets/updated", wrapped, "", "/pets updated /data"},
		{"onPetChanged", wrapped, "", "/pets updated /data"},
		{"pet_was_deleted", idOnly, "", "/pets deleted /data"},
		{"pet.removed", pet, "", "/pets deleted the body"},
		{"customer.subscription.updated", deep, "", "/subscriptions updated /data/object"},
		{"pet.updated", idOnly, "", ""},                      // of a pet that is there the payload has to tell more
		{"pet.created", something, "", ""},                   // the payload is about something else
		{"dog.created", wrapped, "", ""},                     // nothing is called so
		{"pet.created.deleted", wrapped, "", ""},             // it says two things
		{"pet.paid", wrapped, "", ""},                        // no change that is known
		{"created", wrapped, "", ""},                         // of what?
		{"pet.updated", wrapped, "emits: [pet.updated]", ""}, // the behaviour says when
	} {
		document := strings.NewReplacer("NAME", "'"+c.name+"'", "PAYLOAD", c.payload, "EMITS", c.emits).Replace(hookDocument)
		m, _ := inferDocument(t, document)
		got := ""
		for _, cause := range inference.Events(m) {
			place := cause.Reason[strings.LastIndex(cause.Reason, " at ")+4:]
			got += cause.Collection.Path + " " + cause.Kind + " " + place
		}
		if got != c.want {
			t.Errorf("%s with %s: %q, want %q", c.name, c.payload, got, c.want)
		}
	}
}
