// Package schemas holds the published JSON Schemas: of the files that Understudy reads, for editors and for contracts lint,
// and of those that it writes, for whoever reads them.
package schemas

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed *.schema.json
var files embed.FS

// A Schema is one of the published schemas.
type Schema struct {
	Name string // "seed": the file is seed.schema.json
	For  string // which file it is of, for lists
	Read bool   // Understudy reads such files; else it writes them
}

// Schemas lists all of them: those of files that are read come first.
var Schemas = []Schema{
	{"x-understudy", "Overlay and OpenAPI documents with words of behaviour", true},
	{"seed", "items that exist from the start, for serve --seed-file", true},
	{"credentials", "who calls a deployment that is judged, for --credentials", true},
	{"baseline", "known findings, for --baseline", true},
	{"plan", "what happens in a rehearsal, for rehearse --plan", true},
	{"result", "a result, as --report json= writes it and report reads it", true},
	{"explain", "what was understood of a contract, as explain --format json writes it", false},
	{"requirements", "what is proven, as requirements --format json writes it", false},
}

// Text gives the schema of a name.
func Text(name string) ([]byte, error) {
	if !slices.ContainsFunc(Schemas, func(s Schema) bool { return s.Name == name }) {
		return nil, fmt.Errorf("there is no schema called %q; there are %s", name, strings.Join(names(), ", "))
	}
	return files.ReadFile(name + ".schema.json")
}

func names() []string {
	list := make([]string, len(Schemas))
	for i, s := range Schemas {
		list[i] = s.Name
	}
	return list
}
