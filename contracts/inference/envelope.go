package inference

import (
	"strings"

	"understudy/contracts/schema"
)

// A listing is a place in an answer where a list of items stands.
type listing struct {
	pointer string         // JSON Pointer to the array
	items   *schema.Schema // of one item; nil where the document does not say
	scalar  bool           // the items are texts or numbers, not things of their own
	score   float64
}

// wrappers are members that hold the item or the items in many houses, folded.
var wrappers = map[string]bool{
	"data": true, "items": true, "results": true, "result": true, "value": true, "values": true, "entries": true,
	"records": true, "rows": true, "content": true, "list": true, "elements": true, "hits": true, "objects": true,
	"nodes": true, "embedded": true, "resources": true, "collection": true, "response": true, "payload": true,
	"members": true, "edges": true,
}

// besides are members that accompany items in an answer and are no part of them, folded.
var besides = map[string]bool{
	"object": true, "kind": true, "apiversion": true, "type": true, "url": true, "uri": true, "href": true,
	"self": true, "start": true, "end": true, "first": true, "last": true, "next": true, "prev": true,
	"previous": true, "links": true, "link": true, "meta": true, "metadata": true, "pagination": true,
	"paging": true, "pageinfo": true, "pages": true, "total": true, "count": true, "size": true, "limit": true,
	"offset": true, "iterator": true, "previterator": true, "done": true, "more": true, "truncated": true,
	"errors": true, "warnings": true, "success": true, "status": true, "message": true, "sort": true,
	"empty": true, "took": true, "timedout": true, "autocomplete": true, "included": true, "jsonapi": true,
	"requestid": true, "timestamp": true, "etag": true, "error": true, "code": true, "hasmore": true,
	"istruncated": true, "context": true, "query": true, "version": true, "providername": true, "datetimeutc": true,
	"deleted": true, "removed": true, "ok": true, "acknowledged": true,
}

// isBeside says that a member accompanies the items: paging words and the like.
func isBeside(folded string) bool {
	if besides[folded] {
		return true
	}
	for _, part := range [...]string{"page", "cursor", "total", "count", "next", "prev", "marker", "continuation"} {
		if strings.Contains(folded, part) {
			return true
		}
	}
	return false
}

// isOwnID says that an object with the member is a thing and not a wrapper around things.
func isOwnID(folded string) bool {
	return folded == "id" || folded == "uuid" || folded == "guid" || folded == "pk"
}

// listing finds the list in an answer: the answer itself, or the one array that can be it. The label of the
// path helps: GET /droplets with {"droplets": [...]}.
func (in *inference) listing(x *schema.Schema, label string, depth int) *listing {
	sh := in.shapes.of(x)
	if sh.isArray() {
		return in.array(sh, "", 0.95)
	}
	if len(sh.members) == 0 || depth > 2 {
		return nil
	}
	noun := fold(label)
	var best *listing
	owned, others, arrays := false, 0, 0
	for i := range sh.members {
		m := &sh.members[i]
		f := in.shapes.fold(m.name)
		got := in.shapes.of(m.schema)
		if !got.isArray() || m.schema == nil {
			owned = owned || isOwnID(f)
			if !isBeside(f) {
				others++
			}
			continue
		}
		score := 0.0
		switch {
		case sameNoun(f, noun):
			score = 0.9
		case wrappers[f]:
			score = 0.85
		case len(noun) > 3 && (strings.HasSuffix(f, noun) || strings.HasSuffix(noun, f)):
			score = 0.75
		case isBeside(f):
			continue
		default:
			arrays++
			score = 0.55
		}
		l := in.array(got, "/"+schema.EscapeToken(m.name), score)
		if l.scalar {
			l.score -= 0.4
		}
		if best == nil || l.score > best.score {
			best = l
		}
	}
	if best == nil {
		return in.wrapped(sh, label, depth)
	}
	switch {
	case owned && best.score < 0.9 || owned && others > 2:
		return nil
	case best.score < 0.7 && (arrays > 1 || others > 0):
		return nil
	case best.score < 0.9 && others > 4, others > 8:
		return nil
	case best.score < 0.3:
		return nil
	}
	return best
}

