//go:build !slim

package contracts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"

	"understudy/contracts/schema"

	"github.com/pb33f/libopenapi"
	"github.com/pb33f/libopenapi/datamodel"
	"github.com/pb33f/libopenapi/index"
	"github.com/pb33f/libopenapi/utils"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v4"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Slim says whether this build does without the libraries of the second reader: then Lint and LintFile give ErrSlim.
const Slim = false

// maxWarnings is how many faults Lint reports.
const maxWarnings = 500

// Lint reads the document at source by a second, independent reader (libopenapi) and checks it against the
// official JSON Schema of its version of OpenAPI. Faults come as warnings with the lines of the user's files,
// in the order of the files. The error is that of a document that cannot be read at all.
//
// It is slower than Load and not needed for it. Overlays are not put on the document: what is judged is what
// its author wrote.
func Lint(ctx context.Context, source string, o Options) ([]Warning, error) {
	if builtin(source) && o.Files == nil {
		folder, err := fs.Sub(specs, "specs/"+source)
		if err != nil {
			return nil, fmt.Errorf("open the built-in contract %s: %w", source, err)
		}
		o.Files, source = folder, builtinDocument
	}
	d, err := readDocument(ctx, source, o)
	if err != nil {
		return nil, err
	}
	defer d.close()
	l := &linter{doc: d, seen: map[Warning]bool{}}
	for _, w := range slices.Concat(d.warnings, d.checkReferences()) {
		l.add(w)
	}
	// The library gets one text without references to elsewhere, so that it never reads a file or the network.
	l.bundle = newBundler(d)
	l.bundle.neutral = true
	if err := l.bundle.write(); err != nil {
		return nil, fmt.Errorf("lint %s: %w", d.file, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := l.library(); err != nil {
		return nil, fmt.Errorf("lint %s: %w", d.file, err)
	}
	slices.SortStableFunc(l.warnings, func(a, b Warning) int {
		if c := strings.Compare(a.At.File, b.At.File); c != 0 {
			return c
		}
		return a.At.Line - b.At.Line
	})
	return l.warnings[:min(len(l.warnings), maxWarnings)], nil
}

type linter struct {
	doc      *document
	bundle   *bundler
	warnings []Warning
	seen     map[Warning]bool
}

func (l *linter) add(w Warning) {
	if !l.seen[w] {
		l.seen[w] = true
		l.warnings = append(l.warnings, w)
	}
}

// library collects what libopenapi and the official schema have to say.
func (l *linter) library() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("libopenapi fails on the document: %v", r)
		}
	}()
	config := datamodel.NewDocumentConfiguration()
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil)) // its own writes to standard output
	config.AllowFileReferences = false
	config.AllowRemoteReferences = false
	config.SkipExternalRefResolution = true
	doc, err := libopenapi.NewDocumentWithConfiguration(l.bundle.out, config)
	if err != nil {
		l.add(Warning{At: at(l.doc.file), Message: "libopenapi cannot read the document: " + err.Error()})
		return nil
	}
	defer doc.Release()
	if err := l.official(doc.GetSpecInfo()); err != nil {
		return err
	}
	if _, err := doc.BuildV3Model(); err != nil {
		for _, one := range utils.UnwrapErrors(err) {
			l.unresolved(one)
		}
	}
	return nil
}

// official reports what breaks the official schema of the document's version, which libopenapi brings. Its validator is not asked: that one
// judges XML and forms, too, and each program that links it carries tables for all character sets and compiles schemas
// when it starts.
func (l *linter) official(info *datamodel.SpecInfo) error {
	text := info.GetSpecJSONBytes()
	if text == nil || len(*text) == 0 {
		return errors.New("libopenapi has no JSON of the document")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(*text))
	if err != nil {
		return fmt.Errorf("read the JSON of libopenapi: %w", err)
	}
	official, err := closedSchema([]byte(info.APISchema), false)
	if err != nil {
		return fmt.Errorf("the official schema: %w", err)
	}
	fault, broken := official.Validate(value).(*jsonschema.ValidationError)
	if !broken {
		return nil
	}
	for _, e := range causes(fault) {
		reason := e.ErrorKind.LocalizedString(english())
		if _, ok := e.ErrorKind.(*kind.FalseSchema); ok {
			reason = "this member is not allowed here"
		}
		l.breach(e.InstanceLocation, reason)
	}
	return nil
}

