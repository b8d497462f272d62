package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// readyWithin is how long control ready waits for an answer: less than a container's engine gives a health check.
const readyWithin = 2 * time.Second

func (c *controlling) readyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "ready", Short: "Ask whether a stand-in answers requests: exit status 0 or 1", Args: cobra.NoArgs,
		Long:    "Ready asks the management API whether requests are answered. It needs no token, so that engines can ask it of a container.",
		Example: "  understudy control ready\n  until understudy control ready; do sleep 1; done",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.askReady(cmd.Context()) },
	}
}

func (c *controlling) askReady(ctx context.Context) error {
	client, err := c.connect()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	address := strings.TrimSuffix(cmp.Or(client.base, defaultControl), "/")
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/ready", nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", address, err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err == nil {
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			err = errors.New(answer.Status)
		}
	}
	if err != nil {
		fmt.Fprintf(c.err, "%s is not ready: %v\n", address, err)
		return errFindings
	}
	_, err = fmt.Fprintf(c.out, "%s is ready\n", address)
	return err
}
