package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"understudy/mock"

	"github.com/spf13/cobra"
)

func (c *controlling) bundleCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "bundle", Short: "Write the recorded run to a file that understudy replay runs once more", Args: cobra.NoArgs,
		Long: `Bundle writes all that is needed to run what happened once more: the contract, settings, what the world
held when its journal began, every request as it came with its instant and its answer, and what was changed
over the management API. The file holds the secret that this stand-in's credentials come from, and is
written for you alone; credentials that the stand-in did not issue are replaced by others of the same form.`,
		Example: "  understudy control bundle --out run.bundle.jsonl\n  understudy control bundle --sandbox checkout --out checkout.bundle.jsonl\n  understudy replay run.bundle.jsonl",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return errors.New("say where the bundle goes: --out FILE, - is standard output")
			}
			client, err := c.connect()
			if err != nil {
				return err
			}
			n, first, err := c.download(cmd.Context(), client.one(), "/bundle", out)
			if err != nil {
				return err
			}
			var head mock.BundleHead
			if err := json.Unmarshal(first, &head); err != nil {
				return fmt.Errorf("read the bundle's head: %w", err)
			}
			c.bundleNotes(&head)
			if out == "-" {
				return nil
			}
			_, err = fmt.Fprintf(c.out, "%s written, %d bytes; it holds credentials of this stand-in\n", out, n)
			return err
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file to be written, - is standard output")
	return cmd
}

// bundleNotes says what a bundle lacks.
func (p *process) bundleNotes(head *mock.BundleHead) {
	word := "note: "
	if !head.Whole {
		word = "warning: the bundle is not whole: "
	}
	for _, note := range head.Notes {
		fmt.Fprintln(p.err, word+oneLine(note))
	}
}
