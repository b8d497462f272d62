package resource

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"understudy/contracts"
	"understudy/contracts/inference"
)

// ErrFormat is wrapped by the error of Explain for a format that it does not know.
var ErrFormat = errors.New("unknown format")

// Explain writes what was understood of every operation: as text for a terminal of 100 columns, as json in the
// structure of Explanation, or as markdown. Another format gives an error that wraps ErrFormat.
func Explain(w io.Writer, m *inference.Model, format string) error {
	switch format {
	case "text", "":
		return explainText(w, m)
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(NewExplanation(m))
	case "markdown":
		return explainMarkdown(w, m)
	}
	return fmt.Errorf("%w %q: text, json and markdown are known", ErrFormat, format)
}

// An Explanation is what Explain writes as json. Its JSON Schema is docs/schemas/explain.schema.json; members are
// added but never renamed or removed.
type Explanation struct {
	Contract    ExplainedContract     `json:"contract"`
	Summary     ExplainedSummary      `json:"summary"`
	Collections []ExplainedCollection `json:"collections"` // parents before children
	Operations  []ExplainedOperation  `json:"operations"`  // in the order of the document
}

// An ExplainedContract says which contract is explained.
type ExplainedContract struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Version string `json:"version"`
	OpenAPI string `json:"openapi"`
}

// An ExplainedSummary counts.
type ExplainedSummary struct {
	Operations  int                    `json:"operations"`
	WithRole    int                    `json:"with_role"` // with a role other than none
	Collections int                    `json:"collections"`
	Roles       map[inference.Role]int `json:"roles"`
}

// An ExplainedCollection is one collection or singleton.
type ExplainedCollection struct {
	Path       string           `json:"path"`
	Singleton  bool             `json:"singleton"`
	Item       string           `json:"item,omitempty"` // name of the item's schema
	ID         *ExplainedID     `json:"id,omitempty"`
	Parent     string           `json:"parent,omitempty"` // path of the parent collection
	Scope      []ExplainedScope `json:"scope,omitempty"`
	Unique     []string         `json:"unique,omitempty"`
	Examples   int              `json:"examples"` // whole items in the document's examples
	Seeds      int              `json:"seeds"`    // items that the behaviour names
	Confidence float64          `json:"confidence"`
	Reasons    []string         `json:"reasons"`

	States  *ExplainedStates      `json:"states,omitempty"`
	Derived []ExplainedDerivation `json:"derived,omitempty"` // members that are worked out from others
}

// An ExplainedID says where an item's id is.
type ExplainedID struct {
	Parameters []string `json:"parameters"`         // in the path, in order
	Property   string   `json:"property,omitempty"` // of the item; absent where the item does not show it
	Prefix     string   `json:"prefix,omitempty"`
	Chosen     string   `json:"chosen_by"` // server or client
}

// An ExplainedScope is one parameter that separates collections.
type ExplainedScope struct {
	Parameter  string `json:"parameter"`
	Collection string `json:"collection,omitempty"` // whose item it names
	Property   string `json:"property,omitempty"`   // member of the items that holds it
}

// An ExplainedOperation is what was understood of one operation.
type ExplainedOperation struct {
	ID         string              `json:"id"`
	Method     string              `json:"method"`
	Path       string              `json:"path"`
	Role       inference.Role      `json:"role"`
	Resource   string              `json:"resource,omitempty"` // path of the collection
	Envelope   *ExplainedEnvelope  `json:"envelope,omitempty"`
	Paging     *ExplainedPaging    `json:"paging,omitempty"`
	Filters    []ExplainedFilter   `json:"filters,omitempty"`
	Search     []string            `json:"search,omitempty"` // parameters of free text
	Sort       *ExplainedSort      `json:"sort,omitempty"`
	Sets       map[string]any      `json:"sets,omitempty"`     // members that the operation sets
	Requires   map[string]any      `json:"requires,omitempty"` // members that the item must have
	Security   [][]ExplainedScheme `json:"security"`           // any one list, all schemes of it; empty: anonymous
	Limits     []string            `json:"limits,omitempty"`
	Events     []string            `json:"events,omitempty"`
	Callbacks  []string            `json:"callbacks,omitempty"`
	Confidence float64             `json:"confidence"`
	Reasons    []string            `json:"reasons"`
	Override   string              `json:"override"` // Overlay action as YAML that would change the role

	Transitions []ExplainedTransition `json:"transitions,omitempty"` // that the operation brings about
	Idempotency *ExplainedKey         `json:"idempotency,omitempty"` // absent: repeats are carried out again
}

