package contracts

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/url"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// A document is a root document with the files it refers to, as node trees. In its trees there are no aliases
// and no merge keys, every mapping has each key once, and nothing is nested deeper than the limit. Files are
// read when a reference first leads to them.
type document struct {
	root     *yaml.Node // a mapping
	file     string     // as the user named it
	version  string     // "3.0.3"
	dialect  schema.Dialect
	files    []string // all that were read so far, as the user would name them
	hash     string   // hex SHA-256 over all that was read so far; complete after bundle
	warnings []Warning

	// origin names the file of nodes that an overlay put in, for their whole subtree; empty is the root document.
	origin map[*yaml.Node]string

	// words are the places of what stands in x-understudy, by mapping or list and key or index.
	words map[schema.Location]map[string]schema.Location

	ctx     context.Context // bounds the reading of files, which resolve does when they are first needed
	source  *source
	fetcher *fetcher
	limits  Limits
	digest  hash.Hash
	total   int64
	main    *part
	parts   map[string]*part // by name in the folder, or URL
	shown   map[string]*part // by name as shown
	targets map[reference]target
}

// A part is one file of a document.
type part struct {
	name    string // in the folder, slash separated; or URL
	shown   string
	root    *yaml.Node
	whole   string // the text that says all of root, which leads to no other part; empty where that is not known
	err     error  // why it cannot be read
	anchors map[string]target
	ids     map[string]target
}

// A reference is a $ref in a file.
type reference struct {
	from *part
	text string
}

// A target is where a reference leads.
type target struct {
	node *yaml.Node
	at   schema.Location
	err  error
}

// readDocument reads the root document at source: a file, a folder that holds one, or an http(s) URL.
func readDocument(ctx context.Context, name string, o Options) (*document, error) {
	limits := o.Limits.filled()
	src, err := openSource(name, o, limits)
	if err != nil {
		return nil, err
	}
	d := &document{
		ctx: ctx, source: src, limits: limits, digest: sha256.New(),
		fetcher: newFetcher(o, name, limits),
		parts:   map[string]*part{}, shown: map[string]*part{}, targets: map[reference]target{},
	}
	d.main = d.load(src.root, true)
	if d.main.err != nil {
		d.close()
		return nil, d.main.err
	}
	d.root, d.file = d.main.root, d.main.shown
	if err := d.readVersion(); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// close gives the folder back. References to files that were not read yet lead nowhere afterwards.
func (d *document) close() {
	if d.source.folder != nil {
		d.source.folder.close()
	}
}

// largeFile is the size in bytes from which the hash of a file is made while it is being parsed.
const largeFile = 1 << 20

// load gives a file, read and parsed once. root says that the user named it.
func (d *document) load(name string, root bool) *part {
	if p, ok := d.parts[name]; ok {
		return p
	}
	p := &part{name: name, shown: d.source.shown(name)}
	if u, err := url.Parse(name); err == nil && isURL(name) {
		p.shown = u.Redacted()
	}
	d.parts[name] = p
	d.shown[p.shown] = p
	fail := func(message, advice string) *part {
		p.err = &DocumentError{At: at(p.shown), Message: message, Advice: advice}
		return p
	}
	if len(d.files) >= d.limits.Files {
		return fail("the document has too many files", "raise the limit on files if the document is to be trusted")
	}
	data, err := d.read(name, root)
	if err != nil {
		return fail("the document cannot be read: "+reason(err), "")
	}
	if d.total += int64(len(data)); d.total > d.limits.Total {
		return fail("the files of the document are larger than "+bytesText(d.limits.Total)+" together", "raise the limit on bytes if the document is to be trusted")
	}
	d.files = append(d.files, p.shown)
	summed := make(chan struct{})
	sum := func() {
		d.sum(name, data)
		close(summed)
	}
	if len(data) > largeFile {
		go sum()
	} else {
		sum()
	}
	p.root, p.whole, p.err = parseFile(p.shown, data, d.limits)
	<-summed
	return p
}

// sum adds a file to the hash; for overlays, whoever puts them on calls it.
func (d *document) sum(name string, data []byte) {
	fmt.Fprintf(d.digest, "%d %s\x00%d ", len(name), name, len(data))
	d.digest.Write(data)
	d.hash = hex.EncodeToString(d.digest.Sum(nil))
}

func (d *document) read(name string, root bool) ([]byte, error) {
	if err := d.ctx.Err(); err != nil {
		return nil, err
	}
	if isURL(name) {
		return d.fetcher.get(d.ctx, name)
	}
	return d.source.read(name, d.limits)
}

// locate gives the place of a child of the node at parent. token is its key or index, not escaped.
func (d *document) locate(parent schema.Location, child *yaml.Node, token string) schema.Location {
	here := schema.Location{File: parent.File, Line: child.Line, Pointer: parent.Pointer + "/" + escapeToken(token)}
	if here.Line == 0 {
		here.Line = parent.Line
	}
	if file, ok := d.origin[child]; ok {
		here.File = cmp.Or(file, d.file)
	}
	return here
}

// at is the beginning of a file.
func at(file string) schema.Location { return schema.Location{File: file} }

var tokenEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// escapeToken escapes a key for a JSON Pointer.
func escapeToken(token string) string {
	if !strings.ContainsAny(token, "~/") {
		return token
	}
	return tokenEscaper.Replace(token)
}
