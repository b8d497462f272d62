package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
)

// judge sends one read again and again to a server that answers with a constant: by a bare client, and by the judge with all
// passive checks. answer is what the stand-in answered to the same request.
func (s settings) judge(ctx context.Context, self string, sub *subject, document string, answered *answer, path string) (*pace, error) {
	server, err := launchBare(ctx, self, constant{
		Status: answered.status, Header: http.Header{"Content-Type": answered.header["Content-Type"], "Cache-Control": {"no-store"}}, Body: answered.body,
	})
	if err != nil {
		return nil, err
	}
	defer server.stop()
	base := "http://" + server.address
	c, err := contracts.Load(ctx, document, contracts.Options{})
	if err != nil {
		return nil, err
	}
	run, err := scenarios.New(scenarios.Options{Clock: machineClock{}, Jobs: s.connections})
	if err != nil {
		return nil, err
	}
	checks, err := check.New(check.Options{Contract: c})
	if err != nil {
		return nil, err
	}
	key := strings.Repeat("k", 32)
	actor := scenarios.Actor{Name: "them", Credentials: map[string]string{"token": key}}
	d, err := run.Deploy(c, base, checks, nil, &scenarios.Roster{Actors: []*scenarios.Actor{&actor}})
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: s.connections, DisableCompression: true}}
	defer client.CloseIdleConnections()
	request := func() (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, base+path, http.NoBody)
	}
	p, err := s.beside(func(n int) error {
		return crowd(s.connections, n, func() error {
			q, err := request()
			if err != nil {
				return err
			}
			q.Header.Set("Authorization", "Bearer "+key)
			a, err := client.Do(q)
			if err != nil {
				return err
			}
			defer a.Body.Close()
			_, err = io.ReadAll(a.Body)
			return err
		})
	}, func(n int) error {
		return crowd(s.connections, n, func() error {
			q, err := request()
			if err != nil {
				return err
			}
			reply, err := d.Send(ctx, scenarios.Request{HTTP: q, Intent: check.Valid, Actor: &actor})
			if err != nil {
				return err
			}
			for _, f := range reply.Findings {
				if f.Level == check.Failure { // a wrong answer would make the measurement worthless
					err = errors.Join(err, fmt.Errorf("%s: %s", f.Check, f.Message))
				}
			}
			run.Forget(reply.Number)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("judge %s: %w", sub.name, err)
	}
	return p, nil
}

// machineClock is the judge's clock: the machine's, on which nothing is waited for.
type machineClock struct{}

// Now is the machine's time.
func (machineClock) Now() time.Time { return time.Now() }

// Wait does not.
func (machineClock) Wait(ctx context.Context, _ time.Duration) error { return ctx.Err() }
