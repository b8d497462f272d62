package telemetry_test

import (
	"flag"
	"fmt"
	"math"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"understudy/mock/telemetry"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func exposition(t *testing.T, s *shop, accept string) string {
	t.Helper()
	r := httptest.NewRequest("GET", "/metrics", nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	w := httptest.NewRecorder()
	s.telemetry.ServeHTTP(w, r)
	want := "text/plain; version=0.0.4; charset=utf-8"
	if strings.Contains(accept, "openmetrics") {
		want = "application/openmetrics-text; version=1.0.0; charset=utf-8"
	}
	if got := w.Header().Get("Content-Type"); got != want {
		t.Errorf("Accept %q is answered with %s", accept, got)
	}
	return w.Body.String()
}

var (
	metricName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$`)
	labelPair  = regexp.MustCompile(`^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)`)
)

// A parsed is what the text format says.
type parsed struct {
	types  map[string]string
	values map[string]float64 // by the sample's name and labels as they stand
}

// parse reads the text format strictly: HELP and TYPE once before the samples of a family, which stand together; names, labels
// and escapes well-formed; no series twice; buckets that grow up to +Inf, which is the count.
func parse(t *testing.T, text string, open bool) parsed {
	t.Helper()
	p := parsed{map[string]string{}, map[string]float64{}}
	if open {
		var ok bool
		if text, ok = strings.CutSuffix(text, "# EOF\n"); !ok {
			t.Error("OpenMetrics ends with # EOF")
		}
	}
	if !strings.HasSuffix(text, "\n") {
		t.Error("the last line has no end")
	}
	family, helped := "", map[string]bool{}
	below, last := -1.0, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "# HELP "):
			name, help, ok := strings.Cut(line[7:], " ")
			if !ok || help == "" || helped[name] || !metricName.MatchString(name) {
				t.Errorf("%s", line)
			}
			family, helped[name] = name, true
		case strings.HasPrefix(line, "# TYPE "):
			name, kind, _ := strings.Cut(line[7:], " ")
			if name != family || p.types[name] != "" || !strings.Contains(" counter gauge histogram ", " "+kind+" ") {
				t.Errorf("%s", line)
			}
			p.types[name] = kind
		default:
			m := sampleLine.FindStringSubmatch(line)
			if m == nil {
				t.Errorf("no sample: %s", line)
				continue
			}
			labels := pairsOf(t, m[2])
			value, err := strconv.ParseFloat(m[3], 64)
			suffix := strings.TrimPrefix(m[1], family)
			allowed := map[string]string{"counter": " ", "gauge": " ", "histogram": "_bucket _sum _count "}[p.types[family]]
			if open && p.types[family] == "counter" {
				allowed = "_total "
			}
			if !strings.HasPrefix(m[1], family) || err != nil || !strings.Contains(allowed, suffix+" ") || p.types[family] == "histogram" && suffix == "" {
				t.Errorf("not of the family %s (%s): %s", family, p.types[family], line)
			}
			key := m[1] + "{" + m[2] + "}"
			if _, twice := p.values[key]; twice {
				t.Errorf("twice: %s", line)
			}
			p.values[key] = value
			if suffix != "_bucket" {
				if suffix == "_count" && value != below {
					t.Errorf("the count is not that of all buckets: %s", line)
				}
				if suffix != "_sum" {
					below, last = -1, ""
				}
				continue
			}
			bound, _ := strconv.ParseFloat(labels["le"], 64)
			before, _ := strconv.ParseFloat(last, 64)
			if labels["le"] == "" || value < below || last != "" && bound <= before {
				t.Errorf("a bucket after le=%q with %v: %s", last, below, line)
			}
			below, last = value, labels["le"]
			if math.IsInf(bound, 1) {
				last = ""
			}
		}
	}
	return p
}

func pairsOf(t *testing.T, text string) map[string]string {
	t.Helper()
	labels := map[string]string{}
	for text != "" {
		m := labelPair.FindStringSubmatch(text)
		if m == nil {
			t.Errorf("labels: %s", text)
			return labels
		}
		if _, twice := labels[m[1]]; twice {
			t.Errorf("the label %s twice", m[1])
		}
		labels[m[1]], text = m[2], text[len(m[0]):]
	}
	return labels
}

// TestExposition reads both forms with a strict parser.
func TestExposition(t *testing.T) {
	s := open(t, telemetry.Options{})
	s.call("POST /orders", `{"number":"A1"}`)
	s.call("GET /orders", "")
	s.call("GET /orders", "", "Authorization: Bearer nobody")
	s.settle()
	p := parse(t, exposition(t, s, ""), false)
	for key, want := range map[string]float64{
		`http_server_request_duration_seconds_count{contract="shop",operation="createOrder",http_request_method="POST",http_route="/orders",http_response_status_code="201",url_scheme="http"}`: 1,
		`understudy_requests_total{contract="shop",stage="act",verdict="answered"}`:                                                                                                             2,
		`understudy_limit_requests_total{contract="shop",verdict="admitted"}`:                                                                                                                   2,
		`understudy_webhook_deliveries_total{contract="shop",state="delivered"}`:                                                                                                                1,
		`understudy_webhook_attempt_duration_seconds_count{contract="shop",outcome="taken"}`:                                                                                                    1,
		`understudy_items{contract="shop",collection="/orders"}`:                                                                                                                                1,
		`understudy_requests_active{contract="shop"}`:                                                                                                                                           0,
		`understudy_sandboxes{contract="shop"}`:                                                                                                                                                 0,
	} {
		if got, ok := p.values[key]; !ok || got != want {
			t.Errorf("%s is %v (%v), want %v", key, got, ok, want)
		}
	}
	if p.values["process_resident_memory_bytes{}"] < 1<<20 || p.values["go_goroutines{}"] < 2 {
		t.Errorf("the process: %v bytes, %v goroutines", p.values["process_resident_memory_bytes{}"], p.values["go_goroutines{}"])
	}
	o := parse(t, exposition(t, s, "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"), true)
	if o.types["understudy_requests"] != "counter" || len(o.types) != len(p.types) {
		t.Errorf("OpenMetrics has %v", o.types)
	}
	exposition(t, s, "text/plain")
}

// TestSeriesAreBounded sends what could make series without end: methods, paths, reasons.
func TestSeriesAreBounded(t *testing.T) {
	s := open(t, telemetry.Options{})
	before := len(parse(t, exposition(t, s, ""), false).values)
	for i := range 300 {
		s.call(fmt.Sprintf("M%d /nowhere/%d", i, i), "", fmt.Sprintf("Authorization: Bearer x%d", i), "Understudy-Fault: status=503;code=c"+strconv.Itoa(i))
	}
	if after := len(parse(t, exposition(t, s, ""), false).values); after > before+60 {
		t.Errorf("%d samples have become %d", before, after)
	}
}

// TestGoldenTable holds the table of metrics in docs/operations.md and the code together.
func TestGoldenTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("| Prometheus | OpenTelemetry | kind | labels | what it tells |\n|---|---|---|---|---|\n")
	for _, d := range telemetry.Catalogue() {
		var labels []string
		for _, l := range d.Labels {
			labels = append(labels, "`"+l+"`")
		}
		name := "`" + d.Name + "`"
		if d.Unit != "" {
			name += " (" + d.Unit + ")"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", d.Prometheus, name, d.Kind, strings.Join(labels, ", "), d.Help)
	}
	file := filepath.Join("..", "..", "docs", "operations.md")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- metrics: made by go test ./mock/telemetry -run Golden -update -->\n", "<!-- end of metrics -->\n"
	head, rest, ok := strings.Cut(string(data), begin)
	table, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatal("docs/operations.md has no place for the table")
	}
	if table == b.String() {
		return
	}
	if !*update {
		t.Fatalf("the table in docs/operations.md is another one; run with -update and read the diff\n%s", b.String())
	}
	if err := os.WriteFile(file, []byte(head+begin+b.String()+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}
