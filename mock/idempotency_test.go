package mock_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/credential"
	"understudy/mock/store"
)

// A cashier is a stand-in of payments.yaml under some rule for repeats, with a key of each account.
type cashier struct {
	*standIn
	clock *clock.Virtual
	keys  map[string]string // account → text of a key
	sent  uint64
}

func newCashier(t *testing.T, rule *contracts.Idempotency, change func(*mock.Options)) *cashier {
	t.Helper()
	k := load(t, "payments.yaml")
	k.Behaviour.Idempotency = rule
	return cashierOf(t, k, change)
}

func cashierOf(t *testing.T, k *contracts.Contract, change func(*mock.Options)) *cashier {
	t.Helper()
	p := &cashier{clock: clock.New(clock.Options{At: noon, Frozen: true}), keys: map[string]string{}}
	o := mock.Options{Contract: k, Clock: p.clock, Store: store.NewMemory(), Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	server, err := mock.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	p.standIn = serveHandler(t, server)
	for _, account := range []string{"north", "south"} {
		issued, err := server.Credentials().CreateKey(t.Context(), credential.KeyRequest{Account: account})
		if err != nil {
			t.Fatal(err)
		}
		p.keys[account] = issued.Text
	}
	return p
}

// pay sends a request of the account north with a key; "" sends none.
func (p *cashier) pay(line, body, key string, headers ...string) answer {
	p.t.Helper()
	all := []string{"Authorization: Bearer " + p.keys["north"]}
	if key != "" {
		all = append(all, "Idempotency-Key: "+key)
	}
	p.sent++
	return p.call(line, body, append(all, headers...)...)
}

func (p *cashier) payments() int {
	p.t.Helper()
	var list []any
	if err := json.Unmarshal([]byte(p.pay("GET /v1/payments", "", "").body), &list); err != nil {
		p.t.Fatal(err)
	}
	return len(list)
}

func replayed(a answer) bool { return a.Header.Get("Idempotency-Replayed") == "true" }

// wire is an answer without what belongs to one connection or moment.
func wire(a answer) string {
	h := maps.Clone(map[string][]string(a.Header))
	for _, name := range []string{"Date", "Idempotency-Replayed", "Idempotent-Replayed"} {
		delete(h, name)
	}
	return fmt.Sprint(a.StatusCode, h, a.body)
}

// TestThirtyEqualCreates: thirty at once have one effect and get thirty equal answers.
func TestThirtyEqualCreates(t *testing.T) {
	for _, variant := range []string{contracts.IdempotencyDraft, contracts.IdempotencyStripe} {
		t.Run(variant, func(t *testing.T) {
			p := newCashier(t, &contracts.Idempotency{Variant: variant}, nil)
			const all = 30
			answers := make([]string, all)
			again := make([]bool, all)
			var group sync.WaitGroup
			for i := range all {
				group.Go(func() {
					r, err := http.NewRequestWithContext(t.Context(), "POST", p.url+"/v1/payments", strings.NewReader(`{"amount":5,"currency":"eur"}`))
					if err != nil {
						t.Error(err)
						return
					}
					r.Header = http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {"one"}, "Authorization": {"Bearer " + p.keys["north"]}}
					response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
					if err != nil {
						t.Error(err)
						return
					}
					defer response.Body.Close()
					body, err := io.ReadAll(response.Body)
					if err != nil {
						t.Error(err)
					}
					a := answer{response, string(body)}
					a.Header.Del("Connection")
					answers[i], again[i] = wire(a), replayed(a)
				})
			}
			group.Wait()
			slices.Sort(answers)
			if different := slices.Compact(answers); len(different) != 1 || !strings.HasPrefix(different[0], "201 ") {
				t.Errorf("%d different answers: %q", len(different), different)
			}
			first := 0
			for _, a := range again {
				if !a {
					first++
				}
			}
			if n := p.payments(); n != 1 || first != 1 {
				t.Errorf("%d payments, %d answers that are not marked as repeats; want one of each", n, first)
			}
		})
	}
}

