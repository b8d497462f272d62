package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) tokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "token", Short: "List, issue, revoke and take apart tokens", Args: cobra.NoArgs,
		Example: `  understudy control token create --user usr_4m2k8p0q6r --lifetime 15m
  understudy control token create --defect expired
  understudy control token decode eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhY2NfMSJ9.c2ln
  understudy control token revoke --family ses_2b4d6f8a0c`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.tokenList(), c.tokenCreate(), c.tokenRevoke(), c.tokenDecode(), c.tokenClasses(), c.tokenLifetime())
	return cmd
}

func (c *controlling) tokenList() *cobra.Command {
	var f keyFilter
	cmd := &cobra.Command{
		Use: "list", Short: "List all credentials, tokens and refresh tokens too", Args: cobra.NoArgs,
		Example: "  understudy control token list --kind refresh\n  understudy control token list --user usr_4m2k8p0q6r",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.listKeys(cmd, "/credentials", "credentials", &f) },
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&f.family, "family", "", "only those that came from this login or grant")
	return cmd
}

// A tokenWish is what the user wants a token to be.
type tokenWish struct {
	class, name, account, user, client, environment string
	lifetime, audience, issuer, kind, defect        string
	scopes, claims                                  []string
	quiet                                           bool
}

func (c *controlling) tokenCreate() *cobra.Command {
	var w tokenWish
	cmd := &cobra.Command{
		Use: "create", Short: "Issue a token, a wrong one too, and print its text, this once", Args: cobra.NoArgs,
		Long: `Create issues a token. With --defect something is wrong with it on purpose, so that a client or a
gateway can be tested with tokens that must not be believed.`,
		Example: `  understudy control token create --user usr_4m2k8p0q6r --lifetime 15m
  understudy control token create --claim tenant=7 --claim 'groups=["a","b"]'
  understudy control token create --defect expired
  TOKEN=$(understudy control token create --defect wrong-signature --quiet)`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			claims, err := claimsOf(w.claims)
			if err != nil {
				return err
			}
			body := given(map[string]any{
				"class": w.class, "name": w.name, "account": w.account, "user": w.user, "client": w.client, "scopes": w.scopes,
				"environment": w.environment, "type": w.kind, "issuer": w.issuer, "audience": w.audience, "lifetime": w.lifetime, "defect": w.defect,
			})
			if claims != nil {
				body["claims"] = claims
			}
			var t control.Token
			if printed, err := c.ask(cmd, "POST", "/tokens", nil, body, &t); printed || err != nil {
				return err
			}
			if err := c.reveal(&t.IssuedKey, w.quiet); err != nil || w.quiet || t.Header == nil {
				return err
			}
			_, err = fmt.Fprintf(c.out, "header  %s\nclaims  %s\n", oneLine(compactJSON(t.Header)), oneLine(compactJSON(t.Claims)))
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&w.class, "class", "", "class of the token (default: the contract's signed one, else another)")
	f.StringVar(&w.user, "user", "", "user that it stands for")
	f.StringVar(&w.account, "account", "", "account that it belongs to (default: the user's, else the first)")
	f.StringVar(&w.client, "client", "", "client of the identity provider that it is issued to")
	f.StringVar(&w.name, "name", "", "name that people know it by")
	f.StringVar(&w.environment, "env", "", "environment that it is for")
	f.StringSliceVar(&w.scopes, "scopes", nil, "scopes, separated by commas (default: those that permit most)")
	f.StringVar(&w.lifetime, "lifetime", "", "how long it lives, such as 15m (default: the class's)")
	f.StringVar(&w.audience, "audience", "", "the claim aud")
	f.StringVar(&w.issuer, "issuer", "", "the claim iss (default: the class's)")
	f.StringVar(&w.kind, "type", "", "the header's typ (default JWT)")
	f.StringArrayVar(&w.claims, "claim", nil, "NAME=VALUE of a further claim; a value that is JSON is taken as such (repeatable)")
	f.StringVar(&w.defect, "defect", "", "what is wrong with it: expired, not-yet-valid, wrong-issuer, wrong-audience, wrong-signature, alg-none, unknown-kid, revoked, clock-skew")
	f.BoolVarP(&w.quiet, "quiet", "q", false, "print the text only")
	return cmd
}

