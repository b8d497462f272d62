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
// have, and a value of another kind than the word takes, are errors with file, line and pointer.
func (d *document) decodeStrict(n *yaml.Node, at schema.Location, target any) error {
	return d.strictValue(n, at, reflect.ValueOf(target).Elem())
}

func (d *document) strictValue(n *yaml.Node, at schema.Location, v reflect.Value) error {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.strictValue(n, at, v.Elem())
	case reflect.Struct:
		return d.strictStruct(n, at, v)
	case reflect.Map:
		return d.strictMap(n, at, v)
	case reflect.Slice:
		return d.strictSlice(n, at, v)
	case reflect.Interface:
		value, err := schema.Decode(n)
		if err != nil {
			return &DocumentError{At: at, Message: err.Error(), Advice: "write a JSON value here"}
		}
		if value != nil {
			v.Set(reflect.ValueOf(value))
		}
		return nil
	}
	return strictScalar(n, at, v)
}

func strictScalar(n *yaml.Node, at schema.Location, v reflect.Value) error {
	wrong := func(want string) error {
		return &DocumentError{At: at, Message: fmt.Sprintf("%q is not %s", n.Value, want), Advice: "give " + want}
	}
	if n.Kind != yaml.ScalarNode {
		return &DocumentError{At: at, Message: "a single value is wanted here, not a list or a mapping", Advice: "give one value"}
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Value)
	case reflect.Bool:
		b, err := strconv.ParseBool(n.Value)
		if err != nil || n.Value != "true" && n.Value != "false" {
			return wrong("true or false")
		}
		v.SetBool(b)
	case reflect.Int:
		i, err := strconv.Atoi(n.Value)
		if err != nil {
			return wrong("a whole number")
		}
		v.SetInt(int64(i))
	case reflect.Float64:
		x, err := strconv.ParseFloat(n.Value, 64)
		if err != nil {
			return wrong("a number")
		}
		v.SetFloat(x)
	default:
		return fmt.Errorf("decode behaviour: no rule for %s", v.Type())
	}
	return nil
}

// strictStruct reads a mapping. For a struct with the word equals a single value is that word.
func (d *document) strictStruct(n *yaml.Node, at schema.Location, v reflect.Value) error {
	if f, ok := fieldOf(v.Type(), "equals"); ok && n.Kind == yaml.ScalarNode {
		if there := v.FieldByName("At"); there.IsValid() {
			there.Set(reflect.ValueOf(at))
		}
		return d.strictValue(n, at, v.FieldByIndex(f.Index))
	}
	if n.Kind != yaml.MappingNode {
		return &DocumentError{At: at, Message: "a mapping is wanted here", Advice: "known words are " + strings.Join(words(v.Type()), ", ")}
	}
	if f := v.FieldByName("At"); f.IsValid() {
		f.Set(reflect.ValueOf(at))
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, child := n.Content[i], n.Content[i+1]
		there := d.locate(at, key, key.Value)
		field, ok := fieldOf(v.Type(), key.Value)
		if !ok {
			return unknownWord(there, key.Value, words(v.Type()))
		}
		if err := d.strictValue(child, there, v.FieldByIndex(field.Index)); err != nil {
			return err
		}
	}
	return nil
}

func (d *document) strictMap(n *yaml.Node, at schema.Location, v reflect.Value) error {
	if n.Kind != yaml.MappingNode {
		return &DocumentError{At: at, Message: "a mapping is wanted here", Advice: "write key: value lines"}
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		value := reflect.New(v.Type().Elem()).Elem()
		if err := d.strictValue(n.Content[i+1], d.locate(at, key, key.Value), value); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key.Value), value)
	}
	return nil
}

// strictSlice takes a single value for a list of one, as people write it.
func (d *document) strictSlice(n *yaml.Node, at schema.Location, v reflect.Value) error {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		if err := d.strictValue(item, d.locate(at, item, strconv.Itoa(i)), v.Index(i)); err != nil {
			return err
		}
	}
	return nil
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

func unknownWord(at schema.Location, word string, known []string) error {
	advice := "known words here are " + strings.Join(known, ", ")
	if near := Nearest(word, known); near != "" {
		advice = "did you mean " + near + "? " + advice
	}
	return &DocumentError{At: at, Message: fmt.Sprintf("unknown word %q in x-understudy", word), Advice: advice}
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
