package schema

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A SyntaxError says where a text stops being JSON.
type SyntaxError struct {
	Offset  int    // bytes before the fault
	Line    int    // 1 is the first line
	Column  int    // 1 is the first byte of the line
	Message string // what is wrong there
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not JSON at line %d, column %d (byte %d): %s", e.Line, e.Column, e.Offset, e.Message)
}

// ParseJSON reads one JSON text (RFC 8259) into nil, bool, string, json.Number, []any and map[string]any. Every fault
// is a *SyntaxError. It is strict: one value, nothing after it, no comments, no byte order mark, no invalid UTF-8, at
// most 512 arrays and objects inside one another. Numbers keep their text, whatever their size. Of two equal names in
// an object the last counts, as everywhere; an escaped half of a surrogate pair becomes U+FFFD. The strings of
// the result share memory with one copy of data, which they keep alive.
func ParseJSON(data []byte) (any, error) {
	p := jsonParser{text: string(data)}
	p.space()
	v, ok := p.value(0)
	if ok {
		if p.space(); p.at == len(p.text) {
			return v, nil
		}
		p.fail("after the value stands " + p.here())
	}
	return nil, p.error()
}

type jsonParser struct {
	text    string
	at      int
	message string

	// Members and items of what is still open, so that maps and slices are made once in their size.
	members []jsonMember
	items   []any
}

type jsonMember struct {
	name  string
	value any
}

// smallNumbers holds the numbers 0 to 99 as values, since making one allocates.
var smallNumbers = func() (list [100]any) {
	const digits = "0123456789"
	for i := range list {
		text := digits[i%10 : i%10+1]
		if i >= 10 {
			text = digits[i/10:i/10+1] + text
		}
		list[i] = json.Number(text)
	}
	return list
}()

func (p *jsonParser) fail(message string) bool {
	if p.message == "" {
		p.message = message
	}
	return false
}

func (p *jsonParser) error() error {
	at := min(p.at, len(p.text))
	before := p.text[:at]
	return &SyntaxError{
		Offset:  at,
		Line:    1 + strings.Count(before, "\n"),
		Column:  at - strings.LastIndexByte(before, '\n'),
		Message: p.message,
	}
}

// here names the character at the current place.
func (p *jsonParser) here() string {
	if p.at >= len(p.text) {
		return "the end of the text"
	}
	r, size := utf8.DecodeRuneInString(p.text[p.at:])
	if r == utf8.RuneError && size <= 1 {
		return fmt.Sprintf("the byte 0x%02x", p.text[p.at])
	}
	return fmt.Sprintf("%q", r)
}

func (p *jsonParser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\n', '\r', '\t':
			p.at++
		default:
			return
		}
	}
}