// claimsOf reads NAME=VALUE; nil when there are none.
func claimsOf(list []string) (map[string]any, error) {
	var claims map[string]any
	for _, one := range list {
		name, value, ok := strings.Cut(one, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--claim %s: give NAME=VALUE", one)
		}
		if claims == nil {
			claims = map[string]any{}
		}
		if claims[name] = value; json.Valid([]byte(value)) {
			claims[name] = json.RawMessage(value)
		}
	}
	return claims, nil
}

func (c *controlling) tokenRevoke() *cobra.Command {
	var family string
	cmd := &cobra.Command{
		Use: "revoke [ID]", Short: "Revoke a token, or all that came from one login or grant", Args: cobra.MaximumNArgs(1),
		Example: "  understudy control token revoke tok_8c2d4e6f1a\n  understudy control token revoke --family ses_2b4d6f8a0c",
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 0) == (family == "") {
				return errors.New("give either the ID of a credential, or --family; see: understudy control token list")
			}
			body := map[string]any{"family": family}
			if len(args) == 1 {
				body = map[string]any{"id": args[0]}
			}
			var r control.Revocation
			if printed, err := c.ask(cmd, "POST", "/tokens/revoke", nil, body, &r); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.out, "%d revoked\n", r.Revoked)
			return err
		},
	}
	cmd.Flags().StringVar(&family, "family", "", "id of the login or grant")
	return cmd
}

func (c *controlling) tokenDecode() *cobra.Command {
	return &cobra.Command{
		Use: "decode TOKEN", Short: "Take a token apart and say whether it would be believed; - is standard input", Args: cobra.ExactArgs(1),
		Example: "  understudy control token decode eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhY2NfMSJ9.c2ln\n  pbpaste | understudy control token decode -",
		RunE: func(cmd *cobra.Command, args []string) error {
			token := args[0]
			if token == "-" {
				text, err := readInput(cmd, "-")
				if err != nil {
					return fmt.Errorf("read the token: %w", err)
				}
				token = string(text)
			}
			var d control.Decoded
			if printed, err := c.ask(cmd, "POST", "/tokens/decode", nil, map[string]any{"token": strings.TrimSpace(token)}, &d); printed || err != nil {
				return err
			}
			return c.showDecoded(&d)
		},
	}
}

func (c *controlling) showDecoded(d *control.Decoded) error {
	var b bytes.Buffer
	verdict := "believed"
	if !d.Believed {
		verdict = fmt.Sprintf("refused, %s: %s", d.Code, d.Reason)
	}
	fmt.Fprintln(&b, oneLine(verdict))
	if k := d.Credential; k != nil {
		fmt.Fprintln(&b, oneLine(strings.TrimSpace(fmt.Sprintf("%s  class %s (%s)  %s", k.ID, k.Class, k.Kind, k.Name))))
	}
	for _, part := range []struct {
		name    string
		members map[string]any
	}{{"header", d.Header}, {"claims", d.Claims}} {
		if part.members == nil {
			continue
		}
		text, err := json.MarshalIndent(part.members, "", "  ")
		if err != nil {
			return fmt.Errorf("print the %s: %w", part.name, err)
		}
		fmt.Fprintf(&b, "\n%s %s\n", part.name, printable(string(text), "\n"))
	}
	for i, claim := range []string{"iat", "nbf", "exp"} { // RFC 7519, 4.1: seconds since 1970
		if seconds, ok := d.Claims[claim].(float64); ok {
			fmt.Fprintf(&b, "%s %s\n", []string{"issued    ", "not before", "expires   "}[i], instantText(time.Unix(int64(seconds), 0)))
		}
	}
	_, err := c.out.Write(b.Bytes())
	return err
}
