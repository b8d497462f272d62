package contracts

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"understudy/contracts/schema"
)

// bomb is a document that costs much more than its size.
type bomb struct {
	name, file, text string
	want             string // in the error
	limits           Limits
}

func bombs() []bomb {
	var laughs strings.Builder
	laughs.WriteString("openapi: 3.0.0\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 20; i++ {
		fmt.Fprintf(&laughs, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	var merges strings.Builder
	merges.WriteString("openapi: 3.0.0\na0: &a0 {k: 1}\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&merges, "a%d: &a%d {<<: [*a%d, *a%d], x: *a%d, y: *a%d}\n", i, i, i-1, i-1, i-1, i-1)
	}
	var stairs strings.Builder
	stairs.WriteString("openapi: 3.0.0\na0: &a0 {k: 1}\n")
	for i := 1; i < 1000; i++ {
		fmt.Fprintf(&stairs, "a%d: &a%d {k: *a%d}\n", i, i, i-1)
	}
	const deep = 200_000
	return []bomb{
		{name: "billion laughs", file: "f.yaml", text: laughs.String(), want: "more than 2000000 keys and values once its aliases are expanded"},
		{name: "merged laughs", file: "f.yaml", text: merges.String(), want: "more than 2000000 keys and values once its aliases are expanded"},
		{name: "aliases in a staircase", file: "f.yaml", text: stairs.String(), want: "nested more than 512 levels deep"},
		{name: "deep JSON arrays", file: "f.json", text: strings.Repeat("[", deep), want: "nested more than 512 levels deep"},
		{name: "deep JSON objects", file: "f.json", text: strings.Repeat(`{"a":`, deep), want: "nested more than 512 levels deep"},
		{name: "deep YAML flow", file: "f.yaml", text: "openapi: 3.0.0\nx: " + strings.Repeat("[", deep), want: "nested more than 512 levels deep"},
		{name: "deep YAML block", file: "f.yaml", text: "openapi: 3.0.0\nx:\n  " + strings.Repeat("- ", deep), want: "nested more than 512 levels deep"},
		{name: "just too deep YAML", file: "f.yaml", text: "openapi: 3.0.0\nx: " + strings.Repeat("[", 600) + strings.Repeat("]", 600), want: "nested more than 512 levels deep"},
		{name: "many values", file: "f.json", text: `{"openapi": "3.0.0", "x": [` + strings.Repeat("0,", 3_000_000) + "0]}", want: "more than 2000000 keys and values"},
		{name: "many lines", file: "f.yaml", text: "openapi: 3.0.0\nx:\n" + strings.Repeat("- 0\n", 3_000_000), want: "more than 2000000 lines and separators"},
		{
			name: "large file", file: "f.json", text: strings.Repeat(" ", 1<<20+1),
			want: "f.json: the document cannot be read: it is larger than 1 MiB", limits: Limits{Bytes: 1 << 20},
		},
	}
}

func TestBombsAreRefused(t *testing.T) {
	for _, b := range bombs() {
		t.Run(b.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := readDocument(t.Context(), b.file, Options{Limits: b.limits, Files: fstest.MapFS{b.file: {Data: []byte(b.text)}}})
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), b.want) {
				t.Errorf("got %.300v, want %s", err, b.want)
			}
			if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 500 {
				t.Errorf("%d MiB were allocated", spent)
			}
		})
	}
}

func TestReferenceLoops(t *testing.T) {
	const doc = `openapi: 3.1.0
components:
  schemas:
    Self: {$ref: '#/components/schemas/Self'}
    A: {$ref: '#/components/schemas/B'}
    B: {$ref: '#/components/schemas/A'}
    Through: {$ref: '#/components/schemas/Through/properties/x'}
    Tree: {properties: {child: {$ref: '#/components/schemas/Tree'}}}
`
	d, err := readDocument(t.Context(), "f.yaml", Options{Files: fstest.MapFS{"f.yaml": {Data: []byte(doc)}}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range d.checkReferences() {
		got = append(got, fmt.Sprintf("%d %s", w.At.Line, w.Message))
	}
	want := []string{
		`4 the reference "#/components/schemas/Self" leads only to itself`,
		`5 the reference "#/components/schemas/B" leads only to itself`,
		`6 the reference "#/components/schemas/A" leads only to itself`,
		`7 the reference "#/components/schemas/Through/properties/x" leads nowhere: the reference leads only to other references`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, err := d.bundle(); err != nil {
		t.Error(err)
	}
}

// A fan of references is as wide as the number of ways through it, but each schema is visited once.
func TestReferenceFan(t *testing.T) {
	var b strings.Builder
	b.WriteString("openapi: 3.1.0\ncomponents:\n  schemas:\n    S0: {type: string}\n")
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&b, "    S%d: {properties: {a: {$ref: '#/components/schemas/S%d'}, b: {$ref: '#/components/schemas/S%d'}}}\n", i, i-1, i-1)
	}
	d, err := readDocument(t.Context(), "f.yaml", Options{Files: fstest.MapFS{"f.yaml": {Data: []byte(b.String())}}})
	if err != nil {
		t.Fatal(err)
	}
	sites := 0
	d.walkReferences(func(site) { sites++ })
	if sites != 2*59 {
		t.Errorf("%d references were visited, want %d", sites, 2*59)
	}
}

// What has no components of its kind is put in place each time; the text must not grow without bound by it.
func TestBundleFanIsBounded(t *testing.T) {
	files := fstest.MapFS{"openapi.yaml": {Data: []byte("openapi: 3.0.0\npaths: {/a: {$ref: p0.yaml}}\n")}}
	for i := range 40 {
		text := fmt.Sprintf("get: {callbacks: {c: {'{$url}': {$ref: p%d.yaml}, '{$other}': {$ref: p%d.yaml}}}}\n", i+1, i+1)
		files[fmt.Sprintf("p%d.yaml", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	files["p40.yaml"] = &fstest.MapFile{Data: []byte("get: {}\n")}
	d, err := readDocument(t.Context(), "openapi.yaml", Options{Files: files, Limits: Limits{Bytes: 1 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.bundle(); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("got %v", err)
	}
}

func TestLimitsOnFilesAndReferences(t *testing.T) {
	files := fstest.MapFS{"openapi.yaml": {Data: []byte("openapi: 3.1.0\n")}}
	for i := range 5 {
		files[fmt.Sprintf("s%d.yaml", i)] = &fstest.MapFile{Data: []byte("type: string\n")}
	}
	for _, test := range []struct {
		limits Limits
		want   string
	}{
		{Limits{Files: 3}, "the document has too many files"},
		{Limits{Total: 40}, "the files of the document are larger than 40 bytes together"},
		{Limits{References: 2}, "the document has more than 2 references"},
	} {
		d, err := readDocument(t.Context(), "openapi.yaml", Options{Files: files, Limits: test.limits})
		if err != nil {
			t.Fatal(err)
		}
		var last error
		for i := range 5 {
			_, _, last = d.resolve(schema.Location{}, fmt.Sprintf("s%d.yaml", i))
		}
		if last == nil || !strings.Contains(last.Error(), test.want) {
			t.Errorf("got %v, want %s", last, test.want)
		}
	}
}
