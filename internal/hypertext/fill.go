package hypertext

import (
	"bufio"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// A filler writes one page.
type filler struct {
	w         *bufio.Writer
	variables []variable // those of the innermost loop last
}

type variable struct {
	name  string
	value reflect.Value
}

func (f *filler) parts(list []part, dot reflect.Value) error {
	for i := range list {
		if err := f.part(&list[i], dot); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) part(p *part, dot reflect.Value) error {
	if p.kind == textPart {
		_, err := f.w.WriteString(p.text)
		return err
	}
	v, err := f.find(p.path, dot)
	if err != nil {
		return err
	}
	switch p.kind {
	case valuePart:
		return f.value(p, v)
	case rangePart:
		return f.loop(p, v, dot)
	case includingPart:
		outer := f.variables
		f.variables = []variable{{"$", v}}
		err := f.parts(p.body, v)
		f.variables = outer
		return err
	}
	if !holds(v) {
		return f.parts(p.otherwise, dot)
	}
	if p.kind == withPart {
		dot = v
	}
	return f.parts(p.body, dot)
}

func (f *filler) loop(p *part, v, dot reflect.Value) error {
	v, ok := settled(v)
	if ok && v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return fmt.Errorf("%s is no list but a %s", p.path, v.Type())
	}
	if !ok || v.Len() == 0 {
		return f.parts(p.otherwise, dot)
	}
	depth := len(f.variables)
	defer func() { f.variables = f.variables[:depth] }()
	for i := range v.Len() {
		element := v.Index(i)
		f.variables = f.variables[:depth]
		switch len(p.variables) {
		case 1:
			f.variables = append(f.variables, variable{p.variables[0], element})
		case 2:
			f.variables = append(f.variables, variable{p.variables[0], reflect.ValueOf(i)}, variable{p.variables[1], element})
		}
		if err := f.parts(p.body, element); err != nil {
			return err
		}
	}
	return nil
}

func (p path) String() string {
	return "{{" + strings.Join(append([]string{p.variable}, p.fields...), ".") + "}}"
}

// find follows a path. A nil pointer on the way is an error; at the end it is a value.
func (f *filler) find(p path, dot reflect.Value) (reflect.Value, error) {
	v := dot
	if p.nothing {
		return reflect.Value{}, nil
	}
	if p.variable != "" {
		i := len(f.variables) - 1
		for i >= 0 && f.variables[i].name != p.variable { // the parser knows all names
			i--
		}
		v = f.variables[max(i, 0)].value
	}
	for _, name := range p.fields {
		s, ok := settled(v)
		if !ok || s.Kind() != reflect.Struct {
			return v, fmt.Errorf("%s: there is nothing that has a field %s", p, name)
		}
		field, found := s.Type().FieldByName(name)
		if !found || !field.IsExported() {
			return v, fmt.Errorf("%s: %s has no field %s", p, s.Type(), name)
		}
		var err error
		if v, err = s.FieldByIndexErr(field.Index); err != nil {
			return v, fmt.Errorf("%s: %w", p, err)
		}
	}
	return v, nil
}

// settled follows pointers and interfaces; ok is false where they end in nothing.
func settled(v reflect.Value) (_ reflect.Value, ok bool) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v, v.IsValid()
}

// holds says whether a value counts as true: all structs, and what is neither zero nor empty.
func holds(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Struct:
		return true
	case reflect.Interface:
		return holds(v.Elem())
	case reflect.Slice, reflect.Array, reflect.Map, reflect.String:
		return v.Len() > 0
	}
	return !v.IsZero()
}

var markupType = reflect.TypeFor[HTML]()

func (f *filler) value(p *part, v reflect.Value) error {
	v, ok := settled(v)
	if !ok {
		return fmt.Errorf("%s is nothing that can be written", p.path)
	}
	text := ""
	switch v.Kind() {
	case reflect.String:
		text = v.String()
		if v.Type() != markupType {
			break
		}
		if !p.markup {
			return errors.New(p.path.String() + " is markup, and cannot stand in an attribute")
		}
		_, err := f.w.WriteString(text)
		return err
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		text = strconv.FormatInt(v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		text = strconv.FormatUint(v.Uint(), 10)
	case reflect.Bool:
		text = strconv.FormatBool(v.Bool())
	default:
		return fmt.Errorf("%s is a %s, which cannot be written", p.path, v.Type())
	}
	_, err := f.w.WriteString(p.escape(text))
	return err
}
