package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"understudy/mock/control"
	"understudy/mock/credential"

	"github.com/spf13/cobra"
)

// A keyFilter is which credentials the user wants to see.
type keyFilter struct {
	class, kind, account, environment, state, user, client, family string
	limit                                                          int
}

func (f *keyFilter) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.class, "class", "", "only this class of credentials")
	flags.StringVar(&f.kind, "kind", "", "only this kind: key, jwt, opaque, refresh, password, certificate")
	flags.StringVar(&f.account, "account", "", "only this account's")
	flags.StringVar(&f.environment, "env", "", "only this environment")
	flags.StringVar(&f.state, "state", "", "only this state: active, pending, used, revoked, expired, or one of the contract's")
	flags.StringVar(&f.user, "user", "", "only this user's")
	flags.StringVar(&f.client, "client", "", "only those issued to this client of the identity provider")
	flags.IntVar(&f.limit, "limit", 100, "at most so many")
}

func (f *keyFilter) params() (controlParams, error) {
	if f.limit < 1 {
		return nil, fmt.Errorf("--limit %d: give a number above 0", f.limit)
	}
	return controlParams{
		"class": f.class, "kind": f.kind, "account": f.account, "environment": f.environment, "state": f.state,
		"user": f.user, "client": f.client, "family": f.family, "limit": fmt.Sprint(f.limit),
	}, nil
}

func (c *controlling) keyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "key", Short: "List, make, change, rotate and revoke keys", Args: cobra.NoArgs,
		Long: `Keys are the credentials that people make. Their text is shown once, when they are made; after that
prefix and last four characters.`,
		Example: `  understudy control key list --env sandbox
  understudy control key create --scopes events:read --name "CI" --env sandbox --expires 24h
  understudy control key show key_1a2b3c4d5e
  understudy control key rotate key_1a2b3c4d5e
  understudy control key revoke key_1a2b3c4d5e --yes`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.keyList(), c.keyCreate(), c.keyShow(), c.keyChange(), c.keyRotate(), c.keyRevoke())
	return cmd
}

// ask sends a request about the contract that the user meant, with a value as its JSON body unless that is nil. It
// reads the answer, or with --json prints it as it is and says so.
func (c *controlling) ask(cmd *cobra.Command, method, path string, params controlParams, body, into any) (printed bool, err error) {
	client, err := c.connect()
	if err != nil {
		return false, err
	}
	var text []byte
	if body != nil {
		if text, err = json.Marshal(body); err != nil {
			return false, fmt.Errorf("write the request: %w", err)
		}
	}
	data, err := client.one().raw(cmd.Context(), method, path, params, text)
	if err != nil {
		return false, err
	}
	if c.json {
		_, err = c.out.Write(data)
		return true, err
	}
	if into == nil {
		return false, nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return false, fmt.Errorf("what answers at %s is no management API of a stand-in: %w", client.base, err)
	}
	return false, nil
}

// keyPath is the path of one credential.
func keyPath(id string) string { return "/keys/" + url.PathEscape(id) }

// given keeps the members of a body that are not empty.
func given(members map[string]any) map[string]any {
	for name, value := range members {
		switch v := value.(type) {
		case string:
			if v == "" {
				delete(members, name)
			}
		case []string:
			if len(v) == 0 {
				delete(members, name)
			}
		case bool:
			if !v {
				delete(members, name)
			}
		}
	}
	return members
}

func (c *controlling) keyList() *cobra.Command {
	var f keyFilter
	cmd := &cobra.Command{
		Use: "list", Short: "List the keys with their use", Args: cobra.NoArgs,
		Example: "  understudy control key list\n  understudy control key list --account acc_9i8h7g6f5e --state active",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.listKeys(cmd, "/keys", "keys", &f) },
	}
	f.flags(cmd)
	return cmd
}