// An ExplainedEnvelope says where the item stands in bodies, as JSON Pointers; "" is the body itself.
type ExplainedEnvelope struct {
	Status    string  `json:"status,omitempty"`
	Media     string  `json:"media,omitempty"`
	Shows     bool    `json:"shows"` // the answer shows the item
	Item      string  `json:"item"`
	Array     bool    `json:"array"` // as a list of one
	Input     *string `json:"input,omitempty"`
	InputList bool    `json:"input_list,omitempty"`
}

// An ExplainedPaging says how a list is cut into pages.
type ExplainedPaging struct {
	Style      inference.PageStyle `json:"style"`
	Parameters map[string]string   `json:"parameters"` // page, offset, limit, cursor, before → query parameter
	First      int                 `json:"first"`
	Size       int                 `json:"size"`
	Max        int                 `json:"max,omitempty"`
	Members    map[string]string   `json:"members,omitempty"` // total, pages, next, previous, more → JSON Pointer in the answer
	Link       bool                `json:"link,omitempty"`    // a Link header
}

// An ExplainedFilter is one parameter that is compared with a property.
type ExplainedFilter struct {
	Parameter string             `json:"parameter"`
	Key       string             `json:"key,omitempty"`
	Property  string             `json:"property"`
	Operator  inference.FilterOp `json:"operator"`
	Path      bool               `json:"path,omitempty"` // a path parameter
}

// An ExplainedSort says which parameters order a list.
type ExplainedSort struct {
	By         string   `json:"by,omitempty"`
	Direction  string   `json:"direction,omitempty"`
	Properties []string `json:"properties,omitempty"` // accepted values, sorted; absent: any property
	Default    string   `json:"default,omitempty"`
	Descending bool     `json:"descending,omitempty"`
}

// An ExplainedScheme is one security scheme with the scopes that it must carry.
type ExplainedScheme struct {
	Scheme string   `json:"scheme"`
	Scopes []string `json:"scopes,omitempty"`
}

// NewExplanation gives what was understood as one structure.
func NewExplanation(m *inference.Model) Explanation {
	c := m.Contract
	e := Explanation{
		Contract:    ExplainedContract{c.Name, c.Title, c.Version, c.OpenAPI},
		Summary:     ExplainedSummary{Operations: len(c.Operations), Collections: len(m.Collections), Roles: map[inference.Role]int{}},
		Collections: make([]ExplainedCollection, 0, len(m.Collections)),
		Operations:  make([]ExplainedOperation, 0, len(c.Operations)),
	}
	for _, set := range m.Collections {
		e.Collections = append(e.Collections, explainCollection(set))
	}
	causes := inference.Events(m)
	for _, o := range c.Operations {
		b := m.Binding(o)
		e.Summary.Roles[b.Role]++
		if b.Role != inference.None {
			e.Summary.WithRole++
		}
		x := explainOperation(c, b)
		x.explainEvents(b, causes)
		e.Operations = append(e.Operations, x)
	}
	return e
}

func explainCollection(c *inference.Collection) ExplainedCollection {
	x := ExplainedCollection{
		Path: c.Path, Singleton: c.Singleton, Item: c.ItemName(), Unique: c.Unique,
		Examples: len(c.Examples), Seeds: len(c.Seeds), Confidence: rounded(c.Confidence), Reasons: notNil(c.Reasons),
		States: explainStates(c.States), Derived: explainDerived(c.Derive),
	}
	if c.Parent != nil {
		x.Parent = c.Parent.Path
	}
	if !c.Singleton {
		x.ID = &ExplainedID{Parameters: notNil(c.ID.Params), Property: c.ID.Property, Prefix: c.ID.Prefix, Chosen: "client"}
		if c.ID.Server {
			x.ID.Chosen = "server"
		}
	}
	for _, p := range c.Scope {
		s := ExplainedScope{Parameter: p.Name, Property: p.Property}
		if p.Collection != nil {
			s.Collection = p.Collection.Path
		}
		x.Scope = append(x.Scope, s)
	}
	return x
}

