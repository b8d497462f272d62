package main

import (
	"fmt"
	"net/url"
	"strings"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) clientCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "client", Short: "List, make and delete clients of the identity provider", Args: cobra.NoArgs,
		Example: `  understudy control client list
  understudy control client create --name "Web shop" --redirect https://shop.example/callback
  understudy control client delete web`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.clientList(), c.clientCreate(), c.clientDelete())
	return cmd
}

func (c *controlling) clientList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the clients", Args: cobra.NoArgs,
		Example: "  understudy control client list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list control.Clients
			if printed, err := c.ask(cmd, "GET", "/clients", nil, nil, &list); printed || err != nil {
				return err
			}
			if len(list.Clients) == 0 {
				_, err := fmt.Fprintln(c.out, "no clients")
				return err
			}
			return c.table(func(row func(...any)) {
				row("ID", "NAME", "SECRET", "GRANTS", "SCOPES", "REDIRECTS")
				for _, one := range list.Clients {
					secret := "yes"
					if one.Public {
						secret = "none"
					}
					redirects := one.Redirects
					if one.Loopback {
						redirects = append(redirects, "loopback")
					}
					row(one.ID, one.Name, secret, allOr(one.Grants), allOr(one.Scopes), strings.Join(redirects, " "))
				}
			})
		},
	}
}

// allOr lists words; none of them means all.
func allOr(words []string) string {
	if len(words) == 0 {
		return "all"
	}
	return strings.Join(words, " ")
}

func (c *controlling) clientCreate() *cobra.Command {
	var id, name, account, keys string
	var public, loopback bool
	var redirects, grants, scopes []string
	cmd := &cobra.Command{
		Use: "create", Short: "Make a client; its secret is printed, this once", Args: cobra.NoArgs,
		Example: `  understudy control client create --name "Web shop" --redirect https://shop.example/callback
  understudy control client create --name "Command line" --public --loopback
  understudy control client create --name Nightly --grants client_credentials --scopes events:read`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if keys != "" {
				set, err := readInput(cmd, keys)
				if err != nil {
					return fmt.Errorf("read the keys: %w", err)
				}
				keys = string(set)
			}
			var k control.NewClient
			printed, err := c.ask(cmd, "POST", "/clients", nil, given(map[string]any{
				"id": id, "name": name, "public": public, "redirects": redirects, "loopback": loopback,
				"grants": grants, "scopes": scopes, "keys": keys, "account": account,
			}), &k)
			if printed || err != nil {
				return err
			}
			if _, err = fmt.Fprintf(c.out, "client id  %s\n", oneLine(k.ID)); err == nil && k.Secret != "" {
				_, err = fmt.Fprintf(c.out, "secret     %s\nThe secret is shown this once.\n", oneLine(k.Secret))
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&name, "name", "", "name that users see when they log in")
	f.StringVar(&id, "id", "", "its client_id (default: made up)")
	f.StringArrayVar(&redirects, "redirect", nil, "redirect URI, compared exactly (repeatable)")
	f.BoolVar(&loopback, "loopback", false, "take redirects to loopback addresses with any port, too")
	f.BoolVar(&public, "public", false, "it cannot keep a secret, so it gets none")
	f.StringSliceVar(&grants, "grants", nil, "grant types that it may use, separated by commas (default: all)")
	f.StringSliceVar(&scopes, "scopes", nil, "scopes that it may ask for, separated by commas (default: all)")
	f.StringVar(&account, "account", "", "account that its own tokens stand for (default: the first)")
	f.StringVar(&keys, "keys", "", "file with its public keys (JWK set), with which it proves who it is; - is standard input")
	return cmd
}

func (c *controlling) clientDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete ID", Short: "Delete a client", Args: cobra.ExactArgs(1),
		Example: "  understudy control client delete web",
		RunE: func(cmd *cobra.Command, args []string) error {
			if printed, err := c.ask(cmd, "DELETE", "/clients/"+url.PathEscape(args[0]), nil, nil, nil); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.out, "%s is deleted\n", oneLine(args[0]))
			return err
		},
	}
}
