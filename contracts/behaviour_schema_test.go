package contracts_test

import (
	"bytes"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"understudy/contracts"
)

const (
	wordsPage  = "../docs/x-understudy.md"
	wordSchema = "../docs/schemas/x-understudy.schema.json"
)

// sections is where the page tells of the words of each struct.
var sections = map[string]string{
	"Behaviour": "Root of the document", "ClientBehaviour": "`clients`", "Env": "Entries of `env`", "ErrorTemplate": "Entries of `errors`",
	"Serve": "`serve`", "CORS": "`cors`", "ResourceBehaviour": "Entries of `resources`", "OperationBehaviour": "Operations and path items",
	"Answer": "Entries of `answers`", "Page": "`page`", "SchemaBehaviour": "Schemas",
}

// A described word is a row of the page.
type described struct{ kind, meaning string }

// page reads the tables of docs/x-understudy.md: heading → word → row.
func page(t *testing.T) map[string]map[string]described {
	t.Helper()
	text, err := os.ReadFile(wordsPage)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]map[string]described{}
	row := regexp.MustCompile("^\\| `([^`]+)` \\| ([^|]*) \\| (.*) \\|$")
	heading := ""
	for line := range strings.SplitSeq(string(text), "\n") {
		if h, ok := strings.CutPrefix(line, "## "); ok {
			heading, tables[h] = h, map[string]described{}
		}
		if m := row.FindStringSubmatch(line); m != nil {
			if _, twice := tables[heading][m[1]]; twice {
				t.Errorf("%s: %s: %s stands there twice", wordsPage, heading, m[1])
			}
			tables[heading][m[1]] = described{m[2], plain(m[3])}
		}
	}
	return tables
}

var link = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// plain takes the Markdown out of a cell.
func plain(cell string) string {
	return strings.ReplaceAll(link.ReplaceAllString(strings.ReplaceAll(cell, `\|`, "|"), "$1"), "`", "")
}

// structs lists every struct of x-understudy, in the order in which a reader of the code comes upon them.
func structs() []reflect.Type {
	var list []reflect.Type
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		typ = element(typ)
		if typ.Kind() != reflect.Struct || slices.Contains(list, typ) {
			return
		}
		list = append(list, typ)
		for _, f := range fields(typ) {
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[contracts.Behaviour]())
	walk(reflect.TypeFor[contracts.OperationBehaviour]())
	walk(reflect.TypeFor[contracts.SchemaBehaviour]())
	return list
}

func element(typ reflect.Type) reflect.Type {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
		typ = typ.Elem()
	}
	return typ
}

// fields are those that hold words; the field's name in the result is the word.
func fields(typ reflect.Type) []reflect.StructField {
	var list []reflect.StructField
	for f := range typ.Fields() {
		if word := f.Tag.Get("yaml"); word != "" && word != "-" {
			f.Name = word
			list = append(list, f)
		}
	}
	return list
}

// kindText is how the page calls a type.
func kindText(typ reflect.Type) string {
	switch typ.Kind() {
	case reflect.Pointer:
		return kindText(typ.Elem())
	case reflect.Slice:
		if typ.Name() != "" {
			return kindText(typ.Elem()) + " or list of " + kindText(typ.Elem())
		}
		return "list of " + kindText(typ.Elem())
	case reflect.Map:
		return "map of " + kindText(typ.Elem())
	case reflect.Interface:
		return "any"
	case reflect.Float64:
		return "number"
	}
	return typ.Name()
}

// TestEveryWordIsDocumented: the page has each word that is read, with its type and a meaning, and no other.
func TestEveryWordIsDocumented(t *testing.T) {
	tables := page(t)
	for _, typ := range structs() {
		heading := sections[typ.Name()]
		if heading == "" {
			heading = "`" + typ.Name() + "`"
		}
		rows := tables[heading]
		if rows == nil {
			t.Errorf("%s has no section %q for the words of %s", wordsPage, heading, typ.Name())
			continue
		}
		for _, f := range fields(typ) {
			got, there := rows[f.Name]
			switch want := kindText(f.Type); {
			case !there:
				t.Errorf("%s: %s: the word %q is not explained", wordsPage, heading, f.Name)
			case got.kind != want:
				t.Errorf("%s: %s: %s is called %q and is %q", wordsPage, heading, f.Name, got.kind, want)
			case strings.TrimSpace(got.meaning) == "":
				t.Errorf("%s: %s: %s has no meaning", wordsPage, heading, f.Name)
			}
			delete(rows, f.Name)
		}
		for word := range rows {
			t.Errorf("%s: %s: nobody reads the word %q", wordsPage, heading, word)
		}
		delete(tables, heading)
	}
	for heading, rows := range tables {
		for word := range rows {
			t.Errorf("%s: %s: nobody reads the word %q", wordsPage, heading, word)
		}
	}
}

// TestGoldenSchema writes the JSON Schema of x-understudy from the structs that are read, the lists of values that are
// checked, and the page. Somebody who adds a word adds a row to the page and runs make golden.
func TestGoldenSchema(t *testing.T) {
	want := writeSchema(t)
	if contracts.Updating() {
		if err := os.WriteFile(wordSchema, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(wordSchema)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the code reads; run make golden and read the difference", wordSchema)
	}
}
