package mock_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock"
	"understudy/mock/clock"
)

var update = flag.Bool("update", false, "rewrite golden files")

// A faultCase is one kind of trouble, what is sent, and what a client must make of it whichever it is.
type faultCase struct {
	name    string
	order   string // as management API, command line and header take it
	send    string // request line; empty: GET /v1/items/1
	times   int    // requests; 0: one
	patient bool   // the client waits no longer than patience
	slow    time.Duration
	// What the clients of HTTP/1.1 report in all, and on HTTP/2 where that differs. A part of a text will do.
	http1, http2 []string // go, curl, node; go
	effects      int      // items that the request has made
}

// patience is how long a client waits that is not patient, and slack how much later a clock may say so.
const (
	patience = 300 * time.Millisecond
	slack    = 5 * time.Millisecond
)

// faultCases drives the clients and, by what they report, the table in docs/faults.md.
var faultCases = []faultCase{
	{name: "latency", order: "latency=200ms", slow: 200 * time.Millisecond, http1: every("200 application/json, after 200 ms")},
	{
		name: "latency, longer than the client waits", order: "latency=10m", send: "POST /v1/items", patient: true,
		http1: []string{"deadline exceeded", "28 OPERATION_TIMEDOUT", "TimeoutError"},
	},
	{
		name: "latency behind the effect", order: "latency=10m;effect", send: "POST /v1/items", patient: true, effects: 1,
		http1: []string{"deadline exceeded", "28 OPERATION_TIMEDOUT", "TimeoutError"},
	},
	{name: "status", order: "status=503;header.Retry-After=30", http1: every("503 application/json, Retry-After: 30")},
	{name: "status with an HTML page", order: `status=500;mediaType=text/html;body="<h1>Sorry</h1>"`, http1: every("500 text/html")},
	{name: "status behind the effect", order: "status=504;effect", send: "POST /v1/items", effects: 1, http1: every("504 application/json")},
	{name: "reset", order: "reset", send: "POST /v1/items", http1: []string{"connection reset by peer", "56 RECV_ERROR", "ECONNRESET"}, http2: []string{"INTERNAL_ERROR"}},
	{name: "empty", order: "empty", send: "POST /v1/items", http1: []string{"EOF", "52 GOT_NOTHING", "UND_ERR_SOCKET"}, http2: []string{"INTERNAL_ERROR"}},
	{name: "drop", order: "drop", send: "POST /v1/items", effects: 1, http1: []string{"connection reset by peer", "56 RECV_ERROR", "ECONNRESET"}, http2: []string{"INTERNAL_ERROR"}},
	{name: "truncated-body", order: "truncated-body", http1: []string{"200 application/json, then unexpected EOF", "then exit 18 PARTIAL_FILE", "terminated"}, http2: []string{"INTERNAL_ERROR"}},
	{name: "malformed-json", order: "malformed-json", http1: every("200 application/json, no JSON")},
	{name: "malformed-chunk", order: "malformed-chunk", http1: []string{"then invalid byte in chunk length", "then exit 56 RECV_ERROR", "HPE_INVALID_CHUNK_SIZE"}, http2: []string{"INTERNAL_ERROR"}},
	{name: "slow-body", order: "slow-body=100", slow: 200 * time.Millisecond, http1: every("200 application/json, after 200 ms")},
	{name: "content-type", order: "content-type=text/html", http1: every("200 text/html")},
	{name: "schema", order: "schema", http1: every("200 application/json, breaks its schema")},
	{name: "stale", order: "stale", http1: every("200 application/json, the answer before the change")},
	{name: "two failures, then success", order: "status=503;times=2", times: 3, http1: every("503 503 200")},
	{name: "bursts of 5xx", order: "status=500|502|503|504;after=1;times=2;every=4", times: 6, http1: every("200 5xx 5xx 200 200 5xx")},
}

// every is the same for all clients.
func every(text string) []string { return []string{text, text, text} }

// A report is what a client made of one answer.
type report struct {
	Status     int     `json:"status"` // 0: there was none
	MediaType  string  `json:"mediaType"`
	RetryAfter string  `json:"retryAfter"`
	Body       string  `json:"body"`
	Error      string  `json:"error"` // in the client's own words
	Took       float64 `json:"took"`  // milliseconds
}

