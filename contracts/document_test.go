package contracts

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"understudy/contracts/schema"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (rewrite it with -update and read the difference)\ngot:\n%s\nwant:\n%s", name, got, want)
	}
}

// unpack gives the files of an archive in testdata.
func unpack(t *testing.T, name string) (*txtar.Archive, fstest.MapFS) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return archive, files
}

func TestBrokenDocuments(t *testing.T) {
	archive, files := unpack(t, "documents/broken.txtar")
	var got strings.Builder
	for _, f := range archive.Files {
		_, err := readDocument(t.Context(), f.Name, Options{Files: files})
		fmt.Fprintf(&got, "%v\n\n", err)
		if err == nil {
			t.Errorf("%s was accepted", f.Name)
		}
	}
	golden(t, "documents/broken.golden", got.String())
}

func TestEncodings(t *testing.T) {
	const doc = "openapi: 3.1.0\ninfo: {title: Größe, version: '1'}\n"
	utf16Text := func(bom, big bool) []byte {
		units := utf16.Encode([]rune(doc))
		if bom {
			units = append([]uint16{0xfeff}, units...)
		}
		var out []byte
		for _, u := range units {
			if big {
				out = append(out, byte(u>>8), byte(u))
			} else {
				out = append(out, byte(u), byte(u>>8))
			}
		}
		return out
	}
	for _, test := range []struct {
		name string
		data []byte
		want string // the error; empty: accepted
	}{
		{"UTF-8", []byte(doc), ""},
		{"UTF-8 with mark", append([]byte("\xef\xbb\xbf"), doc...), ""},
		{"UTF-16 little endian with mark", utf16Text(true, false), ""},
		{"UTF-16 big endian with mark", utf16Text(true, true), ""},
		{"UTF-16 little endian", utf16Text(false, false), ""},
		{"UTF-16 big endian", utf16Text(false, true), ""},
		{"UTF-32", []byte("\xff\xfe\x00\x00o\x00\x00\x00"), "f.yaml: the file is written in UTF-32: save it as UTF-8"},
		{"Latin-1", []byte("openapi: 3.1.0\ninfo: {title: Gr\xf6\xdfe}\n"), "f.yaml:2: the text is not UTF-8: byte 0xf6: save it as UTF-8; for Latin-1: iconv -f latin1 -t utf-8"},
		{"binary", []byte("openapi: 3.1.0\nx: \x00\x01\x02"), "f.yaml:2: the file is binary, not an OpenAPI document: name a JSON or YAML file"},
		{"gzip", []byte("\x1f\x8b\x08\x00"), "f.yaml: the file is a gzip archive, not an OpenAPI document: unpack it first"},
		{"zip", []byte("PK\x03\x04"), "f.yaml: the file is a zip archive, not an OpenAPI document: unpack it first"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := readDocument(t.Context(), "f.yaml", Options{Files: fstest.MapFS{"f.yaml": {Data: test.data}}})
			if test.want != "" {
				if err == nil || err.Error() != test.want {
					t.Fatalf("got  %v\nwant %s", err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if title := text(field(d.root, "info"), "title"); title != "Größe" {
				t.Errorf("title is %q", title)
			}
		})
	}
}

func TestVersions(t *testing.T) {
	for _, test := range []struct {
		text, version string
		dialect       schema.Dialect
		warnings      int
	}{
		{`openapi: 3.0.3`, "3.0.3", schema.OpenAPI30, 0},
		{`openapi: 3.1.2`, "3.1.2", schema.JSONSchema202012, 0},
		{`openapi: 3.2.0`, "3.2.0", schema.JSONSchema202012, 0},
		{`openapi: 3.0`, "3.0.0", schema.OpenAPI30, 1},
		{`{"openapi": 3.1}`, "3.1.0", schema.JSONSchema202012, 1},
		{`openapi: "3.2"`, "3.2.0", schema.JSONSchema202012, 1},
		{`openapi: 3.1.0-rc1`, "3.1.0-rc1", schema.JSONSchema202012, 0},
	} {
		d, err := readDocument(t.Context(), "f", Options{Files: fstest.MapFS{"f": {Data: []byte(test.text)}}})
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if d.version != test.version || d.dialect != test.dialect || len(d.warnings) != test.warnings {
			t.Errorf("%s: version %s, dialect %d, warnings %v", test.text, d.version, d.dialect, d.warnings)
		}
	}
}

func TestManyProblems(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("openapi: 3.0.0\npaths:\n")
	for range 40 {
		b.WriteString("  /a: {}\n")
	}
	_, err := readDocument(t.Context(), "f.yaml", Options{Files: fstest.MapFS{"f.yaml": {Data: b.Bytes()}}})
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != maxProblems+1 || !strings.HasPrefix(lines[maxProblems], "and ") {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}

func TestFindRoot(t *testing.T) {
	const doc = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
	for _, test := range []struct {
		name  string
		files []string
		want  string // the document, or the error
	}{
		{"usual name", []string{"a.yaml", "openapi.yml", "z.yaml"}, "api/openapi.yml"},
		{"only one", []string{"acme.json.yaml"}, "api/acme.json.yaml"},
		{"below", []string{"spec/v1/acme.yaml"}, "api/spec/v1/acme.yaml"},
		{"nearest", []string{"acme.yaml", "old/openapi.yaml"}, "api/acme.yaml"},
		{"several", []string{"b.yaml", "a.yaml"}, "api: the folder holds several OpenAPI documents: api/a.yaml, api/b.yaml: name one of them"},
		{"none", []string{"README.md"}, "api: the folder holds no OpenAPI document: name the file, or call it openapi.yaml"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for _, name := range test.files {
				files["api/"+name] = &fstest.MapFile{Data: []byte(doc)}
			}
			got := ""
			d, err := readDocument(t.Context(), "api", Options{Files: files})
			if err != nil {
				got = err.Error()
			} else {
				got = filepath.ToSlash(d.file)
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestAliasesAndMergeKeys(t *testing.T) {
	const doc = `openapi: 3.1.0
x-base: &base {type: object, title: base}
x-more: &more {title: more, minProperties: 1}
components:
  schemas:
    A: *base
    B: {<<: *base, title: own}
    C: {<<: [*more, *base], description: d}
    D:
      <<: {title: inline}
`
	d, err := readDocument(t.Context(), "f.yaml", Options{Files: fstest.MapFS{"f.yaml": {Data: []byte(doc)}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ pointer, want string }{
		{"A", `{"type":"object","title":"base"}`},
		{"B", `{"title":"own","type":"object"}`},
		{"C", `{"description":"d","title":"more","minProperties":1,"type":"object"}`},
		{"D", `{"title":"inline"}`},
	} {
		n, _, err := d.resolve(schema.Location{}, "#/components/schemas/"+test.pointer)
		if err != nil {
			t.Fatal(err)
		}
		b := newBundler(d)
		if err := b.object(n, objectShape{}, d.main); err != nil {
			t.Fatal(err)
		}
		if string(b.out) != test.want {
			t.Errorf("%s: got %s, want %s", test.pointer, b.out, test.want)
		}
	}
	a, _, _ := d.resolve(schema.Location{}, "#/components/schemas/A")
	if base := field(d.root, "x-base"); a == base {
		t.Error("an alias and its anchor share a node, so that an overlay on one would change the other")
	}
}
