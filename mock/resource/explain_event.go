package resource

import (
	"slices"

	"understudy/contracts/inference"
)

// changes are the kinds of changes that operations of a role bring about in their collection.
var changes = map[inference.Role][]string{
	inference.Create: {"created"}, inference.Upload: {"created", "updated"}, inference.Replace: {"updated", "created"},
	inference.Update: {"updated"}, inference.Action: {"updated"}, inference.Delete: {"deleted"}, inference.Clear: {"deleted"},
}

// explainEvents adds the events that an operation causes by the change that it brings about, with the reason.
func (x *ExplainedOperation) explainEvents(b *inference.Binding, causes []inference.EventCause) {
	for _, cause := range causes {
		if cause.Collection != b.Collection || !slices.Contains(changes[b.Role], cause.Kind) {
			continue
		}
		if !slices.Contains(x.Events, cause.Event.Name) {
			x.Events = append(slices.Clip(x.Events), cause.Event.Name)
			x.Reasons = append(slices.Clip(x.Reasons), cause.Reason)
		}
	}
}
