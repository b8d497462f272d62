// Package arazzo is the language in which workflows are written: the Arazzo Specification 1.0.x and 1.1.x.
//
// It reads documents, says with file, line and JSON Pointer what is wrong in them, evaluates runtime expressions,
// criteria, selectors and payloads over plain values, and reads the extension x-understudy. It sends nothing: the runner in
// the room scenarios calls it and hands in what has happened so far as a Scope. Where the specification leaves a
// question open, docs/decisions/006-arazzo-ambiguities.md has the answer and fixtures/arazzo a vector for it.
//
// Values are what a JSON decoder gives: nil, bool, string, json.Number, []any and map[string]any.
package arazzo

import (
	"fmt"
	"regexp"
)

// A Version is the feature set of the specification that a document uses. The patch number makes no difference.
type Version int

// The feature sets that are read.
const (
	V10 Version = iota // 1.0.0 and 1.0.1
	V11                // 1.1.0
)

func (v Version) String() string {
	if v == V11 {
		return "1.1"
	}
	return "1.0"
}

var versionPattern = regexp.MustCompile(`^1\.([01])\.\d+(-.+)?$`)

// Limits bound what a document may cost. Zero fields stand for the defaults.
type Limits struct {
	Bytes int // of the text; 0: 10 MiB
	Nodes int // keys and values, those reached through aliases counted each time; 0: 200,000
	Depth int // objects and arrays inside one another; 0: 100
}

func (l Limits) orDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = 10 << 20
	}
	if l.Nodes == 0 {
		l.Nodes = 200_000
	}
	if l.Depth == 0 {
		l.Depth = 100
	}
	return l
}

// Options choose how a document is read. The zero value reads it by the letter of the specification.
type Options struct {
	Limits Limits
	// Strict adds warnings about what the specification leaves open, such as comparisons with != null, and refuses to read
	// outputs that nothing declares, of which there is otherwise a warning.
	Strict bool
	// WrapObjects evaluates JSONPath criteria whose first segment is a filter, on an object, as if the object stood in
	// an array. Some runners do that, RFC 9535 does not; false: as in the RFC.
	WrapObjects bool
}

// Parse reads an Arazzo document, YAML or JSON. name is what messages call the file. The error is a Problems, which holds
// everything that is wrong with the document, at most maxProblems entries; what is merely doubtful is in Document.Warnings.
func Parse(name string, data []byte, opts Options) (*Document, error) {
	p := &parser{file: name, opts: opts, limits: opts.Limits.orDefaults()}
	root := p.read(data)
	if root == nil {
		return nil, p.problems
	}
	d := p.document(root)
	if len(p.problems) == 0 {
		p.verify(d)
	}
	if len(p.problems) > 0 {
		return nil, p.problems.tidy()
	}
	d.Warnings = p.warnings.tidy()
	return d, nil
}

// maxProblems is how many problems of one document are kept.
const maxProblems = 100

// A parser turns a tree of nodes into a Document and collects what is wrong.
type parser struct {
	file     string
	opts     Options
	limits   Limits
	version  Version
	doc      *Document
	problems Problems
	warnings Problems
}

func (p *parser) fail(at Position, advice, format string, args ...any) {
	if len(p.problems) < maxProblems {
		p.problems = append(p.problems, &Problem{At: at, Message: fmt.Sprintf(format, args...), Advice: advice})
	}
}

func (p *parser) warn(at Position, advice, format string, args ...any) {
	if len(p.warnings) < maxProblems {
		p.warnings = append(p.warnings, &Problem{At: at, Message: fmt.Sprintf(format, args...), Advice: advice})
	}
}
