package schema

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode/utf8"
)

// A textPlan is what is known of the strings at a place.
type textPlan struct {
	min, max int       // in code points; max is -1 where there is none
	patterns []*Schema // atoms with a pattern
	free     bool      // every string fits
	makers   atomic.Pointer[[]*patternMaker]

	reason string
	at     Location
}

// texts puts together what the atoms say about strings.
func (b *planner) texts() *textPlan {
	p := b.p
	t := &textPlan{max: -1, free: !p.check && !p.enumerated && p.encoding == "" && p.media == ""}
	for _, s := range p.atoms {
		if s.MinLength != nil {
			t.min = max(t.min, *s.MinLength)
		}
		if s.MaxLength != nil && (t.max < 0 || *s.MaxLength < t.max) {
			t.max = *s.MaxLength
		}
		if s.Pattern != "" {
			t.patterns = append(t.patterns, s)
		}
		t.free = t.free && s.Pattern == "" && s.Format == "" && s.MinLength == nil && s.MaxLength == nil
	}
	if t.max >= 0 && t.min > t.max {
		t.reason, t.at = "minLength "+strconv.Itoa(t.min)+" is above maxLength "+strconv.Itoa(t.max),
			p.place(func(s *Schema) bool { return s.MinLength != nil || s.MaxLength != nil })
	}
	return t
}

// textAt makes a string.
func (k *making) textAt(p *plan, at place, want, sample wish) (any, bool) {
	t := p.text
	if t.reason != "" {
		k.fail(t.at, "%s", t.reason)
		return nil, false
	}
	if t.min > k.maxBytes {
		k.fail(p.where(), "minLength %d is beyond the limit of %d bytes for one value", t.min, k.maxBytes)
		return nil, false
	}
	if text, ok := k.toText(p, want); ok {
		return text, true
	}
	if at.walk == 0 {
		for _, w := range at.hints {
			if text, ok := k.toText(p, w); ok {
				return text, true
			}
		}
		for _, w := range [...]wish{sample, k.example(p, at)} {
			if text, ok := k.toText(p, w); ok {
				k.bytes += len(text)
				return text, true
			}
		}
	}
	text, ok := k.invent(p, at)
	k.bytes += len(text)
	return text, ok
}

// invent makes up a string: by format and name, by the pattern, in the end any words of the right length.
func (k *making) invent(p *plan, at place) (string, bool) {
	t := p.text
	hash := at.hash
	for salt := range 4 {
		at.hash = salted(hash, salt)
		text := k.realisticText(p, at)
		if at.walk > 0 && p.format == "" {
			text += "-" + strconv.Itoa(at.walk)
		}
		if k.textFits(p, text) {
			return text, true
		}
		if p.format == "" {
			if text = fitLength(text, t.min, t.max, k.seed(at.hash)); k.textFits(p, text) {
				return text, true
			}
		}
		if len(t.patterns) > 0 {
			break
		}
	}
	if text, ok := k.fromPattern(p, hash); ok {
		return text, true
	}
	if text, ok := k.encoded(p, hash); ok {
		return text, true
	}
	for salt := range 8 {
		if text := plainText(k.seed(salted(hash, salt+1)), t.min, t.max); k.textFits(p, text) {
			return text, true
		}
	}
	for i := range p.examples { // hard to invent, but the document has one
		if text, ok := p.examples[i].value.(string); ok && k.textFits(p, text) {
			return text, true
		}
	}
	k.fail(p.where(), "no string was found that fits its %s", p.textKeywords())
	return "", false
}

func (p *plan) textKeywords() string {
	var words []string
	if len(p.text.patterns) > 0 {
		words = append(words, "pattern "+strconv.Quote(p.text.patterns[0].Pattern))
	}
	if p.format != "" {
		words = append(words, "format "+p.format)
	}
	if p.text.min > 0 {
		words = append(words, "minLength "+strconv.Itoa(p.text.min))
	}
	if p.text.max >= 0 {
		words = append(words, "maxLength "+strconv.Itoa(p.text.max))
	}
	if len(words) == 0 {
		return "keywords"
	}
	return strings.Join(words, ", ")
}

