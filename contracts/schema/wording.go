package schema

import (
	"encoding/json"
	"strconv"
	"strings"
)

// wanted lists types with their articles: "a string or null".
func (t Types) wanted() string {
	var names []string
	for _, one := range []struct {
		bit  Types
		name string
	}{
		{Boolean, "a boolean"}, {Integer, "an integer"}, {Number, "a number"}, {String, "a string"},
		{Array, "an array"}, {Object, "an object"}, {Null, "null"},
	} {
		if t&one.bit != 0 {
			names = append(names, one.name)
		}
	}
	if len(names) == 0 {
		return "any value"
	}
	return strings.Join(names, " or ")
}

// describe says what a value is, within maxShown bytes and without showing what is inside.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case string:
		return quoteShort(v)
	case []any:
		return "an array of " + counted(len(v), "item")
	case map[string]any:
		return "an object with " + counted(len(v), "member")
	case json.Number:
		return cut(string(v), maxShown)
	}
	if text, ok := numberText(v); ok {
		return text
	}
	return "no JSON value"
}

// show writes a value of the document as JSON, shortened.
func show(v any) string { return cut(string(AppendJSON(nil, v, nil)), maxShown) }

// listValues writes values side by side.
func listValues(list []any) string {
	var b strings.Builder
	for i, v := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > 2*maxShown {
			b.WriteString("… " + strconv.Itoa(len(list)-i) + " more")
			break
		}
		b.WriteString(show(v))
	}
	return b.String()
}

func oneOfValues(list []any) string {
	if len(list) == 1 {
		return show(list[0])
	}
	return "one of " + listValues(list)
}

// counted writes a number with its noun. The plural goes to the first word after the number: "2 items that are".
func counted(n int, noun string) string {
	if n != 1 {
		first, rest, more := strings.Cut(noun, " ")
		if first == "such" {
			return strconv.Itoa(n) + " " + noun + "s"
		}
		noun = first + "s"
		if more {
			noun += " " + rest
		}
	}
	return strconv.Itoa(n) + " " + noun
}

// summary names a schema in a few words: by its name, its title, its values or its type.
func (s *Schema) summary() string {
	s = s.Resolve()
	switch {
	case s.Name != "":
		return s.Name
	case s.Title != "":
		return cut(s.Title, maxShown)
	case s.HasConst:
		return show(s.Const)
	case s.Enum != nil:
		return oneOfValues(s.Enum)
	case s.Types != 0 && s.Pattern != "":
		return s.Types.wanted() + " that matches " + cut(s.Pattern, maxShown)
	case s.Types != 0 && s.Format != "":
		return s.Types.wanted() + " of format " + cut(s.Format, maxShown)
	case s.Types != 0:
		return s.Types.wanted()
	case len(s.Required) > 0:
		return "an object with " + cut(strings.Join(s.Required, ", "), maxShown)
	case s.Never:
		return "nothing"
	}
	return "what #" + s.At.Pointer + " says"
}

// wanted says what a format asks for.
func (f format) wanted(name string) string {
	if example := formatExamples[f]; example != "" {
		return name + ", such as " + example
	}
	return "text of format " + name
}

var formatExamples = map[format]string{
	formatInt32: "2147483647 (an integer of 32 bits)", formatInt64: "9223372036854775807 (an integer of 64 bits)",
	formatFloat: "3.4e38 (a number of 32 bits)", formatDouble: "1.7e308 (a number of 64 bits)",
	formatDateTime: "2024-05-31T13:45:00Z", formatDate: "2024-05-31", formatTime: "13:45:00Z", formatDuration: "P3DT12H",
	formatEmail: "ada@example.com", formatIDNEmail: "ada@example.com",
	formatHostname: "www.example.com", formatIDNHostname: "www.example.com",
	formatIPv4: "192.0.2.1", formatIPv6: "2001:db8::1",
	formatURI: "https://example.com/a?b=c", formatURIReference: "/a?b=c", formatURITemplate: "/pets/{id}",
	formatPointer: "/a/0", formatRelativePointer: "1/a", formatRegex: "^[a-z]+$",
	formatUUID: "3f2504e0-4f89-41d3-9a0c-0305e82c3301", formatByte: "aGVsbG8= (base64)",
}
