package schema

import (
	"strconv"
	"unicode/utf8"
)

// maxShown is how many bytes of a value are shown to people.
const maxShown = 80

// cut shortens a text to at most limit bytes, at a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := limit - len("…")
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// quoteShort quotes a text and keeps the whole within maxShown bytes.
func quoteShort(text string) string {
	if len(text) <= maxShown {
		if q := strconv.Quote(text); len(q) <= maxShown {
			return q
		}
	}
	return cut(strconv.Quote(cut(text, maxShown)), maxShown-1) + `"`
}
