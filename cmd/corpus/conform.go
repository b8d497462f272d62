package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/conformance"
)

// The bounds on what is spent on one document.
const (
	mostRequests = 100_000
	mostTime     = 10 * time.Minute
	// A document with more operations is large: each of its operations gets fewer cases.
	largeDocument = 300
	usualCases    = 40
	fewCases      = 8
)

// A conformity is what the generated checks came to against our own stand-in for one document.
type conformity struct {
	Error    string // why they could not be carried out
	Cases    int    // the most valid ones of an operation, and as many invalid ones
	Requests int
	Passed   int
	Skipped  int
	Findings []finding
	Stopped  string // the bound that was met; empty: none was
}

// A finding is one line of the table. What a test could not do is one, too.
type finding struct {
	Check, Level, Operation, Message string
	Where, Want, Got, Curl           string
	Why                              string // the explanation; empty: there is none
}

// machine is the machine's time for the judge.
type machine struct{}

func (machine) Now() time.Time { return time.Now().UTC() }

func (machine) Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// conform judges our stand-in for a document by the checks that are made from the same document.
func conform(ctx context.Context, c *contracts.Contract) conformity {
	r := conformity{Cases: usualCases}
	if len(c.Operations) > largeDocument {
		r.Cases = fewCases
	}
	result, err := r.carryOut(ctx, c)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	n := result.Count()
	r.Requests, r.Passed, r.Skipped, r.Stopped = result.Requests, n.Passed, n.Skipped, result.Stopped
	for _, suite := range result.Suites {
		for i := range suite.Tests {
			r.take(&suite.Tests[i])
		}
	}
	return r
}

func (r *conformity) carryOut(ctx context.Context, c *contracts.Contract) (*scenarios.Result, error) {
	s, err := raise(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("start the stand-in: %w", err)
	}
	defer s.shut()
	run, err := scenarios.New(scenarios.Options{
		Clock: machine{}, Seed: seed, MaxRequests: mostRequests, Within: mostTime, Disruptive: true, KeepBody: 4 << 10,
	})
	if err != nil {
		return nil, err
	}
	checks, err := check.New(check.Options{Contract: c, Targets: []string{s.target}})
	if err != nil {
		return nil, err
	}
	manager, err := scenarios.NewControl(s.control, "", c.Name, nil)
	if err != nil {
		return nil, err
	}
	d, err := run.Deploy(c, s.target, checks, manager, nil)
	if err != nil {
		return nil, err
	}
	if err := conformance.Mint(ctx, d); err != nil {
		return nil, err
	}
	suite, err := conformance.Check(ctx, d, conformance.Options{PerOperation: r.Cases})
	if err != nil {
		return nil, err
	}
	return run.Result([]scenarios.Suite{suite}), nil
}

// take keeps what a test found, but for notes.
func (r *conformity) take(t *scenarios.Test) {
	if t.Outcome == scenarios.Errored {
		r.Findings = append(r.Findings, finding{Check: t.Check, Level: string(t.Outcome), Operation: t.Operation, Message: t.Reason})
	}
	for i := range t.Findings {
		f := &t.Findings[i]
		if f.Level == check.Note {
			continue
		}
		r.Findings = append(r.Findings, finding{
			Check: f.Check, Level: string(f.Level), Operation: strings.TrimSpace(f.Method + " " + f.Path), Message: f.Message, Where: f.Where, Want: f.Want, Got: f.Got,
			Curl: f.Curl,
		})
	}
}

// levels counts the findings that are failures, or that a test could not be carried out, and the others.
func (r *conformity) levels() (failures, warnings int) {
	for _, f := range r.Findings {
		if f.Level == string(check.Warning) {
			warnings++
		} else {
			failures++
		}
	}
	return failures, warnings
}
