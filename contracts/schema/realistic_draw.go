package schema

import (
	"strings"
	"unicode"

	"github.com/brianvoe/gofakeit/v7/data"
)

// The words are gofakeit's, and so is how they are drawn: a seed gives what that library gives. Its own functions stand in a
// table of all of them, templates among them, which a program that needs twelve would carry in whole (docs/decisions/012-size.md).

// draw gives a number in [0, n) as the library does: by the low bits where n is a power of two.
func (s *splitmix) draw(n int) int {
	if n&(n-1) == 0 {
		return int(s.Uint64() & uint64(n-1))
	}
	return s.below(n)
}

// digits puts a digit in the place of each #; the first one of a number is not 0.
func digits(src *splitmix, pattern string) string {
	text := []byte(pattern)
	for i, c := range text {
		if c == '#' {
			text[i] = '0' + byte(src.draw(10))
		}
	}
	if len(text) > 0 && text[0] == '0' {
		text[0] = '1' + byte(src.draw(8))
	}
	return string(text)
}

// street is a house number and the name of a street, every other one in a part of it: "7321 North Avenueland".
func street(src *splitmix) string {
	divided := src.draw(2) == 0
	text := digits(src, pick(src, data.Address["number"])) + " "
	if divided {
		text += pick(src, data.Address["street_prefix"]) + " "
	}
	text += pick(src, data.Address["street_name"])
	return text + pick(src, data.Address["street_suffix"])
}

// productForms are how the names of products are made: n is the thing, a what it is like, m what it is of, f what it can, s what
// lines of products are called. The short ones are taken seven times in ten.
var productForms = [2][5]string{
	{"an", "an", "ns", "mn", "fn"},
	{"ans", "ans", "nfs", "afn", "nms"},
}

func productName(src *splitmix) string {
	thing := pick(src, data.Product["name"])
	forms := &productForms[0]
	if share := float32(uint32(src.Uint64()>>32)<<8>>8) / (1 << 24); share*100 > 70 {
		forms = &productForms[1]
	}
	var parts []string
	for _, part := range forms[src.draw(5)] {
		text := thing
		switch part {
		case 'a':
			compound := src.draw(5) == 0
			if text = pick(src, data.Product["adjective"]); compound {
				text += "-" + pick(src, data.Product["adjective"])
			}
		case 'm':
			text = pick(src, data.Product["material"])
		case 'f':
			text = pick(src, data.Product["feature"])
		case 's':
			text = pick(src, data.Product["suffix"])
		}
		parts = append(parts, text)
	}
	return capitalised(strings.Join(parts, " "))
}

// capitalised begins each word with a capital.
func capitalised(text string) string {
	within := false
	return strings.Map(func(r rune) rune {
		first := !within
		within = r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
		if first {
			return unicode.ToTitle(r)
		}
		return r
	}, text)
}
