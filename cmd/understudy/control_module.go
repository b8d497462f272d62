package main

import (
	"fmt"
	"net/url"
	"strings"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) moduleCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "module", Short: "Switch parts of a contract off and on", Args: cobra.NoArgs,
		Long: `A module is a part of a contract that its overlay names. While it is off, its operations answer as if the
document did not have them: 404, in the contract's shape.`,
		Example: "  understudy control module list\n  understudy control module off marketplace-jobs\n  understudy control module on marketplace-jobs",
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.moduleList(), c.moduleSwitch("on", true), c.moduleSwitch("off", false))
	return cmd
}

func (c *controlling) moduleList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the modules and their operations", Args: cobra.NoArgs,
		Example: "  understudy control module list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list control.Modules
			if printed, err := c.ask(cmd, "GET", "/modules", nil, nil, &list); printed || err != nil {
				return err
			}
			if len(list.Modules) == 0 {
				_, err := fmt.Fprintln(c.out, "no modules: the contract's overlay names none")
				return err
			}
			return c.table(func(row func(...any)) {
				row("MODULE", "STATE", "OPERATIONS", "DESCRIPTION")
				for _, m := range list.Modules {
					row(m.Name, onText(m.On), shortened(strings.Join(m.Operations, " "), 80), m.Description)
				}
			})
		},
	}
}

func onText(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func (c *controlling) moduleSwitch(word string, on bool) *cobra.Command {
	return &cobra.Command{
		Use: word + " NAME…", Short: "Switch modules " + word, Args: cobra.MinimumNArgs(1),
		Example: "  understudy control module " + word + " marketplace-jobs",
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range args {
				var m control.Module
				printed, err := c.ask(cmd, "PUT", "/modules/"+url.PathEscape(name), nil, map[string]any{"on": on}, &m)
				if err != nil {
					return err
				}
				if !printed {
					fmt.Fprintf(c.out, "%s is %s: %d operations\n", oneLine(m.Name), onText(m.On), len(m.Operations))
				}
			}
			return nil
		},
	}
}
