package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) deliveryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "delivery", Short: "List deliveries, show each attempt, replay, cancel, wait", Args: cobra.NoArgs,
		Long: `A delivery is the way of one event to one receiver. It is tried by the contract's schedule until it is taken with 2xx,
or dead. Time is the stand-in's: "understudy control clock advance 72h" brings about all attempts of three days.`,
		Example: `  understudy control delivery list --state dead,pending
  understudy control delivery show dlv_1a2b3c
  understudy control delivery wait --type 'license.*' --within 5s
  understudy control delivery replay --dead
  understudy control delivery cancel dlv_1a2b3c`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.deliveryList(), c.deliveryShow(), c.deliveryReplay(), c.deliveryCancel(), c.deliveryWait())
	return cmd
}

func deliveryPath(id string) string { return "/deliveries/" + url.PathEscape(id) }

// A deliveryFilter is which deliveries the user means.
type deliveryFilter struct{ endpoint, event, kind, state string }

func (o *deliveryFilter) flags(cmd *cobra.Command, states string) {
	f := cmd.Flags()
	f.StringVar(&o.endpoint, "endpoint", "", "only those to the endpoint of this id")
	f.StringVar(&o.event, "event", "", "only those of the event of this id")
	f.StringVar(&o.kind, "type", "", "only those of events of this name, in which * stands for any text")
	f.StringVar(&o.state, "state", "", states)
}

const stateWords = "pending, held, sending, delivered, dead, cancelled; several with commas between them"

func (c *controlling) deliveryList() *cobra.Command {
	var o deliveryFilter
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List the deliveries, the latest first", Args: cobra.NoArgs,
		Example: "  understudy control delivery list\n  understudy control delivery list --state dead --type 'license.*'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			params := controlParams{"endpoint": o.endpoint, "event": o.event, "type": o.kind, "state": o.state, "limit": strconv.Itoa(limit)}
			var list control.Deliveries
			if printed, err := c.ask(cmd, "GET", "/deliveries", params, nil, &list); printed || err != nil {
				return err
			}
			if len(list.Deliveries) == 0 {
				_, err := fmt.Fprintln(c.out, "no deliveries")
				return err
			}
			return c.deliveryTable(list.Deliveries)
		},
	}
	o.flags(cmd, "only those in this state: "+stateWords)
	cmd.Flags().IntVar(&limit, "limit", 100, "at most so many, the latest ones")
	return cmd
}

// deliveryTable prints deliveries, a line for each.
func (c *controlling) deliveryTable(list []control.Delivery) error {
	return c.table(func(row func(...any)) {
		row("ID", "EVENT", "STATE", "TRIES", "LAST")
		for i := range list {
			d := &list[i]
			last := "-"
			if d.Status != 0 {
				last = strconv.Itoa(d.Status)
			}
			row(d.ID, d.Type, d.State, d.Attempts, last)
		}
	})
}

func (c *controlling) deliveryShow() *cobra.Command {
	var attempt int
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show a delivery with its attempts; with --attempt, one of them as it was sent and answered", Args: cobra.ExactArgs(1),
		Example: "  understudy control delivery show dlv_1a2b3c\n  understudy control delivery show dlv_1a2b3c --attempt 2",
		RunE: func(cmd *cobra.Command, args []string) error {
			var record control.DeliveryRecord
			if printed, err := c.ask(cmd, "GET", deliveryPath(args[0]), nil, nil, &record); printed || err != nil {
				return err
			}
			if !cmd.Flags().Changed("attempt") {
				return c.showDelivery(&record)
			}
			for i := range record.Attempts {
				if record.Attempts[i].Number == attempt {
					return c.showAttempt(&record.Attempts[i])
				}
			}
			return fmt.Errorf("--attempt %d: there are %d attempts", attempt, len(record.Attempts))
		},
	}
	cmd.Flags().IntVar(&attempt, "attempt", 0, "number of the attempt, from 1")
	return cmd
}

