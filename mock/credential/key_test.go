package credential_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock/credential"
	"understudy/mock/store"
)

// as makes a request with a bearer credential.
func as(method, text string) *http.Request {
	q := httptest.NewRequest(method, "http://stand-in.example/", nil)
	if text != "" {
		q.Header.Set("Authorization", "Bearer "+text)
	}
	return q
}

// operation finds an operation by its id.
func (w town) operation(t testing.TB, id string) *contracts.Operation {
	t.Helper()
	for _, o := range w.Contract().Operations {
		if o.ID == id {
			return o
		}
	}
	t.Fatalf("there is no operation %s", id)
	return nil
}

// ask gives the code with which a request is refused; empty: it passes.
func (w town) ask(t testing.TB, operation string, q *http.Request) string {
	t.Helper()
	o := w.operation(t, operation)
	caller, refusal, err := w.Authenticate(t.Context(), o, q)
	if err != nil {
		t.Fatal(err)
	}
	if refusal == nil {
		refusal = w.Permit(caller, o, q)
	}
	if refusal != nil {
		return refusal.Code
	}
	return ""
}

func (w town) key(t testing.TB, q credential.KeyRequest) credential.Issued {
	t.Helper()
	issued, err := w.CreateKey(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

func (w town) pass(t testing.TB, d time.Duration) {
	t.Helper()
	if _, err := w.clock.Advance(d); err != nil {
		t.Fatal(err)
	}
}

func TestTenThousandKeys(t *testing.T) {
	w := settle(t, loaded(t, "echowin"), 1)
	form := regexp.MustCompile(w.Class("api-key").Format)
	texts, ids := map[string]bool{}, map[string]bool{}
	for i := range 10_000 {
		k := w.key(t, credential.KeyRequest{Name: "key"})
		if texts[k.Text] || ids[k.ID] || !form.MatchString(k.Text) {
			t.Fatalf("key %d: %q is taken or has not the form %s", i, k.ID, form)
		}
		texts[k.Text], ids[k.ID] = true, true
		if i%3 == 0 { // a text is not issued again when its key has ended
			if _, err := w.Revoke(t.Context(), k.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestUsedUpForm issues all four keys of a form that has no more, and is refused the fifth.
func TestUsedUpForm(t *testing.T) {
	w := settle(t, written(t, `info: {title: Tiny, version: '1'}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
paths: {/a: {get: {operationId: a, security: [{key: []}], responses: {}}}}
x-understudy: {credentials: [{name: key, kind: key, scheme: key, format: '^k[ab][cd]$'}]}`), 1)
	seen := map[string]bool{}
	for range 4 {
		seen[w.key(t, credential.KeyRequest{}).Text] = true
	}
	var request *credential.RequestError
	if _, err := w.CreateKey(t.Context(), credential.KeyRequest{}); len(seen) != 4 || !errors.As(err, &request) {
		t.Errorf("%d texts, then %v", len(seen), err)
	}
}

func TestCreateKeyRefuses(t *testing.T) {
	ecosire, events := settle(t, loaded(t, "ecosire"), 1), settle(t, loaded(t, "ecoevents"), 1)
	taken := events.key(t, credential.KeyRequest{Name: "one"})
	for _, c := range []struct {
		name  string
		w     town
		q     credential.KeyRequest
		field string
	}{
		{"no name", ecosire, credential.KeyRequest{Strict: true, Scopes: []string{"admin"}}, "name"},
		{"blank name", ecosire, credential.KeyRequest{Strict: true, Name: " ", Scopes: []string{"admin"}}, "name"},
		{"long name", ecosire, credential.KeyRequest{Name: strings.Repeat("n", 201)}, "name"},
		{"a fourth scope", ecosire, credential.KeyRequest{Name: "n", Scopes: []string{"owner"}}, "scopes"},
		{"two roles", ecosire, credential.KeyRequest{Name: "n", Scopes: []string{"admin", "read-only"}}, "scopes"},
		{"no scope", events, credential.KeyRequest{Name: "n", Strict: true}, "scopes"},
		{"unknown scope", events, credential.KeyRequest{Name: "n", Scopes: []string{"events:read", "events:all"}}, "scopes"},
		{"unknown environment", ecosire, credential.KeyRequest{Name: "n", Environment: "moon"}, "environment"},
		{"unknown class", ecosire, credential.KeyRequest{Name: "n", Class: "moon"}, "class"},
		{"unknown account", ecosire, credential.KeyRequest{Name: "n", Account: "moon"}, "account"},
		{"unknown user", ecosire, credential.KeyRequest{Name: "n", User: "moon"}, "user"},
		{"expiry in the past", ecosire, credential.KeyRequest{Name: "n", ExpiresAt: noon}, "expiresAt"},
		{"unknown state", ecosire, credential.KeyRequest{Name: "n", State: "asleep"}, "state"},
		{"text of another form", events, credential.KeyRequest{Name: "n", Text: "ek_live_short"}, "text"},
		{"text that is taken", events, credential.KeyRequest{Name: "n", Text: taken.Text}, "text"},
	} {
		_, err := c.w.CreateKey(t.Context(), c.q)
		var request *credential.RequestError
		if !errors.As(err, &request) || request.Field != c.field {
			t.Errorf("%s: %v, want a fault of %s", c.name, err, c.field)
		}
	}
}

func TestGivenText(t *testing.T) {
	w := settle(t, loaded(t, "ecoevents"), 1)
	const text = "ek_live_1a2b3c4d5e6f7g8h9i0j"
	k := w.key(t, credential.KeyRequest{Name: "documented", Text: text, Scopes: []string{"events:read"}})
	if k.Text != text || k.Prefix != "ek_live_" || k.LastFour != "9i0j" || k.Environment != "live" {
		t.Errorf("made %+v", k.Credential)
	}
	if code := w.ask(t, "listEvents", as("GET", text)); code != "" {
		t.Errorf("it is refused: %s", code)
	}
	if found, err := w.ByText(t.Context(), text); err != nil || found.ID != k.ID {
		t.Errorf("found %v, %v", found.ID, err)
	}
}

// TestShownOnce looks for the text of keys, tokens and passwords in everything that the store holds.
func TestShownOnce(t *testing.T) {
	for _, name := range []string{"ecosire", "ecoevents", "eckospace", "echowin"} {
		w := settle(t, loaded(t, name), 1)
		texts := []string{w.key(t, credential.KeyRequest{Name: "secret"}).Text}
		for _, ready := range w.Ready() {
			if ready.Secret {
				texts = append(texts, ready.Value)
			}
		}
		for key, value := range w.records(t) {
			for _, text := range texts {
				if strings.Contains(key, text) || strings.Contains(value, text) {
					t.Errorf("%s: the store holds a secret at %q", name, key)
				}
			}
		}
	}
}

func TestKeyChanges(t *testing.T) {
	w := settle(t, loaded(t, "ecosire"), 1)
	k := w.key(t, credential.KeyRequest{Name: "sync", Scopes: []string{"read-write"}})
	if code := w.ask(t, "createContact", as("POST", k.Text)); code != "" {
		t.Fatalf("a read-write key cannot write: %s", code)
	}
	scopes := []string{"read-only"}
	if _, err := w.Change(t.Context(), k.ID, credential.Change{Scopes: &scopes}); err != nil {
		t.Fatal(err)
	}
	if code := w.ask(t, "createContact", as("POST", k.Text)); code != credential.CodeScope {
		t.Errorf("the next write: %q, want %q", code, credential.CodeScope)
	}
	if code := w.ask(t, "listContacts", as("GET", k.Text)); code != "" {
		t.Errorf("a read: %s", code)
	}
	end := noon.Add(time.Hour)
	if _, err := w.Change(t.Context(), k.ID, credential.Change{ExpiresAt: &end}); err != nil {
		t.Fatal(err)
	}
	w.pass(t, time.Hour-time.Nanosecond)
	if code := w.ask(t, "listContacts", as("GET", k.Text)); code != "" {
		t.Errorf("just before its end: %s", code)
	}
	w.pass(t, time.Nanosecond)
	if code := w.ask(t, "listContacts", as("GET", k.Text)); code != credential.CodeExpired {
		t.Errorf("at its end: %q", code)
	}
	never, forced := time.Time{}, credential.Expired
	if _, err := w.Change(t.Context(), k.ID, credential.Change{ExpiresAt: &never}); err != nil || w.ask(t, "listContacts", as("GET", k.Text)) != "" {
		t.Errorf("without an end: %v", err)
	}
	if _, err := w.Change(t.Context(), k.ID, credential.Change{State: &forced}); err != nil || w.ask(t, "listContacts", as("GET", k.Text)) != credential.CodeExpired {
		t.Errorf("forced to be expired: %v", err)
	}
	if _, err := w.Revoke(t.Context(), k.ID); err != nil {
		t.Fatal(err)
	}
	active := credential.Active
	var request *credential.RequestError
	if _, err := w.Change(t.Context(), k.ID, credential.Change{State: &active}); !errors.As(err, &request) {
		t.Errorf("a revoked key was woken: %v", err)
	}
	if _, err := w.Rotate(t.Context(), k.ID); !errors.As(err, &request) {
		t.Errorf("a revoked key was rotated: %v", err)
	}
	for _, err := range []error{second(w.Revoke(t.Context(), "nobody")), second(w.Change(t.Context(), "nobody", credential.Change{})), second(w.Rotate(t.Context(), "nobody"))} {
		if !errors.Is(err, credential.ErrNotFound) {
			t.Errorf("an unknown id: %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestApproval is a token's life where the contract knows one that waits for approval.
func TestApproval(t *testing.T) {
	w := settle(t, loaded(t, "eckospace"), 1)
	k := w.key(t, credential.KeyRequest{Class: "token", Name: "waiting", State: "pending"})
	if code := w.ask(t, "listPosts", as("GET", k.Text)); code != credential.CodePending {
		t.Errorf("before it is approved: %q", code)
	}
	approved := credential.State("approved")
	if _, err := w.Change(t.Context(), k.ID, credential.Change{State: &approved}); err != nil || w.ask(t, "listPosts", as("GET", k.Text)) != "" {
		t.Errorf("approved: %v", err)
	}
	if _, err := w.Rotate(t.Context(), k.ID); err != nil || w.ask(t, "listPosts", as("GET", k.Text)) != credential.CodeRevoked {
		t.Errorf("rotated without grace: %v", err)
	}
}

// TestRotationUnderLoad rotates keys while others call with the old and the new one: not one request fails.
func TestRotationUnderLoad(t *testing.T) {
	w := settle(t, loaded(t, "ecosire"), 1)
	o := w.operation(t, "listContacts")
	k := w.key(t, credential.KeyRequest{Name: "busy"})
	var current atomic.Pointer[[]string]
	current.Store(&[]string{k.Text})
	var refused, asked atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for ctx.Err() == nil {
				for _, text := range *current.Load() {
					if _, refusal, err := w.Authenticate(t.Context(), o, as("GET", text)); refusal != nil || err != nil {
						refused.Add(1)
					}
					asked.Add(1)
				}
			}
		})
	}
	id, texts := k.ID, []string{k.Text}
	for range 50 {
		next, err := w.Rotate(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		known := append(slices.Clone(texts), next.Text)
		id, texts = next.ID, known
		current.Store(&known)
	}
	for asked.Load() < 2000 { // each text is asked for while it is good
	}
	stop()
	callers.Wait()
	if refused.Load() > 0 {
		t.Errorf("%d of %d requests were refused", refused.Load(), asked.Load())
	}
}

// TestRevokedAtOnce asks with a key right behind its revocation.
func TestRevokedAtOnce(t *testing.T) {
	w := settle(t, loaded(t, "ecoevents"), 1)
	for range 200 {
		k := w.key(t, credential.KeyRequest{Name: "short-lived"})
		if code := w.ask(t, "listEvents", as("GET", k.Text)); code != "" {
			t.Fatal(code)
		}
		if _, err := w.Revoke(t.Context(), k.ID); err != nil {
			t.Fatal(err)
		}
		if code := w.ask(t, "listEvents", as("GET", k.Text)); code != credential.CodeRevoked {
			t.Fatalf("after its revocation: %q", code)
		}
	}
}

// TestSameSecret makes the same credentials again, and others with another secret.
func TestSameSecret(t *testing.T) {
	for _, name := range []string{"ecosire", "ecoevents", "eckospace", "echowin"} {
		k := loaded(t, name)
		run := func(secret byte) []string {
			w := settle(t, k, secret)
			list := []string{w.key(t, credential.KeyRequest{Name: "again"}).Text}
			if token, err := w.IssueToken(t.Context(), credential.TokenRequest{}); err == nil {
				list = append(list, token.Text)
			}
			for _, ready := range w.Ready() {
				list = append(list, ready.Value)
			}
			return list
		}
		first, again, other := run(1), run(1), run(2)
		if !slices.Equal(first, again) {
			t.Errorf("%s: the same secret gives %q and %q", name, first, again)
		}
		if first[0] == other[0] {
			t.Errorf("%s: another secret gives the same key", name)
		}
	}
}

func TestReset(t *testing.T) {
	w := settle(t, loaded(t, "ecoevents"), 1)
	before := w.Ready()
	k := w.key(t, credential.KeyRequest{Name: "gone"})
	if err := w.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, w.Ready()) {
		t.Errorf("the ready credentials changed from %v to %v", before, w.Ready())
	}
	if code := w.ask(t, "listEvents", as("GET", k.Text)); code != credential.CodeUnknown {
		t.Errorf("a key from before: %q", code)
	}
	if code := w.ask(t, "listEvents", as("GET", before[0].Value)); code != "" {
		t.Errorf("the ready key: %q", code)
	}
}

// records are everything that the store holds.
func (w town) records(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := w.store.View(t.Context(), func(tx store.Tx) error {
		for key, value := range tx.Scan("", store.Scan{}) {
			all[key] = string(value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
