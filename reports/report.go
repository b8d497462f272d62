// Package reports writes a result of the judge in the formats that people and CI systems read, reads a saved result again,
// joins the results of shards into one, and compares two.
//
// Secrets are hidden before a result is made; what is written here is safe to share as far as the result is. All that came
// from a deployment is data: no format lets it become markup, a terminal's control sequence or a command of a CI system.
package reports

import (
	"bufio"
	"fmt"
	"io"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// A Writer renders a result in one format.
type Writer func(io.Writer, *scenarios.Result) error

// A Format is one way in which a result can be written.
type Format struct {
	Name      string // what the user types: "junit"
	Extension string // of its files, without a dot: "xml"
	Doc       string // what it is for, in one line
}

// Options say what a result does not. The zero value is good for every format.
type Options struct {
	Colour bool // text: with ANSI colours
	Width  int  // text: columns, 64 at least; 0: 80

	// Root is the folder of the repository. Places that are absolute paths below it are written relative to it in sarif, junit, ctrf
	// and github, because CI systems show only those; empty: they are written as they are.
	Root string
	// Category keeps SARIF uploads of different environments apart; empty: made of the command, the contracts and the host.
	Category string
	// Check finds a check of the catalogue by its id: sarif and html explain findings with it. nil: check.Find.
	Check func(id string) (check.Check, bool)
}

type format struct {
	Format
	write func(Options, io.Writer, *scenarios.Result) error
}

func formats() []format {
	return []format{
		{Format{"text", "txt", "for a terminal: failures in full, then warnings, coverage, gates and counts"}, writeText},
		{Format{"json", "json", "the whole result, lossless; its schema is docs/schemas/result.schema.json"}, writeJSON},
		{Format{"junit", "xml", "JUnit XML as GitLab and Jenkins read it"}, writeJUnit},
		{Format{"sarif", "sarif", "SARIF 2.1.0 for code scanning: findings at their line of the contract"}, writeSARIF},
		{Format{"ctrf", "ctrf.json", "Common Test Report Format 1.0"}, writeCTRF},
		{Format{"markdown", "md", "a summary for a step of GitHub Actions or a comment, under 1 MiB"}, writeMarkdown},
		{Format{"html", "html", "one page that needs no network: filter, search, timeline, every exchange"}, writeHTML},
		{Format{"har", "har", "the exchanges as HTTP Archive 1.2"}, writeHAR},
		{Format{"github", "txt", "annotations of GitHub Actions, one line for each finding"}, writeGitHub},
	}
}

// Formats lists all formats, the one for people first.
func Formats() []Format {
	var list []Format
	for _, f := range formats() {
		list = append(list, f.Format)
	}
	return list
}

// Write renders a result in the format of that name, with no options.
func Write(name string, w io.Writer, r *scenarios.Result) error {
	return Options{}.Write(name, w, r)
}

// Write renders a result in the format of that name.
func (o Options) Write(name string, w io.Writer, r *scenarios.Result) error {
	write, err := o.Writer(name)
	if err != nil {
		return err
	}
	return write(w, r)
}

// Writer gives what writes the format of that name. The error for an unknown name lists those that there are.
func (o Options) Writer(name string) (Writer, error) {
	for _, f := range formats() {
		if f.Name != name {
			continue
		}
		return func(w io.Writer, r *scenarios.Result) error {
			b := bufio.NewWriter(w)
			if err := f.write(o, b, r); err != nil {
				return fmt.Errorf("write %s report: %w", f.Name, err)
			}
			if err := b.Flush(); err != nil {
				return fmt.Errorf("write %s report: %w", f.Name, err)
			}
			return nil
		}, nil
	}
	var names string
	for i, f := range formats() {
		if i > 0 {
			names += ", "
		}
		names += f.Name
	}
	return nil, fmt.Errorf("there is no report format %q: choose one of %s", name, names)
}
