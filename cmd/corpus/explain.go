package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// An explanation is one row of the table of explanations: why our own judge tells of our own stand-in, which is the document's
// own contradiction or a limit of ours that has a name.
type explanation struct {
	document   string   // part of the file's name
	check      string   // id
	operations []string // empty: all
	why        string
	used       bool
}

// checkID is how the rows of findings are told from the other tables of the file.
var checkID = regexp.MustCompile(`^[A-Z]+-\d{3}$`)

// explanations reads the rows of a Markdown file that name a check: document, check, operations, reason.
func explanations(file string) ([]*explanation, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the explanations: %w", err)
	}
	var list []*explanation
	for i, line := range strings.Split(string(data), "\n") {
		columns := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(columns) < 2 || !checkID.MatchString(strings.TrimSpace(columns[1])) {
			continue
		}
		if len(columns) != 4 {
			return nil, fmt.Errorf("%s:%d: a row of findings has four columns: document, check, operations, why", file, i+1)
		}
		for k := range columns {
			columns[k] = strings.TrimSpace(columns[k])
		}
		e := &explanation{document: columns[0], check: columns[1], why: columns[3]}
		if columns[2] != "all" {
			for name := range strings.SplitSeq(columns[2], ",") {
				e.operations = append(e.operations, strings.TrimSpace(name))
			}
		}
		if e.document == "" || e.why == "" {
			return nil, fmt.Errorf("%s:%d: the row names no document, or no reason", file, i+1)
		}
		list = append(list, e)
	}
	return list, nil
}

// explain gives each finding of a document its explanation, if there is one, and says how many have none.
func (r *conformity) explain(document string, list []*explanation) (unexplained int) {
	for i := range r.Findings {
		f := &r.Findings[i]
		for _, e := range list {
			if strings.Contains(document, e.document) && e.check == f.Check && (len(e.operations) == 0 || slices.Contains(e.operations, f.Operation)) {
				f.Why, e.used = e.why, true
				break
			}
		}
		if f.Why == "" {
			unexplained++
		}
	}
	return unexplained
}

// idle lists the explanations of the judged documents that explain nothing any more.
func idle(list []*explanation, results []result) []string {
	var texts []string
	for _, e := range list {
		judged := slices.ContainsFunc(results, func(r result) bool { return strings.Contains(r.File, e.document) })
		if judged && !e.used {
			texts = append(texts, e.document+" "+e.check+": "+e.why)
		}
	}
	return texts
}
