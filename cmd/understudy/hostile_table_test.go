package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A hostileRow is one line of docs/hostile.md.
type hostileRow struct {
	section, comes, answer, costs string
	room, test                    string
	mark                          string // stands in the test's file where the case is; empty: the test is about nothing else
}

// hostileSections are the sections of docs/hostile.md, in order, with what stands in them by itself: the tables of the test
// files named hostile_*_test.go, by the name of the type of their rows.
var hostileSections = []struct{ kind, title, about string }{
	{"hostileDocument", "Documents", "An attacker wrote the OpenAPI document, or a file that it refers to."},
	{"", "Overlays", "An attacker wrote an Overlay document."},
	{"", "Workflows", "An attacker wrote an Arazzo document, or the answers that its criteria look at."},
	{"hostileInput", "Files that commands are given", "An attacker wrote a seed file, a baseline, a recording, a result or a bundle."},
	{"hostileRequest", "Requests to the stand-in", "An attacker may send requests. What is said of memory is for one request."},
	{"hostileConnection", "Connections to the stand-in", "An attacker may open connections."},
	{"", "WebSocket connections", "An attacker speaks to the stand-in's WebSocket endpoint."},
	{"", "The identity provider", "An attacker wrote a link, a page or a form for the login, or calls its endpoints."},
	{"hostileCall", "The management API", "An attacker reaches the management API, which a page in a browser on the same machine can try. Each row is sent to each operation."},
	{"hostileReceiver", "Receivers of deliveries", "An attacker owns an endpoint to which webhooks are delivered."},
	{"hostileTarget", "Targets that are judged", "An attacker owns the deployment that `check` and `run` talk to."},
}

// TestHostileTableGolden writes docs/hostile.md from the tests' own tables, and holds the rows about older tests to those tests:
// each must be there, and hold the case that the row is about.
func TestHostileTableGolden(t *testing.T) {
	rows := slices.Concat(ownHostileRows(t), hostileElsewhere)
	tests := testSources(t)
	for _, r := range rows {
		source, there := tests[r.room+" "+r.test]
		if !there {
			t.Errorf("%s has no test %s", r.room, r.test)
		}
		if !strings.Contains(source, r.mark) {
			t.Errorf("%s %s has no case %q any more", r.room, r.test, r.mark)
		}
	}
	var b strings.Builder
	b.WriteString(hostileIntroduction)
	for _, section := range hostileSections {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| what comes | what the answer is | what it costs | test |\n|---|---|---|---|\n", section.title, section.about)
		for _, r := range rows {
			if r.section == section.title {
				fmt.Fprintf(&b, "| %s | %s | %s | `%s` `%s` |\n", tabled(r.comes), tabled(r.answer), tabled(r.costs), r.room, r.test)
			}
		}
	}
	file := filepath.Join("..", "..", "docs", "hostile.md")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != b.String() {
		t.Errorf("docs/hostile.md is not what the tests' tables say; make golden writes it")
	}
}

func tabled(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "*", `\*`, "__", `\_\_`).Replace(text)
}

// ownHostileRows reads the tables of all files named hostile_*_test.go.
func ownHostileRows(t *testing.T) (rows []hostileRow) {
	t.Helper()
	files := 0
	walkTests(t, func(room, name string, file *ast.File, _ []byte) {
		if !strings.HasPrefix(name, "hostile_") {
			return
		}
		files++
		fields := map[string][]string{} // of each type of rows, in order
		for _, d := range file.Decls {
			general, ok := d.(*ast.GenDecl)
			if !ok || general.Tok != token.TYPE {
				continue
			}
			for _, spec := range general.Specs {
				if s, ok := spec.(*ast.TypeSpec).Type.(*ast.StructType); ok {
					for _, f := range s.Fields.List {
						for _, n := range f.Names {
							kind := spec.(*ast.TypeSpec).Name.Name
							fields[kind] = append(fields[kind], n.Name)
						}
					}
				}
			}
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "Test") {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				list, ok := n.(*ast.CompositeLit)
				if !ok {
					return true
				}
				array, ok := list.Type.(*ast.ArrayType)
				if !ok {
					return true
				}
				kind, ok := array.Elt.(*ast.Ident)
				if !ok || !strings.HasPrefix(kind.Name, "hostile") {
					return true
				}
				for _, element := range list.Elts {
					rows = append(rows, hostileRowOf(t, room, f.Name.Name, kind.Name, fields[kind.Name], element.(*ast.CompositeLit)))
				}
				return false
			})
		}
	})
	if files < 5 || len(rows) < 150 {
		t.Fatalf("%d rows in %d files: the tables were not found", len(rows), files)
	}
	return rows
}

