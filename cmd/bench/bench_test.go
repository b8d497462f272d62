package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestDriveCountsEveryAnswer(t *testing.T) {
	var bodies = make(chan string, 100)
	handler := bare(constant{Status: http.StatusCreated, Header: http.Header{"Content-Type": {"text/plain"}, "X-Other": {"1"}}, Body: make([]byte, 70_000)}) // larger than a client's first buffer
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		bodies <- string(body)
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	c := call{method: "POST", path: "/x", contentType: "text/plain", body: "word %s"}
	l := load{address: address, status: 201, connections: 3, count: 10, requests: [][]byte{c.bytes(address, "/base", "one"), c.bytes(address, "/base", "two")}}
	r, err := l.drive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.requests != 10 || len(bodies) != 10 {
		t.Errorf("%d requests counted, %d arrived; want 10", r.requests, len(bodies))
	}
	close(bodies)
	seen := map[string]int{}
	for body := range bodies {
		seen[body]++
	}
	if seen["word one"] == 0 || seen["word two"] == 0 || len(seen) != 2 {
		t.Errorf("bodies %v", seen)
	}
	if r.p99() <= 0 || r.rate() <= 0 {
		t.Errorf("p99 %v, rate %v", r.p99(), r.rate())
	}
}

func TestDriveRefusesAnotherStatus(t *testing.T) {
	server := httptest.NewServer(bare(constant{Status: http.StatusNotFound, Body: []byte("no!")}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	l := load{address: address, status: 200, connections: 1, count: 1, requests: [][]byte{call{method: "GET", path: "/"}.bytes(address, "", "")}}
	if _, err := l.drive(t.Context()); err == nil || !strings.Contains(err.Error(), "status 404, not 200") {
		t.Errorf("error %v", err)
	}
}

func TestReadHead(t *testing.T) {
	for _, c := range []struct {
		head           string
		status, length int
		bad            bool
	}{
		{"HTTP/1.1 200 OK\r\nContent-Length: 17\r\nDate: x\r\n\r\n", 200, 17, false},
		{"HTTP/1.1 204 No Content\r\n\r\n", 204, 0, false},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 0, true},
		{"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", 0, 0, true},
		{"garbage", 0, 0, true},
	} {
		status, length, err := readHead([]byte(c.head))
		if (err != nil) != c.bad || err == nil && (status != c.status || length != c.length) {
			t.Errorf("%q: %d, %d, %v", c.head, status, length, err)
		}
	}
}

func TestProcFiles(t *testing.T) {
	fields, err := statFields("12 (a (strange) name) S 1 2 3 4 5 6 7 8 9 10 31 11 0 0")
	if err != nil || fields[0] != "S" || fields[11] != "31" || fields[12] != "11" {
		t.Errorf("fields %v, error %v", fields, err)
	}
	if _, err := statFields("nothing"); err == nil {
		t.Error("nothing was read as times")
	}
	n, err := statusLine("VmHWM:\t  900 kB\nVmRSS:\t  512 kB\n", "VmRSS")
	if err != nil || n != 512<<10 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := statusLine("", "VmRSS"); err == nil {
		t.Error("a missing line was read")
	}
}

// TestOwnTimes reads this process, which has spent some time by now.
func TestOwnTimes(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("no /proc here: the figures are for Linux")
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	p := &process{command: &exec.Cmd{Process: self}}
	if resident, err := p.memory("VmRSS"); err != nil || resident < 1<<20 {
		t.Errorf("%d bytes resident, %v", resident, err)
	}
	if _, err := p.cpu(); err != nil || !p.alive() {
		t.Errorf("times: %v, alive %v", err, p.alive())
	}
}

func TestMedians(t *testing.T) {
	if m := median([]int{9, 1, 5}); m != 5 {
		t.Errorf("median %d", m)
	}
	if m := median([]time.Duration(nil)); m != 0 {
		t.Errorf("median of none %v", m)
	}
	ours := []side{{rate: 50}, {rate: 10}, {rate: 90}}
	bare := []side{{rate: 100}, {rate: 100}, {rate: 100}}
	if r := ratios(ours, bare, func(s side) float64 { return s.rate }); r != 0.5 {
		t.Errorf("ratio %v", r)
	}
}

func TestMarkdownMarksBrokenBudgets(t *testing.T) {
	f := &figures{
		settings: settings{rounds: 5, connections: 16, duration: time.Second}, machine: "a machine", missing: []string{"GitHub"},
		comparisons: []*comparison{{subject: "petstore", scene: "GET one", budget: budget{1.6, 0.65}, cpu: 1.7, rate: 0.66, p99: 1}},
		starts:      []*start{{subject: "petstore", ready: 40 * time.Millisecond, budget: 30 * time.Millisecond, resident: 20 << 20, residentBudget: 25 << 20}},
		share:       &share{with: 100, without: 90}, fork: &forking{items: 10, took: 2 * time.Millisecond, bytes: 100}, binary: 50_000_000,
		deliveries: &pace{share: 0.4, cpuShare: 0.45}, judge: &pace{share: 0.31},
		growth: &growth{items: []int{1000, 2000}, scenes: []string{"GET one"}, cpu: [][]time.Duration{{10_000, 15_000}}, resident: []int64{1 << 20, 2 << 20}},
	}
	text := f.markdown()
	for _, want := range []string{"not there: GitHub", "| **1.70** |", "| 0.66 |", "| **40 ms** |", "| 20.0 MiB |", "| 10.0 µs | 15.0 µs | 1.50 |",
		"6 of 12 are kept", "- petstore, GET one: CPU: 1.70 × bare, where the budget is ≤ 1.6.", "| deliveries a second | **40 % of a bare client's** | ≥ 50 % | **missed** |",
		"| judged exchanges a second | 31 % of a bare client's | ≥ 30 % | kept |", "| the binary | **50.0 MB** | ≤ 40.0 MB | **missed** |", "**2000.0 µs**"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

func TestParse(t *testing.T) {
	program := t.TempDir() + "/understudy"
	if err := os.WriteFile(program, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := parse([]string{"--understudy", program, "--only", "Petstore,growth", "--rounds", "1", "--seconds", "0.1", "--items", "1000,5000"})
	if err != nil {
		t.Fatal(err)
	}
	if !s.wants("petstore") || s.wants("stripe") || s.out != "" || s.duration != 100*time.Millisecond || len(s.items) != 2 {
		t.Errorf("settings %+v", s)
	}
	for _, bad := range [][]string{{"--understudy", program + "x"}, {"--understudy", program, "--rounds", "0"}, {"--understudy", program, "--items", "7"}} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
}

func TestSoakVerdicts(t *testing.T) {
	flat, growing := make([]sight, 30), make([]sight, 30)
	for i := range flat {
		flat[i] = sight{resident: 100 << 20, heap: int64(40+i%9) << 20, goroutines: 30, files: 20}
		growing[i] = flat[i]
		growing[i].goroutines += int64(10 * i)
		growing[i].files += 10 * i
	}
	if got := strings.Join(judgeSights(flat), " "); strings.Contains(got, "grows") || strings.Count(got, "is flat") != 4 {
		t.Error(got)
	}
	if got := strings.Join(judgeSights(growing), " "); strings.Count(got, "grows") != 2 {
		t.Error(got)
	}
	if got := judgeSights(flat[:2]); len(got) != 1 || !strings.Contains(got[0], "too short") {
		t.Error(got)
	}
}

// TestMixture counts what the load of a soak is made of: as many items go as come, and nothing is asked for that is not there.
func TestMixture(t *testing.T) {
	m := &mixture{sub: &subjects[0]}
	kinds, held := map[int]int{}, 0
	var ids []string
	for n := range 10_000 {
		q := m.next(n, ids)
		kinds[q.kind]++
		switch q.kind {
		case created:
			ids = append(ids, "1")
		case deleted:
			if len(ids) == 0 {
				t.Fatal("an item is deleted that is not there")
			}
			ids = ids[1:]
		}
		held = max(held, len(ids))
	}
	if held > kept || len(kinds) != sandboxed+1 {
		t.Errorf("%d items held, kinds %v", held, kinds)
	}
}
