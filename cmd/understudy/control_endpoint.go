package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) endpointCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "endpoint", Short: "Register, list, change and remove the endpoints that hear of events", Args: cobra.NoArgs,
		Long: `Endpoints are the addresses that events are sent to. Without --own-secrets deliveries are signed with the stand-in's
own secrets, which serve prints as environment lines; the texts of others are shown once, when they are made.`,
		Example: `  understudy control endpoint create http://localhost:3000/hooks --events 'license.*'
  understudy control endpoint list
  understudy control endpoint rotate we_1a2b3c
  understudy control endpoint change we_1a2b3c --disable
  understudy control endpoint remove we_1a2b3c`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.endpointList(), c.endpointCreate(), c.endpointShow(), c.endpointChange(), c.endpointRotate(), c.endpointRemove())
	return cmd
}

func endpointPath(id string) string { return "/endpoints/" + url.PathEscape(id) }

func (c *controlling) endpointList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the endpoints", Args: cobra.NoArgs,
		Example: "  understudy control endpoint list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list control.Endpoints
			if printed, err := c.ask(cmd, "GET", "/endpoints", nil, nil, &list); printed || err != nil {
				return err
			}
			if len(list.Endpoints) == 0 {
				_, err := fmt.Fprintln(c.out, "no endpoints; register one: understudy control endpoint create URL")
				return err
			}
			return c.table(func(row func(...any)) {
				row("ID", "STATE", "EVENTS", "URL")
				for i := range list.Endpoints {
					e := &list.Endpoints[i]
					row(e.ID, endpointState(e), shortened(strings.Join(e.Events, " "), 24), e.URL)
				}
			})
		},
	}
}

func endpointState(e *control.Endpoint) string {
	switch {
	case !e.Enabled:
		return "disabled"
	case e.PausedUntil != nil:
		return "paused"
	case e.Failures > 0:
		return fmt.Sprintf("failing (%d)", e.Failures)
	}
	return "enabled"
}

// endpointFlags are those of create and change.
type endpointFlags struct {
	description, apiVersion, schedule, timeout, waits string
	events, headers                                   []string
	ordered                                           bool
}

func (o *endpointFlags) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.description, "description", "", "what it is, for people")
	f.StringSliceVar(&o.events, "events", nil, "events that it wants, in which * stands for any text (default: all)")
	f.StringArrayVar(&o.headers, "header", nil, "header that goes with each delivery: 'NAME: VALUE' (repeatable)")
	f.StringVar(&o.apiVersion, "api-version", "", "version of the payloads")
	f.StringVar(&o.schedule, "schedule", "", "when deliveries are tried: standard-webhooks, stripe, fixed, none (default: as the contract says)")
	f.StringVar(&o.waits, "waits", "", "waits of your own in place of a schedule: 0s,10s,1m")
	f.StringVar(&o.timeout, "timeout", "", "how long one attempt may take, in real time")
	f.BoolVar(&o.ordered, "ordered", false, "one delivery after the other, in the order of the events")
	cmd.MarkFlagsMutuallyExclusive("schedule", "waits")
}

