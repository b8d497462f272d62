package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// needsSpecs skips a page whose hidden commands take a real document from the folder SPECS, which a user's clone does not have.
func needsSpecs(t *testing.T, list []command) {
	t.Helper()
	takes := func(c command) bool { return strings.Contains(c.text, "$SPECS") }
	if !slices.ContainsFunc(list, takes) {
		return
	}
	folder := os.Getenv("SPECS")
	if _, err := os.Stat(folder); folder == "" || err != nil {
		t.Skipf("no folder of real documents: set SPECS to run this page: %v", err)
	}
	for _, c := range list {
		if takes(c) && !c.hidden {
			t.Errorf("line %d shows readers a folder that they do not have: %s", c.line, c.text)
		}
	}
}

// TestDocumentationMap: docs/README.md leads to every page of docs, decisions apart, and is led to by the README.
func TestDocumentationMap(t *testing.T) {
	linked := linksOf(t, "docs/README.md")
	if !slices.Contains(linksOf(t, "README.md"), "docs/README.md") {
		t.Error("README.md does not lead to docs/README.md")
	}
	found := 0
	err := filepath.WalkDir("../../docs", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == "decisions" {
			return cmpOr(err, fs.SkipDir)
		}
		name, _ := filepath.Rel("../..", path)
		if name = filepath.ToSlash(name); strings.HasSuffix(name, ".md") && name != "docs/README.md" {
			if found++; !slices.Contains(linked, name) {
				t.Errorf("docs/README.md does not lead to %s", name)
			}
		}
		return nil
	})
	if err != nil || found < 30 {
		t.Errorf("%d pages, %v", found, err)
	}
	if !slices.Contains(linked, "docs/decisions") {
		t.Error("docs/README.md does not lead to docs/decisions")
	}
}

func cmpOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// linksOf lists the files to which a page leads, as the repository has them.
func linksOf(t *testing.T, file string) []string {
	t.Helper()
	var list []string
	for _, line := range readPage(t, file).prose() {
		for _, m := range mdLink.FindAllStringSubmatch(line, -1) {
			path, _, _ := strings.Cut(m[1], "#")
			if path != "" && !strings.Contains(path, "://") {
				list = append(list, filepath.ToSlash(filepath.Join(filepath.Dir(file), path)))
			}
		}
	}
	return list
}

// TestCommandsAreFound: whatever the program can do stands in the help within two steps, with a short text, and each command
// that does something shows an example of itself.
func TestCommandsAreFound(t *testing.T) {
	root := (&process{out: &bytes.Buffer{}, err: &bytes.Buffer{}, getenv: func(string) string { return "" }}).rootCommand()
	seen := 0
	var walk func(*cobra.Command, int)
	walk = func(c *cobra.Command, depth int) {
		if c.Hidden || c.Name() == "help" || c.Name() == "completion" {
			return
		}
		path := c.CommandPath()
		seen++
		switch {
		case c.Short == "" || len(c.Short) > 120:
			t.Errorf("%s: the short text has %d characters; it is wanted, on one line", path, len(c.Short))
		case strings.HasSuffix(c.Short, "."):
			t.Errorf("%s: the short text ends with a full stop, and others do not", path)
		}
		if !strings.Contains(c.Example, path) {
			t.Errorf("%s: there is no example of it", path)
		}
		if depth > 3 {
			t.Errorf("%s stands %d commands deep", path, depth)
		}
		if parent := c.Parent(); parent != nil && len(parent.Groups()) > 0 && c.GroupID == "" {
			t.Errorf("%s is under no heading of %s --help", path, parent.CommandPath())
		}
		for _, child := range c.Commands() {
			walk(child, depth+1)
		}
	}
	walk(root, 0)
	if seen < 100 {
		t.Errorf("only %d commands", seen)
	}
	examplesAreReal(t, root)
}

// examplesAreReal: each example of the help names commands and flags that there are.
func examplesAreReal(t *testing.T, c *cobra.Command) {
	t.Helper()
	for _, line := range strings.Split(c.Example, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] != "understudy" {
			continue
		}
		named, rest, err := c.Root().Find(words[1:])
		if err != nil || named == c.Root() && len(words) > 1 && !strings.HasPrefix(words[1], "-") {
			t.Errorf("%s: the example names no command: %s", c.CommandPath(), strings.TrimSpace(line))
			continue
		}
		for _, word := range rest {
			if word == "--" || strings.HasPrefix(word, "|") {
				break
			}
			flag, isFlag := strings.CutPrefix(word, "--")
			flag, _, _ = strings.Cut(flag, "=")
			if isFlag && named.Flags().Lookup(flag) == nil && named.InheritedFlags().Lookup(flag) == nil {
				t.Errorf("%s: the example names --%s, which %s does not have: %s", c.CommandPath(), flag, named.CommandPath(), strings.TrimSpace(line))
			}
		}
	}
	for _, child := range c.Commands() {
		if child.Name() != "completion" && child.Name() != "help" {
			examplesAreReal(t, child)
		}
	}
}

// TestConsolePage: docs/console.md names every page of the console, every group and every key.
func TestConsolePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/console.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../mock/console/static/pages/*.js")
	if err != nil {
		t.Fatal(err)
	}
	title := regexp.MustCompile(`(?m)^export const id = '[^']+', title = '([^']+)', group = '([^']+)'`)
	key := regexp.MustCompile(`context\.shortcut\('([^']+)'`)
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := title.FindSubmatch(text)
		if m != nil {
			found++
			if !bytes.Contains(page, []byte("| "+string(m[1])+" |")) || !bytes.Contains(page, []byte("| **"+string(m[2])+"** |")) {
				t.Errorf("docs/console.md does not have the page %s of %s", m[1], m[2])
			}
		}
		for _, k := range key.FindAllSubmatch(text, -1) {
			at := "Live requests"
			if m != nil {
				at = string(m[1])
			}
			row := regexp.MustCompile("(?m)^\\| .*`" + regexp.QuoteMeta(string(k[1])) + "`.* \\| .*" + regexp.QuoteMeta(at) + `.* \|`)
			if !row.Match(page) {
				t.Errorf("docs/console.md does not have the key %s of %s", k[1], at)
			}
		}
	}
	if found < 15 {
		t.Errorf("only %d pages", found)
	}
}
