// Package workflows holds the suites of the built-in contracts: for each of them a folder of Arazzo workflows that tell its
// documented stories, with the tables and the small OpenAPI documents that they need.
//
// They are data, put into the program so that understudy run knows them by the name of their contract.
package workflows

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed */*
var suites embed.FS

// Suffix ends the names of the files that hold workflows.
const Suffix = ".arazzo.yaml"

// Names lists the contracts that have a suite, sorted.
func Names() []string {
	entries, err := fs.ReadDir(suites, ".")
	if err != nil {
		return nil // the folder is in the program
	}
	var names []string
	for _, e := range entries {
		if len(files(e.Name())) > 0 {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

// Suite gives the folder of a contract's suite, and the names of the files with workflows in it, sorted.
func Suite(contract string) (folder fs.FS, names []string, err error) {
	names = files(contract)
	if len(names) == 0 {
		return nil, nil, fmt.Errorf("there is no suite for the contract %q; there are those for %s", contract, strings.Join(Names(), ", "))
	}
	folder, err = fs.Sub(suites, contract)
	return folder, names, err
}

func files(contract string) []string {
	entries, err := fs.ReadDir(suites, contract)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), Suffix) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}