func (c *controlling) showDelivery(r *control.DeliveryRecord) error {
	var b bytes.Buffer
	d, line := &r.Delivery, lines(&b)
	fmt.Fprintln(&b, oneLine(d.ID+"  "+d.Type))
	line("event", d.Event)
	line("to", strings.TrimSpace(d.Method+" "+d.URL+" "+d.Endpoint))
	line("state", string(d.State))
	line("because", d.Why)
	line("made", instantText(d.CreatedAt))
	if d.NextAt != nil {
		line("next", instantText(*d.NextAt))
	}
	if d.EndedAt != nil {
		line("ended", instantText(*d.EndedAt))
	}
	line("replay of", d.ReplayOf)
	for _, m := range d.Misbehaviour {
		line("trouble", troubleText(&m))
	}
	if _, err := c.out.Write(b.Bytes()); err != nil || len(r.Attempts) == 0 {
		return err
	}
	fmt.Fprintln(c.out)
	return c.table(func(row func(...any)) {
		row("NO", "AT", "AFTER", "ANSWER", "TROUBLE")
		before := time.Time{}
		for i := range r.Attempts {
			a := &r.Attempts[i]
			after := ""
			if i > 0 {
				after = lengthText(a.At.Sub(before))
			}
			before = a.At
			row(a.Number, instantText(a.At), after, answerText(a), strings.Join(a.Misbehaviour, " "))
		}
	})
}

// lengthText is a length of time without the parts that are nothing: "2h". What is less than a second is left out of longer ones.
func lengthText(d time.Duration) string {
	if d >= time.Second {
		d = d.Round(time.Second)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// answerText is what came of an attempt.
func answerText(a *control.Attempt) string {
	if a.Response != nil {
		return strings.TrimSpace(fmt.Sprintf("%d %s", a.Response.Status, http.StatusText(a.Response.Status)))
	}
	return string(a.Outcome)
}

func (c *controlling) showAttempt(a *control.Attempt) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "attempt %d  %s  %.1f ms\n\n%s\n", a.Number, instantText(a.At), a.Duration, oneLine(a.Request.Method+" "+a.Request.URL))
	showMessage(&b, a.Request.Headers, a.Request.Body)
	b.WriteString("\n")
	if a.Response != nil {
		fmt.Fprintf(&b, "%s\n", oneLine(answerText(a)))
		showMessage(&b, a.Response.Headers, a.Response.Body)
	} else {
		fmt.Fprintf(&b, "%s: %s\n", oneLine(string(a.Outcome)), oneLine(a.Error))
	}
	fmt.Fprintf(&b, "\n%s\n", oneLine(a.Why))
	_, err := c.out.Write(b.Bytes())
	return err
}

func (c *controlling) deliveryReplay() *cobra.Command {
	var o deliveryFilter
	var dead bool
	var misbehaviours []string
	cmd := &cobra.Command{
		Use: "replay [ID…]", Short: "Make deliveries again, under the same event ids", Args: cobra.ArbitraryArgs,
		Long: `Replay makes new deliveries of the same events, signed anew. Name them, or choose them by flags: --dead means those
that were given up.`,
		Example: `  understudy control delivery replay dlv_1a2b3c
  understudy control delivery replay dlv_1a2b3c --misbehaviour changed-byte
  understudy control delivery replay --dead --endpoint we_1a2b3c`,
		RunE: func(cmd *cobra.Command, args []string) error {
			chosen := given(map[string]any{"endpoint": o.endpoint, "event": o.event, "type": o.kind, "state": o.state})
			switch {
			case len(args) == 0 && len(chosen) == 0 && !dead:
				return errors.New("name deliveries, or choose them: --dead, --state, --endpoint, --type, --event")
			case len(args) > 0 && (len(chosen) > 0 || dead):
				return errors.New("either name deliveries or choose them by flags")
			case dead && o.state != "":
				return errors.New("--dead is --state dead; give one of them")
			}
			troubles, err := troublesOf(misbehaviours)
			if err != nil {
				return err
			}
			if len(troubles) > 0 {
				if len(args) != 1 {
					return errors.New("--misbehaviour goes with one delivery")
				}
				var d control.Delivery
				if printed, err := c.ask(cmd, "POST", deliveryPath(args[0])+"/replay", nil, map[string]any{"misbehaviour": troubles}, &d); printed || err != nil {
					return err
				}
				return c.deliveryTable([]control.Delivery{d})
			}
			if len(args) > 0 {
				chosen["deliveries"] = args
			}
			var made control.Deliveries
			if printed, err := c.ask(cmd, "POST", "/deliveries/replay", nil, chosen, &made); printed || err != nil {
				return err
			}
			if len(made.Deliveries) == 0 {
				_, err := fmt.Fprintln(c.out, "nothing to replay")
				return err
			}
			return c.deliveryTable(made.Deliveries)
		},
	}
	o.flags(cmd, "those in this state (default: dead): "+stateWords)
	cmd.Flags().BoolVar(&dead, "dead", false, "those that were given up")
	cmd.Flags().StringArrayVar(&misbehaviours, "misbehaviour", nil, "trouble for the one that is named: KIND or KIND=VALUE (repeatable)")
	return cmd
}

