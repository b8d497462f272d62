// Package overlay reads OpenAPI Overlay documents, versions 1.0 and 1.1, and applies them to a document tree.
//
// It works on YAML nodes, so that every statement of the result still knows the line it stands on, in the
// document or in the overlay. It knows nothing of OpenAPI: any tree of objects, arrays and primitives will do.
package overlay

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A Document is one Overlay document, checked and with its JSONPath expressions compiled. It is read-only:
// it may be applied to many trees, also at the same time.
type Document struct {
	File        string // as given to Parse
	Version     string // "1.0.0", "1.1.0"
	Title       string // info.title
	InfoVersion string // info.version: of the overlay itself
	Description string // info.description, Overlay 1.1 only
	Extends     string // URI reference of the document it is meant for; empty when it does not say
	Actions     []Action

	minor int // 0 or 1
}

// An Action is one change to the target document.
type Action struct {
	Target      string // RFC 9535 JSONPath, as written
	Description string
	Copy        string // JSONPath of the node to copy, Overlay 1.1 only; empty when absent
	Remove      bool
	Line        int // where the action begins in the overlay

	index      int
	update     *yaml.Node // nil when absent; without aliases and merge keys
	target     *path
	source     *path // of copy; nil when absent
	targetLine int
	copyLine   int
}

// An Error is one reason why an overlay cannot be read or applied.
type Error struct {
	File    string // the overlay, as given to Parse
	Line    int    // 1 is the first line; 0 means unknown
	Pointer string // JSON Pointer within the overlay; empty is the whole document
	Message string // what is wrong
	Advice  string // what to do about it; may be empty
}

// Error gives "file:line: message (at #/pointer): advice".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	if e.Pointer != "" {
		fmt.Fprintf(&b, " (at #%s)", e.Pointer)
	}
	if e.Advice != "" {
		b.WriteString(": " + e.Advice)
	}
	return b.String()
}

// The limits hold for every overlay: they are far above what documents written by people need, and low enough
// that a hostile one costs seconds and not the machine.
const (
	maxBytes      = 16 << 20  // of an overlay document
	maxDepth      = 500       // nesting of an overlay and of a target tree, aliases followed
	maxNodes      = 500_000   // of an overlay with its aliases expanded
	maxInserted   = 1_000_000 // nodes that one Apply may add or copy
	maxExpression = 4096      // bytes of a JSONPath expression
	maxSteps      = 4_000_000 // nodes that one JSONPath expression may visit
)

// appendPointer adds a token to a JSON Pointer.
func appendPointer(pointer, token string) string {
	return pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
}

// shorten keeps messages readable whatever was written.
func shorten(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
