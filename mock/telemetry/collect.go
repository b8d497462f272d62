package telemetry

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
)

// A collection gathers points by their metrics.
type collection map[*metric]*family

func (c collection) at(m *metric) *family {
	f := c[m]
	if f == nil {
		f = &family{metric: m}
		c[m] = f
	}
	return f
}

func (c collection) add(m *metric, value float64, values ...string) {
	p := point{value: value}
	for i, v := range values {
		p.labels = append(p.labels, label{m.labels[i], v})
	}
	f := c.at(m)
	f.points = append(f.points, p)
}

// collect reads all metrics as they are now, in the order of the catalogue, each with its points in the order of their labels.
func (t *Telemetry) collect(ctx context.Context) []*family {
	all := collection{}
	for _, m := range t.meters() {
		m.into(all.at)
		m.gauges(ctx, all)
	}
	t.dropped.into(all.at(telemetryDropped))
	all.add(buildInfo, 1, t.options.Version, runtime.Version())
	all.add(processStart, float64(t.options.Started.UnixNano())/float64(time.Second))
	process(all)
	var list []*family
	for _, m := range catalogue {
		if f := all[m]; f != nil && len(f.points) > 0 {
			f.sort()
			list = append(list, f)
		}
	}
	return list
}

// gauges reads what there is at the moment from the current server. What cannot be read is left out.
func (m *contractMeter) gauges(ctx context.Context, all collection) {
	m.mu.Lock()
	current := m.server
	m.mu.Unlock()
	if current == nil {
		return
	}
	s := current()
	if s == nil {
		return
	}
	journal := s.Journal().Stats()
	all.add(journalEntries, float64(journal.Held), m.name)
	all.add(journalSize, float64(journal.Bytes), m.name)
	all.add(journalDropped, float64(journal.Dropped), m.name)
	if s.Journal().Shared() {
		all.add(journalWaiting, float64(journal.Waiting), m.name)
		all.add(journalUnshared, float64(journal.Unshared), m.name)
	}
	if boxes := s.Sandboxes(); boxes != nil {
		list := boxes.List()
		all.add(sandboxes, float64(len(list)), m.name)
		m.pending(ctx, all, s, list)
	}
	f := all.at(items)
	f.points = append(f.points, m.tally.read(ctx, m.name, s)...)
}

// pending counts the deliveries that wait, those of sandboxes too.
func (m *contractMeter) pending(ctx context.Context, all collection, s *mock.Server, list []*mock.Sandbox) {
	waiting, known := 0, false
	for i := -1; i < len(list); i++ {
		if i >= 0 {
			s = list[i].Server()
		}
		if counts, err := s.Webhooks().Counts(ctx); err == nil {
			waiting, known = waiting+counts.Pending, true
		}
	}
	if known {
		all.add(deliveriesPending, float64(waiting), m.name)
	}
}

// How often items are counted: at most every so many seconds, and so seldom that it takes at most one part in so many of the time.
const (
	countEvery = 5 * time.Second
	countShare = 50
)

// read counts the items, or gives what was counted last.
func (t *tally) read(ctx context.Context, name string, s *mock.Server) []point {
	t.mu.Lock()
	defer t.mu.Unlock()
	began := clock.Real{}.Now()
	if began.Before(t.due) && t.of == s {
		return t.points
	}
	summaries, err := s.Resources().Summaries(ctx)
	if err != nil {
		return nil
	}
	var points []point
	rest := 0
	for _, one := range summaries {
		if len(points) == mostCollections {
			rest += one.Items
			continue
		}
		points = append(points, itemsPoint(name, one.Path, one.Items))
	}
	if len(summaries) > len(points) {
		points = append(points, itemsPoint(name, other, rest))
	}
	ended := clock.Real{}.Now()
	t.points, t.of, t.due = points, s, ended.Add(max(countEvery, countShare*ended.Sub(began)))
	return points
}

func itemsPoint(contract, collection string, n int) point {
	return point{labels: []label{{"contract", contract}, {"collection", collection}}, value: float64(n)}
}

// wantsOpenMetrics says that an Accept header prefers OpenMetrics to the older text format. What is asked for with a weight of 0 is
// not wanted (RFC 9110, 12.4.2).
func wantsOpenMetrics(accept []string) bool {
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		mediaType, parameters, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(mediaType), "application/openmetrics-text") {
			continue
		}
		list := strings.Split(strings.ReplaceAll(strings.ToLower(parameters), " ", ""), ";")
		version := slices.ContainsFunc(list, func(p string) bool {
			return strings.HasPrefix(p, "version=") && p != "version=1.0.0" && p != "version=0.0.1"
		})
		if !version && !slices.Contains(list, "q=0") && !slices.Contains(list, "q=0.0") {
			return true
		}
	}
	return false
}
