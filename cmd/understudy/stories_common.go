package main

import "time"

// A fifth contract, of which no line of this program knows.
const (
	ferryDocument = `openapi: 3.1.0
info: {title: Harbour Ferries, version: "2"}
servers: [{url: https://ferries.example/v2}]
security: [{ticket: []}]
paths:
  /crossings:
    get:
      operationId: listCrossings
      responses:
        "200": {description: All of them., content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Crossing"}}}}}
        default: {$ref: "#/components/responses/Fault"}
    post:
      operationId: addCrossing
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Crossing"}}}}
      responses:
        "201": {description: The crossing., content: {application/json: {schema: {$ref: "#/components/schemas/Crossing"}}}}
        default: {$ref: "#/components/responses/Fault"}
  /crossings/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getCrossing
      responses:
        "200": {description: The crossing., content: {application/json: {schema: {$ref: "#/components/schemas/Crossing"}}}}
        default: {$ref: "#/components/responses/Fault"}
    delete:
      operationId: cancelCrossing
      responses:
        "204": {description: Cancelled.}
        default: {$ref: "#/components/responses/Fault"}
components:
  securitySchemes:
    ticket: {type: apiKey, in: header, name: X-Ticket}
  schemas:
    Crossing:
      type: object
      required: [from, to]
      properties:
        id: {type: string, readOnly: true, pattern: "^cr_[a-z0-9]{6}$"}
        from: {type: string, minLength: 2}
        to: {type: string, minLength: 2}
  responses:
    Fault:
      description: Anything that went wrong.
      content:
        application/json:
          schema: {type: object, required: [fault], properties: {fault: {type: string}}}
`
	ferryBehaviour = `overlay: 1.1.0
info: {title: Harbour Ferries beyond OpenAPI, version: 1.0.0}
actions:
  - target: $
    update:
      x-understudy:
        challenge: none
        validationStatus: 422
        errors:
          - {status: ["401"], body: {fault: no ticket}}
          - {status: ["403"], body: {fault: wrong ticket}}
          - {status: ["429"], body: {fault: too many on board}}
          - {body: {fault: "{message}"}}
        credentials:
          - {name: ticket, kind: key, scheme: ticket, format: "^fe_[a-z0-9]{12}$", env: FERRY_TICKET, grace: 1h, scopes: [passenger, captain], allows: {passenger: read, captain: all}}
        limits:
          - {name: deck, algorithm: fixed-window, limit: 3, window: 1m, per: credential, align: clock}
        limitHeaders: {profile: epoch, on: counted, retryAfter: true}
        seed:
          /crossings:
            - {id: cr_aaaaaa, from: Ghent, to: Hull}
`
)

// commonStories are about what holds for all contracts.
func commonStories() []story {
	return []story{
		{
			contract: "ferries", tells: "a fifth contract: one document, one overlay, no code", setting: setting{document: ferryDocument, overlay: ferryBehaviour, limits: true},
			steps: []step{
				{
					tells: "its own words for a missing credential", method: "GET", path: "/crossings", as: nobody, status: 401, proves: []string{"COMMON-09"},
					wants: seen{"": same(`{"fault":"no ticket"}`), "header WWW-Authenticate": absent},
				},
				{
					tells: "a ready key in its own header, and what exists from the start", method: "GET", path: "/crossings", as: nobody,
					headers: head{"X-Ticket": "{FERRY_TICKET}"}, status: 200, proves: []string{"COMMON-09"},
					wants: seen{"": same(`[{"id":"cr_aaaaaa","from":"Ghent","to":"Hull"}]`), limitHeader: "3", remainingHeader: "2"},
				},
				{
					tells: "state, with ids of its own form", method: "POST", path: "/crossings", body: `{"from":"Kiel","to":"Oslo"}`, status: 201, proves: []string{"COMMON-09"},
					keep: kept{"id": "/id"}, wants: seen{"/id": like(`^cr_[a-z0-9]{6}$`), "/to": "Oslo"},
				},
				{
					tells: "its rules for bodies", method: "POST", path: "/crossings", body: `{"from":"Kiel"}`, status: 422, proves: []string{"COMMON-09"},
					wants: seen{"/fault": like(`.`), remainingHeader: "0"},
				},
				{
					tells: "its limit", method: "GET", path: "/crossings/{id}", status: 429, proves: []string{"COMMON-09", "COMMON-03"},
					wants: seen{"": same(`{"fault":"too many on board"}`), limitHeader: "3", remainingHeader: "0", retryHeader: "60"},
				},
				{
					tells: "which ends with the minute", advance: time.Minute, method: "GET", path: "/crossings/{id}", status: 200, proves: []string{"COMMON-09"},
					wants: seen{"/from": "Kiel"},
				},
				{
					tells: "a key that only reads", to: management, method: "POST", path: "/keys", body: `{"name":"Guest","scopes":["passenger"]}`, status: 201,
					proves: []string{"COMMON-09"}, keep: kept{"guest": "/text", "guestID": "/id"}, wants: seen{"/text": like(`^fe_[a-z0-9]{12}$`)},
				},
				{
					tells: "does not cancel", method: "DELETE", path: "/crossings/{id}", as: "guest", status: 403, proves: []string{"COMMON-09"},
					wants: seen{"": same(`{"fault":"wrong ticket"}`)},
				},
				{
					tells: "rotate it: an hour of grace", to: management, method: "POST", path: "/keys/{guestID}/rotate", status: 201, proves: []string{"COMMON-09"},
					keep: kept{"next": "/key/text"}, wants: seen{"/predecessor/expires_at": "2026-03-02T10:01:00Z"},
				},
				{
					tells: "after which the old one is bad", advance: time.Hour, method: "GET", path: "/crossings", as: "guest", status: 401, proves: []string{"COMMON-09"},
					wants: seen{"": same(`{"fault":"no ticket"}`)},
				},
				{
					tells: "and the new one good", method: "GET", path: "/crossings", as: "next", status: 200, proves: []string{"COMMON-09"}, wants: seen{"": entries(2)},
				},
			},
		},
	}
}
