package contracts

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"understudy/contracts/schema"
)

// Bounds of faults.
const (
	MaxFaults    = 1000      // ordered at one time
	MaxFaultBody = 1 << 20   // bytes of a body that a fault sends
	MaxDelay     = time.Hour // one request waits at most so long for all its faults
	maxFaultText = 1000      // bytes of a word of a fault
	maxFaultList = 100       // entries of a list
	maxFaultSpan = 1_000_000_000
)

var (
	faultName  = lazily(`^[A-Za-z][A-Za-z0-9._-]{0,63}$`)
	headerName = lazily("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$") // a token of RFC 9110, 5.6.2
	codeWord   = lazily(`^[A-Za-z0-9_.-]{1,64}$`)
)

// CheckFault says why a fault cannot be ordered of this contract, as a *FaultError; nil where it can. The name may be
// missing.
func (c *Contract) CheckFault(f *FaultBehaviour) error {
	for _, check := range []func(*FaultBehaviour) *FaultError{checkFaultTexts, checkFaultKind, c.checkFaultMatch, checkFaultCount, checkFaultEffect, checkFaultStatus} {
		if e := check(f); e != nil {
			e.Name = f.Name
			return e
		}
	}
	return nil
}

func wrongFault(member, reason string, args ...any) *FaultError {
	return &FaultError{Member: member, Reason: fmt.Sprintf(reason, args...)}
}

// checkFaultTexts bounds every word and keeps characters out that would not survive a header or a terminal.
func checkFaultTexts(f *FaultBehaviour) *FaultError {
	texts := map[string][]string{
		"path": {f.Path}, "credential": {f.Credential}, "account": {f.Account}, "sandbox": {f.Sandbox}, "from": {f.From}, "until": {f.Until},
		"delay": {f.Delay}, "message": {f.Message}, "mediaType": {f.MediaType}, "member": {f.Member}, "outage": {f.Outage},
		"operations": f.Operations, "methods": f.Methods,
	}
	for _, member := range slices.Sorted(mapKeys(texts)) {
		if len(texts[member]) > maxFaultList {
			return wrongFault(member, "must have at most %d entries", maxFaultList)
		}
		for _, text := range texts[member] {
			if len(text) > maxFaultText || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == '�' }) {
				return wrongFault(member, "must be at most %d bytes of text without control characters", maxFaultText)
			}
		}
	}
	return nil
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

func checkFaultKind(f *FaultBehaviour) *FaultError {
	var names []string
	for _, k := range FaultKinds {
		names = append(names, k.Name)
	}
	kind := FindFaultKind(f.Kind)
	switch {
	case kind == nil && f.Kind == "":
		return wrongFault("kind", "must be one of %s", strings.Join(names, ", "))
	case kind == nil:
		advice := ""
		if near := Nearest(f.Kind, names); near != "" {
			advice = "; did you mean " + near + "?"
		}
		return wrongFault("kind", "must be one of %s, not %.40q%s", strings.Join(names, ", "), f.Kind, advice)
	case f.Name != "" && !faultName().MatchString(f.Name):
		return wrongFault("name", "must be a letter and up to 63 letters, digits, dots, hyphens and underscores")
	case FindFaultKind(f.Name) != nil:
		return wrongFault("name", "must be another word than that of a kind")
	case f.Impact != "" && f.Outage == "":
		return wrongFault("impact", "says how bad an outage is: name the outage as well")
	case f.Impact != "" && f.Impact != "degraded" && f.Impact != "outage":
		return wrongFault("impact", "must be degraded or outage")
	case f.Outage != "" && f.Name == "":
		return wrongFault("name", "must be given where the fault is an outage")
	case f.Outage != "" && f.Off:
		return wrongFault("outage", "must not be said of a fault that is off")
	}
	for _, member := range f.effects() {
		if !slices.Contains(kind.Members, member) {
			return wrongFault(member, "means nothing for the kind %s%s", kind.Name, knownTo(kind))
		}
	}
	return nil
}

