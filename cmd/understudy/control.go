package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

// defaultControl is where the management API of one contract listens unless serve was told otherwise.
const defaultControl = "http://127.0.0.1:4011"

// controlling are the flags of every command that talks to a running stand-in.
type controlling struct {
	*process
	url, token, contract, readyFile string
	sandbox                         string
	json                            bool
}

func (p *process) controlCommand() *cobra.Command {
	c := &controlling{process: p}
	cmd := &cobra.Command{
		Use: "control", Short: "Look into a running stand-in and change it", Args: cobra.NoArgs,
		Long: `Control talks to the management API of a running stand-in: its journal, state and clock, its keys,
tokens and users, its sandboxes and snapshots, its events and their deliveries. With --sandbox NAME a command means the world of that
sandbox.

Where the API is, it takes from --url, else from the file that serve --ready-file wrote, else from
UNDERSTUDY_CONTROL_URL, else it is ` + defaultControl + `; the token from --token, else from that file,
else from UNDERSTUDY_CONTROL_TOKEN.`,
		Example: `  understudy control status
  understudy control journal --follow
  understudy control journal show 12
  understudy control state list /pets
  understudy control key create --name CI --expires 24h
  understudy control fault add status=503 --times 2
  understudy control event send license.activated
  understudy control delivery list --state dead
  understudy control clock advance 24h
  understudy control sandbox create checkout
  understudy control reset`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := cmd.PersistentFlags()
	f.StringVar(&c.url, "url", "", "address of the management API (default "+defaultControl+")")
	f.StringVar(&c.token, "token", "", "its token, where it asks for one")
	f.StringVar(&c.readyFile, "ready-file", "", "file that serve --ready-file wrote: address and token are read from it")
	f.StringVar(&c.contract, "contract", "", "name of the contract, where several are served")
	f.StringVar(&c.sandbox, "sandbox", "", "the sandbox that is meant, not the contract's own world")
	f.BoolVar(&c.json, "json", false, "print the API's answer as it is; journals and audit logs one entry a line")
	cmd.AddCommand(c.statusCommand(), c.readyCommand(), c.contractsCommand(), c.journalCommand(), c.stateCommand(),
		c.clockCommand(), c.sandboxCommand(), c.snapshotCommand(), c.bundleCommand(), c.resetCommand(), c.openapiCommand(),
		c.keyCommand(), c.tokenCommand(), c.userCommand(), c.accountCommand(), c.clientCommand(), c.signingKeyCommand(), c.auditCommand(), c.limitCommand(),
		c.faultCommand(), c.moduleCommand(),
		c.eventCommand(), c.endpointCommand(), c.deliveryCommand(), c.misbehaviourCommand(), c.inboxCommand(), c.inboundCommand(), c.realtimeCommand())
	groupCommands(cmd, controlGroups)
	return cmd
}

// connect finds out where the management API is and how to get in.
func (c *controlling) connect() (*controlClient, error) {
	var ready readyControl
	if c.readyFile != "" {
		data, err := os.ReadFile(c.readyFile)
		if err != nil {
			return nil, fmt.Errorf("read the ready file: %w; it is written once serve --ready-file answers", err)
		}
		var file readiness
		if err := json.Unmarshal(data, &file); err != nil {
			return nil, fmt.Errorf("read the ready file %s: %w", c.readyFile, err)
		}
		if file.Control == nil {
			return nil, fmt.Errorf("read the ready file %s: it names no management API; the stand-in runs with --no-control", c.readyFile)
		}
		ready = *file.Control
	}
	client, err := newControlClient(
		cmp.Or(c.url, ready.URL, c.getenv("UNDERSTUDY_CONTROL_URL"), defaultControl),
		cmp.Or(c.token, ready.Token, c.getenv("UNDERSTUDY_CONTROL_TOKEN")), c.contract)
	if err == nil {
		client.sandbox = c.sandbox
	}
	return client, err
}

// table prints aligned columns without blanks at the ends of lines.
func (c *controlling) table(rows func(row func(cells ...any))) error {
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	rows(func(cells ...any) {
		for i, cell := range cells {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, oneLine(fmt.Sprint(cell)))
		}
		fmt.Fprintln(w)
	})
	if err := w.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if _, err := fmt.Fprintln(c.out, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// pass prints an answer of the API as it is.
func (c *controlling) pass(cmd *cobra.Command, client *controlClient, method, path string, params controlParams) error {
	body, err := client.raw(cmd.Context(), method, path, params, nil)
	if err != nil {
		return err
	}
	_, err = c.out.Write(body)
	return err
}

func (c *controlling) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Say what runs, whether it answers, and what came so far", Args: cobra.NoArgs,
		Example: "  understudy control status\n  understudy control status --ready-file ready.json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := c.connect()
			if err != nil {
				return err
			}
			if c.json {
				return c.pass(cmd, client, "GET", "/version", nil)
			}
			var version control.Version
			var now control.Time
			var list control.Contracts
			for path, into := range map[string]any{"/version": &version, "/clock": &now, "/contracts": &list} {
				if err := client.get(cmd.Context(), path, nil, into); err != nil {
					return err
				}
			}
			state := "ready"
			if err := client.get(cmd.Context(), "/ready", nil, &control.Status{}); err != nil {
				state = "starting"
			}
			fmt.Fprintf(c.out, "%s %s  %s  seed %d  clock %s\n", version.Name, oneLine(version.Version), state, version.Seed, clockText(now))
			return c.table(func(row func(...any)) {
				row("CONTRACT", "EXCHANGES", "HELD", "DROPPED", "BASE URL")
				for _, one := range list.Contracts {
					var j control.Journal
					if err := client.of(one.Name).get(cmd.Context(), "/journal", controlParams{"limit": "1", "bodies": "false"}, &j); err != nil {
						row(one.Name, "?", "?", "?", one.BaseURL)
						continue
					}
					row(one.Name, j.Stats.Seen, j.Stats.Held, j.Stats.Dropped, one.BaseURL)
				}
			})
		},
	}
}

