package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

// An inboxFilter is which requests the user means.
type inboxFilter struct {
	address, text, signed string
	after                 uint64
	limit                 int
}

func (o *inboxFilter) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.address, "address", "", "only those to this path behind the inbox: /orders")
	f.StringVar(&o.text, "text", "", "only those with this text in the body or a header's value")
	f.StringVar(&o.signed, "signed", "", "only those whose signature is good (yes), or is not (no)")
	f.Uint64Var(&o.after, "after", 0, "only those behind the one of this id")
}

// good is what --signed says; nil where it says nothing.
func (o *inboxFilter) good() (*bool, error) {
	switch o.signed {
	case "":
		return nil, nil
	case "yes", "no":
		good := o.signed == "yes"
		return &good, nil
	}
	return nil, fmt.Errorf("--signed %s: give yes or no", o.signed)
}

func (c *controlling) inboxCommand() *cobra.Command {
	var o inboxFilter
	cmd := &cobra.Command{
		Use: "inbox", Short: "Receive deliveries without a server of your own: list, wait, answer", Args: cobra.NoArgs,
		Long: `The inbox takes any request at the address that "inbox url" prints, and behind it: /orders, /refunds … It keeps what
came, says whether the signature is good, and answers 204 unless it was told otherwise. Without a subcommand the
requests are listed.`,
		Example: `  understudy control endpoint create "$(understudy control inbox url)/orders"
  understudy control inbox
  understudy control inbox show 3
  understudy control inbox wait --count 2 --within 5s
  understudy control inbox answer /orders 503 --header 'Retry-After: 120' --times 2`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			good, err := o.good()
			if err != nil {
				return err
			}
			params := controlParams{"address": o.address, "text": o.text, "limit": strconv.Itoa(o.limit)}
			if o.after > 0 {
				params["after"] = strconv.FormatUint(o.after, 10)
			}
			if good != nil {
				params["good"] = strconv.FormatBool(*good)
			}
			if !c.json {
				params["bodies"] = "false"
			}
			var box control.Inbox
			if printed, err := c.ask(cmd, "GET", "/inbox", params, nil, &box); printed || err != nil {
				return err
			}
			if len(box.Requests) == 0 {
				_, err := fmt.Fprintf(c.out, "nothing came; the inbox is at %s\n", oneLine(box.URL))
				return err
			}
			return c.receivedTable(box.Requests)
		},
	}
	o.flags(cmd)
	cmd.Flags().IntVar(&o.limit, "limit", 100, "at most so many, the latest ones")
	cmd.AddCommand(c.inboxURL(), c.inboxShow(), c.inboxWait(), c.inboxAnswer(), c.inboxClear())
	return cmd
}

func (c *controlling) receivedTable(list []control.Received) error {
	return c.table(func(row func(...any)) {
		row("ID", "AT", "ADDRESS", "BYTES", "ANSWER", "SIGNATURE")
		for i := range list {
			r := &list[i]
			size := 0
			if r.Request.Body != nil {
				size = r.Request.Body.Size
			}
			row(r.ID, instantText(r.At), shortened(r.Address, 20), size, r.Status, verdictText(&r.Verdict))
		}
	})
}

// verdictText says in a few words whether a delivery is believed.
func verdictText(v *control.Verdict) string {
	switch {
	case v.Good:
		return "good"
	case v.Signature == "":
		return "none"
	}
	return string(v.Reason)
}

func (c *controlling) inboxURL() *cobra.Command {
	return &cobra.Command{
		Use: "url", Short: "Print the address of the inbox", Args: cobra.NoArgs,
		Example: "  understudy control inbox url",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var box control.Inbox
			if printed, err := c.ask(cmd, "GET", "/inbox", controlParams{"limit": "1", "bodies": "false"}, nil, &box); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintln(c.out, oneLine(box.URL))
			return err
		},
	}
}

func (c *controlling) inboxShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one request as it came", Args: cobra.ExactArgs(1),
		Example: "  understudy control inbox show 3",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseUint(args[0], 10, 62)
			if err != nil || id == 0 {
				return fmt.Errorf("show %s: a request has a number for its id; see: understudy control inbox", args[0])
			}
			client, err := c.connect()
			if err != nil {
				return err
			}
			var box struct{ Requests []json.RawMessage }
			if err := client.one().get(cmd.Context(), "/inbox", controlParams{"after": strconv.FormatUint(id-1, 10), "limit": "1000"}, &box); err != nil {
				return err
			}
			var r control.Received
			if len(box.Requests) == 0 || json.Unmarshal(box.Requests[0], &r) != nil || r.ID != id {
				return fmt.Errorf("the inbox does not hold the request %d", id)
			}
			if c.json {
				_, err = fmt.Fprintf(c.out, "%s\n", box.Requests[0])
				return err
			}
			var b bytes.Buffer
			fmt.Fprintf(&b, "%d  %s  %s\n\n%s\n", r.ID, instantText(r.At), oneLine(r.Address), oneLine(r.Request.Method+" "+r.Request.URL))
			showMessage(&b, r.Request.Headers, r.Request.Body)
			fmt.Fprintf(&b, "\nanswered %d %s\n", r.Status, http.StatusText(r.Status))
			switch v := &r.Verdict; {
			case v.Good:
				fmt.Fprintf(&b, "the signature is good: %s (%s)\n", oneLine(v.Secret), v.Signature)
			default:
				fmt.Fprintf(&b, "the signature is not good: %s (%s)\n", oneLine(v.Detail), v.Reason)
			}
			_, err = c.out.Write(b.Bytes())
			return err
		},
	}
}

