package main

import (
	"fmt"
	"strings"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) signingKeyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "signing-key", Short: "List and rotate the keys that sign tokens", Args: cobra.NoArgs,
		Example: "  understudy control signing-key list\n  understudy control signing-key rotate",
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		c.signingKeys("list", "List the public keys that tokens are checked with; --json prints the JWK set", "GET", "/signing-keys"),
		c.signingKeys("rotate", "Sign with new keys from now on; older tokens stay good", "POST", "/signing-keys/rotate"),
	)
	return cmd
}

func (c *controlling) signingKeys(use, short, method, path string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		Example: "  understudy control signing-key " + use,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var set struct {
				Keys []struct{ Kid, Alg, Kty, Crv, Use string }
			}
			if printed, err := c.ask(cmd, method, path, nil, nil, &set); printed || err != nil {
				return err
			}
			if len(set.Keys) == 0 {
				_, err := fmt.Fprintln(c.out, "no keys: the contract's tokens are signed with a shared secret, or not at all")
				return err
			}
			return c.table(func(row func(...any)) {
				row("KEY ID", "ALGORITHM", "TYPE", "USE")
				for _, k := range set.Keys {
					row(k.Kid, k.Alg, strings.TrimSpace(k.Kty+" "+k.Crv), k.Use)
				}
			})
		},
	}
}

func (c *controlling) auditCommand() *cobra.Command {
	var after uint64
	var limit int
	cmd := &cobra.Command{
		Use: "audit", Short: "Show requests with audited keys, logins, and changes of credentials", Args: cobra.NoArgs,
		Long: `Audit shows the log of what was done with credentials: each request with a key whose class the contract
audits, refused ones too, logins and refreshes, and each change of a credential. With --json it is one
entry a line.`,
		Example: "  understudy control audit --limit 20\n  understudy control audit --after 140\n  understudy control audit --json > audit.jsonl",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 0 {
				return fmt.Errorf("--limit %d: give a number above 0", limit)
			}
			params := controlParams{}
			if cmd.Flags().Changed("after") {
				params["after"] = fmt.Sprint(after)
			}
			if limit > 0 {
				params["limit"] = fmt.Sprint(limit)
			}
			if c.json {
				params["format"] = "jsonl"
			}
			var log control.Audit
			if printed, err := c.ask(cmd, "GET", "/audit", params, nil, &log); printed || err != nil {
				return err
			}
			return c.showAudit(&log)
		},
	}
	cmd.Flags().Uint64Var(&after, "after", 0, "the first entries behind this id, to read a long log in pages")
	cmd.Flags().IntVar(&limit, "limit", 0, "at most so many, the latest ones (default 100; with --json all)")
	return cmd
}

func (c *controlling) showAudit(log *control.Audit) error {
	if len(log.Entries) == 0 {
		_, err := fmt.Fprintln(c.out, "no entries")
		return err
	}
	err := c.table(func(row func(...any)) {
		row("ID", "TIME", "WHAT", "RESULT", "CREDENTIAL", "NAME", "STATUS", "METHOD", "PATH", "FROM", "EXCHANGE")
		for _, e := range log.Entries {
			row(e.ID, e.At.UTC().Format("2006-01-02 15:04:05"), e.Kind, e.Result, e.Credential, shortened(e.Name, 30),
				orBlank(e.Status), e.Method, shortened(e.Path, 60), e.Address, orBlank(e.Request))
		}
	})
	if err == nil && log.Dropped > 0 {
		_, err = fmt.Fprintf(c.out, "the log has dropped %d older entries\n", log.Dropped)
	}
	return err
}

// orBlank leaves a number out that says nothing.
func orBlank[N int | uint64](n N) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
