package contracts

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// conditionPlaces are where the conditions of events look.
var conditionPlaces = []string{"response", "item", "body", "query", "header", "path", "cookie"}

// checkEventConditions holds what must be the case for events to happen against what may be said.
func (c *compiler) checkEventConditions() {
	events := c.contract.Behaviour.Events
	for _, name := range slices.Sorted(maps.Keys(events)) {
		e := events[name]
		c.collect(checkEventPlaces(name, &e))
		c.collect(checkConditions("the event "+name+": when", e.When))
	}
}

func checkEventPlaces(name string, e *EventBehaviour) error {
	for _, place := range slices.Sorted(maps.Keys(e.When)) {
		in, at, found := strings.Cut(place, ".")
		what := fmt.Sprintf("the event %s: when: %q", name, place)
		if !found || !slices.Contains(conditionPlaces, in) {
			return behaviourError(e.At, what+" is no place", "write response./pointer, item./pointer, body./pointer, or query., header., path. and a name").on("when", place)
		}
		if (in == "response" || in == "item" || in == "body") && !strings.HasPrefix(at, "/") {
			return behaviourError(e.At, what+" is no JSON Pointer", "begin it with a slash: "+in+"./status").on("when", place)
		}
	}
	return nil
}
