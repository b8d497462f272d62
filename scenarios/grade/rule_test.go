package grade_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/grade"
)

// What becomes of a rule, in one word.
const (
	idle   = "not exercised"
	kept   = "kept"
	noted  = "noted"
	warned = "warned"
	broken = "broken"
)

// A ruleCase is a recording in front of one rule.
type ruleCase struct {
	name     string
	contract string // built-in name or file; empty: testdata/keeper.yaml
	calls    []told
	change   func(*grade.Recording)
	want     string
	says     string          // part of the first finding's message, or of why the rule was not exercised
	sure     check.Certainty // of the first finding; empty: either
	findings int             // how many; 0: any number
}

// holds grades each case by one rule.
func holds(t *testing.T, id string, cases ...ruleCase) {
	t.Helper()
	if _, ok := grade.FindRule(id); !ok {
		t.Fatalf("there is no rule %s", id)
	}
	for _, c := range cases {
		t.Run(id+" "+c.name, func(t *testing.T) {
			source := c.contract
			if source == "" {
				source = "testdata/keeper.yaml"
			}
			contract, err := contracts.Load(t.Context(), source, contracts.Options{})
			if err != nil {
				t.Fatal(err)
			}
			rec := record(t, contract, c.calls...)
			if c.change != nil {
				c.change(rec)
			}
			j := grade.Grade(rec, grade.Options{Only: []string{id}})
			if len(j.Suite.Tests) != 1 {
				t.Fatalf("%d tests", len(j.Suite.Tests))
			}
			c.compare(t, &j.Suite.Tests[0])
		})
	}
}

func (c *ruleCase) compare(t *testing.T, test *scenarios.Test) {
	t.Helper()
	got := kept
	if test.Outcome == scenarios.Skipped {
		got = idle
	}
	for _, f := range test.Findings {
		switch {
		case f.Level == check.Failure:
			got = broken
		case f.Level == check.Warning && got != broken:
			got = warned
		case f.Level == check.Note && got == kept:
			got = noted
		}
	}
	var told []string
	for _, f := range test.Findings {
		told = append(told, fmt.Sprintf("%s (%s, %s): %s", f.Level, f.Certainty, f.Where, f.Message))
	}
	all := strings.Join(told, "\n") + test.Reason
	if got != c.want {
		t.Errorf("the rule was %s, want %s\n%s", got, c.want, all)
	}
	if !strings.Contains(all, c.says) {
		t.Errorf("nothing says %q\n%s", c.says, all)
	}
	if c.findings > 0 && len(test.Findings) != c.findings {
		t.Errorf("%d findings, want %d\n%s", len(test.Findings), c.findings, all)
	}
	if c.sure != "" && (len(test.Findings) == 0 || test.Findings[0].Certainty != c.sure) {
		t.Errorf("want a finding that is %s\n%s", c.sure, all)
	}
	for _, f := range test.Findings {
		if f.Message == "" || f.Where == "" || f.Want == "" || f.Got == "" || f.Keyword == "" || f.Advice == "" {
			t.Errorf("a finding leaves something out: %+v", f)
		}
		if f.Certainty == check.Likely && !strings.Contains(f.Message, "the same") && !strings.Contains(f.Message, "by chance") && !strings.Contains(f.Message, "collide") &&
			!strings.Contains(f.Message, "If a new order") && !strings.Contains(f.Message, "pass it over") && test.Check != "IDM-001" && test.Check != "IDM-003" {
			t.Errorf("a likely finding names no other explanation: %s", f.Message)
		}
	}
	if got != idle && len(test.Exchanges) == 0 {
		t.Error("no exchange shows it")
	}
}

// mark is the mark of the nth secret with a prefix.
func mark(prefix string, n int) string { return fmt.Sprintf("secret~%s~%012x", prefix, n) }

// Marks of a key of production and one for tests, of access tokens and of refresh tokens.
func live(n int) string     { return mark("kp_live_", n) }
func trial(n int) string    { return mark("kp_test_", n) }
func access(n int) string   { return mark("", 0xa000+n) }
func renewing(n int) string { return mark("kr_", n) }

const second = time.Second