func (p *jsonParser) value(depth int) (any, bool) {
	if p.at >= len(p.text) {
		return nil, p.fail("a value is missing at the end of the text")
	}
	switch c := p.text[p.at]; c {
	case '{':
		return p.object(depth + 1)
	case '[':
		return p.array(depth + 1)
	case '"':
		text, ok := p.string()
		return text, ok
	case 't':
		return true, p.word("true")
	case 'f':
		return false, p.word("false")
	case 'n':
		return nil, p.word("null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return p.number()
	}
	return nil, p.fail("a value must not start with " + p.here())
}

func (p *jsonParser) word(w string) bool {
	if strings.HasPrefix(p.text[p.at:], w) {
		p.at += len(w)
		return true
	}
	return p.fail("only true, false and null may stand without quotes")
}

func (p *jsonParser) number() (any, bool) {
	end := scanNumber(p.text, p.at)
	if end < 0 {
		return nil, p.fail("the number is malformed")
	}
	text := p.text[p.at:end]
	p.at = end
	switch {
	case len(text) == 1 && text[0] != '-':
		return smallNumbers[text[0]-'0'], true
	case len(text) == 2 && text[0] != '-':
		return smallNumbers[(text[0]-'0')*10+text[1]-'0'], true
	}
	return json.Number(text), true
}

func (p *jsonParser) array(depth int) (any, bool) {
	if depth > maxDepth {
		return nil, p.fail(fmt.Sprintf("arrays and objects are nested more than %d deep", maxDepth))
	}
	p.at++
	p.space()
	if p.at < len(p.text) && p.text[p.at] == ']' {
		p.at++
		return []any{}, true
	}
	start := len(p.items)
	for {
		v, ok := p.value(depth)
		if !ok {
			return nil, false
		}
		p.items = append(p.items, v)
		p.space()
		switch {
		case p.at >= len(p.text):
			return nil, p.fail("the array is not closed")
		case p.text[p.at] == ',':
			p.at++
			p.space()
		case p.text[p.at] == ']':
			p.at++
			list := make([]any, len(p.items)-start)
			copy(list, p.items[start:])
			p.items = p.items[:start]
			return list, true
		default:
			return nil, p.fail("a comma or ] must stand here, not " + p.here())
		}
	}
}

func (p *jsonParser) object(depth int) (any, bool) {
	if depth > maxDepth {
		return nil, p.fail(fmt.Sprintf("arrays and objects are nested more than %d deep", maxDepth))
	}
	p.at++
	p.space()
	if p.at < len(p.text) && p.text[p.at] == '}' {
		p.at++
		return map[string]any{}, true
	}
	start := len(p.members)
	for {
		name, ok := p.name()
		if !ok {
			return nil, false
		}
		v, ok := p.value(depth)
		if !ok {
			return nil, false
		}
		if p.members == nil {
			p.members = make([]jsonMember, 0, 16)
		}
		p.members = append(p.members, jsonMember{name, v})
		p.space()
		switch {
		case p.at >= len(p.text):
			return nil, p.fail("the object is not closed")
		case p.text[p.at] == ',':
			p.at++
			p.space()
		case p.text[p.at] == '}':
			p.at++
			object := make(map[string]any, len(p.members)-start)
			for _, m := range p.members[start:] {
				object[m.name] = m.value
			}
			p.members = p.members[:start]
			return object, true
		default:
			return nil, p.fail("a comma or } must stand here, not " + p.here())
		}
	}
}

// name reads a member name with its colon.
func (p *jsonParser) name() (string, bool) {
	if p.at >= len(p.text) || p.text[p.at] != '"' {
		return "", p.fail("a name in quotes must stand here, not " + p.here())
	}
	name, ok := p.string()
	if !ok {
		return "", false
	}
	if p.space(); p.at >= len(p.text) || p.text[p.at] != ':' {
		return "", p.fail("a colon must stand here, not " + p.here())
	}
	p.at++
	p.space()
	return name, true
}

// string reads a string; without escapes it is a part of the text.
func (p *jsonParser) string() (string, bool) {
	p.at++
	start, ascii := p.at, true
	for i := start; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			text := p.text[start:i]
			if !ascii && !utf8.ValidString(text) {
				return "", p.fail("the string is not valid UTF-8")
			}
			p.at = i + 1
			return text, true
		case c == '\\':
			return p.escaped(start, i)
		case c < ' ':
			p.at = i
			return "", p.fail("a control character in a string must be escaped")
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	p.at = len(p.text)
	return "", p.fail("the string is not closed")
}

// escaped reads the rest of a string that began at start and has its first escape at i.
func (p *jsonParser) escaped(start, i int) (string, bool) {
	out := make([]byte, 0, i-start+32)
	out = append(out, p.text[start:i]...)
	for i < len(p.text) {
		c := p.text[i]
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				return "", p.fail("the string is not valid UTF-8")
			}
			p.at = i + 1
			return string(out), true
		case c < ' ':
			p.at = i
			return "", p.fail("a control character in a string must be escaped")
		case c != '\\':
			out = append(out, c)
			i++
			continue
		}
		var used int
		if out, used = unescape(out, p.text[i:]); used == 0 {
			p.at = i
			return "", p.fail("the escape is none of JSON's")
		}
		i += used
	}
	p.at = len(p.text)
	return "", p.fail("the string is not closed")
}

// unescape appends what the escape at the start of text stands for and says how many bytes it has; 0 is a fault.
func unescape(out []byte, text string) ([]byte, int) {
	if len(text) < 2 {
		return out, 0
	}
	switch c := text[1]; c {
	case '"', '\\', '/':
		return append(out, c), 2
	case 'b':
		return append(out, '\b'), 2
	case 'f':
		return append(out, '\f'), 2
	case 'n':
		return append(out, '\n'), 2
	case 'r':
		return append(out, '\r'), 2
	case 't':
		return append(out, '\t'), 2
	case 'u':
		r := unit(text)
		if r < 0 {
			return out, 0
		}
		used := 6
		if utf16.IsSurrogate(r) {
			low := unit(text[6:])
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				used = 12
			}
		}
		return utf8.AppendRune(out, r), used
	}
	return out, 0
}

// unit reads the four digits of \uXXXX, or gives -1.
func unit(text string) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range []byte(text[2:6]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
