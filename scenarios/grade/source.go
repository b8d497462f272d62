package grade

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/contracts/redact"
	"understudy/contracts/schema"
	"understudy/scenarios/rehearsal"
)

// newRecording gives an empty recording of calls to a contract.
func newRecording(c *contracts.Contract, source string) *Recording {
	return &Recording{Contract: c, Model: inference.Infer(c), Source: source}
}

// settle puts the calls into the order in which they began, and numbers them.
func (r *Recording) settle() {
	for _, list := range [][]*Call{r.Calls, r.Foreign} {
		slices.SortStableFunc(list, func(a, b *Call) int { return a.Start.Compare(b.Start) })
		for i, c := range list {
			c.Index = i
		}
	}
	r.crowd()
	for _, c := range r.Calls {
		if c.Credential == "" && c.Status != http.StatusUnauthorized && c.Operation != nil && len(c.Operation.Security) > 0 {
			c.Credential = placesOf(r.Contract).credential(c)
		}
	}
	slices.Sort(r.Gaps)
	r.Gaps = slices.Compact(r.Gaps)
}

// sandboxPath begins paths that lead to a sandbox of a stand-in: "/~sandbox/NAME/v1/pets". It is no part of the contract's paths.
const sandboxPath = "/~sandbox/"

// withoutSandbox takes the way to a sandbox out of a URL.
func withoutSandbox(url string) string {
	start, _ := redact.PathOf(url)
	rest, ok := strings.CutPrefix(url[start:], sandboxPath)
	if !ok {
		return url
	}
	if n := strings.IndexAny(rest, "/?#"); n >= 0 && rest[n] == '/' {
		return url[:start] + rest[n:]
	} else if n >= 0 {
		return url[:start] + "/" + rest[n:]
	}
	return url[:start] + "/"
}

// hostAndScheme takes an absolute URL apart: "https" and "api.example.com:8443", in lower case, without user information and without
// the scheme's own port.
func hostAndScheme(url string) (scheme, host string) {
	start, _ := redact.PathOf(url)
	scheme, host, ok := strings.Cut(url[:start], "://")
	if !ok {
		return "", ""
	}
	scheme = strings.ToLower(scheme)
	return scheme, usualHost(scheme, host[strings.LastIndexByte(host, '@')+1:])
}

// usualHost is a host in lower case, without the port that its scheme has anyway.
func usualHost(scheme, host string) string {
	host = strings.ToLower(host)
	if port := map[string]string{"https": ":443", "http": ":80"}[scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	return host
}

// preflight says that a browser asks by itself whether it may send the real request (Fetch, "CORS-preflight fetch"): no doing of the
// integration's, unless the contract has an operation for it.
func preflight(x *contracts.Exchange) bool {
	return x.Method == http.MethodOptions && x.Operation == nil && len(x.RequestHeader["Access-Control-Request-Method"]) > 0
}

// judged finds what of a request breaks the contract, before marks stand in it. Secrets are hidden in what is told.
func judged(r *redact.Redactor, x *contracts.Exchange, values []string) []contracts.Violation {
	if x.Operation == nil {
		return nil
	}
	request, err := http.NewRequest(x.Method, x.URL, http.NoBody)
	if err != nil {
		return nil // what came over the wire somehow, and no parser takes
	}
	request.Header = x.RequestHeader
	_, violations := x.Operation.DecodeParameters(request, values)
	coded := x.RequestHeader.Get("Content-Encoding")
	if body := x.Operation.Body; body != nil && (coded == "" || coded == "identity") {
		decoded, found, err := body.Decode(x.RequestHeader.Get("Content-Type"), x.RequestBody)
		violations = append(violations, found...)
		if err == nil {
			violations = append(violations, decoded.Validate(schema.Request)...)
		} else {
			violations = append(violations, contracts.Violation{In: "body", Violation: schema.Violation{Keyword: "content", Want: "a body that the operation takes", Got: clipped(err.Error()), At: body.At}})
		}
	}
	r.HideGot(x.Operation, violations)
	return violations
}

// clipped shortens what a violation got to what it may show.
func clipped(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	at := most
	for at > 0 && !utf8.RuneStart(text[at]) {
		at--
	}
	return text[:at]
}

// fault tells which ordered trouble met a call, in the words of Call.Fault: what breaks an answer comes first.
func faultOf(list []actedFault) string {
	list = slices.DeleteFunc(slices.Clone(list), func(f actedFault) bool { return f.Vain || strings.HasPrefix(f.Name, rehearsal.HoldPrefix) })
	slices.SortStableFunc(list, func(a, b actedFault) int { return cmp.Compare(a.order(), b.order()) })
	var words []string
	for _, f := range list {
		word := f.Kind
		if f.Kind == "status" && strings.HasPrefix(f.Note, "status ") {
			word = f.Note
		}
		words = append(words, word)
	}
	return strings.Join(words, " and ")
}

// An actedFault is a fault that acted on an exchange, as the stand-in tells it.
type actedFault struct {
	Name, Kind, Note string
	Vain             bool // it changed nothing
}

// order is 1 for trouble that leaves an answer whole.
func (f actedFault) order() int {
	switch f.Kind {
	case "latency", "slow-body", "stale", "status":
		return 1
	}
	return 0
}
