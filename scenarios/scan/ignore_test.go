package scan_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"understudy/scenarios/scan"
)

// TestIgnore compares what is passed over with what git ignores, file by file.
func TestIgnore(t *testing.T) {
	for name, lists := range map[string]map[string]string{
		"names":           {".gitignore": "*.log\nbuild\n/top\n# comment\n\n\\#sharp\n\\!bang\nspace\\ \ntrailing   \n"},
		"folders":         {".gitignore": "build/\n/a/b/\ndoc/*.txt\nfoo/\n"},
		"stars":           {".gitignore": "**/deep\na/**/z\nlib/**\n**/x/y\nfoo**bar\n*a*b*\n"},
		"negation":        {".gitignore": "*.txt\n!keep.txt\n/a/*\n!/a/b\n"},
		"below nothing":   {".gitignore": "a/\n!a/b/c.txt\n"},
		"nested":          {".gitignore": "*.txt\n", "a/.gitignore": "!*.txt\n/b/c.log\n", "a/b/.gitignore": "c.txt\n"},
		"classes":         {".gitignore": "[ab].txt\n[!a]x\n[^b]y\n[[:digit:]]*\nfile?.md\nq[]]r\n[a-c]-[0-9]\n"},
		"slashes":         {".gitignore": "a/b\n/lib\nfoo/bar/\nx/**/y/**/z\n"},
		"carriage return": {".gitignore": "*.log\r\n/build/\r\n"},
		"everything":      {".gitignore": "*\n!*/\n!*.go\n"},
		"odd":             {".gitignore": "/\n//\n!\n**\n!a/\n"},
	} {
		t.Run(name, func(t *testing.T) { compareIgnores(t, lists) })
	}
	t.Run("made up", func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 5))
		parts := []string{"a", "b", "x", "y", "z", "*", "**", "?", "*.txt", "lib", "deep", "[ab]", "foo", "*o*"}
		for range 12 {
			var lines []string
			for range 1 + r.IntN(5) {
				var pattern []string
				for range 1 + r.IntN(4) {
					pattern = append(pattern, parts[r.IntN(len(parts))])
				}
				line := strings.Join(pattern, "/")
				line = []string{"", "", "!", "/"}[r.IntN(4)] + line + []string{"", "", "/"}[r.IntN(3)]
				lines = append(lines, line)
			}
			compareIgnores(t, map[string]string{".gitignore": strings.Join(lines, "\n") + "\n"})
		}
	})
}

// ignoreTree are the names on which ignore files are tried.
var ignoreTree = []string{
	"keep.txt", "other.txt", "a.txt", "b.txt", "ax", "bx", "ay", "by", "1st", "file1.md", "q]r", "a-1", "b.log", "top", "space ", "trailing", "#sharp", "!bang", "foobar", "fooxbar", "xaxbx",
	"build/out.js", "a/keep.txt", "a/c.log", "a/b/c.txt", "a/b/c.log", "a/b/z", "a/z", "a/x/y/z", "a/deep/z.go", "deep/x.go", "doc/a.txt", "doc/sub/b.txt", "lib/x.go", "lib/y/z.go", "x/y/z.go",
	"x/lib/y/foo/z.go", "sub/top", "sub/build/x", "sub/lib/x", "foo/bar/x", "sub/foo/bar/x", "x/y/deep/z/z", "main.go", "a/main.go", "a/b/main.go",
}

func compareIgnores(t *testing.T, lists map[string]string) {
	t.Helper()
	dir := t.TempDir()
	secret := "k = '" + liveKey(1) + "'"
	for _, name := range ignoreTree {
		write(t, dir, name, secret)
	}
	for name, text := range lists {
		write(t, dir, name, text)
	}
	run(t, dir, "git", "init", "-q")
	list := strings.Split(run(t, dir, "git", "ls-files", "-z", "--others", "--exclude-standard"), "\x00")
	list = slices.DeleteFunc(list, func(name string) bool { return !slices.Contains(ignoreTree, name) })
	slices.Sort(list)
	var got []string
	for _, f := range findings(examine(t, load(t, "ecoevents"), os.DirFS(dir))) {
		if !slices.Contains(got, f.At.File) {
			got = append(got, f.At.File)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, list) {
		t.Errorf("%q:\nlooked at      %q\ngit sees       %q", lists, got, list)
	}
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs git as nobody in particular, away from the configuration of whoever runs the test.
func run(t testing.TB, dir string, command ...string) string {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com",
		"GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com", "GIT_COMMITTER_DATE=2026-11-19T10:00:00Z")
	if len(commitDate) > 0 {
		cmd.Env = append(cmd.Env, "GIT_AUTHOR_DATE="+commitDate)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
	return string(out)
}

// commitDate is the author's date of the next commits.
var commitDate = "2026-11-18T09:30:00+02:00"

// TestOwnIgnore is about .understudyignore, what is committed although it is ignored, and what is given by name.
func TestOwnIgnore(t *testing.T) {
	k := "k = '" + liveKey(1) + "'"
	tree := files(".gitignore", "*.log\n/dist/\n/kept/\n", ".understudyignore", "fixtures/\n!fixtures/real\n*.snap\n", "fixtures/a.go", k, "a.snap", k, "x/fixtures/b.go", k, "dist/main.min.js", k,
		"app.log", k, "kept/a.go", k, "src/a.go", k, ".git/config", k, "a.png", k)
	list := load(t, "ecoevents")
	for _, c := range []struct {
		change func(*scan.Options)
		want   string
	}{
		{func(*scan.Options) {}, "SCN-001 src/a.go:1"},
		{func(o *scan.Options) { o.Roots[0].Tracked = map[string]bool{"kept": true, "kept/a.go": true} }, "SCN-001 kept/a.go:1, SCN-001 src/a.go:1"},
		{func(o *scan.Options) {
			o.Roots = append(o.Roots, scan.Root{Name: "dist", FS: sub(t, tree, "dist"), Use: scan.AsBundle})
		}, "SCN-001 src/a.go:1, SCN-002 dist/main.min.js:1"},
		{func(o *scan.Options) {
			o.Roots = append(o.Roots, scan.Root{FS: tree, Use: scan.AsLogs, Files: []string{"app.log"}})
		}, "SCN-001 src/a.go:1, SCN-004 app.log:1"},
		{func(o *scan.Options) { // a folder in a tree that is looked at anyway
			o.Roots = append(o.Roots, scan.Root{Name: "src", FS: sub(t, tree, "src"), Use: scan.AsBundle})
		}, "SCN-002 src/a.go:1"},
		{func(o *scan.Options) { o.Roots[0].Except = map[string]bool{"src/a.go": true} }, ""},
		{func(o *scan.Options) {
			o.Roots[0].Above = []scan.Above{{Path: "services/api", Text: []byte("/services/*/src/\n")}}
		}, ""},
		{func(o *scan.Options) {
			o.Roots[0].Above = []scan.Above{{Path: "services/api", Text: []byte("/src/\n")}}
		}, "SCN-001 src/a.go:1"},
	} {
		r := examine(t, list, tree, c.change)
		for _, f := range findings(r) {
			if strings.Contains(f.Message, "once more") {
				t.Errorf("a file was looked at twice: %s", f.Message)
			}
		}
		if got := strings.Join(found(r), ", "); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func sub(t *testing.T, tree fstest.MapFS, folder string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for name, file := range tree {
		if rest, ok := strings.CutPrefix(name, folder+"/"); ok {
			out[rest] = file
		}
	}
	return out
}
