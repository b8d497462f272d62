package schema

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// Limits on judging one value.
const (
	maxSteps   = 4_000_000 // schemas applied to values, and values compared
	maxInPlace = 200       // schemas applied to one value from within one another
)

// Valid says whether v fits the schema. With Request a required readOnly property may be missing; with Response a
// required writeOnly one may, and none may be present. A value that is nested more than 512 deep does not fit, nor
// does one that would take millions of steps to judge. Valid does not allocate for ordinary schemas; Check says
// why a value does not fit.
func (s *Schema) Valid(v any, d Direction) bool {
	steps := maxSteps
	return s.validWithin(v, d, &steps)
}

// validWithin is Valid with a limit on steps, which it lowers by what was needed.
func (s *Schema) validWithin(v any, d Direction, steps *int) bool {
	j := judge{direction: d, steps: *steps, slow: *steps - memoAfter, work: maxMatchWork}
	fits := j.valid(s, v, nil) && j.steps >= 0
	*steps = j.steps - (maxMatchWork-j.work)/matchStep
	return fits
}

// judge is one run over a value.
type judge struct {
	direction Direction
	steps     int
	slow      int // steps left below which verdicts are kept
	work      int // units that are left for patterns
	depth     int // of the value

	verdicts map[verdictKey]bool // see remembered; nil for ordinary values
	scoped   int                 // how often the way to a schema decided

	// The schemas that are being applied, outermost first: the dynamic scope of $dynamicRef. From base on they apply
	// to the same value. few holds the first ones so that nothing is allocated.
	few  [48]*Schema
	more []*Schema
	n    int
	base int
}

func (j *judge) push(s *Schema) {
	if j.n < len(j.few) {
		j.few[j.n] = s
	} else {
		j.more = append(j.more[:j.n-len(j.few)], s)
	}
	j.n++
}

func (j *judge) applied(i int) *Schema {
	if i < len(j.few) {
		return j.few[i]
	}
	return j.more[i-len(j.few)]
}

// evaluated notes which parts of one value have been judged, for unevaluatedProperties and unevaluatedItems. It is
// only made where a schema asks. What a failing branch has noted is taken back by reset.
type evaluated struct {
	names    []string
	items    int   // items from the front
	others   []int // further items, matched by contains
	allNames bool
	allItems bool

	nameSet map[string]bool // of names, where there are many
	itemSet map[int]bool    // of others, where there are many
}

type mark struct {
	names, items, others int
	allNames, allItems   bool
}

func (e *evaluated) mark() mark {
	if e == nil {
		return mark{}
	}
	return mark{len(e.names), e.items, len(e.others), e.allNames, e.allItems}
}

func (e *evaluated) reset(m mark) {
	if e != nil {
		e.names, e.items, e.others = e.names[:m.names], m.items, e.others[:m.others]
		e.allNames, e.allItems = m.allNames, m.allItems
	}
}

// merge adds what another has noted.
func (e *evaluated) merge(o *evaluated) {
	e.names = append(e.names, o.names...)
	e.others = append(e.others, o.others...)
	e.items = max(e.items, o.items)
	e.allNames = e.allNames || o.allNames
	e.allItems = e.allItems || o.allItems
}

func (e *evaluated) hasName(name string) bool {
	if e.allNames {
		return true
	}
	if len(e.names) <= fewItems {
		return slices.Contains(e.names, name)
	}
	if e.nameSet == nil { // asked only when all names are noted
		e.nameSet = make(map[string]bool, len(e.names))
		for _, n := range e.names {
			e.nameSet[n] = true
		}
	}
	return e.nameSet[name]
}

func (e *evaluated) hasItem(i int) bool {
	if e.allItems || i < e.items {
		return true
	}
	if len(e.others) <= fewItems {
		return slices.Contains(e.others, i)
	}
	if e.itemSet == nil {
		e.itemSet = make(map[int]bool, len(e.others))
		for _, n := range e.others {
			e.itemSet[n] = true
		}
	}
	return e.itemSet[i]
}

// child judges a part of the value.
func (j *judge) child(s *Schema, v any) bool {
	if s.Always {
		return true
	}
	if j.depth >= maxDepth {
		return false
	}
	base := j.base
	j.base = j.n
	j.depth++
	ok := j.valid(s, v, nil)
	j.depth--
	j.base = base
	return ok
}

// passesOn says whether a schema is nothing but a reference, and none that a $dynamicRef could ask.
func (s *Schema) passesOn() bool { return s.uses == useRef && s.Types == 0 && s.resource == nil }

