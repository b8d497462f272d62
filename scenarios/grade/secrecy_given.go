package grade

import (
	"bytes"
	"slices"
)

// A lookup finds out whether texts of requests came from earlier answers. It looks through a bounded number of bytes; what is
// beyond is taken for given, so that nobody is accused for want of time.
type lookup struct{ left int }

func newLookup() *lookup { return &lookup{left: 1 << 29} }

// given says that an answer to one of the calls held one of the texts: in its body, in Location or in a Link. The latest calls are
// looked through first.
func (l *lookup) given(calls []*Call, texts ...string) bool {
	for _, c := range slices.Backward(calls) {
		if l.left < 0 {
			return true
		}
		l.left -= len(texts) * (len(c.ResponseBody) + 64)
		for _, text := range texts {
			if holdsWhole(c.ResponseBody, text) || holdsWhole([]byte(c.ResponseHeader.Get("Location")), text) {
				return true
			}
			if slices.ContainsFunc(c.ResponseHeader["Link"], func(line string) bool { return holdsWhole([]byte(line), text) }) {
				return true
			}
		}
	}
	return false
}

// holdsWhole says that a text stands in another one and is no part of a longer word, number or date: "2" does not stand in
// "2026-02-12".
func holdsWhole(body []byte, text string) bool {
	for from := 0; text != ""; {
		at := bytes.Index(body[from:], []byte(text))
		if at < 0 {
			return false
		}
		start, end := from+at, from+at+len(text)
		if !joins(body, start-1, -1) && !joins(body, end, 1) {
			return true
		}
		from = start + 1
	}
	return false
}

// joins says that the character at a place belongs to the same word as its neighbour: a colon only between digits.
func joins(body []byte, at, step int) bool {
	if at < 0 || at >= len(body) {
		return false
	}
	switch c := body[at]; {
	case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '-', c == '.', c == '+':
		return true
	case c == ':':
		next := at + step
		return next >= 0 && next < len(body) && body[next] >= '0' && body[next] <= '9'
	}
	return false
}
