package check

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Limits on a baseline.
const (
	maxBaseline = 8 << 20 // bytes
	maxEntries  = 100_000
)

// ReadBaseline reads a baseline in YAML or JSON; now decides which entries have expired. An error names file and line. The
// file is called as r calls itself, where it has a method Name as files have. others know the ids of further catalogues: of rules
// for clients, of scans.
func ReadBaseline(r io.Reader, now time.Time, others ...func(id string) bool) (*Baseline, error) {
	b := &Baseline{File: "baseline", now: now, others: others}
	if named, ok := r.(interface{ Name() string }); ok {
		b.File = named.Name()
	}
	text, err := io.ReadAll(io.LimitReader(r, maxBaseline+1))
	if err != nil {
		return nil, fmt.Errorf("read the baseline %s: %w", b.File, err)
	}
	if len(text) > maxBaseline {
		return nil, fmt.Errorf("%s: the baseline is larger than %d bytes", b.File, maxBaseline)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("%s: the baseline is neither YAML nor JSON: %w", b.File, err)
	}
	if root.Kind == 0 {
		return nil, fmt.Errorf("%s: the baseline is empty: write version: 1 and entries: []", b.File)
	}
	if err := b.document(root.Content[0]); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *Baseline) fault(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", b.File, n.Line, fmt.Sprintf(format, args...))
}

func (b *Baseline) document(n *yaml.Node) error {
	var entries *yaml.Node
	version := ""
	err := b.members(n, "the baseline", func(name string, v *yaml.Node) (err error) {
		switch name {
		case "version":
			version, err = b.text(v, name)
		case "entries":
			entries = v
		case "$schema":
		default:
			return b.fault(v, "unknown word %q: the baseline has version and entries", cut(name, 40))
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case version != "1":
		return b.fault(n, "the baseline needs version: 1, the only one there is")
	case entries == nil:
		return b.fault(n, "the baseline has no entries: write entries: []")
	case entries.Kind != yaml.SequenceNode:
		return b.fault(entries, "entries must be a list")
	case len(entries.Content) > maxEntries:
		return b.fault(entries, "more than %d entries", maxEntries)
	}
	lines := map[string]int{}
	for _, item := range entries.Content {
		e, err := b.entry(item)
		if err != nil {
			return err
		}
		if first, twice := lines[e.Fingerprint]; twice {
			return b.fault(item, "the fingerprint %s stands in line %d already", e.Fingerprint, first)
		}
		lines[e.Fingerprint] = e.Line
		b.Entries = append(b.Entries, e)
	}
	return nil
}

func (b *Baseline) entry(n *yaml.Node) (Entry, error) {
	e := Entry{Line: n.Line}
	into := map[string]*string{
		"fingerprint": &e.Fingerprint, "check": &e.Check, "operation": &e.Operation, "where": &e.Where, "reason": &e.Reason, "until": &e.Until,
	}
	err := b.members(n, "an entry", func(name string, v *yaml.Node) (err error) {
		target := into[name]
		if target == nil {
			return b.fault(v, "unknown word %q: an entry has fingerprint, check, operation, where, reason and until", cut(name, 40))
		}
		*target, err = b.text(v, name)
		return err
	})
	if err != nil {
		return e, err
	}
	if !isFingerprint(e.Fingerprint) {
		return e, b.fault(n, "the fingerprint %q is not 20 hexadecimal digits; copy it from a report", cut(e.Fingerprint, 60))
	}
	if _, known := byID[e.Check]; !known && !slices.ContainsFunc(b.others, func(knows func(string) bool) bool { return knows(e.Check) }) {
		return e, b.fault(n, "%v", unknownCheck(e.Check, strings.ToUpper(e.Check)))
	}
	if strings.TrimSpace(e.Reason) == "" {
		return e, b.fault(n, "the entry has no reason; write why %s is tolerated", e.Check)
	}
	if e.Until != "" {
		if _, err := time.Parse(time.DateOnly, e.Until); err != nil {
			return e, b.fault(n, "until %q is no day; write 2026-12-31", cut(e.Until, 40))
		}
	}
	return e, nil
}

// members calls f for each member of a mapping; aliases are refused, so that the work is bounded by the file.
func (b *Baseline) members(n *yaml.Node, what string, f func(name string, v *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return b.fault(n, "%s must be an object", what)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, v := n.Content[i].Value, n.Content[i+1]
		if v.Kind == yaml.AliasNode {
			return b.fault(v, "aliases are not allowed in a baseline")
		}
		if seen[name] {
			return b.fault(n.Content[i], "%q stands twice", cut(name, 40))
		}
		seen[name] = true
		if err := f(name, v); err != nil {
			return err
		}
	}
	return nil
}

func (b *Baseline) text(n *yaml.Node, name string) (string, error) {
	if n.Kind != yaml.ScalarNode {
		return "", b.fault(n, "%s must be a text", name)
	}
	if n.Tag == "!!null" {
		return "", nil
	}
	return n.Value, nil
}

func isFingerprint(text string) bool {
	if len(text) != 20 {
		return false
	}
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
