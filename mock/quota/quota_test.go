package quota_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock/clock"
	"understudy/mock/quota"
	"understudy/mock/store"
)

// document has an operation for each way to ask for a credential; what x-understudy says at the root comes before it.
const document = `
openapi: 3.1.0
info: {title: Things, version: "1"}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
security: [{key: []}]
paths:
  /things: {get: {operationId: things, responses: {"200": {description: OK}}}}
  /others: {get: {operationId: others, responses: {"200": {description: OK}}}}
  /heavy: {get: {operationId: heavy, x-understudy: {weight: 2}, responses: {"200": {description: OK}}}}
  /left: {get: {operationId: left, x-understudy: {weight: 0}, responses: {"200": {description: OK}}}}
  /open: {get: {operationId: open, security: [], responses: {"200": {description: OK}}}}
  /maybe: {get: {operationId: maybe, security: [{}, {key: []}], responses: {"200": {description: OK}}}}
`

// A field is limits under test with their clock and store.
type field struct {
	t        testing.TB
	contract *contracts.Contract
	limits   *quota.Limits
	clock    *clock.Virtual
	store    *store.Memory
}

var begin = time.UnixMilli(1700000040000).UTC() // a full minute

// compile loads the document with words of x-understudy at its root.
func compile(t testing.TB, words string) (*contracts.Contract, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "openapi.yaml")
	text := document + "x-understudy:\n  " + strings.ReplaceAll(strings.TrimSpace(words), "\n", "\n  ") + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return contracts.Load(t.Context(), file, contracts.Options{})
}

func open(t testing.TB, words string) *field {
	t.Helper()
	k, err := compile(t, words)
	if err != nil {
		t.Fatal(err)
	}
	return openContract(t, k)
}

func openContract(t testing.TB, k *contracts.Contract) *field {
	t.Helper()
	f := &field{t: t, contract: k, clock: clock.New(clock.Options{At: begin, Frozen: true}), store: store.NewMemory()}
	var err error
	if f.limits, err = quota.New(t.Context(), quota.Options{Contract: k, Clock: f.clock, Store: f.store}); err != nil {
		t.Fatal(err)
	}
	return f
}

// operation finds an operation by its id.
func (f *field) operation(id string) *contracts.Operation {
	f.t.Helper()
	for _, o := range f.contract.Operations {
		if o.ID == id {
			return o
		}
	}
	f.t.Fatalf("no operation %s", id)
	return nil
}

// ask is a request of a credential, or with none of an address.
func (f *field) ask(operation, credential string) quota.Ask {
	return quota.Ask{Operation: f.operation(operation), Subject: quota.Subject{Credential: credential, Address: "192.0.2.1"}}
}

// passes says whether a request passes.
func (f *field) passes(operation, credential string) bool {
	f.t.Helper()
	return f.limits.Take(f.ask(operation, credential)).Refused() == nil
}

// passing is how many of n requests pass.
func (f *field) passing(n int, operation, credential string) int {
	f.t.Helper()
	passed := 0
	for range n {
		if f.passes(operation, credential) {
			passed++
		}
	}
	return passed
}

func (f *field) advance(d time.Duration) {
	f.t.Helper()
	if _, err := f.clock.Advance(d); err != nil {
		f.t.Fatal(err)
	}
}

func (f *field) set(at time.Time) {
	f.t.Helper()
	if _, err := f.clock.Set(at); err != nil {
		f.t.Fatal(err)
	}
}
