package main

import (
	"fmt"
	"strconv"
	"strings"

	"understudy/mock/control"
	"understudy/mock/quota"

	"github.com/spf13/cobra"
)

func (c *controlling) limitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "limit", Short: "See what is left of the limits, and set it", Args: cobra.NoArgs,
		Long: `Limits are those that the contract declares. What is counted has its kind before it, as in
credential:key_1a2b3c4d5e, account:acc_9i8h7g6f5e or address:127.0.0.1; the bare id will do where the
limit is named. A credential stands for all that came from it.`,
		Example: `  understudy control limit list
  understudy control limit set hour 3 --subject key_1a2b3c4d5e
  understudy control limit drain --subject account:acc_9i8h7g6f5e
  understudy control limit reset`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.limitList(), c.limitSet(), c.limitDrain(), c.limitReset())
	return cmd
}

// subjectFlag says for whom.
func subjectFlag(cmd *cobra.Command, subject *string) {
	cmd.Flags().StringVar(subject, "subject", "", "for whom: credential:ID, account:ID, user:ID, address:IP, route:OPERATION or all (default: all who have used it)")
}

func (c *controlling) limitList() *cobra.Command {
	var subject string
	var count int
	cmd := &cobra.Command{
		Use: "list [LIMIT]", Short: "List the limits and what is left for whom", Args: cobra.MaximumNArgs(1),
		Example: "  understudy control limit list\n  understudy control limit list hour --subject key_1a2b3c4d5e",
		RunE: func(cmd *cobra.Command, args []string) error {
			if count < 1 {
				return fmt.Errorf("--count %d: give a number above 0", count)
			}
			params := controlParams{"limit": firstOf(args), "subject": subject, "count": strconv.Itoa(count)}
			var list control.Limits
			if printed, err := c.ask(cmd, "GET", "/limits", params, nil, &list); printed || err != nil {
				return err
			}
			return c.showLimits(&list)
		},
	}
	subjectFlag(cmd, &subject)
	cmd.Flags().IntVar(&count, "count", 100, "at most so many counters")
	return cmd
}

func (c *controlling) showLimits(list *control.Limits) error {
	if len(list.Limits) == 0 {
		_, err := fmt.Fprintln(c.out, "the contract declares no limits")
		return err
	}
	err := c.table(func(row func(...any)) {
		row("LIMIT", "ALLOWS", "PER", "ALGORITHM", "COUNTS")
		for _, l := range list.Limits {
			counts := "all operations"
			if len(l.Routes) > 0 {
				counts = shortened(strings.Join(l.Routes, " "), 40)
			}
			if len(l.Plans) > 0 {
				counts += ", plan " + strings.Join(l.Plans, ", ")
			}
			row(l.Name, l.Words, strings.Join(l.Per, ", "), l.Algorithm, counts)
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out)
	if err := c.showCounters(list.Counters); err != nil {
		return err
	}
	if list.Total > len(list.Counters) {
		_, err = fmt.Fprintf(c.out, "%d of %d counters; more with --count\n", len(list.Counters), list.Total)
	}
	if err == nil && list.Dropped > 0 {
		_, err = fmt.Fprintf(c.out, "%d counters were forgiven because there were too many\n", list.Dropped)
	}
	return err
}

func (c *controlling) showCounters(counters []quota.Counter) error {
	if len(counters) == 0 {
		_, err := fmt.Fprintln(c.out, "nobody has used any of it")
		return err
	}
	return c.table(func(row func(...any)) {
		row("LIMIT", "SUBJECT", "USED", "LEFT", "OF", "RESET")
		for _, k := range counters {
			row(k.Limit, k.Subject, k.Used, k.Remaining, k.Quota, instantText(k.ResetAt))
		}
	})
}

func (c *controlling) limitSet() *cobra.Command {
	var subject string
	cmd := &cobra.Command{
		Use: "set LIMIT REMAINING", Short: "Set how much is left of a limit", Args: cobra.ExactArgs(2),
		Example: "  understudy control limit set hour 3\n  understudy control limit set hour 3 --subject key_1a2b3c4d5e",
		RunE: func(cmd *cobra.Command, args []string) error {
			remaining, err := strconv.ParseInt(args[1], 10, 64)
			if err != nil || remaining < 0 {
				return fmt.Errorf("set %s: give a number of requests from 0 on", args[1])
			}
			body := given(map[string]any{"limit": args[0], "subject": subject, "remaining": remaining})
			return c.changeCounters(cmd, "/limits/set", body)
		},
	}
	subjectFlag(cmd, &subject)
	return cmd
}

func (c *controlling) limitDrain() *cobra.Command {
	var subject string
	cmd := &cobra.Command{
		Use: "drain [LIMIT]", Short: "Use a limit up, or all limits", Args: cobra.MaximumNArgs(1),
		Example: "  understudy control limit drain burst\n  understudy control limit drain --subject credential:key_1a2b3c4d5e",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.changeCounters(cmd, "/limits/drain", given(map[string]any{"limit": firstOf(args), "subject": subject}))
		},
	}
	subjectFlag(cmd, &subject)
	return cmd
}

// changeCounters sends a change and shows what came of it.
func (c *controlling) changeCounters(cmd *cobra.Command, path string, body map[string]any) error {
	var changed control.Counters
	if printed, err := c.ask(cmd, "POST", path, nil, body, &changed); printed || err != nil {
		return err
	}
	return c.showCounters(changed.Counters)
}

func (c *controlling) limitReset() *cobra.Command {
	var subject string
	cmd := &cobra.Command{
		Use: "reset [LIMIT]", Short: "Forget what was counted, of one limit or of all", Args: cobra.MaximumNArgs(1),
		Example: "  understudy control limit reset\n  understudy control limit reset hour --subject key_1a2b3c4d5e",
		RunE: func(cmd *cobra.Command, args []string) error {
			var cleared control.ClearedCounters
			body := given(map[string]any{"limit": firstOf(args), "subject": subject})
			if printed, err := c.ask(cmd, "POST", "/limits/reset", nil, body, &cleared); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.out, "%d counters forgotten\n", cleared.Cleared)
			return err
		},
	}
	subjectFlag(cmd, &subject)
	return cmd
}

// firstOf is the argument of a command that may have one.
func firstOf(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
