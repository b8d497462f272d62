package mocktest

import "understudy/contracts"

// Fault orders trouble, in the form of docs/faults.md: "status=503;times=2", "latency=2s;operations=listEvents", "reset".
// Several are written with commas between them. remove takes all of it back before its time.
func (s *StandIn) Fault(text string) (remove func()) {
	s.t.Helper()
	list, err := contracts.ParseFaults(text)
	if err != nil {
		s.fail("order the fault "+text, err)
	}
	return s.NewFault(list...)
}

// NewFault orders trouble that is described in full.
func (s *StandIn) NewFault(list ...contracts.FaultBehaviour) (remove func()) {
	s.t.Helper()
	var names []string
	for _, one := range list {
		ordered, err := s.server.Faults().Add(one)
		if err != nil {
			s.fail("order a fault", err)
		}
		names = append(names, ordered.Name)
	}
	return func() {
		for _, name := range names {
			s.server.Faults().Remove(name)
		}
	}
}

// ClearFaults takes all trouble back, that of the contract's overlay too.
func (s *StandIn) ClearFaults() { s.server.Faults().Clear() }