// get is a call with a bearer.
func get(at time.Duration, path, bearer string, status int) told {
	return told{at: at, request: "GET " + path + "\nAuthorization: Bearer " + bearer + "\nAccept: application/json", answer: fmt.Sprint(status)}
}

// post sends JSON with a bearer.
func post(at time.Duration, path, bearer, body string, status int) told {
	return told{at: at, request: "POST " + path + "\nAuthorization: Bearer " + bearer + "\nContent-Type: application/json\n\n" + body, answer: fmt.Sprint(status)}
}

// tokens is the answer that gives the nth pair.
func tokens(n int) string {
	return fmt.Sprintf("200\nContent-Type: application/json\n\n"+`{"accessToken":%q,"refreshToken":%q,"expiresIn":3600}`, access(n), renewing(n))
}

func login(at time.Duration, n int) told {
	return told{at: at, request: "POST /v1/login\nContent-Type: application/json\n\n" + `{"email":"ada@keeper.example","password":"` + mark("", 0xb000) + `"}`, answer: tokens(n)}
}

// renew shows the refresh token of one pair and gets another.
func renew(at time.Duration, with, n int) told {
	return told{at: at, request: "POST /v1/refresh\nContent-Type: application/json\n\n" + fmt.Sprintf(`{"refreshToken":%q}`, renewing(with)), answer: tokens(n)}
}

// form sends a form to the OAuth token endpoint.
func form(at time.Duration, body, answer string) told {
	return told{at: at, request: "POST /oauth/token\nContent-Type: application/x-www-form-urlencoded\n\n" + body, answer: answer}
}

func oauthToken(n int) string {
	return fmt.Sprintf("200\nContent-Type: application/json\n\n"+`{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, access(n))
}

// with changes a call of the table.
func with(one told, change func(*grade.Call)) told {
	one.change = change
	return one
}

// on lets a call use a connection of its own.
func on(connection string, one told) told {
	before := one.change
	return with(one, func(c *grade.Call) {
		if c.Connection = connection; before != nil {
			before(c)
		}
	})
}

func lasting(one told, d time.Duration) told {
	one.took = d
	return one
}

// headed adds lines to the header of a request.
func headed(one told, lines string) told {
	head, body, ok := strings.Cut(one.request, "\n\n")
	one.request = head + "\n" + lines
	if ok {
		one.request += "\n\n" + body
	}
	return one
}

func many(n int, one func(i int) told) []told {
	var list []told
	for i := range n {
		list = append(list, one(i))
	}
	return list
}

// standIn says that the recording is a stand-in's, with these credentials.
func standIn(grants ...grade.Grant) func(*grade.Recording) {
	return func(rec *grade.Recording) { rec.Grants = append([]grade.Grant{}, grants...) }
}

// TestRulesAreToldWhole: each rule says all that reports and documentation need.
func TestRulesAreToldWhole(t *testing.T) {
	seen := map[string]bool{}
	drills := map[string]bool{"": true, "rate-limit": true, "token-expiry": true, "flaky-network": true, "webhook-attack": true, "outage": true, "permission": true}
	for _, r := range grade.Rules() {
		if seen[r.ID] {
			t.Errorf("%s is there twice", r.ID)
		}
		seen[r.ID] = true
		for name, text := range map[string]string{"title": r.Title, "doc": r.Doc, "norm": r.Norm, "needs": r.Needs, "decides": r.Decides, "advice": r.Advice, "example": r.Example} {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s has no %s", r.ID, name)
			}
			if strings.Contains(text, "  ") && name != "example" {
				t.Errorf("%s: two blanks in %s", r.ID, name)
			}
		}
		if strings.HasSuffix(r.Title, ".") || strings.HasSuffix(r.Needs, ".") || !strings.HasSuffix(r.Doc, ".") || !strings.HasSuffix(r.Decides, ".") || !strings.HasSuffix(r.Advice, ".") {
			t.Errorf("%s: titles and needs are no sentences, the others are", r.ID)
		}
		if !drills[r.Drill] {
			t.Errorf("%s: there is no drill %q", r.ID, r.Drill)
		}
		if r.Level == "" || r.Basis == "" {
			t.Errorf("%s has no level or no basis", r.ID)
		}
	}
}
