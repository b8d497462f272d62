package mock

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"

	"understudy/contracts"
)

// FaultHeader orders faults for the very request that carries it, by name or in the form that contracts.ParseFaults
// reads. With the option Reasons, answers tell in it which faults acted.
const FaultHeader = "Understudy-Fault"

// A FaultRule says whose requests may order faults for themselves.
type FaultRule string

// The rules. The zero value is FaultsFromLoopback.
const (
	FaultsFromLoopback FaultRule = ""      // those of clients on the same machine
	FaultsFromAll      FaultRule = "all"   // everybody's
	FaultsFromNobody   FaultRule = "never" // the header is like any other
)

// takes says whether a request may order faults.
func (rule FaultRule) takes(r *http.Request) bool {
	switch rule {
	case FaultsFromAll:
		return true
	case FaultsFromLoopback:
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		return err == nil && from.Addr().Unmap().IsLoopback()
	}
	return false
}

// askedFaults are those that the request orders for itself.
func (s *Server) askedFaults(c *call) ([]*fault, *Problem) {
	lines := c.request.Header[FaultHeader]
	if len(lines) == 0 {
		return nil, nil
	}
	if !s.options.FaultHeader.takes(c.request) {
		c.observed = append(c.observed, StageNote{Name: "disturb", Verdict: observed, Note: "the header " + FaultHeader + " is not taken from this client"})
		return nil, nil
	}
	specs, err := contracts.ParseFaults(strings.Join(lines, ","))
	if err != nil {
		return nil, badFaultHeader(err)
	}
	var list []*fault
	for _, spec := range specs {
		one, err := s.faults.ask(spec)
		if err != nil {
			return nil, badFaultHeader(err)
		}
		list = append(list, one)
	}
	return list, nil
}

// ask finds or makes a fault that a request orders.
func (f *Faults) ask(spec contracts.FaultBehaviour) (*fault, error) {
	if spec.Kind == "" {
		for _, list := range [][]*fault{*f.list.Load(), f.elsewhere()} {
			if one := find(list, spec.Name); one != nil {
				return one, nil
			}
		}
		return nil, &contracts.FaultError{Name: spec.Name, Reason: "there is no fault of this name, and no such kind"}
	}
	if said := spec.Conditions(); len(said) > 0 {
		return nil, &contracts.FaultError{Member: said[0], Reason: "says nothing here: the fault is for this request"}
	}
	one, err := f.prepare(spec)
	if err == nil {
		one.of = nil
	}
	return one, err
}

// badFaultHeader refuses a request whose wish cannot be understood: a test that goes on without its fault would prove
// nothing.
func badFaultHeader(err error) *Problem {
	detail := err.Error()
	var wrong *contracts.FaultError
	if !errors.As(err, &wrong) {
		return internalProblem(err)
	}
	return &Problem{Status: http.StatusBadRequest, Code: codeFaultRefused, Detail: "The header " + FaultHeader + " cannot be carried out: " + detail + "."}
}
