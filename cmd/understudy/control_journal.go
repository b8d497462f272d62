package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

// A journalView is what the user wants to see of the journal.
type journalView struct {
	*controlling
	follow, clear       bool
	har, secrets        string
	operation, status   string
	method, path, since string
	problems            bool
	limit               int
}

func (c *controlling) journalCommand() *cobra.Command {
	v := &journalView{controlling: c}
	cmd := &cobra.Command{
		Use: "journal", Short: "List, follow, export or clear the exchanges; show one with its trace", Args: cobra.NoArgs,
		Example: `  understudy control journal --status 4xx
  understudy control journal --follow --operation createPet
  understudy control journal --since 10m --har calls.har
  understudy control journal show 12`,
		RunE: func(cmd *cobra.Command, _ []string) error { return v.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.BoolVarP(&v.follow, "follow", "f", false, "go on with exchanges as they come")
	f.StringVar(&v.har, "har", "", "write the exchanges to this file as an HTTP Archive (HAR 1.2); - is standard output")
	f.StringVar(&v.secrets, "secrets", "", "how secrets are shown: hidden, or marked, with equal marks where they are equal (default hidden)")
	f.BoolVar(&v.clear, "clear", false, "forget all exchanges")
	f.StringVar(&v.status, "status", "", "only this status (404) or class (4xx)")
	f.StringVar(&v.operation, "operation", "", "only the operation with this operationId")
	f.StringVar(&v.method, "method", "", "only this method")
	f.StringVar(&v.path, "path", "", "only paths that begin so")
	f.BoolVar(&v.problems, "problems", false, "only exchanges that were refused")
	f.StringVar(&v.since, "since", "", "only from then on, by the stand-in's clock: an instant (RFC 3339), or how long ago (10m)")
	f.IntVar(&v.limit, "limit", 0, "at most so many, the latest ones (default 100; for an archive all)")
	cmd.MarkFlagsMutuallyExclusive("follow", "har", "clear")
	cmd.MarkFlagsMutuallyExclusive("follow", "since")
	cmd.MarkFlagsMutuallyExclusive("follow", "limit")
	cmd.AddCommand(c.journalShow())
	return cmd
}

func (v *journalView) run(ctx context.Context) error {
	all, err := v.connect()
	if err != nil {
		return err
	}
	client := all.one()
	if v.clear {
		var answer control.Cleared
		if err := client.send(ctx, "DELETE", "/journal", nil, nil, &answer); err != nil {
			return err
		}
		if v.json {
			return json.NewEncoder(v.out).Encode(answer)
		}
		_, err := fmt.Fprintf(v.out, "%d exchanges forgotten\n", answer.Cleared)
		return err
	}
	params := controlParams{"operation": v.operation, "status": v.status, "method": v.method, "path": v.path, "secrets": v.secrets}
	if v.problems {
		params["problem"] = "*"
	}
	if v.follow {
		return v.watch(ctx, client, params)
	}
	if v.limit < 0 {
		return fmt.Errorf("--limit %d: give a number above 0", v.limit)
	}
	if v.limit > 0 {
		params["limit"] = strconv.Itoa(v.limit)
	}
	if params["since"], err = v.sinceWhen(ctx, all); err != nil {
		return err
	}
	if v.har != "" {
		return v.archive(ctx, client, params)
	}
	return v.list(ctx, client, params)
}

// sinceWhen makes an instant of --since. How long ago is counted by the stand-in's clock, which may stand in another year.
func (v *journalView) sinceWhen(ctx context.Context, client *controlClient) (string, error) {
	if v.since == "" {
		return "", nil
	}
	if at, err := time.Parse(time.RFC3339, v.since); err == nil {
		return at.Format(time.RFC3339Nano), nil
	}
	ago, err := time.ParseDuration(v.since)
	if err != nil || ago < 0 {
		return "", fmt.Errorf("--since %s: give an instant such as 2026-01-31T12:00:00Z, or how long ago, such as 10m", v.since)
	}
	var now control.Time
	if err := client.get(ctx, "/clock", nil, &now); err != nil {
		return "", err
	}
	return now.Now.Add(-ago).Format(time.RFC3339Nano), nil
}

func (v *journalView) archive(ctx context.Context, client *controlClient, params controlParams) error {
	data, err := client.raw(ctx, "GET", "/journal.har", params, nil)
	if err != nil {
		return err
	}
	if v.har == "-" {
		_, err = v.out.Write(data)
		return err
	}
	if err := writePrivate(v.har, data); err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	_, err = fmt.Fprintf(v.out, "%s written, %d bytes\n", v.har, len(data))
	return err
}

func (v *journalView) list(ctx context.Context, client *controlClient, params controlParams) error {
	if !v.json {
		params["bodies"] = "false"
	}
	var journal struct {
		Entries []json.RawMessage
		Stats   control.Stats
	}
	if err := client.get(ctx, "/journal", params, &journal); err != nil {
		return err
	}
	if v.json {
		for _, e := range journal.Entries {
			fmt.Fprintf(v.out, "%s\n", e)
		}
		return nil
	}
	if len(journal.Entries) == 0 {
		_, err := fmt.Fprintf(v.out, "no exchanges (%d came since the start, %d are held)\n", journal.Stats.Seen, journal.Stats.Held)
		return err
	}
	err := v.table(func(row func(...any)) {
		row("ID", "TIME", "STATUS", "METHOD", "PATH", "OPERATION", "TOOK", "REASON")
		for _, text := range journal.Entries {
			var e control.Entry
			if json.Unmarshal(text, &e) == nil {
				row(e.ID, e.Start.Format("15:04:05.000"), e.Response.Status, e.Request.Method, shortened(pathOf(e.Request.URL), 80), e.Operation, took(e), reason(e))
			}
		}
	})
	if err == nil && journal.Stats.Dropped > 0 {
		_, err = fmt.Fprintf(v.out, "the journal has dropped %d older exchanges\n", journal.Stats.Dropped)
	}
	return err
}

// watch prints exchanges until the stream or the command ends.
func (v *journalView) watch(ctx context.Context, client *controlClient, params controlParams) error {
	if !v.json {
		params["bodies"] = "false"
	}
	response, err := client.open(ctx, "GET", "/journal/follow", params, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	event := ""
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return errors.New("the stand-in has ended the stream: it was stopped, or cut it because nobody read on")
		}
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "event":
			event = value
		case "data":
			if err := v.arrived(event, value); err != nil {
				return err
			}
		}
	}
}

