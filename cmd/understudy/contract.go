package main

import (
	"context"
	"fmt"
	"strings"

	"understudy/contracts"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// loading are the flags of every command that reads contracts.
type loading struct {
	overlays  []string
	allowRefs []string
}

func (l *loading) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&l.overlays, "overlay", nil, "Overlay document to put on the contract; NAME=FILE puts it on the contract of that name (repeatable)")
	f.StringArrayVar(&l.allowRefs, "allow-refs", nil, "host from which $ref to http(s) URLs may be fetched (repeatable)")
}

// load reads the contracts that the user named, each with its overlays.
func (l *loading) load(ctx context.Context, sources []string) ([]*contracts.Contract, error) {
	var list []*contracts.Contract
	named := map[string]bool{}
	for _, source := range sources {
		options := contracts.Options{AllowRefs: l.allowRefs}
		for _, o := range l.overlays {
			name, file, ok := strings.Cut(o, "=")
			if ok && !strings.ContainsAny(name, "/\\.:") {
				if name != source {
					continue
				}
				named[o] = true
				options.Overlays = append(options.Overlays, file)
				continue
			}
			if len(sources) > 1 {
				return nil, fmt.Errorf("--overlay %s: several contracts are served; say which one is meant: --overlay CONTRACT=%s", o, o)
			}
			options.Overlays = append(options.Overlays, o)
		}
		c, err := contracts.Load(ctx, source, options)
		if err != nil {
			return nil, err
		}
		for _, other := range list {
			if other.Name == c.Name {
				c.Name = fmt.Sprintf("%s-%d", c.Name, len(list)+1)
				break
			}
		}
		list = append(list, c)
	}
	for _, o := range l.overlays {
		name, _, ok := strings.Cut(o, "=")
		if ok && !strings.ContainsAny(name, "/\\.:") && !named[o] {
			return nil, fmt.Errorf("--overlay %s: no contract called %s is served", o, name)
		}
	}
	return list, nil
}

// warn prints the faults that did not keep a document from being used.
func (p *process) warn(c *contracts.Contract, most int) {
	for i, w := range c.Warnings {
		if i == most {
			fmt.Fprintf(p.err, "warning: %s: and %d more; see: understudy contracts lint\n", c.Name, len(c.Warnings)-most)
			return
		}
		fmt.Fprintln(p.err, "warning: "+oneLine(warningText(w)))
	}
}

func warningText(w contracts.Warning) string {
	text := w.At.File
	if w.At.Line > 0 {
		text += fmt.Sprintf(":%d", w.At.Line)
	}
	if text != "" {
		text += ": "
	}
	text += w.Message
	if w.At.Pointer != "" {
		text += " (at #" + w.At.Pointer + ")"
	}
	return text
}

func (p *process) contractsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "contracts", Short: "List the built-in contracts; print one; lint one; print a JSON Schema", Args: cobra.NoArgs,
		Example: "  understudy contracts\n  understudy contracts print ecosire --file behaviour.overlay.yaml\n  understudy contracts lint openapi.yaml --overlay ours.overlay.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range contracts.Builtins() {
				c, err := contracts.Load(cmd.Context(), name, contracts.Options{})
				if err != nil {
					return err
				}
				base := c.Behaviour.BaseURL
				if base == "" && len(c.Servers) > 0 {
					base = c.Servers[0].URL
				}
				fmt.Fprintf(p.out, "%-10s %-12s %3d operations  %s\n", name, "OpenAPI "+c.OpenAPI, len(c.Operations), base)
			}
			return nil
		},
	}
	cmd.AddCommand(p.contractsPrint(), p.contractsLint(), p.contractsSchema())
	return cmd
}

func (p *process) contractsPrint() *cobra.Command {
	file, bundled := "openapi.yaml", false
	var l loading
	cmd := &cobra.Command{
		Use: "print CONTRACT", Short: "Print a built-in contract's files, or any contract as one JSON document", Args: cobra.ExactArgs(1),
		Example: "  understudy contracts print echowin\n  understudy contracts print openapi.yaml --bundled > one.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if bundled {
				list, err := l.load(cmd.Context(), args)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.out, "%s\n", list[0].Document())
				return err
			}
			data, err := contracts.Builtin(args[0], file)
			if err != nil {
				return fmt.Errorf("%w; any other document is printed with --bundled", err)
			}
			_, err = p.out.Write(data)
			return err
		},
	}
	cmd.Flags().StringVar(&file, "file", file, "file of a built-in contract: openapi.yaml, behaviour.overlay.yaml, requirements.yaml")
	cmd.Flags().BoolVar(&bundled, "bundled", false, "one JSON document, overlays applied and other files' parts inside")
	l.flags(cmd.Flags())
	return cmd
}