// A target is what one client gets to see of a case: a stand-in of its own, so that no count is another client's.
type target struct {
	*standIn
	test   faultCase
	before int // items
}

func newTarget(t *testing.T, test faultCase) *target {
	s := serve(t, "shop.yaml", mock.Options{
		Clock: clock.New(clock.Options{At: noon}), Seed: 5,
		Seeds: map[string][]any{"/items": {map[string]any{"id": 1, "name": strings.Repeat("gum ", 10), "price": 1}}},
	})
	x := &target{standIn: s, test: test}
	if test.name == "stale" {
		s.call("GET /v1/items/1", "")
		s.entry(1)
		s.call("PUT /v1/items/1", `{"name":"changed","price":2}`)
	}
	x.before = x.items()
	list, err := contracts.ParseFaults(test.order)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.server.Faults().Add(list[0]); err != nil {
		t.Fatal(err)
	}
	return x
}

// items counts what the requests made, not disturbed by what is ordered.
func (x *target) items() int {
	x.server.Faults().Clear()
	var list []any
	if err := json.Unmarshal([]byte(x.call("GET /v1/items?limit=100", "").body), &list); err != nil {
		x.t.Fatal(err)
	}
	return len(list)
}

func (x *target) line() (method, path string) {
	method, path, _ = strings.Cut(x.test.send, " ")
	if method == "" {
		return "GET", "/v1/items/1"
	}
	return method, path
}

const faultBody = `{"name":"toffee","price":3}`

// tell puts reports into the words of the table, and holds them against the case.
func (x *target) tell(t *testing.T, reports []report, want string) string {
	t.Helper()
	var words []string
	for _, r := range reports {
		words = append(words, x.word(t, r, len(reports) > 1))
	}
	text := strings.Join(words, " ")
	if !strings.Contains(text, want) {
		t.Errorf("%s reports %q, want %q (%+v)", x.test.name, text, want, reports)
	}
	if made := x.items() - x.before; made != x.test.effects {
		t.Errorf("%s: %d items were made, want %d", x.test.name, made, x.test.effects)
	}
	return text
}

func (x *target) word(t *testing.T, r report, short bool) string {
	switch {
	case short && r.Status >= 500 && strings.Contains(x.test.order, "|"):
		return "5xx"
	case short:
		return fmt.Sprint(r.Status)
	case r.Status == 0:
		return r.Error
	}
	media, _, _ := strings.Cut(r.MediaType, ";")
	text := fmt.Sprintf("%d %s", r.Status, media)
	if r.RetryAfter != "" {
		text += ", Retry-After: " + r.RetryAfter
	}
	if x.test.slow > 0 && r.Took >= float64((x.test.slow-slack)/time.Millisecond) {
		text += fmt.Sprintf(", after %d ms", x.test.slow/time.Millisecond)
	}
	value, err := schema.ParseJSON([]byte(r.Body))
	switch {
	case r.Error != "":
		return text + ", then " + r.Error
	case media == "application/json" && err != nil:
		return text + ", no JSON"
	case x.test.name == "schema":
		o := x.server.Contract().Match("GET", "/v1/items/1").Operation
		if !o.Response(200).Content[0].Schema.Valid(value, schema.Response) {
			text += ", breaks its schema"
		}
	case x.test.name == "stale" && strings.Contains(r.Body, "gum gum") && !strings.Contains(r.Body, "changed"):
		text += ", the answer before the change"
	}
	return text
}

// noise is what differs from run to run in the errors of Go.
var noise = regexp.MustCompile(`^[A-Z][a-z]+ "[^"]*": |read tcp [^ ]+: | \(Client.Timeout[^)]*\)`)

