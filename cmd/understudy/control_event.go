package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) eventCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "event", Short: "Tell of events by hand, sign and verify deliveries", Args: cobra.NoArgs,
		Long: `Events are what the contract tells other servers about. Each is sent to the endpoints that want to hear of it
(see: understudy control endpoint --help), signed as the vendor signs, and tried again until it is taken.`,
		Example: `  understudy control event list
  understudy control event show license.activated
  understudy control event send license.activated --data key=ECO-AB12-CD34-EF56
  understudy control event send invoice.paid --misbehaviour stale-timestamp
  understudy control event curl invoice.paid http://localhost:3000/hooks | sh
  understudy control event sign --scheme stripe --body event.json
  understudy control event verify invoice.paid --body body.json --header 'Stripe-Signature: t=1,v1=2'`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.eventList(), c.eventShow(), c.eventSend(), c.eventTold(), c.eventSign(), c.eventVerify(), c.eventCurl(), c.eventFamily())
	return cmd
}

func (c *controlling) eventList() *cobra.Command {
	var family string
	cmd := &cobra.Command{
		Use: "list", Short: "List the events of the contract, how they are signed, and whether the vendor documents them", Args: cobra.NoArgs,
		Example: "  understudy control event list\n  understudy control event list --family payment",
		RunE: func(cmd *cobra.Command, _ []string) error {
			params := controlParams{"family": family}
			if !c.json {
				params["samples"] = "false"
			}
			var list control.Events
			if printed, err := c.ask(cmd, "GET", "/events", params, nil, &list); printed || err != nil {
				return err
			}
			if len(list.Events) == 0 {
				_, err := fmt.Fprintln(c.out, "no events")
				return err
			}
			return c.table(func(row func(...any)) {
				row("EVENT", "SIGNATURE", "SECRET", "BASIS")
				for _, e := range list.Events {
					basis := e.Basis
					if !e.On {
						basis += ", off"
					}
					row(e.Type, e.Signature, e.Secret, basis)
				}
			})
		},
	}
	cmd.Flags().StringVar(&family, "family", "", "only events of this family")
	return cmd
}

func (c *controlling) eventShow() *cobra.Command {
	return &cobra.Command{
		Use: "show EVENT", Short: "Show one event with a sample payload", Args: cobra.ExactArgs(1),
		Example: "  understudy control event show license.activated",
		RunE: func(cmd *cobra.Command, args []string) error {
			var e control.Event
			if printed, err := c.ask(cmd, "GET", "/events/"+url.PathEscape(args[0]), nil, nil, &e); printed || err != nil {
				return err
			}
			var b bytes.Buffer
			line := lines(&b)
			fmt.Fprintln(&b, oneLine(e.Type))
			line("about", e.Description)
			line("basis", strings.TrimSpace(e.Basis+" "+e.Requirement))
			line("family", e.Family)
			if !e.On {
				line("told", "no: the family is switched off")
			}
			line("signature", string(e.Signature))
			line("headers", strings.Join(e.Headers, ", "))
			line("secret", e.Secret)
			line("sent as", e.Method+" "+e.ContentType)
			line("creates", strings.Join(e.Creates, ", "))
			line("channel", e.Channel)
			b.WriteString("\n" + pretty(e.Payload) + "\n")
			_, err := c.out.Write(b.Bytes())
			return err
		},
	}
}

// lines gives what writes a name with a value; an empty value is left out.
func lines(w io.Writer) func(name, value string) {
	return func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %-11s  %s\n", name, oneLine(value))
		}
	}
}

// pretty is JSON with line breaks, safe to print; what is none is shown as it is.
func pretty(text []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, text, "", "  ") != nil {
		return strings.TrimRight(printable(string(text), "\n\t"), "\n")
	}
	return printable(out.String(), "\n\t")
}

// An eventOrder is what the user wants to be told.
type eventOrder struct {
	data                                              []string
	payload, body, id, to, account, environment, wait string
	force                                             bool
	misbehaviours                                     []string
}

