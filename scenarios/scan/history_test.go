package scan_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"understudy/contracts/check"
	"understudy/scenarios/scan"
)

// A repository is one that git made.
type repository struct {
	t   *testing.T
	dir string
}

func newRepository(t *testing.T) *repository {
	r := &repository{t, t.TempDir()}
	r.git("init", "-q", "-b", "main")
	return r
}

func (r *repository) git(args ...string) string {
	return run(r.t, r.dir, append([]string{"git"}, args...)...)
}

func (r *repository) commit(message string, namesAndTexts ...string) {
	r.t.Helper()
	for i := 0; i < len(namesAndTexts); i += 2 {
		write(r.t, r.dir, namesAndTexts[i], namesAndTexts[i+1])
	}
	r.git("add", "-A", "-f")
	r.git("commit", "-q", "--allow-empty", "-m", message)
}

// log gives the history as the command reads it.
func (r *repository) log() io.Reader {
	cmd := exec.Command("git", append([]string{"-C", r.dir}, scan.LogArguments()...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatal(err)
	}
	return bytes.NewReader(out)
}

func (r *repository) scan(change ...func(*scan.Options)) *scan.Report {
	r.t.Helper()
	tracked := map[string]bool{}
	for name := range strings.SplitSeq(r.git("-c", "core.fsmonitor=false", "ls-files", "-z"), "\x00") {
		tracked[name] = true
	}
	return examine(r.t, load(r.t, "ecoevents"), os.DirFS(r.dir), append([]func(*scan.Options){func(o *scan.Options) {
		o.Roots[0].Tracked = tracked
		o.Histories = []scan.History{{Log: r.log()}}
	}}, change...)...)
}

func TestHistory(t *testing.T) {
	var secrets []string
	for n := range uint64(9) {
		secrets = append(secrets, liveKey(100+n))
	}
	r := newRepository(t)
	r.commit("First", "src/app.js", "one\ntwo\nconst k = '"+secrets[0]+"'\n", "README.md", "text\n")
	r.commit("Take it out", "src/app.js", "one\ntwo\nconst k = process.env.K\n")
	r.commit("The key is "+secrets[1], "a.txt", "x\n")
	r.commit("A name that has to be quoted", "odd \"näme\t.txt", secrets[2]+"\n")
	r.git("rm", "-q", "odd \"näme\t.txt")
	r.commit("Gone with its file", "kept.go", "k := \""+secrets[3]+"\"\n")
	r.commit("Other lines around what stays", "kept.go", "package x\n\nk := \""+secrets[3]+"\"\n")
	r.git("mv", "a.txt", "b.txt")
	r.commit("Renamed and changed", "b.txt", "x\ny\nz "+secrets[4]+"\n")
	r.git("checkout", "-q", "-b", "side", "HEAD~1")
	r.commit("On another branch", "side.txt", secrets[5]+"\n")
	r.git("checkout", "-q", "main")
	r.git("merge", "-q", "--no-ff", "--no-commit", "side")
	r.commit("A merge that adds what no parent has", "merged.txt", "1\n2\n"+secrets[6]+"\n")
	r.git("rm", "-q", "side.txt", "merged.txt", "b.txt")
	r.commit("Let pass", "pass.txt", secrets[7]+" // understudy:ignore\n", ".understudyignore", "fixtures/\n", "fixtures/a/k.txt", secrets[8]+"\n")
	r.git("rm", "-q", "-r", "pass.txt", "fixtures")
	r.commit("Sample", "s.txt", "ek_"+"live_xxxxxxxxxxxxxxxxxxxx\n")
	report := r.scan()
	want := map[string]string{
		"src/app.js:3:12": secrets[0], "its message": secrets[1], "odd \"näme\t.txt:1:1": secrets[2], "b.txt:3:3": secrets[4], "side.txt:1:1": secrets[5], "merged.txt:3:1": secrets[6],
	}
	for _, f := range outcome(report, "SCN-003/ecoevents").Findings {
		secret, ok := "", false
		for place := range want {
			if strings.Contains(f.Message, "("+place+")") {
				secret, ok = want[place], true
				delete(want, place)
			}
		}
		if !ok || !strings.Contains(f.Message, "ek_live_***"+secret[len(secret)-4:]) || !strings.Contains(f.Message, "on 2026-11-18") && !strings.Contains(f.Message, "2026-11-18 (") {
			t.Errorf("the finding %q of %q", f.Message, f.Where)
		}
	}
	for place := range want {
		t.Errorf("nothing was found at %s", place)
	}
	if got := strings.Join(found(report), " "); !strings.Contains(got, "SCN-001 kept.go:3") || strings.Count(got, "SCN-001") != 1 {
		t.Errorf("of the tree: %s", got)
	}
}

// TestHostileConfiguration: what a repository configures is not run, and changes nothing of what is found.
func TestHostileConfiguration(t *testing.T) {
	r := newRepository(t)
	secret := liveKey(1)
	r.commit("First", "a.txt", secret+"\n", ".gitattributes", "*.txt diff=evil\n")
	r.commit("Gone", "a.txt", "nothing\n")
	for _, line := range []string{
		"diff.evil.textconv touch ran; echo", "diff.evil.command touch ran; true", "diff.external touch ran; true", "core.pager touch ran; cat", "core.fsmonitor touch ran; true",
		"diff.noprefix true", "diff.mnemonicPrefix true", "color.ui always", "diff.context 9", "log.showSignature true", "gpg.program touch ran; true", "format.pretty oneline", "log.diffMerges off",
		"diff.renames copies", "log.decorate full", "diff.srcPrefix x/", "diff.submodule log", "log.date relative",
	} {
		name, value, _ := strings.Cut(line, " ")
		r.git("config", name, value)
	}
	report := r.scan()
	if got := outcome(report, "SCN-003/ecoevents").Findings; len(got) != 1 || !strings.Contains(got[0].Message, "(a.txt:1:1)") {
		t.Errorf("got %+v", got)
	}
	if _, err := os.Stat(r.dir + "/ran"); err == nil {
		t.Error("what the repository configures was run")
	}
}

// TestAge tells how old keys are, by the history and by the dates of private files.
func TestAge(t *testing.T) {
	defer func(before string) { commitDate = before }(commitDate)
	r := newRepository(t)
	old, young, private := liveKey(1), liveKey(2), testKey(3)
	commitDate = "2026-08-01T10:00:00Z"
	r.commit("Old", "old.go", `"`+old+`"`, ".gitignore", ".env*\n")
	commitDate = "2026-11-01T10:00:00Z"
	r.commit("Young", "young.go", `"`+young+`"`, "old.go", "\n\n// moved\n\""+old+"\"\n")
	write(t, r.dir, ".env", "ECOEVENTS_TEST_API_KEY="+private)
	for _, c := range []struct {
		changed time.Time
		max     time.Duration
		want    string
	}{
		{now.AddDate(0, 0, -10), 0, "old.go"},
		{now.AddDate(0, 0, -95), 0, ".env old.go"},
		{now.AddDate(0, 0, -10), 15 * 24 * time.Hour, "old.go young.go"},
		{now.AddDate(0, 0, -10), 400 * 24 * time.Hour, ""},
	} {
		if err := os.Chtimes(r.dir+"/.env", c.changed, c.changed); err != nil {
			t.Fatal(err)
		}
		report := r.scan(func(o *scan.Options) { o.MaxAge = c.max })
		var got []string
		o := outcome(report, "SCN-013/ecoevents")
		for _, f := range o.Findings {
			got = append(got, f.At.File)
			if f.Level != check.Warning || (f.Certainty == check.Likely) != (f.At.File == ".env") {
				t.Errorf("%s: %s %s", f.Message, f.Level, f.Certainty)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("changed %s, at most %s: got %s, want %s", c.changed, c.max, got, c.want)
		}
		if o.Cases != 3 {
			t.Errorf("%d keys have an age, want 3", o.Cases)
		}
	}
	// Without a key of which the age is known there is nothing to look at.
	o := outcome(examine(t, load(t, "ecoevents"), files("a.go", `"`+young+`"`)), "SCN-013/ecoevents")
	if o.Outcome != "skipped" {
		t.Errorf("%s: %s", o.Outcome, o.Reason)
	}
}

// TestEnvFiles is about .env files: private ones are where keys belong.
func TestEnvFiles(t *testing.T) {
	live, test, sandbox := liveKey(1), testKey(2), testKey(3)
	for _, c := range []struct {
		name string
		tree fstest.MapFS
		root func(*scan.Root)
		want string
	}{
		{"ignored", files(".gitignore", ".env\n", ".env", "K="+live), nil, ""},
		{"not ignored", files(".env", "K="+live), nil, "SCN-006 .env:1 warning"},
		{"committed although ignored", files(".gitignore", ".env\n", ".env", "K="+live), func(r *scan.Root) { r.Tracked = map[string]bool{".env": true} }, "SCN-006 .env:1 failure"},
		{"in no repository", files(".env", "K="+live), func(r *scan.Root) { r.Versioned = false }, ""},
		{"live for development", files(".gitignore", ".env.*\n", ".env.development", "K="+live), nil, "SCN-009 .env.development:1 warning"},
		{"live for production", files(".gitignore", ".env.*\n", ".env.production", "K="+live), nil, ""},
		{"shared by two", files(".gitignore", ".env.*\n", ".env.staging", "K="+test, ".env.production", "\nK="+test), nil, "SCN-008 .env.staging:1 warning"},
		{"shared by one and its own", files(".gitignore", ".env.*\n", ".env.production", "K="+test, ".env.production.local", "K="+test), nil, ""},
		{"a key each", files(".gitignore", ".env.*\n", ".env.staging", "K="+test, ".env.production", "K="+sandbox), nil, ""},
		{"live shared by files of configuration", files("config/staging.yml", "k: "+live, "config/production.yml", "k: "+live), nil,
			"SCN-001 config/production.yml:1 failure, SCN-001 config/staging.yml:1 failure, SCN-008 config/staging.yml:1 warning"},
		{"a webhook secret in a private one", files(".gitignore", ".env\n", ".env", "ECOEVENTS_WEBHOOK_SECRET="+key("whsec_", mixed, 32, 4)), nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := examine(t, load(t, "ecoevents"), c.tree, func(o *scan.Options) {
				if c.root != nil {
					c.root(&o.Roots[0])
				}
			})
			var got []string
			for _, f := range findings(r) {
				got = append(got, fmt.Sprintf("%s %s:%d %s", f.Check, f.At.File, f.At.Line, f.Level))
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("got %s, want %s", strings.Join(got, ", "), c.want)
			}
		})
	}
}

// TestVariables tells environments by the names of variables.
func TestVariables(t *testing.T) {
	k := key("ecos_"+"test_", mixed, 32, 1)
	r := examine(t, load(t, "ecosire"), files(".gitignore", ".env\n", ".env", "ECOSIRE_STAGING_API_KEY="+k+"\nECOSIRE_DEVELOPMENT_API_KEY="+k+"\n"))
	if got := found(r); strings.Join(got, ", ") != "SCN-008 .env:2" {
		t.Errorf("got %v", got)
	}
}

// TestBrokenHistory fails with the reader's error, and takes what it cannot read for nothing.
func TestBrokenHistory(t *testing.T) {
	o := scan.Options{Contracts: load(t, "ecoevents"), Roots: []scan.Root{{FS: files("a", "b")}}, Histories: []scan.History{{Name: "here", Log: iotest.ErrReader(fmt.Errorf("git log: no such thing"))}}}
	if _, err := scan.Scan(context.Background(), o); err == nil || !strings.Contains(err.Error(), "the history of here: git log: no such thing") {
		t.Errorf("got %v", err)
	}
	for _, text := range []string{
		"", "\n", "\x01", "\x01\n", "diff --git a b\n", "\x01abc 2026\n@@ -1 +x @@\n+", "\x01abc 2026-01-01T00:00:00Z\ndiff --git a/a b/a\n+++ b/\"\n@@@@@@@@@ +99999999999999999999 @@\n++++\n",
		"\x01a b\ndiff --git\n+++ \"b/\\777\"\n@@ -0,0 +1 @@\n+" + liveKey(1) + "\n", "\x01a b\n\n" + strings.Repeat("x", 1<<20),
	} {
		examine(t, load(t, "ecoevents"), files("a", "b"), func(o *scan.Options) { o.Histories = []scan.History{{Log: strings.NewReader(text)}} })
	}
}