// askGo sends the requests with Go's client, each on a connection of its own: of a connection that was used before, it
// tries a request again by itself.
func askGo(t *testing.T, x *target, http2 bool) []report {
	t.Helper()
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!http2)
	protocols.SetUnencryptedHTTP2(http2)
	transport := &http.Transport{Protocols: protocols, DisableKeepAlives: !http2}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	if x.test.patient {
		client.Timeout = patience
	}
	method, path := x.line()
	var reports []report
	for range max(1, x.test.times) {
		var body io.Reader
		if method == "POST" {
			body = strings.NewReader(faultBody)
		}
		r, err := http.NewRequestWithContext(t.Context(), method, x.url+path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		begun := time.Now()
		var one report
		response, err := client.Do(r)
		if err == nil {
			one.Status, one.MediaType, one.RetryAfter = response.StatusCode, response.Header.Get("Content-Type"), response.Header.Get("Retry-After")
			var text []byte
			text, err = io.ReadAll(response.Body)
			one.Body = string(text)
			response.Body.Close()
		}
		if err != nil {
			one.Error = noise.ReplaceAllString(err.Error(), "")
			one.Error = noise.ReplaceAllString(one.Error, "")
		}
		one.Took = float64(time.Since(begun)) / float64(time.Millisecond)
		reports = append(reports, one)
	}
	return reports
}

// curlCodes names the exit statuses of curl that occur.
var curlCodes = map[int]string{18: "PARTIAL_FILE", 28: "OPERATION_TIMEDOUT", 52: "GOT_NOTHING", 56: "RECV_ERROR"}

func askCurl(t *testing.T, curl string, x *target) []report {
	t.Helper()
	method, path := x.line()
	folder := t.TempDir()
	body, head := filepath.Join(folder, "body"), filepath.Join(folder, "head")
	args := []string{"-sS", "--http1.1", "--noproxy", "*", "-X", method, "-o", body, "-D", head, "-w", `{"status":1%{http_code},"mediaType":"%{content_type}","took":%{time_total}}`}
	if method == "POST" {
		args = append(args, "-H", "Content-Type: application/json", "-d", faultBody)
	}
	if x.test.patient {
		args = append(args, "--max-time", fmt.Sprint(patience.Seconds()))
	}
	var reports []report
	for range max(1, x.test.times) {
		out, err := exec.CommandContext(t.Context(), curl, append(args, x.url+path)...).Output()
		var one report
		if jsonErr := json.Unmarshal(out, &one); jsonErr != nil {
			t.Fatalf("curl wrote %q: %v, %v", out, jsonErr, err)
		}
		one.Took *= 1000
		one.Status -= 1000 // none is written as 000, which is no number of JSON
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			one.Error = fmt.Sprintf("exit %d %s", exit.ExitCode(), curlCodes[exit.ExitCode()])
		} else if err != nil {
			t.Fatal(err)
		}
		if one.Status != 0 {
			one.Body, one.RetryAfter = readText(t, body), headerIn(readText(t, head), "Retry-After")
		}
		reports = append(reports, one)
	}
	return reports
}

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

func headerIn(head, name string) string {
	for line := range strings.Lines(head) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(key, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// nodeScript sends what it is told on standard input with fetch, and writes what came of it.
const nodeScript = `
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const name = e => e.cause ? e.message + ': ' + (e.cause.code || e.cause.message) : e.name;
(async () => {
  const all = [];
  for (const c of cases) {
    const reports = [];
    for (let i = 0; i < c.times; i++) {
      const one = {status: 0, mediaType: '', retryAfter: '', body: '', error: '', took: 0};
      const begun = performance.now();
      try {
        const options = {method: c.method, headers: {'Content-Type': 'application/json', Connection: 'close'}};
        if (c.method === 'POST') options.body = c.body;
        if (c.patience) options.signal = AbortSignal.timeout(c.patience);
        const response = await fetch(c.url, options);
        one.status = response.status;
        one.mediaType = response.headers.get('Content-Type') || '';
        one.retryAfter = response.headers.get('Retry-After') || '';
        one.body = await response.text();
      } catch (e) { one.error = name(e); }
      one.took = performance.now() - begun;
      reports.push(one);
    }
    all.push(reports);
  }
  console.log(JSON.stringify(all));
})();
`

func askNode(t *testing.T, node string, targets []*target) [][]report {
	t.Helper()
	type order struct {
		URL      string `json:"url"`
		Method   string `json:"method"`
		Body     string `json:"body"`
		Times    int    `json:"times"`
		Patience int64  `json:"patience"`
	}
	var orders []order
	for _, x := range targets {
		method, path := x.line()
		o := order{URL: x.url + path, Method: method, Body: faultBody, Times: max(1, x.test.times)}
		if x.test.patient {
			o.Patience = patience.Milliseconds()
		}
		orders = append(orders, o)
	}
	input, err := json.Marshal(orders)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "-e", nodeScript)
	cmd.Stdin = bytes.NewReader(input)
	cmd.Env = append(os.Environ(), "NODE_OPTIONS=", "NO_PROXY=*")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	var all [][]report
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatalf("node wrote %q: %v", out, err)
	}
	return all
}

