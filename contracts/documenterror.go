package contracts

import (
	"fmt"
	"strings"

	"understudy/contracts/schema"
)

// maxProblems is how many problems of one document are reported.
const maxProblems = 20

// A DocumentError is one reason why a document cannot be used.
type DocumentError struct {
	At      schema.Location
	Message string // what is wrong
	Advice  string // what to do about it; may be empty

	inside []string // leads from At to the word that it is about; see document.pinpoint
}

// Error gives "file:line: message (at #/pointer): advice".
func (e *DocumentError) Error() string {
	var b strings.Builder
	b.WriteString(e.At.File)
	if e.At.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.At.Line)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	if e.At.Pointer != "" {
		fmt.Fprintf(&b, " (at #%s)", e.At.Pointer)
	}
	if e.Advice != "" {
		b.WriteString(": " + e.Advice)
	}
	return b.String()
}

// documentErrors are the problems of one document.
type documentErrors []*DocumentError

// Error gives one problem a line, at most maxProblems of them.
func (e documentErrors) Error() string {
	var b strings.Builder
	for i, one := range e {
		if i == maxProblems {
			fmt.Fprintf(&b, "\nand %d more", len(e)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(one.Error())
	}
	return b.String()
}

// Unwrap lets errors.As find a DocumentError.
func (e documentErrors) Unwrap() []error {
	out := make([]error, len(e))
	for i, one := range e {
		out[i] = one
	}
	return out
}

// join gives nil for none, the problem itself for one, and all of them for more.
func (e documentErrors) join() error {
	switch len(e) {
	case 0:
		return nil
	case 1:
		return e[0]
	}
	return e
}
