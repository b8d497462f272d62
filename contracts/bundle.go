package contracts

import (
	"bytes"
	"errors"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// sections are the members of components, in the order in which missing ones are added.
var sections = []string{
	"schemas", "responses", "parameters", "examples", "requestBodies", "headers",
	"securitySchemes", "links", "callbacks", "pathItems", "mediaTypes",
}

// bundle gives the whole document as one JSON text. What stands in other files becomes components of the root
// document, or is put in place where OpenAPI has no components of its kind. Every reference that is left
// begins with #. The order of members is kept.
func (d *document) bundle() ([]byte, error) {
	b := newBundler(d)
	if err := b.write(); err != nil {
		return nil, err
	}
	return bytes.Clone(b.out), nil // it is kept for long, so without room to grow
}

// bundled gives what bundle does, once somebody asks for it where that can be: the text of a JSON document in one file
// stays in memory in any case, since the strings of the contract are cut from it.
func (d *document) bundled() (func() []byte, error) {
	if whole := d.main.whole; whole != "" {
		again := &document{
			version: d.version, file: d.file, limits: d.limits, total: d.total,
			parts: map[string]*part{}, shown: map[string]*part{}, targets: map[reference]target{},
		}
		return sync.OnceValue(func() []byte {
			root, _ := parseJSON(whole, again.limits)
			again.main = &part{shown: again.file, root: root}
			again.root = root
			out, _ := again.bundle() // it is no longer than the text, which kept within the limits, and leads nowhere else
			return out
		}), nil
	}
	out, err := d.bundle()
	return func() []byte { return out }, err
}

func newBundler(d *document) *bundler {
	return &bundler{
		doc: d, homes: map[home]string{}, inline: map[*yaml.Node]bool{}, taken: map[string]bool{}, open: map[*yaml.Node]bool{},
	}
}

// write fills out.
func (b *bundler) write() error {
	root := objectShape{kind: kindRoot}
	// Most documents are one file, which can be written without finding out where each reference leads.
	b.single = true
	b.out = make([]byte, 0, b.doc.total/2)
	err := b.object(b.doc.root, root, b.doc.main)
	if errors.Is(err, errSeveralFiles) {
		b.single, b.out, b.lines = false, b.out[:0], b.lines[:0]
		b.reserve()
		b.doc.walkReferences(b.place)
		err = b.object(b.doc.root, root, b.doc.main)
	}
	return err
}

// errSeveralFiles says that a document is not one file alone.
var errSeveralFiles = errors.New("a reference leads to another file")

// home is a node of another file, as a component of one section.
type home struct {
	node    *yaml.Node
	section string
}

// moved is a node of another file that becomes a component.
type moved struct {
	section, name string
	node          *yaml.Node
	in            *part
	shape         objectShape
	at            schema.Location
}

type bundler struct {
	doc    *document
	single bool // all references are taken to be within the root document

	// For readers that do not know data from references, and tell places by lines, neutral renames $ref where
	// it is data and puts each value on a line of its own; lines says where each line came from.
	neutral bool
	lines   []schema.Location

	out    []byte
	homes  map[home]string     // pointer in the bundle
	inline map[*yaml.Node]bool // references among the components of the root that are replaced by what they refer to
	taken  map[string]bool     // "schemas/Pet"
	moved  []moved             // in the order in which they were found
	open   map[*yaml.Node]bool // nodes of other files that are being put in place
}

// reserve gives each component of the root document its own name, and what such a component refers to in
// another file the same one.
func (b *bundler) reserve() {
	components, in := b.through(field(b.doc.root, "components"), b.doc.main)
	for _, section := range sections {
		group, groupIn := b.through(field(components, section), in)
		if group == nil || group.Kind != yaml.MappingNode {
			continue
		}
		for i := 0; i+1 < len(group.Content); i += 2 {
			name, child := group.Content[i].Value, group.Content[i+1]
			b.taken[section+"/"+name] = true
			pointer := "#/components/" + section + "/" + escapeToken(name)
			if groupIn != b.doc.main {
				b.setHome(child, section, pointer)
			}
			if ref := text(child, "$ref"); ref != "" {
				to := b.doc.follow(groupIn, ref, 0)
				if to.err == nil && b.partOf(to) != b.doc.main && b.setHome(to.node, section, pointer) {
					b.inline[child] = true
				}
			}
		}
	}
}

// setHome gives a node its pointer unless it has one.
func (b *bundler) setHome(n *yaml.Node, section, pointer string) bool {
	key := home{n, section}
	if _, ok := b.homes[key]; ok {
		return false
	}
	b.homes[key] = pointer
	return true
}

func (b *bundler) partOf(t target) *part {
	if p := b.doc.shown[t.at.File]; p != nil {
		return p
	}
	return b.doc.main
}

// through follows the references of a node to what they stand for; nil where they lead nowhere.
func (b *bundler) through(n *yaml.Node, in *part) (*yaml.Node, *part) {
	for range maxReferenceChain {
		ref := text(n, "$ref")
		if ref == "" {
			return n, in
		}
		to := b.doc.follow(in, ref, 0)
		if to.err != nil {
			return nil, in
		}
		n, in = to.node, b.partOf(to)
	}
	return nil, in
}

// place makes a component of what a reference leads to in another file.
func (b *bundler) place(s site) {
	section := s.shape.section(b.doc.version)
	if s.to.err != nil || section == "" || b.inline[s.node] {
		return
	}
	in := b.partOf(s.to)
	if in == b.doc.main {
		return
	}
	if _, ok := b.homes[home{s.to.node, section}]; ok {
		return
	}
	name := b.freeName(section, s.to)
	b.setHome(s.to.node, section, "#/components/"+section+"/"+name)
	of := s.shape
	if of.kind == kindSchemaName {
		of.kind = kindSchema
	}
	b.moved = append(b.moved, moved{section, name, s.to.node, in, of, s.to.at})
}

// freeName names a component after the last token of its pointer, or its file.
func (b *bundler) freeName(section string, t target) string {
	name := t.at.Pointer[strings.LastIndexByte(t.at.Pointer, '/')+1:]
	name = strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")
	if _, err := strconv.Atoi(name); name == "" || err == nil {
		name = path.Base(strings.ReplaceAll(t.at.File, `\`, "/"))
		name = strings.TrimSuffix(name, path.Ext(name))
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, name)
	if name == "" {
		name = "part"
	}
	free := name
	for i := 2; b.taken[section+"/"+free]; i++ {
		free = name + "_" + strconv.Itoa(i)
	}
	b.taken[section+"/"+free] = true
	return free
}

// fragment gives a JSON Pointer as the fragment of a URI.
func fragment(pointer string) string {
	return "#" + (&url.URL{Fragment: pointer}).EscapedFragment()
}
