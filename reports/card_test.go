package reports_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/contracts/check"
	"understudy/reports"
	"understudy/scenarios"
)

// graded is a result of rules for clients, with each of their verdicts.
func graded() *scenarios.Result {
	rule := func(id, name string, outcome scenarios.Outcome, reason string, findings ...check.Finding) scenarios.Test {
		t := scenarios.Test{ID: id, Name: name, Check: id, Tags: []string{strings.Split(id, "-")[0]}, Outcome: outcome, Reason: reason, Started: start, Findings: findings}
		for i := range findings {
			t.Exchanges = append(t.Exchanges, findings[i].Exchange)
		}
		return t
	}
	breach := func(id, title, message string, level check.Level, number int) check.Finding {
		return check.Finding{
			Check: id, Title: title, Basis: check.ByNorm, Norm: "RFC 9110, 10.2.3", Level: level, Certainty: check.Certain, Contract: "petstore", Operation: "listPets", Method: "GET", Path: "/pets",
			Message: message, Where: "time between attempts", Exchange: number, Fingerprint: "feed" + strings.ToLower(strings.ReplaceAll(id, "-", "")) + "000000", Advice: "Wait as long as Retry-After says before the next attempt.",
		}
	}
	soon := breach("QTA-001", "A retry waits as long as Retry-After asks", "GET /pets was sent again 0.2 s after an answer 429 that asked for 3 s.", check.Failure, 2)
	soon.Want, soon.Got = "3 s", "0.2 s"
	odd := breach("KEY-003", "Credentials go to the API alone", "The credential pk_***~1 was sent to metrics.example.com "+hostile, check.Failure, 3)
	odd.Basis, odd.Norm, odd.Certainty, odd.Advice, odd.Repeats = check.ByConvention, "", check.Likely, "Keep the credential out of calls to others.", 2
	known := breach("IDM-001", "A repeated POST carries an idempotency key", "POST /pets was repeated without a key.", check.Failure, 4)
	known.Known = &check.Known{Reason: "the vendor ignores them", Until: "2026-12-31"}
	warn := breach("RTY-005", "Pauses between attempts vary", "GET /pets was tried 4 times with pauses of 1 s.", check.Warning, 2)
	soonTest := rule("QTA-001", soon.Title, scenarios.Failed, soon.Message, soon)
	soonTest.Exchanges = []int{1, 2}
	exchange := func(number int, after time.Duration, status int, url string) *scenarios.Exchange {
		return &scenarios.Exchange{Number: number, Contract: "petstore", Operation: "listPets", Method: "GET", URL: url, Status: status, Started: start.Add(after), Elapsed: 12 * time.Millisecond, Curl: "curl -i '" + url + "'"}
	}
	lost := exchange(3, 4*time.Second, 0, "https://metrics.example.com/collect?id="+"pk_***~1")
	lost.Error = "the client left before the answer was complete"
	return &scenarios.Result{
		Tool: scenarios.Tool{Name: "understudy", Version: "0.3.0"}, Command: "grade", Seed: 1, Started: start, Ended: at(40), Elapsed: lasting(40), Requests: 12,
		Targets: []scenarios.Target{{Contract: "petstore", Title: "Swagger Petstore", Version: "1.2.0", Hash: "9f2c41d07be8", URL: "https://staging.example.com/v1"}},
		Scores:  []scenarios.Score{{Contract: "petstore", Kept: 4, Broken: 3, Warned: 1, NotExercised: 5, Drills: []string{"rate-limit"}, Missing: []string{"flaky-network", "token-expiry"}}},
		Suites: []scenarios.Suite{{
			Name: "rules for clients of petstore", Kind: "rules", Contract: "petstore", Source: "journal of http://127.0.0.1:4011",
			Tests: []scenarios.Test{
				rule("RTY-001", "What may succeed later is tried again", scenarios.Passed, ""),
				rule("RTY-002", "Attempts end", scenarios.Passed, ""),
				rule("RTY-005", warn.Title, scenarios.Passed, "", warn),
				soonTest,
				rule("NET-001", "Connections are used again", scenarios.Passed, ""),
				rule("RTY-007", "A lost answer is asked for again", scenarios.Skipped, "not exercised: needs a connection that breaks behind the effect; --drill flaky-network would put it to the test"),
				rule("TOK-001", "A token is renewed before or at the first 401", scenarios.Skipped, "not exercised: needs a token that expires; --drill token-expiry would put it to the test"),
				rule("TOK-002", "A token is renewed once", scenarios.Skipped, "not exercised: needs calls at the same time around the end of a token; --drill token-expiry would put it to the test"),
				rule("KEY-003", odd.Title, scenarios.Failed, odd.Message, odd),
				rule("IDM-001", known.Title, scenarios.Known, "all findings are known", known),
				rule("USE-007", "Lists are read to their end", scenarios.Skipped, "not exercised: needs a list of several pages"),
				rule("DLV-001", "Deliveries are answered in time", scenarios.Skipped, "not exercised: the contract has no webhooks"),
			},
		}},
		Exchanges: []*scenarios.Exchange{
			exchange(1, time.Second, 429, "https://staging.example.com/v1/pets"), exchange(2, 1212*time.Millisecond, 429, "https://staging.example.com/v1/pets"),
			lost, exchange(4, 5*time.Second, 201, "https://staging.example.com/v1/pets"),
		},
		Notes: []string{"which calls shared a connection is not known"},
	}
}