// wrapped looks for the list one level down, where the answer has only one member that can hold it.
func (in *inference) wrapped(sh *shape, label string, depth int) *listing {
	var best *listing
	for i := range sh.members {
		m := &sh.members[i]
		f := in.shapes.fold(m.name)
		if isOwnID(f) {
			return nil
		}
		inner := in.shapes.of(m.schema)
		if m.schema == nil || !inner.isObject() || isBeside(f) && !wrappers[f] && f != "meta" {
			if !isBeside(f) {
				return nil
			}
			continue
		}
		l := in.listing(m.schema, label, depth+1)
		if f == "meta" && (l == nil || l.score < 0.85) {
			continue
		}
		if l == nil || best != nil || l.score < 0.8 && !wrappers[f] {
			return nil
		}
		best = &listing{"/" + schema.EscapeToken(m.name) + l.pointer, l.items, l.scalar, l.score - 0.05}
	}
	return best
}

func (in *inference) array(sh *shape, pointer string, score float64) *listing {
	l := &listing{pointer: pointer, items: sh.items, score: score}
	if sh.items == nil {
		l.score -= 0.3
		return l
	}
	items := in.shapes.of(sh.items)
	l.scalar = items.isScalar() || items.isArray()
	return l
}

// A place is where one item stands in an answer or a request.
type place struct {
	pointer string
	schema  *schema.Schema
	array   bool    // as a list of one
	like    float64 // how much it is like the known item
}

// unwrap finds where one item stands in an object: the object itself, or one member that holds it. known is
// the collection's item as far as another answer shows it, or nil; label is the collection's name.
func (in *inference) unwrap(x *schema.Schema, label string, known *schema.Schema) place {
	sh := in.shapes.of(x)
	whole := place{schema: x, like: in.shapes.alike(x, known)}
	if sh.isArray() {
		return place{schema: sh.items, array: true, like: in.shapes.alike(sh.items, known)}
	}
	if whole.like >= 0.9 || len(sh.members) == 0 {
		return whole
	}
	noun := fold(label)
	best := whole
	bestRank := whole.like
	for i := range sh.members {
		m := &sh.members[i]
		if m.schema == nil {
			continue
		}
		p, ok := in.inside(m, known)
		if !ok {
			continue
		}
		rank := p.like
		switch f := in.shapes.fold(m.name); {
		case sameNoun(f, noun):
			rank += 0.3
		case wrappers[f]:
			rank += 0.15
		case p.array && len(sh.members) > 1 || len(sh.members) > 6:
			continue // something of the kind inside something else
		}
		if known != nil && p.like >= 0.6 && rank > bestRank+0.05 {
			best, bestRank = p, rank
		}
	}
	if best.pointer != "" || known != nil && whole.like >= 0.6 {
		return best
	}
	if p, ok := in.onlyMember(sh, noun); ok && (known == nil || in.shapes.alike(p.schema, known) > whole.like) {
		p.like = in.shapes.alike(p.schema, known)
		return p
	}
	return whole
}

// inside gives the item that a member holds, alone or as a list of one.
func (in *inference) inside(m *member, known *schema.Schema) (place, bool) {
	inner := in.shapes.of(m.schema)
	switch {
	case len(inner.members) > 0:
		return place{pointer: "/" + schema.EscapeToken(m.name), schema: m.schema, like: in.shapes.alike(m.schema, known)}, true
	case inner.isArray() && inner.items != nil && len(in.shapes.of(inner.items).members) > 0:
		return place{"/" + schema.EscapeToken(m.name), inner.items, true, in.shapes.alike(inner.items, known)}, true
	}
	return place{}, false
}

// onlyMember recognises {"droplet": {…}} where nothing else is known of the item: one object, named like
// the collection or a common wrapper, in an answer that has no id of its own.
func (in *inference) onlyMember(sh *shape, noun string) (place, bool) {
	var found *member
	objects, others := 0, 0
	named := false
	for i := range sh.members {
		m := &sh.members[i]
		f := in.shapes.fold(m.name)
		if isOwnID(f) {
			return place{}, false
		}
		inner := in.shapes.of(m.schema)
		isObject := m.schema != nil && inner.isObject()
		if isObject && isBeside(f) && !pageHolders[f] || isObject && f == "metadata" {
			objects++ // an object with a status or a metadata object is a thing of its own
		}
		switch {
		case isObject && sameNoun(f, noun):
			found, named = m, true
		case isObject && wrappers[f] && !named:
			found, named = m, true
		case isBeside(f):
		case isObject:
			objects++
			if !named {
				found = m
			}
		default:
			others++
		}
	}
	if found == nil || !named && (objects != 1 || others > 0) || named && others > 3 {
		return place{}, false
	}
	return place{pointer: "/" + schema.EscapeToken(found.name), schema: found.schema}, true
}
