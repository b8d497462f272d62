package resource_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"understudy/contracts/inference"
	"understudy/mock/clock"
	"understudy/mock/resource"
	"understudy/mock/store"
)

const ticketDocument = `
openapi: 3.1.0
info: {title: Tickets, version: '1'}
x-understudy:
  resources: {/tickets: {unique: [code], partition: account}}
  seed: {/tickets: [{id: t1, code: AAAA, seat: 4}]}
paths:
  /tickets:
    get: {operationId: listTickets, responses: {'200': {description: ok, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Ticket'}}}}}}}
  /tickets/{ticket_id}:
    parameters: [{name: ticket_id, in: path, required: true, schema: {type: string}}]
    get: {operationId: readTicket, responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Ticket'}}}}}}
components:
  schemas:
    Ticket:
      type: object
      required: [id, code, seat, createdAt]
      properties:
        id: {type: string, readOnly: true}
        code: {type: string, pattern: '^[A-Z]{4}$', examples: [AAAA]}
        seat: {type: integer, minimum: 1, maximum: 9}
        createdAt: {type: string, format: date-time}
`

// TestAddAndFind lets items come into being without an operation, and finds them by what no two of them share.
func TestAddAndFind(t *testing.T) {
	m := modelOf(t, ticketDocument)
	r := must(resource.New(t.Context(), resource.Options{
		Model: m, Store: repeating{store.NewMemory()}, Clock: clock.New(clock.Options{At: noon, Frozen: true}), Accounts: []string{"acme", "other"},
	}))
	tickets := m.Collection("/tickets")
	ids, codes := map[string]bool{"t1": true}, map[string]bool{"AAAA": true}
	for range 20 {
		item := must(r.Add(t.Context(), tickets, nil, map[string]any{"seat": json.Number("7")}))
		code, _ := field(t, item, "code").(string)
		if ids[item.ID] || codes[code] || field(t, item, "createdAt") != "2025-06-15T12:00:00Z" {
			t.Fatalf("%s", item.Value)
		}
		ids[item.ID], codes[code] = true, true
		found, err := r.Find(t.Context(), tickets, "code", strings.ToLower(code))
		if err != nil || found.ID != item.ID {
			t.Errorf("%s is found as %s, %v", code, found.ID, err)
		}
		if found, err := r.Find(t.Context(), tickets, "id", item.ID); err != nil || found.ID != item.ID {
			t.Errorf("%s is found as %s, %v", item.ID, found.ID, err)
		}
	}
	var taken *resource.ConflictError
	if _, err := r.Add(t.Context(), tickets, nil, map[string]any{"code": "AAAA"}); !errors.As(err, &taken) {
		t.Errorf("a code that is taken: %v", err)
	}
	for _, c := range []struct {
		in              *resource.Resources
		property, value string
	}{{r, "code", "ZZZZ"}, {r, "code", ""}, {r, "seat", "7"}, {r, "none", "x"}, {r.In("other", ""), "code", "AAAA"}} {
		var missing *resource.NotFoundError
		if _, err := c.in.Find(t.Context(), tickets, c.property, c.value); !errors.As(err, &missing) {
			t.Errorf("%s %q: %v", c.property, c.value, err)
		}
	}
}

// TestEventsAreExplained shows the events that a change causes by itself, with the reason.
func TestEventsAreExplained(t *testing.T) {
	m := modelOf(t, strings.Replace(ticketDocument, "    get: {operationId: readTicket", "    delete: {operationId: dropTicket, responses: {'204': {description: gone}}}\n    get: {operationId: readTicket", 1)+`
webhooks:
  ticket.deleted: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Ticket'}}}}, responses: {'200': {description: taken}}}}
`)
	told := map[string]string{}
	for _, o := range resource.NewExplanation(m).Operations {
		for _, name := range o.Events {
			told[o.ID] += name
			if !strings.Contains(strings.Join(o.Reasons, "\n"), name) {
				t.Errorf("%s: no reason speaks of %s: %v", o.ID, name, o.Reasons)
			}
		}
	}
	if len(told) != 1 || told["dropTicket"] != "ticket.deleted" {
		t.Errorf("%v", told)
	}
	if len(inference.Events(m)) != 1 {
		t.Errorf("%v", inference.Events(m))
	}
}
