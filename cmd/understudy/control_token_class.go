package main

import (
	"cmp"
	"fmt"
	"net/url"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) tokenClasses() *cobra.Command {
	return &cobra.Command{
		Use: "classes", Short: "List the kinds of credentials, and how long those live that are issued now", Args: cobra.NoArgs,
		Example: "  understudy control token classes",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list control.Classes
			if printed, err := c.ask(cmd, "GET", "/credential-classes", nil, nil, &list); printed || err != nil {
				return err
			}
			return c.table(func(row func(...any)) {
				row("CLASS", "KIND", "LIFETIME", "SCHEME", "ENVIRONMENT")
				for _, one := range list.Classes {
					row(one.Name, string(one.Kind), lifetimeText(&one), cmp.Or(one.Scheme, "-"), cmp.Or(one.Env, "-"))
				}
			})
		},
	}
}

func lifetimeText(c *control.Class) string {
	text := cmp.Or(c.Lifetime, "without end")
	if c.Changed {
		text += " (changed)"
	}
	return text
}

func (c *controlling) tokenLifetime() *cobra.Command {
	return &cobra.Command{
		Use: "lifetime CLASS TIME", Short: "Change how long credentials of a class live that are issued from now on", Args: cobra.ExactArgs(2),
		Long: `Lifetime makes tokens short-lived, so that a client has to renew them while somebody looks. Those that exist keep
their end. The word contract in place of a time is what the contract says; a reset goes back to it too.`,
		Example: "  understudy control token lifetime access-token 5s\n  understudy control token lifetime access-token contract",
		RunE: func(cmd *cobra.Command, args []string) error {
			body := map[string]any{"lifetime": args[1]}
			if args[1] == "contract" {
				body["lifetime"] = nil
			}
			var changed control.Class
			if printed, err := c.ask(cmd, "PATCH", "/credential-classes/"+url.PathEscape(args[0]), nil, body, &changed); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.out, "%s: %s\n", oneLine(changed.Name), oneLine(lifetimeText(&changed)))
			return err
		},
	}
}
