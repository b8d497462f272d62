package contracts

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// Load reads the document at source (the name of a built-in contract, a file, a folder that holds one, or an http(s)
// URL), puts the overlays on it and compiles it. Faults that leave the document usable are Contract.Warnings; an error names file, line
// and JSON Pointer and says what to do.
func Load(ctx context.Context, source string, o Options) (*Contract, error) {
	name := source
	if builtin(source) && o.Files == nil {
		folder, err := fs.Sub(specs, "specs/"+source)
		if err != nil {
			return nil, fmt.Errorf("open the built-in contract %s: %w", source, err)
		}
		o.Files, name = folder, builtinDocument
		o.Name = first(o.Name, source)
	}
	doc, err := readDocument(ctx, name, o)
	if err != nil {
		return nil, err
	}
	defer doc.close()
	if err := doc.putOverlays(ctx, source, o); err != nil {
		return nil, err
	}
	return compileDocument(doc, o)
}

// A compiler turns a document into a contract. Components that many places refer to are compiled once.
type compiler struct {
	doc      *document
	schemas  *schema.Compiler
	contract *Contract

	parameters map[*yaml.Node]*Parameter
	headers    map[*yaml.Node]*Header
	responses  map[*yaml.Node]*Response
	bodies     map[*yaml.Node]*RequestBody
	media      map[*yaml.Node]*MediaType
	warned     map[schema.Location]bool
	callbacks  int // depth, so that a callback inside its own operation ends
	pending    []*Link
	faults     documentErrors // of x-understudy, so far
}

// bytesPerSchema is how many bytes of a large document there are for each of its schemas, about.
const bytesPerSchema = 300

func compileDocument(doc *document, o Options) (*Contract, error) {
	c := &compiler{
		doc:        doc,
		contract:   &Contract{OpenAPI: doc.version, Security: map[string]*SecurityScheme{}},
		parameters: map[*yaml.Node]*Parameter{},
		headers:    map[*yaml.Node]*Header{},
		responses:  map[*yaml.Node]*Response{},
		bodies:     map[*yaml.Node]*RequestBody{},
		media:      map[*yaml.Node]*MediaType{},
		warned:     map[schema.Location]bool{},
	}
	c.schemas = schema.NewCompiler(doc.dialect, doc.resolve)
	c.schemas.Expect(int(doc.total / bytesPerSchema))
	if err := c.root(o); err != nil {
		if len(c.faults) == 0 {
			return nil, err
		}
		c.collect(err)
		return nil, c.refusal()
	}
	c.checkSchemaWords()
	if len(c.faults) > 0 {
		return nil, c.refusal()
	}
	if err := c.schemas.Finish(); err != nil {
		return nil, err
	}
	c.finish()
	bundled, err := doc.bundled()
	if err != nil {
		return nil, fmt.Errorf("bundle %s: %w", doc.file, err)
	}
	c.contract.document = bundled
	c.contract.Files, c.contract.Hash = doc.files, doc.hash
	return c.contract, nil
}

func (c *compiler) root(o Options) error {
	root, at := c.doc.root, schema.Location{File: c.doc.file, Line: c.doc.root.Line}
	if info, there := c.child(root, at, "info"); info != nil {
		c.contract.Title = text(info, "title")
		c.contract.Version = text(info, "version")
		c.contract.Description = text(info, "description")
		_ = there
	}
	if n, there := c.child(root, at, extensionField); n != nil {
		c.collect(c.doc.decodeStrict(n, there, &c.contract.Behaviour))
	}
	c.contract.Name = shortName(o.Name, c.contract.Behaviour.Name, c.doc.file)
	c.contract.Servers = c.servers(root, at)
	if len(c.contract.Servers) == 0 {
		c.contract.Servers = []Server{{URL: "/"}}
	}
	c.tags(root, at)
	components, componentsAt := c.child(root, at, "components")
	if err := c.securitySchemes(components, componentsAt); err != nil {
		return err
	}
	if err := c.componentSchemas(components, componentsAt); err != nil {
		return err
	}
	security, err := c.security(root, at)
	if err != nil {
		return err
	}
	if err := c.paths(root, at, security); err != nil {
		return err
	}
	if err := c.webhooks(root, at); err != nil {
		return err
	}
	if len(c.faults) == 0 { // else what is said of the words that could be read may only follow from those that could not
		c.checkBehaviour()
	}
	return nil
}

