package main

import (
	"bytes"
	"io"

	"understudy/contracts/inference"
	"understudy/mock/resource"

	"github.com/spf13/cobra"
)

func (p *process) explainCommand() *cobra.Command {
	var l loading
	format := "text"
	cmd := &cobra.Command{
		Use: "explain CONTRACT", Short: "Say what was understood of each operation, why, how sure, and how to change it", Args: cobra.ExactArgs(1),
		Example: "  understudy explain ecoevents\n  understudy explain openapi.yaml --format json",
		Long: `Explain prints for each operation which collection it works on and what it does to it,
where the item stands in the body, how lists page, filter and sort, the security, limits and events,
with the reason, the confidence, and the overlay action that would change the decision.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := l.load(cmd.Context(), args)
			if err != nil {
				return err
			}
			var b bytes.Buffer
			if err := resource.Explain(&b, inference.Infer(list[0]), format); err != nil {
				return err
			}
			_, err = io.WriteString(p.out, printable(b.String(), "\n\t")) // a document may hold what moves a terminal
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "text, json or markdown")
	l.flags(cmd.Flags())
	return cmd
}
