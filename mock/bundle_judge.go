package mock

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// judge says what the bundle lacks.
func (b *Bundle) judge(r *run, newest uint64, clean *standIns) {
	lacks := func(format string, args ...any) {
		b.Head.Whole = false
		b.Head.Notes = append(b.Head.Notes, fmt.Sprintf(format, args...))
	}
	kept := uint64(0)
	cut := 0
	for _, s := range b.Steps {
		if s.Exchange != nil {
			kept++
			if s.Exchange.Request.Size > 0 {
				cut++
			}
		}
	}
	if missing := newest - r.after - kept; missing > 0 {
		lacks("the journal had dropped the first %d exchanges: serve with a larger --journal-entries, or clear the journal before the run", missing)
	}
	if names := b.unknownSnapshots(); len(names) > 0 {
		lacks("it was taken back to snapshots that were not made in this world: %s", strings.Join(names, ", "))
	}
	if r.lost > 0 {
		lacks("%d changes over the management API were too large or too many to be kept", r.lost)
	}
	if cut > 0 {
		lacks("the bodies of %d requests were longer than what the journal keeps", cut)
	}
	if r.later {
		lacks("it begins where the journal was cleared: what is not in the store (faults, modules, use of credentials) begins anew in a replay, and items are as clients had written them before")
	}
	if n := len(clean.foreign); n > 0 {
		b.Head.Notes = append(b.Head.Notes, fmt.Sprintf("%d credentials that the stand-in did not issue were replaced by others of the same form", n))
	}
}

// unknownSnapshots names the snapshots that a step takes the world back to and that no earlier one makes.
func (b *Bundle) unknownSnapshots() (names []string) {
	known := map[string]bool{firstSnapshot: true}
	for _, s := range b.Steps {
		if s.Change == nil {
			continue
		}
		name, restores := strings.CutSuffix(strings.TrimPrefix(s.Change.Path, "/snapshots/"), "/restore")
		switch {
		case s.Change.Path == "/snapshots/import":
			known[importedName(s.Change)] = true
		case restores && !known[name] && !slices.Contains(names, name):
			names = append(names, name)
		case s.Change.Method == http.MethodPut && strings.HasPrefix(s.Change.Path, "/snapshots/"):
			known[name] = true
		}
	}
	return names
}

// importedName is the name under which an import keeps a snapshot.
func importedName(c *BundleChange) string {
	if query, err := url.ParseQuery(c.Query); err == nil && query.Get("name") != "" {
		return query.Get("name")
	}
	line, _, _ := strings.Cut(c.Body, "\n")
	var head snapshotHead
	_ = json.Unmarshal([]byte(line), &head) // it was imported, so it has one
	return head.Name
}