func (c *controlling) deliveryCancel() *cobra.Command {
	return &cobra.Command{
		Use: "cancel ID…", Short: "End deliveries that are not finished", Args: cobra.MinimumNArgs(1),
		Example: "  understudy control delivery cancel dlv_1a2b3c",
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, id := range args {
				var d control.Delivery
				if printed, err := c.ask(cmd, "POST", deliveryPath(id)+"/cancel", nil, nil, &d); err != nil {
					return err
				} else if !printed {
					fmt.Fprintf(c.out, "%s is cancelled\n", oneLine(d.ID))
				}
			}
			return nil
		},
	}
}

// waitRound is how long the management API is asked to wait at a time: a silent connection may be cut on the way.
const waitRound = 20 * time.Second

// awaitDelivery waits for a delivery, in rounds.
func (c *controlling) awaitDelivery(cmd *cobra.Command, wanted map[string]any, within string) (found control.WaitedDelivery, err error) {
	client, err := c.connect()
	if err != nil {
		return found, err
	}
	err = rounds(within, func(round time.Duration) (bool, error) {
		wanted["within"] = round.String()
		text := compactJSON(given(wanted))
		err := client.one().send(cmd.Context(), "POST", "/deliveries/wait", nil, []byte(text), &found)
		return found.Arrived, err
	})
	return found, err
}

// rounds asks again until time is up or there is what is waited for.
func rounds(within string, ask func(round time.Duration) (bool, error)) error {
	left, err := time.ParseDuration(within)
	if err != nil || left < 0 {
		return fmt.Errorf("%s is no length of time to wait: give one such as 5s or 2m", within)
	}
	end := time.Now().Add(left)
	for {
		there, err := ask(min(max(left, 0), waitRound))
		if left = time.Until(end); there || err != nil || left <= 0 {
			return err
		}
	}
}

func (c *controlling) deliveryWait() *cobra.Command {
	var o deliveryFilter
	var after, within string
	cmd := &cobra.Command{
		Use: "wait", Short: "Wait until a delivery has arrived", Args: cobra.NoArgs,
		Long: `Wait waits in real time for a delivery that was taken, or is in the states of --state; one that was there before will do,
unless --after names the one behind which to look. The stand-in's clock is left alone: what waits for its next attempt
is brought about by moving it. Exit status: 0 when one arrived, 1 when none did.`,
		Example: `  understudy control delivery wait --type license.activated --within 5s
  understudy control delivery wait --after dlv_1a2b3c --state finished`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := c.awaitDelivery(cmd, map[string]any{"endpoint": o.endpoint, "event": o.event, "type": o.kind, "state": o.state, "after": after}, within)
			if err != nil {
				return err
			}
			switch {
			case c.json:
				fmt.Fprintln(c.out, compactJSON(found))
			case found.Delivery != nil && found.Arrived:
				err = c.deliveryTable([]control.Delivery{*found.Delivery})
			case found.Delivery != nil:
				fmt.Fprintf(c.out, "none arrived within %s; %s is %s: %s\n", within, oneLine(found.Delivery.ID), found.Delivery.State, oneLine(found.Delivery.Why))
			default:
				fmt.Fprintf(c.out, "none arrived within %s\n", within)
			}
			if err == nil && !found.Arrived {
				return errFindings
			}
			return err
		},
	}
	o.flags(cmd, "state to wait for (default: delivered); finished is delivered, dead or cancelled; "+stateWords)
	cmd.Flags().StringVar(&after, "after", "", "only deliveries that are later than the one of this id")
	cmd.Flags().StringVar(&within, "within", "10s", "how long to wait, in real time")
	return cmd
}
