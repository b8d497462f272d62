package hypertext

import (
	"errors"
	"fmt"
	"strings"
)

// A position is where in the HTML a text ends. The zero value is between elements.
type position struct {
	in        place
	element   string // whose tag or raw text this is, in lower case
	attribute string // whose value this is, in lower case
	begun     bool   // the value of an address has begun: what follows cannot change its scheme
}

type place int

const (
	inText  place = iota // between elements, or in a title
	inTag                // behind the name of an element
	inValue              // between the double quotes of an attribute
	inRaw                // in a script or a style
)

func (p position) String() string {
	switch p.in {
	case inTag:
		return "in the tag of " + p.element
	case inValue:
		return "in the attribute " + p.attribute
	case inRaw:
		return "in the text of " + p.element
	}
	return "between elements"
}

// addresses are the attributes whose value is a URL.
var addresses = map[string]bool{"action": true, "formaction": true, "href": true, "src": true, "cite": true, "poster": true}

// behind follows a text. It knows as much HTML as our templates use (HTML Standard, 13.2.5), and refuses the rest.
func (p position) behind(text string) (position, error) {
	if p.in == inTag && text != "" && !strings.ContainsRune(" \t\r\n/>", rune(text[0])) {
		return p, fmt.Errorf("the tag of %s must go on with a blank, not with %.20q", p.element, text) // else its name could go on
	}
	for text != "" {
		var err error
		switch p.in {
		case inText:
			p, text, err = p.open(text)
		case inTag:
			p, text, err = p.alongTag(text)
		case inValue:
			end := strings.IndexByte(text, '"')
			if end < 0 {
				p.begun = addresses[p.attribute]
				return p, nil
			}
			p, text = position{in: inTag, element: p.element}, text[end+1:]
		case inRaw:
			end := strings.Index(strings.ToLower(text), "</"+p.element)
			if end < 0 {
				return p, nil
			}
			p, text = position{}, text[end:]
		}
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

// open looks for the next tag.
func (p position) open(text string) (position, string, error) {
	start := strings.IndexByte(text, '<')
	if start < 0 {
		return p, "", nil
	}
	text = text[start+1:]
	name, closing := strings.CutPrefix(text, "/")
	if rest, declaration := strings.CutPrefix(text, "!"); declaration {
		if strings.HasPrefix(rest, "--") {
			return p, "", errors.New("comments cannot stand in a page")
		}
		name = rest
	}
	end := 0
	for end < len(name) && (letter(name[end]) || end > 0 && name[end] >= '0' && name[end] <= '9') {
		end++
	}
	if end == 0 {
		return p, "", fmt.Errorf("write &lt; for the < before %.20q", text)
	}
	p = position{in: inTag, element: strings.ToLower(name[:end])}
	if closing {
		p.element = "/" + p.element
	}
	return p, name[end:], nil
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// alongTag looks for the end of a tag or for the value of an attribute.
func (p position) alongTag(text string) (position, string, error) {
	at := strings.IndexAny(text, `>"'<`)
	if at < 0 {
		if strings.HasSuffix(strings.TrimSpace(text), "=") {
			return p, "", fmt.Errorf("the value of an attribute of %s needs double quotes", p.element)
		}
		return p, "", nil
	}
	switch text[at] {
	case '>':
		if p.element == "script" || p.element == "style" {
			return position{in: inRaw, element: p.element}, text[at+1:], nil
		}
		return position{}, text[at+1:], nil
	case '"':
		name, whole := strings.CutSuffix(text[:at], "=")
		if i := strings.LastIndexAny(name, " \t\r\n"); i >= 0 && whole {
			return position{in: inValue, element: p.element, attribute: strings.ToLower(name[i+1:])}, text[at+1:], nil
		}
	}
	return p, "", fmt.Errorf("the tag of %s has %q at the wrong place", p.element, text[at])
}

// escaping is how a value's text is written at a position, and the position behind it.
func (p position) escaping() (func(string) string, position, error) {
	switch {
	case p.in == inText:
		return escape, p, nil
	case p.in != inValue:
		return nil, p, fmt.Errorf("a value cannot stand %s", p)
	case p.attribute == "style" || p.attribute == "srcdoc" || p.attribute == "srcset" || strings.HasPrefix(p.attribute, "on"):
		return nil, p, fmt.Errorf("a value cannot stand %s, which is more than text", p)
	case addresses[p.attribute]:
		if p.begun {
			return nil, p, fmt.Errorf("a value %s must be the whole address", p)
		}
		p.begun = true
		return address, p, nil
	}
	return escape, p, nil
}

// escaper writes what could end a text or the value of an attribute as a reference (HTML Standard, 13.1.4), with + for what takes pages
// for UTF-7, and without NUL, which HTML cannot say.
var escaper = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

func escape(text string) string { return escaper.Replace(text) }

// refusedAddress is written for an address whose scheme could run code.
const refusedAddress = "#ZgotmplZ"

// address writes a URL (RFC 3986): of the schemes http, https and mailto, or relative. What a URL cannot hold is escaped in its own way
// first; what is escaped so already stays.
func address(text string) string {
	if scheme, _, ok := strings.Cut(text, ":"); ok && !strings.Contains(scheme, "/") {
		switch strings.ToLower(scheme) {
		case "http", "https", "mailto":
		default:
			return refusedAddress
		}
	}
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case letter(c), c >= '0' && c <= '9', strings.IndexByte("-._~!#$&*+,/:;=?@[]", c) >= 0,
			c == '%' && i+2 < len(text) && hexDigit(text[i+1]) && hexDigit(text[i+2]):
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return escape(b.String())
}

func hexDigit(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }
