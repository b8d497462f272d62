package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) inboundCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "inbound", Short: "Say which operations take others' webhooks, by which secrets, and what came", Args: cobra.NoArgs,
		Long: `Inbound is about the contract's own operations that receive webhooks of others. "understudy control event sign --scheme
KIND" signs what they believe; "inbound secret" has them believe the real sender.`,
		Example: `  understudy control inbound
  understudy control inbound secret STRIPE_WEBHOOK_SECRET --from MY_STRIPE_SECRET
  understudy control inbound secret STRIPE_WEBHOOK_SECRET --own`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var in control.Inbound
			if printed, err := c.ask(cmd, "GET", "/inbound", nil, nil, &in); printed || err != nil {
				return err
			}
			if len(in.Operations) == 0 {
				_, err := fmt.Fprintln(c.out, "no operation takes webhooks of others")
				return err
			}
			return c.showInbound(&in)
		},
	}
	cmd.AddCommand(c.inboundSecret())
	return cmd
}

func (c *controlling) showInbound(in *control.Inbound) error {
	err := c.table(func(row func(...any)) {
		row("OPERATION", "PATH", "SIGNATURE", "SECRET")
		for _, o := range in.Operations {
			row(o.Operation, o.Method+" "+o.Path, o.Signature, o.Secret)
		}
	})
	if err != nil {
		return err
	}
	for _, s := range in.Secrets {
		whose := "brought along"
		if s.Own {
			whose = "the stand-in's own"
		}
		fmt.Fprintln(c.out, oneLine(s.Name+" is "+strings.Join(s.Shown, ", ")+", "+whose))
	}
	if len(in.Received) == 0 {
		return nil
	}
	fmt.Fprintln(c.out)
	return c.table(func(row func(...any)) {
		row("ENTRY", "AT", "OPERATION", "STATUS", "WHAT")
		for _, r := range in.Received {
			what := r.Problem
			if what == "" {
				what = r.Note
			}
			row(r.Entry, instantText(r.At), r.Operation, r.Status, shortened(what, 40))
		}
	})
}

func (c *controlling) inboundSecret() *cobra.Command {
	var from []string
	var own bool
	cmd := &cobra.Command{
		Use: "secret NAME", Short: "Replace the secret by which others' webhooks are judged", Args: cobra.ExactArgs(1),
		Example: `  understudy control inbound secret STRIPE_WEBHOOK_SECRET --from MY_STRIPE_SECRET
  understudy control inbound secret STRIPE_WEBHOOK_SECRET --own`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if own == (len(from) > 0) {
				return errors.New("give --from VARIABLE with the secret of the real sender, or --own for the stand-in's own")
			}
			texts := []string{}
			for _, name := range from {
				text := c.getenv(name)
				if text == "" {
					return fmt.Errorf("--from %s: the environment has no such variable, or an empty one", name)
				}
				texts = append(texts, text)
			}
			var s control.InboundSecret
			if printed, err := c.ask(cmd, "PUT", "/inbound/secrets/"+url.PathEscape(args[0]), nil, map[string]any{"secrets": texts}, &s); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintln(c.out, oneLine(s.Name+" is "+strings.Join(s.Shown, ", ")))
			return err
		},
	}
	cmd.Flags().StringSliceVar(&from, "from", nil, "environment variable of this command with a secret, the newest first (repeatable)")
	cmd.Flags().BoolVar(&own, "own", false, "the stand-in's own again")
	return cmd
}
