package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock"

	"github.com/spf13/cobra"
)

// A story is a short walk through one stand-in: each step is one request with the status that must come.
type story struct {
	contract string
	tells    string
	steps    []step
}

// A step is one request of a story. {name} in path and body is what an earlier step kept.
type step struct {
	tells        string
	method, path string
	contentType  string // empty: application/json where there is a body
	body         string
	accept       string
	status       int
	keep         map[string]string // name → JSON Pointer in the answer
	wants        map[string]string // JSON Pointer in the answer → text of what must stand there
}

func (p *process) demoCommand() *cobra.Command {
	out := "out"
	cmd := &cobra.Command{
		Use: "demo", Short: "Walk a short story through each built-in stand-in, over HTTP", Args: cobra.NoArgs,
		Example: "  understudy demo\n  understudy demo --out /tmp/demo",
		Long: `Demo starts the built-in stand-ins on free ports, walks a story through each (create, read, list,
refuse), prints the exchanges and writes transcripts, HAR files and explanations into a folder.`,
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
	failures, exchanges := 0, 0
	for _, s := range stories {
		n, failed, err := p.tell(ctx, s, out)
		if err != nil {
			return fmt.Errorf("demo of %s: %w", s.contract, err)
		}
		exchanges += n
		failures += failed
	}
	fmt.Fprintf(p.out, "\n%d stand-ins, %d exchanges, %d not as told, %.1f s. Transcripts, HAR files and explanations are in %s.\n",
		len(stories), exchanges, failures, time.Since(started).Seconds(), out)
	fmt.Fprintln(p.out, "Next: bin/understudy serve ecoevents      and in a second shell: curl http://127.0.0.1:4010/v1/events")
	if failures > 0 {
		return errFindings
	}
	return nil
}

// tell starts one stand-in, walks its story and writes what happened into the folder.
func (p *process) tell(ctx context.Context, s story, out string) (exchanges, failures int, err error) {
	contract, err := contracts.Load(ctx, s.contract, contracts.Options{})
	if err != nil {
		return 0, 0, err
	}
	quiet := slog.New(slog.DiscardHandler)
	server, err := mock.New(ctx, mock.Options{Contract: contract, Seed: 1, SelfCheck: true, Logger: quiet})
	if err != nil {
		return 0, 0, err
	}
	listener, err := mock.Listen(ctx, "127.0.0.1:0", server, nil, quiet)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = listener.Close(ctx) }()
	base := listener.URL()
	if len(contract.Servers) > 0 {
		base += contract.Servers[0].Base
	}
	fmt.Fprintf(p.out, "\n%s stands in at %s\n  %s\n", contract.Title, base, s.tells)
	var transcript bytes.Buffer
	kept := map[string]string{}
	for _, st := range s.steps {
		problem, err := p.walk(ctx, base, st, kept, &transcript)
		if err != nil {
			return 0, 0, err
		}
		if problem != "" {
			failures++
			fmt.Fprintf(p.out, "    NOT AS TOLD: %s\n", problem)
		}
	}
	return len(s.steps), failures, writeStory(out, s.contract, server, transcript.Bytes())
}

// walk sends one request, prints the exchange, and says what was not as told.
func (p *process) walk(ctx context.Context, base string, st step, kept map[string]string, transcript io.Writer) (string, error) {
	fill := func(text string) string {
		for name, value := range kept {
			text = strings.ReplaceAll(text, "{"+name+"}", value)
		}
		return text
	}
	request, err := http.NewRequestWithContext(ctx, st.method, base+fill(st.path), strings.NewReader(fill(st.body)))
	if err != nil {
		return "", err
	}
	if st.body != "" {
		contentType := st.contentType
		if contentType == "" {
			contentType = "application/json"
		}
		request.Header.Set("Content-Type", contentType)
	}
	if st.accept != "" {
		request.Header.Set("Accept", st.accept)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return "", err
	}
	fmt.Fprintf(p.out, "  %s\n    %s %s", st.tells, st.method, request.URL.RequestURI())
	if st.body != "" {
		fmt.Fprintf(p.out, "  %s", shorten(fill(st.body), 120))
	}
	fmt.Fprintf(p.out, "\n    %d %s  %s\n", response.StatusCode, http.StatusText(response.StatusCode), shorten(string(body), 160))
	fmt.Fprintf(transcript, "### %s\n%s %s\n%s\n\n%d %s\n", st.tells, st.method, request.URL.RequestURI(), fill(st.body), response.StatusCode, http.StatusText(response.StatusCode))
	for _, name := range []string{"Content-Type", "Location", "Allow"} {
		if v := response.Header.Get(name); v != "" {
			fmt.Fprintf(transcript, "%s: %s\n", name, v)
		}
	}
	fmt.Fprintf(transcript, "\n%s\n\n", body)
	return st.judge(response.StatusCode, body, kept, fill), nil
}

func (st *step) judge(status int, body []byte, kept map[string]string, fill func(string) string) string {
	if status != st.status {
		return fmt.Sprintf("the status is %d, not %d", status, st.status)
	}
	if len(st.keep) == 0 && len(st.wants) == 0 {
		return ""
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return "the answer is not JSON: " + err.Error()
	}
	for pointer, want := range st.wants {
		got, _ := schema.At(value, pointer)
		if text := fmt.Sprint(got); text != fill(want) {
			return fmt.Sprintf("%s is %q, not %q", pointer, text, fill(want))
		}
	}
	for name, pointer := range st.keep {
		got, ok := schema.At(value, pointer)
		if !ok {
			return "nothing stands at " + pointer
		}
		kept[name] = fmt.Sprint(got)
	}
	return ""
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
	if err := server.Model().Explain(&explained, "markdown"); err != nil {
		return err
	}
	for file, data := range map[string][]byte{name + ".http": transcript, name + ".har": har.Bytes(), name + ".explain.md": explained.Bytes()} {
		if err := os.WriteFile(filepath.Join(out, file), data, 0o644); err != nil {
			return fmt.Errorf("write the demo's files: %w", err)
		}
	}
	return nil
}
