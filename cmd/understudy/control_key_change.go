package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

// A keyWish is what the user wants a new or changed key to be.
type keyWish struct {
	class, environment, name, account, user, expires, state, text string
	scopes                                                        []string
	quiet                                                         bool
}

func (c *controlling) keyCreate() *cobra.Command {
	var w keyWish
	cmd := &cobra.Command{
		Use: "create", Short: "Make a key and print its text, this once", Args: cobra.NoArgs,
		Example: `  understudy control key create --scopes events:read --name "CI" --env sandbox --expires 24h
  export ECOEVENTS_API_KEY=$(understudy control key create --quiet)`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			expires, err := c.instant(cmd, "--expires", w.expires)
			if err != nil {
				return err
			}
			var k control.IssuedKey
			printed, err := c.ask(cmd, "POST", "/keys", nil, given(map[string]any{
				"class": w.class, "environment": w.environment, "name": w.name, "account": w.account, "user": w.user,
				"scopes": w.scopes, "expires_at": expires, "state": w.state, "text": w.text,
			}), &k)
			if printed || err != nil {
				return err
			}
			return c.reveal(&k, w.quiet)
		},
	}
	f := cmd.Flags()
	f.StringVar(&w.class, "class", "", "class of the key (default: that of --env, else the first of the contract)")
	f.StringVar(&w.environment, "env", "", "environment that it is for")
	f.StringVar(&w.name, "name", "", "name that people know it by")
	f.StringSliceVar(&w.scopes, "scopes", nil, "scopes, separated by commas (default: those that permit most)")
	f.StringVar(&w.expires, "expires", "", "when it expires: an instant (RFC 3339), or in how long (24h), by the stand-in's clock")
	f.StringVar(&w.account, "account", "", "account that it belongs to (default: the first)")
	f.StringVar(&w.user, "user", "", "user that it stands for")
	f.StringVar(&w.state, "state", "", "state that it begins in, such as pending (default: the one in which it is good)")
	f.StringVar(&w.text, "text", "", "its text, in the form that the contract documents (default: made up)")
	f.BoolVarP(&w.quiet, "quiet", "q", false, "print the text only")
	return cmd
}

// reveal prints a credential's text, which nobody can read again.
func (c *controlling) reveal(k *control.IssuedKey, quiet bool) error {
	if quiet {
		_, err := fmt.Fprintln(c.out, oneLine(k.Text))
		return err
	}
	line := ""
	if k.Env != "" {
		line = fmt.Sprintf("%s=%s\n", oneLine(k.Env), oneLine(k.Text))
	}
	about := []string{k.ID}
	for _, word := range []struct{ name, value string }{
		{"", k.Name}, {"class ", k.Class}, {"environment ", k.Environment}, {"user ", k.User}, {"client ", k.Client}, {"scopes ", strings.Join(k.Scopes, " ")},
	} {
		if word.value != "" {
			about = append(about, word.name+word.value)
		}
	}
	if !k.ExpiresAt.IsZero() {
		about = append(about, "expires "+instantText(k.ExpiresAt))
	}
	if !k.Good {
		about = append(about, "not good now: "+k.Code)
	}
	_, err := fmt.Fprintf(c.out, "%s\n%s\n%s\nThe text is shown this once.\n", oneLine(k.Text), line, oneLine(strings.Join(about, ", ")))
	return err
}

// instant makes an instant of a flag's value: one of RFC 3339, or a duration from now, which is counted by the
// stand-in's clock.
func (c *controlling) instant(cmd *cobra.Command, flag, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.Format(time.RFC3339Nano), nil
	}
	in, err := time.ParseDuration(text)
	if err != nil || in <= 0 {
		return "", fmt.Errorf("%s %s: give an instant such as 2026-01-31T12:00:00Z, or in how long, such as 24h", flag, text)
	}
	client, err := c.connect()
	if err != nil {
		return "", err
	}
	var now control.Time
	if err := client.get(cmd.Context(), "/clock", nil, &now); err != nil {
		return "", err
	}
	return now.Now.Add(in).Format(time.RFC3339Nano), nil
}

