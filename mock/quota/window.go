package quota

import "time"

// A window divides time into pieces.
type window interface {
	// bounds gives the piece that an instant lies in, without its end.
	bounds(now int64) (start, end int64)
}

// A span is a window of a length in nanoseconds, counted from the epoch.
type span int64

func (w span) bounds(now int64) (start, end int64) {
	start = floor(now, int64(w)) * int64(w)
	return start, start + int64(w)
}

// A calendar is a window of a day or a month. Where clocks are put forward or back, a day has another length.
type calendar struct {
	zone  *time.Location
	month bool
}

func (w calendar) bounds(now int64) (start, end int64) {
	year, month, day := instant(now).In(w.zone).Date()
	start = w.begin(year, month, day, 0)
	for later := 1; ; later++ {
		end = w.begin(year, month, day, later)
		if now < end || later > 2 {
			return start, end
		}
		start = end // not met where begin and the date above agree
	}
}

// begin is when the day or month begins that is so many later than a date's: the first instant that shows its date.
func (w calendar) begin(year int, month time.Month, day, later int) int64 {
	if w.month {
		month, day = month+time.Month(later), 1
	} else {
		day += later
	}
	t := time.Date(year, month, day, 0, 0, 0, 0, w.zone)
	from, to := t.ZoneBounds()
	if t.Hour() != 0 && !to.IsZero() && to.Sub(t) < 3*time.Hour {
		return to.UnixNano() // clocks are put forward at midnight, which does not exist
	}
	if !from.IsZero() && t.Sub(from) < 3*time.Hour { // clocks were put back, and midnight may be there twice
		_, now := t.Zone()
		_, before := from.Add(-1).In(w.zone).Zone()
		if first := t.Add(time.Duration(now-before) * time.Second); before > now && first.Before(from) {
			return first.UnixNano()
		}
	}
	return t.UnixNano()
}

// A fixedWindow counts what comes in each window. Around a boundary it lets twice the limit pass; that is how it is.
type fixedWindow struct {
	limit  int64
	window window
	first  bool // a window opens with the first request after the last one closed
}

func (f fixedWindow) roll(s *state, now int64) {
	if now >= s.start && now < s.end {
		return
	}
	*s = state{}
	if !f.first {
		s.start, s.end = f.window.bounds(now)
	}
}

func (f fixedWindow) wait(s *state, now, weight int64) int64 {
	if s.count+weight <= f.limit {
		return 0
	}
	return s.end - now
}

func (f fixedWindow) count(s *state, now, weight int64) {
	f.begin(s, now)
	s.count = min(s.count+weight, mostCounted)
}

// begin opens the window of a first request.
func (f fixedWindow) begin(s *state, now int64) {
	if f.first && s.end == 0 {
		s.start, s.end = now, now+int64(f.window.(span))
	}
}

func (f fixedWindow) read(s *state, now int64) level {
	end := s.end
	if f.first && end == 0 {
		end = now + int64(f.window.(span))
	}
	return level{used: s.count, remaining: max(0, f.limit-s.count), reset: end, more: end}
}

func (f fixedWindow) until(s *state) int64 {
	if s.count == 0 {
		return s.start
	}
	return s.end
}

func (f fixedWindow) leave(s *state, now, remaining int64) {
	f.begin(s, now)
	s.count = f.limit - remaining
}

// mostCounted is where counting of refused requests ends; a limit is never above it.
const mostCounted = 1 << 40