// english renders the messages of the schema library, which has them in no other language.
var english = sync.OnceValue(func() *message.Printer { return message.NewPrinter(language.English) })

func (l *linter) breach(path []string, reason string) {
	l.add(Warning{At: l.place(path), Message: "this breaks the schema of OpenAPI " + l.doc.version + ": " + reason})
}

// causes gives the errors at the bottom of a tree of them. Of alternatives that all failed, only the one that
// came furthest into the document counts: it is the one that the author meant.
func causes(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if _, name := e.ErrorKind.(*kind.PropertyNames); name || len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e} // the causes of a name say nothing of where it stands
	}
	var all, best []*jsonschema.ValidationError
	deepest := -1
	for _, cause := range e.Causes {
		if _, name := cause.ErrorKind.(*kind.PropertyNames); name && len(cause.InstanceLocation) == 0 {
			cause.InstanceLocation = e.InstanceLocation // which the library leaves out
		}
		found := causes(cause)
		all = append(all, found...)
		depth := 0
		for _, f := range found {
			depth = max(depth, len(f.InstanceLocation))
		}
		if missing, ok := found[0].ErrorKind.(*kind.Required); ok && slices.Contains(missing.Missing, "$ref") {
			depth = 0 // the alternative of being a reference
		}
		if depth > deepest || depth == deepest && len(found) < len(best) {
			deepest, best = depth, found
		}
	}
	switch e.ErrorKind.(type) {
	case *kind.OneOf, *kind.AnyOf:
		return best
	}
	return all
}

// position is the end of a message of libopenapi: line and column of the bundle.
var position = lazily(`:? ?\S* \[(\d+):\d+\]`)

// unresolved reports a loop of required references, and whatever else the model cannot hold.
func (l *linter) unresolved(err error) {
	var resolving *index.ResolvingError
	if errors.As(err, &resolving) && resolving.CircularReference != nil {
		c := resolving.CircularReference
		if c.IsArrayResult || c.IsPolymorphicResult {
			return // it ends: a list may be empty, and another alternative may be taken
		}
		var names []string
		for _, r := range c.Journey {
			names = append(names, r.Name)
		}
		where := schema.Location{File: l.doc.file}
		if c.LoopPoint != nil {
			where = l.nodeSource(c.LoopPoint.Node)
		}
		l.add(Warning{At: where, Message: "no value can fit these schemas, since each requires the next: " + strings.Join(names, " -> ")})
		return
	}
	where := schema.Location{File: l.doc.file}
	text := err.Error()
	if m := position().FindStringSubmatch(text); m != nil {
		line, _ := strconv.Atoi(m[1])
		where = l.source(line)
		text = position().ReplaceAllString(text, "")
	}
	if strings.Contains(text, "does not exist") {
		return // checkReferences has told it, and where
	}
	l.add(Warning{At: where, Message: text})
}

func (l *linter) nodeSource(n *yaml.Node) schema.Location {
	if n == nil {
		return schema.Location{File: l.doc.file}
	}
	return l.source(n.Line)
}

// source gives the user's line for a line of the bundle, whose first line is only a brace.
func (l *linter) source(line int) schema.Location {
	if i := line - 2; i >= 0 && i < len(l.bundle.lines) {
		return l.bundle.lines[i]
	}
	return schema.Location{File: l.doc.file, Line: l.doc.root.Line}
}

// place gives the user's place for a path in the bundle, or of the nearest thing above it that exists.
func (l *linter) place(path []string) schema.Location {
	start := target{node: l.doc.root, at: schema.Location{File: l.doc.file, Line: l.doc.root.Line}}
	if len(path) >= 3 && path[0] == "components" {
		for _, m := range l.bundle.moved {
			if m.section == path[1] && m.name == path[2] {
				start, path = target{node: m.node, at: m.at}, path[3:]
				break
			}
		}
	}
	for n := len(path); n > 0; n-- {
		if t := l.doc.walk(l.bundle.partOf(start), start.node, start.at, pointerOf(path[:n]), 0); t.err == nil {
			return t.at
		}
	}
	return start.at
}