// members are what the flags say; only those that were given.
func (o *endpointFlags) members(cmd *cobra.Command) (map[string]any, error) {
	members := map[string]any{}
	changed := cmd.Flags().Changed
	if changed("description") {
		members["description"] = o.description
	}
	if changed("events") {
		members["events"] = o.events
	}
	if changed("api-version") {
		members["api_version"] = o.apiVersion
	}
	if changed("header") {
		headers := map[string]string{}
		for _, line := range o.headers {
			name, value, ok := strings.Cut(line, ":")
			if !ok {
				return nil, errors.New("--header: write it as 'NAME: VALUE'")
			}
			headers[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
		members["headers"] = headers
	}
	manner := given(map[string]any{"schedule": o.schedule, "timeout": o.timeout})
	if o.waits != "" {
		manner["waits"] = strings.Split(o.waits, ",")
	}
	if changed("ordered") {
		manner["ordered"] = o.ordered
	}
	if len(manner) > 0 {
		members["delivery"] = manner
	}
	return members, nil
}

func (c *controlling) endpointCreate() *cobra.Command {
	var o endpointFlags
	var account, environment, secretName string
	var own, disabled bool
	var secrets []string
	cmd := &cobra.Command{
		Use: "create URL", Short: "Register an endpoint; its secrets are shown this once", Args: cobra.ExactArgs(1),
		Long: `Create registers an endpoint. Loopback addresses are welcome, public ones too; private, link-local and metadata addresses
need a stand-in that was started with --allow-private-webhooks. The stand-in can be the receiver itself: give it the
address that "understudy control inbox url" prints.

A secret of your own is read from an environment variable of this command: --secret NAME signs with its value, under
the same name.`,
		Example: `  understudy control endpoint create http://localhost:3000/hooks
  understudy control endpoint create http://localhost:3000/hooks --events 'license.*,invoice.paid' --own-secrets
  understudy control endpoint create http://localhost:3000/hooks --secret STRIPE_WEBHOOK_SECRET
  understudy control endpoint create "$(understudy control inbox url)/orders"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := o.members(cmd)
			if err != nil {
				return err
			}
			for name, value := range given(map[string]any{"url": args[0], "account": account, "environment": environment, "secret_name": secretName, "own_secrets": own}) {
				body[name] = value
			}
			if disabled {
				body["enabled"] = false
			}
			if len(secrets) > 0 {
				texts := map[string]string{}
				for _, name := range secrets {
					if texts[name] = c.getenv(name); texts[name] == "" {
						return fmt.Errorf("--secret %s: the environment has no such variable, or an empty one", name)
					}
				}
				body["secrets"] = texts
			}
			var e control.Endpoint
			if printed, err := c.ask(cmd, "POST", "/endpoints", nil, body, &e); printed || err != nil {
				return err
			}
			return c.showEndpoint(&e)
		},
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&account, "account", "", "only events of this account")
	f.StringVar(&environment, "env", "", "only events of this environment")
	f.StringVar(&secretName, "secret-name", "", "name of the one secret that signs all its deliveries (default: each event's own)")
	f.StringSliceVar(&secrets, "secret", nil, "environment variable of this command with a secret to sign with")
	f.BoolVar(&own, "own-secrets", false, "make secrets for this endpoint alone")
	f.BoolVar(&disabled, "disabled", false, "send nothing there yet")
	return cmd
}

// showEndpoint prints an endpoint for people, with the texts of secrets where the answer has them.
func (c *controlling) showEndpoint(e *control.Endpoint) error {
	var b bytes.Buffer
	line := lines(&b)
	fmt.Fprintln(&b, oneLine(e.ID+"  "+e.URL))
	line("about", e.Description)
	line("events", strings.Join(e.Events, " "))
	line("state", strings.TrimSuffix(endpointState(e)+": "+e.Disabled, ": "))
	line("headers", strings.Join(sortedNames(e.Headers), ", "))
	line("api version", e.APIVersion)
	line("account", strings.TrimSpace(e.Account+" "+e.Environment))
	line("made", instantText(e.CreatedAt)+" by "+string(e.Source))
	if e.Delivery != nil {
		line("delivery", compactJSON(e.Delivery))
	}
	if e.FailingSince != nil {
		line("failing", fmt.Sprintf("%d attempts since %s", e.Failures, instantText(*e.FailingSince)))
	}
	if e.PausedUntil != nil {
		line("paused", "until "+instantText(*e.PausedUntil))
	}
	for _, s := range e.Secrets {
		text := s.Shown
		if s.Text != "" {
			text = s.Text
		}
		if s.ExpiresAt != nil {
			text += " (until " + instantText(*s.ExpiresAt) + ")"
		}
		line("secret", s.Name+"="+text)
	}
	_, err := c.out.Write(b.Bytes())
	return err
}

func (c *controlling) endpointShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one endpoint", Args: cobra.ExactArgs(1),
		Example: "  understudy control endpoint show we_1a2b3c",
		RunE: func(cmd *cobra.Command, args []string) error {
			var e control.Endpoint
			if printed, err := c.ask(cmd, "GET", endpointPath(args[0]), nil, nil, &e); printed || err != nil {
				return err
			}
			return c.showEndpoint(&e)
		},
	}
}

func (c *controlling) endpointChange() *cobra.Command {
	var o endpointFlags
	var address string
	var enable, disable bool
	cmd := &cobra.Command{
		Use: "change ID", Short: "Change an endpoint; what is not named stays", Args: cobra.ExactArgs(1),
		Example: `  understudy control endpoint change we_1a2b3c --events invoice.paid
  understudy control endpoint change we_1a2b3c --enable`,
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := o.members(cmd)
			if err != nil {
				return err
			}
			if address != "" {
				body["url"] = address
			}
			if enable || disable {
				body["enabled"] = enable
			}
			if len(body) == 0 {
				return errors.New("say what is to be different; see: understudy control endpoint change --help")
			}
			var e control.Endpoint
			if printed, err := c.ask(cmd, "PATCH", endpointPath(args[0]), nil, body, &e); printed || err != nil {
				return err
			}
			return c.showEndpoint(&e)
		},
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&address, "to", "", "another URL")
	f.BoolVar(&enable, "enable", false, "send there again, and forget its failures")
	f.BoolVar(&disable, "disable", false, "send nothing there")
	cmd.MarkFlagsMutuallyExclusive("enable", "disable")
	return cmd
}

func (c *controlling) endpointRotate() *cobra.Command {
	var name, from string
	cmd := &cobra.Command{
		Use: "rotate ID", Short: "Replace a secret; the old one signs for 24 hours more", Args: cobra.ExactArgs(1),
		Example: "  understudy control endpoint rotate we_1a2b3c --name STRIPE_WEBHOOK_SECRET",
		RunE: func(cmd *cobra.Command, args []string) error {
			body := given(map[string]any{"name": name})
			if from != "" {
				if body["text"] = c.getenv(from); body["text"] == "" {
					return fmt.Errorf("--secret-env %s: the environment has no such variable, or an empty one", from)
				}
			}
			var e control.Endpoint
			if printed, err := c.ask(cmd, "POST", endpointPath(args[0])+"/rotate", nil, body, &e); printed || err != nil {
				return err
			}
			return c.showEndpoint(&e)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "which secret, where there are several")
	cmd.Flags().StringVar(&from, "secret-env", "", "environment variable of this command with the new secret (default: made up)")
	return cmd
}

func (c *controlling) endpointRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove ID…", Short: "Remove endpoints; what was still to be delivered there is dead", Args: cobra.MinimumNArgs(1),
		Example: "  understudy control endpoint remove we_1a2b3c",
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, id := range args {
				if printed, err := c.ask(cmd, "DELETE", endpointPath(id), nil, nil, nil); err != nil {
					return err
				} else if !printed {
					fmt.Fprintf(c.out, "%s is removed\n", oneLine(id))
				}
			}
			return nil
		},
	}
}
