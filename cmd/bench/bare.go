package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
)

// serveBare is the other side of the comparison, in a process of its own: a net/http handler that does nothing but
// send a constant.
func serveBare(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("bare", flag.ContinueOnError)
	status := flags.Int("status", http.StatusOK, "status of every answer")
	contentType := flags.String("type", "application/json", "its Content-Type")
	size := flags.Int("size", 0, "its bytes")
	readyFile := flags.String("ready-file", "", "file that gets the address")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: bare(*status, *contentType, *size)}
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
func bare(status int, contentType string, size int) http.Handler {
	body := make([]byte, size)
	for i := range body {
		body[i] = 'x'
	}
	length := strconv.Itoa(size)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Length", length)
		w.WriteHeader(status)
		_, _ = w.Write(body)
	})
}
