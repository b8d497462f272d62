package scan

import (
	"bytes"
	"cmp"
	"slices"
)

// An examination is the work on one text.
type examination struct {
	scanner *scanner
	unit    *unit
	text    []byte
	finds   []find
	naming  []bool // contracts that the text names
	names   []met  // identifiers, to be looked at when it is known whether the text names a contract
	samples int    // texts of the form of a credential that are none
	valued  [2]int // where the last text behind a name stands
	run     run    // of characters in which encoded texts were looked for last
}

// A run is a stretch of characters that may be one encoded text.
type run struct {
	to, tries int
	dots      bool // signed tokens have some
}

const mostTries = 16 // places of one run at which an encoded text may begin

// tires says that enough places of the run around a place were tried: else a text made for it could be looked at for hours.
func (e *examination) tires(at int) bool {
	if at >= e.run.to {
		end := at
		for end < min(len(e.text), at+mostToken) && (base64Byte(e.text[end]) || e.text[end] == '.') {
			end++
		}
		e.run = run{to: end, dots: bytes.IndexByte(e.text[at:end], '.') >= 0}
	}
	e.run.tries++
	return e.run.tries > mostTries
}

// met is a name, and where it ends.
type met struct{ word, end int }

const (
	mostMet   = 4000    // names of one text around which is looked
	mostToken = 8 << 10 // bytes of a signed token
)

// visit is called for each literal that stands in the text.
func (e *examination) visit(index, end int) {
	l := &e.scanner.literals[index]
	if rest := l.whole[min(len(l.whole), mostLiteral):]; rest != "" {
		if !bytes.HasPrefix(e.text[end:], []byte(rest)) {
			return
		}
		end += len(rest)
	}
	if len(e.finds) >= mostFinds {
		return
	}
	switch l.what {
	case aForm:
		e.form(l, end)
	case aBase64:
		if e.tires(end - len(l.whole)) {
			return
		}
		from, to, readings := decoded(e.text, end-len(l.whole))
		for _, reading := range readings {
			e.inside(&e.scanner.targets[l.index], reading, from, to, "in base64")
		}
	case aHex:
		if e.tires(end - len(l.whole)) {
			return
		}
		from, to, reading := unhexed(e.text, end-len(l.whole))
		e.inside(&e.scanner.targets[l.index], reading, from, to, "in hexadecimal")
	case aToken:
		e.token(end - len(l.whole))
	case aCoin:
		t := &e.scanner.targets[l.index]
		e.finds = append(e.finds, find{from: end - len(l.whole), to: end, class: coin, name: t.name, contracts: owners(t.contract), text: t.text, how: t.how})
	case aWord:
		e.word(l.index, end)
	}
}

// owners are the contracts that a secret may be of; none where nobody said.
func owners(contract int) []int {
	if contract < 0 {
		return nil
	}
	return []int{contract}
}

// form looks at a text in which a target's literal stands.
func (e *examination) form(l *literal, end int) {
	t := &e.scanner.targets[l.index]
	from, to, ok := t.form.at(e.text, end, e.unit.binary)
	if !ok {
		return
	}
	if len(l.whole) >= longLiteral && !e.scanner.shared[l.whole] {
		e.naming[t.contract] = true
	}
	e.secret(t, from, to, string(e.text[from:to]), "")
}

// inside looks at what an encoded text says.
func (e *examination) inside(t *target, reading []byte, from, to int, how string) {
	end := bytes.Index(reading, []byte(t.form.literal))
	for end >= 0 {
		end += len(t.form.literal)
		if start, stop, ok := t.form.at(reading, end, true); ok {
			e.secret(t, from, to, string(reading[start:stop]), how)
			return
		}
		next := bytes.Index(reading[end:], []byte(t.form.literal))
		if next < 0 {
			return
		}
		end += next
	}
}

// secret keeps a text of a target's form, unless nobody would issue it.
func (e *examination) secret(t *target, from, to int, text, how string) {
	prefix := 0
	if t.form.leads {
		prefix = len(t.form.literal)
	}
	if sample(text, prefix) || e.scanner.example(text) {
		e.samples++
		return
	}
	e.finds = append(e.finds, find{
		from: from, to: to, class: t.class, name: t.name, contracts: owners(t.contract), live: t.live, text: text, how: how, inURL: how == "" && inURL(e.text, from),
	})
}

// inURL says that a text at a place is part of a URL.
func inURL(text []byte, at int) bool {
	low := max(0, at-500)
	before := text[low:at]
	if i := bytes.LastIndexAny(before, " \t\r\n\"'`<>(){}|\\,"); i >= 0 {
		before = before[i+1:]
	}
	if i := bytes.Index(before, []byte("://")); i > 0 && wordByte(before[i-1]) {
		return true
	}
	query := bytes.LastIndexAny(before, "?&")
	return query >= 0 && bytes.HasSuffix(before, []byte("=")) && bytes.IndexByte(before, '/') >= 0
}

// identifiers looks at names in log statements, in texts that name a contract.
func (e *examination) identifiers() {
	if e.unit.commit != nil || e.unit.place.kind == prose || e.unit.place.kind == logFile || e.unit.binary || !slices.Contains(e.naming, true) {
		return
	}
	last := -1
	for _, m := range e.names {
		w := &e.scanner.words[m.word]
		from := m.end - len(w.text)
		if from < last || len(e.finds) >= mostFinds {
			continue
		}
		end, ok := loggedAt(e.text, from, m.end, w.use == variable)
		if !ok {
			continue
		}
		last = end
		contracts := owners(w.contract)
		if w.contract < 0 || e.scanner.shared[w.text] {
			contracts = nil
			for i, named := range e.naming {
				if named {
					contracts = append(contracts, i)
				}
			}
		}
		e.finds = append(e.finds, find{
			from: from, to: m.end, rule: logged, contracts: contracts, text: w.text, likely: cmp.Or(e.unit.place.why, "the value may be masked on the way"),
		})
	}
}
