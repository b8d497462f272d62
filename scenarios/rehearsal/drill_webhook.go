package rehearsal

import (
	"slices"

	"understudy/contracts"
)

// lateFor is how long a delivery is held at most for another to overtake it.
const lateFor = "2s"

// webhookAttack has the client's own deliveries come twice and out of order, and sends forged ones once the receiver is known to
// be there. A receiver that verifies and that knows events again is not harmed.
func webhookAttack(c *contracts.Contract) Plan {
	if len(c.Events()) == 0 {
		return Plan{Idle: "the contract tells of no events"}
	}
	p := Plan{Steps: []Step{{
		Says:    "the first delivery comes twice",
		Trigger: Trigger{Delivery: &Delivery{Number: 1}},
		Then:    []Action{{Deliveries: &Trouble{Kind: "duplicate"}}},
	}}}
	late := Action{Deliveries: &Trouble{Kind: "out-of-order", For: lateFor}}
	if !slices.ContainsFunc(c.Events(), func(e *contracts.Event) bool { return e.Secret != "" }) {
		p.Steps = append(p.Steps, Step{
			Says: "the second is overtaken by the one behind it", Trigger: Trigger{Delivery: &Delivery{Number: 2}}, Then: []Action{late},
		})
		return p
	}
	p.Steps = append(p.Steps, Step{
		Says:    "once it was taken, some come that are no events: of another secret, unsigned, altered, too old, huge, and one that nobody knows; then one is overtaken by the one behind it",
		Trigger: Trigger{Delivery: &Delivery{Number: 1}}, Then: []Action{{Forge: &Forgery{Kinds: append(slices.Clone(usualForgeries), "huge-body", "unknown-event")}}, late},
	})
	return p
}
