package scenarios_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
)

// store is a contract of the usual size of answers: a page of twenty items with formats, bounds and references.
const store = `
openapi: 3.1.0
info: {title: Store, version: "1"}
paths:
  /pets:
    get:
      operationId: listPets
      security: [{key: []}]
      parameters: [{name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100}}]
      responses:
        "200":
          description: A page.
          headers: {X-Request-Id: {required: true, schema: {type: string}}}
          content:
            application/json:
              schema:
                type: object
                required: [data, has_more]
                properties:
                  data: {type: array, items: {$ref: '#/components/schemas/Pet'}}
                  has_more: {type: boolean}
  /pets/{id}:
    get:
      operationId: getPet
      security: [{key: []}]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: One., content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
  schemas:
    Pet:
      type: object
      required: [id, name, created_at]
      properties:
        id: {type: string, pattern: '^pet_[a-z0-9]{8}$'}
        name: {type: string, minLength: 1, maxLength: 80}
        tag: {type: string, enum: [cat, dog, bird]}
        email: {type: string, format: email}
        created_at: {type: string, format: date-time}
        weight: {type: number, minimum: 0}
        notes: {type: [string, "null"]}
`

// BenchmarkExchanges tells how many exchanges a second a judge with all passive checks comes to, beside a plain client that
// reads the same answers: one item, and a page of twenty. The server answers with constants, so that what is measured is the
// client's side; it runs in the same process, which both pay for.
func BenchmarkExchanges(b *testing.B) {
	file := filepath.Join(b.TempDir(), "store.yaml")
	if err := os.WriteFile(file, []byte(store), 0o600); err != nil {
		b.Fatal(err)
	}
	c, err := contracts.Load(b.Context(), file, contracts.Options{})
	if err != nil {
		b.Fatal(err)
	}
	pet := map[string]any{"id": "pet_00000001", "name": "Rex", "tag": "dog", "email": "rex@example.com", "created_at": "2026-02-03T04:05:06Z", "weight": 12.5, "notes": nil}
	page := map[string]any{"data": []any{}, "has_more": false}
	for i := range 20 {
		one := map[string]any{}
		for name, v := range pet {
			one[name] = v
		}
		one["id"] = fmt.Sprintf("pet_%08d", i)
		page["data"] = append(page["data"].([]any), one)
	}
	for _, kind := range []struct {
		name, path string
		body       any
	}{{"item", "/pets/pet_00000001", pet}, {"page", "/pets?limit=20", page}} {
		body, _ := json.Marshal(kind.body)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("X-Request-Id", "req_1")
			_, _ = w.Write(body)
		}))
		b.Run(kind.name+"/plain", func(b *testing.B) { plainly(b, server.URL+kind.path) })
		b.Run(kind.name+"/judged", func(b *testing.B) { judged(b, c, server.URL, kind.path) })
		server.Close()
	}
}

const at4 = 4 // requests under way at once

func plainly(b *testing.B, url string) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: at4, DisableCompression: true}}
	many(b, func() error {
		q, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			return err
		}
		q.Header.Set("Authorization", "Bearer "+strings.Repeat("k", 32))
		a, err := client.Do(q)
		if err != nil {
			return err
		}
		defer a.Body.Close()
		_, err = io.ReadAll(a.Body)
		return err
	})
}

func judged(b *testing.B, c *contracts.Contract, base, path string) {
	run, err := scenarios.New(scenarios.Options{Clock: machine{}, Jobs: at4})
	if err != nil {
		b.Fatal(err)
	}
	checks, err := check.New(check.Options{Contract: c})
	if err != nil {
		b.Fatal(err)
	}
	actor := scenarios.Actor{Name: "them", Credentials: map[string]string{"key": strings.Repeat("k", 32)}}
	d, err := run.Deploy(c, base, checks, nil, &scenarios.Roster{Actors: []*scenarios.Actor{&actor}})
	if err != nil {
		b.Fatal(err)
	}
	many(b, func() error {
		q, err := http.NewRequestWithContext(b.Context(), http.MethodGet, base+path, http.NoBody)
		if err != nil {
			return err
		}
		reply, err := d.Send(b.Context(), scenarios.Request{HTTP: q, Intent: check.Valid, Actor: &actor})
		if err != nil {
			return err
		}
		for _, f := range reply.Findings {
			if f.Level == check.Failure {
				return fmt.Errorf("%s: %s", f.Check, f.Message)
			}
		}
		run.Forget(reply.Number)
		return nil
	})
}

// many carries out b.N acts, a few at once, and tells the rate.
func many(b *testing.B, act func() error) {
	b.ReportAllocs()
	work := make(chan struct{})
	var group sync.WaitGroup
	for range at4 {
		group.Go(func() {
			for range work {
				if err := act(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	began := time.Now()
	for range b.N {
		work <- struct{}{}
	}
	close(work)
	group.Wait()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "exchanges/s")
}

type machine struct{}

func (machine) Now() time.Time { return time.Now() }

func (machine) Wait(ctx context.Context, _ time.Duration) error { return ctx.Err() }
