package contracts_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"understudy/contracts"
)

// An object is a JSON object in the order in which it is written.
type object []member

type member struct {
	name  string
	value any // object, []any, string, bool, int
}

// writeSchema gives the whole schema.
func writeSchema(t *testing.T) []byte {
	t.Helper()
	tables, definitions := page(t), object{}
	used := map[string]bool{}
	for _, typ := range structs() {
		heading := sections[typ.Name()]
		if heading == "" {
			heading = "`" + typ.Name() + "`"
		}
		properties := object{}
		for _, f := range fields(typ) {
			key := typ.Name() + "." + f.Name
			used[key] = true
			value := object{{"description", tables[heading][f.Name].meaning}}
			properties = append(properties, member{f.Name, append(value, shape(t, f.Type, valuesOf[key])...)})
		}
		definition := object{{"type", "object"}, {"additionalProperties", false}, {"properties", properties}}
		definition = append(definition, parse(t, togetherOf[typ.Name()])...)
		if _, single := typ.FieldByName("Equals"); single { // a single value stands for its word equals
			definition = object{{"anyOf", []any{reference("text"), append(definition, member{"minProperties", 1})}}}
		}
		used[typ.Name()] = true
		definitions = append(definitions, member{definitionName(typ), definition})
	}
	for key := range valuesOf {
		if !used[key] {
			t.Errorf("valuesOf knows %s, which there is not", key)
		}
	}
	for name := range togetherOf {
		if !used[name] {
			t.Errorf("togetherOf knows %s, which there is not", name)
		}
	}
	root := append(parse(t, schemaHead), member{"$defs", append(append(parse(t, schemaPlaces), parse(t, schemaValues)...), definitions...)})
	var b strings.Builder
	write(&b, root, "")
	return []byte(b.String() + "\n")
}

func definitionName(typ reflect.Type) string {
	name := []rune(typ.Name())
	for i := 0; i < len(name) && unicode.IsUpper(name[i]) && (i == 0 || i+1 == len(name) || unicode.IsUpper(name[i+1])); i++ {
		name[i] = unicode.ToLower(name[i])
	}
	return string(name)
}

func reference(name string) object { return object{{"$ref", "#/$defs/" + name}} }

// shape is the schema of a type, whose single values are as said where that is not empty: JSON, or the name of a list of
// known words.
func shape(t *testing.T, typ reflect.Type, said string) object {
	if said != "" && strings.HasPrefix(said, "whole:") {
		return parse(t, strings.TrimPrefix(said, "whole:"))
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return shape(t, typ.Elem(), said)
	case reflect.Slice: // a single value stands for a list of one
		one := shape(t, typ.Elem(), said)
		if len(one) == 0 {
			return nil // anything at all
		}
		return object{{"anyOf", []any{one, object{{"type", "array"}, {"items", one}}}}}
	case reflect.Map:
		return object{{"type", "object"}, {"additionalProperties", shape(t, typ.Elem(), said)}}
	case reflect.Struct:
		return reference(definitionName(typ))
	case reflect.Interface:
		return nil
	}
	if words, ok := contracts.KnownWords()[said]; ok {
		list := make([]any, len(words))
		for i, w := range words {
			list[i] = w
		}
		return object{{"enum", list}}
	}
	if said != "" {
		return parse(t, said)
	}
	switch typ.Kind() {
	case reflect.String:
		return reference("text")
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int:
		return object{{"type", "integer"}}
	case reflect.Float64:
		return object{{"type", "number"}}
	}
	t.Fatalf("no shape for %s", typ)
	return nil
}

// parse reads the members of a JSON object in their order; {{list}} stands for a list of known words.
func parse(t *testing.T, text string) object {
	t.Helper()
	if text == "" {
		return nil
	}
	for name, words := range contracts.KnownWords() {
		quoted, _ := json.Marshal(words)
		text = strings.ReplaceAll(text, `"{{`+name+`}}"`, string(quoted))
		text = strings.ReplaceAll(text, "{{"+name+"|}}", strings.Join(words, "|"))
	}
	text = strings.ReplaceAll(text, "{{~framing}}", anyCase("framing"))
	text = strings.ReplaceAll(text, "{{~ownHeaders}}", anyCase("ownHeaders"))
	if strings.Contains(text, "{{") {
		t.Fatalf("an unknown list in %s", text)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if _, err := d.Token(); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	o, err := parseObject(d)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return o
}

// anyCase is an expression for known words in small and capital letters: editors do not know (?i).
func anyCase(list string) string {
	var b strings.Builder
	b.WriteString("^(")
	for i, word := range contracts.KnownWords()[list] {
		if i > 0 {
			b.WriteByte('|')
		}
		for _, r := range word {
			if unicode.IsLetter(r) {
				fmt.Fprintf(&b, "[%c%c]", r, unicode.ToUpper(r))
			} else {
				b.WriteRune(r)
			}
		}
	}
	return b.String() + ")$"
}

func parseObject(d *json.Decoder) (object, error) {
	o := object{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		value, err := parseValue(d)
		if err != nil {
			return nil, err
		}
		o = append(o, member{key.(string), value})
	}
	_, err := d.Token()
	return o, err
}

func parseValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return parseObject(d)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			value, err := parseValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err := d.Token()
		return list, err
	}
	return token, nil
}

// write puts a value on one line where it fits, as somebody would who writes a schema by hand.
func write(b *strings.Builder, value any, indent string) {
	short := flat(value)
	o, isObject := value.(object)
	list, isList := value.([]any)
	if len(indent)+len(short) <= 150 || !isObject && !isList {
		b.WriteString(short)
		return
	}
	opening, closing, n := "{", "}", len(o)
	if isList {
		opening, closing, n = "[", "]", len(list)
	}
	b.WriteString(opening)
	for i := range n {
		b.WriteString("\n" + indent + "  ")
		if isList {
			write(b, list[i], indent+"  ")
		} else {
			fmt.Fprintf(b, "%s: ", flat(o[i].name))
			write(b, o[i].value, indent+"  ")
		}
		if i < n-1 {
			b.WriteByte(',')
		}
	}
	b.WriteString("\n" + indent + closing)
}

func flat(value any) string {
	switch v := value.(type) {
	case object:
		parts := make([]string, len(v))
		for i, m := range v {
			parts[i] = flat(m.name) + ": " + flat(m.value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = flat(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

// effectRules says of each kind of fault which words of effect mean nothing for it.
func effectRules() string {
	var rules []string
	for _, k := range contracts.FaultKinds {
		var none []string
		for _, word := range []string{"delay", "real", "status", "code", "message", "headers", "body", "mediaType", "bytes", "rate", "member", "effect"} {
			if !slices.Contains(k.Members, word) {
				none = append(none, fmt.Sprintf("%q: false", word))
			}
		}
		rules = append(rules, fmt.Sprintf(`{"if": {"properties": {"kind": {"const": %q}}}, "then": {"properties": {%s}}}`, k.Name, strings.Join(none, ", ")))
	}
	return strings.Join(rules, ", ")
}