// program finds a client, or says that its column cannot be made here.
func program(t *testing.T, name string) string {
	t.Helper()
	found, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("CI has to have %s: %v", name, err)
	}
	return found
}

// TestFaultsAsClientsSeeThemGolden orders each fault and sends requests with Go, curl and Node's fetch, which must see what it
// pretends to be. What they report is the table in docs/faults.md.
func TestFaultsAsClientsSeeThemGolden(t *testing.T) {
	curl, node := program(t, "curl"), program(t, "node")
	rows := make([][]string, len(faultCases))
	var forNode []*target
	for i, test := range faultCases {
		t.Run(test.name, func(t *testing.T) {
			x := newTarget(t, test)
			over1 := x.tell(t, askGo(t, x, false), test.http1[0])
			want2 := test.http1[0]
			if test.http2 != nil {
				want2 = test.http2[0]
			}
			y := newTarget(t, test)
			over2 := y.tell(t, askGo(t, y, true), want2)
			rows[i] = []string{test.name, "`" + test.order + "`", over1, over2, "", ""}
			if curl != "" {
				z := newTarget(t, test)
				rows[i][4] = z.tell(t, askCurl(t, curl, z), test.http1[1])
			}
		})
		if node != "" {
			forNode = append(forNode, newTarget(t, test))
		}
	}
	if node != "" {
		for i, reports := range askNode(t, node, forNode) {
			rows[i][5] = forNode[i].tell(t, reports, faultCases[i].http1[2])
		}
	}
	if t.Failed() {
		return
	}
	if curl == "" || node == "" {
		t.Skip("curl or node is missing here; what the others report was judged, the documented table was not")
	}
	compareTable(t, rows)
}

const (
	tableBegin = "<!-- clients: made by the tests of mock, do not edit -->\n"
	tableEnd   = "<!-- end of clients -->\n"
)

func compareTable(t *testing.T, rows [][]string) {
	t.Helper()
	table := clientTable(rows, 6)
	name := filepath.Join("..", "docs", "faults.md")
	text := readText(t, name)
	before, rest, ok1 := strings.Cut(text, tableBegin)
	old, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the table", name)
	}
	if *update {
		if err := os.WriteFile(name, []byte(before+tableBegin+table+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	columns := 6
	if os.Getenv("CI") != "true" {
		columns = 4 // other versions of curl and Node have other words for the same; that they see it was judged before
	}
	var documented [][]string
	for line := range strings.Lines(old) {
		cells := strings.Split(strings.ReplaceAll(strings.TrimSpace(line), `\|`, "\x00"), "|")
		if len(cells) != 8 {
			continue
		}
		for i := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), "\x00", "|")
		}
		documented = append(documented, cells[1:7])
	}
	if len(documented) < 2 || clientTable(documented[2:], columns) != clientTable(rows, columns) {
		t.Errorf("%s tells another story than the clients do; run with -update and read the difference. The clients say:\n%s", name, table)
	}
}

// clientTable is the table, up to a column.
func clientTable(rows [][]string, columns int) string {
	var b strings.Builder
	b.WriteString("| trouble | ordered as | Go | Go, HTTP/2 | curl | Node fetch |\n|---|---|---|---|---|---|\n")
	for _, row := range rows {
		cells := slices.Clone(row[:columns])
		for i := range cells {
			cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return b.String()
}