// TestLongKey: a contract that allows longer keys than others is kept.
func TestLongKey(t *testing.T) {
	s := serve(t, "statuses.yaml", mock.Options{})
	for length, status := range map[int]int{300: 200, 301: 400} {
		if a := s.call("POST /keyed", "", "Idempotency-Key: "+strings.Repeat("k", length)); a.StatusCode != status {
			t.Errorf("a key of %d characters: %d, want %d: %s", length, a.StatusCode, status, a.body)
		}
	}
}

// TestIdempotencyTable walks the rows of the draft's and of Stripe's rules.
func TestIdempotencyTable(t *testing.T) {
	const body = `{"amount":5,"currency":"eur"}`
	type step struct {
		line, body, key string
		status          int
		again           bool
		code            string
	}
	for _, c := range []struct {
		name, variant string
		steps         []step
	}{
		{"the same again", "", []step{{"POST /v1/payments", body, "a", 201, false, ""}, {"POST /v1/payments", body, "a", 201, true, ""}, {"POST /v1/payments", body, "b", 201, false, ""}}},
		{"the draft's other payload", "draft", []step{{"POST /v1/payments", body, "a", 201, false, ""}, {"POST /v1/payments", `{"amount":6}`, "a", 422, false, "idempotency_mismatch"}, {"POST /v1/payments", body, "a", 201, true, ""}}},
		{"Stripe's other payload", "stripe", []step{{"POST /v1/payments", body, "a", 201, false, ""}, {"POST /v1/payments", `{"amount":6}`, "a", 400, false, "idempotency_mismatch"}}},
		{"another query", "", []step{{"POST /v1/payments?note=x&lang=de", body, "a", 201, false, ""}, {"POST /v1/payments?lang=de&note=x", body, "a", 201, true, ""}, {"POST /v1/payments?note=y", body, "a", 422, false, "idempotency_mismatch"}}},
		{"members in another order", "", []step{{"POST /v1/payments", body, "a", 201, false, ""}, {"POST /v1/payments", ` { "currency":"eur", "amount": 5 }`, "a", 201, true, ""}}},
		{"both spellings are one key", "", []step{{"POST /v1/payments", body, `"8e03978e-40d5-43e8-bc93-6894a57f9324"`, 201, false, ""}, {"POST /v1/payments", body, "8e03978e-40d5-43e8-bc93-6894a57f9324", 201, true, ""}, {"POST /v1/payments", body, `"8e03978e-40d5-43e8-bc93-6894a57f9324";v=1`, 201, true, ""}}},
		{"escapes", "", []step{{"POST /v1/payments", body, `"a\"b\\c"`, 201, false, ""}, {"POST /v1/payments", body, `a"b\c`, 201, true, ""}}},
		{"missing where it is required", "", []step{{"POST /v1/payments", body, "", 400, false, "validation_failed"}}},
		{"broken quotes", "", []step{{"POST /v1/payments", body, `"a`, 400, false, "idempotency_key_invalid"}, {"POST /v1/payments", body, `"a"b`, 400, false, "idempotency_key_invalid"}, {"POST /v1/payments", body, `"a\x"`, 400, false, "idempotency_key_invalid"}, {"POST /v1/payments", body, `""`, 400, false, "idempotency_key_invalid"}, {"POST /v1/payments", body, "ä", 400, false, "idempotency_key_invalid"}}},
		{"length", "", []step{{"POST /v1/payments", body, strings.Repeat("k", 255), 201, false, ""}, {"POST /v1/payments", body, strings.Repeat("k", 256), 400, false, "idempotency_key_invalid"}}},
		{"what breaks the contract is not kept", "", []step{{"POST /v1/payments", `{"amount":"five"}`, "a", 422, false, "validation_failed"}, {"POST /v1/payments", body, "a", 201, false, ""}}},
		{"what the state refuses is kept", "", []step{{"POST /v1/payments/none/capture", "", "a", 404, false, "not_found"}, {"POST /v1/payments/none/capture", "", "a", 404, true, "not_found"}}},
		{"the same key at another route", "", []step{{"POST /v1/payments", body, "a", 201, false, ""}, {"POST /v1/payments/none/capture", "", "a", 404, false, ""}}},
		{"another item of the same route", "", []step{{"POST /v1/payments/x/capture", "", "a", 404, false, ""}, {"POST /v1/payments/y/capture", "", "a", 422, false, "idempotency_mismatch"}}},
		{"PATCH by the draft", "draft", []step{{"PATCH /v1/payments/none", body, "a", 404, false, ""}, {"PATCH /v1/payments/none", body, "a", 404, true, ""}}},
		{"PATCH at Stripe", "stripe", []step{{"PATCH /v1/payments/none", body, "a", 404, false, ""}, {"PATCH /v1/payments/none", body, "a", 404, false, ""}}},
		{"GET and DELETE ignore it", "stripe", []step{{"GET /v1/payments", "", "a", 200, false, ""}, {"GET /v1/payments", "", "a", 200, false, ""}, {"DELETE /v1/payments/x", "", "a", 404, false, ""}, {"DELETE /v1/payments/x", "", "a", 404, false, ""}}},
		{"switched off at an operation", "draft", []step{{"POST /v1/plain", `{}`, "a", 200, false, ""}, {"POST /v1/plain", `{}`, "a", 200, false, ""}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newCashier(t, &contracts.Idempotency{Variant: c.variant}, nil)
			var first answer
			for i, s := range c.steps {
				got := p.pay(s.line, s.body, s.key)
				if got.StatusCode != s.status || replayed(got) != s.again || s.code != "" && !strings.Contains(got.body, s.code) {
					t.Errorf("step %d: %d, again %v: %s\nwant %+v", i, got.StatusCode, replayed(got), got.body, s)
				}
				if stripe := got.Header.Get("Idempotent-Replayed") == "true"; stripe != (s.again && c.variant == "stripe") {
					t.Errorf("step %d: Stripe's own header is there: %v", i, stripe)
				}
				if i == 0 {
					first = got
				} else if s.again && wire(got) != wire(first) {
					t.Errorf("step %d: got %s\nwant %s", i, wire(got), wire(first))
				}
				if s.again {
					trace := p.last(p.sent)
					if trace.Source != "idempotency" || len(trace.Changes) != 0 || trace.Stages[len(trace.Stages)-1].Name != "idempotency" {
						t.Errorf("the journal tells of a repeat: %+v", trace)
					}
				}
			}
		})
	}
}

