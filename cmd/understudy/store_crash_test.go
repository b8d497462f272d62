package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const killedShop = `
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders:
    get: {operationId: listOrders, responses: {"200": {description: All., content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}}}}}
    post:
      operationId: createOrder
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
      responses: {"201": {description: Made., content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getOrder, responses: {"200": {description: One., content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}, "404": {description: None.}}}
    put:
      operationId: replaceOrder
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
      responses: {"200": {description: As it is now., content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}}
webhooks:
  order.created:
    post:
      requestBody: {content: {application/json: {schema: {type: object, required: [id, type, data], properties: {id: {type: string}, type: {type: string}, data: {$ref: '#/components/schemas/Order'}}}}}}
      responses: {"200": {description: Taken.}}
components:
  schemas:
    Order:
      type: object
      required: [ref, count, twin]
      properties: {id: {type: string, readOnly: true}, ref: {type: string}, count: {type: integer}, twin: {type: integer}}
`

type killedOrder struct {
	ID    string `json:"id,omitempty"`
	Ref   string `json:"ref"`
	Count int    `json:"count"`
	Twin  int    `json:"twin"`
}

// A ward is a stand-in that is killed again and again, and what clients were told by it.
type ward struct {
	t      *testing.T
	folder string
	cmd    *exec.Cmd
	ready  readiness

	mu      sync.Mutex
	acked   map[string]string // id → ref, of orders whose creation was answered
	counts  map[string]int    // id → the count of the last change that was answered
	heard   map[string]string // ref → id of the event that told of it
	asked   int
	twice   int
	problem string
}

// TestKilled kills a stand-in with a file store at random moments, under writes: after each start everything that was answered is
// there, nothing is half there, and each creation is told of, a repeated one under the same id.
func TestKilled(t *testing.T) {
	rounds := 200
	if raced || testing.Short() {
		rounds = 20
	}
	w := &ward{t: t, folder: t.TempDir(), acked: map[string]string{}, counts: map[string]int{}, heard: map[string]string{}}
	if err := os.WriteFile(filepath.Join(w.folder, "shop.yaml"), []byte(killedShop), 0o600); err != nil {
		t.Fatal(err)
	}
	receiver := httptest.NewServer(http.HandlerFunc(w.receive))
	defer receiver.Close()
	w.start()
	w.register(receiver.URL)
	chance := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		over := make(chan struct{})
		var writers sync.WaitGroup
		for range 4 {
			writers.Go(func() { w.write(over) })
		}
		time.Sleep(time.Duration(chance.IntN(60)) * time.Millisecond) // the moment of the kill: any will do
		_ = w.cmd.Process.Kill()
		_ = w.cmd.Wait()
		close(over)
		writers.Wait()
		w.start()
		w.examine(20)
	}
	w.examine(len(w.acked))
	w.awaitEvents()
	_ = w.cmd.Process.Signal(os.Interrupt)
	if err := w.cmd.Wait(); err != nil {
		t.Errorf("the last one ended with %v", err)
	}
	if w.problem != "" {
		t.Error(w.problem)
	}
	t.Logf("%d kills, %d creations and %d changes were answered, %d events came twice", rounds, len(w.acked), len(w.counts), w.twice)
	if len(w.acked) < rounds {
		t.Errorf("only %d creations were answered: the test hardly writes", len(w.acked))
	}
}

func (w *ward) start() {
	w.t.Helper()
	w.cmd, w.ready = startStandIn(w.t, filepath.Join(w.folder, "ready.json"), filepath.Join(w.folder, "shop.yaml"), "--store", "file:"+filepath.Join(w.folder, "state.db"))
}