// listKeys prints the credentials at a path.
func (c *controlling) listKeys(cmd *cobra.Command, path, noun string, f *keyFilter) error {
	params, err := f.params()
	if err != nil {
		return err
	}
	var list control.Keys
	if printed, err := c.ask(cmd, "GET", path, params, nil, &list); printed || err != nil {
		return err
	}
	if list.Total == 0 {
		_, err := fmt.Fprintln(c.out, "no "+noun)
		return err
	}
	err = c.table(func(row func(...any)) {
		row("ID", "NAME", "TEXT", "CLASS", "ENV", "STATE", "AGE", "REQUESTS", "ERRORS", "LAST USED")
		for _, k := range list.Keys {
			row(k.ID, shortened(k.Name, 30), k.Masked, k.Class, k.Environment, stateText(&k), fmt.Sprintf("%d d", k.AgeDays),
				k.Usage.Requests, rateText(k.Usage.Requests, k.Usage.ErrorRate), instantText(k.Usage.LastUsed))
		}
	})
	if err != nil {
		return err
	}
	for _, k := range list.Keys {
		for _, w := range k.Warnings {
			fmt.Fprintf(c.out, "%s: %s\n", oneLine(k.ID), oneLine(w))
		}
	}
	if list.Total > len(list.Keys) {
		_, err = fmt.Fprintf(c.out, "%d of %d %s; more with --limit\n", len(list.Keys), list.Total, noun)
	}
	return err
}

// stateText is a credential's state, and where time has overtaken it what that came to.
func stateText(k *control.Key) string {
	switch {
	case k.Good || !k.EndedAt.IsZero():
	case k.Code == credential.CodeExpired || k.Code == credential.CodeTokenExpired:
		return "expired"
	case !k.NotBefore.IsZero() && k.State == credential.Active:
		return "not yet"
	}
	return string(k.State)
}

func rateText(requests uint64, rate float64) string {
	if requests == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*rate)
}

func instantText(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return at.UTC().Format(time.RFC3339)
}

func (c *controlling) keyShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one credential and how it was used", Args: cobra.ExactArgs(1),
		Example: "  understudy control key show key_1a2b3c4d5e",
		RunE: func(cmd *cobra.Command, args []string) error {
			var k control.Key
			if printed, err := c.ask(cmd, "GET", keyPath(args[0]), nil, nil, &k); printed || err != nil {
				return err
			}
			return showKey(c.out, &k)
		},
	}
}

// showKey prints a credential for people; what it does not have is left out.
func showKey(w io.Writer, k *control.Key) error {
	var b bytes.Buffer
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-11s  %s\n", name, oneLine(value))
		}
	}
	when := func(name string, at time.Time) {
		if !at.IsZero() {
			line(name, instantText(at))
		}
	}
	fmt.Fprintln(&b, oneLine(strings.TrimSpace(k.ID+"  "+k.Name)))
	line("text", k.Masked)
	line("class", k.Class+" ("+string(k.Kind)+")")
	line("environment", k.Environment)
	line("account", k.Account)
	line("user", k.User)
	line("client", k.Client)
	line("scopes", strings.Join(k.Scopes, " "))
	line("state", stateText(k))
	line("made", fmt.Sprintf("%s (%d d old)", instantText(k.CreatedAt), k.AgeDays))
	when("not before", k.NotBefore)
	line("expires", instantText(k.ExpiresAt))
	when("ended", k.EndedAt)
	line("successor", k.Successor)
	if k.Family != k.ID {
		line("family", k.Family)
	}
	if len(k.Claims) > 0 {
		line("claims", compactJSON(k.Claims))
	}
	u := &k.Usage
	line("requests", useText(u.Requests, u.Errors, u.ErrorRate))
	if u.Requests > 0 {
		line("of these", fmt.Sprintf("%d refused (401, 403), %d limited (429), %d failed (5xx)", u.Refused, u.Limited, u.ServerErrors))
		line("last 24 h", useText(u.DayRequests, u.DayErrors, u.DayErrorRate))
		line("last used", instantText(u.LastUsed))
		line("from", strings.Join(u.Addresses, " "))
		line("scopes used", strings.Join(u.ScopesUsed, " "))
	}
	for _, text := range k.Warnings {
		line("warning", text)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func useText(requests, errors uint64, rate float64) string {
	if requests == 0 {
		return "none"
	}
	return fmt.Sprintf("%d, errors: %d (%s)", requests, errors, rateText(requests, rate))
}

func compactJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return "?"
	}
	return string(text)
}
