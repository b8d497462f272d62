package mock_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/store"
)

// A lodge is a server with sandboxes.
type lodge struct {
	t      testing.TB
	server *mock.Server
	clock  *clock.Virtual
	boxes  *mock.Sandboxes
}

func newLodge(t testing.TB, o mock.Options) *lodge {
	t.Helper()
	k := clock.New(clock.Options{At: noon, Frozen: true})
	o.Clock = k
	server, _ := newServer(t, "shop.yaml", o)
	return &lodge{t, server, k, server.Sandboxes()}
}

func (l *lodge) create(o mock.SandboxOptions) *mock.Sandbox {
	l.t.Helper()
	box, err := l.boxes.Create(l.t.Context(), o)
	if err != nil {
		l.t.Fatal(err)
	}
	return box
}

// do sends a request; lines are headers.
func (l *lodge) do(method, target, body string, lines ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	l.server.ServeHTTP(w, r)
	return w
}

// names lists the items' names in a world.
func (l *lodge) names(lines ...string) string {
	var items []struct {
		Name string `json:"name"`
	}
	w := l.do("GET", "/v1/items", "", lines...)
	var wrapped map[string]json.RawMessage
	data := w.Body.Bytes()
	if json.Unmarshal(data, &wrapped) == nil {
		for _, v := range wrapped {
			if json.Unmarshal(v, &items) == nil && len(items) > 0 {
				break
			}
		}
	} else if err := json.Unmarshal(data, &items); err != nil {
		l.t.Fatalf("%d %s", w.Code, data)
	}
	var list []string
	for _, item := range items {
		list = append(list, item.Name)
	}
	return strings.Join(list, ",")
}

const inA, inB = mock.SandboxHeader + ": a", mock.SandboxHeader + ": b"

func TestSandboxesAreApart(t *testing.T) {
	l := newLodge(t, mock.Options{})
	before := l.names()
	l.create(mock.SandboxOptions{Name: "a"})
	l.create(mock.SandboxOptions{Name: "b"})
	if w := l.do("POST", "/v1/items", `{"price":1,"name":"only in a"}`, inA); w.Code != http.StatusCreated {
		t.Fatalf("create: %d %s", w.Code, w.Body)
	}
	if got := l.names(inA); !strings.Contains(got, "only in a") {
		t.Errorf("a has %s", got)
	}
	if got := l.names(inB); got != before {
		t.Errorf("b has %s, want %s", got, before)
	}
	if got := l.names(); got != before {
		t.Errorf("the server itself has %s, want %s", got, before)
	}
	box, err := l.boxes.Get("a")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(box.Server().Journal().List(mock.Query{})); n != 2 {
		t.Errorf("the journal of a has %d entries, want its own two", n)
	}
}

func TestSandboxClock(t *testing.T) {
	l := newLodge(t, mock.Options{})
	box := l.create(mock.SandboxOptions{Name: "a"})
	if _, err := box.Server().Clock().(*clock.Virtual).Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	if got, want := l.do("GET", "/v1/items", "", inA).Header().Get("Date"), noon.Add(time.Hour).Format(http.TimeFormat); got != want {
		t.Errorf("in a it is %s, want %s", got, want)
	}
	if got, want := l.do("GET", "/v1/items", "").Header().Get("Date"), noon.Format(http.TimeFormat); got != want {
		t.Errorf("outside it is %s, want %s", got, want)
	}
}

