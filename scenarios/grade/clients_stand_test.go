package grade_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
	"understudy/scenarios"
	"understudy/scenarios/grade"
)

// quayContract is the API that the clients of testdata call.
var quayContract = sync.OnceValues(func() (*contracts.Contract, error) {
	return contracts.Load(context.Background(), filepath.Join("testdata", "quay.yaml"), contracts.Options{})
})

// A quay is a stand-in for it, with its management API, both on sockets and in real time.
type quay struct {
	t       *testing.T
	server  *mock.Server
	url     string // of the API, with its base path
	control string
	key     string // that the client holds
}

// openQuay starts one with a key of some scopes.
func openQuay(t *testing.T, scopes ...string) *quay {
	t.Helper()
	c, err := quayContract()
	if err != nil {
		t.Fatal(err)
	}
	q := &quay{t: t}
	if q.server, err = mock.New(t.Context(), mock.Options{Contract: c, Clock: clock.New(clock.Options{}), Seed: 3, Secret: [32]byte{7}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.server.Webhooks().Stop)
	listener, err := mock.Listen(t.Context(), "127.0.0.1:0", q.server, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close(context.WithoutCancel(t.Context())) })
	q.url = listener.URL() + "/v1"
	handler := control.New(control.Options{Clock: q.server.Clock()})
	handler.Add("quay", q.url, func() *mock.Server { return q.server })
	handler.Ready()
	api := httptest.NewServer(handler)
	t.Cleanup(api.Close)
	q.control = api.URL
	q.key = q.makeKey("key", scopes)
	return q
}

func (q *quay) makeKey(class string, scopes []string) string {
	var made struct {
		Text string `json:"text"`
	}
	q.order("/keys", map[string]any{"class": class, "name": "Integration", "scopes": scopes}, &made)
	return made.Text
}

// order sends something to the management API, which must make it.
func (q *quay) order(path string, body, into any) {
	q.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		q.t.Fatal(err)
	}
	answer, err := http.Post(q.control+"/contracts/quay"+path, "application/json", bytes.NewReader(text))
	if err != nil {
		q.t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusCreated && answer.StatusCode != http.StatusOK {
		q.t.Fatalf("POST %s %s: %d %s %v", path, text, answer.StatusCode, got, err)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(got, into); err != nil {
		q.t.Fatalf("POST %s: %v: %s", path, err, got)
	}
}

// faults orders trouble, as the command line writes it.
func (q *quay) faults(list []string) {
	q.t.Helper()
	for _, text := range list {
		faults, err := contracts.ParseFaults(text)
		if err != nil {
			q.t.Fatal(err)
		}
		for _, f := range faults {
			q.order("/faults", f, nil)
		}
	}
}

// builtIn is the folder of the program; empty: it was not built.
var builtIn string

// goClients is the program of testdata/clients, built once.
var goClients = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "clients")
	if err != nil {
		return "", err
	}
	builtIn = folder
	name := filepath.Join(folder, "clients")
	build := exec.Command("go", "build", "-trimpath", "-o", name, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Dir = filepath.Join("testdata", "clients")
	out, err := build.CombinedOutput()
	if err != nil {
		return "", &buildError{string(out)}
	}
	return name, nil
})

type buildError struct{ text string }

func (e *buildError) Error() string { return "build the clients: " + e.text }

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "6"); err != nil { // clients wait most of the time
		panic(err)
	}
	status := m.Run()
	if builtIn != "" {
		_ = os.RemoveAll(builtIn)
	}
	os.Exit(status)
}

