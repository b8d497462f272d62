package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) faultCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "fault", Short: "Order trouble beforehand: slow, wrong and missing answers, outages", Args: cobra.NoArgs,
		Long: `Faults act on the requests that fit them, as often as was said, and always tell the journal.

` + faultKindsText(),
		Example: `  understudy control fault add status=503 --times 2
  understudy control fault add 'latency=lognormal(80ms 0.4)' --operation listContacts
  understudy control fault add drop --method POST --times 1
  understudy control fault add status=503 --name down --outage "The API is down" --until 10m
  understudy control fault list
  understudy control fault remove down
  understudy control fault clear`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.faultAdd(), c.faultList(), c.faultRemove(), c.faultClear(), c.faultStatus())
	return cmd
}

// faultKindsText lists the kinds for --help.
func faultKindsText() string {
	var b strings.Builder
	b.WriteString("Kinds, with the word that stands behind the equals sign:\n")
	for _, k := range contracts.FaultKinds {
		name := k.Name
		if k.Main != "" {
			name += "=" + strings.ToUpper(k.Main)
		}
		fmt.Fprintf(&b, "  %-24s %s\n", name, k.Does)
	}
	return strings.TrimRight(b.String(), "\n")
}

// faultFlags are words of a fault that have a flag of their own; all others stand in the text.
var faultFlags = []struct{ flag, word, usage string }{
	{"name", "name", "name, by which it is told apart (default: made up)"},
	{"operation", "operations", "only this operation; several with bars between them: listOrders|getOrder"},
	{"method", "methods", "only this method; several with bars between them"},
	{"path", "path", "only paths that fit this pattern: /v1/orders/*, /v1/**"},
	{"credential", "credential", "only requests with the credential of this id"},
	{"account", "account", "only requests of the account of this id"},
	{"sandbox", "sandbox", "only requests in this sandbox"},
	{"after", "after", "spare so many requests that fit first"},
	{"times", "times", "then act on so many (default: all that follow)"},
	{"every", "every", "begin anew with --after and --times after so many requests"},
	{"probability", "probability", "act on this share of them, such as 0.1, drawn by the seed"},
	{"from", "from", "act from then on: an instant such as 2026-01-31T12:00:00Z, or a duration from now such as 5m"},
	{"until", "until", "act until then"},
	{"outage", "outage", "list it in the status document under this title"},
	{"impact", "impact", "of the outage: degraded or outage"},
}

