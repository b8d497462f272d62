package mock

import (
	"slices"

	"understudy/contracts"
	"understudy/contracts/redact"
)

// Redacted gives a copy of the entry without secrets, in the exchange and in the trace. An entry that is one
// already is given back. A nil r is redact.New(nil).
func (e *Entry) Redacted(r *redact.Redactor) *Entry {
	if e.redacted {
		return e
	}
	if r == nil {
		r = redact.New(nil)
	}
	return e.without(r.Trace(&e.Exchange))
}

// without gives a copy of the entry whose exchange is already clean, and takes the secrets that the work has found out of the trace.
func (e *Entry) without(x contracts.Exchange, w *redact.Work) *Entry {
	clean := *e
	clean.Exchange, clean.redacted = x, true
	t := &clean.Trace
	t.Detail = w.Note(t.Detail)
	t.Stages = slices.Clone(t.Stages)
	for i := range t.Stages {
		t.Stages[i].Note = w.Note(t.Stages[i].Note)
	}
	t.Changes = slices.Clone(t.Changes)
	for i := range t.Changes {
		t.Changes[i].Key = w.Note(t.Changes[i].Key)
	}
	t.Events = slices.Clone(t.Events)
	for i := range t.Events {
		t.Events[i].Error = w.Note(t.Events[i].Error)
	}
	t.Faults = slices.Clone(t.Faults)
	for i := range t.Faults {
		t.Faults[i].Note = w.Note(t.Faults[i].Note)
	}
	t.Violations = w.Violations(t.Violations)
	return &clean
}