// said is what a process has written.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.text.Len() > 1<<16 {
		return len(p), nil
	}
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// startStandIn starts a stand-in as a process of its own and waits until it answers.
func startStandIn(t *testing.T, readyFile string, arguments ...string) (*exec.Cmd, readiness) {
	t.Helper()
	_ = os.Remove(readyFile)
	cmd := exec.Command("understudy", append([]string{"serve", "--listen", "127.0.0.1:0", "--ready-file", readyFile, "--quiet"}, arguments...)...)
	var said said
	cmd.Stderr = &said
	t.Cleanup(func() {
		if text := said.String(); t.Failed() && text != "" {
			t.Logf("a stand-in said: %s", text)
		}
	})
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		var ready readiness
		if data, err := os.ReadFile(readyFile); err == nil && json.Unmarshal(data, &ready) == nil {
			return cmd, ready
		}
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			t.Fatalf("it does not start: %s", said.String())
		}
		time.Sleep(time.Millisecond)
	}
}

// ask sends a request and decodes an answer of 2xx.
func (w *ward) ask(method, url string, in, out any) error {
	data, err := json.Marshal(in)
	if err != nil {
		return err
	}
	q, err := http.NewRequest(method, url, bytes.NewReader(data))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(url, w.ready.Control.URL) {
		q.Header.Set("Authorization", "Bearer "+w.ready.Control.Token)
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	switch {
	case err != nil:
		return err
	case a.StatusCode/100 != 2:
		return fmt.Errorf("%s %s: %d %s", method, url, a.StatusCode, body)
	}
	return json.Unmarshal(body, out)
}

func (w *ward) register(url string) {
	var made struct{}
	if err := w.ask(http.MethodPost, w.ready.Control.URL+"/contracts/"+w.ready.Contracts[0].Name+"/endpoints", map[string]any{"url": url, "events": []string{"order.created"}}, &made); err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) receive(_ http.ResponseWriter, r *http.Request) {
	var event struct {
		ID   string
		Data killedOrder
	}
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch known := w.heard[event.Data.Ref]; {
	case known == "":
		w.heard[event.Data.Ref] = event.ID
	case known != event.ID:
		w.problem = fmt.Sprintf("the creation of %s is told as %s and as %s", event.Data.Ref, known, event.ID)
	default:
		w.twice++
	}
}

// write creates orders and changes them until the stand-in is gone.
func (w *ward) write(over chan struct{}) {
	for {
		select {
		case <-over:
			return
		default:
		}
		base := w.ready.Contracts[0].BaseURL
		w.mu.Lock()
		w.asked++
		ref := fmt.Sprint("order ", w.asked)
		w.mu.Unlock()
		var made killedOrder
		if w.ask(http.MethodPost, base+"/orders", killedOrder{Ref: ref}, &made) != nil {
			return
		}
		w.mu.Lock()
		w.acked[made.ID] = ref
		w.mu.Unlock()
		for n := 1; n < 4; n++ {
			var changed killedOrder
			if w.ask(http.MethodPut, base+"/orders/"+made.ID, killedOrder{Ref: ref, Count: n, Twin: n}, &changed) != nil {
				return
			}
			w.mu.Lock()
			w.counts[made.ID] = n
			w.mu.Unlock()
		}
	}
}

// examine looks at some of the orders that were answered, in no order.
func (w *ward) examine(some int) {
	w.t.Helper()
	for id, ref := range w.acked {
		if some--; some < 0 {
			return
		}
		var now killedOrder
		if err := w.ask(http.MethodGet, w.ready.Contracts[0].BaseURL+"/orders/"+id, nil, &now); err != nil {
			w.t.Fatalf("an order that was answered is gone: %v", err)
		}
		if now.Ref != ref || now.Count != now.Twin || now.Count < w.counts[id] {
			w.t.Fatalf("order %s is %+v; its last change that was answered set %d", id, now, w.counts[id])
		}
	}
}

// awaitEvents waits until each creation that was answered was told of.
func (w *ward) awaitEvents() {
	w.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		missing := 0
		w.mu.Lock()
		for _, ref := range w.acked {
			if w.heard[ref] == "" {
				missing++
			}
		}
		w.mu.Unlock()
		if missing == 0 {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%d of %d creations were never told of", missing, len(w.acked))
		}
		time.Sleep(10 * time.Millisecond)
	}
}