// TestCard holds what each format makes of rules for clients against what was read and found good.
func TestCard(t *testing.T) {
	for _, f := range reports.Formats() {
		if f.Name == "json" || f.Name == "har" {
			continue // they hold the result as it is
		}
		t.Run(f.Name, func(t *testing.T) {
			name := "card." + f.Extension
			if f.Name == "github" {
				name = "card.github.txt"
			}
			got := written(t, reports.Options{Check: catalogue}, f.Name, graded())
			if f.Name == "html" {
				got = assets.ReplaceAll(got, []byte("$1(left out)$2"))
			}
			golden(t, filepath.Join("testdata", name), got)
		})
	}
}

// TestCardInSARIF: the file is SARIF with the verdicts in it, and no result stands for a rule that was kept.
func TestCardInSARIF(t *testing.T) {
	report := sarifOf(t, reports.Options{Check: catalogue}, graded())
	if n := len(report.Runs[0].Results); n != 4 {
		t.Errorf("%d results, want those of the two broken rules, the known one and the warning", n)
	}
	text := string(written(t, reports.Options{Check: catalogue}, "sarif", graded()))
	for _, want := range []string{`"verdicts"`, `"ruleId": "TOK-001"`, `"outcome": "skipped"`, "--drill token-expiry would put it to the test", `"notExercised": 5`} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not hold %s", want)
		}
	}
}

// TestCardWidth: no line of the card is wider than the terminal.
func TestCardWidth(t *testing.T) {
	for _, width := range []int{0, 64, 100} {
		most := width
		if width == 0 {
			most = 80
		}
		for line := range strings.Lines(string(written(t, reports.Options{Width: width}, "text", graded()))) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > most {
				t.Errorf("width %d: %d columns: %s", width, n, line)
			}
		}
	}
}

// TestEmptyCard: where nothing was put to the test the card says so, and it is no pass.
func TestEmptyCard(t *testing.T) {
	r := graded()
	tests := r.Suites[0].Tests[:0]
	for _, one := range r.Suites[0].Tests {
		if one.Outcome == scenarios.Skipped {
			tests = append(tests, one)
		}
	}
	r.Suites[0].Tests, r.Scores, r.Exchanges = tests, nil, nil
	for _, format := range []string{"text", "markdown", "html"} {
		if text := string(written(t, reports.Options{}, format, r)); !strings.Contains(text, "no rule was put to the test") || !strings.Contains(text, "Nothing was examined: this is not a pass.") {
			t.Errorf("%s: %s", format, text)
		}
	}
}