func TestWaysIntoSandboxes(t *testing.T) {
	l := newLodge(t, mock.Options{})
	l.create(mock.SandboxOptions{Name: "a"})
	l.do("POST", "/v1/items", `{"price":1,"name":"only in a"}`, inA)
	inside := func(w *httptest.ResponseRecorder) bool { return strings.Contains(w.Body.String(), "only in a") }
	for name, c := range map[string]struct {
		w    *httptest.ResponseRecorder
		want bool
	}{
		"header":                       {l.do("GET", "/v1/items", "", inA), true},
		"path":                         {l.do("GET", "/~sandbox/a/v1/items", ""), true},
		"host":                         {l.do("GET", "http://a.localhost:4010/v1/items", ""), true},
		"host of one's own":            {l.do("GET", "http://a.sandbox.example.com/v1/items", ""), true},
		"another host":                 {l.do("GET", "http://a.example.com/v1/items", ""), false},
		"a host of nobody":             {l.do("GET", "http://zoo.localhost/v1/items", ""), false},
		"nothing":                      {l.do("GET", "/v1/items", ""), false},
		"the header goes before hosts": {l.do("GET", "http://zoo.localhost/v1/items", "", inA), true},
	} {
		if inside(c.w) != c.want {
			t.Errorf("%s: %d %s", name, c.w.Code, c.w.Body)
		}
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"header": l.do("GET", "/v1/items", "", mock.SandboxHeader+": nobody"), "path": l.do("GET", "/~sandbox/nobody/v1/items", ""),
		"strange": l.do("GET", "/v1/items", "", mock.SandboxHeader+": ../../etc"), "empty": l.do("GET", "/v1/items", "", mock.SandboxHeader+": "),
	} {
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "sandbox") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	w := l.do("POST", "/~sandbox/a/v1/items", `{"price":1,"name":"second"}`)
	if got := w.Header().Get("Location"); !strings.HasPrefix(got, "/~sandbox/a/v1/items/") {
		t.Errorf("the new item is at %q: a client that goes there leaves the sandbox", got)
	}
}

func TestAutoSandboxes(t *testing.T) {
	l := newLodge(t, mock.Options{AutoSandboxes: true})
	if w := l.do("GET", "/v1/items", "", inA); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := l.do("GET", "/v1/items", "", mock.SandboxHeader+": -x-"); w.Code != http.StatusBadRequest {
		t.Errorf("a bad name: %d %s", w.Code, w.Body)
	}
}