func knownTo(k *FaultKind) string {
	if len(k.Members) == 0 {
		return ", which takes no such word"
	}
	return ", which takes " + strings.Join(k.Members, ", ")
}

// effects lists the words of effect that the fault says.
func (f *FaultBehaviour) effects() []string {
	var list []string
	for _, word := range []struct {
		name string
		said bool
	}{
		{"delay", f.Delay != ""}, {"real", f.Real}, {"status", len(f.Status) > 0}, {"code", f.Code != ""}, {"message", f.Message != ""},
		{"headers", len(f.Headers) > 0}, {"body", f.Body != nil}, {"mediaType", f.MediaType != ""}, {"bytes", f.Bytes != nil}, {"rate", f.Rate != 0},
		{"member", f.Member != ""}, {"effect", f.Effect},
	} {
		if word.said {
			list = append(list, word.name)
		}
	}
	return list
}

func (c *Contract) checkFaultMatch(f *FaultBehaviour) *FaultError {
	for _, id := range f.Operations {
		if !slices.ContainsFunc(c.Operations, func(o *Operation) bool { return o.ID == id }) {
			var ids []string
			for _, o := range c.Operations {
				ids = append(ids, o.ID)
			}
			advice := ""
			if near := Nearest(id, ids); near != "" {
				advice = "; did you mean " + near + "?"
			}
			return wrongFault("operations", "must name operations of the contract, and %.80q is none%s", id, advice)
		}
	}
	for _, method := range f.Methods {
		if !headerName().MatchString(method) || strings.ToUpper(method) != method {
			return wrongFault("methods", "must be methods in capitals, such as GET")
		}
	}
	if f.Path == "" {
		return nil
	}
	if !strings.HasPrefix(f.Path, "/") {
		return wrongFault("path", "must begin with a slash")
	}
	if _, err := path.Match(f.Path, ""); err != nil {
		return wrongFault("path", "must be a pattern such as /v1/orders/* or /v1/**")
	}
	return nil
}

func checkFaultCount(f *FaultBehaviour) *FaultError {
	for _, n := range []struct {
		member string
		value  int
	}{{"after", f.After}, {"times", f.Times}, {"every", f.Every}} {
		if n.value < 0 || n.value > maxFaultSpan {
			return wrongFault(n.member, "must be a number from 0 to %d", maxFaultSpan)
		}
	}
	switch {
	case !(f.Probability >= 0 && f.Probability <= 1): // also refuses NaN
		return wrongFault("probability", "must be above 0 and at most 1")
	case f.Every > 0 && f.Times == 0:
		return wrongFault("every", "wants times as well: on how many of so many requests it acts")
	case f.Every > 0 && f.After+f.Times > f.Every:
		return wrongFault("every", "must be at least after and times together, which are %d", f.After+f.Times)
	}
	return f.checkWindow()
}

func (f *FaultBehaviour) checkWindow() *FaultError {
	origin := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for member, text := range map[string]string{"from": f.From, "until": f.Until} {
		if _, err := FaultInstant(text, origin); err != nil {
			return wrongFault(member, "must be an instant such as 2026-01-31T12:00:00Z, or a duration such as 5m")
		}
	}
	from, _ := FaultInstant(f.From, origin)
	until, _ := FaultInstant(f.Until, origin)
	absolute := func(text string) bool { return strings.Contains(text, "T") }
	if f.Until != "" && absolute(f.From) == absolute(f.Until) && !from.Before(until) {
		return wrongFault("until", "must be later than from")
	}
	if f.Until != "" && f.From == "" && !absolute(f.Until) && !origin.Before(until) {
		return wrongFault("until", "must be later than now")
	}
	return nil
}

// FaultInstant reads from or until of a fault that is ordered at an instant; the zero time is an empty text.
func FaultInstant(text string, ordered time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		if d < 0 {
			return time.Time{}, fmt.Errorf("the duration %.40q is below 0", text)
		}
		return ordered.Add(d), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	return at.UTC(), err
}

