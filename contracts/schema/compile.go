package schema

import (
	"fmt"
	"math/big"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Limits on one compiler. They are far above any real document and keep a hostile one from eating the machine.
const (
	maxSchemas     = 2_000_000 // schemas of one compiler
	maxNesting     = 512       // schemas inside one another in the text of a document
	maxWarnings    = 1_000     // warnings that are kept
	maxDescription = 400       // bytes kept of a description
)

// A Resolver finds the node that a reference points to. ref is the text of a $ref as it stands in the document and
// from is where it stands. The location it returns is that of the node: a reference to a component is
// expected to come back with the pointer of the component, since names and the scope of anchors hang on it.
type Resolver func(from Location, ref string) (*yaml.Node, Location, error)

// A Warning is a fault of a schema that was worked around.
type Warning struct {
	At      Location
	Message string // what is wrong and how it is treated
}

// A Compiler turns the nodes of one document, with the files it refers to, into schemas. A node is compiled once, so
// that schemas which refer to each other are pointers to each other. Call Compile for each root and Finish
// once after the last; the schemas may be used after Finish. A Compiler is not safe for concurrent use.
type Compiler struct {
	dialect Dialect
	resolve Resolver

	memo      map[*yaml.Node]*Schema
	all       []*Schema // in the order of their creation
	pending   []pending // targets of references that are still to be read
	resources map[string]*resource
	ids       map[string]idIndex // $id of all schemas, by file, made on first use
	discs     []*Schema          // with a discriminator, which Finish completes
	dynamic   bool               // some $dynamicRef was met
	finished  bool

	nullables  int // how often nullable stands where it means nothing
	nullableAt Location

	warnings []Warning
	dropped  int // warnings beyond maxWarnings

	// Equal texts and numbers are kept once: names, formats and descriptions repeat thousands of times.
	texts       map[string]string
	counts      map[int]*int
	limits      map[Limit]*Limit
	patterns    map[string]compiledPattern
	patternSize int // instructions of all of them
}

type pending struct {
	schema *Schema
	node   *yaml.Node
	at     Location
	in     *resource
}

type compiledPattern struct {
	pattern *Pattern
	err     error
}

// NewCompiler makes a compiler for schemas written in the dialect d; r finds the targets of references.
// Where r is nil every reference leads nowhere.
func NewCompiler(d Dialect, r Resolver) *Compiler {
	if r == nil {
		r = func(_ Location, ref string) (*yaml.Node, Location, error) {
			return nil, Location{}, fmt.Errorf("no document to look %q up in", ref)
		}
	}
	return &Compiler{
		dialect:   d,
		resolve:   r,
		memo:      make(map[*yaml.Node]*Schema),
		resources: make(map[string]*resource),
		ids:       make(map[string]idIndex),
		texts:     make(map[string]string),
		counts:    make(map[int]*int),
		limits:    make(map[Limit]*Limit),
		patterns:  make(map[string]compiledPattern),
	}
}

// Expect makes room for some schemas, which spares a large document the growth of what is kept about them.
func (c *Compiler) Expect(schemas int) {
	if n := min(schemas, maxSchemas); len(c.all) == 0 && n > 0 {
		c.memo, c.all = make(map[*yaml.Node]*Schema, n), make([]*Schema, 0, n)
	}
}

// Compile gives the schema that stands in n, at the place at. Faults inside that can be worked around become Warnings;
// an error means that n is not a schema at all, or that the document passes a limit. The same node gives
// the same schema. Before Finish only At and Name of the result may be used.
func (c *Compiler) Compile(n *yaml.Node, at Location) (*Schema, error) {
	n = follow(n)
	if n == nil {
		return nil, fmt.Errorf("%s: no schema here", at)
	}
	if at.Line == 0 {
		at.Line = n.Line
	}
	if c.finished {
		return nil, fmt.Errorf("%s: schemas cannot be added after Finish", at)
	}
	if n.Kind != yaml.MappingNode && !isBool(n) && !isNull(n) {
		return nil, fmt.Errorf("%s: a schema must be an object or a boolean, not %s; write the keywords in an object, "+
			"for example {\"type\": \"string\"}", at, kindOf(n))
	}
	s := c.subschema(n, at, c.resourceAt(at), 0)
	for len(c.pending) > 0 {
		last := len(c.pending) - 1
		p := c.pending[last]
		c.pending = c.pending[:last]
		c.fill(p.schema, p.node, p.at, p.in, 0)
	}
	if len(c.all) > maxSchemas {
		return nil, fmt.Errorf("%s: more than %d schemas in one document", at, maxSchemas)
	}
	return s, nil
}

// Warnings gives what was worked around so far, in the order in which it was met.
func (c *Compiler) Warnings() []Warning {
	if c.dropped == 0 {
		return c.warnings
	}
	return append(c.warnings[:len(c.warnings):len(c.warnings)], Warning{
		Message: fmt.Sprintf("%d more warnings about schemas are not shown", c.dropped),
	})
}

// Extended gives the schemas that have an x-understudy extension, in the order in which they were read.
func (c *Compiler) Extended() []*Schema {
	var list []*Schema
	for _, s := range c.all {
		if s.Extension != nil {
			list = append(list, s)
		}
	}
	return list
}

func (c *Compiler) warn(at Location, format string, args ...any) {
	if len(c.warnings) >= maxWarnings {
		c.dropped++
		return
	}
	c.warnings = append(c.warnings, Warning{At: at, Message: fmt.Sprintf(format, args...)})
}

// subschema compiles the node that stands inside a schema or was handed to Compile.
func (c *Compiler) subschema(n *yaml.Node, at Location, in *resource, depth int) *Schema {
	n = follow(n)
	if s := c.memo[n]; s != nil {
		return s
	}
	s := c.create(n, at)
	c.fill(s, n, at, in, depth)
	return s
}

// create makes the still empty schema of a node.
func (c *Compiler) create(n *yaml.Node, at Location) *Schema {
	s := &Schema{At: at, Name: componentName(at.Pointer)}
	if n.Line > 0 {
		s.At.Line = n.Line
	}
	c.memo[n] = s
	c.all = append(c.all, s)
	return s
}

// fill reads the keywords of n into s.
func (c *Compiler) fill(s *Schema, n *yaml.Node, at Location, in *resource, depth int) {
	switch {
	case depth > maxNesting:
		c.warn(s.At, "schemas are nested more than %d deep; what is below is taken as {}", maxNesting)
		s.Always = true
		return
	case len(c.all) > maxSchemas: // Compile gives the error
		s.Always = true
		return
	case isBool(n):
		s.Always = n.Value[0] == 't' || n.Value[0] == 'T'
		s.Never = !s.Always
		return
	case n.Kind != yaml.MappingNode:
		c.warn(s.At, "a schema must be an object or a boolean, not %s; it is taken as {}", kindOf(n))
		s.Always = true
		return
	}
	r := &reader{Compiler: c, s: s, node: n, at: at, in: in, depth: depth}
	r.read(pairs(n))
}

func (c *Compiler) intern(text string) string {
	if t, ok := c.texts[text]; ok {
		return t
	}
	c.texts[text] = text
	return text
}

func (c *Compiler) count(n int) *int {
	p := c.counts[n]
	if p == nil {
		p = &n
		c.counts[n] = p
	}
	return p
}

// limit makes the exact number out of a text in JSON syntax, or nil where its exponent or its digits are beyond all use.
func (c *Compiler) limit(text string, exclusive bool) *Limit {
	key := Limit{Text: text, Exclusive: exclusive}
	if l := c.limits[key]; l != nil {
		return l
	}
	num, ok := parseNumber(text)
	if !ok || num.exponent > maxLimitExponent || num.exponent < -maxLimitExponent || num.digits() > maxLimitExponent {
		return nil
	}
	exact, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	l := &Limit{Text: c.intern(text), Exact: exact, Exclusive: exclusive}
	l.Float, _ = exact.Float64()
	l.whole, l.isWhole = smallInteger(text)
	c.limits[key] = l
	return l
}

// componentName gives the name of a component schema from its pointer, or nothing.
func componentName(pointer string) string {
	name, ok := strings.CutPrefix(pointer, "/components/schemas/")
	if !ok || name == "" || strings.Contains(name, "/") {
		return ""
	}
	return UnescapeToken(name)
}

// String writes the location as file:line#pointer, leaving out what is not known.
func (l Location) String() string {
	text := l.File
	if l.Line > 0 {
		text = fmt.Sprintf("%s:%d", text, l.Line)
	}
	if l.Pointer != "" || text == "" {
		text += "#" + l.Pointer
	}
	return text
}

// child is the place of the value n under the given keys.
func (l Location) child(n *yaml.Node, tokens ...string) Location {
	size := len(l.Pointer)
	for _, t := range tokens {
		size += len(t) + 1
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteString(l.Pointer)
	for _, t := range tokens {
		b.WriteByte('/')
		b.WriteString(EscapeToken(t))
	}
	l.Pointer = b.String()
	if n != nil && n.Line > 0 {
		l.Line = n.Line
	}
	return l
}
