package reports_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/contracts/check"
	"understudy/reports"
	"understudy/scenarios"
)

var pages = flag.String("pages", "", "folder into which TestPages writes pages for a browser")

// TestPages writes the page of each kind of result; clients/reports opens them in a browser.
func TestPages(t *testing.T) {
	folder := *pages
	if folder == "" {
		folder = t.TempDir()
	}
	calm := sample()
	calm.Baseline, calm.Gates, calm.Coverage, calm.Exchanges = nil, nil, nil, nil
	for i := range calm.Suites {
		calm.Suites[i].Tests = calm.Suites[i].Tests[:1]
		calm.Suites[i].Tests[0] = scenarios.Test{ID: fmt.Sprint("test-", i), Name: "All is well", Outcome: scenarios.Passed}
	}
	for name, r := range map[string]*scenarios.Result{"sample": sample(), "graded": graded(), "large": large(5000), "passed": calm, "nothing": {}} {
		page := written(t, reports.Options{Check: catalogue}, "html", r)
		if err := os.WriteFile(filepath.Join(folder, name+".html"), page, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d KiB", name, len(page)>>10)
	}
	for _, format := range []string{"ctrf", "sarif"} {
		for name, r := range map[string]*scenarios.Result{"sample": sample(), "graded": graded(), "large": large(200), "nothing": {}} {
			if err := os.WriteFile(filepath.Join(folder, name+"."+format+".json"), written(t, reports.Options{Check: catalogue}, format, r), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// large is a run of n exchanges over 40 operations, one test for ten of them, one finding for fifty.
func large(n int) *scenarios.Result {
	r := sample()
	r.Exchanges, r.Requests = nil, n
	suite := scenarios.Suite{Name: "large checks", Kind: "checks", Contract: "petstore", Source: "api/petstore.yaml"}
	ids := []string{"SCH-001", "NEG-002", "POS-004", "AUTH-001", "MTH-001"}
	for i := 1; i <= n; i++ {
		operation := fmt.Sprintf("operation%02d", i/10%40)
		if i%10 == 1 {
			suite.Tests = append(suite.Tests, scenarios.Test{
				ID: fmt.Sprintf("%s/%s/%d", ids[i/10%5], operation, i), Name: fmt.Sprintf("Case %d of %s", i, operation), Check: ids[i/10%5], Operation: operation,
				Outcome: scenarios.Passed, Started: at(i * 7), Elapsed: lasting(60 + i%40), Cases: 10,
			})
		}
		test := &suite.Tests[len(suite.Tests)-1]
		test.Exchanges = append(test.Exchanges, i)
		e := *sampleExchanges()[i%7]
		body := fmt.Sprintf(`{"items":[%s{"id":%d}],"marker":"needle-%d"}`, strings.Repeat(`{"id":"pet_8Kq","name":"Miso","tag":"cat","weight":4.2},`, 40), i, i)
		e.Number, e.Test, e.Operation, e.Started, e.Elapsed = i, test.ID, operation, at(i*7), lasting(3+i*i%90)
		e.URL = fmt.Sprintf("https://staging.example.com/v1/%s/%d?limit=20", operation, i)
		e.Answer = &scenarios.Payload{Text: body, Size: len(body)}
		r.Exchanges = append(r.Exchanges, &e)
		if i%50 == 0 {
			f := negative()
			f.Exchange, f.Operation, f.Check, f.Fingerprint = i, operation, test.Check, fmt.Sprintf("%016x", i)
			test.Outcome, test.Reason, test.Findings = scenarios.Failed, f.Message, []check.Finding{f}
		}
	}
	r.Suites = append(r.Suites[:0:0], suite)
	r.Ended, r.Elapsed = at(n*7), lasting(n*7)
	return r
}
