package quota

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"understudy/mock/clock"
	"understudy/mock/store"
)

// A Record is a counter as it can be kept elsewhere. Instants are nanoseconds since 1970; what the numbers mean is known to
// the limit's algorithm.
type Record struct {
	Limit    string     `json:"limit"`
	Subject  string     `json:"subject"`
	Touched  int64      `json:"touched"`
	Start    int64      `json:"start,omitempty"`
	End      int64      `json:"end,omitempty"`
	Count    int64      `json:"count,omitempty"`
	Previous int64      `json:"previous,omitempty"`
	Log      [][2]int64 `json:"log,omitempty"` // instants and numbers of requests
}

// Export gives all counters that have an effect now, but for those of open requests: they belong to the process. It costs
// as much as there are counters.
func (l *Limits) Export() []Record {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	list := []Record{}
	for _, k := range l.sorted(func(k key) bool { return !k.policy.concurrent }) {
		c := l.at(k)
		if k.policy.rule.until(&c.state) <= now {
			continue
		}
		list = append(list, recordOf(k, c))
	}
	return list
}

func recordOf(k key, c *counter) Record {
	r := Record{
		Limit: k.policy.Name, Subject: k.subject(), Touched: c.touched,
		Start: c.state.start, End: c.state.end, Count: c.state.count, Previous: c.state.previous,
	}
	for _, e := range c.state.log {
		r.Log = append(r.Log, [2]int64{e.at, e.n})
	}
	return r
}

// Import replaces all counters by exported ones, but for those of open requests. Records of limits that the contract does
// not declare any more are left out; numbers that no algorithm writes are an error, and then nothing has changed.
func (l *Limits) Import(list []Record) error {
	if l == nil {
		return nil
	}
	read := map[key]*counter{}
	for _, r := range list {
		p := l.tariff.policy(r.Limit)
		if p == nil || p.concurrent {
			continue
		}
		k, ok := keyFor(p, r.Subject)
		if !ok {
			return fmt.Errorf("read a counter of the limit %s: it counts no %.100q", r.Limit, r.Subject)
		}
		c, err := p.restore(r)
		if err != nil {
			return fmt.Errorf("read the counter of the limit %s for %.100q: %w", r.Limit, r.Subject, err)
		}
		read[k] = c
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dropIf(func(k key, _ *counter) bool { return !k.policy.concurrent })
	for k, c := range read {
		l.put(k, c)
	}
	l.sweepAt = max(firstSweep, 2*l.size)
	l.latest = math.MinInt64
	for _, c := range read { // those that were counted later than it is now go with the first request
		l.latest = max(l.latest, c.touched)
	}
	return nil
}

// restore reads a record, which may come from a file that somebody has changed.
func (p *policy) restore(r Record) (*counter, error) {
	c := &counter{touched: r.Touched, state: state{start: r.Start, end: r.End, count: r.Count, previous: r.Previous}}
	most := int64(mostCounted)
	if b, ok := p.rule.(bucket); ok {
		most = b.capacity * b.cost
	}
	if r.Count < 0 || r.Count > most || r.Previous < 0 || r.Previous > most || !sane(r.Start) || !sane(r.End) || !sane(r.Touched) {
		return nil, fmt.Errorf("its numbers are none that are written")
	}
	if _, ok := p.rule.(slidingCounter); ok && r.End != 0 && r.Start != r.End-p.rule.(slidingCounter).length {
		return nil, fmt.Errorf("its window has another length")
	}
	if _, ok := p.rule.(slidingLog); !ok {
		return c, nil
	}
	c.state.count = 0
	for i, e := range r.Log {
		if e[1] <= 0 || e[1] > p.capacity || !sane(e[0]) || i > 0 && e[0] < r.Log[i-1][0] {
			return nil, fmt.Errorf("its log is none that is written")
		}
		c.state.log = append(c.state.log, spell{e[0], e[1]})
		c.state.count += e[1]
	}
	if c.state.count > p.capacity {
		return nil, fmt.Errorf("its log holds more than the limit")
	}
	return c, nil
}

// sane says that an instant is one that can be counted with: no later than the end of a window at the end of time.
func sane(n int64) bool { return n >= earliest.UnixNano() && n <= last.UnixNano()+int64(1<<59) }

// Fork gives the same limits over another store, with the counters that Save left there, and with a clock of its own. What
// was compiled is shared. Requests that are open stay with their origin. A store that cannot be read, or holds what nobody
// wrote, leaves nothing counted; Load tells the reason.
func (l *Limits) Fork(s store.Store, k clock.Clock) *Limits {
	if l == nil {
		return nil
	}
	f := &Limits{tariff: l.tariff, store: s, clock: k, most: l.most, books: newBooks(l.tariff), sweepAt: firstSweep, latest: math.MinInt64}
	_, f.shared = s.(store.Shared)
	_ = f.Load(context.Background())
	return f
}

// Keys in the store are "quota/" + contract's name + NUL + limit + NUL + subject → Record.
func (l *Limits) prefix() string { return "quota/" + l.tariff.name + "\x00" }

// Save writes the counters that have an effect now into the store, in place of those that were written before, so that
// a snapshot of the store or another start of the program has them. Requests do not wait for it.
func (l *Limits) Save(ctx context.Context) error {
	if l == nil || l.store == nil || l.shared { // there they are at all times
		return nil
	}
	records := map[string][]byte{}
	for _, r := range l.Export() {
		data, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("write a counter: %w", err)
		}
		records[l.prefix()+r.Limit+"\x00"+r.Subject] = data
	}
	err := l.store.Update(ctx, func(tx store.Tx) error {
		for key := range tx.Scan(l.prefix(), store.Scan{}) {
			if _, ok := records[key]; !ok {
				if err := tx.Delete(key); err != nil {
					return err
				}
			}
		}
		for _, key := range slices.Sorted(maps.Keys(records)) {
			if err := tx.Put(key, records[key]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save the counters of %s: %w", l.tariff.name, err)
	}
	return nil
}

// Reset forgets what was counted, here and in the store.
func (l *Limits) Reset(ctx context.Context) error {
	if l == nil {
		return nil
	}
	if err := l.push(ctx, func() { l.clear("", "") }); err != nil {
		return fmt.Errorf("reset the counters of %s: %w", l.tariff.name, err)
	}
	return l.Save(ctx)
}

// Load replaces all counters by those that Save left in the store, as after the store was taken back to a snapshot.
func (l *Limits) Load(ctx context.Context) error {
	if l == nil || l.store == nil {
		return nil
	}
	var list []Record
	err := l.store.View(ctx, func(tx store.Tx) error {
		list = nil
		for _, data := range tx.Scan(l.prefix(), store.Scan{}) {
			var r Record
			if err := json.Unmarshal(data, &r); err != nil {
				return fmt.Errorf("read a counter: %w", err)
			}
			list = append(list, r)
		}
		return nil
	})
	if err == nil {
		err = l.Import(list)
	}
	if err != nil {
		return fmt.Errorf("read the counters of %s: %w", l.tariff.name, err)
	}
	return nil
}
