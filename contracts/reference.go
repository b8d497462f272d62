package contracts

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// resolve gives the node that a $ref leads to, and its place. from is where the reference stands; a place that
// is in no file of the document, as one in an overlay, counts as one in the root document. The target may be
// a reference itself.
func (d *document) resolve(from schema.Location, ref string) (*yaml.Node, schema.Location, error) {
	p := d.shown[from.File]
	if p == nil {
		p = d.main
	}
	t := d.follow(p, ref, 0)
	return t.node, t.at, t.err
}

// follow resolves a reference that stands in a file, once. hops bounds references that lie on the way of a pointer.
func (d *document) follow(from *part, ref string, hops int) target {
	key := reference{from, ref}
	if t, ok := d.targets[key]; ok {
		return t
	}
	if len(d.targets) >= d.limits.References {
		return target{err: fmt.Errorf("the document has more than %d references", d.limits.References)}
	}
	t := d.find(from, ref, hops)
	d.targets[key] = t
	return t
}

func (d *document) find(from *part, ref string, hops int) target {
	address, fragment, _ := strings.Cut(ref, "#")
	to := from
	if address != "" {
		var err error
		if to, err = d.partOf(from, address); err != nil {
			if t, ok := d.byID(ref); ok {
				return t
			}
			return target{err: err}
		}
	}
	if to.err != nil {
		return target{err: to.err}
	}
	if strings.Contains(fragment, "%") {
		decoded, err := url.PathUnescape(fragment)
		if err != nil {
			return target{err: fmt.Errorf("the percent escapes of the reference cannot be read: %w", err)}
		}
		fragment = decoded
	}
	if fragment != "" && fragment[0] != '/' {
		return d.anchor(to, fragment)
	}
	t := d.walk(to, to.root, schema.Location{File: to.shown, Line: to.root.Line}, fragment, hops)
	if t.err != nil && to != d.main && strings.HasPrefix(fragment, "/components/") && field(to.root, "components") == nil {
		// Files that are parts of a document often name the root document's components as if they were in it.
		if inRoot := d.walk(d.main, d.main.root, schema.Location{File: d.file, Line: d.root.Line}, fragment, hops); inRoot.err == nil {
			return inRoot
		}
	}
	return t
}

// walk goes down a JSON Pointer. Where a node on the way is a reference that lacks the next member, the
// reference is followed: many documents point through one.
func (d *document) walk(in *part, n *yaml.Node, here schema.Location, pointer string, hops int) target {
	for pointer != "" {
		token, rest, _ := strings.Cut(pointer[1:], "/")
		if rest != "" || strings.HasSuffix(pointer[1:], "/") {
			rest = "/" + rest
		}
		name := token
		if strings.Contains(token, "~") {
			name = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		}
		child := member(n, name)
		if child == nil {
			ref := text(n, "$ref")
			if ref == "" {
				return target{err: fmt.Errorf("there is no %q at #%s of %s", brief(name), brief(here.Pointer), here.File)}
			}
			if hops >= maxReferenceChain {
				return target{err: errors.New("the reference leads only to other references")}
			}
			through := d.follow(in, ref, hops+1)
			if through.err != nil {
				return through
			}
			if next := d.shown[through.at.File]; next != nil {
				in = next
			}
			return d.walk(in, through.node, through.at, pointer, hops+1)
		}
		here = d.locate(here, child, name)
		n, pointer = child, rest
	}
	return target{node: n, at: here}
}

// member gives a member of a mapping or an item of a sequence, or nil.
func member(n *yaml.Node, name string) *yaml.Node {
	switch n.Kind {
	case yaml.MappingNode:
		return field(n, name)
	case yaml.SequenceNode:
		i, err := strconv.Atoi(name)
		if err == nil && i >= 0 && i < len(n.Content) && strconv.Itoa(i) == name {
			return n.Content[i]
		}
	}
	return nil
}

// partOf finds the file that the part of a reference before # names.
func (d *document) partOf(from *part, address string) (*part, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("the reference is not a URI: %w", err)
	}
	if u.Scheme == "" && u.Host == "" && !isURL(from.name) {
		return d.partOnDisk(from, u)
	}
	if isURL(from.name) && u.Scheme == "" {
		base, err := url.Parse(from.name)
		if err != nil {
			return nil, err
		}
		u = base.ResolveReference(u)
	}
	if u.Scheme == "" {
		u.Scheme = "https" // "//example.com/a": the network, by whatever scheme
	}
	u.Fragment = ""
	name := u.String()
	if p, ok := d.parts[name]; ok {
		return p, nil
	}
	if p := d.partBySelf(name); p != nil {
		return p, nil
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("references to %s: are not followed", u.Scheme)
	}
	if !d.fetcher.allows(u) {
		return nil, fmt.Errorf("references to %s are not allowed; --allow-refs %s would allow them", hostPort(u), hostPort(u))
	}
	return d.load(name, false), nil
}

func (d *document) partOnDisk(from *part, u *url.URL) (*part, error) {
	name := u.Path
	if name == "" {
		return from, nil
	}
	outside := func() error {
		return errors.New("the reference leads out of the document's folder, which is not allowed; name the folder above as the document if it belongs to it")
	}
	if strings.HasPrefix(name, "/") || strings.Contains(name, `\`) || len(name) > 1 && name[1] == ':' {
		return nil, outside()
	}
	name = path.Join(path.Dir(from.name), name)
	if name == ".." || strings.HasPrefix(name, "../") {
		return nil, outside()
	}
	return d.load(name, false), nil
}

// partBySelf finds a file that is already loaded by its $self of OpenAPI 3.2 or the $id of its root schema, and
// maps other files beside the root document's $self to the folder.
func (d *document) partBySelf(address string) *part {
	for _, p := range d.parts {
		if p.root != nil && (text(p.root, "$self") == address || text(p.root, "$id") == address) {
			return p
		}
	}
	self := text(d.root, "$self")
	base, err := url.Parse(self)
	if self == "" || err != nil || isURL(d.main.name) {
		return nil
	}
	base.Path, base.RawPath = path.Dir(base.Path), ""
	relative, ok := strings.CutPrefix(address, strings.TrimSuffix(base.String(), "/")+"/")
	if !ok {
		return nil
	}
	if p, err := d.partOnDisk(d.main, &url.URL{Path: relative}); err == nil && p.err == nil {
		return p
	}
	return nil
}
