package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"understudy/scenarios"
	"understudy/scenarios/arazzo"
	"understudy/scenarios/workflows"
)

// A shelf is all documents of a run: those that the user named, and those that they call.
type shelf struct {
	scripts []*scenarios.Script
	from    map[*scenarios.Script]origin
	strict  bool
	open    bool // some workflow takes any input
}

// An origin is where a document was read from.
type origin struct {
	folder fs.FS  // of the document
	disk   string // the same on disk; empty: it is part of the program
	suite  string // name of the built-in contract whose suite it belongs to; empty: none
}

var arazzoSuffixes = []string{".arazzo.yaml", ".arazzo.yml", ".arazzo.json"}

func isArazzo(name string) bool {
	return slices.ContainsFunc(arazzoSuffixes, func(s string) bool { return strings.HasSuffix(name, s) })
}

// readShelf reads what the user named. The error holds everything that is wrong with all documents.
func readShelf(args []string, strict bool) (*shelf, error) {
	s := &shelf{from: map[*scenarios.Script]origin{}, strict: strict}
	var problems []error
	for _, arg := range args {
		problems = append(problems, s.take(arg))
	}
	for i := 0; i < len(s.scripts); i++ { // grows while documents that are called are added
		problems = append(problems, s.takeCalled(s.scripts[i]))
	}
	return s, errors.Join(problems...)
}

func (s *shelf) take(arg string) error {
	if slices.Contains(workflows.Names(), arg) {
		folder, names, err := workflows.Suite(arg)
		if err != nil {
			return err
		}
		var problems []error
		for _, name := range names {
			problems = append(problems, s.read(path.Join(arg, name), folder, name, origin{folder: folder, suite: arg}, false))
		}
		return errors.Join(problems...)
	}
	info, err := os.Stat(arg)
	switch {
	case err != nil:
		return fmt.Errorf("%w; give a file, a folder, or one of %s", err, strings.Join(workflows.Names(), ", "))
	case !info.IsDir():
		return s.readDisk(arg, false)
	}
	var files []string
	err = filepath.WalkDir(arg, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && name != arg && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if err == nil && !d.IsDir() && isArazzo(name) {
			files = append(files, name)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("the folder %s holds no %s", arg, strings.Join(arazzoSuffixes, ", "))
	}
	problems := []error{err}
	for _, name := range files {
		problems = append(problems, s.readDisk(name, false))
	}
	return errors.Join(problems...)
}

func (s *shelf) readDisk(name string, library bool) error {
	folder := filepath.Dir(name)
	files := os.DirFS(folder)
	return s.read(filepath.ToSlash(filepath.Clean(name)), files, filepath.Base(name), origin{folder: files, disk: folder}, library)
}

// read reads one document, unless it was read before.
func (s *shelf) read(shown string, folder fs.FS, name string, from origin, library bool) error {
	if at := slices.IndexFunc(s.scripts, func(one *scenarios.Script) bool { return one.Name == shown }); at >= 0 {
		s.scripts[at].Library = s.scripts[at].Library && library
		return nil
	}
	data, err := fs.ReadFile(folder, name)
	if err != nil {
		return fmt.Errorf("read %s: %w", shown, errors.Unwrap(err))
	}
	document, err := arazzo.Parse(shown, data, arazzo.Options{Strict: s.strict})
	if err != nil {
		return err
	}
	script := &scenarios.Script{Name: shown, Document: document, Files: folder, Library: library}
	s.scripts = append(s.scripts, script)
	s.from[script] = from
	return nil
}

// takeCalled reads the Arazzo documents that are sources of one on disk.
func (s *shelf) takeCalled(script *scenarios.Script) error {
	var problems []error
	from := s.from[script]
	for _, source := range script.Document.Sources {
		if source.Type != "arazzo" {
			continue
		}
		switch {
		case strings.Contains(source.URL, "://"):
			if !slices.ContainsFunc(s.scripts, func(one *scenarios.Script) bool { return one.Document.Self == source.URL }) {
				problems = append(problems, fmt.Errorf("%s: the source %s is on the network; name a copy of it as a file beside this one", source.At, source.Name))
			}
		case from.suite != "":
			problems = append(problems, s.read(path.Join(path.Dir(script.Name), source.URL), from.folder, path.Clean(source.URL), from, true))
		default:
			if err := s.readDisk(filepath.Join(from.disk, filepath.FromSlash(source.URL)), true); err != nil {
				problems = append(problems, fmt.Errorf("%s: the source %s: %w", source.At, source.Name, err))
			}
		}
	}
	return errors.Join(problems...)
}

func (s *shelf) has(workflow string) bool {
	return slices.ContainsFunc(s.scripts, func(one *scenarios.Script) bool { return one.Document.Workflow(workflow) != nil })
}

// inputs are the names of all inputs that workflows state, sorted.
func (s *shelf) inputs() []string {
	names := map[string]bool{}
	for _, script := range s.scripts {
		for _, w := range script.Document.Workflows {
			properties := scenarios.InputNames(w)
			s.open = s.open || len(properties) == 0
			for _, name := range properties {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// warnScripts tells what is doubtful in documents.
func (p *process) warnScripts(s *shelf) {
	for _, script := range s.scripts {
		for i, w := range script.Document.Warnings {
			if i == 5 {
				fmt.Fprintf(p.err, "warning: %s: and %d more; see: understudy run --lint\n", script.Name, len(script.Document.Warnings)-i)
				break
			}
			fmt.Fprintf(p.err, "warning: %s\n", oneLine(fmt.Sprint(w)))
		}
	}
}

// lint says everything that is wrong with documents, and what is doubtful.
func (p *process) lint(s *shelf, err error) error {
	found := 0
	for _, script := range s.scripts {
		for _, w := range script.Document.Warnings {
			fmt.Fprintln(p.out, w)
			found++
		}
	}
	switch {
	case err != nil:
		return err
	case found > 0:
		return errFindings
	}
	for _, script := range s.scripts {
		fmt.Fprintf(p.out, "%s: no findings (Arazzo %s, %s)\n", script.Name, script.Document.Arazzo, plural(len(script.Document.Workflows), "workflow"))
	}
	return nil
}

func plural(n int, word string) string {
	return fmt.Sprintf("%d %s", n, word+cmp.Or(map[bool]string{n != 1: "s"}[true], ""))
}