func checkFaultEffect(f *FaultBehaviour) *FaultError {
	if f.Kind == "latency" {
		if _, err := ParseDelay(f.Delay); err != nil {
			return wrongFault("delay", "%v", err)
		}
	}
	switch {
	case f.Bytes != nil && (*f.Bytes < 0 || *f.Bytes > maxFaultSpan):
		return wrongFault("bytes", "must be a number from 0 to %d", maxFaultSpan)
	case f.Rate < 0 || f.Rate > maxFaultSpan:
		return wrongFault("rate", "must be from 1 to %d bytes a second", maxFaultSpan)
	case f.MediaType != "" && (!strings.Contains(f.MediaType, "/") || strings.ContainsFunc(f.MediaType, func(r rune) bool { return r > '~' })):
		return wrongFault("mediaType", "must be a media type such as text/html")
	case f.Member != "" && !strings.HasPrefix(f.Member, "/"):
		return wrongFault("member", "must be a JSON Pointer such as /data/0/id")
	}
	return nil
}

// framingHeaders describe the message as it goes over the wire: a fault that sets them would break another thing than it says.
var framingHeaders = []string{"content-length", "transfer-encoding", "connection", "keep-alive", "trailer", "upgrade", "te", "date", "content-type"}

func checkFaultStatus(f *FaultBehaviour) *FaultError {
	if len(f.Status) > maxFaultList {
		return wrongFault("status", "must have at most %d entries", maxFaultList)
	}
	for _, status := range f.Status {
		if status < 200 || status > 599 {
			return wrongFault("status", "must be a status from 200 to 599, not %d", status)
		}
	}
	if f.Code != "" && !codeWord().MatchString(f.Code) {
		return wrongFault("code", "must be a word of at most 64 letters, digits, dots, hyphens and underscores")
	}
	if len(f.Headers) > maxFaultList {
		return wrongFault("headers", "must have at most %d entries", maxFaultList)
	}
	for _, name := range slices.Sorted(mapKeys(f.Headers)) {
		value := f.Headers[name]
		switch {
		case !headerName().MatchString(name):
			return wrongFault("headers", "must have names of headers, and %.40q is none", name)
		case slices.Contains(framingHeaders, strings.ToLower(name)):
			return wrongFault("headers", "must not name %s, which goes with the body and the connection", name)
		case len(value) > maxFaultText || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			return wrongFault("headers", "must have values of at most %d bytes without control characters; %s has not", maxFaultText, name)
		}
	}
	if f.MediaType != "" && f.Body == nil && f.Kind == "status" {
		return wrongFault("mediaType", "is that of body, which is missing")
	}
	if size := faultBodySize(f.Body); size > MaxFaultBody {
		return wrongFault("body", "must be at most %d bytes, not %d", MaxFaultBody, size)
	}
	return nil
}

func faultBodySize(body any) int {
	switch v := body.(type) {
	case nil:
		return 0
	case string:
		return len(v)
	}
	return len(schema.AppendJSON(nil, body, nil))
}

// Conditions lists the words that the fault says of which requests it is for, how often and when, and of what it is as an
// outage. A request that orders a fault for itself says none of them.
func (f *FaultBehaviour) Conditions() []string {
	var list []string
	for _, word := range []struct {
		name string
		said bool
	}{
		{"name", f.Name != ""}, {"off", f.Off}, {"operations", len(f.Operations) > 0}, {"methods", len(f.Methods) > 0}, {"path", f.Path != ""},
		{"credential", f.Credential != ""}, {"account", f.Account != ""}, {"sandbox", f.Sandbox != ""}, {"after", f.After != 0}, {"times", f.Times != 0},
		{"every", f.Every != 0}, {"probability", f.Probability != 0}, {"from", f.From != ""}, {"until", f.Until != ""}, {"outage", f.Outage != ""}, {"impact", f.Impact != ""},
	} {
		if word.said {
			list = append(list, word.name)
		}
	}
	return list
}