// valid judges v by s and notes in e, where it is not nil, what has been judged.
func (j *judge) valid(s *Schema, v any, e *evaluated) bool {
	for hops := 0; s.passesOn() && hops < maxInPlace; hops++ {
		s = s.Ref
	}
	if s.Always {
		return true
	}
	if j.steps--; j.steps < 0 || s.Never {
		return false
	}
	if v == nil && s.Nullable {
		return true
	}
	if s.Types != 0 && !s.Types.allows(typeOf(v)) {
		return false
	}
	if s.uses == 0 {
		return true
	}
	if j.n-j.base > maxInPlace { // $dynamicRef can lead back without going into the value: it says nothing more
		return true
	}
	j.push(s)
	var ok bool
	if j.steps < j.slow {
		ok = j.remembered(s, v, e)
	} else {
		ok = j.keywords(s, v, e)
	}
	j.n--
	return ok
}

// keywords judges v by everything but type.
func (j *judge) keywords(s *Schema, v any, outer *evaluated) bool {
	if s.uses&useValues != 0 && !j.values(s, v) {
		return false
	}
	e := outer
	if s.uses&useUnevaluated != 0 {
		// What this schema's keywords judge counts for its own unevaluated*; all of it counts outside as well.
		e = &evaluated{}
	}
	switch v := v.(type) {
	case string:
		if s.uses&useString != 0 && !j.text(s, v) {
			return false
		}
	case json.Number, float64, int, int64:
		if s.uses&useNumber != 0 && !s.number(v) {
			return false
		}
	case []any:
		if s.uses&useArray != 0 && !j.array(s, v, e) {
			return false
		}
	case map[string]any:
		if s.uses&useObject != 0 && !j.object(s, v, e) {
			return false
		}
	}
	if s.uses&(useRef|useDynamic|useApply) != 0 && !j.inPlace(s, v, e) {
		return false
	}
	if s.uses&useUnevaluated == 0 {
		return true
	}
	return j.unevaluated(s, v, e, outer)
}

// values judges by enum and const.
func (j *judge) values(s *Schema, v any) bool {
	if s.HasConst && !j.equal(s.Const, v) {
		return false
	}
	if s.Enum == nil {
		return true
	}
	if text, ok := v.(string); ok && s.enumText != nil {
		_, ok = s.enumText[text]
		return ok
	}
	if s.enumDigests != nil {
		for _, i := range s.enumDigests[digest(v)] {
			if j.equal(s.Enum[i], v) {
				return true
			}
		}
		return false
	}
	for _, one := range s.Enum {
		if j.equal(one, v) {
			return true
		}
	}
	return false
}

// equal is Equal, counted.
func (j *judge) equal(a, b any) bool {
	if j.steps--; j.steps < 0 {
		return false
	}
	return Equal(a, b)
}

// text judges a string.
func (j *judge) text(s *Schema, v string) bool {
	if s.MinLength != nil || s.MaxLength != nil {
		// The number of characters is between a quarter of the bytes and all of them: mostly no need to count.
		least, most := (len(v)+utf8.UTFMax-1)/utf8.UTFMax, len(v)
		if s.MinLength != nil && least < *s.MinLength || s.MaxLength != nil && most > *s.MaxLength {
			n := utf8.RuneCountInString(v)
			if s.MinLength != nil && n < *s.MinLength || s.MaxLength != nil && n > *s.MaxLength {
				return false
			}
		}
	}
	if s.format != noFormat && !s.format.numeric() && !s.format.holds(v) {
		return false
	}
	return j.matches(s.expression, v)
}

// matches judges by a pattern, counted; one that could not be read holds for everything.
func (j *judge) matches(p *Pattern, v string) bool {
	if p == nil {
		return true
	}
	ok, used := p.match(v, j.work)
	if j.work -= used; j.work < 0 {
		j.work, j.steps = 0, -1
	}
	return ok
}

// number judges a number.
func (s *Schema) number(v any) bool {
	text, ok := numberText(v)
	if !ok {
		return false
	}
	small, isSmall := smallInteger(text)
	if s.Minimum != nil && !s.Minimum.allows(text, small, isSmall, 1) ||
		s.Maximum != nil && !s.Maximum.allows(text, small, isSmall, -1) ||
		s.MultipleOf != nil && !s.MultipleOf.divides(text, small, isSmall) {
		return false
	}
	return !s.format.numeric() || s.format.holdsNumber(text)
}

// allows says whether the number is on the right side of the limit: above it where side is 1, below where it is -1.
func (l *Limit) allows(text string, small int64, isSmall bool, side int) bool {
	order := 0
	switch {
	case isSmall && l.isWhole:
		if small < l.whole {
			order = -1
		} else if small > l.whole {
			order = 1
		}
	default:
		order = compareNumbers(text, l.Text)
	}
	return order*side > 0 || order == 0 && !l.Exclusive
}

// divides says whether the number is a multiple of the limit.
func (l *Limit) divides(text string, small int64, isSmall bool) bool {
	if isSmall && l.isWhole {
		return small%l.whole == 0
	}
	return splitNumber(text).multipleOf(splitNumber(l.Text))
}