func (c *controlling) eventSend() *cobra.Command {
	var o eventOrder
	cmd := &cobra.Command{
		Use: "send EVENT", Short: "Tell of an event as if it had happened", Args: cobra.ExactArgs(1),
		Long: `Send tells of an event: the payload is made up like the sample of "event show", with the members of --data put in,
or is the whole body of --payload. It goes to each endpoint that wants the event, or to the one of --to.

--data NAME=VALUE sets a member of the item that the event is about; a NAME that begins with a slash is a JSON
Pointer into the whole payload. A VALUE that is JSON is taken as such, anything else as text.

` + troubleKindsText(),
		Example: `  understudy control event send license.activated --data key=ECO-AB12-CD34-EF56
  understudy control event send checkout.session.completed --data /data/object/amount_total=4900
  understudy control event send invoice.paid --payload body.json --to http://localhost:3000/hooks --wait 10s
  understudy control event send invoice.paid --misbehaviour duplicate --misbehaviour delayed=5m`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.sendEvent(cmd, args[0], &o) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.data, "data", nil, "NAME=VALUE, put into the payload (repeatable)")
	f.StringVar(&o.payload, "payload", "", "file with the whole payload as JSON, - is standard input")
	f.StringVar(&o.body, "body", "", "file with the whole body where it is no JSON, - is standard input")
	f.StringVar(&o.id, "id", "", "id of the event (default: made up)")
	f.StringVar(&o.to, "to", "", "id of an endpoint, or a URL (default: all endpoints that want it)")
	f.StringVar(&o.account, "account", "", "account whose endpoints are told (default: all)")
	f.StringVar(&o.environment, "env", "", "environment whose endpoints are told (default: all)")
	f.BoolVar(&o.force, "force", false, "also a payload that breaks the document, and an event of a family that is switched off")
	f.StringArrayVar(&o.misbehaviours, "misbehaviour", nil, "trouble for its deliveries: KIND or KIND=VALUE (repeatable)")
	f.StringVar(&o.wait, "wait", "", "wait so long until its deliveries are over, and show what came of them")
	cmd.MarkFlagsMutuallyExclusive("payload", "body", "data")
	return cmd
}

func (o *eventOrder) request(cmd *cobra.Command, event string) (map[string]any, error) {
	members := given(map[string]any{"type": event, "id": o.id, "to": o.to, "account": o.account, "environment": o.environment, "force": o.force})
	if len(o.data) > 0 {
		data := map[string]any{}
		for _, one := range o.data {
			name, value, ok := strings.Cut(one, "=")
			if !ok || name == "" {
				return nil, fmt.Errorf("--data %s: write it as NAME=VALUE", one)
			}
			data[name] = jsonOrText(value)
		}
		members["data"] = data
	}
	for member, file := range map[string]string{"payload": o.payload, "body": o.body} {
		if file == "" {
			continue
		}
		text, err := readInput(cmd, file)
		if err != nil {
			return nil, fmt.Errorf("read the payload: %w", err)
		}
		if members[member] = any(string(text)); member == "payload" {
			if !json.Valid(text) {
				return nil, fmt.Errorf("--payload %s: it is no JSON; a body that is none goes into --body", file)
			}
			members[member] = json.RawMessage(text)
		}
	}
	troubles, err := troublesOf(o.misbehaviours)
	if len(troubles) > 0 {
		members["misbehaviour"] = troubles
	}
	return members, err
}

func jsonOrText(text string) any {
	var value any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return text
	}
	return value
}

