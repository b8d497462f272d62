// Package hypertext fills the templates of HTML pages, which are written in the language of html/template.
//
// html/template itself calls methods by names that only a running program knows. Where that is linked, the linker keeps
// every exported method of every type of the whole program, which makes the binary larger by a fifth
// (docs/decisions/012-size.md). This package reads fields only, and asks for less than it could: what a page may say is
// checked when it is parsed, not when somebody looks at it.
package hypertext

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"text/template/parse"
)

// HTML is markup of our own, which is written as it is. It can stand between elements only, not in an attribute.
type HTML string

// A Set is templates that were parsed together. It never changes and may be filled by several goroutines at once.
type Set struct {
	pages map[string][]part
}

// Parse reads templates: the files that fit the patterns, each under its base name, and what they define; a page is what no
// other template includes. They may say
// {{.}}, {{.Field.Field}}, {{$variable.Field}}, {{if}}, {{with}}, {{range}} with {{else}}, and {{template}}; there
// are no functions, no methods and no comparisons.
//
// The error says which template has a value where its text could become markup: in a tag outside of a quoted
// attribute, in a script, a style or a comment, in an attribute that is code; or branches that leave the page
// in different places.
func Parse(files fs.FS, patterns ...string) (*Set, error) {
	trees := map[string]*parse.Tree{}
	for _, pattern := range patterns {
		names, err := fs.Glob(files, pattern)
		if err != nil || len(names) == 0 {
			return nil, fmt.Errorf("parse pages: no file fits %q: %w", pattern, errors.Join(err, fs.ErrNotExist))
		}
		for _, name := range names {
			text, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, fmt.Errorf("parse pages: %w", err)
			}
			read, err := parse.Parse(name[strings.LastIndexByte(name, '/')+1:], string(text), "", "")
			if err != nil {
				return nil, fmt.Errorf("parse pages: %w", err)
			}
			maps.Copy(trees, read)
		}
	}
	included := map[string]bool{}
	for _, tree := range trees {
		include(tree.Root, included)
	}
	s := &Set{pages: map[string][]part{}}
	for _, name := range slices.Sorted(maps.Keys(trees)) {
		if included[name] {
			continue
		}
		c := compiler{trees: trees}
		list, _, err := c.inline(name, position{})
		if err != nil {
			return nil, fmt.Errorf("parse pages: %w", err)
		}
		s.pages[name] = list
	}
	return s, nil
}

// Fill writes the page of a name with the fields of data: structs, pointers to them, strings, whole numbers, booleans and slices of
// these. What another template includes is no page. The error is that of the writer, or of a template that asks
// for a field that is not there; then a part of the page may have been written.
func (s *Set) Fill(w io.Writer, name string, data any) error {
	list, known := s.pages[name]
	if !known {
		return fmt.Errorf("fill the page %q: there is none", name)
	}
	root := reflect.ValueOf(data)
	f := filler{w: bufio.NewWriter(w), variables: []variable{{"$", root}}}
	filled := f.parts(list, root)
	if err := f.w.Flush(); err != nil { // which an earlier write may have met
		return err
	}
	if filled != nil {
		return fmt.Errorf("fill the page %s: %w", name, filled)
	}
	return nil
}
