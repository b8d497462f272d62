package mock_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
)

// loggedLines reads a log in JSON.
func loggedLines(t *testing.T, log *bytes.Buffer) (list []map[string]any) {
	t.Helper()
	for line := range strings.Lines(log.String()) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if one["msg"] == "request" {
			list = append(list, one)
		}
	}
	return list
}

// logging makes a stand-in with a log in JSON, and gives what calls it and comes back when the line is written.
func logging(t *testing.T, log *bytes.Buffer, o mock.Options) func(path string, headers ...string) http.Header {
	t.Helper()
	o.Clock, o.Logger = clock.New(clock.Options{At: noon, Frozen: true}), slog.New(slog.NewJSONHandler(log, nil))
	server, err := mock.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return func(path string, headers ...string) http.Header {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		for _, h := range headers {
			if name, value, ok := strings.Cut(h, ": "); ok {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		return w.Header()
	}
}

var uuid8 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// TestRequestID has ids in the log, the same in equal runs, taken from requests that have one, and in answers where they are
// asked for.
func TestRequestID(t *testing.T) {
	var runs [2][]string
	for run := range runs {
		var log bytes.Buffer
		call := logging(t, &log, mock.Options{Contract: load(t, "shop.yaml"), Seed: 5, RequestID: true})
		for _, c := range []struct{ header, want string }{
			{"", ""}, {"X-Request-Id: mine-1", "mine-1"}, {"X-Request-Id: two words", ""}, {"X-Request-Id: " + strings.Repeat("x", 129), ""}, {`X-Request-Id: "quoted"`, ""},
		} {
			id := call("/v1/items", c.header).Get("X-Request-Id")
			if c.want != "" && id != c.want || c.want == "" && !uuid8.MatchString(id) {
				t.Errorf("%q is answered with %q", c.header, id)
			}
			runs[run] = append(runs[run], id)
		}
		lines := loggedLines(t, &log)
		if len(lines) != len(runs[run]) {
			t.Fatalf("%d lines: %s", len(lines), log.String())
		}
		for i, line := range lines {
			if line["request_id"] != runs[run][i] {
				t.Errorf("the log has %v, the answer %s", line["request_id"], runs[run][i])
			}
		}
	}
	if strings.Join(runs[0], " ") != strings.Join(runs[1], " ") {
		t.Errorf("equal runs have other ids: %v", runs)
	}
	if a, b := mock.RequestID(5, "", 1), mock.RequestID(5, "box", 1); a == b || a == mock.RequestID(6, "", 1) || a == mock.RequestID(5, "", 2) {
		t.Errorf("%s, %s", a, b)
	}
}

// TestDocumentedRequestID shows the id where the document says so, and only where its schema takes it.
func TestDocumentedRequestID(t *testing.T) {
	document := func(schema string) *contracts.Contract {
		name := filepath.Join(t.TempDir(), "named.yaml")
		text := `{"openapi":"3.1.0","info":{"title":"Named","version":"1"},"paths":{
			"/named":{"get":{"operationId":"named","responses":{"200":{"description":"ok","headers":{"X-Vendor-Request-Id":{"schema":` + schema + `}}}}}},
			"/plain":{"get":{"operationId":"plain","responses":{"200":{"description":"ok"}}}}}}`
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := contracts.Load(t.Context(), name, contracts.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, c := range []struct {
		schema, sent, want string
		always             bool
	}{
		{`{"type":"string"}`, "", "id", false},
		{`{"type":"string"}`, "theirs", "theirs", false},
		{`{"type":"string","format":"uuid"}`, "", "id", false},
		{`{"type":"string","pattern":"^req_[0-9]+$"}`, "", "req_", false},
		{`{"type":"string","pattern":"^req_[0-9]+$"}`, "req_17", "req_17", false},
	} {
		server, err := mock.New(t.Context(), mock.Options{Contract: document(c.schema), Seed: 5, RequestID: c.always})
		if err != nil {
			t.Fatal(err)
		}
		s := serveHandler(t, server)
		var headers []string
		if c.sent != "" {
			headers = append(headers, "X-Vendor-Request-Id: "+c.sent)
		}
		got := s.call("GET /named", "", headers...).Header.Get("X-Vendor-Request-Id")
		if c.want == "id" && got != mock.RequestID(5, "", 1) || c.want != "id" && !strings.HasPrefix(got, c.want) {
			t.Errorf("%s with %q: %q", c.schema, c.sent, got)
		}
		if h := s.call("GET /plain", "").Header; h.Get("X-Vendor-Request-Id") != "" || h.Get("X-Request-Id") != "" {
			t.Errorf("%s: an answer that documents no id has one: %v", c.schema, h)
		}
	}
}

// TestRequestLine looks at the members of the log's line, and that nothing secret is among them.
func TestRequestLine(t *testing.T) {
	var log bytes.Buffer
	call := logging(t, &log, mock.Options{Contract: load(t, "secured.yaml"), Seed: 5})
	const secret = "tk_live_0123456789abcdefghij"
	call("/nowhere?token="+secret, "Authorization: Bearer "+secret, "X-Request-Id: "+secret)
	lines := loggedLines(t, &log)
	if len(lines) != 1 {
		t.Fatalf("%d lines: %s", len(lines), log.String())
	}
	for _, name := range []string{"time", "level", "contract", "method", "path", "status", "operation", "stage", "verdict", "problem", "reason", "request_id", "duration"} {
		if _, ok := lines[0][name]; !ok {
			t.Errorf("the line has no %s: %v", name, lines[0])
		}
	}
	if lines[0]["stage"] != "match" || lines[0]["verdict"] != "refused" || lines[0]["duration"].(float64) <= 0 {
		t.Errorf("%v", lines[0])
	}
	if strings.Contains(log.String(), "0123456789abcdef") {
		t.Errorf("a secret is in the log: %s", log.String())
	}
}
