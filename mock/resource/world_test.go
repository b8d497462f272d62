package resource_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/resource"
	"understudy/mock/store"
)

// noon is the instant at which the clocks of these tests stand.
var noon = time.Date(2025, 6, 15, 12, 0, 0, 0, time.UTC)

// A world is a stand-in of one document, called without a network. Every good answer is held against the contract.
type world struct {
	t      testing.TB
	server *mock.Server
	clock  *clock.Virtual
}

// modelOf is what is inferred of a document of a test.
func modelOf(t testing.TB, document string) *inference.Model {
	t.Helper()
	file := filepath.Join(t.TempDir(), "openapi.yaml")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	return inference.Infer(must(contracts.Load(t.Context(), file, contracts.Options{})))
}

func newWorld(t testing.TB, file string, change func(*mock.Options)) *world {
	t.Helper()
	contract, err := contracts.Load(t.Context(), filepath.Join("testdata", file), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return worldOf(t, contract, change)
}

func worldOf(t testing.TB, contract *contracts.Contract, change func(*mock.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: clock.New(clock.Options{At: noon, Frozen: true})}
	o := mock.Options{Contract: contract, Store: repeating{store.NewMemory()}, Clock: w.clock, Seed: 7}
	if change != nil {
		change(&o)
	}
	var err error
	if w.server, err = mock.New(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return w
}

// A repeating store calls the function of each Update twice, as one may that several processes share: what the first
// call left behind must not show.
type repeating struct{ *store.Memory }

var errConflict = errors.New("another process was faster")

func (r repeating) Update(ctx context.Context, f func(store.Tx) error) error {
	err := r.Memory.Update(ctx, func(tx store.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		return errConflict
	})
	if !errors.Is(err, errConflict) {
		return err
	}
	return r.Memory.Update(ctx, f)
}

func invent(o *mock.Options) { o.State = resource.Invent }

// A reply is one answer.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// send makes a request; body is nil, raw bytes or a value for JSON, and headers are pairs of name and value.
func (w *world) send(method, target string, body any, headers ...string) reply {
	w.t.Helper()
	var content io.Reader
	contentType := ""
	switch body := body.(type) {
	case nil:
	case []byte:
		content = bytes.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		content, contentType = bytes.NewReader(text), "application/json"
	}
	r := httptest.NewRequestWithContext(w.t.Context(), method, "/v1"+target, content)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.server.ServeHTTP(rec, r)
	got := reply{rec.Code, rec.Header(), rec.Body.Bytes()}
	if got.status >= 500 {
		w.t.Fatalf("%s %.200s: %d %s", method, target, got.status, got.body)
	}
	if got.status < 300 {
		w.keepsContract(r, got)
	}
	return got
}

// keepsContract holds a good answer against what the document says about it.
func (w *world) keepsContract(r *http.Request, got reply) {
	w.t.Helper()
	op := w.server.Contract().Match(r.Method, r.URL.EscapedPath()).Operation
	response := op.Response(got.status)
	if response == nil {
		w.t.Fatalf("%s %s: the status %d is not documented", r.Method, r.URL, got.status)
	}
	if len(response.Content) == 0 {
		if len(got.body) > 0 {
			w.t.Fatalf("%s %s: a body where none is documented: %s", r.Method, r.URL, got.body)
		}
		return
	}
	media := contracts.MatchMedia(got.header.Get("Content-Type"), response.Content)
	if media == nil {
		w.t.Fatalf("%s %s: the content type %q is not documented", r.Method, r.URL, got.header.Get("Content-Type"))
	}
	if !contracts.JSONMedia(media.Name) {
		return
	}
	value, err := schema.ParseJSON(got.body)
	if err != nil {
		w.t.Fatalf("%s %s: %v in %s", r.Method, r.URL, err, got.body)
	}
	for _, v := range media.Schema.Check(value, schema.Response) {
		w.t.Errorf("%s %s: %s: want %s, got %s; in %s", r.Method, r.URL, v.Pointer, v.Want, v.Got, got.body)
	}
}

// want makes a request that must have a status, and gives the answer as a JSON object (nil for none).
func (w *world) want(status int, method, target string, body any, headers ...string) map[string]any {
	w.t.Helper()
	got := w.send(method, target, body, headers...)
	if got.status != status {
		w.t.Fatalf("%s %.200s: status %d, want %d: %.500s", method, target, got.status, status, got.body)
	}
	var object map[string]any
	if len(got.body) > 0 && got.body[0] == '{' {
		if err := json.Unmarshal(got.body, &object); err != nil {
			w.t.Fatal(err)
		}
	}
	return object
}

// list is want for an answer that is a JSON array.
func (w *world) list(target string) []any {
	w.t.Helper()
	got := w.send(http.MethodGet, target, nil)
	var list []any
	if err := json.Unmarshal(got.body, &list); err != nil || got.status != http.StatusOK {
		w.t.Fatalf("GET %s: %d %s", target, got.status, got.body)
	}
	return list
}

type doc = map[string]any

// shop makes a shop and gives its path.
func (w *world) shop(name string) string {
	w.t.Helper()
	return "/shops/" + text(w.want(201, "POST", "/shops", doc{"name": name})["id"])
}

func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	encoded, _ := json.Marshal(v)
	return string(encoded)
}

// column is one member of each object in a list.
func column(list any, name string) []string {
	var texts []string
	for _, item := range list.([]any) {
		texts = append(texts, text(item.(doc)[name]))
	}
	return texts
}

func equal(t interface {
	Helper()
	Errorf(string, ...any)
}, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// newCall makes what a server hands to the engine for an operation, with path values in their order.
func newCall(t testing.TB, b *inference.Binding, query string, path []string) resource.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), b.Operation.Method, "/?"+query, nil)
	arguments, violations := b.Operation.DecodeParameters(r, path)
	if len(violations) > 0 {
		t.Fatal(violations)
	}
	return resource.Request{Binding: b, Arguments: arguments, URL: "/v1", Query: query}
}

func bodyMedia(b *inference.Binding) *contracts.MediaType {
	if b.Operation.Body == nil {
		return nil
	}
	return b.Operation.Body.Content[0]
}
