package webhook_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"understudy/mock/clock"
	"understudy/mock/webhook"
)

// BenchmarkDeliveries sends events to a receiver on the same machine: by a bare client of net/http, and by the sender with
// everything it does: store, signature, record of each attempt. The two take turns, so that whatever else the machine does
// meets both; the share is the median of the rounds. The budget is half of the bare client's rate.
func BenchmarkDeliveries(b *testing.B) {
	const workers, round = 16, 1000
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	payload := []byte(`{"id":"","type":"licence.activated","created":1772366400,"data":{"object":{"id":"lic_1a2b3c4d5e6f","total":4200}}}`)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	defer client.CloseIdleConnections()
	// all does something round times, as many at the same time as there are workers.
	all := func(f func()) {
		work := make(chan struct{}, round)
		for range round {
			work <- struct{}{}
		}
		close(work)
		var busy sync.WaitGroup
		for range workers {
			busy.Go(func() {
				for range work {
					f()
				}
			})
		}
		busy.Wait()
	}
	bare := func() {
		response, err := client.Post(server.URL, "application/json", bytes.NewReader(payload))
		if err != nil {
			b.Error(err)
			return
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	for name, e := range map[string]webhook.Emission{
		"given payloads": {Type: "licence.activated", Payload: payload},
		"made payloads":  {Type: "licence.activated"},
	} {
		b.Run(name, func(b *testing.B) {
			f := open(b, webhook.Options{Clock: clock.New(clock.Options{})})
			f.register(webhook.EndpointRequest{URL: server.URL, Delivery: webhook.Manner{Concurrency: workers}})
			emit := func() {
				if _, _, err := f.Emit(b.Context(), e); err != nil {
					b.Error(err)
				}
			}
			var shares []float64
			var spent time.Duration
			b.ReportAllocs()
			for b.Loop() {
				began := time.Now()
				all(bare)
				between := time.Now()
				all(emit)
				f.wait()
				spent += time.Since(between)
				shares = append(shares, float64(between.Sub(began))/float64(time.Since(between)))
			}
			slices.Sort(shares)
			b.ReportMetric(float64(b.N*round)/spent.Seconds(), "deliveries/s")
			b.ReportMetric(100*shares[len(shares)/2], "%-of-bare")
		})
	}
}