// TestKeyVectors reads the published spellings of a key.
func TestKeyVectors(t *testing.T) {
	data, err := os.ReadFile("../fixtures/vectors/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		HTTP struct {
			Keys []struct{ Value, Parsed string } `json:"idempotency_key"`
		} `json:"http"`
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.HTTP.Keys) < 2 {
		t.Fatal("the vectors are missing")
	}
	p := newCashier(t, nil, nil)
	for _, v := range vectors.HTTP.Keys {
		if got := p.pay("POST /v1/payments", `{"amount":1}`, v.Value); got.StatusCode != 201 {
			t.Errorf("%s: %d %s", v.Value, got.StatusCode, got.body)
		}
		if got := p.pay("POST /v1/payments", `{"amount":1}`, v.Parsed); !replayed(got) {
			t.Errorf("%s does not mean %s", v.Value, v.Parsed)
		}
	}
}

// TestKeptUntil: an answer is kept until its time is over on the server's clock, to the nanosecond.
func TestKeptUntil(t *testing.T) {
	p := newCashier(t, &contracts.Idempotency{Keep: "1h"}, nil)
	first := p.pay("POST /v1/payments", `{"amount":1}`, "a")
	p.clock.Advance(time.Hour - 1)
	if got := p.pay("POST /v1/payments", `{"amount":1}`, "a"); !replayed(got) || got.body != first.body {
		t.Errorf("before its end: %s", wire(got))
	}
	p.clock.Advance(1)
	second := p.pay("POST /v1/payments", `{"amount":2}`, "a")
	if second.StatusCode != 201 || replayed(second) {
		t.Errorf("behind its end: %s", wire(second))
	}
	if got := p.pay("POST /v1/payments", `{"amount":2}`, "a"); !replayed(got) || got.body != second.body {
		t.Errorf("again: %s", wire(got))
	}
	if n := p.payments(); n != 2 {
		t.Errorf("%d payments, want 2", n)
	}
	p.clock.Advance(25 * time.Hour)
	day := newCashier(t, nil, nil)
	day.pay("POST /v1/payments", `{"amount":1}`, "a")
	day.clock.Advance(24*time.Hour - 1)
	if !replayed(day.pay("POST /v1/payments", `{"amount":1}`, "a")) {
		t.Error("without a word an answer is kept for a day")
	}
}

