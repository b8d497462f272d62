package mocktest_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/mocktest"
	"understudy/mock/resource"
	"understudy/mock/store"
	"understudy/mock/store/file"
)

// A recorder is a test that writes down what it is told.
type recorder struct {
	testing.TB
	ctx context.Context

	mu       sync.Mutex
	failed   bool
	told     []string
	cleanups []func()
}

// record runs f as a test of its own and gives what was reported to it.
func record(t *testing.T, f func(t testing.TB)) *recorder {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &recorder{TB: t, ctx: ctx}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			cancel()
			for _, end := range slices.Backward(r.cleanups) {
				end()
			}
		}()
		f(r)
	}()
	<-done
	return r
}

func (r *recorder) Helper()                  {}
func (r *recorder) Name() string             { return "TestRecorded" }
func (r *recorder) Context() context.Context { return r.ctx }
func (r *recorder) Failed() bool             { return r.failed }
func (r *recorder) Cleanup(f func())         { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Log(args ...any)          { r.tell(fmt.Sprint(args...)) }
func (r *recorder) Logf(f string, a ...any)  { r.tell(fmt.Sprintf(f, a...)) }
func (r *recorder) Fatal(args ...any)        { r.failed = true; r.tell(fmt.Sprint(args...)); runtime.Goexit() }
func (r *recorder) Errorf(f string, a ...any) {
	r.failed = true
	r.tell(fmt.Sprintf(f, a...))
}

func (r *recorder) Fatalf(f string, a ...any) {
	r.Errorf(f, a...)
	runtime.Goexit()
}

func (r *recorder) tell(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, text)
}

func (r *recorder) text() string { return strings.Join(r.told, "\n") }

func read(t *testing.T, client *http.Client, address string) (status int, body string) {
	t.Helper()
	answer, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(data)
}

// TestStart starts contracts of all kinds and calls each.
func TestStart(t *testing.T) {
	document, err := os.ReadFile("testdata/petshop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		api  func(t *testing.T) *mocktest.StandIn
		path string
	}{
		"built in":   {func(t *testing.T) *mocktest.StandIn { return mocktest.Start(t, "ecoevents") }, "/v1/events"},
		"a file":     {func(t *testing.T) *mocktest.StandIn { return mocktest.Start(t, "testdata/petshop.yaml") }, "/pets"},
		"a document": {func(t *testing.T) *mocktest.StandIn { return mocktest.StartDocument(t, document) }, "/pets"},
		"TLS":        {func(t *testing.T) *mocktest.StandIn { return mocktest.Start(t, "ecoevents", mocktest.WithTLS()) }, "/v1/events"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := c.api(t)
			if status, body := read(t, api.Client(), api.URL()+c.path); status != 200 {
				t.Errorf("%d %s", status, body)
			}
			if status, _ := read(t, api.Client(mocktest.Anonymous), api.URL()+c.path); status != 401 {
				t.Errorf("anonymous: %d", status)
			}
		})
	}
}

// TestEnd: nothing listens when the test is over, also where connections are open that nobody has used.
func TestEnd(t *testing.T) {
	var addresses []string
	begin := time.Now()
	t.Run("inside", func(t *testing.T) {
		api := mocktest.Start(t, "testdata/petshop.yaml")
		api.Endpoint()
		read(t, http.DefaultClient, api.URL()+"/pets")
		addresses = []string{api.URL(), api.ControlURL(), api.Endpoint().URL}
	})
	for _, address := range addresses {
		if answer, err := http.Get(address); err == nil {
			_ = answer.Body.Close()
			t.Errorf("%s answers %s after the test", address, answer.Status)
		}
	}
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("it took %s to end", took)
	}
}

