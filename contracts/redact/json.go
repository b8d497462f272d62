package redact

import (
	"bytes"
	"encoding/json"
	"strings"
)

// deepest is how far values may be nested for the reader of JSON; what lies deeper is treated as text.
const deepest = 500

// nearby is how much of a body is looked through for what tells what a code is.
const nearby = 4 << 10

// A jsonWork copies JSON, with other values in place of secrets. It reads what is broken or cut off as far as it
// can, so that a body that is not quite JSON does not show its secrets.
type jsonWork struct {
	*Work
	in    []byte
	at    int
	out   bytes.Buffer
	last  int // what is before it in in has been copied
	depth int
}

// json redacts one JSON value or several, one after another. What follows the first fault is treated as text.
func (w *Work) json(body []byte, schemas schemaSet) []byte {
	j := &jsonWork{Work: w, in: body}
	for j.blanks(); j.at < len(j.in); j.blanks() {
		if j.in[j.at] == 0x1e { // RFC 7464, JSON text sequences
			j.at++
			continue
		}
		if !j.value("", "", NotSecret, schemas) {
			break
		}
	}
	// The fault itself may be in the middle of a member: its name belongs to the text, too.
	j.out.Write(j.in[j.last:j.at])
	rest := w.text(string(j.in[j.at:]))
	return []byte(w.byFormat(j.out.String()) + rest)
}

func (j *jsonWork) blanks() {
	for j.at < len(j.in) && strings.IndexByte(" \t\r\n", j.in[j.at]) >= 0 {
		j.at++
	}
}

// replace puts text in place of what is between from and where the reader stands.
func (j *jsonWork) replace(from int, text string) {
	j.out.Write(j.in[j.last:from])
	j.out.WriteString(text)
	j.last = j.at
}

// value reads the value of the member name below parent; as is what the values around it make of it. It reports whether
// it was JSON.
func (j *jsonWork) value(parent, name string, as Secrecy, schemas schemaSet) bool {
	j.blanks()
	if j.at >= len(j.in) || j.depth > deepest {
		return false
	}
	j.depth++
	defer func() { j.depth-- }()
	switch c := j.in[j.at]; c {
	case '{':
		return j.object(name, as, schemas)
	case '[':
		return j.array(parent, name, as, schemas)
	case '"':
		from := j.at
		text, whole := j.string()
		if as == NotSecret && schemas.secret() {
			as = AsPassword
		}
		if as != NotSecret {
			if shown := j.Take(text, as); shown != text || j.stand == nil {
				j.replace(from, quote(shown, whole))
			}
		} else if clean := j.inside(text); clean != text {
			j.replace(from, quote(clean, whole))
		}
		return whole
	default:
		return j.scalar(as)
	}
}

// quote writes a JSON string; the end is left out where that of the original was missing.
func quote(text string, whole bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string can always be encoded
	quoted := strings.TrimSuffix(b.String(), "\n")
	if !whole {
		quoted = quoted[:len(quoted)-1]
	}
	return quoted
}

// string reads a string and gives its text, and whether it has an end.
func (j *jsonWork) string() (text string, whole bool) {
	from := j.at
	for j.at++; j.at < len(j.in); j.at++ {
		switch j.in[j.at] {
		case '\\':
			j.at++
		case '"':
			j.at++
			raw := j.in[from:j.at]
			if bytes.IndexByte(raw, '\\') < 0 {
				return string(raw[1 : len(raw)-1]), true
			}
			if err := json.Unmarshal(raw, &text); err != nil {
				text = string(raw[1 : len(raw)-1])
			}
			return text, true
		}
	}
	j.at = len(j.in)
	return string(j.in[min(from+1, len(j.in)):]), false
}

// scalar reads a number or a literal. Numbers are Hidden where nothing may be shown and for cards; a count of tokens is no secret.
func (j *jsonWork) scalar(as Secrecy) bool {
	from := j.at
	for j.at < len(j.in) && strings.IndexByte(alphanumeric+"+-.", j.in[j.at]) >= 0 {
		j.at++
	}
	token := string(j.in[from:j.at])
	if token == "" {
		return false
	}
	if (as == AsPassword || as == AsCard) && token[0] != 't' && token[0] != 'f' && token[0] != 'n' {
		if j.stand != nil && j.marker == nil {
			j.replace(from, j.Take(token, as)) // digits for digits
			return true
		}
		j.replace(from, quote(j.Take(token, as), true))
	}
	return true
}

func (j *jsonWork) object(name string, as Secrecy, schemas schemaSet) bool {
	return j.list('}', func() bool {
		if j.in[j.at] != '"' {
			return false
		}
		member, whole := j.string()
		if j.blanks(); !whole || j.at >= len(j.in) || j.in[j.at] != ':' {
			return false
		}
		j.at++
		inner := memberSecrecy(name, member)
		if inner == NotSecret {
			inner = j.codeSecrecy(member, "", string(j.in[:min(len(j.in), nearby)]))
		}
		if inner == NotSecret && as != NotSecret && holdsSecret(member) {
			inner = as
		}
		return j.value(name, member, inner, schemas.property(member))
	})
}

// holdsSecret says whether a member of an object that has a secret name is the secret: {"token": {"id": …, "value": …}}.
func holdsSecret(member string) bool {
	switch bare(member) {
	case "value", "key", "plaintext", "plain", "raw", "data", "current", "previous", "old", "new":
		return true
	}
	return false
}

func (j *jsonWork) array(parent, name string, as Secrecy, schemas schemaSet) bool {
	items := schemas.items()
	return j.list(']', func() bool { return j.value(parent, name, as, items) })
}

// list reads what stands between brackets, item by item.
func (j *jsonWork) list(end byte, item func() bool) bool {
	j.at++
	for first := true; ; first = false {
		j.blanks()
		if j.at >= len(j.in) {
			return false
		}
		if j.in[j.at] == end {
			j.at++
			return true
		}
		if !first {
			if j.in[j.at] != ',' {
				return false
			}
			j.at++
			if j.blanks(); j.at >= len(j.in) {
				return false
			}
		}
		if !item() {
			return false
		}
	}
}
