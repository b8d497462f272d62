package grade

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/redact"
	"understudy/contracts/schema"
)

// keptBody is how many bytes of a body recordings keep: one of that length may have been longer.
const keptBody = 1 << 20

// wholeBody says that the recording holds a request's body as it was sent, so that it can be read.
func wholeBody(c *Call) bool {
	if c.Partial {
		return false
	}
	if coding := c.RequestHeader.Get("Content-Encoding"); coding != "" && coding != "identity" || len(c.RequestBody) >= keptBody {
		return false
	}
	n, err := strconv.Atoi(c.RequestHeader.Get("Content-Length"))
	// Marks are of another length than the secrets whose places they take.
	return err != nil || n == len(c.RequestBody) || len(redact.Marks(string(c.RequestBody))) > 0
}

// arguments reads the parameters of a call to an operation of the contract.
func arguments(rec *Recording, c *Call) (contracts.Arguments, []contracts.Violation, bool) {
	u, err := url.ParseRequestURI(c.URL)
	if err != nil {
		return contracts.Arguments{}, nil, false
	}
	path := pathOf(c)
	m := rec.Contract.Match(c.Method, path)
	if m.Operation != c.Operation {
		return contracts.Arguments{}, nil, false // under an address of which the contract does not know
	}
	q := &http.Request{Method: c.Method, URL: u, Header: c.RequestHeader, Host: u.Host}
	args, violations := c.Operation.DecodeParameters(q, m.Values)
	return args, violations, true
}

// violationsOf gives what a request breaks: as its recorder saw it, else as far as it can be told from the recording, in which
// marks stand for secrets.
func violationsOf(rec *Recording, c *Call) []contracts.Violation {
	if c.Operation == nil {
		return nil
	}
	if c.Status == http.StatusConflict || strings.HasPrefix(c.Problem, "idempotency_") {
		return nil // what the state refuses, or the record of an earlier request, is told as a violation, too
	}
	if len(c.Violations) > 0 {
		return c.Violations
	}
	_, list, _ := arguments(rec, c)
	list = slices.DeleteFunc(list, func(v contracts.Violation) bool { return hidden(v.Got) || hiddenParameter(c, v) })
	if c.Operation.Body == nil || !wholeBody(c) {
		return list
	}
	body, broken, err := c.Operation.Body.Decode(c.RequestHeader.Get("Content-Type"), c.RequestBody)
	if err != nil {
		if contracts.MatchMedia(c.RequestHeader.Get("Content-Type"), c.Operation.Body.Content) == nil {
			return list // of another media type: another rule's matter
		}
		v := contracts.Violation{In: "body"}
		v.Keyword, v.Want, v.Got = "syntax", "a body that can be read", "one that cannot"
		return append(list, v)
	}
	for _, v := range append(broken, body.Validate(schema.Request)...) {
		value, _ := schema.At(body.Value, v.Pointer)
		if text, ok := value.(string); hidden(v.Got) || ok && hidden(text) {
			continue
		}
		list = append(list, v)
	}
	return list
}

func hidden(text string) bool {
	return strings.Contains(text, "secret~") || strings.Contains(text, redact.Hidden)
}

// hiddenParameter says that the text of a parameter is a mark, whose form says nothing of the secret's.
func hiddenParameter(c *Call, v contracts.Violation) bool {
	switch v.In {
	case "header":
		return hidden(c.RequestHeader.Get(v.Name))
	case "query":
		value, _ := queryValue(c, v.Name)
		return hidden(value)
	case "path", "cookie":
		return hidden(pathOf(c)) || hidden(c.RequestHeader.Get("Cookie"))
	}
	return false
}

// A fault is one way in which calls to an operation break its contract.
type fault struct {
	operation *contracts.Operation
	in, name  string // name: of a parameter, or a JSON Pointer without indexes
	keyword   string
	violation contracts.Violation
	calls     []*Call
}

func judgeSchema(rec *Recording, t *Trial) {
	type place struct {
		operation *contracts.Operation
		in, name  string
		keyword   string
	}
	faults := map[place]*fault{}
	var order []*fault
	calls := map[*contracts.Operation]int{}
	for _, c := range rec.Calls {
		if c.Operation == nil || inbound(c) || preflight(&c.Exchange) {
			continue
		}
		calls[c.Operation]++
		t.Exercised(c)
		for _, v := range violationsOf(rec, c) {
			name := v.Name
			if v.In == "body" {
				name = strings.TrimPrefix(normalPlace(showing{in: "body", name: v.Pointer}), "request body ")
			}
			if v.Keyword == "required" {
				name = strings.TrimSuffix(name+"/"+v.Limit, "/")
			}
			if v.Keyword == "additionalProperties" || v.Keyword == "unevaluatedProperties" {
				name = strings.TrimSuffix(name, "/")
			}
			p := place{c.Operation, v.In, name, v.Keyword}
			f := faults[p]
			if f == nil {
				f = &fault{c.Operation, v.In, name, v.Keyword, v, nil}
				faults[p] = f
				order = append(order, f)
			}
			if !slices.Contains(f.calls, c) {
				f.calls = append(f.calls, c)
			}
		}
	}
	for _, f := range order {
		where := strings.TrimSpace("request " + f.in + " " + strings.TrimPrefix(f.name, "request body"))
		told := finding{
			message: fmt.Sprintf("%s %s was called %s with a request that breaks its contract at %s: it wants %s and got %s.",
				f.operation.Method, f.operation.Path, ofTimes(len(f.calls), calls[f.operation]), where, orWhat(f.violation.Want), orWhat(f.violation.Got)),
			want: f.violation.Want, got: f.violation.Got, where: where, keyword: f.keyword, at: check.PlaceOf(f.violation.At),
		}
		if !habit(len(f.calls), calls[f.operation]) {
			told.level, told.sure = check.Warning, check.Likely
			told.message += onPurpose
		}
		t.breaks(told, f.calls...)
	}
}

func orWhat(text string) string {
	if text == "" {
		return "something else"
	}
	return text
}

// ofTimes tells how often something happened, of how many times.
func ofTimes(n, of int) string {
	switch {
	case of == 1:
		return "once"
	case n == of:
		return fmt.Sprintf("each of %d times", of)
	}
	return fmt.Sprintf("%d of %d times", n, of)
}
