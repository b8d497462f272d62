package clock

import (
	"fmt"
	"time"
)

// A Course is how a Virtual clock goes, to be kept over the end of the program: it showed Base at the machine's instant From, and
// goes on from there at Rate.
type Course struct {
	Base time.Time `json:"base"`
	From time.Time `json:"from"`
	Rate float64   `json:"rate"` // 0: it stands still
}

// Course gives how the clock goes when nobody moves it.
func (v *Virtual) Course() Course {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.going()
}

// going is Course with the lock held.
func (v *Virtual) going() Course {
	c := v.course.Load()
	return Course{Base: c.base, From: c.from, Rate: v.rate}
}

// Resume gives a clock that goes on as another one went: one that stood still stands where it was, any other has gone on
// meanwhile. It fails for a course that no clock can have.
func Resume(c Course) (*Virtual, error) {
	if err := checkRate(c.Rate); err != nil {
		return nil, err
	}
	if c.Base.IsZero() || c.From.IsZero() {
		return nil, fmt.Errorf("resume a clock: its instant is missing")
	}
	v := &Virtual{rate: c.Rate}
	v.course.Store(&course{base: c.Base.UTC().Round(0), from: c.From.UTC().Round(0), rate: c.Rate})
	return v, nil
}

// OnMove calls f, on the mover's goroutine, each time that the clock was moved, frozen or let go; with the clock's new course. It
// is for one listener.
func (v *Virtual) OnMove(f func(Course)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.moved = f
}