// TestRefusals: what cannot be started ends the test and says what is wrong.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		start func(t testing.TB)
		want  string
	}{
		"unknown":         {func(t testing.TB) { mocktest.Start(t, "nobody") }, "neither built in"},
		"no document":     {func(t testing.TB) { mocktest.StartDocument(t, []byte("a: shop\n")) }, "openapi.yaml"},
		"overlay missing": {func(t testing.TB) { mocktest.Start(t, "ecoevents", mocktest.WithOverlay("nobody.yaml")) }, "nobody.yaml"},
		"overlay unfit": {func(t testing.TB) {
			mocktest.Start(t, "ecoevents", mocktest.WithOverlayText("overlay: 1.0.0\ninfo: {title: a, version: b}\nactions: [{target: $, update: {x-understudy: {nonsense: 1}}}]\n"))
		}, "nonsense"},
		"item unfit": {func(t testing.TB) { mocktest.Start(t, "ecoevents", mocktest.WithItems("/v1/events", 7)) }, "JSON object"},
		"no such list": {func(t testing.TB) {
			mocktest.Start(t, "ecoevents", mocktest.WithItems("/v1/nothing", map[string]any{}))
		}, "/v1/nothing"},
		"fixed clock": {func(t testing.TB) {
			mocktest.Start(t, "ecoevents", mocktest.WithOptions(func(o *mock.Options) { o.Clock = clock.Real{} }))
		}, "can be moved"},
		"credential": {func(t testing.TB) { mocktest.Start(t, "ecoevents").Credential("NOBODY") }, "ECOEVENTS_API_KEY"},
		"scope":      {func(t testing.TB) { mocktest.Start(t, "ecoevents").Key("nobody:knows") }, "nobody:knows"},
		"fault":      {func(t testing.TB) { mocktest.Start(t, "ecoevents").Fault("statu=503") }, "statu"},
		"collection": {func(t testing.TB) { mocktest.Start(t, "ecoevents").Items("/v1/nothing") }, "/v1/events"},
		"put": {func(t testing.TB) {
			t.Log(mocktest.Start(t, "testdata/petshop.yaml").Put("/pets/rex", map[string]any{"legs": 700}))
		}, "legs"},
		"operation": {func(t testing.TB) { mocktest.Start(t, "ecoevents").Calls("nobody") }, "listEvents"},
		"event":     {func(t testing.TB) { mocktest.Start(t, "ecoevents").Send("nobody", nil) }, "nobody"},
		"backwards": {func(t testing.TB) { mocktest.Start(t, "ecoevents").Advance(-time.Hour) }, "negative"},
		"check": {func(t testing.TB) {
			mocktest.Start(t, "ecoevents", mocktest.WithoutChecks("NO-999")).Expect().GET("/v1/events").Expect()
		}, "NO-999"},
		"sandbox": {func(t testing.TB) {
			mocktest.Start(t, "ecoevents", mocktest.WithOptions(func(o *mock.Options) { o.Store = struct{ store.Store }{store.NewMemory()} })).Sandbox(t)
		}, "memory store"},
		"sandbox of a sandbox": {func(t testing.TB) { mocktest.Start(t, "ecoevents").Sandbox(t).Sandbox(t) }, "sandbox"},
	} {
		t.Run(name, func(t *testing.T) {
			r := record(t, c.start)
			if !r.failed || !strings.Contains(r.text(), c.want) {
				t.Errorf("failed %t: %s", r.failed, r.text())
			}
		})
	}
}

