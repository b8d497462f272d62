package contracts

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// Bounds of the text form.
const (
	maxFaultLine  = 8 << 10 // bytes
	maxFaultParts = 16      // faults in one text
)

// ParseFaults reads the text form of faults, which the header Understudy-Fault and the command line take: one or more of
// KIND[=VALUE][;WORD=VALUE]…, with commas between them. VALUE behind the kind is that of its main word, so status=503 is
// status;status=503. Values may stand in double quotes, with a backslash before a quote or a backslash; lists have a bar
// between their entries; headers are written header.NAME=VALUE. What is not the name of a kind is taken for the name of a
// fault that was ordered before and is given with that name alone. Errors are a *FaultError.
func ParseFaults(text string) ([]FaultBehaviour, error) {
	if len(text) > maxFaultLine {
		return nil, wrongFault("", "must be at most %d bytes", maxFaultLine)
	}
	var list []FaultBehaviour
	for rest, more := text, true; more; {
		var words []faultWord
		var err error
		if words, rest, more, err = scanFault(rest); err != nil {
			return nil, err
		}
		if len(list) == maxFaultParts {
			return nil, wrongFault("", "must be at most %d faults", maxFaultParts)
		}
		f, err := faultOf(words)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

// A faultWord is one NAME=VALUE.
type faultWord struct {
	name, value string
	given       bool // there is an equals sign
}

// scanFault reads up to the next comma outside quotes.
func scanFault(text string) (words []faultWord, rest string, more bool, err error) {
	for {
		var w faultWord
		end := strings.IndexAny(text, "=;,")
		if end < 0 {
			end = len(text)
		}
		w.name, text = strings.TrimSpace(text[:end]), text[end:]
		if w.given = strings.HasPrefix(text, "="); w.given {
			if w.value, text, err = scanFaultValue(text[1:]); err != nil {
				return nil, "", false, err
			}
		}
		if w.name == "" {
			return nil, "", false, wrongFault("", "must be written KIND=VALUE;WORD=VALUE, such as status=503;times=2")
		}
		words = append(words, w)
		if text == "" || text[0] == ',' {
			return words, strings.TrimPrefix(text, ","), text != "", nil
		}
		text = text[1:]
	}
}

// scanFaultValue reads a value, which ends at a semicolon or a comma unless it stands in quotes.
func scanFaultValue(text string) (value, rest string, err error) {
	text = strings.TrimLeft(text, " \t")
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, ";,")
		if end < 0 {
			end = len(text)
		}
		return strings.TrimSpace(text[:end]), text[end:], nil
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			b.WriteByte(text[i])
		case c == '"':
			rest = strings.TrimLeft(text[i+1:], " \t")
			if rest != "" && rest[0] != ';' && rest[0] != ',' {
				return "", "", wrongFault("", "must have a semicolon or a comma behind a quoted value")
			}
			return b.String(), rest, nil
		default:
			b.WriteByte(c)
		}
	}
	return "", "", wrongFault("", "must have a quote at the end of a quoted value")
}

func faultOf(words []faultWord) (FaultBehaviour, error) {
	var f FaultBehaviour
	first := words[0]
	kind := FindFaultKind(first.name)
	if kind == nil {
		if first.given || len(words) > 1 {
			f.Kind = first.name
			return f, checkFaultKind(&f) // which says what kinds there are
		}
		f.Name = first.name
		return f, nil
	}
	f.Kind = kind.Name
	if first.given {
		if kind.Main == "" {
			return f, wrongFault("kind", "must be %s without a value", kind.Name)
		}
		if err := f.Set(kind.Main, first.value); err != nil {
			return f, err
		}
	}
	for _, w := range words[1:] {
		if !w.given {
			w.value = "true"
		}
		if err := f.Set(w.name, w.value); err != nil {
			return f, err
		}
	}
	return f, nil
}

// Set gives a word of the fault a value from its text form. Errors are a *FaultError.
func (f *FaultBehaviour) Set(word, value string) error {
	if name, ok := strings.CutPrefix(word, "header."); ok {
		if f.Headers == nil {
			f.Headers = map[string]string{}
		}
		f.Headers[name] = value
		return nil
	}
	if word == "body" {
		f.Body = value
		if parsed, err := schema.ParseJSON([]byte(value)); err == nil {
			f.Body = parsed
		}
		return nil
	}
	v := reflect.ValueOf(f).Elem()
	field, ok := fieldOf(v.Type(), word)
	if !ok || word == "headers" {
		known := slices.DeleteFunc(words(v.Type()), func(w string) bool { return w == "headers" })
		return wrongFault("", "must not have the word %.40q; there are %s and header.NAME", word, strings.Join(known, ", "))
	}
	return setFaultField(v.FieldByIndex(field.Index), word, value)
}

func setFaultField(v reflect.Value, word, value string) error {
	var err error
	switch v.Interface().(type) {
	case string:
		v.SetString(value)
	case bool:
		if value != "true" && value != "false" {
			return wrongFault(word, "must be true or false")
		}
		v.SetBool(value == "true")
	case int, *int:
		var n int
		if n, err = strconv.Atoi(value); err != nil {
			return wrongFault(word, "must be a whole number, not %.40q", value)
		}
		if v.Kind() == reflect.Pointer {
			v.Set(reflect.ValueOf(&n))
		} else {
			v.SetInt(int64(n))
		}
	case float64:
		var x float64
		if x, err = strconv.ParseFloat(value, 64); err != nil {
			return wrongFault(word, "must be a number, not %.40q", value)
		}
		v.SetFloat(x)
	case []string:
		v.Set(reflect.ValueOf(strings.Split(value, "|")))
	case Statuses:
		var list Statuses
		for part := range strings.SplitSeq(value, "|") {
			n, err := strconv.Atoi(part)
			if err != nil {
				return wrongFault(word, "must be a status from 200 to 599, or several with bars between them, not %.40q", value)
			}
			list = append(list, n)
		}
		v.Set(reflect.ValueOf(list))
	default:
		return fmt.Errorf("set %s of a fault: no rule for %s", word, v.Type())
	}
	return nil
}
