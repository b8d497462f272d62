package rehearsal

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"understudy/contracts"
)

// holdTime is how long the answer to a call is held back at which something is to be done: long enough for a few calls of the
// management API, too short for any client's patience.
const holdTime = 300 * time.Millisecond

// HoldPrefix begins the names of faults that only hold an answer back until the plan has acted. They are no trouble.
const HoldPrefix = "hold-"

// holdFor is the fault that holds back the answer to the call at which a step acts: the call is carried out first.
func holdFor(s *Step) contracts.FaultBehaviour {
	spec := counted(s.Trigger.Call, contracts.FaultBehaviour{Kind: "latency", Delay: holdTime.String(), Real: true, Effect: true, Times: 1})
	spec.Name = HoldPrefix + s.Name
	return spec
}

// counted has a fault count the calls of a trigger.
func counted(t *Call, spec contracts.FaultBehaviour) contracts.FaultBehaviour {
	spec.Operations, spec.Methods, spec.Path = t.Operations, t.Methods, t.Path
	spec.After, spec.Every = t.Number-1, t.Every
	return spec
}

// countable says that the stand-in itself counts up to an action, so that it is ordered before the client begins.
func (s *Step) countable(a *Action) bool {
	switch t := &s.Trigger; {
	case t.Call != nil && t.Call.Status == "":
		f := a.Fault
		switch {
		case f != nil:
			own := len(f.Operations) + len(f.Methods) + f.After + f.Every
			return own == 0 && f.Path == "" && f.From == "" && f.Until == "" && (t.Call.Every == 0 || t.Times == 0 && f.Times <= t.Call.Every)
		case a.Outage != nil:
			return len(t.Call.Operations)+len(t.Call.Methods)+t.Call.Every == 0 && t.Call.Path == "" && len(a.Outage.Operations) == 0
		}
	case t.Delivery != nil:
		return !slices.ContainsFunc(s.Then, func(one Action) bool { // what follows on another action waits for it
			return one.Deliveries == nil || len(one.Deliveries.Types) > 0 || one.Deliveries.After > 0
		})
	}
	return false
}

// faultFor is the fault that an action orders, with a name of its own.
func (s *Step) faultFor(a *Action, name string, c *contracts.Contract) (spec contracts.FaultBehaviour, ok bool) {
	switch {
	case a.Fault != nil:
		spec = *a.Fault
	case a.Outage != nil:
		spec = contracts.FaultBehaviour{Kind: "status", Status: contracts.Statuses{cmp.Or(a.Outage.Status, 503)}, Operations: a.Outage.Operations, Outage: "An outage, as ordered"}
		if a.Outage.RetryAfter > 0 {
			spec.Headers = map[string]string{"Retry-After": strconv.Itoa(a.Outage.RetryAfter)}
		}
	case a.Refuse != nil:
		spec = contracts.FaultBehaviour{
			Kind: "status", Status: contracts.Statuses{cmp.Or(a.Refuse.Status, 401)}, Operations: sessionOperations(c, a.Refuse.What),
			After: a.Refuse.After, Times: cmp.Or(a.Refuse.Times, 1),
		}
		if spec.Status[0] == 401 {
			spec.Code = map[string]string{"refresh": "refresh_expired", "login": "login_failed"}[a.Refuse.What]
		}
	default:
		return spec, false
	}
	spec.Name = name
	if s.Trigger.Call != nil && s.countable(a) {
		times := spec.Times
		spec = counted(s.Trigger.Call, spec)
		spec.Times = times
	}
	return spec, true
}
