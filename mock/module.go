package mock

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"understudy/contracts"
)

// ErrNoModule says that the contract has no module of a name.
var ErrNoModule = errors.New("there is no such module")

// A Module is a part of the contract that can be switched off: its operations answer then as if they were not there.
type Module struct {
	Name        string
	Description string
	On          bool
	Operations  []string // ids, in the order of the document
}

// modules says which parts of the contract are switched off. Its zero value has all of them on.
type modules struct {
	mu   sync.Mutex
	off  map[string]bool
	view atomic.Pointer[contracts.View] // nil: all operations are there
}

// Modules lists the parts of the contract that can be switched off, by name.
func (s *Server) Modules() []Module {
	s.modules.mu.Lock()
	defer s.modules.mu.Unlock()
	list := []Module{}
	for _, name := range slices.Sorted(maps.Keys(s.contract.Behaviour.Modules)) {
		m := Module{Name: name, Description: s.contract.Behaviour.Modules[name].Description, On: !s.modules.off[name], Operations: []string{}}
		for _, o := range s.contract.Operations {
			if o.Behaviour.Module == name {
				m.Operations = append(m.Operations, o.ID)
			}
		}
		list = append(list, m)
	}
	return list
}

// SwitchModule switches a module on or off. Requests that were routed before go on. The error is ErrNoModule.
func (s *Server) SwitchModule(name string, on bool) error {
	if _, ok := s.contract.Behaviour.Modules[name]; !ok {
		return ErrNoModule
	}
	s.modules.mu.Lock()
	defer s.modules.mu.Unlock()
	off := maps.Clone(s.modules.off)
	if off == nil {
		off = map[string]bool{}
	}
	if off[name] = true; on {
		delete(off, name)
	} else {
		s.cutRealtime(name)
	}
	s.hide(off)
	return nil
}

// resetModules switches the modules as they are from the start: as main has them, else as the overlay says.
func (s *Server) resetModules(main *Server) {
	if main != nil { // what is prepared is shared
		main.modules.mu.Lock()
		defer main.modules.mu.Unlock()
		s.modules.off = main.modules.off
		s.modules.view.Store(main.modules.view.Load())
		return
	}
	off := map[string]bool{}
	for name, m := range s.contract.Behaviour.Modules {
		if m.Off {
			off[name] = true
		}
	}
	s.modules.mu.Lock()
	defer s.modules.mu.Unlock()
	s.hide(off)
}

// hide is called with the lock held.
func (s *Server) hide(off map[string]bool) {
	s.modules.off = off
	if len(off) == 0 {
		s.modules.view.Store(nil)
		return
	}
	s.modules.view.Store(s.contract.Hide(func(o *contracts.Operation) bool { return off[o.Behaviour.Module] }))
}

// route finds the operation of a request among those that are switched on.
func (s *Server) route(method, path string) contracts.Match {
	if view := s.modules.view.Load(); view != nil {
		return view.Match(method, path)
	}
	return s.contract.Match(method, path)
}
