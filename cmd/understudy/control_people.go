package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"understudy/mock/control"
	"understudy/mock/credential"

	"github.com/spf13/cobra"
)

func (c *controlling) userCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "user", Short: "List and make users; set a password or a role", Args: cobra.NoArgs,
		Example: `  understudy control user list
  understudy control user create --email maya@example.com --name "Maya Lindqvist" --role viewer
  understudy control user password usr_4m2k8p0q6r meadow-compass-lantern
  understudy control user role usr_4m2k8p0q6r viewer`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.userList(), c.userCreate(), c.userPassword(), c.userRole())
	return cmd
}

func (c *controlling) userList() *cobra.Command {
	var account string
	cmd := &cobra.Command{
		Use: "list", Short: "List the users", Args: cobra.NoArgs,
		Example: "  understudy control user list --account acc_9i8h7g6f5e",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list control.Users
			if printed, err := c.ask(cmd, "GET", "/users", controlParams{"account": account}, nil, &list); printed || err != nil {
				return err
			}
			if len(list.Users) == 0 {
				_, err := fmt.Fprintln(c.out, "no users")
				return err
			}
			return c.table(func(row func(...any)) {
				row("ID", "NAME", "E-MAIL", "ACCOUNT", "ROLE", "PASSWORD SET")
				for _, u := range list.Users {
					row(u.ID, u.Name, u.Email, u.Account, u.Role, instantText(u.PasswordAt))
				}
			})
		},
	}
	cmd.Flags().StringVar(&account, "account", "", "only those of this account")
	return cmd
}

func (c *controlling) userCreate() *cobra.Command {
	var id, account, name, email, role, password string
	cmd := &cobra.Command{
		Use: "create", Short: "Make a user; a password that is made up is printed, this once", Args: cobra.NoArgs,
		Example: `  understudy control user create --email maya@example.com --name "Maya Lindqvist" --role viewer`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if name == "" { // the address says enough
				name, _, _ = strings.Cut(email, "@")
			}
			var u control.NewUser
			printed, err := c.ask(cmd, "POST", "/users", nil, given(map[string]any{
				"id": id, "account": account, "name": name, "email": email, "role": role, "password": password,
			}), &u)
			if printed || err != nil {
				return err
			}
			if _, err = fmt.Fprintln(c.out, userText(&u.User)); err == nil && u.Password != "" {
				_, err = fmt.Fprintf(c.out, "password  %s\nIt is shown this once.\n", oneLine(u.Password))
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&email, "email", "", "e-mail address, by which the user logs in")
	f.StringVar(&name, "name", "", "name (default: the address up to the @)")
	f.StringVar(&account, "account", "", "account (default: the first)")
	f.StringVar(&role, "role", "", "role")
	f.StringVar(&password, "password", "", "password (default: made up)")
	f.StringVar(&id, "id", "", "id (default: made up)")
	if err := cmd.MarkFlagRequired("email"); err != nil {
		panic(err)
	}
	return cmd
}

func userText(u *credential.User) string {
	text := fmt.Sprintf("%s  %s <%s>  account %s", u.ID, u.Name, u.Email, u.Account)
	if u.Role != "" {
		text += "  role " + u.Role
	}
	return oneLine(text)
}

func userPath(id string) string { return "/users/" + url.PathEscape(id) }

func (c *controlling) userPassword() *cobra.Command {
	return &cobra.Command{
		Use: "password ID PASSWORD", Short: "Set a user's password; - is standard input", Args: cobra.ExactArgs(2),
		Example: "  understudy control user password usr_4m2k8p0q6r meadow-compass-lantern\n  understudy control user password usr_4m2k8p0q6r - < password.txt",
		RunE: func(cmd *cobra.Command, args []string) error {
			password := args[1]
			if password == "-" {
				text, err := readInput(cmd, "-")
				if err != nil {
					return fmt.Errorf("read the password: %w", err)
				}
				if password = strings.TrimRight(string(text), "\r\n"); password == "" {
					return errors.New("read the password: standard input holds none")
				}
			}
			if printed, err := c.ask(cmd, "POST", userPath(args[0])+"/password", nil, map[string]any{"password": password}, nil); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.out, "%s has a new password\n", oneLine(args[0]))
			return err
		},
	}
}

func (c *controlling) userRole() *cobra.Command {
	return &cobra.Command{
		Use: "role ID ROLE", Short: "Set a user's role, from the next request on", Args: cobra.ExactArgs(2),
		Example: "  understudy control user role usr_4m2k8p0q6r viewer",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.connect()
			if err != nil {
				return err
			}
			var u credential.User
			if err := client.one().get(cmd.Context(), userPath(args[0]), nil, &u); err != nil {
				return err
			}
			body := map[string]any{"account": u.Account, "name": u.Name, "email": u.Email, "role": args[1]}
			if printed, err := c.ask(cmd, "PUT", userPath(args[0]), nil, body, &u); printed || err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.out, userText(&u))
			return err
		},
	}
}

func (c *controlling) accountCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "account", Short: "List the accounts; put one on a plan", Args: cobra.NoArgs,
		Example: "  understudy control account list\n  understudy control account plan acc_9i8h7g6f5e enterprise",
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	list := &cobra.Command{
		Use: "list", Short: "List the accounts", Args: cobra.NoArgs,
		Example: "  understudy control account list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list control.Accounts
			if printed, err := c.ask(cmd, "GET", "/accounts", nil, nil, &list); printed || err != nil {
				return err
			}
			return c.table(func(row func(...any)) {
				row("ID", "NAME", "PLAN")
				for _, a := range list.Accounts {
					row(a.ID, a.Name, a.Plan)
				}
			})
		},
	}
	plan := &cobra.Command{
		Use: "plan ID PLAN", Short: "Put an account on a plan, from the next request on", Args: cobra.ExactArgs(2),
		Example: "  understudy control account plan acc_9i8h7g6f5e enterprise",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.connect()
			if err != nil {
				return err
			}
			var a credential.Account
			path := "/accounts/" + url.PathEscape(args[0])
			if err := client.one().get(cmd.Context(), path, nil, &a); err != nil {
				return err
			}
			if printed, err := c.ask(cmd, "PUT", path, nil, map[string]any{"name": a.Name, "plan": args[1]}, &a); printed || err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.out, oneLine(fmt.Sprintf("%s  %s  plan %s", a.ID, a.Name, a.Plan)))
			return err
		},
	}
	cmd.AddCommand(list, plan)
	return cmd
}
