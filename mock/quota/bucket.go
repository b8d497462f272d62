package quota

import "math"

// A bucket is a token bucket, which is the same as GCRA: what the bucket lacks is by how much GCRA's theoretical arrival
// time is ahead of now. A request costs cost units, a nanosecond gives gain of them back, so that rates which are no whole
// number of nanoseconds are exact too.
type bucket struct{ capacity, cost, gain int64 }

func (b bucket) roll(s *state, now int64) {
	passed := max(0, now-s.start) // one that was imported may come from later
	if s.count == 0 || passed > s.count/b.gain {
		s.count = 0
	} else {
		s.count -= passed * b.gain
	}
	s.start = now
}

func (b bucket) wait(s *state, _, weight int64) int64 {
	over := s.count - (b.capacity-weight)*b.cost
	if over <= 0 {
		return 0
	}
	return ceil(over, b.gain)
}

func (b bucket) count(s *state, _, weight int64) {
	s.count = min(s.count+weight*b.cost, b.capacity*b.cost)
}

func (b bucket) read(s *state, now int64) level {
	used := ceil(s.count, b.cost)
	v := level{used: used, remaining: b.capacity - used, reset: now + ceil(s.count, b.gain)}
	if used > 0 {
		v.more = now + ceil(s.count-(used-1)*b.cost, b.gain)
	}
	return v
}

func (b bucket) until(s *state) int64 { return s.start + ceil(s.count, b.gain) }

func (b bucket) leave(s *state, now, remaining int64) {
	s.start, s.count = now, (b.capacity-remaining)*b.cost
}

// A concurrency counts requests that are under way.
type concurrency struct{ limit int64 }

// glance is how long a refused client is told to wait: nobody knows when a request ends.
const glance = 1_000_000_000

func (c concurrency) roll(*state, int64) {}

func (c concurrency) wait(s *state, _, _ int64) int64 {
	if s.count < c.limit {
		return 0
	}
	return glance
}

func (c concurrency) count(s *state, _, _ int64) { s.count++ }

func (c concurrency) read(s *state, now int64) level {
	return level{used: s.count, remaining: max(0, c.limit-s.count), reset: now}
}

func (c concurrency) until(s *state) int64 {
	if s.count > 0 {
		return math.MaxInt64
	}
	return math.MinInt64
}

func (c concurrency) leave(*state, int64, int64) {} // what is open is open
