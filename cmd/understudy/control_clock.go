package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) clockCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "clock", Short: "Read the stand-in's clock; move, stop and hasten it; list what waits", Args: cobra.NoArgs,
		Long: `Clock shows and moves the clock by which everything in the stand-in expires, counts and waits. What falls
due on the way happens in order before the command returns, and is listed. Contracts that are served
together share one clock; with --sandbox it is that of the sandbox.`,
		Example: `  understudy control clock
  understudy control clock advance 24h
  understudy control clock advance 7d --sandbox checkout
  understudy control clock set 2026-01-31T12:00:00Z
  understudy control clock freeze
  understudy control clock rate 60
  understudy control clock pending`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.showClock(cmd) },
	}
	advance := &cobra.Command{
		Use: "advance TIME", Short: "Let the clock go ahead by 90s, 15m, 24h, 7d, 2w", Args: cobra.ExactArgs(1),
		Example: "  understudy control clock advance 24h\n  understudy control clock advance 1w2d",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.moveClock(cmd, map[string]any{"advance": args[0]})
		},
	}
	advance.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if strings.HasPrefix(err.Error(), "unknown shorthand flag") { // -24h
			return errors.New("the clock goes ahead only: to turn it back, give an instant: understudy control clock set 2026-01-31T12:00:00Z")
		}
		return fmt.Errorf("%w\nsee: %s --help", err, cmd.CommandPath())
	})
	cmd.AddCommand(
		&cobra.Command{
			Use: "show", Short: "Read the clock", Args: cobra.NoArgs,
			Example: "  understudy control clock show",
			RunE:    func(cmd *cobra.Command, _ []string) error { return c.showClock(cmd) },
		},
		advance,
		&cobra.Command{
			Use: "set INSTANT", Short: "Set the clock to an instant; nothing happens when that turns it back", Args: cobra.ExactArgs(1),
			Example: "  understudy control clock set 2026-01-31T12:00:00Z",
			RunE:    func(cmd *cobra.Command, args []string) error { return c.moveClock(cmd, map[string]any{"set": args[0]}) },
		},
		&cobra.Command{
			Use: "freeze", Short: "Let the clock stand still where it is", Args: cobra.NoArgs,
			Example: "  understudy control clock freeze",
			RunE:    func(cmd *cobra.Command, _ []string) error { return c.moveClock(cmd, map[string]any{"freeze": true}) },
		},
		&cobra.Command{
			Use: "rate N", Short: "Let the clock go on, N of its seconds in a real one; 1 is real time", Args: cobra.ExactArgs(1),
			Example: "  understudy control clock rate 60\n  understudy control clock rate 1",
			RunE: func(cmd *cobra.Command, args []string) error {
				rate, err := strconv.ParseFloat(args[0], 64)
				if err != nil {
					return fmt.Errorf("%s is no rate: give a number such as 1 for real time or 60 for a minute in a second", args[0])
				}
				return c.moveClock(cmd, map[string]any{"rate": rate})
			},
		},
		c.pendingCommand(),
	)
	return cmd
}

// askClock asks about the clock that the user means: a sandbox's or a contract's where one is named, else the common one.
func (c *controlling) askClock(cmd *cobra.Command, method, path string, params controlParams, body map[string]any, into any) (printed bool, err error) {
	client, err := c.connect()
	if err != nil {
		return false, err
	}
	if c.contract != "" || c.sandbox != "" {
		client = client.one()
	}
	var text []byte
	if body != nil {
		if text, err = json.Marshal(body); err != nil {
			return false, err
		}
	}
	data, err := client.raw(cmd.Context(), method, "/clock"+path, params, text)
	if err != nil {
		return false, err
	}
	if c.json {
		_, err = c.out.Write(data)
		return true, err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return false, fmt.Errorf("what answers at %s is no management API of a stand-in: %w", client.base, err)
	}
	return false, nil
}

func (c *controlling) showClock(cmd *cobra.Command) error {
	var now control.Time
	if printed, err := c.askClock(cmd, "GET", "", nil, nil, &now); printed || err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.out, clockText(now))
	return err
}

func (c *controlling) moveClock(cmd *cobra.Command, wish map[string]any) error {
	var moved control.Moved
	if printed, err := c.askClock(cmd, "POST", "", nil, wish, &moved); printed || err != nil {
		return err
	}
	if err := c.happenings(moved.Ran); err != nil {
		return err
	}
	if moved.Omitted > 0 {
		fmt.Fprintf(c.out, "and %d more\n", moved.Omitted)
	}
	_, err := fmt.Fprintln(c.out, clockText(moved.Time))
	return err
}

// happenings prints a line for each thing that happened, or will.
func (c *controlling) happenings(list []control.Happening) error {
	return c.table(func(row func(...any)) {
		for _, h := range list {
			what := h.What
			if h.Contract != "" {
				what = h.Contract + ": " + what
			}
			row(h.At.UTC().Format(time.RFC3339), what)
		}
	})
}

func (c *controlling) pendingCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "pending", Short: "List what waits for its time: calls that are due later, credentials and limits that end", Args: cobra.NoArgs,
		Example: "  understudy control clock pending\n  understudy control clock pending --limit 5",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return fmt.Errorf("--limit %d: give a number above 0", limit)
			}
			var waiting control.Waiting
			if printed, err := c.askClock(cmd, "GET", "/pending", controlParams{"limit": strconv.Itoa(limit)}, nil, &waiting); printed || err != nil {
				return err
			}
			if waiting.Total == 0 {
				_, err := fmt.Fprintln(c.out, "nothing waits")
				return err
			}
			err := c.happenings(waiting.Pending)
			if err == nil && waiting.Total > len(waiting.Pending) {
				_, err = fmt.Fprintf(c.out, "%d of %d; more with --limit\n", len(waiting.Pending), waiting.Total)
			}
			return err
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 100, "at most so many")
	return cmd
}
