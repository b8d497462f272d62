package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"understudy/contracts"
	"understudy/mock/webhook"
)

// A pace is how fast a client of ours goes beside a bare one of net/http, both against the same server in another process.
type pace struct {
	rate, bareRate float64       // a second, medians
	cpu, bareCPU   time.Duration // of this process for each, medians
	share          float64       // median of the shares of neighbouring rounds
	cpuShare       float64       // the same by CPU: what the rate would be if nobody else used the machine
}

// Shares of the bare client's rate that are to be kept.
const (
	deliveryBudget = 0.5
	judgeBudget    = 0.3
)

// beside lets two ways of doing something take turns and compares them. Each is given the number of times.
func (s settings) beside(bare, ours func(n int) error) (*pace, error) {
	const size = 2000 // of a round
	var p pace
	var rates, bareRates, shares, cpuShares []float64
	var cpus, bareCPUs []time.Duration
	for n := range s.rounds + 1 {
		rate, cpu, err := timed(size, bare)
		if err != nil {
			return nil, err
		}
		rate2, cpu2, err := timed(size, ours)
		if err != nil {
			return nil, err
		}
		if n == 0 { // warm
			continue
		}
		bareRates, rates, shares = append(bareRates, rate), append(rates, rate2), append(shares, rate2/rate)
		bareCPUs, cpus, cpuShares = append(bareCPUs, cpu), append(cpus, cpu2), append(cpuShares, float64(cpu)/float64(max(cpu2, 1)))
	}
	p.rate, p.bareRate, p.share = median(rates), median(bareRates), median(shares)
	p.cpu, p.bareCPU, p.cpuShare = median(cpus), median(bareCPUs), median(cpuShares)
	return &p, nil
}

func timed(n int, do func(int) error) (rate float64, cpu time.Duration, err error) {
	before, err := ownCPU()
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	if err := do(n); err != nil {
		return 0, 0, err
	}
	took := time.Since(start)
	after, err := ownCPU()
	return float64(n) / took.Seconds(), (after - before) / time.Duration(n), err
}

// crowd does something n times, as many at once as there are workers.
func crowd(workers, n int, do func() error) error {
	work := make(chan struct{}, n)
	for range n {
		work <- struct{}{}
	}
	close(work)
	failed := make(chan error, workers)
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for range work {
				if err := do(); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wait.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// deliver sends events to a receiver on the same machine: by a bare client, and by the sender with everything it does: the
// store, the signature, the record of each attempt.
func (s settings) deliver(ctx context.Context, self, folder string) (*pace, error) {
	receiver, err := launchBare(ctx, self, constant{Status: http.StatusNoContent})
	if err != nil {
		return nil, err
	}
	defer receiver.stop()
	url := "http://" + receiver.address
	document := filepath.Join(folder, "events.yaml")
	if err := os.WriteFile(document, eventsDocument, 0o600); err != nil {
		return nil, err
	}
	c, err := contracts.Load(ctx, document, contracts.Options{})
	if err != nil {
		return nil, err
	}
	w, err := webhook.New(ctx, webhook.Options{Contract: c})
	if err != nil {
		return nil, err
	}
	defer w.Stop()
	if _, _, err := w.Register(ctx, webhook.EndpointRequest{URL: url, Delivery: webhook.Manner{Concurrency: s.connections}}); err != nil {
		return nil, err
	}
	payload := []byte(`{"id":"","type":"licence.activated","created":1772366400,"data":{"object":{"id":"lic_1a2b3c4d5e6f","total":4200}}}`)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: s.connections}}
	defer client.CloseIdleConnections()
	bare := func(n int) error {
		return crowd(s.connections, n, func() error {
			a, err := client.Post(url, "application/json", bytes.NewReader(payload))
			if err != nil {
				return err
			}
			defer a.Body.Close()
			_, err = io.Copy(io.Discard, a.Body)
			return err
		})
	}
	ours := func(n int) error {
		err := crowd(s.connections, n, func() error {
			_, _, err := w.Emit(ctx, webhook.Emission{Type: "licence.activated", Payload: payload})
			return err
		})
		if err != nil {
			return err
		}
		return w.Wait(ctx)
	}
	p, err := s.beside(bare, ours)
	if err != nil {
		return nil, fmt.Errorf("deliver events: %w", err)
	}
	counts, err := w.Counts(ctx)
	if err == nil && counts.Pending > 0 {
		err = fmt.Errorf("%d deliveries are not made", counts.Pending)
	}
	return p, err
}

// eventsDocument is a contract with one event.
var eventsDocument = []byte(`openapi: 3.1.0
info: { title: Events of the benchmarks, version: 1.0.0 }
paths: {}
webhooks:
  licence.activated:
    post:
      operationId: licenceActivated
      parameters:
        - { name: webhook-id, in: header, required: true, schema: { type: string } }
        - { name: webhook-timestamp, in: header, required: true, schema: { type: string } }
        - { name: webhook-signature, in: header, required: true, schema: { type: string } }
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [id, type, data]
              properties:
                id: { type: string }
                type: { type: string, const: licence.activated }
                created: { type: integer }
                data: { type: object }
      responses:
        "204": { description: It is known }
`)