// textFits says whether a text fits a plan.
func (k *making) textFits(p *plan, text string) bool {
	t := p.text
	if t == nil {
		return false
	}
	if t.free {
		return true
	}
	if n := utf8.RuneCountInString(text); n < t.min || t.max >= 0 && n > t.max {
		return false
	}
	return k.fits(p, text)
}

// fromPattern makes a text that matches the first pattern and hopes for the others.
func (k *making) fromPattern(p *plan, hash uint64) (string, bool) {
	t := p.text
	makers := t.patternMakers()
	for _, m := range makers {
		for salt := range 24 {
			text, ok := m.make(k.seed(salted(hash, salt)), t.min, t.max)
			if ok && k.textFits(p, text) {
				return text, true
			}
		}
	}
	if len(makers) < 2 {
		return "", false
	}
	for salt := range 24 { // one after the other, since most of several patterns look at one end of the text only
		text, first := "", 0
		for _, m := range makers {
			part, _ := m.make(k.seed(salted(hash, salt)), 0, -1)
			if text += part; first == 0 {
				first = len(text)
			}
		}
		if missing := t.min - utf8.RuneCountInString(text); missing > 0 {
			text = text[:first] + letters(&k.src, base62, missing) + text[first:]
		}
		if k.textFits(p, text) {
			return text, true
		}
	}
	return "", false
}

// patternMakers gives the makers for the patterns, made on first use: those first that hold at the beginning of the
// text, those last that hold at its end.
func (t *textPlan) patternMakers() []*patternMaker {
	if list := t.makers.Load(); list != nil {
		return *list
	}
	list := []*patternMaker{}
	for i, s := range t.patterns {
		if slices.ContainsFunc(t.patterns[:i], func(o *Schema) bool { return o.Pattern == s.Pattern }) {
			continue
		}
		expression := withoutAssertions(s.Pattern)
		if s.expression != nil && s.expression.regexp != nil {
			expression = s.expression.regexp.String()
		}
		if m := newPatternMaker(expression); m != nil {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b *patternMaker) int { return a.place() - b.place() })
	t.makers.CompareAndSwap(nil, &list)
	return *t.makers.Load()
}

// encoded makes a text for contentEncoding and contentMediaType.
func (k *making) encoded(p *plan, hash uint64) (string, bool) {
	content := "Made up."
	switch {
	case strings.Contains(p.media, "json"):
		content = `{"made":"up"}`
	case strings.Contains(p.media, "xml"):
		content = "<made>up</made>"
	}
	src := k.seed(hash)
	for n := p.text.min * 3 / 4; len(content) < n && len(content) < 1<<16; {
		content += words[src.below(len(words))] + " "
	}
	var text string
	switch strings.ToLower(p.encoding) {
	case "":
		text = content
	case "base64":
		text = base64.StdEncoding.EncodeToString([]byte(content))
	case "base64url":
		text = base64.RawURLEncoding.EncodeToString([]byte(content))
	case "base16":
		const digits = "0123456789abcdef"
		for _, c := range []byte(content) {
			text += string([]byte{digits[c>>4], digits[c&15]})
		}
	default:
		return "", false
	}
	return text, k.textFits(p, text)
}

// fitLength cuts a text after a word, or lengthens it by words.
func fitLength(text string, low, high int, src *splitmix) string {
	n := utf8.RuneCountInString(text)
	if high >= 0 && n > high {
		runes := []rune(text)[:high]
		cut := strings.LastIndexAny(string(runes), " ")
		if cut > 0 && utf8.RuneCountInString(string(runes)[:cut]) >= max(low, high/2) {
			return strings.TrimRight(string(runes)[:cut], " ,.;:-")
		}
		return string(runes)
	}
	if n < low {
		text += " " + plainText(src, low-n-1, low-n-1)
	}
	if high >= 0 {
		if runes := []rune(text); len(runes) > high {
			text = string(runes[:high])
		}
	}
	return text
}

// plainText is words of a total length between low and high; high -1 is no bound.
func plainText(src *splitmix, low, high int) string {
	var b strings.Builder
	for {
		word := words[src.below(len(words))]
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
		if b.Len() >= low {
			break
		}
	}
	text := b.String()
	if high >= 0 && len(text) > high {
		text = text[:high]
	}
	if strings.HasSuffix(text, " ") {
		text = text[:len(text)-1] + "s"
	}
	return text
}
