package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) journalShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one exchange: request, answer, and how the answer came about", Args: cobra.ExactArgs(1),
		Example: "  understudy control journal show 12",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseUint(strings.TrimPrefix(args[0], "#"), 10, 63)
			if err != nil {
				return fmt.Errorf("show %s: an exchange has a number for its id; see: understudy control journal", args[0])
			}
			client, err := c.connect()
			if err != nil {
				return err
			}
			path := "/journal/" + strconv.FormatUint(id, 10)
			if c.json {
				return c.pass(cmd, client.one(), "GET", path, nil)
			}
			var e control.Entry
			if err := client.one().get(cmd.Context(), path, nil, &e); err != nil {
				return err
			}
			return showEntry(c.out, &e)
		},
	}
}

// showEntry prints an exchange for people.
func showEntry(w io.Writer, e *control.Entry) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "#%d  %s  %s", e.ID, e.Start.Format("2006-01-02T15:04:05.000Z07:00"), took(*e))
	if e.Operation != "" {
		fmt.Fprintf(&b, "  %s", oneLine(e.Operation))
	}
	if e.Replica != "" {
		fmt.Fprintf(&b, "  answered by %s", oneLine(e.Replica))
	}
	fmt.Fprintf(&b, "\n\n%s\n", oneLine(strings.TrimSpace(e.Request.Method+" "+e.Request.URL+" "+e.Request.Proto)))
	showMessage(&b, e.Request.Headers, e.Request.Body)
	fmt.Fprintf(&b, "\n%d %s\n", e.Response.Status, http.StatusText(e.Response.Status))
	showMessage(&b, e.Response.Headers, e.Response.Body)
	b.WriteString("\n")
	showTrace(&b, &e.Trace)
	_, err := w.Write(b.Bytes())
	return err
}

func showMessage(b *bytes.Buffer, headers http.Header, body *control.Body) {
	for _, name := range sortedNames(headers) {
		for _, v := range headers[name] {
			fmt.Fprintf(b, "%s: %s\n", oneLine(name), oneLine(v))
		}
	}
	if body == nil {
		return
	}
	b.WriteString("\n")
	switch {
	case body.Base64 != "":
		fmt.Fprintf(b, "(%d bytes that are no text; --json shows them as base64)\n", body.Size)
	case body.Cut:
		fmt.Fprintf(b, "%s\n(cut off; the body had %d bytes)\n", printable(body.Text, "\n\t"), body.Size)
	default:
		text := []byte(body.Text)
		var pretty bytes.Buffer
		if json.Indent(&pretty, text, "", "  ") == nil {
			text = pretty.Bytes()
		}
		fmt.Fprintf(b, "%s\n", strings.TrimRight(printable(string(text), "\n\t"), "\n"))
	}
}

// showTrace says how the answer came about: where it was refused and why, what changed.
func showTrace(b *bytes.Buffer, t *control.Trace) {
	b.WriteString("Trace\n")
	width := 0
	for _, s := range t.Stages {
		width = max(width, len(s.Name))
	}
	for _, s := range t.Stages {
		line := fmt.Sprintf("  %-*s  %s", width, s.Name, s.Verdict)
		if s.Note != "" {
			line += ": " + s.Note
		}
		fmt.Fprintln(b, oneLine(line))
	}
	if t.Problem != "" {
		fmt.Fprintf(b, "Reason: %s\n", oneLine(t.Problem))
	}
	if t.Detail != "" {
		fmt.Fprintf(b, "  %s\n", oneLine(t.Detail))
	}
	if len(t.Violations) > 0 {
		b.WriteString("Violations\n")
	}
	for _, v := range t.Violations {
		line := "  " + strings.Join(strings.Fields(v.In+" "+v.Name+" "+v.Pointer), " ") + ": wanted " + v.Want + ", got " + v.Got
		if v.At != nil && v.At.File != "" {
			line += fmt.Sprintf("  (%s:%d)", v.At.File, v.At.Line)
		}
		fmt.Fprintln(b, oneLine(line))
	}
	if len(t.Changes) > 0 {
		b.WriteString("Changes\n")
	}
	for _, c := range t.Changes {
		fmt.Fprintln(b, oneLine("  "+c.Kind+" "+c.Key))
	}
	if len(t.Events) > 0 {
		b.WriteString("Events\n")
	}
	for _, e := range t.Events {
		line := fmt.Sprintf("  %s %s: %d deliveries", e.Name, e.ID, e.Deliveries)
		if e.Error != "" {
			line = "  " + e.Name + ": not told: " + e.Error
		}
		fmt.Fprintln(b, oneLine(line))
	}
	if t.Source != "" {
		fmt.Fprintf(b, "Body from: %s\n", oneLine(t.Source))
	}
}
