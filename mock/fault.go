package mock

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"understudy/contracts"
)

// What callers of Faults decide on.
var (
	ErrFaultTaken    = errors.New("there is a fault of this name already")
	ErrTooManyFaults = fmt.Errorf("there are %d faults already", contracts.MaxFaults)
)

// Faults is the trouble that was ordered of one server. It is safe for concurrent use.
type Faults struct {
	server *Server
	main   *Faults // of the server that this one is a sandbox of; nil: it is none

	list atomic.Pointer[[]*fault] // in the order of ordering; never changed in place

	mu    sync.Mutex
	named uint64     // names that were made up
	past  []Incident // of faults that are gone, the oldest first
	asked atomic.Uint64
}

// A Fault is trouble that was ordered, and what it came to.
type Fault struct {
	contracts.FaultBehaviour
	Given     bool       // it stands in the contract's overlay
	OrderedAt time.Time  // on the server's clock
	Begin     time.Time  // zero: with its order
	End       time.Time  // zero: when it is removed
	State     FaultState // at the present instant
	Matched   uint64     // requests that it was for
	Acted     uint64     // those on which it acted
	LastActed time.Time  // zero: never
}

// A FaultState is what a fault does at present.
type FaultState string

// The states of faults.
const (
	FaultActive  FaultState = "active"  // it acts on what fits
	FaultOff     FaultState = "off"     // it acts only where a request asks for it by name
	FaultWaiting FaultState = "waiting" // its time has not come
	FaultSpent   FaultState = "spent"   // it acted as often as it was to
	FaultOver    FaultState = "over"    // its time has passed
)

// A fault is one that was ordered. All but the counters is read-only.
type fault struct {
	spec       contracts.FaultBehaviour
	given      bool
	delay      contracts.Delay
	key        uint64  // of its draws
	of         *Server // that it was ordered of; nil: of one request
	ordered    time.Time
	begin, end time.Time // zero: at once, never

	mu             sync.Mutex
	matched, acted uint64
	last           time.Time
}

// orderFaults gives a server its faults: those of the contract's overlay. A sandbox also obeys those of its server that
// name it.
func (s *Server) orderFaults(main *Server) error {
	s.faults = &Faults{server: s}
	if main != nil {
		s.faults.main = main.faults
	}
	return s.faults.reset()
}

// Faults gives the trouble that is ordered, to be looked at and changed from outside.
func (s *Server) Faults() *Faults { return s.faults }

// reset takes the faults back to those of the overlay and forgets all incidents.
func (f *Faults) reset() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []*fault{}
	for _, spec := range f.server.contract.Behaviour.Faults {
		one, err := f.prepare(spec)
		if err != nil {
			return err
		}
		one.given = true
		list = append(list, one)
	}
	f.list.Store(&list)
	f.past, f.named = nil, 0
	f.asked.Store(0)
	return nil
}

// prepare compiles what is ordered; a *contracts.FaultError says why it cannot be.
func (f *Faults) prepare(spec contracts.FaultBehaviour) (*fault, error) {
	if err := f.server.contract.CheckFault(&spec); err != nil {
		return nil, err
	}
	return f.prepareAt(spec, f.server.clock.Now())
}

// prepareAt is prepare for what was ordered at an instant.
func (f *Faults) prepareAt(spec contracts.FaultBehaviour, ordered time.Time) (*fault, error) {
	one := &fault{spec: spec, ordered: ordered, of: f.server}
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(spec.Kind + "\x00" + spec.Name))
	one.key = hash.Sum64()
	var err1, err2, err3 error
	if spec.Delay != "" {
		one.delay, err1 = contracts.ParseDelay(spec.Delay)
	}
	one.begin, err2 = contracts.FaultInstant(spec.From, one.ordered)
	one.end, err3 = contracts.FaultInstant(spec.Until, one.ordered)
	return one, errors.Join(err1, err2, err3)
}

// Add orders a fault; without a name it gets one. Errors are a *contracts.FaultError, ErrFaultTaken or ErrTooManyFaults.
func (f *Faults) Add(spec contracts.FaultBehaviour) (Fault, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := *f.list.Load()
	for spec.Name == "" {
		f.named++
		if name := "fault-" + strconv.FormatUint(f.named, 10); find(list, name) == nil {
			spec.Name = name
		}
	}
	if find(list, spec.Name) != nil {
		return Fault{}, ErrFaultTaken
	}
	if len(list) >= contracts.MaxFaults {
		return Fault{}, ErrTooManyFaults
	}
	one, err := f.prepare(spec)
	if err != nil {
		return Fault{}, err
	}
	longer := append(slices.Clip(list), one)
	f.list.Store(&longer)
	return one.show(f.server.clock.Now()), nil
}

func find(list []*fault, name string) *fault {
	if i := slices.IndexFunc(list, func(one *fault) bool { return one.spec.Name == name }); i >= 0 {
		return list[i]
	}
	return nil
}

// Get gives a fault by its name.
func (f *Faults) Get(name string) (Fault, bool) {
	one := find(*f.list.Load(), name)
	if one == nil {
		return Fault{}, false
	}
	return one.show(f.server.clock.Now()), true
}

// List gives all faults in the order in which they were ordered, which is that in which they are looked at.
func (f *Faults) List() []Fault {
	now := f.server.clock.Now()
	shown := []Fault{}
	for _, one := range *f.list.Load() {
		shown = append(shown, one.show(now))
	}
	return shown
}

// Remove takes a fault back and says whether there was one. An outage that has begun ends with that.
func (f *Faults) Remove(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := *f.list.Load()
	gone := find(list, name)
	if gone == nil {
		return false
	}
	left := slices.DeleteFunc(slices.Clone(list), func(one *fault) bool { return one == gone })
	f.list.Store(&left)
	f.bury(gone)
	return true
}

// Clear takes all faults back, those of the overlay too, and says how many there were.
func (f *Faults) Clear() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := *f.list.Load()
	f.list.Store(&[]*fault{})
	for _, gone := range list {
		f.bury(gone)
	}
	return len(list)
}

// show is what others see of a fault at an instant.
func (o *fault) show(now time.Time) Fault {
	o.mu.Lock()
	defer o.mu.Unlock()
	return Fault{
		FaultBehaviour: o.spec, Given: o.given, OrderedAt: o.ordered, Begin: o.begin, End: o.end, State: o.state(now),
		Matched: o.matched, Acted: o.acted, LastActed: o.last,
	}
}

// state is called with the lock held.
func (o *fault) state(now time.Time) FaultState {
	switch {
	case o.spec.Off:
		return FaultOff
	case now.Before(o.begin):
		return FaultWaiting
	case o.past(now):
		return FaultOver
	case o.spent():
		return FaultSpent
	}
	return FaultActive
}

func (o *fault) past(now time.Time) bool { return !o.end.IsZero() && !now.Before(o.end) }

func (o *fault) spent() bool {
	return o.spec.Times > 0 && o.spec.Every == 0 && o.matched >= uint64(o.spec.After+o.spec.Times)
}