func (c *controlling) faultAdd() *cobra.Command {
	values := make([]string, len(faultFlags))
	var file string
	var off bool
	cmd := &cobra.Command{
		Use: "add [KIND[=VALUE][;WORD=VALUE]…]", Short: "Order a fault", Args: cobra.MaximumNArgs(1),
		Long: `Add orders a fault, written as KIND=VALUE with further words behind semicolons; quote it, for shells read
semicolons themselves. With --file it is read as one JSON object, in the form of the management API; "-" is
standard input.

` + faultKindsText(),
		Example: `  understudy control fault add status=503 --times 2
  understudy control fault add 'status=429;header.Retry-After=2' --operation listContacts
  understudy control fault add 'status=500|502|503' --after 7 --times 3 --every 10
  understudy control fault add latency=100ms..2s --probability 0.2
  understudy control fault add 'truncated-body=10;path=/v1/reports/*'
  understudy control fault add --file fault.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			spec, err := faultOrder(cmd, args, file)
			if err != nil {
				return err
			}
			for i, f := range faultFlags {
				if !cmd.Flags().Changed(f.flag) {
					continue
				}
				if err := spec.Set(f.word, values[i]); err != nil {
					return fmt.Errorf("--%s %s: %w", f.flag, values[i], err)
				}
			}
			spec.Off = spec.Off || off
			var made control.Fault
			if printed, err := c.ask(cmd, "POST", "/faults", nil, spec, &made); printed || err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.out, oneLine(made.Name+": "+faultText(&made)))
			return err
		},
	}
	f := cmd.Flags()
	for i, one := range faultFlags {
		f.StringVar(&values[i], one.flag, "", one.usage)
	}
	f.BoolVar(&off, "off", false, "act only where a request asks for it: Understudy-Fault: NAME")
	f.StringVar(&file, "file", "", "read the order as JSON from this file")
	return cmd
}

// faultOrder reads an order from the command line or a file.
func faultOrder(cmd *cobra.Command, args []string, file string) (spec contracts.FaultBehaviour, err error) {
	switch {
	case (len(args) == 0) == (file == ""):
		return spec, errors.New("say what is to happen, such as status=503, or give --file; see: understudy control fault add --help")
	case file != "":
		text, err := readInput(cmd, file)
		if err != nil {
			return spec, fmt.Errorf("read the fault: %w", err)
		}
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&spec); err != nil {
			return spec, fmt.Errorf("read the fault from %s: %w", file, err)
		}
		return spec, nil
	}
	list, err := contracts.ParseFaults(args[0])
	if err != nil {
		return spec, err
	}
	if len(list) != 1 || list[0].Kind == "" {
		return spec, fmt.Errorf("%s: order one fault at a time, such as status=503; its kinds are listed by: understudy control fault add --help", args[0])
	}
	return list[0], nil
}

func (c *controlling) faultList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the faults that are ordered, and what they came to", Args: cobra.NoArgs,
		Example: "  understudy control fault list\n  understudy control fault list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list control.Faults
			if printed, err := c.ask(cmd, "GET", "/faults", nil, nil, &list); printed || err != nil {
				return err
			}
			if len(list.Faults) == 0 {
				_, err := fmt.Fprintln(c.out, "no faults")
				return err
			}
			return c.table(func(row func(...any)) {
				row("NAME", "STATE", "MATCHED", "ACTED", "LAST", "WHAT")
				for i := range list.Faults {
					f := &list.Faults[i]
					last := "never"
					if f.LastActed != nil {
						last = f.LastActed.UTC().Format(time.RFC3339)
					}
					row(f.Name, f.State, f.Matched, f.Acted, last, shortened(faultText(f), 100))
				}
			})
		},
	}
}

// faultText says what a fault does and to which requests, in the words in which it can be ordered.
func faultText(f *control.Fault) string {
	var members map[string]any
	text, err := json.Marshal(f.FaultBehaviour)
	if err == nil {
		err = json.Unmarshal(text, &members)
	}
	if err != nil {
		return f.Kind
	}
	delete(members, "name")
	delete(members, "kind")
	var words []string
	for _, name := range sortedNames(members) {
		value := members[name]
		if plain, ok := value.(string); ok {
			words = append(words, name+"="+plain)
			continue
		}
		words = append(words, name+"="+compactJSON(value))
	}
	return strings.TrimSpace(f.Kind + " " + strings.Join(words, " "))
}

func (c *controlling) faultRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME…", Short: "Take faults back; an outage ends with that", Args: cobra.MinimumNArgs(1),
		Example: "  understudy control fault remove down",
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range args {
				if printed, err := c.ask(cmd, "DELETE", "/faults/"+url.PathEscape(name), nil, nil, nil); err != nil {
					return err
				} else if !printed {
					fmt.Fprintf(c.out, "%s is removed\n", oneLine(name))
				}
			}
			return nil
		},
	}
}

func (c *controlling) faultClear() *cobra.Command {
	return &cobra.Command{
		Use: "clear", Short: "Take all faults back, those of the overlay too", Args: cobra.NoArgs,
		Example: "  understudy control fault clear",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var cleared control.ClearedFaults
			if printed, err := c.ask(cmd, "DELETE", "/faults", nil, nil, &cleared); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.out, "faults removed: %d\n", cleared.Removed)
			return err
		},
	}
}

func (c *controlling) faultStatus() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Say what is down and was down, of all contracts", Args: cobra.NoArgs,
		Example: "  understudy control fault status",
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := c.connect()
			if err != nil {
				return err
			}
			if c.json {
				return c.pass(cmd, client, "GET", "/status", nil)
			}
			var status control.ServiceStatus
			if err := client.get(cmd.Context(), "/status", nil, &status); err != nil {
				return err
			}
			return c.table(func(row func(...any)) {
				row("CONTRACT", "STATUS", "INCIDENT", "IMPACT", "BEGAN", "ENDED")
				for _, one := range status.Contracts {
					if len(one.Incidents) == 0 {
						row(one.Contract, one.Status, "none", "", "", "")
					}
					for _, i := range one.Incidents {
						ended := "goes on"
						if i.EndedAt != nil {
							ended = instantText(*i.EndedAt)
						}
						row(one.Contract, one.Status, shortened(i.Title, 60), i.Impact, instantText(i.BeganAt), ended)
					}
				}
			})
		},
	}
}
