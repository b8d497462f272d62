package check

import (
	"fmt"
	"net/http"
	"time"

	"github.com/dunglas/httpsfv"
)

// lifetime judges Deprecation (RFC 9745) and Sunset (RFC 8594) where they are sent (HDR-004). Whether a deprecated operation
// sends them at all is told at the end of the run.
func (p *pass) lifetime() {
	deprecation, sunset := p.x.ResponseHeader["Deprecation"], p.x.ResponseHeader["Sunset"]
	if len(deprecation) == 0 && len(sunset) == 0 {
		return
	}
	since, known := p.deprecatedSince(deprecation)
	if len(sunset) == 0 {
		return
	}
	end, err := http.ParseTime(sunset[0])
	if err != nil {
		p.report("HDR-004", Finding{
			Message: fmt.Sprintf("%s sent a Sunset that is no HTTP date: %q.", p.label(), cut(sunset[0], 80)), Norm: "RFC 8594, 3",
			Want: "an HTTP date", Got: sunset[0], Where: "response header Sunset", Keyword: "sunset syntax", Level: Warning,
		})
		return
	}
	if known && end.Before(since) {
		p.report("HDR-004", Finding{
			Message: fmt.Sprintf("%s announces its end for %s, before its deprecation of %s.", p.label(), end.UTC().Format(time.RFC3339), since.UTC().Format(time.RFC3339)),
			Norm:    "RFC 9745, 4", Want: "a sunset after the deprecation", Got: sunset[0], Where: "response header Sunset", Keyword: "sunset order", Level: Warning,
		})
	}
	if now := p.now(); !now.IsZero() && now.After(end) && p.x.Status/100 == 2 {
		p.report("HDR-004", Finding{
			Message: fmt.Sprintf("%s still answers, although its sunset was on %s.", p.label(), end.UTC().Format(time.DateOnly)),
			Norm:    "RFC 8594, 3", Want: "no operation after its sunset", Got: statusText(p.x.Status), Where: "response header Sunset", Keyword: "sunset over",
			Level: Warning, Certainty: Likely, Advice: "Take the operation away, or announce a later date.",
		})
	}
}

// deprecatedSince reads Deprecation; known is false where it says no date.
func (p *pass) deprecatedSince(lines []string) (since time.Time, known bool) {
	if len(lines) == 0 {
		return since, false
	}
	item, err := httpsfv.UnmarshalItem(lines)
	if err == nil {
		if since, known = item.Value.(time.Time); known {
			return since, true
		}
	}
	f := Finding{
		Message: fmt.Sprintf("%s sent a Deprecation that is no date of RFC 9745: %q.", p.label(), cut(lines[0], 80)), Norm: "RFC 9745, 2",
		Want: "@ and seconds since 1970: @1767225600", Got: lines[0], Where: "response header Deprecation", Keyword: "deprecation syntax", Level: Warning,
	}
	if since, err := http.ParseTime(lines[0]); err == nil || lines[0] == "true" {
		f.Level, f.Keyword = Note, "deprecation draft" // what earlier drafts had, and many clients still read
		p.report("HDR-004", f)
		return since, err == nil
	}
	p.report("HDR-004", f)
	return since, false
}

// now is the time of the deployment: by its own Date, else by whoever recorded the exchange.
func (p *pass) now() time.Time {
	if date, err := http.ParseTime(p.header("Date")); err == nil {
		return date
	}
	return p.x.Start
}

// announcement is what a deprecated operation told of its end.
type announcement struct {
	told     bool
	exchange int
}

func (r *runState) announced(p *pass) {
	a := r.ends[p.operation]
	if a == nil {
		a = &announcement{exchange: p.about.Number}
		r.ends[p.operation] = a
	}
	a.told = a.told || len(p.x.ResponseHeader["Deprecation"]) > 0 || len(p.x.ResponseHeader["Sunset"]) > 0
}

// unannounced notes the deprecated operations that answered and never told (HDR-004).
func (e *Examination) unannounced() []Finding {
	if !e.selected.Has("HDR-004") {
		return nil
	}
	var list []Finding
	for _, o := range e.contract.Operations {
		if a := e.run.ends[o]; a != nil && !a.told {
			list = append(list, e.about("HDR-004", o, Finding{
				Message: fmt.Sprintf("%s %s is deprecated by the document, but no answer told its clients.", o.Method, o.Path),
				Want:    "Deprecation or Sunset", Got: "neither header", Where: "response header Deprecation", At: below(PlaceOf(o.At), "deprecated"),
				Keyword: "unannounced", Exchange: a.exchange,
			}))
		}
	}
	return list
}
