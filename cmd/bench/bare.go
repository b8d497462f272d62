package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
)

// A constant is what the bare handler answers with: the very answer of the stand-in, its headers too.
type constant struct {
	Status int
	Header http.Header // without Date, which net/http adds
	Body   []byte
}

// serveBare is the other side of the comparison, in a process of its own: a net/http handler that does nothing but
// send a constant. It does not read the request's body, but net/http does behind it.
func serveBare(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("bare", flag.ContinueOnError)
	file := flags.String("answer", "", "file with the answer, as JSON")
	readyFile := flags.String("ready-file", "", "file that gets the address")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	data, err := os.ReadFile(*file)
	if err != nil {
		return err
	}
	var answer constant
	if err := json.Unmarshal(data, &answer); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: bare(answer)}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	ready, err := json.Marshal(map[string]any{"contracts": []any{map[string]string{"base_url": "http://" + listener.Addr().String()}}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(*readyFile+".new", ready, 0o600); err != nil {
		return fmt.Errorf("write the ready file: %w", err)
	}
	if err := os.Rename(*readyFile+".new", *readyFile); err != nil {
		return fmt.Errorf("write the ready file: %w", err)
	}
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// bare answers every request with the same bytes.
func bare(answer constant) http.Handler {
	answer.Header = answer.Header.Clone()
	if answer.Header == nil {
		answer.Header = http.Header{}
	}
	answer.Header.Set("Content-Length", strconv.Itoa(len(answer.Body)))
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for name, values := range answer.Header {
			h[name] = values
		}
		w.WriteHeader(answer.Status)
		_, _ = w.Write(answer.Body)
	})
}

// launchBare starts the bare handler with an answer.
func launchBare(ctx context.Context, self string, answer constant) (*process, error) {
	file, err := os.CreateTemp("", "understudy-bench-answer-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	err = errors.Join(json.NewEncoder(file).Encode(answer), file.Close())
	if err != nil {
		return nil, fmt.Errorf("write the answer: %w", err)
	}
	return launch(ctx, self, "bare", "--answer", file.Name())
}
