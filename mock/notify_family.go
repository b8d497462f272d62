package mock

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"understudy/contracts"
)

// ErrNoFamily says that the contract has no family of events of a name.
var ErrNoFamily = errors.New("there is no such family of events")

// A Family is a group of events that are switched on and off together. One that has the name of a module is that module's:
// the one switches the other.
type Family struct {
	Name   string
	On     bool
	Module bool     // its operations are switched with it
	Events []string // names, in the order of the contract
}

// muted says which families are switched off. Its zero value has all of them on.
type muted struct {
	mu  sync.Mutex
	off map[string]bool
}

func (m *muted) is(family string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.off[family]
}

// copy takes over what is switched off elsewhere; nil: nothing is.
func (m *muted) copy(from *muted) {
	var off map[string]bool
	if from != nil {
		from.mu.Lock()
		off = maps.Clone(from.off)
		from.mu.Unlock()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.off = off
}

// Families lists the families of events, by name.
func (s *Server) Families() []Family {
	list := []Family{}
	for _, name := range s.contract.EventFamilies() {
		_, module := s.contract.Behaviour.Modules[name]
		f := Family{Name: name, On: !s.familyOff(name), Module: module, Events: []string{}}
		for _, e := range s.contract.Events() {
			if e.Behaviour.Family == name {
				f.Events = append(f.Events, e.Name)
			}
		}
		list = append(list, f)
	}
	return list
}

// SwitchFamily switches a family of events on or off. The error is ErrNoFamily.
func (s *Server) SwitchFamily(name string, on bool) error {
	if !slices.Contains(s.contract.EventFamilies(), name) {
		return ErrNoFamily
	}
	if _, module := s.contract.Behaviour.Modules[name]; module {
		return s.SwitchModule(name, on)
	}
	s.muted.mu.Lock()
	defer s.muted.mu.Unlock()
	if s.muted.off == nil {
		s.muted.off = map[string]bool{}
	}
	if s.muted.off[name] = true; on {
		delete(s.muted.off, name)
	}
	return nil
}

func (s *Server) familyOff(name string) bool {
	if name == "" {
		return false
	}
	s.modules.mu.Lock()
	off := s.modules.off[name]
	s.modules.mu.Unlock()
	return off || s.muted.is(name)
}

// silent says that an event belongs to a family that is switched off.
func (s *Server) silent(e *contracts.Event) bool { return s.familyOff(e.Behaviour.Family) }

// Emittable lists the events that are told, in the order of the contract: not those of families that are switched off.
func (s *Server) Emittable() []*contracts.Event {
	return slices.DeleteFunc(slices.Clone(s.contract.Events()), s.silent)
}
