package contracts

import (
	"net/http"
	"strings"

	"understudy/contracts/schema"
)

// Arguments are the values that a request gives to an operation's parameters, typed as their schemas ask.
// The zero value holds nothing; NewArguments makes one that can be filled by hand.
type Arguments struct {
	// Undeclared lists the names in the query string that no parameter claims, each once, in the order of
	// arrival.
	Undeclared []string

	parameters []*Parameter
	values     []argument
}

type argument struct {
	value   any
	present bool
}

// NewArguments gives arguments of which none is set yet, to be filled by Set and sent by EncodeParameters.
func (o *Operation) NewArguments() Arguments {
	a := Arguments{parameters: o.Parameters}
	if len(o.Parameters) > 0 {
		a.values = make([]argument, len(o.Parameters))
	}
	return a
}

// At gives the value of the parameter at an index of Operation.Parameters, and whether the request had one.
func (a Arguments) At(i int) (any, bool) {
	if i < 0 || i >= len(a.values) {
		return nil, false
	}
	return a.values[i].value, a.values[i].present
}

// Get gives the value of a parameter, and whether the request had one. Names of headers match in any case.
func (a Arguments) Get(in, name string) (any, bool) {
	return a.At(a.find(in, name))
}

// String gives the value of a parameter as text, in the form of a simple style, and "" where there is none.
func (a Arguments) String(in, name string) string {
	value, ok := a.Get(in, name)
	if !ok {
		return ""
	}
	return plainText(value)
}

// Set gives a parameter its value. It tells whether the operation has such a parameter.
func (a *Arguments) Set(in, name string, value any) bool {
	i := a.find(in, name)
	if i < 0 || i >= len(a.values) {
		return false
	}
	a.values[i] = argument{value, true}
	return true
}

// Unset takes a parameter's value away.
func (a *Arguments) Unset(in, name string) {
	if i := a.find(in, name); i >= 0 && i < len(a.values) {
		a.values[i] = argument{}
	}
}

func (a Arguments) find(in, name string) int {
	for i, p := range a.parameters {
		if p.In == in && (p.Name == name || in == "header" && strings.EqualFold(p.Name, name)) {
			return i
		}
	}
	return -1
}

// A parameterPlan is what an operation's parameters were compiled into. All lists hold indexes of
// Operation.Parameters, which are those of codecs too.
type parameterPlan struct {
	codecs []codec
	path   []int // by expression of the template; -1 where no parameter declares it

	query   []int
	names   map[string]int // name → index, kept only where a scan over query would be slower
	deep    []int          // query parameters that claim "name[…]"
	spread  []int          // exploded objects, which claim the names of their properties
	whole   []int          // the querystring parameter of OpenAPI 3.2
	headers []int
	cookies []int
}

// A codec reads and writes one parameter.
type codec struct {
	*Parameter
	view      view
	types     schema.Types
	shape     shape
	tuple     bool // items differ by index, as prefixItems says
	item      view // of every item, unless tuple
	itemTypes schema.Types
	key       string // the canonical form of a header's name
	verbatim  bool   // the text is not percent-encoded
}

// A shape is what a parameter's schema allows, which decides how its text is taken apart.
type shape uint8

const (
	scalar  shape = iota // one text
	list                 // an array and nothing else
	record               // an object and nothing else
	mixed                // several of them, as anyOf and type arrays allow
	content              // text of a media type
	ignored              // a header that OpenAPI keeps for itself
)

// A scan over more names than this is left to a map.
const scanNames = 12

// compileParameters prepares the decoding and encoding of the operation's parameters. It is called once, after
// Parameters, Path and Segments are complete.
func (o *Operation) compileParameters() { o.params = o.planParameters() }

func (o *Operation) planParameters() parameterPlan {
	plan := parameterPlan{codecs: make([]codec, len(o.Parameters))}
	for i, p := range o.Parameters {
		c := newCodec(p)
		plan.codecs[i] = c
		if c.shape == ignored {
			continue
		}
		switch p.In {
		case "query":
			plan.addQuery(i, &c)
		case "querystring":
			plan.whole = append(plan.whole, i)
		case "header":
			plan.headers = append(plan.headers, i)
		case "cookie":
			plan.cookies = append(plan.cookies, i)
		}
	}
	for _, segment := range o.Segments {
		for _, name := range segment.Names {
			plan.path = append(plan.path, o.pathParameter(name))
		}
	}
	if len(plan.query) > scanNames {
		plan.names = make(map[string]int, len(plan.query))
		for _, i := range plan.query {
			plan.names[o.Parameters[i].Name] = i
		}
	}
	return plan
}

func (plan *parameterPlan) addQuery(i int, c *codec) {
	plan.query = append(plan.query, i)
	switch {
	case c.Style == "deepObject":
		plan.deep = append(plan.deep, i)
	case c.spreads():
		plan.spread = append(plan.spread, i)
	}
}

func (o *Operation) pathParameter(name string) int {
	for i, p := range o.Parameters {
		if p.In == "path" && p.Name == name {
			return i
		}
	}
	return -1
}

func newCodec(p *Parameter) codec {
	c := codec{Parameter: p, view: viewOf(p.Schema), verbatim: p.In == "header" || p.Style == "cookie"}
	if p.Style == "" {
		c.Parameter = withDefaultStyle(p)
	}
	if p.In == "header" {
		c.key = http.CanonicalHeaderKey(p.Name)
		if c.key == "Accept" || c.key == "Content-Type" || c.key == "Authorization" {
			c.shape = ignored
			return c
		}
	}
	if p.Media != nil {
		c.shape = content
		return c
	}
	c.types = c.view.types()
	c.shape = shapeOf(c.types)
	c.view.each(func(s *schema.Schema) { c.tuple = c.tuple || len(s.PrefixItems) > 0 })
	if !c.tuple {
		c.item = c.view.item(0)
		c.itemTypes = c.item.types()
	}
	return c
}

func shapeOf(types schema.Types) shape {
	rest := types &^ schema.Null
	switch {
	case rest == schema.Array:
		return list
	case rest == schema.Object:
		return record
	case rest&(schema.Array|schema.Object) != 0:
		return mixed
	}
	return scalar
}

// withDefaultStyle fills in the style and explode that OpenAPI gives a parameter which names none.
func withDefaultStyle(p *Parameter) *Parameter {
	q := *p
	switch p.In {
	case "query", "cookie":
		q.Style, q.Explode = "form", true
	default:
		q.Style = "simple"
	}
	return &q
}

// spreads tells whether an object's members stand beside the other parameters under their own names.
func (c *codec) spreads() bool {
	return c.Explode && (c.Style == "form" || c.Style == "cookie") && (c.shape == record || c.shape == mixed) &&
		c.types&schema.Object != 0
}

// claims tells whether an exploded object takes a name that no parameter has. An object that lists its
// members takes those; one that lists none, or speaks of further members, takes any.
func (c *codec) claims(name string) bool {
	found, declared := c.view.property(name)
	if declared || len(found) > 0 {
		return true
	}
	open, listed := false, false
	c.view.each(func(s *schema.Schema) {
		listed = listed || len(s.Properties) > 0
		if a := s.AdditionalProperties; a != nil {
			open, listed = !a.Never, true
		}
	})
	return open || !listed
}

// plan gives the compiled parameters, compiling those of an operation that was made by hand.
func (o *Operation) plan() *parameterPlan {
	if len(o.params.codecs) == len(o.Parameters) {
		return &o.params
	}
	plan := o.planParameters()
	return &plan
}
