package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

// A signingOrder says by what the user wants something to be signed, or judged.
type signingOrder struct {
	scheme, header, prefix, secretFrom, env, endpoint, body, url, at string
}

func (o *signingOrder) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.scheme, "scheme", "", "kind of signature in place of an event: stripe, standard-webhooks, github, shopify, slack, twilio, hmac-hex, hmac-base64")
	f.StringVar(&o.header, "signature-header", "", "header that carries the signature, where it is not the usual one")
	f.StringVar(&o.prefix, "prefix", "", "text before the value, of hmac-hex and hmac-base64: sha256=")
	f.StringVar(&o.secretFrom, "secret-env", "", "environment variable of this command that holds the secret")
	f.StringVar(&o.env, "secret-name", "", "name of a secret that the stand-in knows (default: the event's, or the scheme's)")
	f.StringVar(&o.endpoint, "endpoint", "", "id of an endpoint, whose secrets are meant")
	f.StringVar(&o.body, "body", "-", "file with the exact body, - is standard input")
	f.StringVar(&o.url, "to", "", "URL that it goes to, for schemes that sign it")
	f.StringVar(&o.at, "at", "", "instant of the signature, or of the receiver's clock: 2026-01-31T12:00:00Z (default: now, by the stand-in's clock)")
}

// request reads the flags, and an event's name where there is one.
func (o *signingOrder) request(c *controlling, cmd *cobra.Command, args []string) (map[string]any, error) {
	members := given(map[string]any{
		"scheme": o.scheme, "header": o.header, "prefix": o.prefix, "env": o.env, "endpoint": o.endpoint, "url": o.url, "at": o.at,
	})
	switch {
	case len(args) == 1 && o.scheme != "":
		return nil, errors.New("give either an event of the contract or --scheme")
	case len(args) == 1:
		members["type"] = args[0]
	case o.scheme == "":
		return nil, errors.New("say what it is to be signed like: an event of the contract (see: understudy control event list), or --scheme KIND")
	}
	if o.secretFrom != "" {
		text := c.getenv(o.secretFrom)
		if text == "" {
			return nil, fmt.Errorf("--secret-env %s: the environment has no such variable, or an empty one", o.secretFrom)
		}
		members["secret"] = text
	}
	body, err := readInput(cmd, o.body)
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	members["body"] = string(body)
	return members, nil
}

func (c *controlling) eventSign() *cobra.Command {
	var o signingOrder
	var id, spoil, out string
	cmd := &cobra.Command{
		Use: "sign [EVENT]", Short: "Sign a body as the vendor, or another sender, would", Args: cobra.MaximumNArgs(1),
		Long: `Sign prints the headers of a delivery, one a line, as curl reads them with -H @FILE. The body is signed to the
byte: send the same file with --data-binary. With --spoil the delivery is bad in one way; --body-out then holds the
body that is to be sent.`,
		Example: `  understudy control event sign license.activated --body body.json > headers
  understudy control event sign --scheme stripe --body event.json > headers
  curl -H @headers --data-binary @event.json http://127.0.0.1:4010/payment/stripe/webhook
  understudy control event sign --scheme stripe --body event.json --spoil changed-byte --body-out bad.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := o.request(c, cmd, args)
			if err != nil {
				return err
			}
			for name, value := range given(map[string]any{"id": id, "spoil": spoil}) {
				body[name] = value
			}
			var signed control.Signed
			if printed, err := c.ask(cmd, "POST", "/events/sign", nil, body, &signed); printed || err != nil {
				return err
			}
			for _, name := range sortedNames(signed.Headers) {
				for _, value := range signed.Headers[name] {
					fmt.Fprintf(c.out, "%s: %s\n", oneLine(name), oneLine(value))
				}
			}
			if out != "" {
				if err := writePrivate(out, []byte(signed.Body)); err != nil {
					return fmt.Errorf("write the body: %w", err)
				}
			} else if signed.Body != body["body"] {
				fmt.Fprintln(c.err, "note: the body is another one now; --body-out FILE writes it")
			}
			return nil
		},
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&id, "id", "", "id of the event, for schemes that sign it (default: the one in the body)")
	f.StringVar(&spoil, "spoil", "", "make it bad in one way: "+strings.Join(spoilings(), ", "))
	f.StringVar(&out, "body-out", "", "file for the body that is to be sent")
	return cmd
}

func (c *controlling) eventVerify() *cobra.Command {
	var o signingOrder
	var headers []string
	cmd := &cobra.Command{
		Use: "verify [EVENT]", Short: "Judge the signature of a delivery as a correct receiver would", Args: cobra.MaximumNArgs(1),
		Long: `Verify says whether a delivery is believed, and why not. Time is judged by the stand-in's clock unless --at says
another instant. Exit status: 0 when it is believed, 1 when it is not, 2 when nothing could be judged.`,
		Example: `  understudy control event verify invoice.paid --body body.json --header 'stripe-signature: t=1772442000,v1=5f2c…'
  understudy control event verify --scheme github --secret-env GITHUB_WEBHOOK_SECRET --body body.json --header 'X-Hub-Signature-256: sha256=…'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := o.request(c, cmd, args)
			if err != nil {
				return err
			}
			named := map[string][]string{}
			for _, line := range headers {
				name, value, ok := strings.Cut(line, ":")
				if !ok {
					return fmt.Errorf("--header %s: write it as 'NAME: VALUE'", shortened(line, 60))
				}
				named[strings.TrimSpace(name)] = append(named[strings.TrimSpace(name)], strings.TrimSpace(value))
			}
			body["headers"] = named
			var v control.Verified
			if printed, err := c.ask(cmd, "POST", "/events/verify", nil, body, &v); printed || err != nil {
				return err
			}
			against := ""
			if v.Secret != "" {
				against = " with " + v.Secret
			}
			if v.Valid {
				_, err := fmt.Fprintln(c.out, oneLine("good: signed"+against+" ("+string(v.Signature)+")"))
				return err
			}
			fmt.Fprintln(c.out, oneLine(string(v.Reason)+": "+v.Detail+" (checked"+against+")"))
			return errFindings
		},
	}
	o.flags(cmd)
	cmd.Flags().StringArrayVar(&headers, "header", nil, "header of the delivery: 'NAME: VALUE' (repeatable)")
	return cmd
}

func (c *controlling) eventCurl() *cobra.Command {
	var endpoint string
	cmd := &cobra.Command{
		Use: "curl EVENT URL", Short: "Print a signed delivery as a curl command", Args: cobra.ExactArgs(2),
		Long: `Curl prints a command that sends a sample of the event. Its signature is of now, by the stand-in's clock; a receiver
refuses it when it is some minutes old, and when its own clock shows another time.`,
		Example: `  understudy control event curl invoice.paid http://localhost:3000/hooks
  understudy control event curl invoice.paid http://localhost:3000/hooks | sh`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var made control.CurlCommand
			params := controlParams{"url": args[1], "endpoint": endpoint}
			if printed, err := c.ask(cmd, "GET", "/events/"+url.PathEscape(args[0])+"/curl", params, nil, &made); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintln(c.out, made.Command) // it holds no control characters
			return err
		},
	}
	cmd.Flags().StringVar(&endpoint, "endpoint", "", "id of the endpoint whose secrets sign (default: the stand-in's own)")
	return cmd
}
