package scan

import (
	"strings"
)

// assigned is what stands between a name and its value: quotes, a sign or a comma, the word for a scheme.
var (
	assigned   = lazily("\\A(?:[\"'\\])]{0,3}[ \\t]{0,8}(?::=|=>|=|:|,)|[\"']?[ \\t]*\\r?\\n[ \\t]*[\"']?value[\"']?[ \\t]*:)[ \\t]{0,8}[brfu]?[\"'`]?(?i:(?:bearer|token|basic) +)?([A-Za-z0-9_+/=.|~:-]{12,512})")
	memberPath = lazily(`\A[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)*\z`)
)

// word looks at a name that stands in the text.
func (e *examination) word(index, end int) {
	w := &e.scanner.words[index]
	from := end - len(w.text)
	switch w.use {
	case identifier:
		if len(e.names) < mostMet {
			e.names = append(e.names, met{index, end})
		}
		return
	case title:
		e.naming[w.contract] = true
		return
	case host:
		e.name(w)
		e.clear(w, from, end)
		return
	case header:
		if ends(e.text, end) && begins(e.text, from) {
			e.value(w, from, end)
		}
		return
	}
	if !ends(e.text, end) || from > 0 && wordByte(e.text[from-1]) && e.text[from-1] != '_' {
		return
	}
	e.name(w)
	if w.use == address {
		e.clearValue(w, from, end)
		return
	}
	e.value(w, from, end)
	if len(e.names) < mostMet {
		e.names = append(e.names, met{index, end})
		e.public(w, from, end)
		e.query(w, from, end)
	}
}

// name keeps that the text names a contract, where the name is that contract's alone.
func (e *examination) name(w *word) {
	if !e.scanner.shared[w.text] {
		e.naming[w.contract] = true
	}
}

// value looks at what stands behind a name: a text that looks like a secret, and is no reference to one.
func (e *examination) value(w *word, from, end int) {
	if from >= e.valued[0] && from < e.valued[1] {
		return // it is a value itself
	}
	at := assigned().FindSubmatchIndex(e.text[end:min(len(e.text), end+700)])
	if at == nil {
		return
	}
	start, stop := end+at[2], end+at[3]
	e.valued = [2]int{start, stop}
	for stop > start && strings.IndexByte(".:", e.text[stop-1]) >= 0 { // of the sentence
		stop--
	}
	text := string(e.text[start:stop])
	if strings.Contains(text, "://") || memberPath().MatchString(text) && (strings.ContainsAny(text, ".:>") || !strings.ContainsAny(text, "0123456789")) || stop < len(e.text) && e.text[stop] == '(' {
		return
	}
	if w.whole != nil {
		if !w.whole.MatchString(text) {
			return // it is no credential of this contract
		}
	} else if len(text) < 16 || !strings.ContainsAny(text, "0123456789") || entropy(text) < 3 || strings.HasPrefix(text, "process.env") {
		return
	}
	if sample(text, 0) || e.scanner.example(text) {
		e.samples++
		return
	}
	f := find{from: start, to: stop, class: w.class, name: w.name, contracts: owners(w.contract), named: true, text: text, variable: w.text, inURL: inURL(e.text, start)}
	if w.whole == nil {
		f.likely = "it stands behind the name " + w.text + " and looks random; it may be something else"
	}
	e.finds = append(e.finds, f)
}