func (c *controlling) sendEvent(cmd *cobra.Command, event string, o *eventOrder) error {
	body, err := o.request(cmd, event)
	if err != nil {
		return err
	}
	var sent control.SentEvent
	if printed, err := c.ask(cmd, "POST", "/events", nil, body, &sent); printed || err != nil {
		return err
	}
	fmt.Fprintln(c.out, oneLine(sent.Event.ID+"  "+sent.Event.Type))
	if len(sent.Deliveries) == 0 {
		_, err := fmt.Fprintln(c.out, "no endpoint wants to hear of it; register one: understudy control endpoint create URL")
		return err
	}
	if o.wait != "" {
		for i := range sent.Deliveries {
			d, err := c.awaitDelivery(cmd, map[string]any{"event": sent.Event.ID, "endpoint": sent.Deliveries[i].Endpoint, "state": "finished"}, o.wait)
			if err != nil {
				return err
			}
			if d.Delivery != nil && d.Delivery.ID == sent.Deliveries[i].ID {
				sent.Deliveries[i] = *d.Delivery
			}
		}
	}
	return c.deliveryTable(sent.Deliveries)
}

func (c *controlling) eventTold() *cobra.Command {
	var kind string
	var limit int
	cmd := &cobra.Command{
		Use: "told [ID]", Short: "List the events that were told; show one with its body", Args: cobra.MaximumNArgs(1),
		Example: "  understudy control event told\n  understudy control event told --type 'license.*'\n  understudy control event told evt_1a2b3c",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return c.showTold(cmd, args[0])
			}
			var list control.ToldEvents
			if printed, err := c.ask(cmd, "GET", "/told-events", controlParams{"type": kind, "limit": fmt.Sprint(limit)}, nil, &list); printed || err != nil {
				return err
			}
			if len(list.Events) == 0 {
				_, err := fmt.Fprintln(c.out, "no events were told")
				return err
			}
			return c.table(func(row func(...any)) {
				row("AT", "ID", "EVENT", "TO")
				for _, e := range list.Events {
					row(instantText(e.At), e.ID, e.Type, len(e.Deliveries))
				}
			})
		},
	}
	cmd.Flags().StringVar(&kind, "type", "", "only events of this name, in which * stands for any text")
	cmd.Flags().IntVar(&limit, "limit", 100, "at most so many, the latest ones")
	return cmd
}

func (c *controlling) showTold(cmd *cobra.Command, id string) error {
	var e control.ToldEvent
	if printed, err := c.ask(cmd, "GET", "/told-events/"+url.PathEscape(id), nil, nil, &e); printed || err != nil {
		return err
	}
	var b bytes.Buffer
	line := lines(&b)
	fmt.Fprintln(&b, oneLine(e.ID+"  "+e.Type))
	line("at", instantText(e.At))
	line("because of", e.Cause)
	line("account", strings.TrimSpace(e.Account+" "+e.Environment))
	line("deliveries", strings.Join(e.Deliveries, " "))
	b.WriteString("\n")
	showMessage(&b, nil, e.Body)
	_, err := c.out.Write(b.Bytes())
	return err
}

func (c *controlling) eventFamily() *cobra.Command {
	cmd := &cobra.Command{
		Use: "family [NAME on|off]", Short: "List the families of events; switch one on or off", Args: cobra.RangeArgs(0, 2),
		Example: "  understudy control event family\n  understudy control event family wallet off",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				if len(args) == 1 || args[1] != "on" && args[1] != "off" {
					return errors.New("say whether it is to be on or off: understudy control event family NAME on|off")
				}
				var f control.EventFamily
				if printed, err := c.ask(cmd, "PUT", "/event-families/"+url.PathEscape(args[0]), nil, map[string]any{"on": args[1] == "on"}, &f); printed || err != nil {
					return err
				}
				_, err := fmt.Fprintln(c.out, oneLine(f.Name+" is "+onOff(f.On)))
				return err
			}
			var list control.EventFamilies
			if printed, err := c.ask(cmd, "GET", "/event-families", nil, nil, &list); printed || err != nil {
				return err
			}
			if len(list.Families) == 0 {
				_, err := fmt.Fprintln(c.out, "no families: all events are told at all times")
				return err
			}
			return c.table(func(row func(...any)) {
				row("FAMILY", "IS", "EVENTS")
				for _, f := range list.Families {
					row(f.Name, onOff(f.On), shortened(strings.Join(f.Events, " "), 50))
				}
			})
		},
	}
	return cmd
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
