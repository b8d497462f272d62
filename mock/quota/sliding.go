package quota

import "math/bits"

// A slidingLog remembers when each request came: never more than the limit pass in any window, wherever it begins.
type slidingLog struct{ limit, length int64 }

func (l slidingLog) roll(s *state, now int64) {
	for len(s.log) > 0 && now-s.log[0].at >= l.length {
		s.count -= s.log[0].n
		s.log = s.log[1:] // growing copies what is left, so this room is given back
	}
}

func (l slidingLog) wait(s *state, now, weight int64) int64 {
	need := s.count + weight - l.limit
	if need <= 0 {
		return 0
	}
	for _, e := range s.log {
		if need -= e.n; need <= 0 {
			return e.at + l.length - now
		}
	}
	return l.length
}

func (l slidingLog) count(s *state, now, weight int64) {
	if n := len(s.log); n > 0 && s.log[n-1].at == now {
		s.log[n-1].n += weight
	} else {
		s.log = append(s.log, spell{now, weight})
	}
	s.count += weight
	for s.count > l.limit { // refused ones are counted: the newest decide, older ones add nothing
		n := min(s.log[0].n, s.count-l.limit)
		s.log[0].n -= n
		s.count -= n
		if s.log[0].n == 0 {
			s.log = s.log[1:]
		}
	}
}

func (l slidingLog) read(s *state, now int64) level {
	v := level{used: s.count, remaining: l.limit - s.count, reset: now + l.length}
	if len(s.log) > 0 {
		v.reset = s.log[0].at + l.length
		v.more = v.reset
	}
	return v
}

func (l slidingLog) until(s *state) int64 {
	if len(s.log) == 0 {
		return s.start
	}
	return s.log[len(s.log)-1].at + l.length
}

func (l slidingLog) leave(s *state, now, remaining int64) {
	*s = state{}
	if n := l.limit - remaining; n > 0 {
		s.log, s.count = []spell{{now, n}}, n
	}
}

// A slidingCounter weighs the count of the window before with the part of it that the sliding window still covers.
type slidingCounter struct{ limit, length int64 }

func (c slidingCounter) roll(s *state, now int64) {
	start := floor(now, c.length) * c.length
	switch {
	case s.start == start && s.end != 0:
		return
	case s.end == start && s.end != 0:
		s.previous, s.count = s.count, 0
	default:
		s.previous, s.count = 0, 0
	}
	s.start, s.end = start, start+c.length
}

// carried is the share of the window before, rounded up: a request passes if carried + count + weight ≤ limit, which is
// the same as with the exact share since all the others are whole.
func (c slidingCounter) carried(s *state, now int64) int64 {
	high, low := bits.Mul64(uint64(s.previous), uint64(s.end-now))
	share, rest := bits.Div64(high, low, uint64(c.length))
	if rest > 0 {
		share++
	}
	return int64(share)
}

func (c slidingCounter) wait(s *state, now, weight int64) int64 {
	if c.carried(s, now)+s.count+weight <= c.limit {
		return 0
	}
	if room := c.limit - s.count - weight; room >= 0 {
		return s.end - c.fits(room, s.previous) - now
	}
	return s.end + c.length - c.fits(max(0, c.limit-weight), s.count) - now
}

// fits is how much of the window before may be covered for its share to be at most room.
func (c slidingCounter) fits(room, count int64) int64 {
	if count <= room {
		return c.length
	}
	high, low := bits.Mul64(uint64(room), uint64(c.length))
	part, _ := bits.Div64(high, low, uint64(count))
	return int64(part)
}

func (c slidingCounter) count(s *state, _, weight int64) { s.count = min(s.count+weight, mostCounted) }

func (c slidingCounter) read(s *state, now int64) level {
	used := c.carried(s, now) + s.count
	return level{used: used, remaining: max(0, c.limit-used), reset: s.end, more: s.end}
}

func (c slidingCounter) until(s *state) int64 {
	switch {
	case s.count > 0:
		return s.end + c.length
	case s.previous > 0:
		return s.end
	}
	return s.start
}

func (c slidingCounter) leave(s *state, now, remaining int64) {
	used := c.limit - remaining
	if carried := c.carried(s, now); carried <= used {
		s.count = used - carried
		return
	}
	s.previous, s.count = 0, used
}
