package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"understudy/contracts"

	"go.yaml.in/yaml/v4"
)

// The states of a row.
const (
	rowProven    = "proven"
	rowPartly    = "partly"    // what a story can show is shown; what is missing is said
	rowFailed    = "failed"    // an exchange was not as told
	rowUncovered = "uncovered" // no story looks at it
)

// A row is one requirement with what became of it.
type row struct {
	ID    string   `json:"id"`
	Text  string   `json:"text"`
	Kind  []string `json:"kind"`
	Basis string   `json:"basis"` // documented by the vendor; assumed: our decision; rule: of this product, for all contracts
	State string   `json:"state"`
	// Missing says what of the row no exchange shows, where the state is partly.
	Missing string  `json:"missing,omitempty"`
	Proofs  []proof `json:"proofs"`
}

// A proof is one exchange that was looked at for a row.
type proof struct {
	Story    string   `json:"story"` // what the story is about
	Step     string   `json:"step"`  // what the exchange shows
	To       string   `json:"to"`    // the API, the management API, the identity provider
	Method   string   `json:"method"`
	Path     string   `json:"path"`
	As       string   `json:"as"` // whose credential was sent: the ready one, nobody's, or a name within the story
	At       string   `json:"at"` // instant on the stand-in's clock
	Requests int      `json:"requests"`
	Status   int      `json:"status"`            // 0: the connection broke before an answer
	Checked  []string `json:"checked"`           // what was looked at
	Problem  string   `json:"problem,omitempty"` // what was not as told
}

// A chapter is one contract's rows.
type chapter struct {
	Name     string    `json:"name"`
	Title    string    `json:"title"`
	Counts   counts    `json:"counts"`
	Sections []section `json:"sections"`
	Rows     []*row    `json:"requirements"`
}

// A section is what belongs together in a contract's rows.
type section struct {
	Name   string `json:"name"`
	Counts counts `json:"counts"`

	holds func(id string) bool
}

// counts are how many rows there are, and in which state.
type counts struct {
	Rows      int `json:"rows"`
	Proven    int `json:"proven"`
	Partly    int `json:"partly"`
	Failed    int `json:"failed"`
	Uncovered int `json:"uncovered"`
}

func (c *counts) add(state string) {
	c.Rows++
	switch state {
	case rowProven:
		c.Proven++
	case rowPartly:
		c.Partly++
	case rowFailed:
		c.Failed++
	default:
		c.Uncovered++
	}
}

// A ledger is all that was asked about.
type ledger struct {
	Chapters []*chapter `json:"contracts"`

	rows map[string]*row
}

// readLedger reads the rows of contracts; without names those of all, and the rules for all.
func readLedger(names []string) (*ledger, error) {
	known := append(contracts.Builtins(), commonName)
	if len(names) == 0 {
		names = known
	}
	l := &ledger{rows: map[string]*row{}}
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
			c.Rows = append(c.Rows, &row{ID: rule.id, Text: rule.text, Kind: []string{"S"}, Basis: "rule", Proofs: []proof{}})
		}
		return c, nil
	}
	data, err := contracts.Builtin(name, "requirements.yaml")
	if err != nil {
		return nil, err
	}
	var file struct {
		Requirements []struct {
			ID         string
			Kind       []string
			Documented bool
			Text       string
		}
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read the requirements of %s: %w", name, err)
	}
	c := &chapter{Name: name, Title: chapterTitles[name]}
	for _, r := range file.Requirements {
		basis := "documented"
		if !r.Documented {
			basis = "assumed"
		}
		c.Rows = append(c.Rows, &row{ID: r.ID, Text: r.Text, Kind: r.Kind, Basis: basis, Proofs: []proof{}})
	}
	return c, nil
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

// settle says what each row came to and counts.
func (l *ledger) settle(uncoveredOnly bool) {
	for _, c := range l.Chapters {
		sections := sectionsOf(c.Name)
		for _, r := range c.Rows {
			r.State = stateOf(r)
			if r.State == rowPartly {
				r.Missing = onlyPartly[r.ID]
			}
			c.Counts.add(r.State)
			for i := range sections {
				if sections[i].holds(r.ID) {
					sections[i].Counts.add(r.State)
					break
				}
			}
		}
		c.Sections = slices.DeleteFunc(sections, func(s section) bool { return s.Counts.Rows == 0 })
		if uncoveredOnly {
			c.Rows = slices.DeleteFunc(c.Rows, func(r *row) bool { return r.State != rowUncovered })
		}
	}
}

func stateOf(r *row) string {
	switch {
	case len(r.Proofs) == 0:
		return rowUncovered
	case slices.ContainsFunc(r.Proofs, func(p proof) bool { return p.Problem != "" }):
		return rowFailed
	case onlyPartly[r.ID] != "":
		return rowPartly
	}
	return rowProven
}

func (l *ledger) failed() bool {
	return slices.ContainsFunc(l.Chapters, func(c *chapter) bool { return c.Counts.Failed > 0 })
}

// proofOf is what a step shows.
func proofOf(s *story, o *outcome) proof {
	p := proof{
		Story: s.tells, Step: o.step.tells, Method: o.step.method, Path: o.step.path, As: o.step.as, At: o.at.Format("2006-01-02T15:04:05Z"),
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
