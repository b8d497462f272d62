package check

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// A Baseline is what is known to be wrong with a deployment, so that only what is new fails a gate. Every entry says why it is
// tolerated, and usually until when.
type Baseline struct {
	File    string // as it was read; empty: it was not
	Entries []Entry
	now     time.Time
	others  []func(id string) bool // know the ids of other catalogues
}

// An Entry is one known finding. Fingerprint and Check say which; Operation and Where are for people.
type Entry struct {
	Fingerprint string
	Check       string
	Operation   string // "GET /pets/{id}"; empty: the whole deployment
	Where       string // Finding.Where
	Reason      string // why it is tolerated; required
	Until       string // last day on which it is, YYYY-MM-DD; empty: no end
	Line        int    // in the file; 0: it was not read from one
}

// Compared is how findings compare with a baseline.
type Compared struct {
	Known   int     // findings that an entry covers
	New     int     // findings that none covers, those whose entry has expired included
	Gone    []Entry // entries that no finding matches any more
	Expired []Entry // entries whose day is over, whether or not their finding occurs
}

// expired says whether the last day of an entry is over at an instant, by UTC.
func (e *Entry) expired(now time.Time) bool {
	day, err := time.Parse(time.DateOnly, e.Until)
	return err == nil && !now.Before(day.AddDate(0, 0, 1))
}

// Apply sets Finding.Known for the findings that the baseline has, by fingerprint and check. One whose entry has expired
// counts again: it is marked as expired and as new. Findings that a workflow expects are left alone.
func (b *Baseline) Apply(findings []Finding) Compared {
	var c Compared
	index := make(map[string]*Entry, len(b.Entries))
	for i := range b.Entries {
		index[b.Entries[i].Fingerprint] = &b.Entries[i]
	}
	met := map[*Entry]bool{}
	for i := range findings {
		f := &findings[i]
		entry := index[f.Fingerprint]
		if entry == nil || entry.Check != f.Check {
			if f.Known == nil {
				c.New++
			}
			continue
		}
		met[entry] = true
		if f.Known != nil && f.Known.Expect {
			continue
		}
		f.Known = &Known{Reason: entry.Reason, Until: entry.Until, Expired: entry.expired(b.now)}
		if f.Known.Expired {
			c.New++
		} else {
			c.Known++
		}
	}
	for i := range b.Entries {
		entry := &b.Entries[i]
		if entry.expired(b.now) {
			c.Expired = append(c.Expired, *entry)
		}
		if !met[entry] {
			c.Gone = append(c.Gone, *entry)
		}
	}
	return c
}

// Add puts findings into the baseline with a reason and a last day (empty: no end), each fingerprint once; entries that are
// there keep their reason, unless their day is over. Findings that a workflow expects need none.
func (b *Baseline) Add(findings []Finding, reason, until string) error {
	if strings.TrimSpace(reason) == "" {
		return fmt.Errorf("add to the baseline: a reason is needed")
	}
	if until != "" {
		if _, err := time.Parse(time.DateOnly, until); err != nil {
			return fmt.Errorf("add to the baseline: %q is no day: write 2026-12-31", cut(until, 40))
		}
	}
	for _, f := range findings {
		if f.Known != nil && f.Known.Expect {
			continue
		}
		entry := Entry{Fingerprint: f.Fingerprint, Check: f.Check, Operation: operationOf(f), Where: f.Where, Reason: reason, Until: until}
		switch i := slices.IndexFunc(b.Entries, func(e Entry) bool { return e.Fingerprint == f.Fingerprint }); {
		case i < 0:
			b.Entries = append(b.Entries, entry)
		case b.Entries[i].expired(b.now):
			b.Entries[i] = entry
		}
	}
	return nil
}

func operationOf(f Finding) string {
	if f.Path == "" {
		return f.Operation
	}
	return f.Method + " " + f.Path
}

// baselineSchema is the schema that baselines name, for editors.
const baselineSchema = "docs/schemas/baseline.schema.json"

// WriteBaseline writes a baseline as YAML, sorted by check, operation and place: the same entries give the same bytes.
func WriteBaseline(w io.Writer, b *Baseline) error {
	entries := slices.Clone(b.Entries)
	slices.SortStableFunc(entries, func(x, y Entry) int {
		return cmp.Or(cmp.Compare(x.Check, y.Check), cmp.Compare(x.Operation, y.Operation), cmp.Compare(x.Where, y.Where),
			cmp.Compare(x.Fingerprint, y.Fingerprint))
	})
	type row struct {
		Fingerprint string `yaml:"fingerprint"`
		Check       string `yaml:"check"`
		Operation   string `yaml:"operation,omitempty"`
		Where       string `yaml:"where,omitempty"`
		Reason      string `yaml:"reason"`
		Until       string `yaml:"until,omitempty"`
	}
	file := struct {
		Version int   `yaml:"version"`
		Entries []row `yaml:"entries"`
	}{Version: 1, Entries: []row{}}
	for _, e := range entries {
		file.Entries = append(file.Entries, row{e.Fingerprint, e.Check, e.Operation, e.Where, e.Reason, e.Until})
	}
	text, err := yaml.Marshal(file)
	if err != nil {
		return fmt.Errorf("write the baseline: %w", err)
	}
	head := "# What is known to be wrong, so that only what is new fails a run. The schema is " + baselineSchema + ".\n"
	if _, err := io.WriteString(w, head+string(text)); err != nil {
		return fmt.Errorf("write the baseline: %w", err)
	}
	return nil
}