func TestIdleSandboxes(t *testing.T) {
	l := newLodge(t, mock.Options{})
	l.create(mock.SandboxOptions{Name: "a", Idle: time.Minute})
	l.create(mock.SandboxOptions{Name: "b", Idle: -1})
	advance := func(d time.Duration) {
		if _, err := l.clock.Advance(d); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 { // each use gives it another minute
		advance(59 * time.Second)
		if w := l.do("GET", "/v1/items", "", inA); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	advance(time.Minute)
	if w := l.do("GET", "/v1/items", "", inA); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "nobody had used it for 1m0s") {
		t.Errorf("%d %s: it must say that it was dropped, and why", w.Code, w.Body)
	}
	advance(1000 * time.Hour)
	if w := l.do("GET", "/v1/items", "", inB); w.Code != http.StatusOK {
		t.Errorf("one that stays: %d %s", w.Code, w.Body)
	}
}

func TestKeyedSandbox(t *testing.T) {
	k := clock.New(clock.Options{At: noon, Frozen: true})
	server, _ := newServer(t, "secured.yaml", mock.Options{Auth: mock.Enforce, Clock: k})
	var keys []string
	for _, name := range []string{"a", "b"} {
		box, err := server.Sandboxes().Create(t.Context(), mock.SandboxOptions{Name: name, Keyed: true})
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, box.Key)
	}
	if keys[0] == keys[1] {
		t.Fatal("two sandboxes have the same key")
	}
	for i, name := range []string{"a", "b"} {
		r := httptest.NewRequest("GET", "http://stand-in.example/v1/header", nil)
		r.Header.Set("X-Key", keys[i])
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		box, err := server.Sandboxes().Get(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(box.Server().Journal().List(mock.Query{})); w.Code != http.StatusOK || n != 1 {
			t.Errorf("%s: %d, %d requests in its journal", name, w.Code, n)
		}
	}
}

func TestSnapshots(t *testing.T) {
	l := newLodge(t, mock.Options{})
	start := l.names()
	l.do("POST", "/v1/items", `{"price":1,"name":"first"}`)
	if _, err := l.boxes.Save("one", ""); err != nil {
		t.Fatal(err)
	}
	one := l.names()
	l.do("POST", "/v1/items", `{"price":1,"name":"second"}`)
	l.create(mock.SandboxOptions{Name: "a", Snapshot: "one"})
	if got := l.names(inA); got != one {
		t.Errorf("the fork of one has %s, want %s", got, one)
	}
	var file bytes.Buffer
	if err := l.boxes.Export(t.Context(), "one", &file); err != nil {
		t.Fatal(err)
	}
	other := newLodge(t, mock.Options{})
	if _, err := other.boxes.Import(t.Context(), "", bytes.NewReader(file.Bytes()), false); err != nil {
		t.Fatal(err)
	}
	if err := other.boxes.Restore(t.Context(), "one", "", true); err != nil {
		t.Fatal(err)
	}
	if got := other.names(); got != one {
		t.Errorf("another server has %s, want %s", got, one)
	}
	if err := l.boxes.Restore(t.Context(), "start", "", false); err != nil {
		t.Fatal(err)
	}
	if got := l.names(); got != start {
		t.Errorf("restored to the start it has %s, want %s", got, start)
	}
	for name, err := range map[string]error{
		"restore of nothing": l.boxes.Restore(t.Context(), "two", "", false), "export of nothing": l.boxes.Export(t.Context(), "two", &file),
		"forget nothing": l.boxes.Forget("two"), "forget the start": l.boxes.Forget("start"), "save as start": second(l.boxes.Save("start", "")),
		"bad name": second(l.boxes.Save("a b", "")), "of nobody": second(l.boxes.Save("x", "nobody")),
		"fork of nothing": second(l.boxes.Create(t.Context(), mock.SandboxOptions{Name: "z", Snapshot: "two"})),
		"taken":           second(l.boxes.Create(t.Context(), mock.SandboxOptions{Name: "a"})),
		"garbage":         second(l.boxes.Import(t.Context(), "x", strings.NewReader("{}\n"), false)),
		"cut off":         second(l.boxes.Import(t.Context(), "x", bytes.NewReader(file.Bytes()[:file.Len()/2]), false)),
	} {
		if err == nil {
			t.Errorf("%s is no error", name)
		}
	}
	foreign, _ := newServer(t, "templates.yaml", mock.Options{Clock: l.clock})
	if _, err := foreign.Sandboxes().Import(t.Context(), "", bytes.NewReader(file.Bytes()), true); err == nil {
		t.Error("another contract took the snapshot")
	}
}

func second[T any](_ T, err error) error { return err }

// TestTwoHundredSandboxes works in 200 sandboxes at once: each ends with what was done in it and nothing else.
func TestTwoHundredSandboxes(t *testing.T) {
	l := newLodge(t, mock.Options{})
	start := l.names()
	var all sync.WaitGroup
	failed := make(chan string, 200)
	for i := range 200 {
		all.Go(func() {
			name := fmt.Sprint("box-", i)
			if _, err := l.boxes.Create(t.Context(), mock.SandboxOptions{Name: name}); err != nil {
				failed <- err.Error()
				return
			}
			header := mock.SandboxHeader + ": " + name
			want := start
			for j := range 5 {
				item := fmt.Sprintf("%d-%d", i, j)
				if w := l.do("POST", "/v1/items", `{"price":1,"name":"`+item+`"}`, header); w.Code != http.StatusCreated {
					failed <- fmt.Sprint(name, ": ", w.Code, w.Body)
					return
				}
				want = strings.TrimPrefix(want+","+item, ",")
			}
			if got := l.names(header); got != want {
				failed <- fmt.Sprintf("%s has %s, want %s", name, got, want)
			}
			if i%2 == 0 {
				if err := l.boxes.Drop(name); err != nil {
					failed <- err.Error()
				}
			}
		})
	}
	all.Wait()
	close(failed)
	for text := range failed {
		t.Error(text)
	}
	if got := l.names(); got != start {
		t.Errorf("the server itself has %s, want %s", got, start)
	}
	if n := len(l.boxes.List()); n != 100 {
		t.Errorf("%d sandboxes are left, want 100", n)
	}
	if _, err := l.boxes.Get("box-0"); !errors.Is(err, mock.ErrNoSandbox) {
		t.Errorf("a dropped one: %v", err)
	}
}

// BenchmarkFork makes a sandbox out of a snapshot with 10,000 items, and tells what it holds.
func BenchmarkFork(b *testing.B) {
	k := clock.New(clock.Options{At: noon, Frozen: true})
	server, _ := newServer(b, "shop.yaml", mock.Options{Clock: k, Store: store.NewMemory()})
	for i := range 10_000 {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/v1/items", strings.NewReader(fmt.Sprintf(`{"price":1,"name":"item %d"}`, i)))
		r.Header.Set("Content-Type", "application/json")
		server.ServeHTTP(w, r)
		if w.Code != http.StatusCreated {
			b.Fatal(w.Code, w.Body)
		}
	}
	boxes := server.Sandboxes()
	if _, err := boxes.Save("full", ""); err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		if n%9000 == 8999 {
			b.StopTimer()
			for _, box := range boxes.List() {
				if err := boxes.Drop(box.Name); err != nil {
					b.Fatal(err)
				}
			}
			b.StartTimer()
		}
		if _, err := boxes.Create(b.Context(), mock.SandboxOptions{Name: fmt.Sprint("box-", n), Snapshot: "full", Idle: -1}); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := len(boxes.List()); held > 0 {
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(held)/1024, "KiB/fork")
	}
}