// run lets a client do its tasks, and events come to it where it receives. It gives the exit status.
func (q *quay) run(ctx context.Context, test *clientTest, archive string) int {
	q.t.Helper()
	var cmd *exec.Cmd
	if test.node {
		cmd = exec.CommandContext(ctx, "node", append([]string{filepath.Join("testdata", "clients", "clients.mjs"), test.variant}, strings.Fields(test.tasks)...)...)
	} else {
		name, err := goClients()
		if err != nil {
			q.t.Fatal(err)
		}
		cmd = exec.CommandContext(ctx, name, append([]string{test.variant}, strings.Fields(test.tasks)...)...)
	}
	cmd.Env = append(os.Environ(), "QUAY_BASE_URL="+q.url, "QUAY_TEST_KEY="+q.makeKey("test-key", []string{"bookings:read"}), "QUAY_API_KEY="+q.key, "QUAY_EMAIL=ada@tern.example", "QUAY_PASSWORD=kettle-anchor-violin", "QUAY_HAR="+archive)
	if archive != "" {
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
		q.t.Cleanup(other.Close)
		cmd.Env = append(cmd.Env, "QUAY_ELSEWHERE="+other.URL)
	}
	var problems bytes.Buffer
	cmd.Stderr = &problems
	in, err := cmd.StdinPipe()
	if err != nil {
		q.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		q.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		q.t.Fatal(err)
	}
	if len(test.events) > 0 {
		if _, err := io.ReadFull(out, make([]byte, len("ready\n"))); err != nil {
			q.t.Fatalf("the receiver does not come: %v %s", err, &problems)
		}
		q.tell(ctx, test.events)
	}
	_ = in.Close()
	_, _ = io.Copy(io.Discard, out)
	err = cmd.Wait()
	if cmd.ProcessState.ExitCode() > 1 || cmd.ProcessState.ExitCode() < 0 {
		q.t.Fatalf("%v %s", err, &problems)
	}
	if problems.Len() > 0 {
		q.t.Log(strings.TrimSpace(problems.String()))
	}
	return cmd.ProcessState.ExitCode()
}

// recording reads what the stand-in saw, or the client wrote down itself.
func (q *quay) recording(ctx context.Context, test *clientTest, status int, archive string) *grade.Recording {
	q.t.Helper()
	c, err := quayContract()
	if err != nil {
		q.t.Fatal(err)
	}
	if archive != "" {
		file, err := os.Open(archive)
		if err != nil {
			q.t.Fatal(err)
		}
		defer file.Close()
		rec, err := grade.FromHAR([]grade.Archive{{Name: "client.har", File: file}}, c, grade.HAROptions{Key: []byte("a key"), Targets: []string{q.url}})
		if err != nil {
			q.t.Fatal(err)
		}
		return rec
	}
	management, err := scenarios.NewControl(q.control, "", "quay", nil)
	if err != nil {
		q.t.Fatal(err)
	}
	rec, err := grade.FromJournal(ctx, management, c, grade.JournalOptions{Drills: test.drills, Ended: time.Now()})
	if err != nil {
		q.t.Fatal(err)
	}
	rec.ExitCode = &status
	return rec
}

// tell sends events, each with its misbehaviour, and waits until all deliveries are finished.
func (q *quay) tell(ctx context.Context, kinds []string) {
	q.t.Helper()
	for i, kind := range kinds {
		body := map[string]any{"type": "booking.created", "data": map[string]any{"id": fmt.Sprintf("bkg_%02d", i+1), "ship": "Skua", "days": 1 + i}}
		if kind != "good" {
			body["misbehaviour"] = []any{map[string]any{"kind": kind}}
		}
		q.order("/events", body, nil)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		var all struct {
			Deliveries []struct {
				State string `json:"state"`
			} `json:"deliveries"`
		}
		answer, err := http.Get(q.control + "/contracts/quay/deliveries?limit=200")
		if err != nil {
			q.t.Fatal(err)
		}
		err = json.NewDecoder(answer.Body).Decode(&all)
		_ = answer.Body.Close()
		if err != nil {
			q.t.Fatal(err)
		}
		open := 0
		for _, d := range all.Deliveries {
			if d.State == "pending" || d.State == "held" || d.State == "sending" {
				open++
			}
		}
		if open == 0 && len(all.Deliveries) > 0 {
			return
		}
		select {
		case <-ctx.Done():
			q.t.Fatalf("%d of %d deliveries are not finished", open, len(all.Deliveries))
		case <-time.After(50 * time.Millisecond):
		}
	}
}