// TestOptions: each option does what it says.
func TestOptions(t *testing.T) {
	t.Run("seed", func(t *testing.T) {
		at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
		list := func(seed uint64) string {
			api := mocktest.Start(t, "ecoevents", mocktest.WithSeed(seed), mocktest.WithClock(at))
			_, body := read(t, api.Client(), api.URL()+"/v1/vendors")
			return body + api.Credential("ECOEVENTS_API_KEY")
		}
		seven := list(7)
		if again := list(7); again != seven {
			t.Errorf("equal seeds give different values:\n%s\n%s", seven, again)
		}
		if seven == list(8) {
			t.Error("different seeds give equal credentials")
		}
	})
	t.Run("overlay", func(t *testing.T) {
		api := mocktest.Start(t, "testdata/petshop.yaml", mocktest.WithOverlay("testdata/shop.overlay.yaml"))
		for _, want := range []int{200, 200, 429} {
			if status, body := read(t, api.Client(), api.URL()+"/pets"); status != want {
				t.Errorf("%d, want %d: %s", status, want, body)
			}
		}
		api.Advance(time.Minute)
		if status, _ := read(t, api.Client(), api.URL()+"/pets"); status != 200 {
			t.Errorf("a minute later: %d", status)
		}
		free := mocktest.Start(t, "testdata/petshop.yaml", mocktest.WithOverlay("testdata/shop.overlay.yaml"), mocktest.WithLimits(mock.Ignore))
		for range 4 {
			if status, _ := read(t, free.Client(), free.URL()+"/pets"); status != 200 {
				t.Errorf("without limits: %d", status)
			}
		}
	})
	t.Run("items", func(t *testing.T) {
		api := mocktest.Start(t, "testdata/petshop.yaml", mocktest.WithSeedFile("testdata/seed.yaml"),
			mocktest.WithItems("/pets", map[string]any{"id": "tom", "name": "Tom"}, struct {
				ID   string `json:"id"`
				Name string `json:"name"`
			}{"ida", "Ida"}))
		for id, want := range map[string]string{"rex": "Rex", "tom": "Tom", "ida": "Ida"} {
			if got := api.Item("/pets/" + id)["name"]; got != want {
				t.Errorf("%s is %v", id, got)
			}
		}
	})
	t.Run("auth, validation and state", func(t *testing.T) {
		api := mocktest.Start(t, "testdata/petshop.yaml", mocktest.WithAuth(mock.Ignore), mocktest.WithValidation(mock.Ignore), mocktest.WithState(resource.Invent))
		if status, body := read(t, http.DefaultClient, api.URL()+"/pets/anybody"); status != 200 {
			t.Errorf("%d %s", status, body)
		}
		api.Expect(mocktest.Anonymous).POST("/pets").WithJSON(map[string]any{"name": "", "legs": 101}).Expect().Status(201)
	})
	t.Run("clock", func(t *testing.T) {
		at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
		still := mocktest.Start(t, "ecoevents", mocktest.WithClock(at))
		still.Expect().GET("/v1/events").Expect().Header("Date").IsEqual("Sat, 31 Jan 2026 12:00:00 GMT")
		if still.Now() != at {
			t.Errorf("it shows %s", still.Now())
		}
		if rate := mocktest.Start(t, "ecoevents", mocktest.WithClockFrom(at)).Clock().Rate(); rate != 1 {
			t.Errorf("it goes at %v", rate)
		}
	})
	t.Run("name, store, log and options", func(t *testing.T) {
		opened, err := file.Open(t.TempDir()+"/state", file.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = opened.Close() }()
		kept, err := opened.Store("zoo")
		if err != nil {
			t.Fatal(err)
		}
		r := record(t, func(tb testing.TB) {
			api := mocktest.Start(tb, "testdata/petshop.yaml", mocktest.WithName("zoo"), mocktest.WithStore(kept), mocktest.WithExchangesShown(0),
				mocktest.WithOptions(func(o *mock.Options) { o.Reasons = true }))
			answer, err := http.Get(api.URL() + "/pets")
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.Header.Get("Understudy-Reason") == "" || api.Server().Contract().Name != "zoo" {
				t.Errorf("%v %s", answer.Header, api.Server().Contract().Name)
			}
			api.Put("/pets/rex", map[string]any{"name": "Rex"})
			tb.Errorf("over")
		})
		if r.text() != "over" {
			t.Errorf("exchanges are shown all the same: %s", r.text())
		}
		api := mocktest.Start(t, "testdata/petshop.yaml", mocktest.WithName("zoo"), mocktest.WithStore(kept), mocktest.WithLog(slog.LevelWarn))
		if api.Item("/pets/rex")["name"] != "Rex" {
			t.Errorf("the store holds %v", api.Items("/pets"))
		}
	})
}

// TestRemembered: a contract is loaded again when its file has changed, and shared when it has not.
func TestRemembered(t *testing.T) {
	text, err := os.ReadFile("testdata/petshop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	name := t.TempDir() + "/shop.yaml"
	write := func(text string) *mocktest.StandIn {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return mocktest.Start(t, name)
	}
	one, two := write(string(text)), write(string(text))
	if one.Server().Contract() != two.Server().Contract() {
		t.Error("it is compiled twice")
	}
	three := write(strings.Replace(string(text), "A pet shop", "Another shop", 1))
	if three.Server().Contract().Title != "Another shop" {
		t.Error("the file has changed and the old contract is served")
	}
}

// BenchmarkStart is what one more test costs.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		mocktest.Start(b, "ecoevents")
	}
}
