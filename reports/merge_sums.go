package reports

import (
	"slices"

	"understudy/scenarios"
)

type dimensionKey struct{ contract, name string }

// joinCoverage counts as covered what any of the results covers: a gap is what all of them lack.
func joinCoverage(results []*scenarios.Result) *scenarios.Coverage {
	var order []dimensionKey
	parts := map[dimensionKey][]scenarios.Dimension{}
	for _, r := range results {
		if r.Coverage == nil {
			continue
		}
		for _, d := range r.Coverage.Dimensions {
			key := dimensionKey{d.Contract, d.Name}
			if parts[key] == nil {
				order = append(order, key)
			}
			parts[key] = append(parts[key], d)
		}
	}
	if order == nil {
		return nil
	}
	all := new(scenarios.Coverage)
	for _, key := range order {
		all.Dimensions = append(all.Dimensions, joinDimension(parts[key]))
	}
	return all
}

// joinDimension needs every gap by its name. Where a result lists fewer gaps than it has, what is covered at least is what the
// best of them covers.
func joinDimension(parts []scenarios.Dimension) scenarios.Dimension {
	d := parts[0]
	d.Gaps = slices.Clone(d.Gaps)
	listed := true
	for _, p := range parts {
		d.Covered, d.Total = max(d.Covered, p.Covered), max(d.Total, p.Total)
		d.Documented = better(d.Documented, p.Documented)
		d.Assumed = better(d.Assumed, p.Assumed)
		listed = listed && len(p.Gaps) == p.Total-p.Covered && p.Total == parts[0].Total
		open := map[string]bool{}
		for _, g := range p.Gaps {
			open[g.Name] = true
		}
		d.Gaps = slices.DeleteFunc(d.Gaps, func(g scenarios.Gap) bool { return !open[g.Name] })
	}
	if !listed {
		return d
	}
	d.Covered = d.Total - len(d.Gaps)
	if assumed := countAssumed(d.Gaps); d.Documented.Total+d.Assumed.Total == d.Total {
		d.Documented.Covered = d.Documented.Total - (len(d.Gaps) - assumed)
		d.Assumed.Covered = d.Assumed.Total - assumed
	}
	return d
}

func countAssumed(gaps []scenarios.Gap) int {
	n := 0
	for _, g := range gaps {
		if g.Assumed {
			n++
		}
	}
	return n
}

func better(a, b scenarios.Share) scenarios.Share {
	return scenarios.Share{Covered: max(a.Covered, b.Covered), Total: max(a.Total, b.Total)}
}

// joinBaseline adds up what is known and new. An entry is gone when no result has it, and expired when one says so.
func joinBaseline(results []*scenarios.Result) *scenarios.Baseline {
	var all *scenarios.Baseline
	for _, r := range results {
		b := r.Baseline
		if b == nil {
			continue
		}
		if all == nil {
			one := *b
			one.Gone, one.Expired = slices.Clone(b.Gone), slices.Clone(b.Expired)
			all = &one
			continue
		}
		all.Known += b.Known
		all.New += b.New
		all.Gone = slices.DeleteFunc(all.Gone, func(a scenarios.Absent) bool { return !hasEntry(b.Gone, a) })
		for _, a := range b.Expired {
			if !hasEntry(all.Expired, a) {
				all.Expired = append(all.Expired, a)
			}
		}
	}
	return all
}

func hasEntry(list []scenarios.Absent, a scenarios.Absent) bool {
	return slices.ContainsFunc(list, func(b scenarios.Absent) bool { return b.Fingerprint == a.Fingerprint })
}

// joinGates judges each gate by the joined coverage of its dimension. One that is of something else is met when all met it.
func joinGates(results []*scenarios.Result, c *scenarios.Coverage) []scenarios.Gate {
	var all []scenarios.Gate
	for _, r := range results {
		for _, g := range r.Gates {
			at := slices.IndexFunc(all, func(other scenarios.Gate) bool { return other.Name == g.Name })
			if at < 0 {
				all = append(all, g)
				continue
			}
			all[at].Want = max(all[at].Want, g.Want)
			all[at].Got = min(all[at].Got, g.Got)
			all[at].Passed = all[at].Passed && g.Passed
		}
	}
	for i := range all {
		covered, total := 0, 0
		if c != nil {
			for _, d := range c.Dimensions {
				if d.Name == all[i].Name {
					covered, total = covered+d.Covered, total+d.Total
				}
			}
		}
		if total > 0 {
			all[i].Got = percent(covered, total)
			all[i].Passed = all[i].Got >= all[i].Want
		}
	}
	return all
}