// TestResetOfASandbox returns one to the snapshot that it was forked from, not to the start of the server, and its key leads to
// it afterwards as before.
func TestResetOfASandbox(t *testing.T) {
	l := newLodge(t, mock.Options{})
	l.do("POST", "/v1/items", `{"name":"in the snapshot"}`)
	if _, err := l.boxes.Save("one", ""); err != nil {
		t.Fatal(err)
	}
	box := l.create(mock.SandboxOptions{Name: "a", Snapshot: "one"})
	want := l.names(inA)
	l.do("POST", "/v1/items", `{"name":"behind it"}`, inA)
	if err := box.Server().Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := l.names(inA); got != want {
		t.Errorf("after its reset the sandbox has %s, want %s", got, want)
	}

	server, _ := newServer(t, "secured.yaml", mock.Options{Auth: mock.Enforce})
	keyed, err := server.Sandboxes().Create(t.Context(), mock.SandboxOptions{Name: "a", Keyed: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := keyed.Server().Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "http://stand-in.example/v1/header", nil)
	r.Header.Set("X-Key", keyed.Key)
	w := httptest.NewRecorder()
	if server.ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Errorf("its key is answered with %d %s", w.Code, w.Body)
	}
}

// TestDroppedSandboxesLeaveNothing looks for what would hold a dropped sandbox in memory, and for requests by its host name
// that would go to another world.
func TestDroppedSandboxesLeaveNothing(t *testing.T) {
	l := newLodge(t, mock.Options{})
	for i := range 5 { // one name twice is one grave
		name := fmt.Sprint("box-", i%4)
		l.create(mock.SandboxOptions{Name: name})
		if err := l.boxes.Drop(name); err != nil {
			t.Fatal(err)
		}
	}
	if waiting := l.clock.Pending(); len(waiting) != 0 {
		t.Errorf("%d calls wait still: %v", len(waiting), waiting)
	}
	if w := l.do("GET", "http://box-1.localhost/v1/items", ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "it was dropped") {
		t.Errorf("by its host name: %d %s", w.Code, w.Body)
	}
	if w := l.do("GET", "http://zoo.localhost/v1/items", ""); w.Code != http.StatusOK {
		t.Errorf("a host of nobody: %d %s", w.Code, w.Body)
	}
}
