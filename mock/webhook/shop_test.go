package webhook_test

import (
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
	"understudy/mock/clock"
	"understudy/mock/store"
	"understudy/mock/webhook"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const document = `
openapi: 3.1.0
info: {title: Shop, version: "1.2"}
paths: {}
webhooks:
  order.created:
    post:
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Event'}
  order.paid:
    post:
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Event'}
  licence.activated:
    post:
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Event'}
components:
  schemas:
    Event:
      type: object
      required: [id, type, data]
      properties:
        id: {type: string}
        type: {type: string}
        created: {type: integer}
        data:
          type: object
          required: [object]
          properties:
            object:
              type: object
              required: [id, total]
              properties: {id: {type: string}, total: {type: integer, minimum: 0}}
`

const words = `
x-understudy:
  name: shop
  webhooks: WEBHOOKS
  events:
    order.created: {signature: stripe, secret: SHOP_STRIPE_SECRET}
    order.paid: {signature: stripe, secret: SHOP_STRIPE_SECRET}
    licence.activated: {signature: standard-webhooks, secret: SHOP_LICENCE_SECRET}
`

// load compiles the shop with words for x-understudy webhooks.
func load(t testing.TB, webhooks string) *contracts.Contract {
	t.Helper()
	if webhooks == "" {
		webhooks = "{}"
	}
	file := filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(file, []byte(document+strings.Replace(words, "WEBHOOKS", webhooks, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := contracts.Load(t.Context(), file, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A field is a sender on a clock that stands still.
type field struct {
	*webhook.Webhooks
	t     testing.TB
	clock *clock.Virtual
	store *store.Memory
}

func open(t testing.TB, o webhook.Options) *field {
	t.Helper()
	if o.Contract == nil {
		o.Contract = load(t, "")
	}
	if o.Store == nil {
		o.Store = store.NewMemory()
	}
	if o.Clock == nil {
		o.Clock = clock.New(clock.Options{At: noon, Frozen: true})
	}
	w, err := webhook.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	return &field{w, t, o.Clock.(*clock.Virtual), o.Store.(*store.Memory)}
}

func (f *field) register(r webhook.EndpointRequest) webhook.Endpoint {
	f.t.Helper()
	e, _, err := f.Register(f.t.Context(), r)
	if err != nil {
		f.t.Fatal(err)
	}
	return e
}

// emit tells of an event of a type and gives its only delivery.
func (f *field) emit(kind string, e webhook.Emission) webhook.Delivery {
	f.t.Helper()
	e.Type = kind
	_, list, err := f.Emit(f.t.Context(), e)
	if err != nil {
		f.t.Fatal(err)
	}
	if len(list) != 1 {
		f.t.Fatalf("%d deliveries of %s, want one", len(list), kind)
	}
	return list[0]
}

func (f *field) wait() {
	f.t.Helper()
	if err := f.Wait(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

func (f *field) advance(d time.Duration) []clock.Due {
	f.t.Helper()
	ran, err := f.clock.Advance(d)
	if err != nil {
		f.t.Fatal(err)
	}
	return ran
}

func (f *field) delivery(id string) webhook.Delivery {
	f.t.Helper()
	d, err := f.Delivery(f.t.Context(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

func (f *field) attempts(id string) []webhook.Attempt {
	f.t.Helper()
	list, err := f.Attempts(f.t.Context(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	return list
}

func (f *field) endpoint(id string) webhook.Endpoint {
	f.t.Helper()
	e, err := f.Endpoint(f.t.Context(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	return e
}

// A got is one request as a receiver had it.
type got struct {
	header http.Header
	body   []byte
}

// A receiver takes deliveries and answers as it is told.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []got
	answer http.HandlerFunc // nil: 200
}

func receive(t testing.TB) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		r.mu.Lock()
		r.got = append(r.got, got{q.Header.Clone(), body})
		answer := r.answer
		r.mu.Unlock()
		if answer != nil {
			answer(w, q)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) set(f http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// status has a receiver answer with a status and headers "Name: value".
func (r *receiver) status(code int, headers ...string) {
	r.set(func(w http.ResponseWriter, _ *http.Request) {
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(code)
	})
}

func (r *receiver) all() []got {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]got(nil), r.got...)
}