// TestReplayOutlivesTheItem: a repeat shows what was answered, not what has become of it.
func TestReplayOutlivesTheItem(t *testing.T) {
	p := newCashier(t, nil, nil)
	first := p.pay("POST /v1/payments", `{"amount":1}`, "a")
	path := "/v1/payments/" + member(t, first.body, "id")
	if got := p.pay("DELETE "+path, "", ""); got.StatusCode != 204 {
		t.Fatal(got.StatusCode)
	}
	if got := p.pay("POST /v1/payments", `{"amount":1}`, "a"); wire(got) != wire(first) || !replayed(got) || got.Header.Get("Location") != path {
		t.Errorf("got  %s\nwant %s", wire(got), wire(first))
	}
	if got := p.pay("GET "+path, "", ""); got.StatusCode != 404 {
		t.Errorf("a repeat brought the item back: %d", got.StatusCode)
	}
	if err := p.server.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestKeysOfAccounts: nobody meets the keys of others, and two keys of one account are one.
func TestKeysOfAccounts(t *testing.T) {
	p := newCashier(t, nil, nil)
	other, err := p.server.Credentials().CreateKey(t.Context(), credential.KeyRequest{Account: "north"})
	if err != nil {
		t.Fatal(err)
	}
	send := func(text, body string) answer {
		return p.call("POST /v1/payments", body, "Authorization: Bearer "+text, "Idempotency-Key: a")
	}
	first := send(p.keys["north"], `{"amount":1}`)
	if got := send(p.keys["south"], `{"amount":2}`); got.StatusCode != 201 || replayed(got) {
		t.Errorf("the other account: %s", wire(got))
	}
	if got := send(other.Text, `{"amount":1}`); !replayed(got) || got.body != first.body {
		t.Errorf("another key of the account: %s", wire(got))
	}
}

// TestForms: fields in another order and another boundary are the same payload, another file is not.
func TestForms(t *testing.T) {
	p := newCashier(t, nil, nil)
	send := func(contentType, body string) answer {
		return p.call("POST /v1/receipts", body, "Authorization: Bearer "+p.keys["north"], "X-Request-Token: "+contentType[:5], "Content-Type: "+contentType)
	}
	const form = "application/x-www-form-urlencoded"
	first := send(form, "title=Saw&lines=a&lines=b")
	if got := send(form, "lines=a&lines=b&title=S%61w"); first.StatusCode != 201 || !replayed(got) || got.body != first.body {
		t.Errorf("form: %s, %s", wire(first), wire(got))
	}
	if got := send(form, "lines=b&lines=a&title=Saw"); got.StatusCode != 422 {
		t.Errorf("another order of a list: %s", wire(got))
	}
	upload := func(boundary, data string) answer {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		if err := w.SetBoundary(boundary); err != nil {
			t.Fatal(err)
		}
		part, err := w.CreateFormFile("file", "a.txt")
		if err == nil {
			_, err = part.Write([]byte(data))
		}
		if err != nil || w.WriteField("title", "T") != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return send(w.FormDataContentType(), b.String())
	}
	first = upload("one", "data")
	if got := upload("another", "data"); first.StatusCode != 201 || !replayed(got) || got.body != first.body {
		t.Errorf("multipart: %s, %s", wire(first), wire(got))
	}
	if got := upload("one", "other"); got.StatusCode != 422 {
		t.Errorf("another file: %s", wire(got))
	}
}

// A heldStore holds its next Update up, once it is told to, until it is let go.
type heldStore struct {
	*store.Memory
	hold             atomic.Bool
	arrived, release chan struct{}
}

func (h *heldStore) Update(ctx context.Context, f func(store.Tx) error) error {
	if h.hold.CompareAndSwap(true, false) {
		close(h.arrived)
		<-h.release
	}
	return h.Memory.Update(ctx, f)
}

// TestConcurrentRepeats: while a request is being carried out, another payload with its key is refused as such, and a
// repeat waits for the answer or is refused, as the setting says.
func TestConcurrentRepeats(t *testing.T) {
	for _, concurrent := range []string{"conflict", "wait"} {
		t.Run(concurrent, func(t *testing.T) {
			held := &heldStore{Memory: store.NewMemory(), arrived: make(chan struct{}), release: make(chan struct{})}
			p := newCashier(t, &contracts.Idempotency{Concurrent: concurrent}, func(o *mock.Options) { o.Store = held })
			first, second := make(chan answer, 1), make(chan answer, 1)
			send := func(to chan answer) {
				to <- p.call("POST /v1/payments", `{"amount":1}`, "Authorization: Bearer "+p.keys["north"], "Idempotency-Key: a")
			}
			p.payments()
			held.hold.Store(true)
			go send(first)
			<-held.arrived
			if got := p.pay("POST /v1/payments", `{"amount":2}`, "a"); got.StatusCode != 422 {
				t.Errorf("another payload: %s", wire(got))
			}
			if concurrent == "conflict" {
				send(second)
				if got := <-second; got.StatusCode != 409 || !strings.Contains(got.body, "idempotency_in_use") {
					t.Errorf("the second one got %s", wire(got))
				}
				close(held.release)
			} else {
				go send(second)
				close(held.release)
				if got := <-second; !replayed(got) {
					t.Errorf("the second one got %s", wire(got))
				}
			}
			one := <-first
			if got := p.pay("POST /v1/payments", `{"amount":1}`, "a"); one.StatusCode != 201 || !replayed(got) || got.body != one.body {
				t.Errorf("first %s, afterwards %s", wire(one), wire(got))
			}
		})
	}
}

// TestLostAnswer: an answer that was lost on the way is there for the repeat, and the effect happened once; a failure before
// the effect leaves nothing behind.
func TestLostAnswer(t *testing.T) {
	for _, c := range []struct {
		fault contracts.FaultBehaviour
		again bool
	}{
		{contracts.FaultBehaviour{Kind: "reset", Effect: true, Times: 1}, true},
		{contracts.FaultBehaviour{Kind: "empty", Effect: true, Times: 1}, true},
		{contracts.FaultBehaviour{Kind: "truncated-body", Times: 1}, true},
		{contracts.FaultBehaviour{Kind: "status", Status: []int{503}, Effect: true, Times: 1}, true},
		{contracts.FaultBehaviour{Kind: "reset", Times: 1}, false},
		{contracts.FaultBehaviour{Kind: "status", Status: []int{503}, Times: 1}, false},
	} {
		t.Run(fmt.Sprint(c.fault.Kind, " ", c.fault.Effect), func(t *testing.T) {
			p := newCashier(t, nil, nil)
			if _, err := p.server.Faults().Add(c.fault); err != nil {
				t.Fatal(err)
			}
			r, err := http.NewRequestWithContext(t.Context(), "POST", p.url+"/v1/payments", strings.NewReader(`{"amount":7}`))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": nil, "Authorization": {"Bearer " + p.keys["north"]}}
			r.Header["Idempotency-Key"] = []string{"lost"}
			r.GetBody = nil // net/http would try again by itself
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			if response, err := client.Do(r); err == nil {
				_, err = io.ReadAll(response.Body)
				response.Body.Close()
				if err == nil && response.StatusCode < 500 {
					t.Errorf("the first answer arrived: %d", response.StatusCode)
				}
			}
			got := p.pay("POST /v1/payments", `{"amount":7}`, "lost")
			if got.StatusCode != 201 || replayed(got) != c.again {
				t.Errorf("%s, want it again: %v", wire(got), c.again)
			}
			if n := p.payments(); n != 1 {
				t.Errorf("%d payments, want one", n)
			}
		})
	}
}

// TestFailuresAgain: an answer of 5xx is kept like any other, or the request is carried out again, as the setting says.
func TestFailuresAgain(t *testing.T) {
	for setting, again := range map[string]bool{"": true, "replay": true, "retry": false} {
		k := load(t, "payments.yaml")
		k.Behaviour.Idempotency = &contracts.Idempotency{Errors: setting}
		for _, o := range k.Operations {
			if o.ID == "createPayment" {
				o.Behaviour.Answers = []contracts.Answer{{Status: 500, Then: &contracts.Consequence{}}}
			}
		}
		p := cashierOf(t, k, nil)
		first := p.pay("POST /v1/payments", `{"amount":1}`, "a")
		second := p.pay("POST /v1/payments", `{"amount":1}`, "a")
		want := map[bool]int{true: 1, false: 2}[again]
		if n := p.payments(); first.StatusCode != 500 || second.StatusCode != 500 || replayed(second) != again || n != want {
			t.Errorf("errors: %q: %d, %d, again %v, %d payments", setting, first.StatusCode, second.StatusCode, replayed(second), n)
		}
	}
}

// TestKeptAnswersAreBounded: the oldest answers make room, the expired ones go by themselves, and the journal says when an
// answer went before its time.
func TestKeptAnswersAreBounded(t *testing.T) {
	memory := store.NewMemory()
	p := newCashier(t, &contracts.Idempotency{Keep: "1h"}, func(o *mock.Options) {
		o.Store, o.Idempotency = memory, mock.IdempotencyLimits{Answers: 3, Bytes: 4000}
	})
	records := func() (n int) {
		t.Helper()
		err := memory.View(t.Context(), func(tx store.Tx) (err error) {
			n, err = tx.Count("idempotency/payments\x00")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i := range 5 {
		p.pay("POST /v1/payments", `{"amount":1}`, fmt.Sprint("k", i))
	}
	notes := func() string {
		return fmt.Sprint(p.last(p.sent).Stages)
	}
	if text := notes(); !strings.Contains(text, "one older answer made room: at most 3 answers of 4000 bytes are kept") {
		t.Errorf("the journal says %s", text)
	}
	if n := records(); n != 3*2+1 {
		t.Errorf("%d records, want two for each of three answers and the totals", n)
	}
	for key, again := range map[string]bool{"k4": true, "k3": true, "k2": true} {
		if got := p.pay("POST /v1/payments", `{"amount":1}`, key); replayed(got) != again {
			t.Errorf("%s again: %v", key, replayed(got))
		}
	}
	if got := p.pay("POST /v1/payments", `{"amount":1}`, "k0"); replayed(got) {
		t.Error("the oldest answer is still there")
	}
	p.pay("POST /v1/payments", `{"amount":1,"reference":"`+strings.Repeat("x", 3000)+`"}`, "large")
	if text := notes(); !strings.Contains(text, "was not kept for repeats: at most 4000 of all answers are") {
		t.Errorf("the journal says %s", text)
	}
	p.clock.Advance(2 * time.Hour)
	p.pay("POST /v1/payments", `{"amount":1}`, "fresh")
	if n := records(); n != 2+1 {
		t.Errorf("%d records after all others have expired", n)
	}
	if err := p.server.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := records(); n != 0 {
		t.Errorf("%d records after a reset", n)
	}
}

// TestObservedKeys: where requests are only observed, a bad key is no key.
func TestObservedKeys(t *testing.T) {
	p := newCashier(t, nil, func(o *mock.Options) { o.Validate = mock.Observe })
	for range 2 {
		if got := p.pay("POST /v1/payments", `{"amount":1}`, `"a`); got.StatusCode != 201 || replayed(got) {
			t.Errorf("%s", wire(got))
		}
	}
	if text := fmt.Sprint(p.last(p.sent).Stages); !strings.Contains(text, "idempotency_key_invalid") {
		t.Errorf("the journal says %s", text)
	}
	if n := p.payments(); n != 2 {
		t.Errorf("%d payments", n)
	}
}

// TestRequiredByTheRoot: an overlay can ask for keys where no operation declares the header.
func TestRequiredByTheRoot(t *testing.T) {
	p := newCashier(t, &contracts.Idempotency{Required: true}, nil)
	got := p.pay("POST /v1/payments/none/capture", "", "")
	if got.StatusCode != 400 || !strings.Contains(got.body, "idempotency_key_missing") || !strings.Contains(got.body, "Idempotency-Key is required") {
		t.Errorf("%s", wire(got))
	}
}

// TestEckoSpaceKeys: every POST of the built-in contract that declares the header has one effect, at its own path and by
// Stripe's rules (ECKOSPACE-37, ECKOSPACE-G10).
func TestEckoSpaceKeys(t *testing.T) {
	k := load(t, "eckospace")
	server, err := mock.New(t.Context(), mock.Options{Contract: k, Clock: clock.New(clock.Options{At: noon, Frozen: true}), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s := serveHandler(t, server)
	token := ""
	for _, ready := range server.Credentials().Ready() {
		if ready.Env == "ECKOSPACE_TOKEN" {
			token = ready.Value
		}
	}
	var file bytes.Buffer
	form := multipart.NewWriter(&file)
	part, err := form.CreateFormFile("file", "notes.txt")
	if err == nil {
		_, err = part.Write([]byte("hello"))
	}
	if err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, contentType, body, other string }{
		{"/api/posts", "application/json", `{"title":"A","body":"B"}`, `{"title":"A","body":"C"}`},
		{"/api/bookmarks", "application/json", `{"post_id":103}`, `{"post_id":101}`},
		{"/api/listings", "application/json", `{"title":"Trailer","description":"Lightly used","category":"vehicles","price_cents":18500,"currency":"EUR","city":"Utrecht"}`, ""},
		{"/api/jobs", "application/json", `{"title":"Moderator","company":"E","description":"Kind","employment_type":"part_time","location":"Remote"}`, ""},
		{"/api/post/editor/media/document/upload", form.FormDataContentType(), file.String(), ""},
	} {
		send := func(body string) answer {
			return s.call("POST "+c.path, body, "Content-Type: "+c.contentType, "Accept: application/json", "Authorization: Bearer "+token, "Idempotency-Key: KG5LxwFBepaKHyUD")
		}
		first := send(c.body)
		second := send(c.body)
		if first.StatusCode != 201 || !replayed(second) || second.body != first.body || second.StatusCode != 201 {
			t.Errorf("%s: %d %s\nthen %d %s", c.path, first.StatusCode, first.body, second.StatusCode, second.body)
		}
		if first.Header.Get("X-RateLimit-Remaining") == "" || first.Header.Get("X-RateLimit-Remaining") == second.Header.Get("X-RateLimit-Remaining") {
			t.Errorf("%s: what is left of the limit is %q, and again %q", c.path, first.Header.Get("X-RateLimit-Remaining"), second.Header.Get("X-RateLimit-Remaining"))
		}
		if c.other == "" {
			continue
		}
		if got := send(c.other); got.StatusCode != 400 || got.body != `{"message":"The Idempotency-Key was used before with another payload. Use a new key for another request."}` {
			t.Errorf("%s with another payload: %d %s", c.path, got.StatusCode, got.body)
		}
	}
}
