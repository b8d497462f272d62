package mock

import (
	"net/http"
	"slices"
	"time"

	"understudy/contracts/schema"
)

// The states of a service, the best first.
const (
	Operational = "operational"
	Degraded    = "degraded"
	Outage      = "outage"
)

// mostIncidents is how many incidents are remembered of faults that are gone.
const mostIncidents = 1000

// A Status is what a status document tells at an instant.
type Status struct {
	State     string     // the worst of the incidents that go on
	At        time.Time  // on the server's clock
	Incidents []Incident // that have begun, the latest first
}

// An Incident is an outage that was ordered as a fault.
type Incident struct {
	Fault      string // name of the fault
	Title      string
	Impact     string // Degraded or Outage
	Operations []string
	Begin      time.Time
	End        time.Time // zero: it goes on
}

// Status tells what is down and was down.
func (f *Faults) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.server.clock.Now()
	status := Status{State: Operational, At: now, Incidents: slices.Clone(f.past)}
	for _, one := range *f.list.Load() {
		if incident, begun := one.incident(now); begun {
			status.Incidents = append(status.Incidents, incident)
		}
	}
	slices.SortStableFunc(status.Incidents, func(a, b Incident) int { return b.Begin.Compare(a.Begin) })
	for _, incident := range status.Incidents {
		if incident.End.IsZero() && status.State != Outage {
			status.State = incident.Impact
		}
	}
	return status
}

// incident is what a fault means for those who read a status document; false where it is none, or has not begun.
func (o *fault) incident(now time.Time) (Incident, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	begin := o.begin
	if begin.IsZero() {
		begin = o.ordered
	}
	if o.spec.Outage == "" || now.Before(begin) {
		return Incident{}, false
	}
	i := Incident{Fault: o.spec.Name, Title: o.spec.Outage, Impact: o.impact(), Operations: o.spec.Operations, Begin: begin}
	switch {
	case o.past(now):
		i.End = o.end
	case o.spent():
		i.End = o.last
	}
	return i, true
}

// impact is what was said, or else an outage where every request fails.
func (o *fault) impact() string {
	s := &o.spec
	if s.Impact != "" {
		return s.Impact
	}
	always := len(s.Operations) == 0 && len(s.Methods) == 0 && s.Path == "" && s.Credential == "" && s.Account == "" &&
		s.After == 0 && s.Every == 0 && (s.Probability == 0 || s.Probability == 1)
	fails := s.Kind == "reset" || s.Kind == "empty" || s.Kind == "drop" ||
		s.Kind == "status" && !slices.ContainsFunc(s.Status, func(status int) bool { return status < 500 })
	if always && fails {
		return Outage
	}
	return Degraded
}

// bury keeps the incident of a fault that is taken back.
func (f *Faults) bury(gone *fault) {
	now := f.server.clock.Now()
	incident, begun := gone.incident(now)
	if !begun {
		return
	}
	if incident.End.IsZero() {
		incident.End = now
	}
	if f.past = append(f.past, incident); len(f.past) > mostIncidents {
		f.past = slices.Delete(f.past, 0, len(f.past)-mostIncidents)
	}
}

// Document is the status as a JSON value: status, updated_at and incidents with id, title, impact, operations, began_at and
// ended_at, which is null while the incident goes on.
func (s Status) Document() map[string]any {
	incidents := []any{}
	for _, i := range s.Incidents {
		operations := []any{}
		for _, id := range i.Operations {
			operations = append(operations, id)
		}
		one := map[string]any{"id": i.Fault, "title": i.Title, "impact": i.Impact, "operations": operations, "began_at": instant(i.Begin), "ended_at": nil}
		if !i.End.IsZero() {
			one["ended_at"] = instant(i.End)
		}
		incidents = append(incidents, one)
	}
	return map[string]any{"status": s.State, "updated_at": instant(s.At), "incidents": incidents}
}

func instant(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// statusPages serves the status document where the behaviour names a path for it.
func (s *Server) statusPages() {
	path := s.contract.Behaviour.Serve.Status
	if path == "" {
		return
	}
	for _, base := range s.contract.BasePaths() {
		s.pages[base+path] = s.statusDocument
	}
}

func (s *Server) statusDocument(w http.ResponseWriter, r *http.Request) {
	body := schema.AppendJSON(nil, s.faults.Status().Document(), nil)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", contentLength(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client is gone: nobody to tell
	}
}
