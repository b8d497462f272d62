package scan

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A unit is a text that is looked at as a whole: a file, a window of a large one, what a commit added to one.
type unit struct {
	path    string // as findings show it
	place   place
	root    *Root // nil: it is of a history
	private bool  // a file of variables that is not committed
	tracked bool
	binary  bool
	changed time.Time // the file's date
	commit  *commit   // nil: it is of the tree
	message bool      // the text is the commit's message

	line   int   // number of the first line
	before int   // characters of that line before the text
	offset int64 // bytes before the text
	limit  int   // finds from here on belong to the next window; 0: there is none
}

// A find is something in a text, before it is judged.
type find struct {
	from, to  int
	class     class
	rule      string // of finds that are no secret; empty: the class and place decide
	name      string // of the credential, as the contract calls it
	contracts []int
	live      bool
	named     bool   // it stands behind a name
	text      string // the secret; of other finds what tells them apart
	how       string // the encoding; empty: as it is
	variable  string // that it stands behind
	likely    string // the other explanation; empty: it is certain
	inURL     bool
}

// A hit is a find with all that is told about it.
type hit struct {
	find
	unit         *unit
	line, column int
	excerpt      string
	naming       []int // contracts that the file names
	repeats      int
}

const (
	mostFinds   = 2000 // of one text
	mostExcerpt = 60   // bytes before and behind what an excerpt shows
	nearComment = 400  // bytes from a find in which a comment on its line counts
)

// look looks at one text.
func (s *scanner) look(u *unit, text []byte) {
	e := &examination{scanner: s, unit: u, text: text, naming: make([]bool, len(s.options.Contracts))}
	s.machine.find(text, e.visit)
	e.identifiers()
	s.mu.Lock()
	s.looked.bytes += int64(len(text))
	for i, named := range e.naming {
		if named {
			s.traced[i] = true
			s.looked.named[i]++
		}
	}
	s.looked.samples += e.samples
	s.mu.Unlock()
	if len(e.finds) > 0 {
		s.keep(e)
	}
}

// merge puts finds in their order, and those of one text together. A coin is nothing else besides, and what stands behind a name is of
// the contract that has the name.
func merge(finds []find) []find {
	slices.SortStableFunc(finds, func(a, b find) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.class, a.class), strings.Compare(a.rule, b.rule), cmp.Compare(b.to, a.to))
	})
	var list []find
	for _, f := range finds {
		at := slices.IndexFunc(list, func(o find) bool {
			return (o.rule == "") == (f.rule == "") && (f.rule == "" || o.rule == f.rule) && f.from < o.to && o.from < f.to
		})
		if at < 0 {
			list = append(list, f)
			continue
		}
		list[at] = joined(list[at], f)
	}
	return list
}

// joined is what two finds of one text come to.
func joined(o, f find) find {
	if f.class == coin && o.class != coin || f.named && !o.named {
		o, f = f, o
	}
	switch {
	case o.class == coin && f.class != coin: // whatever else it looks like
	case o.named && !f.named: // the name says whose it is, the form what it is
		o.live, o.from, o.to, o.text = f.live, f.from, f.to, f.text
		if f.class != token {
			o.name = f.name
		}
	default:
		for _, c := range f.contracts {
			if !slices.Contains(o.contracts, c) {
				o.contracts = append(slices.Clone(o.contracts), c)
			}
		}
	}
	return o
}

// keep makes hits of finds and puts them to the others.
func (s *scanner) keep(e *examination) {
	finds := merge(e.finds)
	var naming []int
	for i, named := range e.naming {
		if named {
			naming = append(naming, i)
		}
	}
	c := cursor{text: e.text, line: max(e.unit.line, 1), before: e.unit.before}
	var kept []*hit
	here := map[spot]*hit{}
	ignored := 0
	for i := range finds {
		f := &finds[i]
		if e.unit.limit > 0 && f.from >= e.unit.limit {
			continue
		}
		if ignoredBy(e.text, f.from, f.to) {
			ignored++
			continue
		}
		at := e.unit.spotOf(f)
		if first := here[at]; first != nil {
			first.repeats++
			continue
		}
		h := &hit{find: *f, unit: e.unit, naming: naming, excerpt: s.excerpt(e.text, finds, f)}
		h.line, h.column = c.at(f.from)
		if e.unit.binary {
			h.line, h.column = 0, int(e.unit.offset)+f.from
		}
		here[at] = h
		kept = append(kept, h)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looked.ignored += ignored
	for _, h := range kept {
		at := e.unit.spotOf(&h.find)
		first := s.spots[at]
		if first == nil {
			s.spots[at] = h
			s.hits = append(s.hits, h)
			continue
		}
		repeats := first.repeats + h.repeats + 1
		if h.earlier(first) {
			*first = *h
		}
		first.repeats = repeats
	}
}

// spotOf is where a find is told: one secret once for a file, or once for the whole history.
func (u *unit) spotOf(f *find) spot {
	if u.commit != nil {
		return spot{rule: f.rule, text: f.text, history: true}
	}
	return spot{path: u.path, rule: f.rule, text: f.text, variable: f.variable}
}

// earlier says that a hit is the one to be told of two of the same secret: the first in a file, the oldest in a history.
func (h *hit) earlier(o *hit) bool {
	if h.unit.commit != nil && o.unit.commit != nil {
		return h.unit.commit.when.Before(o.unit.commit.when)
	}
	return cmp.Or(cmp.Compare(h.line, o.line), cmp.Compare(h.column, o.column)) < 0
}

// A cursor counts lines and characters on the way through a text.
type cursor struct {
	text         []byte
	line, before int // characters of the line that were passed
	seen         int
}

// at gives line and column of a place, which is not in front of the last one.
func (c *cursor) at(place int) (line, column int) {
	part := c.text[c.seen:place]
	if n := bytes.Count(part, []byte{'\n'}); n > 0 {
		c.line += n
		part, c.before = part[bytes.LastIndexByte(part, '\n')+1:], 0
	}
	c.before += utf8.RuneCount(part)
	c.seen = place
	return c.line, c.before + 1
}

// The words by which a comment lets a line pass.
var (
	ignoreLine = []byte("understudy:ignore")
	ignoreNext = []byte("understudy:ignore-next-line")
)

// ignoredBy says that a comment lets a find pass: on its own line, or on the one before.
func ignoredBy(text []byte, from, to int) bool {
	start := bytes.LastIndexByte(text[:from], '\n') + 1
	end := len(text)
	if n := bytes.IndexByte(text[to:], '\n'); n >= 0 {
		end = to + n
	}
	near := text[max(start, from-nearComment):min(end, to+nearComment)]
	if i := bytes.Index(near, ignoreLine); i >= 0 && !bytes.HasPrefix(near[i:], ignoreNext) {
		return true
	}
	if start == 0 {
		return false
	}
	previous := bytes.LastIndexByte(text[:start-1], '\n') + 1
	return bytes.Contains(text[max(previous, start-nearComment):start], ignoreNext)
}
