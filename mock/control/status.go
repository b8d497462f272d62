package control

import (
	"time"

	"understudy/mock"
)

// A ServiceStatus says how the stand-ins are, as far as trouble was ordered.
type ServiceStatus struct {
	Status    string           `json:"status"` // the worst of all contracts: operational, degraded or outage
	Contracts []ContractStatus `json:"contracts"`
}

// A ContractStatus says how one stand-in is.
type ContractStatus struct {
	Contract  string     `json:"contract"`
	Status    string     `json:"status"`
	UpdatedAt time.Time  `json:"updated_at"` // on the stand-in's clock
	Incidents []Incident `json:"incidents"`  // the latest first
}

// An Incident is an outage that was ordered as a fault.
type Incident struct {
	ID         string     `json:"id"` // name of the fault
	Title      string     `json:"title"`
	Impact     string     `json:"impact"`     // degraded or outage
	Operations []string   `json:"operations"` // those concerned; none: all
	BeganAt    time.Time  `json:"began_at"`
	EndedAt    *time.Time `json:"ended_at"` // null: it goes on
}

// worse says which of two states counts for both together.
func worse(a, b string) string {
	for _, state := range []string{mock.Outage, mock.Degraded} {
		if a == state || b == state {
			return state
		}
	}
	return mock.Operational
}

func (h *Handler) status(c *call) error {
	answer := ServiceStatus{Status: mock.Operational, Contracts: []ContractStatus{}}
	for _, k := range h.contracts {
		status := k.server().Faults().Status()
		one := ContractStatus{Contract: k.name, Status: status.State, UpdatedAt: status.At.UTC(), Incidents: []Incident{}}
		for _, i := range status.Incidents {
			operations := i.Operations
			if operations == nil {
				operations = []string{}
			}
			one.Incidents = append(one.Incidents, Incident{
				ID: i.Fault, Title: i.Title, Impact: i.Impact, Operations: operations, BeganAt: i.Begin.UTC(), EndedAt: instantOf(i.End),
			})
		}
		answer.Status = worse(answer.Status, one.Status)
		answer.Contracts = append(answer.Contracts, one)
	}
	return c.answer(answer)
}