func (v *journalView) arrived(event, data string) error {
	switch event {
	case "missed":
		var m control.Missed
		if err := json.Unmarshal([]byte(data), &m); err != nil {
			return fmt.Errorf("read the stream: %w", err)
		}
		fmt.Fprintf(v.err, "missed %d exchanges\n", m.Missed)
	case "reloaded":
		fmt.Fprintln(v.err, "the contract was loaded again; its journal begins anew")
	case "exchange":
		if v.json {
			_, err := fmt.Fprintln(v.out, data)
			return err
		}
		var e control.Entry
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return fmt.Errorf("read the stream: %w", err)
		}
		line := fmt.Sprintf("%6d  %s  %d  %-6s %s", e.ID, e.Start.Format("15:04:05.000"), e.Response.Status, e.Request.Method, shortened(pathOf(e.Request.URL), 80))
		for _, more := range []string{e.Operation, reason(e)} {
			if more != "" {
				line += "  " + more
			}
		}
		_, err := fmt.Fprintln(v.out, oneLine(line))
		return err
	}
	return nil
}

// pathOf leaves scheme and host out of a URL, which are the same in every line.
func pathOf(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return rest[i:]
		}
	}
	return address
}

func took(e control.Entry) string { return fmt.Sprintf("%.1f ms", e.Duration) }

// reason is the problem that ended the request, or what changed.
func reason(e control.Entry) string {
	if e.Trace.Problem != "" {
		return e.Trace.Problem
	}
	var changes []string
	for _, c := range e.Trace.Changes {
		changes = append(changes, c.Kind+" "+c.Key)
	}
	return shortened(strings.Join(changes, ", "), 60)
}

// shortened keeps so many characters of a text.
func shortened(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
