package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"understudy/contracts"
	"understudy/docs/schemas"

	"github.com/spf13/cobra"
)

// maxLinted bounds a file that is held against a schema, in bytes.
const maxLinted = 64 << 20

func (p *process) contractsLint() *cobra.Command {
	var l loading
	as := ""
	cmd := &cobra.Command{
		Use: "lint CONTRACT", Short: "Say everything that is wrong with a document, with file and line", Args: cobra.ExactArgs(1),
		Example: `  understudy contracts lint openapi.yaml
  understudy contracts lint openapi.yaml --overlay ours.overlay.yaml
  understudy contracts lint --as seed seeds.yaml`,
		Long: `Lint loads the document with its overlays as serve does, and has a second, independent reader go
over it: libopenapi, and the official JSON Schema of its OpenAPI version. Exit status 1 says that
there are findings, 2 that the document cannot be served at all.

With --as the argument is another file that Understudy reads, which is held against the JSON Schema
of its kind: the same that editors are given. understudy contracts schema lists the kinds.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if as != "" {
				return p.lintAs(as, args[0])
			}
			second, err := contracts.Lint(cmd.Context(), args[0], contracts.Options{AllowRefs: l.allowRefs})
			if err != nil {
				return err
			}
			var findings []contracts.Warning
			list, unusable := l.load(cmd.Context(), args)
			if unusable == nil {
				findings = list[0].Warnings
			}
			found := p.tellFindings(append(findings, second...))
			switch {
			case unusable != nil:
				return unusable
			case found:
				return errFindings
			}
			fmt.Fprintf(p.out, "%s: no findings\n", args[0])
			return nil
		},
	}
	l.flags(cmd.Flags())
	cmd.Flags().StringVar(&as, "as", "", "kind of file that is held against its JSON Schema instead: "+strings.Join(readKinds(), ", "))
	return cmd
}

// tellFindings prints each finding once, and says whether there was one.
func (p *process) tellFindings(findings []contracts.Warning) bool {
	seen := map[contracts.Warning]bool{}
	for _, w := range findings {
		if !seen[w] {
			seen[w] = true
			fmt.Fprintln(p.out, warningText(w))
		}
	}
	return len(seen) > 0
}

func (p *process) lintAs(kind, name string) error {
	text, err := schemas.Text(kind)
	if err != nil {
		return fmt.Errorf("--as %s: %w", kind, err)
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxLinted+1))
	if err != nil {
		return err
	}
	if len(data) > maxLinted {
		return fmt.Errorf("%s is larger than %d MiB", name, maxLinted>>20)
	}
	findings, err := contracts.LintFile(name, data, text)
	if err != nil {
		return err
	}
	if p.tellFindings(findings) {
		return errFindings
	}
	fmt.Fprintf(p.out, "%s: no findings\n", name)
	return nil
}

// readKinds names the kinds of files that are read.
func readKinds() []string {
	var list []string
	for _, s := range schemas.Schemas {
		if s.Read {
			list = append(list, s.Name)
		}
	}
	return list
}

func (p *process) contractsSchema() *cobra.Command {
	return &cobra.Command{
		Use: "schema [NAME]", Short: "List the JSON Schemas of files that are read and written; print one", Args: cobra.MaximumNArgs(1),
		Example: `  understudy contracts schema
  understudy contracts schema x-understudy > x-understudy.schema.json`,
		Long: `Editors use the schemas to complete words and to mark faults. Most take a line at the top of the file:

  # yaml-language-server: $schema=x-understudy.schema.json`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				text, err := schemas.Text(args[0])
				if err != nil {
					return err
				}
				_, err = p.out.Write(text)
				return err
			}
			for _, s := range schemas.Schemas {
				fmt.Fprintf(p.out, "%-13s %s\n", s.Name, s.For)
			}
			return nil
		},
	}
}
