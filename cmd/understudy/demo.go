package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/resource"

	"github.com/spf13/cobra"
)

func (p *process) demoCommand() *cobra.Command {
	out := "out"
	cmd := &cobra.Command{
		Use: "demo", Short: "Walk a short story through each built-in stand-in, over HTTP", Args: cobra.NoArgs,
		Example: "  understudy demo\n  understudy demo --out /tmp/demo",
		Long: `Demo starts the built-in stand-ins on free ports and walks a story through each: who may call and who may not,
logins, scopes, rotation, and the clock that is moved ahead to see things expire. Then workflows and generated checks judge
all of them, a good client of each is rehearsed under every drill, a sample of sources is scanned, and a table tells what of
the vendors' documentation is proven. It prints the exchanges and writes transcripts, HAR files, explanations and reports into
a folder. Nothing that it shows holds a whole secret.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.demo(cmd.Context(), out) },
	}
	cmd.Flags().StringVar(&out, "out", out, "folder for transcripts, HAR files and explanations; made if missing")
	return cmd
}

func (p *process) demo(ctx context.Context, out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("make the folder for the demo: %w", err)
	}
	started := time.Now()
	stories := demoStories()
	failures, exchanges := 0, 0
	for _, s := range stories {
		failed, err := p.tell(ctx, s, out)
		if err != nil {
			return fmt.Errorf("demo of %s: %w", s.contract, err)
		}
		exchanges += len(s.steps)
		failures += failed
	}
	clean, err := p.judge(ctx, out)
	if err != nil {
		return fmt.Errorf("judge the stand-ins: %w", err)
	}
	fmt.Fprintf(p.out, "\n%d stand-ins, %d exchanges, %d not as told, %.1f s. Transcripts, HAR files and explanations are in %s.\n",
		len(stories), exchanges, failures, time.Since(started).Seconds(), out)
	fmt.Fprintln(p.out, "Next: bin/understudy serve ecoevents      It prints a key; in a second shell:")
	fmt.Fprintln(p.out, `      curl -H "Authorization: Bearer $ECOEVENTS_API_KEY" http://127.0.0.1:4010/v1/events`)
	if failures > 0 || !clean {
		return errFindings
	}
	return nil
}

// tell starts one stand-in, walks its story and writes what happened into the folder.
func (p *process) tell(ctx context.Context, s *story, out string) (failures int, err error) {
	contract, err := contracts.Load(ctx, s.contract, contracts.Options{})
	if err != nil {
		return 0, err
	}
	w, err := begin(ctx, s, contract)
	defer w.close()
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(p.out, "\n%s stands in at %s\n%s\n", contract.Title, w.base, s.tells)
	var transcript bytes.Buffer
	for i := range s.steps {
		o, err := w.take(ctx, &s.steps[i])
		if err != nil {
			return 0, err
		}
		p.print(o)
		transcribe(&transcript, o)
		if o.problem != "" {
			failures++
			fmt.Fprintf(p.out, "     NOT AS TOLD: %s\n", o.problem)
		}
	}
	return failures, writeStory(out, s.contract, w.server, transcript.Bytes())
}

// print shows a step in three lines: what it tells, what was asked, what came.
func (p *process) print(o *outcome) {
	if o.step.advance > 0 {
		fmt.Fprintf(p.out, "  >> the clock is moved %s ahead, to %s\n", o.step.advance, o.at.Format("2006-01-02 15:04:05"))
	}
	x := &o.exchange
	whom := ""
	if o.step.to == management {
		whom = "management API: "
	}
	fmt.Fprintf(p.out, "  %s\n     %s%s %s", o.step.tells, whom, x.Method, x.URL)
	for _, name := range credentialHeaders(x.RequestHeader) {
		fmt.Fprintf(p.out, "  %s: %s", name, shorten(x.RequestHeader[name][0], 60))
	}
	if len(x.RequestBody) > 0 {
		fmt.Fprintf(p.out, "  %s", shorten(string(x.RequestBody), 110))
	}
	fmt.Fprintf(p.out, "\n     %d %s  %s\n", x.Status, http.StatusText(x.Status), shorten(o.excerpt(), 120))
}

// excerpt is the answer's body; of the long ones of the management API those members that the story is about.
func (o *outcome) excerpt() string {
	body := string(o.exchange.ResponseBody)
	if o.step.to != management {
		return body
	}
	a := answer{exchange: o.exchange}
	places := slices.Collect(maps.Keys(o.step.wants))
	for _, place := range o.step.keep {
		places = append(places, place)
	}
	slices.Sort(places)
	var parts []string
	for _, place := range slices.Compact(places) {
		if value, ok := a.at(place); ok && strings.HasPrefix(place, "/") {
			parts = append(parts, strings.ReplaceAll(place[1:], "/", ".")+": "+textOf(value))
		}
	}
	if len(parts) == 0 {
		return body
	}
	return "{… " + strings.Join(parts, ", ") + " …}"
}

// credentialHeaders are the names of those headers of a request that show who is calling.
func credentialHeaders(h http.Header) []string {
	var names []string
	for name := range h {
		switch strings.ToLower(name) {
		case "authorization", "x-api-key", "cookie":
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// transcribe writes an exchange as it went over the wire, without secrets.
func transcribe(w io.Writer, o *outcome) {
	x := &o.exchange
	fmt.Fprintf(w, "### %s\n", o.step.tells)
	fmt.Fprintf(w, "# %s on the stand-in's clock\n%s %s\n", o.at.Format(time.RFC3339), x.Method, x.URL)
	_ = x.RequestHeader.Write(w) // a buffer takes everything
	fmt.Fprintf(w, "\n%s\n\n%d %s\n", x.RequestBody, x.Status, http.StatusText(x.Status))
	_ = x.ResponseHeader.Write(w)
	fmt.Fprintf(w, "\n%s\n\n", x.ResponseBody)
}

func shorten(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// writeStory keeps the transcript, the journal as HAR and the explanation of one stand-in.
func writeStory(out, name string, server *mock.Server, transcript []byte) error {
	var har, explained bytes.Buffer
	if err := mock.WriteHAR(&har, server.Journal().List(mock.Query{}), server.Redactor()); err != nil {
		return err
	}
	if err := resource.Explain(&explained, server.Model(), "markdown"); err != nil {
		return err
	}
	for file, data := range map[string][]byte{name + ".http": transcript, name + ".har": har.Bytes(), name + ".explain.md": explained.Bytes()} {
		if err := os.WriteFile(filepath.Join(out, file), data, 0o644); err != nil {
			return fmt.Errorf("write the demo's files: %w", err)
		}
	}
	return nil
}
