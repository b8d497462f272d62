package contracts

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// decodeStrict fills target (a pointer to a struct of behaviour.go) from a node. A word that the struct does not
// have, and a value of another kind than the word takes, are errors with file, line and pointer: all of them at once.
func (d *document) decodeStrict(n *yaml.Node, at schema.Location, target any) error {
	s := strict{doc: d}
	s.value(n, at, reflect.ValueOf(target).Elem())
	return s.faults.join()
}

// A strict decoder goes on behind a fault, so that its author reads of all of them.
type strict struct {
	doc    *document
	faults documentErrors
}

func (s *strict) fail(at schema.Location, message, advice string) {
	s.faults = append(s.faults, &DocumentError{At: at, Message: message, Advice: advice})
}

func (s *strict) value(n *yaml.Node, at schema.Location, v reflect.Value) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		s.value(n, at, v.Elem())
	case reflect.Struct:
		s.mapping(n, at, v)
	case reflect.Map:
		s.entries(n, at, v)
	case reflect.Slice:
		s.list(n, at, v)
	case reflect.Interface:
		value, err := schema.Decode(n)
		if err != nil {
			s.fail(at, err.Error(), "write a JSON value here")
		} else if value != nil {
			v.Set(reflect.ValueOf(value))
		}
	default:
		s.scalar(n, at, v)
	}
}

func (s *strict) scalar(n *yaml.Node, at schema.Location, v reflect.Value) {
	if n.Kind != yaml.ScalarNode {
		s.fail(at, "a single value is wanted here, not a list or a mapping", "give one value")
		return
	}
	var err error
	want := ""
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Value)
	case reflect.Bool:
		want = "true or false"
		if n.Value != "true" && n.Value != "false" {
			err = strconv.ErrSyntax
		}
		v.SetBool(n.Value == "true")
	case reflect.Int:
		want = "a whole number"
		var i int
		i, err = strconv.Atoi(n.Value)
		v.SetInt(int64(i))
	case reflect.Float64:
		want = "a number"
		var x float64
		x, err = strconv.ParseFloat(n.Value, 64)
		v.SetFloat(x)
	default:
		s.fail(at, "there is no rule for "+v.Type().String(), "")
	}
	if err != nil {
		s.fail(at, fmt.Sprintf("%q is not %s", n.Value, want), "give "+want)
	}
}

// mapping reads a struct. For one with the word equals a single value is that word.
func (s *strict) mapping(n *yaml.Node, at schema.Location, v reflect.Value) {
	if f, ok := fieldOf(v.Type(), "equals"); ok && n.Kind == yaml.ScalarNode {
		if there := v.FieldByName("At"); there.IsValid() {
			there.Set(reflect.ValueOf(at))
		}
		s.value(n, at, v.FieldByIndex(f.Index))
		return
	}
	if n.Kind != yaml.MappingNode {
		s.fail(at, "a mapping is wanted here", "known words are "+strings.Join(words(v.Type()), ", "))
		return
	}
	if f := v.FieldByName("At"); f.IsValid() {
		f.Set(reflect.ValueOf(at))
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		there := s.step(at, key, key.Value)
		if field, ok := fieldOf(v.Type(), key.Value); ok {
			s.value(n.Content[i+1], there, v.FieldByIndex(field.Index))
		} else {
			s.unknownWord(there, key.Value, words(v.Type()))
		}
	}
}

func (s *strict) entries(n *yaml.Node, at schema.Location, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		s.fail(at, "a mapping is wanted here", "write key: value lines")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		value := reflect.New(v.Type().Elem()).Elem()
		s.value(n.Content[i+1], s.step(at, key, key.Value), value)
		v.SetMapIndex(reflect.ValueOf(key.Value), value)
	}
}

// list takes a single value for a list of one, as people write it.
func (s *strict) list(n *yaml.Node, at schema.Location, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		s.value(n, at, v.Index(0))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		s.value(item, s.step(at, item, strconv.Itoa(i)), v.Index(i))
	}
}

// step gives the place of a member and keeps it, for errors that are found when everything has been read.
func (s *strict) step(at schema.Location, n *yaml.Node, token string) schema.Location {
	there := s.doc.locate(at, n, token)
	if s.doc.words == nil {
		s.doc.words = map[schema.Location]map[string]schema.Location{}
	}
	if s.doc.words[at] == nil {
		s.doc.words[at] = map[string]schema.Location{}
	}
	s.doc.words[at][token] = there
	return there
}

// pinpoint moves an error from the mapping that it was found in to the word that it is about, as far as that was written.
func (d *document) pinpoint(e *DocumentError) {
	for _, token := range e.inside {
		there, ok := d.words[e.At][token]
		if !ok {
			break
		}
		e.At = there
	}
	e.inside = nil
}

func fieldOf(t reflect.Type, word string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("yaml"); tag == word && tag != "-" {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

func words(t reflect.Type) []string {
	var list []string
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("yaml"); tag != "" && tag != "-" {
			list = append(list, tag)
		}
	}
	slices.Sort(list)
	return list
}

func (s *strict) unknownWord(at schema.Location, word string, known []string) {
	advice := "known words here are " + strings.Join(known, ", ")
	if near := Nearest(word, known); near != "" {
		advice = "did you mean " + near + "? " + advice
	}
	s.fail(at, fmt.Sprintf("unknown word %q in x-understudy", word), advice)
}

// Nearest gives the known word that is at most two edits away, which somebody who wrote word probably meant; "" where there is none.
func Nearest(word string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if n := editDistance(strings.ToLower(word), strings.ToLower(k)); n < distance {
			best, distance = k, n
		}
	}
	return best
}

// editDistance is Levenshtein's; words longer than 64 bytes are never near.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
