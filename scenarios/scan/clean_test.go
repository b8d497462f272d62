package scan_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"understudy/contracts"
	"understudy/scenarios/scan"
)

// standardLibrary is the folder of Go's own sources: large, varied, and free of anybody's keys.
func standardLibrary(t testing.TB) fs.FS {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return os.DirFS(path.Join(strings.TrimSpace(string(out)), "src"))
}

// TestClean finds nothing in code that has none of these keys: Go's standard library, and packages of npm where they are installed.
func TestClean(t *testing.T) {
	all := load(t, contracts.Builtins()...)
	clean := func(name string, tree fs.FS, least int) {
		r := examine(t, all, tree, func(o *scan.Options) { o.Roots[0].Name = name })
		for _, f := range findings(r) {
			t.Errorf("%s %s: %s", f.Check, f.Contract, f.Message)
		}
		if r.Files < least {
			t.Errorf("%s: only %d files were looked at", name, r.Files)
		}
	}
	library := standardLibrary(t)
	if raced {
		clean("library", subFS(t, library, "net"), 300)
	} else {
		clean("library", library, 5000)
	}
	if modules, err := exec.Command("npm", "root", "--global").Output(); err == nil && !raced {
		clean("node", os.DirFS(strings.TrimSpace(string(modules))), 100)
	}
}

func subFS(t *testing.T, tree fs.FS, folder string) fs.FS {
	t.Helper()
	below, err := fs.Sub(tree, folder)
	if err != nil {
		t.Fatal(err)
	}
	return below
}

// TestLooked tells what was looked at and what was not.
func TestLooked(t *testing.T) {
	tree := files("a.go", "x", "b.png", "x", "c.go", strings.Repeat("x", 3000), "d/e.html", "<p>")
	tree["link"] = &fstest.MapFile{Data: []byte("../../etc/passwd"), Mode: fs.ModeSymlink}
	tree["pipe"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	r := examine(t, load(t, "ecoevents"), tree, func(o *scan.Options) { o.MaxFile = 2000 })
	notes := strings.Join(r.Notes, "\n")
	for _, want := range []string{"Looked at 2 files", "1 symbolic links", "1 packed files", "1 files of more than 0 MiB"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes say nothing of %q:\n%s", want, notes)
		}
	}
	if o := outcome(r, "SCN-002/ecoevents"); o.Outcome != "passed" || o.Reason != "looked at 1 files for browsers" {
		t.Errorf("%s: %s", o.Outcome, o.Reason)
	}
	if o := outcome(r, "SCN-004/ecoevents"); o.Outcome != "skipped" || !strings.Contains(o.Reason, "--logs") {
		t.Errorf("%s: %s", o.Outcome, o.Reason)
	}
}

// TestLinks follows no symbolic link out of the tree.
func TestLinks(t *testing.T) {
	outside, inside := t.TempDir(), t.TempDir()
	write(t, outside, "k.txt", liveKey(1))
	for name, to := range map[string]string{"folder": outside, "file.txt": outside + "/k.txt", "loop": inside} {
		if err := os.Symlink(to, path.Join(inside, name)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(inside)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, tree := range []fs.FS{root.FS(), os.DirFS(inside)} {
		if r := examine(t, load(t, "ecoevents"), tree); len(findings(r)) > 0 || r.Files > 0 {
			t.Errorf("found %v in %d files", found(r), r.Files)
		}
	}
}

// TestOrders refuses orders that make no sense, and ends when it is told to.
func TestOrders(t *testing.T) {
	list := load(t, "ecoevents")
	tree := files("a.txt", "x")
	roots := []scan.Root{{FS: tree}}
	for _, c := range []struct {
		o    scan.Options
		want string
	}{
		{scan.Options{Roots: roots}, "a contract"},
		{scan.Options{Contracts: list}, "something to look at"},
		{scan.Options{Contracts: list, Roots: roots, Only: []string{"NOPE"}}, "no rule"},
		{scan.Options{Contracts: list, Roots: roots, Coins: make([]scan.Coin, 2001)}, "2001 credentials"},
		{scan.Options{Contracts: list, Roots: []scan.Root{{Name: "gone", FS: os.DirFS("testdata/gone")}}}, "scan gone"},
	} {
		if _, err := scan.Scan(t.Context(), c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want the error %q, got %v", c.want, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := scan.Scan(ctx, scan.Options{Contracts: list, Roots: roots}); err == nil {
		t.Error("a scan that was ended has a report")
	}
	steps := 0
	examine(t, list, tree, func(o *scan.Options) { o.Progress = func(p scan.Progress) { steps += p.Files } })
	if steps != 1 {
		t.Errorf("progress was told of %d files", steps)
	}
}

// TestSame: the same files give the same report, whoever comes first.
func TestSame(t *testing.T) {
	tree := fstest.MapFS{}
	for i := range 60 {
		tree[fmt.Sprintf("d%d/a%d.go", i%7, i)] = &fstest.MapFile{Data: []byte(liveKey(uint64(i%9)) + "\n" + testKey(uint64(i%5)))}
	}
	first := fmt.Sprint(examine(t, load(t, "ecoevents"), tree).Suites)
	for range 5 {
		if again := fmt.Sprint(examine(t, load(t, "ecoevents"), tree, func(o *scan.Options) { o.Jobs = 8 }).Suites); again != first {
			t.Fatal("the report differs from run to run")
		}
	}
}

func BenchmarkScan(b *testing.B) {
	all := load(b, contracts.Builtins()...)
	tree := standardLibrary(b)
	for b.Loop() {
		r := examine(b, all, tree, func(o *scan.Options) { o.Only = []string{"SCN"} })
		b.SetBytes(r.Bytes)
	}
}
