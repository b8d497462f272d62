// Package cases makes up requests that an operation must accept, and requests that it must refuse.
//
// It is a function of a contract, an operation and a seed, and sends nothing. What it gives has been read back from the
// bytes that would go over the wire, by the contract's own router and decoders: a valid case is valid there, and an invalid
// one has exactly the one fault that it names.
package cases

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// A Case is one request with what it was made for. It is a value: whoever changes one changes a clone.
type Case struct {
	Check string // id of the check that it is for: "POS-002", "NEG-003"
	// Name says what is tried, in a few words that are the same in every run: "body /name is missing".
	Name      string
	Operation *contracts.Operation

	Arguments contracts.Arguments
	Body      *contracts.Body // nil: none
	// Header holds fields that are no parameters of the operation: Accept, Idempotency-Key.
	Header http.Header
	// Query is put behind the query string as it stands: what no value of a parameter can say.
	Query string

	Valid bool // the operation must accept it; else it must refuse it
	// Fault is what is wrong with an invalid case, and what a valid one tries. Where nothing in particular is tried all of it
	// but In is empty.
	Fault     Fault
	Certainty Certainty
	Doubt     string // for Likely: what else could explain another answer than the one wanted
	// Convention says that no sentence of the contract forbids the request: to refuse it is good practice.
	Convention bool
}

// A Fault is a place in a request and what is tried there.
type Fault struct {
	In      string // "path", "query", "header", "cookie", "querystring", "body", "content-type", "accept"
	Name    string // of the parameter; empty for a body
	Pointer string // JSON Pointer into the value; where a member is missing, the member that should be there
	// Keyword is the schema's, or one of: "required" (a whole parameter or body), "repeated", "malformed", "mediaType",
	// "accept", "readOnly", "example", "present".
	Keyword string
	At      schema.Location // the sentence of the contract
}

// A Certainty is how sure it is that a deployment which keeps the contract answers as the case wants.
type Certainty string

// The certainties.
const (
	Certain Certainty = "certain" // it follows from the contract
	Likely  Certainty = "likely"  // another explanation is possible: Case.Doubt names it
)

// Request makes what goes over the wire, to a server of the contract ("https://api.example.com/v1"). Credentials are not
// in it: parameters that a security scheme sets are left out.
func (c Case) Request(ctx context.Context, baseURL string) (*http.Request, error) {
	r, err := c.Operation.NewRequest(ctx, baseURL, c.Arguments, c.Body)
	if err != nil {
		return nil, fmt.Errorf("case %s (%s): %w", c.Check, c.Name, err)
	}
	for name, values := range c.Header {
		r.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	if c.Query != "" {
		if r.URL.RawQuery != "" {
			r.URL.RawQuery += "&"
		}
		r.URL.RawQuery += c.Query
	}
	return r, nil
}

// Size is how much a reader has to look at, for choosing the smallest of several cases: the bytes of the request target, of
// the header fields and of the body. A case of which no request can be made is larger than all others.
func (c Case) Size() int {
	r, err := c.Request(context.Background(), "http://h")
	if err != nil {
		return math.MaxInt
	}
	size := len(r.URL.RequestURI())
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v)
		}
	}
	return size + int(r.ContentLength)
}

// Clone gives a copy whose arguments, header and body can be changed without changing c. Values inside are shared: they are
// replaced, never written to.
func (c Case) Clone() Case {
	arguments := c.Operation.NewArguments()
	for i, p := range c.Operation.Parameters {
		if v, ok := c.Arguments.At(i); ok {
			arguments.Set(p.In, p.Name, v)
		}
	}
	c.Arguments = arguments
	c.Header = maps.Clone(c.Header)
	if c.Body != nil {
		body := *c.Body
		c.Body = &body
	}
	return c
}
