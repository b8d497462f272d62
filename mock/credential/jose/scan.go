package jose

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// everyLevel asks for distinct member names in all objects of a text.
const everyLevel = maxDepth

// decodeObject reads a text that is one JSON object (RFC 8259). Values are those of encoding/json, numbers are json.Number.
// It is stricter than encoding/json: member names of the upper levels must differ (1: of the outermost object
// only; further down the last one counts), text must be UTF-8 and escaped surrogates must come in pairs.
func decodeObject(text string, distinct int) (map[string]any, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("the text is not UTF-8: %w", ErrMalformed)
	}
	s := scanner{text: text, distinct: distinct}
	s.blanks()
	if !s.next('{') {
		return nil, s.fail("a JSON object must begin here")
	}
	object, err := s.object()
	if err != nil {
		return nil, err
	}
	s.blanks()
	if s.pos != len(text) {
		return nil, s.fail("there is more text behind the JSON object")
	}
	return object, nil
}

// scanner reads JSON values from a text. Strings without escapes share the text's memory.
type scanner struct {
	text     string
	pos      int
	depth    int // objects and arrays that are open
	distinct int // objects as deep as this must have distinct member names
}

func (s *scanner) fail(what string) error {
	return fmt.Errorf("at byte %d: %s: %w", s.pos, what, ErrMalformed)
}

func (s *scanner) blanks() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// next steps over one character, if it is the one that comes.
func (s *scanner) next(c byte) bool {
	if s.pos < len(s.text) && s.text[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) open() error {
	if s.depth++; s.depth > maxDepth {
		return s.fail(fmt.Sprintf("more than %d levels of objects and arrays", maxDepth))
	}
	return nil
}

// object reads what follows an opening brace.
func (s *scanner) object() (map[string]any, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	defer func() { s.depth-- }()
	object := map[string]any{}
	s.blanks()
	if s.next('}') {
		return object, nil
	}
	for {
		if err := s.member(object); err != nil {
			return nil, err
		}
		s.blanks()
		if s.next('}') {
			return object, nil
		}
		if !s.next(',') {
			return nil, s.fail("a comma or a closing brace is missing")
		}
	}
}

func (s *scanner) member(object map[string]any) error {
	s.blanks()
	start := s.pos
	if !s.next('"') {
		return s.fail("a member name in quotes is missing")
	}
	name, err := s.quoted()
	if err != nil {
		return err
	}
	if s.depth <= s.distinct {
		if _, twice := object[name]; twice {
			s.pos = start
			return s.fail(fmt.Sprintf("the member %s stands twice in one object", brief(name)))
		}
	}
	s.blanks()
	if !s.next(':') {
		return s.fail("a colon is missing")
	}
	s.blanks()
	value, err := s.value()
	object[name] = value
	return err
}

// array reads what follows an opening bracket.
func (s *scanner) array() ([]any, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	defer func() { s.depth-- }()
	array := []any{}
	s.blanks()
	if s.next(']') {
		return array, nil
	}
	for {
		s.blanks()
		value, err := s.value()
		if err != nil {
			return nil, err
		}
		array = append(array, value)
		s.blanks()
		if s.next(']') {
			return array, nil
		}
		if !s.next(',') {
			return nil, s.fail("a comma or a closing bracket is missing")
		}
	}
}

func (s *scanner) value() (any, error) {
	rest := s.text[s.pos:]
	switch {
	case s.next('"'):
		return s.quoted()
	case s.next('{'):
		return s.object()
	case s.next('['):
		return s.array()
	case strings.HasPrefix(rest, "true"):
		s.pos += len("true")
		return true, nil
	case strings.HasPrefix(rest, "false"):
		s.pos += len("false")
		return false, nil
	case strings.HasPrefix(rest, "null"):
		s.pos += len("null")
		return nil, nil
	}
	return s.number()
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.text) && '0' <= s.text[s.pos] && s.text[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > start
}

func (s *scanner) number() (json.Number, error) {
	start := s.pos
	s.next('-')
	if !s.next('0') && !s.digits() {
		return "", s.fail("a JSON value is missing")
	}
	if s.next('.') && !s.digits() {
		return "", s.fail("a digit is missing in a number")
	}
	if s.next('e') || s.next('E') {
		if !s.next('-') {
			s.next('+')
		}
		if !s.digits() {
			return "", s.fail("a digit is missing in a number")
		}
	}
	return json.Number(s.text[start:s.pos]), nil
}

// quoted reads what follows an opening quote.
func (s *scanner) quoted() (string, error) {
	start := s.pos
	for ; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == '"':
			s.pos++
			return s.text[start : s.pos-1], nil
		case c == '\\':
			return s.escaped(s.text[start:s.pos])
		case c < ' ':
			return "", s.fail("a control character inside a string")
		}
	}
	return "", s.fail("the text ends inside a string")
}

// escaped goes on with a string at its first backslash. Head is what came before.
func (s *scanner) escaped(head string) (string, error) {
	var b strings.Builder
	b.WriteString(head)
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		switch {
		case c == '"':
			s.pos++
			return b.String(), nil
		case c < ' ':
			return "", s.fail("a control character inside a string")
		case c != '\\':
			b.WriteByte(c)
			s.pos++
		default:
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
		}
	}
	return "", s.fail("the text ends inside a string")
}

// escape reads one escape at its backslash, two for a pair of surrogates.
func (s *scanner) escape() (rune, error) {
	if s.pos+1 == len(s.text) {
		return 0, s.fail("the text ends inside a string")
	}
	letter := s.text[s.pos+1]
	if i := strings.IndexByte(`"\/bfnrt`, letter); i >= 0 {
		s.pos += 2
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	r, ok := s.hexadecimal()
	if !ok {
		return 0, s.fail("an escape that JSON does not have")
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	low, ok := s.hexadecimal()
	if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
		return 0, s.fail("half of a surrogate pair")
	}
	return r, nil
}

// hexadecimal reads \u and four digits.
func (s *scanner) hexadecimal() (rune, bool) {
	rest := s.text[s.pos:]
	if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(rest[2:6], 16, 16)
	if err != nil {
		return 0, false
	}
	s.pos += 6
	return rune(unit), true
}

// brief quotes a text of somebody else's for an error.
func brief(text string) string {
	if len(text) > 64 {
		text = strings.ToValidUTF8(text[:64], "") + "…"
	}
	return strconv.Quote(text)
}
