package main

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) sandboxCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "sandbox", Short: "List, make, show and drop isolated worlds of a contract", Args: cobra.NoArgs,
		Long: `A sandbox is an isolated world inside a stand-in, forked from a snapshot in no time: its own state,
credentials, counters, clock, faults and journal. Tests that run at once, each in a sandbox, never see
each other. A client reaches it by a header, by another base URL, or by a key that leads there.`,
		Example: `  understudy control sandbox create checkout
  understudy control sandbox create checkout --snapshot paid --idle 15m --frozen
  understudy control state list /pets --sandbox checkout
  understudy control clock advance 24h --sandbox checkout
  understudy control sandbox drop checkout`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.sandboxList(), c.sandboxCreate(), c.sandboxShow(), c.sandboxDrop())
	return cmd
}

func (c *controlling) sandboxList() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List the sandboxes", Args: cobra.NoArgs,
		Example: "  understudy control sandbox list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return fmt.Errorf("--limit %d: give a number above 0", limit)
			}
			var list control.Sandboxes
			if printed, err := c.ask(cmd, "GET", "/sandboxes", controlParams{"limit": strconv.Itoa(limit)}, nil, &list); printed || err != nil {
				return err
			}
			if list.Total == 0 {
				_, err := fmt.Fprintln(c.out, "no sandboxes")
				return err
			}
			err := c.table(func(row func(...any)) {
				row("NAME", "SNAPSHOT", "CLOCK", "REQUESTS", "ITEMS", "DROPPED WHEN IDLE", "LAST USED")
				for _, b := range list.Sandboxes {
					row(b.Name, b.Snapshot, clockText(b.Clock), b.Requests, b.Items, dropText(&b), instantText(b.UsedAt))
				}
			})
			if err == nil && list.Total > len(list.Sandboxes) {
				_, err = fmt.Fprintf(c.out, "%d of %d sandboxes; more with --limit\n", len(list.Sandboxes), list.Total)
			}
			return err
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 100, "at most so many")
	return cmd
}

// dropText says when a sandbox is dropped.
func dropText(b *control.Sandbox) string {
	if b.DropsAt == nil {
		return "never"
	}
	return "for " + b.Idle + ": " + instantText(*b.DropsAt)
}

// sandboxPath is the path of one sandbox.
func sandboxPath(name string) string { return "/sandboxes/" + url.PathEscape(name) }

func (c *controlling) sandboxCreate() *cobra.Command {
	var snapshot, at, idle string
	var seed uint64
	var frozen, keyed bool
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Make a sandbox and print how to reach it", Args: cobra.ExactArgs(1),
		Example: `  understudy control sandbox create checkout
  understudy control sandbox create checkout --snapshot paid --at 2026-01-31T12:00:00Z --frozen
  understudy control sandbox create checkout --key --idle never`,
		RunE: func(cmd *cobra.Command, args []string) error {
			body := given(map[string]any{"name": args[0], "snapshot": snapshot, "at": at, "idle": idle, "frozen": frozen, "keyed": keyed})
			if cmd.Flags().Changed("seed") {
				body["seed"] = seed
			}
			var b control.Sandbox
			if printed, err := c.ask(cmd, "POST", "/sandboxes", nil, body, &b); printed || err != nil {
				return err
			}
			return c.printSandbox(&b)
		},
	}
	f := cmd.Flags()
	f.StringVar(&snapshot, "snapshot", "", "what it is forked from (default: start, how the stand-in started)")
	f.Uint64Var(&seed, "seed", 0, "number from which its invented values come (default: the stand-in's)")
	f.StringVar(&at, "at", "", "where its clock stands (default: where the stand-in's does)")
	f.BoolVar(&frozen, "frozen", false, "its clock stands still until it is moved")
	f.StringVar(&idle, "idle", "", "how long nobody may use it until it is dropped, or never (default 1h)")
	f.BoolVar(&keyed, "key", false, "make a key that leads to it: requests that show it need nothing else")
	return cmd
}

func (c *controlling) printSandbox(b *control.Sandbox) error {
	var text bytes.Buffer
	line := func(name string, value any) {
		if shown := fmt.Sprint(value); shown != "" {
			fmt.Fprintf(&text, "  %-9s  %s\n", name, oneLine(shown))
		}
	}
	fmt.Fprintln(&text, oneLine(b.Name))
	line("header", b.Ways.Header)
	line("base URL", b.Ways.Path)
	line("or", b.Ways.Host)
	line("key", b.Key)
	line("snapshot", b.Snapshot)
	line("seed", b.Seed)
	line("clock", clockText(b.Clock))
	line("made", instantText(b.CreatedAt))
	line("last used", instantText(b.UsedAt))
	if b.DropsAt == nil {
		line("dropped", "never")
	} else {
		line("dropped", "when nobody uses it for "+b.Idle+", at "+instantText(*b.DropsAt))
	}
	line("requests", b.Requests)
	line("items", b.Items)
	_, err := c.out.Write(text.Bytes())
	return err
}

func (c *controlling) sandboxShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show one sandbox and how to reach it", Args: cobra.ExactArgs(1),
		Example: "  understudy control sandbox show checkout",
		RunE: func(cmd *cobra.Command, args []string) error {
			var b control.Sandbox
			if printed, err := c.ask(cmd, "GET", sandboxPath(args[0]), nil, nil, &b); printed || err != nil {
				return err
			}
			return c.printSandbox(&b)
		},
	}
}

func (c *controlling) sandboxDrop() *cobra.Command {
	return &cobra.Command{
		Use: "drop NAME…", Short: "Drop sandboxes", Args: cobra.MinimumNArgs(1),
		Example: "  understudy control sandbox drop checkout",
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range args {
				if _, err := c.ask(cmd, "DELETE", sandboxPath(name), nil, nil, nil); err != nil {
					return err
				}
			}
			if c.json {
				return nil
			}
			_, err := fmt.Fprintf(c.out, "dropped: %s\n", oneLine(strings.Join(args, ", ")))
			return err
		},
	}
}