// finish fills what needs the whole contract: the router, links to operations, parameter plans, reports.
func (c *compiler) finish() {
	k := c.contract
	byID := map[string]*Operation{}
	for _, o := range k.Operations {
		byID[o.ID] = o
		o.compileParameters()
	}
	for _, o := range k.Webhooks {
		o.compileParameters()
	}
	for _, l := range c.pending {
		l.Operation = byID[l.OperationID]
		if l.OperationRef != "" {
			l.Operation = c.operationAt(l.OperationRef)
		}
		if l.Operation == nil && !strings.Contains(strings.TrimPrefix(l.OperationRef, "#"), ":") {
			c.warn(l.At, "the link names an operation that is not in the document: %s", l.OperationID+l.OperationRef)
		}
	}
	c.compileEvents()
	c.buildRouter()
	c.reportUnsatisfiable()
	for _, w := range c.schemas.Warnings() {
		k.Warnings = append(k.Warnings, Warning(w))
	}
	k.Warnings = append(k.Warnings, c.doc.warnings...)
}

func (c *compiler) buildRouter() {
	k := c.contract
	var bases []string
	known := map[string]bool{}
	for _, s := range k.Servers {
		bases, known[s.Base] = append(bases, s.Base), true
	}
	for _, o := range k.Operations {
		for _, s := range o.Servers {
			if !known[s.Base] {
				bases, known[s.Base] = append(bases, s.Base), true
			}
		}
	}
	k.router = newRouter(k.Operations, bases, func(first, second *Operation) {
		c.warn(second.At, "%s %s has the same shape as %s %s (line %d), which is served unless only the other one's path parameters fit",
			second.Method, second.Path, first.Method, first.Path, first.At.Line)
	})
}

func (c *compiler) operationAt(ref string) *Operation {
	pointer, ok := strings.CutPrefix(ref, "#/paths/")
	if !ok {
		return nil
	}
	escaped, method, ok := strings.Cut(pointer, "/")
	if !ok {
		return nil
	}
	name := unescapeToken(escaped)
	for _, o := range c.contract.Operations {
		if o.Path == name && strings.EqualFold(o.Method, method) {
			return o
		}
	}
	return nil
}

// reportUnsatisfiable warns of schemas that no value can fit, wherever an operation uses them.
func (c *compiler) reportUnsatisfiable() {
	seen := map[*schema.Schema]bool{}
	var proofs schema.Proofs
	var found []Warning
	report := func(s *schema.Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		if at, reason, bad := proofs.Unsatisfiable(s); bad {
			found = append(found, Warning{at, reason})
		}
	}
	for _, p := range c.contract.Schemas {
		report(p.Schema)
	}
	for _, m := range c.media {
		report(m.Schema)
	}
	for _, p := range c.parameters {
		report(p.Schema)
	}
	slices.SortFunc(found, func(a, b Warning) int { // maps have no order
		return cmp.Or(strings.Compare(a.At.File, b.At.File), a.At.Line-b.At.Line, strings.Compare(a.At.Pointer, b.At.Pointer), strings.Compare(a.Message, b.Message))
	})
	for _, w := range found {
		c.warn(w.At, "no value can fit this schema: %s", w.Message)
	}
}

func (c *compiler) warn(at schema.Location, format string, args ...any) {
	if c.warned[at] {
		return
	}
	c.warned[at] = true
	c.contract.Warnings = append(c.contract.Warnings, Warning{At: at, Message: fmt.Sprintf(format, args...)})
}

// shortName is the contract's name: the user's, the behaviour's, or the file's.
func shortName(given, behaviour, file string) string {
	for _, name := range []string{given, behaviour} {
		if name != "" {
			return name
		}
	}
	base := path.Base(filepath.ToSlash(file))
	base = strings.TrimSuffix(base, path.Ext(base))
	if base == "openapi" || base == "swagger" || base == "api" {
		if dir := path.Base(path.Dir(filepath.ToSlash(file))); dir != "." && dir != "/" && dir != ".." {
			base = dir
		}
	}
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, base)
	if name = strings.Trim(name, "-"); name == "" {
		return "api"
	}
	return name
}
