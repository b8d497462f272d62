package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/scenarios"
	"understudy/scenarios/grade"
)

// A row is one requirement with what became of it.
type row struct {
	ID         string   `json:"id"`
	Text       string   `json:"text"`
	Kind       []string `json:"kind"`
	Basis      string   `json:"basis"`                // documented by the vendor; assumed: our decision; rule: of this product, for all contracts
	Operations []string `json:"operations,omitempty"` // ids of operations that it is about
	Checks     []string `json:"checks,omitempty"`     // that prove it together
	Rules      []string `json:"rules,omitempty"`      // for clients
	Scans      []string `json:"scans,omitempty"`      // of sources
	State      string   `json:"state"`
	// Missing says what of the row nothing shows, where the state is partly.
	Missing string `json:"missing,omitempty"`
	// Reason says why there is no proof at all, where the state is uncovered or information.
	Reason string  `json:"reason,omitempty"`
	Proofs []proof `json:"proofs"`

	lacks   string            // what nothing shows yet, by the file
	skipped map[string]string // checks, rules and scans that results name and that were not put to the test → why
}

// A proof is one thing that was looked at for a row: a step of a story or workflow, a workflow, a check, a rule, a scan.
type proof struct {
	By       string   `json:"by"`           // story, workflow, receiver, check, rule, scan
	ID       string   `json:"id,omitempty"` // of the check, rule or scan, or of the workflow's test
	Story    string   `json:"story"`        // what the story is about, or the name of the suite
	Step     string   `json:"step"`         // what the exchange shows
	To       string   `json:"to"`           // the API, the management API, the identity provider
	Method   string   `json:"method"`
	Path     string   `json:"path"`
	As       string   `json:"as"` // whose credential was sent: the ready one, nobody's, or a name within the story
	At       string   `json:"at"` // instant on the stand-in's clock, of a story; on the machine's, of a result
	Requests int      `json:"requests"`
	Status   int      `json:"status"`            // 0: the connection broke before an answer
	Checked  []string `json:"checked"`           // what was looked at
	Doubt    string   `json:"doubt,omitempty"`   // why it proves nothing, though nothing failed: a warning, a known failure
	Problem  string   `json:"problem,omitempty"` // what was not as told
}

// shows says whether a proof proves anything.
func (p *proof) shows() bool { return p.Doubt == "" && p.Problem == "" }

// A ledger is all that was asked about.
type ledger struct {
	Schema   string     `json:"$schema"`
	Version  int        `json:"ledgerVersion"` // of this form; 1
	Totals   sums       `json:"totals"`        // of all contracts, the rules for all of them left out
	Chapters []*chapter `json:"contracts"`

	rows  map[string]*row
	width int // columns that the text may take; 0: 80
}

// ledgerSchema is the $schema of a list as JSON.
const ledgerSchema = "docs/schemas/requirements.schema.json"

// A chapter is one contract's rows.
type chapter struct {
	Name     string    `json:"name"`
	Title    string    `json:"title"`
	Counts   counts    `json:"counts"`
	Sums     sums      `json:"checkable"`
	Sections []section `json:"sections"`
	Rows     []*row    `json:"requirements"`
}

// A section is what belongs together in a contract's rows.
type section struct {
	Name   string `json:"name"`
	Counts counts `json:"counts"`

	holds func(id string) bool
}

// readLedger reads the rows of contracts; without names those of all, and the rules for all.
func readLedger(names []string) (*ledger, error) {
	known := append(contracts.Builtins(), commonName)
	if len(names) == 0 {
		names = known
	}
	l := &ledger{Schema: ledgerSchema, Version: 1, rows: map[string]*row{}}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("there are no requirements of %q; there are those of %s", name, strings.Join(known, ", "))
		}
		if slices.ContainsFunc(l.Chapters, func(c *chapter) bool { return c.Name == name }) {
			continue
		}
		c, err := readChapter(name)
		if err != nil {
			return nil, err
		}
		l.Chapters = append(l.Chapters, c)
		for _, r := range c.Rows {
			l.rows[r.ID] = r
		}
	}
	return l, nil
}

func readChapter(name string) (*chapter, error) {
	if name == commonName {
		c := &chapter{Name: name, Title: "Rules for all contracts"}
		for _, rule := range commonRules {
			c.Rows = append(c.Rows, &row{ID: rule.id, Text: rule.text, Kind: []string{"S"}, Basis: "rule", Proofs: []proof{}, lacks: rule.missing, skipped: map[string]string{}})
		}
		return c, nil
	}
	list, err := requirementsOf(name)
	if err != nil {
		return nil, err
	}
	c := &chapter{Name: name, Title: cmp.Or(chapterTitles[name], name)}
	for _, q := range list {
		basis := "documented"
		if !q.Documented {
			basis = "assumed"
		}
		c.Rows = append(c.Rows, &row{
			ID: q.ID, Text: q.Text, Kind: q.Kind, Basis: basis, Operations: q.Operations, Checks: q.Checks, Rules: q.Rules, Scans: q.Scans,
			Proofs: []proof{}, lacks: q.Missing, skipped: map[string]string{},
		})
	}
	return c, nil
}