func (c *controlling) keyChange() *cobra.Command {
	var w keyWish
	cmd := &cobra.Command{
		Use: "change ID", Short: "Change a key's name, scopes, expiry or state, from the next request on", Args: cobra.ExactArgs(1),
		Example: `  understudy control key change key_1a2b3c4d5e --name "CI of the shop" --scopes events:read,events:write
  understudy control key change key_1a2b3c4d5e --expires never
  understudy control key change key_1a2b3c4d5e --state active`,
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := c.change(cmd, &w)
			if err != nil {
				return err
			}
			var k control.Key
			if printed, err := c.ask(cmd, "PATCH", keyPath(args[0]), nil, body, &k); printed || err != nil {
				return err
			}
			return showKey(c.out, &k)
		},
	}
	f := cmd.Flags()
	f.StringVar(&w.name, "name", "", "name that people know it by")
	f.StringSliceVar(&w.scopes, "scopes", nil, "scopes, separated by commas")
	f.StringVar(&w.expires, "expires", "", "when it expires: an instant (RFC 3339), in how long (24h), or never")
	f.StringVar(&w.state, "state", "", "state: the first of its class approves it, expired ends it before its time")
	cmd.MarkFlagsOneRequired("name", "scopes", "expires", "state")
	return cmd
}

// change is the body that says what is to change.
func (c *controlling) change(cmd *cobra.Command, w *keyWish) (map[string]any, error) {
	body := map[string]any{}
	for name, value := range map[string]any{"name": w.name, "scopes": w.scopes, "state": w.state} {
		if cmd.Flags().Changed(name) {
			body[name] = value
		}
	}
	if !cmd.Flags().Changed("expires") {
		return body, nil
	}
	body["expires_at"] = nil
	if w.expires == "never" {
		return body, nil
	}
	at, err := c.instant(cmd, "--expires", w.expires)
	if err == nil && at == "" {
		err = errors.New("--expires: give an instant such as 2026-01-31T12:00:00Z, in how long, such as 24h, or never")
	}
	body["expires_at"] = at
	return body, err
}

func (c *controlling) keyRotate() *cobra.Command {
	var quiet bool
	cmd := &cobra.Command{
		Use: "rotate ID", Short: "Replace a key by a new one; the old one stays good for the contract's grace", Args: cobra.ExactArgs(1),
		Example: "  understudy control key rotate key_1a2b3c4d5e",
		RunE: func(cmd *cobra.Command, args []string) error {
			var r control.Rotation
			if printed, err := c.ask(cmd, "POST", keyPath(args[0])+"/rotate", nil, nil, &r); printed || err != nil {
				return err
			}
			if err := c.reveal(&r.Key, quiet); err != nil || quiet {
				return err
			}
			old := "is good no more."
			if r.Predecessor.Good {
				old = "stays good until " + instantText(r.Predecessor.ExpiresAt) + "."
			}
			_, err := fmt.Fprintf(c.out, "The old one, %s, %s\n", oneLine(r.Predecessor.ID), old)
			return err
		},
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print the text only")
	return cmd
}

func (c *controlling) keyRevoke() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "revoke ID", Short: "End a key at once and for good", Args: cobra.ExactArgs(1),
		Example: "  understudy control key revoke key_1a2b3c4d5e --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				if err := c.confirmRevocation(cmd, args[0]); err != nil {
					return err
				}
			}
			var r control.RevokedKey
			if printed, err := c.ask(cmd, "DELETE", keyPath(args[0]), controlParams{"confirm": "true"}, nil, &r); printed || err != nil {
				return err
			}
			for _, w := range r.Warnings {
				fmt.Fprintln(c.err, "warning: "+oneLine(w))
			}
			_, err := fmt.Fprintf(c.out, "%s is revoked\n", oneLine(args[0]))
			return err
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// confirmRevocation asks on a terminal; elsewhere nobody can answer, so it refuses.
func (c *controlling) confirmRevocation(cmd *cobra.Command, id string) error {
	client, err := c.connect()
	if err != nil {
		return err
	}
	var k control.Key
	if err := client.one().get(cmd.Context(), keyPath(id), nil, &k); err != nil {
		return err
	}
	about := k.ID
	if k.Name != "" {
		about += " (" + k.Name + ")"
	}
	about = oneLine(fmt.Sprintf("%s, %s, last used: %s", about, k.Masked, instantText(k.Usage.LastUsed)))
	in := cmd.InOrStdin()
	if file, ok := in.(*os.File); !c.terminal || ok && !isTerminal(file) {
		return fmt.Errorf("revoking is final and acts at once, so nothing was changed: %s\nto revoke it: understudy control key revoke %s --yes", about, oneLine(id))
	}
	fmt.Fprintf(c.err, "%s\nRevoking is final and acts at once. Revoke it? [y/N] ", about)
	answer, _ := bufio.NewReader(in).ReadString('\n') // the end of input is a no
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was changed")
}