func (c *controlling) inboxWait() *cobra.Command {
	var o inboxFilter
	var count int
	var within string
	cmd := &cobra.Command{
		Use: "wait", Short: "Wait until requests have come", Args: cobra.NoArgs,
		Long: `Wait waits in real time until so many requests are there, those that came before among them unless --after says
otherwise. Exit status: 0 when they are there, 1 when not enough came.`,
		Example: "  understudy control inbox wait --address /orders --count 2 --within 5s",
		RunE: func(cmd *cobra.Command, _ []string) error {
			good, err := o.good()
			if err != nil {
				return err
			}
			client, err := c.connect()
			if err != nil {
				return err
			}
			wanted := given(map[string]any{"address": o.address, "text": o.text})
			wanted["count"], wanted["after"] = count, o.after
			if good != nil {
				wanted["good"] = *good
			}
			var found control.ArrivedRequests
			err = rounds(within, func(round time.Duration) (bool, error) {
				wanted["within"] = round.String()
				err := client.one().send(cmd.Context(), "POST", "/inbox/wait", nil, []byte(compactJSON(wanted)), &found)
				return found.Arrived, err
			})
			if err != nil {
				return err
			}
			switch {
			case c.json:
				fmt.Fprintln(c.out, compactJSON(found))
			case len(found.Requests) > 0:
				err = c.receivedTable(found.Requests)
			}
			if err == nil && !found.Arrived {
				fmt.Fprintf(c.err, "%d came within %s, not %d\n", len(found.Requests), within, count)
				return errFindings
			}
			return err
		},
	}
	o.flags(cmd)
	cmd.Flags().IntVar(&count, "count", 1, "how many")
	cmd.Flags().StringVar(&within, "within", "10s", "how long to wait, in real time")
	return cmd
}

func (c *controlling) inboxAnswer() *cobra.Command {
	var headers []string
	var body, delay string
	var times int
	var real, forever bool
	cmd := &cobra.Command{
		Use: "answer ADDRESS [STATUS…]", Short: "Say what an address answers, request by request", Args: cobra.MinimumNArgs(1),
		Long: `Answer scripts the next answers of an address, one for each STATUS, or several with --times; "cut" cuts the
connection. Behind the last one it is 204 again, unless --forever. Flags hold for all that are named. What was
scripted before and not given yet is replaced; without a STATUS it is taken back.`,
		Example: `  understudy control inbox answer /orders 503 500 cut
  understudy control inbox answer /orders 429 --header 'Retry-After: 60' --times 3
  understudy control inbox answer /orders 500 --forever
  understudy control inbox answer /orders`,
		RunE: func(cmd *cobra.Command, args []string) error {
			lines := map[string]string{}
			for _, line := range headers {
				name, value, ok := strings.Cut(line, ":")
				if !ok {
					return errors.New("--header: write it as 'NAME: VALUE'")
				}
				lines[strings.TrimSpace(name)] = strings.TrimSpace(value)
			}
			answers := []map[string]any{}
			for i, word := range args[1:] {
				answer := given(map[string]any{"body": body, "delay": delay, "real": real})
				status, err := strconv.Atoi(word)
				switch {
				case word == "cut":
					answer["cut"] = true
				case err != nil:
					return fmt.Errorf("%s is no status: give a number from 200 to 599, or cut", word)
				default:
					answer["status"] = status
				}
				if len(lines) > 0 {
					answer["headers"] = lines
				}
				if times > 0 {
					answer["times"] = times
				}
				if forever && i == len(args)-2 {
					answer["forever"] = true
				}
				answers = append(answers, answer)
			}
			var made control.ScriptedAnswers
			if printed, err := c.ask(cmd, "PUT", "/inbox/answers", nil, map[string]any{"address": args[0], "answers": answers}, &made); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.out, "%s: answers scripted: %d\n", oneLine(made.Address), made.Answers)
			return err
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&headers, "header", nil, "header of the answers: 'NAME: VALUE' (repeatable)")
	f.StringVar(&body, "body", "", "body of the answers")
	f.StringVar(&delay, "delay", "", "wait so long before each, on the stand-in's clock")
	f.BoolVar(&real, "real", false, "--delay is real time")
	f.IntVar(&times, "times", 0, "how many requests get each (default: one)")
	f.BoolVar(&forever, "forever", false, "all further requests get the last one")
	return cmd
}

func (c *controlling) inboxClear() *cobra.Command {
	var answers bool
	cmd := &cobra.Command{
		Use: "clear", Short: "Forget what came", Args: cobra.NoArgs,
		Example: "  understudy control inbox clear --answers",
		RunE: func(cmd *cobra.Command, _ []string) error {
			params := controlParams{}
			if answers {
				params["answers"] = "true"
			}
			var cleared control.Cleared
			if printed, err := c.ask(cmd, "DELETE", "/inbox", params, nil, &cleared); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.out, "%d requests forgotten\n", cleared.Cleared)
			return err
		},
	}
	cmd.Flags().BoolVar(&answers, "answers", false, "and what was scripted to be answered")
	return cmd
}
