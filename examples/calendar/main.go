// Command calendar keeps a company's calendar in step with its events at EcoEvents.
//
// It is an example of an integration as a user of the API writes one: standard library only, nothing of the stand-in in it.
// README.md tells how it is rehearsed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"
)

const usage = `usage: calendar list | add NAME START END | serve ADDRESS
Reads ECOEVENTS_BASE_URL, ECOEVENTS_USER_EMAIL, ECOEVENTS_USER_PASSWORD, and to serve ECOEVENTS_WEBHOOK_SECRET`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "calendar:", err)
		os.Exit(1)
	}
}

// run carries out one command.
func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	api, err := New(Config{BaseURL: getenv("ECOEVENTS_BASE_URL"), Email: getenv("ECOEVENTS_USER_EMAIL"), Password: getenv("ECOEVENTS_USER_PASSWORD")})
	if err != nil {
		return err
	}
	switch {
	case args[0] == "list" && len(args) == 1:
		return list(ctx, api, out)
	case args[0] == "add" && len(args) == 4:
		return add(ctx, api, out, args[1], args[2], args[3])
	case args[0] == "serve" && len(args) == 2:
		return serve(ctx, api, args[1], getenv("ECOEVENTS_WEBHOOK_SECRET"))
	}
	return errors.New(usage)
}

func list(ctx context.Context, api *API, out io.Writer) error {
	var calendar Calendar
	if err := calendar.Sync(ctx, api); err != nil {
		return err
	}
	for _, e := range calendar.Events() {
		fmt.Fprintf(out, "%s  %-10s %s\n", e.StartsAt.Format(time.DateOnly), e.Status, e.Name)
	}
	return nil
}

func add(ctx context.Context, api *API, out io.Writer, name, start, end string) error {
	draft := Draft{Name: name, Format: "in_person", Timezone: "Europe/Stockholm", Capacity: 100}
	var err error
	if draft.StartsAt, err = time.Parse(time.RFC3339, start); err != nil {
		return fmt.Errorf("the start: %w", err)
	}
	if draft.EndsAt, err = time.Parse(time.RFC3339, end); err != nil {
		return fmt.Errorf("the end: %w", err)
	}
	e, err := api.Create(ctx, draft)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, e.ID)
	return nil
}

// serve fills the calendar and then hears of changes until it is stopped. TLS is the business of the proxy in front of it.
func serve(ctx context.Context, api *API, address, secret string) error {
	calendar := &Calendar{}
	hook, err := NewHook(secret, time.Now, calendar)
	if err != nil {
		return err
	}
	if err := calendar.Sync(ctx, api); err != nil {
		return err
	}
	server := &http.Server{Addr: address, Handler: hook, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
