package main

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"understudy/mock/control"
	"understudy/mock/webhook"

	"github.com/spf13/cobra"
)

// troubles says what each kind that is no spoiled signature does, and what its value is.
var troubles = map[webhook.Trouble]struct{ value, does string }{
	webhook.Duplicate:    {"", "sent twice"},
	webhook.OutOfOrder:   {"", "held until the next one to the same receiver has gone"},
	webhook.Delayed:      {"TIME", "sent so much later (default: 1m)"},
	webhook.UnknownEvent: {"", "under a name that the contract does not know, rightly signed"},
	webhook.HugeBody:     {"BYTES", "filled up to so many bytes (default: 1 MiB), rightly signed"},
	webhook.SlowSender:   {"TIME", "the body dribbles in over so long (default: 5s)"},
}

// spoilings are the kinds that make the signature bad, or odd.
func spoilings() []string {
	var names []string
	for _, t := range webhook.Troubles() {
		if t.Spoiling() != "" {
			names = append(names, string(t))
		}
	}
	return names
}

// troubleKindsText lists the kinds for --help.
func troubleKindsText() string {
	var b strings.Builder
	b.WriteString("Kinds of misbehaviour:\n")
	for _, t := range webhook.Troubles() {
		if of, ok := troubles[t]; ok {
			name := string(t)
			if of.value != "" {
				name += "=" + of.value
			}
			fmt.Fprintf(&b, "  %-16s  %s\n", name, of.does)
		}
	}
	b.WriteString("and with a bad or odd signature:\n")
	line := " "
	for _, name := range spoilings() {
		if len(line)+len(name) > 100 {
			b.WriteString(line + "\n")
			line = " "
		}
		line += " " + name
	}
	return b.String() + line
}

// troublesOf reads KIND or KIND=VALUE.
func troublesOf(list []string) ([]map[string]any, error) {
	var orders []map[string]any
	for _, text := range list {
		kind, value, valued := strings.Cut(text, "=")
		order := map[string]any{"kind": kind}
		switch of := troubles[webhook.Trouble(kind)]; {
		case !valued:
		case of.value == "TIME":
			order["for"] = value
		case of.value == "BYTES":
			n, err := strconv.Atoi(value)
			if err != nil {
				return nil, fmt.Errorf("%s: %q is no number of bytes", kind, value)
			}
			order["bytes"] = n
		default:
			return nil, fmt.Errorf("%s takes no value; see: understudy control misbehaviour --help", kind)
		}
		orders = append(orders, order)
	}
	return orders, nil
}

// troubleText is an order as it is written.
func troubleText(m *control.Misbehaviour) string {
	switch {
	case m.For != "":
		return string(m.Kind) + "=" + m.For
	case m.Bytes != 0:
		return fmt.Sprintf("%s=%d", m.Kind, m.Bytes)
	}
	return string(m.Kind)
}

func (c *controlling) misbehaviourCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "misbehaviour", Short: "Order trouble for the next deliveries: duplicates, bad signatures, delays", Args: cobra.NoArgs,
		Long: "Misbehaviours try out whether a receiver stands what senders and attackers do.\n\n" + troubleKindsText(),
		Example: `  understudy control misbehaviour order changed-byte --type invoice.paid --times 3
  understudy control misbehaviour order delayed=5m
  understudy control misbehaviour list
  understudy control misbehaviour clear`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.misbehaviourOrder(), c.misbehaviourList(), c.misbehaviourRemove(), c.misbehaviourClear())
	return cmd
}

func (c *controlling) misbehaviourOrder() *cobra.Command {
	var types []string
	var endpoint string
	var times, after, attempts int
	cmd := &cobra.Command{
		Use: "order KIND[=VALUE]", Short: "Order trouble for the next deliveries that fit", Args: cobra.ExactArgs(1),
		Long:    troubleKindsText(),
		Example: "  understudy control misbehaviour order stale-timestamp --type 'license.*'\n  understudy control misbehaviour order duplicate --times 10",
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := troublesOf(args)
			if err != nil {
				return err
			}
			order := list[0]
			for name, value := range given(map[string]any{"types": types, "endpoint": endpoint}) {
				order[name] = value
			}
			if cmd.Flags().Changed("times") {
				order["times"] = times
			}
			if after != 0 {
				order["after"] = after
			}
			if cmd.Flags().Changed("attempts") {
				order["attempts"] = attempts
			}
			var made control.Misbehaviour
			if printed, err := c.ask(cmd, "POST", "/misbehaviours", nil, order, &made); printed || err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.out, oneLine(fmt.Sprintf("%s: %s for the next %d", made.ID, troubleText(&made), made.Times)))
			return err
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&types, "type", nil, "only events of this name, in which * stands for any text")
	f.StringVar(&endpoint, "endpoint", "", "only deliveries to the endpoint of this id")
	f.IntVar(&times, "times", 1, "for how many deliveries")
	f.IntVar(&after, "after", 0, "how many deliveries that fit are spared first")
	f.IntVar(&attempts, "attempts", 1, "for how many attempts of each; -1: all")
	return cmd
}

func (c *controlling) misbehaviourList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the trouble that is still to come", Args: cobra.NoArgs,
		Example: "  understudy control misbehaviour list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list control.Misbehaviours
			if printed, err := c.ask(cmd, "GET", "/misbehaviours", nil, nil, &list); printed || err != nil {
				return err
			}
			if len(list.Ordered) == 0 {
				_, err := fmt.Fprintln(c.out, "no trouble is ordered")
				return err
			}
			return c.table(func(row func(...any)) {
				row("ID", "KIND", "AFTER", "TIMES", "EVENTS")
				for i := range list.Ordered {
					m := &list.Ordered[i]
					row(m.ID, troubleText(m), m.After, m.Times, strings.Join(m.Types, " "))
				}
			})
		},
	}
}

func (c *controlling) misbehaviourRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove ID…", Short: "Take orders back", Args: cobra.MinimumNArgs(1),
		Example: "  understudy control misbehaviour remove mis_1a2b3c",
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, id := range args {
				if printed, err := c.ask(cmd, "DELETE", "/misbehaviours/"+url.PathEscape(id), nil, nil, nil); err != nil {
					return err
				} else if !printed {
					fmt.Fprintf(c.out, "%s is removed\n", oneLine(id))
				}
			}
			return nil
		},
	}
}

func (c *controlling) misbehaviourClear() *cobra.Command {
	return &cobra.Command{
		Use: "clear", Short: "Take all orders back", Args: cobra.NoArgs,
		Example: "  understudy control misbehaviour clear",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var cleared control.ClearedMisbehaviours
			if printed, err := c.ask(cmd, "DELETE", "/misbehaviours", nil, nil, &cleared); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.out, "orders removed: %d\n", cleared.Removed)
			return err
		},
	}
}