// requirementsOf reads the rows of a built-in contract strictly: each check, rule and scan that a row names must be in its catalogue.
func requirementsOf(name string) ([]scenarios.Requirement, error) {
	data, err := contracts.Builtin(name, "requirements.yaml")
	if err != nil {
		return nil, err
	}
	list, err := scenarios.ReadRequirements(name+"/requirements.yaml", data)
	if err != nil {
		return nil, err
	}
	return list, knownRules(list)
}

// knownRules refuses rows that name a rule or a scan which nobody can carry out.
func knownRules(list []scenarios.Requirement) error {
	for _, q := range list {
		for _, id := range q.Rules {
			if _, known := grade.FindRule(id); !known {
				return fmt.Errorf("%s:%d: %s: there is no rule %q; understudy grade --list has them all", q.At.File, q.At.Line, q.ID, id)
			}
		}
		for _, id := range q.Scans {
			if !knownScan(id) {
				return fmt.Errorf("%s:%d: %s: there is no scan %q; understudy scan --list has them all", q.At.File, q.At.Line, q.ID, id)
			}
		}
	}
	return nil
}

// requirementsBy gives, for the checks, rules or scans of a contract, the ids of the rows that each helps to prove. list is the word of
// requirements.yaml: "checks", "rules" or "scans". A contract that is not built in has none.
func requirementsBy(list, contract string) (map[string][]string, error) {
	by := map[string][]string{}
	if !slices.Contains(contracts.Builtins(), contract) {
		return by, nil
	}
	rows, err := requirementsOf(contract)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		for _, id := range provers(&rows[i], list) {
			by[id] = append(by[id], rows[i].ID)
		}
	}
	return by, nil
}

// choose keeps the rows that the user asked for.
func (l *ledger) choose(q *proving) error {
	for _, kind := range q.kinds {
		if len(kind) != 1 || !strings.Contains("SPWRCDN", kind) {
			return fmt.Errorf("--kind %s: the kinds are S, P, W, R, C, D and N", kind)
		}
	}
	for _, id := range q.ids {
		if l.rows[id] == nil {
			return fmt.Errorf("--ids %s: there is no such row; rows are called like ECOSIRE-32, ECOEVENTS-G03 or COMMON-01", id)
		}
	}
	wanted := func(r *row) bool {
		ofKind := func(kind string) bool { return slices.Contains(r.Kind, kind) }
		return (len(q.kinds) == 0 || slices.ContainsFunc(q.kinds, ofKind)) && (len(q.ids) == 0 || slices.Contains(q.ids, r.ID))
	}
	for _, c := range l.Chapters {
		c.Rows = slices.DeleteFunc(c.Rows, func(r *row) bool { return !wanted(r) })
	}
	l.Chapters = slices.DeleteFunc(l.Chapters, func(c *chapter) bool { return len(c.Rows) == 0 })
	maps.DeleteFunc(l.rows, func(_ string, r *row) bool { return !wanted(r) })
	return nil
}

func (l *ledger) has(id string) bool { return l.rows[id] != nil }

// enter writes a proof under the rows that it is for.
func (l *ledger) enter(ids []string, p proof) {
	for _, id := range ids {
		if r := l.rows[id]; r != nil {
			r.Proofs = append(r.Proofs, p)
		}
	}
}

// proofOf is what a story's step shows.
func proofOf(s *story, o *outcome) proof {
	p := proof{
		By: byStory, Story: s.tells, Step: o.step.tells, Method: o.step.method, Path: o.step.path, As: o.step.as, At: o.at.Format("2006-01-02T15:04:05Z"),
		Requests: o.requests, Status: o.exchange.Status, Checked: o.checked, Problem: o.problem,
	}
	if p.Checked == nil {
		p.Checked = []string{}
	}
	if o.step.tour != nil {
		p.Method, p.Path = "*", "each operation"
	}
	p.To = "api"
	switch o.step.to {
	case management:
		p.To = "management"
	case atRoot, wherever:
		p.To = "provider"
		p.Path, _, _ = strings.Cut(o.exchange.URL, "?")
	}
	switch {
	case o.step.to == management:
		p.As = "whoever manages"
	case p.As == "":
		p.As = "the ready credential"
	case p.As == nobody && len(o.step.headers) > 0:
		p.As = "what the headers show"
	}
	return p
}