func explainOperation(c *contracts.Contract, b *inference.Binding) ExplainedOperation {
	o := b.Operation
	x := ExplainedOperation{
		ID: o.ID, Method: o.Method, Path: o.Path, Role: b.Role, Sets: b.Set, Requires: b.Requires,
		Security: explainSecurity(o), Limits: limitsOf(c, o), Events: o.Behaviour.Emits,
		Confidence: rounded(b.Confidence), Reasons: notNil(b.Reasons), Override: b.Override,
		Transitions: explainSteps(b), Idempotency: explainKey(c, o),
	}
	for _, cb := range o.Callbacks {
		x.Callbacks = append(x.Callbacks, cb.Name)
	}
	if b.Collection == nil {
		return x
	}
	x.Resource = b.Collection.Path
	x.Envelope = explainEnvelope(b)
	x.Paging = explainPaging(b.Page)
	for _, f := range b.Filters {
		x.Filters = append(x.Filters, ExplainedFilter{f.Param, f.Key, f.Property, f.Op, f.Path})
	}
	for _, s := range b.Search {
		x.Search = append(x.Search, s.Param)
	}
	if s := b.Sort; s != nil {
		x.Sort = &ExplainedSort{By: s.By, Direction: s.Direction, Default: s.Default, Descending: s.Descending}
		for v := range s.Properties {
			x.Sort.Properties = append(x.Sort.Properties, v)
		}
		slices.Sort(x.Sort.Properties)
	}
	return x
}

func explainEnvelope(b *inference.Binding) *ExplainedEnvelope {
	e := &ExplainedEnvelope{Shows: b.Shows, Item: b.Item, Array: b.Array, InputList: b.InputArray}
	if b.Response != nil {
		e.Status = b.Response.Status
	}
	if b.Media != nil {
		e.Media = b.Media.Name
	}
	switch b.Role {
	case inference.Create, inference.Update, inference.Replace:
		if b.Operation.Body != nil {
			input := b.Input
			e.Input = &input
		}
	}
	return e
}

func explainPaging(p *inference.Paging) *ExplainedPaging {
	if p == nil {
		return nil
	}
	x := &ExplainedPaging{Style: p.Style, Parameters: map[string]string{}, First: p.First, Size: p.Size, Max: p.Max, Link: p.Link}
	for _, v := range pagingParameters(p) {
		x.Parameters[v[0]] = v[1]
	}
	for _, v := range pagingMembers(p) {
		if x.Members == nil {
			x.Members = map[string]string{}
		}
		x.Members[v[0]] = v[1]
	}
	return x
}

// pagingParameters gives the words and the names of the query parameters that are used, in a fixed order.
func pagingParameters(p *inference.Paging) [][2]string {
	return used([][2]string{{"page", p.Page}, {"offset", p.Offset}, {"limit", p.Limit}, {"cursor", p.Cursor}, {"before", p.Before}})
}

// pagingMembers gives the words and the pointers of the answer's members that are used, in a fixed order.
func pagingMembers(p *inference.Paging) [][2]string {
	return used([][2]string{{"total", p.Total}, {"pages", p.Pages}, {"next", p.Next}, {"previous", p.Previous}, {"more", p.More}})
}

func used(list [][2]string) [][2]string {
	return slices.DeleteFunc(list, func(v [2]string) bool { return v[1] == "" })
}

func explainSecurity(o *contracts.Operation) [][]ExplainedScheme {
	out := make([][]ExplainedScheme, 0, len(o.Security))
	for _, a := range o.Security {
		list := make([]ExplainedScheme, 0, len(a))
		for _, r := range a {
			s := ExplainedScheme{Scopes: r.Scopes}
			if r.Scheme != nil {
				s.Scheme = r.Scheme.Key
			}
			list = append(list, s)
		}
		out = append(out, list)
	}
	return out
}

// limitsOf gives the names of the limits that count an operation: its own, else those for its route, else
// the general ones where it needs a credential.
func limitsOf(c *contracts.Contract, o *contracts.Operation) []string {
	if len(o.Behaviour.Limit) > 0 {
		return o.Behaviour.Limit
	}
	var out []string
	for _, l := range c.Behaviour.Limits {
		if slices.Contains(l.Routes, o.ID) || len(l.Routes) == 0 && !o.Anonymous {
			out = append(out, l.Name)
		}
	}
	return out
}

// rounded keeps two digits, so that the same model is written in the same way everywhere.
func rounded(x float64) float64 { return float64(int(x*100+0.5)) / 100 }

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
