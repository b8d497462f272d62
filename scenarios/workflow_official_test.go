package scenarios_test

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"understudy/scenarios"
	"understudy/scenarios/arazzo"
)

// officialFile reads a file of the specification's examples.
func officialFile(t *testing.T, name string) string {
	t.Helper()
	folder := cmp.Or(os.Getenv("SUITES"), filepath.Join("..", "..", "shared", "suites"))
	data, err := os.ReadFile(filepath.Join(folder, "arazzo", "examples", "1.0.0", name))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the official suites are needed with CI=true: %v", err)
		}
		t.Skipf("no official suites; set SUITES to their folder: %v", err)
	}
	return string(data)
}

const animals = `
openapi: 3.1.0
info: {title: Animals, version: "1"}
paths:
  /animals:
    post: {operationId: postAnimal, responses: {"201": {description: Made.}}}
    get: {operationId: getRandomAnimal, responses: {"200": {description: One.}}}
`

// petstore has the one operation a path that an example's operationPath leads to.
const petstore = `
openapi: 3.1.0
info: {title: Petstore, version: "1"}
paths:
  /user/login:
    get:
      operationId: loginUser
      parameters: [{name: username, in: query, schema: {type: string}}, {name: password, in: query, schema: {type: string}}]
      responses: {"200": {description: In., content: {application/json: {schema: {type: string}}}}}
  /pet/findByStatus:
    get:
      operationId: findPetsByStatus
      parameters: [{name: status, in: query, schema: {type: string}}]
      responses: {"200": {description: Pets., content: {application/json: {schema: {type: array}}}}}
`

// TestOfficialExamplesRun plays the examples of the specification against servers that answer as they expect, and says of each how far
// it comes where it defeats itself.
func TestOfficialExamplesRun(t *testing.T) {
	for name, one := range map[string]struct {
		document string // OpenAPI: a file beside the example, or a text
		answers  map[string][]string
		inputs   map[string]any
		called   bool
		want     map[string]string // workflow → story
		reasons  []string          // parts of what is said of the workflows that fail
	}{
		"LoginAndRetrievePets.arazzo.yaml": {
			document: petstore, inputs: map[string]any{"username": "ann", "password": "correct horse"},
			answers: map[string][]string{"GET /user/login": {`200 X-Rate-Limit:100 "session-1"`}, "GET /pet/findByStatus": {`200 [{"id":1}]`}},
			want:    map[string]string{"loginUserRetrievePet": "passed: loginStep passed, getPetStep passed"},
		},
		"ExtendedParametersExample.arazzo.yaml": {
			document: animals, answers: map[string][]string{"*": {"200 {}"}},
			want: map[string]string{"animal-workflow": "passed: post-step passed, get-step passed"},
		},
		// A step that calls a workflow has no status by the specification, and the example asks for one. Another one gives pet_id
		// to a path whose parameter is petId.
		"pet-coupons.arazzo.yaml": {
			document: "pet-coupons.openapi.yaml", inputs: map[string]any{"my_pet_tags": []any{"puppy"}},
			answers: coupons,
			want: map[string]string{
				"apply-coupon":      "errored: find-pet passed, find-coupons errored",
				"buy-available-pet": "failed: find-pet passed, place-order failed (place-order passed)",
			},
			reasons: []string{"$statusCode is absent", "the operation's path has no parameter pet_id"},
		},
		"pet-coupons.arazzo.yaml with the called workflow's answer": {
			document: "pet-coupons.openapi.yaml", inputs: map[string]any{"my_pet_tags": []any{"puppy"}}, called: true,
			answers: coupons,
			want: map[string]string{
				"apply-coupon":      "errored: find-pet passed, find-coupons errored",
				"buy-available-pet": "passed: find-pet passed, place-order passed (place-order passed)",
			},
			reasons: []string{"the operation's path has no parameter pet_id"},
		},
		"oauth.arazzo.yaml": {
			document: "oauth.openapi.yaml", inputs: map[string]any{"my_client_id": "c", "my_client_secret": "very-secret", "my_redirect_uri": "http://127.0.0.1/cb", "client_id": "c", "client_secret": "very-secret"},
			answers: map[string][]string{"GET /authorize": {`200 {"access_token":"a1","code":"k1"}`}, "POST /oauth/token": {`200 {"access_token":"a2","refresh_token":"r2","expires_in":3600}`}},
			want: map[string]string{
				"refresh-token-flow":      "passed: do-the-auth-flow passed (browser-authorize passed, get-access-token passed), do-the-refresh passed",
				"client-credentials-flow": "passed: get-client-creds-token passed",
			},
		},
		// A filter is applied to an object: "not found" holds of every object with members, so that the workflow ends there.
		"bnpl-arazzo.yaml": {
			document: "bnpl-openapi.yaml",
			inputs: map[string]any{
				"customer": map[string]any{"uri": "https://shop.example/customers/1"},
				"products": []any{map[string]any{"productCode": "p1", "purchaseAmount": map[string]any{"currency": "EUR", "amount": 10}}},
			},
			answers: map[string][]string{
				"POST /products":            {`200 {"eligibilityCheckRequired":false,"products":[{"productCode":"p1"}],"totalAmount":{"currency":"EUR","amount":10}}`},
				"GET /terms-and-conditions": {`200 "terms"`}, "POST /loan-transactions": {`202 {"links":{"self":"https://bnpl.example/loan-transactions/1"}}`},
			},
			want: map[string]string{"ApplyForLoanAtCheckout": "passed: checkLoanCanBeProvided passed"},
		},
		// It names the operation PAR; the document calls it Par.
		"FAPI-PAR.arazzo.yaml": {
			document: "FAPI-PAR.openapi.yaml", inputs: map[string]any{"PARrequestBody": map[string]any{}, "TokenRequestBody": map[string]any{"grant_type": "a", "code": "b", "redirect_uri": "c", "code_verifier": "d"}},
			want: map[string]string{"OIDC-PAR-AuthzCode": "errored: PARStep errored"}, reasons: []string{"there is no operation PAR in the source auth-api"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			file, _, _ := strings.Cut(name, " ")
			text := officialFile(t, file)
			document := one.document
			if !strings.Contains(document, "\n") {
				document = officialFile(t, document)
			}
			s := set(t, answerer(t, one.answers), setting{document: document})
			s.options.Inputs, s.options.CalledResponse = one.inputs, one.called
			d, err := arazzo.Parse(file, []byte(text), arazzo.Options{})
			if err != nil {
				t.Fatal(err)
			}
			tests := s.playScripts(t.Context(), &scenarios.Script{Name: file, Document: d})
			if len(tests) != len(one.want) {
				t.Errorf("%s", outcomes(tests))
			}
			for _, test := range tests {
				if want := one.want[strings.TrimPrefix(test.ID, file+"/")]; story(test) != want {
					t.Errorf("%s\ngot  %s\nwant %s\n%s", test.ID, story(test), want, test.Reason)
				}
				said := func(reason string) bool { return strings.Contains(test.Reason, reason) }
				if test.Outcome != scenarios.Passed && !slices.ContainsFunc(one.reasons, said) {
					t.Errorf("%s: %s", test.ID, test.Reason)
				}
			}
		})
	}
}

var coupons = map[string][]string{
	"GET /pet/findByTags": {`200 [{"id":3}]`}, "GET /pet/findByStatus": {`200 [{"id":4}]`},
	"POST /store/order": {`200 {"id":9}`},
}
