package reports_test

import (
	"fmt"
	"net/http"
	"time"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// start is when the sample began.
var start = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)

// hostile is a text that would do harm in every format that takes it for something else than text: a terminal's sequence, the end
// of a script, of a CDATA section and of a fence, a command of a CI system, a cell of a table, a mark of direction.
const hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)> ]]> \x1b[31mred\x1b[0m \x00 | ``` | [link](javascript:alert(3)) @everyone \u202egnp.exe &amp; \"quoted\"\n::error::injected\n##[error]injected\n[[ATTACHMENT|/etc/passwd]]"

func at(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }

func lasting(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }

func petstore(line int, pointer string) check.Place {
	return check.Place{File: "api/petstore.yaml", Line: line, Pointer: pointer}
}

// sample is a result with everything that a report can meet: workflows and generated checks, each outcome, each level of finding,
// a baseline, gates, coverage, and a deployment that answers with malice. It is kept as fixtures/results/sample.json.
func sample() *scenarios.Result {
	return &scenarios.Result{
		Tool: scenarios.Tool{Name: "understudy", Version: "0.3.0"}, Command: "check", Seed: 18446744073709551557,
		Started: start, Ended: at(4310), Elapsed: lasting(4310), Requests: 57,
		Targets: []scenarios.Target{{
			Contract: "petstore", Title: "Swagger Petstore", Version: "1.2.0", Hash: "9f2c41d07be8", URL: "https://staging.example.com/v1",
			Log: "2026-03-14T09:26:52Z listening on :8080\n2026-03-14T09:26:54Z panic recovered\n",
		}},
		Suites:    []scenarios.Suite{sampleWorkflows(), sampleChecks()},
		Exchanges: sampleExchanges(),
		Coverage:  sampleCoverage(),
		Baseline: &scenarios.Baseline{
			File: "baseline.yaml", Known: 1, New: 3,
			Gone:    []scenarios.Absent{{Fingerprint: "c0ffee0000000004", Check: "HDR-001", Operation: "listPets", Where: "response header X-Total", Reason: "fixed with the new gateway", Until: "2026-09-01"}},
			Expired: []scenarios.Absent{{Fingerprint: "c0ffee0000000005", Check: "CTY-002", Operation: "getPet", Reason: "the vendor promised a date", Until: "2026-03-01"}},
		},
		Gates: []scenarios.Gate{{Name: "operations", Want: 100, Got: 80}, {Name: "requirements", Want: 60, Got: 66.66666666666667, Passed: true}},
		Notes: []string{"No credential of another tenant was given: AUZ-003 to AUZ-005 were skipped.", "A note with " + hostile},
	}
}

func sampleWorkflows() scenarios.Suite {
	return scenarios.Suite{
		Name: "pet.stories", Kind: "workflows", Contract: "petstore", Source: "workflows/pet.stories.arazzo.yaml",
		Tests: []scenarios.Test{
			{
				ID: "petstore/adopt/read-back", Name: "A pet that is created can be read", Outcome: scenarios.Passed, Tags: []string{"smoke"},
				Started: at(10), Elapsed: lasting(120), At: check.Place{File: "workflows/pet.stories.arazzo.yaml", Line: 12, Pointer: "/workflows/0"},
				Exchanges: []int{1, 2}, Requirements: []string{"PET-C-01", "PET-R-01"}, Outputs: map[string]any{"petId": "pet_8Kq", "age": 3},
				Steps: []scenarios.Step{
					{ID: "create", Name: "Create a pet", Outcome: scenarios.Passed, Started: at(10), Elapsed: lasting(60), Attempt: 1, Operation: "createPet", Exchange: 1,
						At:       check.Place{File: "workflows/pet.stories.arazzo.yaml", Line: 15},
						Criteria: []scenarios.Criterion{{Condition: "$statusCode == 201", Type: "simple", Passed: true, Detail: "201 == 201"}}, Outputs: map[string]any{"id": "pet_8Kq"}},
					{ID: "read", Outcome: scenarios.Passed, Started: at(70), Elapsed: lasting(60), Attempt: 1, Operation: "getPet", Exchange: 2,
						At:       check.Place{File: "workflows/pet.stories.arazzo.yaml", Line: 24},
						Criteria: []scenarios.Criterion{{Condition: "$response.body#/id == $steps.create.outputs.id", Type: "simple", Passed: true}}},
				},
			},
			{
				ID: "petstore/adopt/refund", Name: "A returned pet is refunded", Outcome: scenarios.Failed, Tags: []string{"money"},
				Reason: "step refund: the criterion $statusCode == 200 does not hold", Started: at(130), Elapsed: lasting(640),
				At: check.Place{File: "workflows/pet.stories.arazzo.yaml", Line: 40}, Exchanges: []int{3, 4}, Requirements: []string{"PET-P-04"},
				Steps: []scenarios.Step{{
					ID: "return", Outcome: scenarios.Failed, Reason: "the called workflow failed", Started: at(130), Elapsed: lasting(640), Attempt: 1, Workflow: "refund",
					At: check.Place{File: "workflows/pet.stories.arazzo.yaml", Line: 44},
					Steps: []scenarios.Step{
						{ID: "refund", Outcome: scenarios.Failed, Reason: "it answered 503", Started: at(130), Elapsed: lasting(90), Attempt: 1, Operation: "refundPet", Exchange: 3, Next: "retry 1 of 1 after 500ms",
							Criteria: []scenarios.Criterion{{Condition: "$statusCode == 200", Type: "simple", Detail: "503 is not 200"}}},
						{ID: "refund", Outcome: scenarios.Failed, Reason: "the criterion does not hold", Started: at(720), Elapsed: lasting(50), Attempt: 2, Operation: "refundPet", Exchange: 4, Next: "end",
							At: check.Place{File: "workflows/pet.stories.arazzo.yaml", Line: 61},
							Criteria: []scenarios.Criterion{
								{Condition: "$statusCode == 200", Type: "simple", Passed: true},
								{Condition: "$.amount == 12.50", Type: "jsonpath", Detail: "nothing matches; the body has the members refunded and currency"},
							}},
					},
				}},
				Reproduction: "arazzo: 1.0.1\ninfo: {title: Refund, version: 1.0.0}\nworkflows:\n  - workflowId: refund\n",
			},
			{
				ID: "petstore/clock/expiry", Name: "A token expires", Outcome: scenarios.Skipped, Reason: "it moves the clock, which needs --control", Started: at(800),
				At: check.Place{File: "workflows/pet.stories.arazzo.yaml", Line: 80},
			},
		},
	}
}

func sampleChecks() scenarios.Suite {
	return scenarios.Suite{
		Name: "petstore checks", Kind: "checks", Contract: "petstore", Source: "api/petstore.yaml",
		Tests: []scenarios.Test{
			{
				ID: "NEG-002/createPet", Name: "A body without a required property is refused", Check: "NEG-002", Operation: "createPet", Tags: []string{"pets.v1"},
				Outcome: scenarios.Failed, Reason: "The body lacks the required property name, and the answer was 201.", Started: at(900), Elapsed: lasting(310),
				At: petstore(41, "/paths/~1pets/post"), Cases: 4, Exchanges: []int{5, 6}, Findings: []check.Finding{negative(), sampleWarning()},
				Reproduction: "arazzo: 1.0.1\n",
			},
			{
				ID: "SCH-001/getPet", Name: "The response body matches its schema", Check: "SCH-001", Operation: "getPet", Tags: []string{"pets.v1"}, Outcome: scenarios.Failed,
				Reason: "2 findings", Started: at(1300), Elapsed: lasting(45), At: petstore(77, "/paths/~1pets~1{id}/get"), Cases: 1, Exchanges: []int{7},
				Findings: []check.Finding{wrongSchema(), hostileFinding()},
			},
			{
				ID: "AUTH-004/getPet", Name: "An expired credential is refused", Check: "AUTH-004", Operation: "getPet", Tags: []string{"pets.v1"}, Outcome: scenarios.Errored,
				Reason: "no answer came: dial tcp 192.0.2.7:443: connect: connection refused", Started: at(1400), Elapsed: lasting(2), At: petstore(77, ""), Cases: 1, Exchanges: []int{8},
			},
			{
				ID: "MTH-002/createPet", Name: "A 405 carries Allow", Check: "MTH-002", Operation: "createPet", Tags: []string{"pets.v1"}, Outcome: scenarios.Known,
				Reason: "all findings are known", Started: at(1500), Elapsed: lasting(12), At: petstore(41, ""), Cases: 1, Exchanges: []int{9}, Findings: []check.Finding{knownFinding()},
			},
			{
				ID: "ERR-004/all", Name: "Errors have one shape", Check: "ERR-004", Outcome: scenarios.Passed, Started: at(1600), Elapsed: lasting(1), At: petstore(1, ""),
				Findings: []check.Finding{sampleNote(), sampleWarning()},
			},
			{ID: "AUZ-003/getPet", Name: "Another tenant cannot read", Check: "AUZ-003", Operation: "getPet", Outcome: scenarios.Skipped, Reason: "no credential of another tenant was given", Started: at(1700)},
			{ID: "AUZ-004/getPet", Name: "Another tenant cannot change", Check: "AUZ-004", Operation: "getPet", Outcome: scenarios.Skipped, Reason: "no credential of another tenant was given", Started: at(1700)},
			{ID: "POS-001/listPets", Name: "Documented examples are accepted", Check: "POS-001", Operation: "listPets", Tags: []string{"pets.v1"}, Outcome: scenarios.Passed, Started: at(1800), Elapsed: lasting(30), Cases: 1, Exchanges: []int{10}, At: petstore(20, ""), Requirements: []string{"PET-R-02"}},
		},
	}
}

func negative() check.Finding {
	return check.Finding{
		Check: "NEG-002", Title: "A missing required property is refused", Basis: check.ByContract, Norm: "requestBody.content.schema", Level: check.Failure, Certainty: check.Certain,
		Contract: "petstore", Operation: "createPet", Method: "POST", Path: "/pets", Message: "The body lacks the required property name, and the answer was 201.",
		Want: "400 or 422", Got: "201", Where: "request body /name", At: petstore(120, "/components/schemas/Pet/required/0"), Exchange: 5,
		Curl:    `curl -X POST 'https://staging.example.com/v1/pets' -H 'Authorization: Bearer [hidden]' -H 'Content-Type: application/json' --data '{"tag":"cat"}'`,
		Repeats: 3, Advice: "Validate request bodies against the schema before anything is stored.", Fingerprint: "c0ffee0000000001", Keyword: "required",
	}
}

func wrongSchema() check.Finding {
	return check.Finding{
		Check: "SCH-001", Title: "The response body matches its schema", Basis: check.ByContract, Norm: "responses.content.schema", Level: check.Failure, Certainty: check.Certain,
		Contract: "petstore", Operation: "getPet", Method: "GET", Path: "/pets/{id}", Message: "The value at /owner/age is a string where an integer of at least 0 is asked for.",
		Want: "{\"age\": 12, \"name\": \"Amara\"}\n(type integer, minimum 0)", Got: "{\"age\": \"twelve\", \"name\": \"Amara\"}\n(type string)", Where: "response body /owner/age",
		At: petstore(131, "/components/schemas/Owner/properties/age/type"), Exchange: 7, Curl: "curl 'https://staging.example.com/v1/pets/9007199254740993'",
		Fingerprint: "c0ffee0000000002", Keyword: "type",
	}
}

func hostileFinding() check.Finding {
	return check.Finding{
		Check: "ERR-005", Title: "Errors tell nothing of the inside", Basis: check.ByConvention, Level: check.Failure, Certainty: check.Likely, Contract: "petstore", Operation: "getPet",
		Method: "GET", Path: "/pets/{id}", Message: "The answer says: " + hostile, Want: "no trace of the inside", Got: hostile, Where: "response header X-Debug", At: petstore(90, ""),
		Exchange: 7, Curl: "curl 'https://staging.example.com/v1/pets/1' -H 'X: " + hostile + "'", Advice: hostile, Fingerprint: "c0ffee0000000006", Known: &check.Known{Reason: "it was to be fixed", Until: "2026-02-01", Expired: true},
	}
}

func knownFinding() check.Finding {
	return check.Finding{
		Check: "MTH-002", Title: "A 405 carries Allow", Basis: check.ByNorm, Norm: "RFC 9110, 15.5.6", Level: check.Failure, Certainty: check.Certain, Contract: "petstore",
		Operation: "createPet", Method: "TRACE", Path: "/pets", Message: "The 405 has no Allow header.", Where: "response header Allow", At: petstore(41, "/paths/~1pets"), Exchange: 9,
		Curl: "curl -X TRACE 'https://staging.example.com/v1/pets'", Fingerprint: "c0ffee0000000003", Known: &check.Known{Reason: "the gateway's next version sends it", Until: "2026-12-31"},
	}
}

func sampleWarning() check.Finding {
	return check.Finding{
		Check: "SEC-003", Title: "No banners", Basis: check.ByConvention, Level: check.Warning, Certainty: check.Certain, Contract: "petstore", Operation: "createPet", Method: "POST", Path: "/pets",
		Message: "The header Server names a product and its version.", Got: "nginx/1.18.0", Where: "response header Server", At: petstore(41, ""), Exchange: 6, Fingerprint: "c0ffee0000000007",
	}
}

func sampleNote() check.Finding {
	return check.Finding{
		Check: "STS-001", Title: "The status is documented", Basis: check.ByContract, Level: check.Note, Certainty: check.Certain, Contract: "petstore", Operation: "listPets", Method: "GET", Path: "/pets",
		Message: "418 is only covered by default.", Got: "418", Where: "status", At: petstore(30, "/paths/~1pets/get/responses/default"), Exchange: 10, Fingerprint: "c0ffee0000000008",
	}
}

func sampleExchanges() []*scenarios.Exchange {
	json := http.Header{"Content-Type": {"application/json"}, "Date": {"Sat, 14 Mar 2026 09:26:53 GMT"}}
	text := func(s string) *scenarios.Payload { return &scenarios.Payload{Text: s, Size: len(s)} }
	make := func(n, ms, took int, test, operation, method, path string, status int, body, answer string) *scenarios.Exchange {
		e := &scenarios.Exchange{
			Number: n, Test: test, Contract: "petstore", Operation: operation, Actor: "owner", Intent: check.Valid, Method: method, URL: "https://staging.example.com/v1" + path,
			Proto: "HTTP/1.1", Header: http.Header{"Authorization": {"Bearer [hidden]"}, "Accept": {"application/json"}}, Status: status, Response: json.Clone(),
			Started: at(ms), Elapsed: lasting(took), Curl: fmt.Sprintf("curl -X %s 'https://staging.example.com/v1%s' -H 'Authorization: Bearer [hidden]'", method, path),
		}
		if body != "" {
			e.Body = text(body)
			e.Header.Set("Content-Type", "application/json")
		}
		if answer != "" {
			e.Answer = text(answer)
		}
		return e
	}
	list := []*scenarios.Exchange{
		make(1, 10, 58, "petstore/adopt/read-back", "createPet", "POST", "/pets", 201, `{"name":"Miso","tag":"cat"}`, `{"id":"pet_8Kq","name":"Miso","tag":"cat","weight":9007199254740993}`),
		make(2, 70, 55, "petstore/adopt/read-back", "getPet", "GET", "/pets/pet_8Kq?expand=owner&expand=vet&note=a+b%20c", 200, "", `{"id":"pet_8Kq","name":"Miso","tags":[],"owner":{"name":"Amara","age":41}}`),
		make(3, 130, 88, "petstore/adopt/refund", "refundPet", "POST", "/pets/pet_8Kq/refund", 503, `{}`, `{"title":"Service Unavailable","status":503}`),
		make(4, 720, 48, "petstore/adopt/refund", "refundPet", "POST", "/pets/pet_8Kq/refund", 200, `{}`, `{"refunded":true,"currency":"EUR"}`),
		make(5, 900, 71, "NEG-002/createPet", "createPet", "POST", "/pets", 201, `{"tag":"cat"}`, `{"id":"pet_8Kr","name":null,"tag":"cat"}`),
		make(6, 980, 60, "NEG-002/createPet", "createPet", "POST", "/pets", 422, `{"name":7}`, `{"errors":[{"field":"name"}]}`),
		make(7, 1300, 44, "SCH-001/getPet", "getPet", "GET", "/pets/9007199254740993", 200, "", `{"id":9007199254740993,"name":`+quote(hostile)+`,"owner":{"name":"Amara","age":"twelve"},"photos":[1.0,1e400,true,null,[],{}]}`),
		make(8, 1400, 2, "AUTH-004/getPet", "getPet", "GET", "/pets/pet_8Kq", 0, "", ""),
		make(9, 1500, 11, "MTH-002/createPet", "createPet", "TRACE", "/pets", 405, "", ""),
		make(10, 1800, 29, "POS-001/listPets", "listPets", "GET", "/pets?limit=2", 418, "", ""),
	}
	list[0].Response["Location"] = []string{"/v1/pets/pet_8Kq"}
	list[0].Response["Set-Cookie"] = []string{"session=[hidden]; Path=/; HttpOnly; Secure", "theme=dark; Expires=Sun, 15 Mar 2026 09:26:53 GMT"}
	list[1].Header["Cookie"] = []string{"session=[hidden]; theme=dark"}
	list[4].Intent, list[4].Purpose = check.Invalid, "NEG-002: name is missing"
	list[5].Intent, list[5].Purpose = check.Invalid, "NEG-003: name is a number"
	list[5].Response["Server"] = []string{"nginx/1.18.0"}
	list[6].Response["X-Debug"] = []string{hostile}
	list[7].Error, list[7].Response = "dial tcp 192.0.2.7:443: connect: connection refused", nil
	list[9].Answer = &scenarios.Payload{Base64: "iVBORw0KGgo=", Size: 70_123, Cut: true}
	list[9].Response["Content-Type"] = []string{"image/png"}
	return list
}

func sampleCoverage() *scenarios.Coverage {
	return &scenarios.Coverage{Dimensions: []scenarios.Dimension{
		{Name: "operations", Contract: "petstore", Covered: 4, Total: 5, Gaps: []scenarios.Gap{{Name: "deletePet", Reason: "only safe methods are sent to this target; --disruptive sends the others too", At: petstore(88, "/paths/~1pets~1{id}/delete")}}},
		{Name: "statuses", Contract: "petstore", Covered: 5, Total: 9, Gaps: []scenarios.Gap{
			{Name: "createPet 409", Reason: "nothing provoked it"}, {Name: "getPet 404", Reason: "nothing provoked it"}, {Name: "deletePet 204", Reason: "the operation was not called"}, {Name: "listPets 500", Reason: "nothing provoked it"}}},
		{Name: "webhooks", Contract: "petstore"},
		{Name: "requirements", Contract: "petstore", Covered: 4, Total: 6, Documented: scenarios.Share{Covered: 3, Total: 4}, Assumed: scenarios.Share{Covered: 1, Total: 2},
			Gaps: []scenarios.Gap{{Name: "PET-P-04", Reason: "the workflow petstore/adopt/refund failed"}, {Name: "PET-G01", Reason: "no test names it", Assumed: true}}},
	}}
}