func clockText(t control.Time) string {
	at := t.Now.Format("2006-01-02T15:04:05Z07:00")
	switch {
	case t.Frozen:
		return at + ", standing still"
	case t.Rate == 1:
		return at + ", following real time"
	}
	return fmt.Sprintf("%s, %g times as fast as real time", at, t.Rate)
}

func (c *controlling) contractsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "contracts", Short: "List the contracts that are served", Args: cobra.NoArgs,
		Example: "  understudy control contracts",
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := c.connect()
			if err != nil {
				return err
			}
			if c.json {
				return c.pass(cmd, client, "GET", "/contracts", nil)
			}
			var list control.Contracts
			if err := client.get(cmd.Context(), "/contracts", nil, &list); err != nil {
				return err
			}
			return c.table(func(row func(...any)) {
				row("NAME", "TITLE", "VERSION", "OPENAPI", "OPERATIONS", "BASE URL")
				for _, one := range list.Contracts {
					row(one.Name, one.Title, one.Version, one.OpenAPI, one.Operations, one.BaseURL)
				}
			})
		},
	}
}

func (c *controlling) resetCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reset", Short: "Begin anew: state, credentials and faults as they were at the start, the journal empty, of all contracts", Args: cobra.NoArgs,
		Example: "  understudy control reset",
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := c.connect()
			if err != nil {
				return err
			}
			if c.json {
				return c.pass(cmd, client, "POST", "/reset", nil)
			}
			var list control.Resets
			if err := client.send(cmd.Context(), "POST", "/reset", nil, nil, &list); err != nil {
				return err
			}
			for _, one := range list.Contracts {
				fmt.Fprintf(c.out, "%s: %d items from the start, %d exchanges forgotten\n", oneLine(one.Contract), one.Items, one.Cleared)
			}
			return nil
		},
	}
}

func (c *controlling) openapiCommand() *cobra.Command {
	return &cobra.Command{
		Use: "openapi", Short: "Print the management API's own OpenAPI document; with --contract, a contract's", Args: cobra.NoArgs,
		Example: "  understudy control openapi > control.json\n  understudy control openapi --contract petstore",
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := c.connect()
			if err != nil {
				return err
			}
			path := "/openapi.json"
			if c.contract != "" {
				client, path = client.of(c.contract), "/openapi.json"
			}
			body, err := client.raw(cmd.Context(), "GET", path, nil, nil)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.out, "%s\n", strings.TrimSpace(string(body)))
			return err
		},
	}
}

// oneLine makes a text of strangers safe to print: what would move the cursor of a terminal is shown as a blank.
func oneLine(text string) string { return printable(text, "") }

// printable replaces control characters but for the kept ones.
func printable(text, keep string) string {
	return strings.Map(func(r rune) rune {
		if (r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069) && !strings.ContainsRune(keep, r) {
			return ' '
		}
		return r
	}, text)
}

// readInput reads a file, or standard input for "-".
func readInput(cmd *cobra.Command, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(cmd.InOrStdin())
	}
	return os.ReadFile(name)
}

// sortedNames lists the keys of headers and scopes.
func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