func hostileRowOf(t *testing.T, room, test, kind string, fields []string, l *ast.CompositeLit) hostileRow {
	t.Helper()
	r := hostileRow{room: room, test: test, answer: "an error that names the file, exit status 2", costs: "at most 1 GiB allocated, with all that it takes to start the command"}
	for i := range hostileSections {
		if hostileSections[i].kind == kind {
			r.section = hostileSections[i].title
		}
	}
	if r.section == "" {
		t.Fatalf("%s: rows of the type %s have no section in docs/hostile.md", room, kind)
	}
	for i, e := range l.Elts {
		switch fields[i] {
		case "comes":
			r.comes = constant(e)
		case "answer":
			if r.answer = constant(e); r.answer == "" {
				r.answer = "an error that says what came"
			}
		case "costs":
			r.costs = constant(e)
		case "allocates":
			r.costs = "at most " + constant(e) + " MiB allocated"
		}
	}
	switch n, err := strconv.Atoi(strings.Fields(r.answer)[0]); {
	case kind == "hostileDocument" && r.answer == "served":
		r.answer = "it is served"
	case kind == "hostileDocument":
		r.answer = "“… " + r.answer + " …”"
	case kind == "hostileTarget" && err == nil:
		r.answer = fmt.Sprintf("a reply with %d, which is judged", n)
	case kind == "hostileReceiver":
		r.answer = "the attempt counts as " + r.answer
	}
	return r
}

// constant gives the text of a literal, or the name of a constant in words.
func constant(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			return text
		}
		return e.Value
	case *ast.SelectorExpr:
		return map[string]string{"TimedOut": "timed out", "Taken": "taken", "Unreachable": "not answered", "Answered": "refused"}[e.Sel.Name]
	}
	return "?"
}

// testSources gives the source of every test, by room and name.
func testSources(t *testing.T) map[string]string {
	t.Helper()
	sources := map[string]string{}
	walkTests(t, func(room, _ string, file *ast.File, text []byte) {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				// A table may stand in a function of its own, so the whole file is where a case is looked for.
				sources[room+" "+f.Name.Name] = string(text)
			}
		}
	})
	return sources
}

func walkTests(t *testing.T, visit func(room, name string, file *ast.File, text []byte)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "out" || d.Name() == "bin" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		room, err := filepath.Rel(root, filepath.Dir(path))
		visit(filepath.ToSlash(cmp.Or(room, ".")), d.Name(), file, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestThreatModelNamesTests: every test that docs/security.md names is there, in the room that it names.
func TestThreatModelNamesTests(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests, named := testSources(t), 0
	for _, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if !strings.HasPrefix(line, "|") || len(cells) != 3 {
			continue
		}
		room := ""
		for i, word := range strings.Split(cells[2], "`") {
			switch {
			case i%2 == 0:
			case !strings.HasPrefix(word, "Test") && !strings.HasPrefix(word, "Fuzz"):
				room = word
			default:
				named++
				if _, there := tests[room+" "+word]; !there {
					t.Errorf("docs/security.md: %s has no test %s", room, word)
				}
			}
		}
	}
	if named < 40 {
		t.Errorf("only %d tests were found in docs/security.md", named)
	}
}
