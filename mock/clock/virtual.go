package clock

import (
	"container/heap"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// MaxRate is the fastest that a clock follows real time: a day in less than a second.
const MaxRate = 100_000

// MaxRun is how many callbacks one Advance or Set runs at most. It is there for callbacks that always
// schedule another without letting time pass.
const MaxRun = 1_000_000

// lookAgain is how long a following clock sleeps at most while something waits. Go's timers stand still when
// the machine is suspended, the wall clock does not.
const lookAgain = time.Minute

// Options say where a Virtual clock starts. The zero value is a clock that shows real time.
type Options struct {
	At     time.Time // the first instant; zero: the machine's time now
	Frozen bool      // it stands still until it is moved; false: it follows real time
}

// A Virtual clock stands still or follows real time from an instant of its own, and can be moved. It is safe for
// concurrent use. Make it with New.
//
// Callbacks wait for an instant, not for a length of time: a clock that is turned back makes them wait longer.
type Virtual struct {
	course atomic.Pointer[course] // read without the lock, changed with it

	mu     sync.Mutex
	timers timers
	seq    uint64
	moving int     // Advance or Set calls under way; the clock follows nothing meanwhile
	rate   float64 // what the clock follows by when nobody moves it; 0: it stands still
	moved  func(Course)
	wake   *time.Timer // real timer for the next callback; nil until the first is needed
}

var _ Clock = (*Virtual)(nil)

// A course is what the clock does from one instant on: it shows base at the real instant from, and goes on at
// rate. It is never changed.
type course struct {
	base time.Time
	from time.Time // wall time, without a monotonic reading
	rate float64
}

func (c *course) at(real time.Time) time.Time {
	if c.rate == 0 {
		return c.base
	}
	passed := real.Sub(c.from)
	if c.rate == 1 {
		return c.base.Add(passed)
	}
	return c.base.Add(time.Duration(max(math.MinInt64, min(float64(passed)*c.rate, math.MaxInt64/2))))
}

// wall is the machine's time without its monotonic reading: a clock that follows real time must agree with other
// programs' clocks after the machine has been suspended or set.
func wall() time.Time { return time.Now().UTC().Round(0) }

// New gives a clock.
func New(o Options) *Virtual {
	v := &Virtual{rate: 1}
	if o.Frozen {
		v.rate = 0
	}
	c := &course{base: o.At.UTC().Round(0), from: wall(), rate: v.rate}
	if o.At.IsZero() {
		c.base = c.from
	}
	v.course.Store(c)
	return v
}

func checkRate(rate float64) error {
	if !(rate >= 0 && rate <= MaxRate) { // also refuses NaN
		return fmt.Errorf("clock rate %v: want a number from 0 (frozen) to %d, 1 is real time", rate, MaxRate)
	}
	return nil
}

// Now is the clock's instant, in UTC.
func (v *Virtual) Now() time.Time {
	c := v.course.Load()
	if c.rate == 0 {
		return c.base
	}
	return c.at(wall())
}

// Rate is how many virtual seconds pass in a real one; 0 when the clock stands still.
func (v *Virtual) Rate() float64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.rate
}

// Pending lists the callbacks that wait, next first.
func (v *Virtual) Pending() []Due {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.timers.list()
}

// AfterFunc calls f once the clock has gone d ahead. See Clock.
func (v *Virtual) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return v.AfterFuncLabel(d, "", f)
}

// AfterFuncLabel is AfterFunc with a word for the lists that Advance, Set and Pending give.
func (v *Virtual) AfterFuncLabel(d time.Duration, label string, f func()) (stop func() bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seq++
	w := &timer{Due: Due{At: v.Now().Add(max(d, 0)), Label: label}, f: f, seq: v.seq}
	heap.Push(&v.timers, w)
	v.settle()
	return func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		return v.timers.remove(w)
	}
}

// Freeze makes the clock stand still where it is.
func (v *Virtual) Freeze() { _ = v.Follow(0) }

// Follow makes the clock go on from where it is, rate virtual seconds for each real one: 1 is real time, 0 stands
// still. It fails, and changes nothing, when rate is below 0 or above MaxRate.
func (v *Virtual) Follow(rate float64) error {
	if err := checkRate(rate); err != nil {
		return err
	}
	v.mu.Lock()
	v.rate = rate
	v.settleAt(v.Now())
	v.tell()
	return nil
}

// tell gives the lock back and tells whoever listens that the clock goes another way.
func (v *Virtual) tell() {
	f, c := v.moved, v.going()
	v.mu.Unlock()
	if f != nil {
		f(c)
	}
}

// settleAt makes at the present instant and starts the clock again unless somebody is moving it.
func (v *Virtual) settleAt(at time.Time) {
	c := &course{base: at, from: wall(), rate: v.rate}
	if v.moving > 0 {
		c.rate = 0
	}
	v.course.Store(c)
	v.settle()
}

// settle starts what is due and sleeps until the next is. While somebody moves the clock, that is their work.
func (v *Virtual) settle() {
	if v.moving > 0 {
		return
	}
	now := v.Now()
	for w := v.timers.takeDue(now); w != nil; w = v.timers.takeDue(now) {
		go w.f()
	}
	if v.rate == 0 || len(v.timers) == 0 {
		if v.wake != nil {
			v.wake.Stop()
		}
		return
	}
	// One nanosecond more, since the division may round down and would wake too early.
	real := float64(v.timers[0].At.Sub(now))/v.rate + 1
	sleep := time.Duration(min(real, float64(lookAgain)))
	if v.wake == nil {
		v.wake = time.AfterFunc(sleep, v.woken)
		return
	}
	v.wake.Reset(sleep)
}

func (v *Virtual) woken() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settle()
}
