package mock_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
)

// A credential, and what readers may see of it.
const (
	secretKey = "ek_live_a1b2c3d4e5f6g7h8wxyz"
	shownKey  = "ek_live_***wxyz"
)

var updateHAR = flag.Bool("update-har", false, "write testdata/journal.har anew")

func harEntries() []*mock.Entry {
	post := exchanged(2)
	post.Method, post.Status = "POST", 201
	post.URL = "https://user:pw@api.example.com/v1/pets?api_key=" + secretKey + "&b=2&a=%C3%A9"
	post.RequestHeader = http.Header{"Content-Type": {"application/json"}, "Cookie": {"sid=0123456789abcdefghij"}}
	post.RequestBody = []byte(`{"name":"doggie","password":"tiny"}`)
	post.ResponseHeader = http.Header{"Location": {"/v1/pets/2"}, "Set-Cookie": {"a=b; Path=/", "c=0123456789abcdefghij"}}
	post.ResponseBody = []byte{0xff, 0}
	post.Trace.Changes = []mock.Change{{Kind: "create", Key: "/pets/2"}}
	cut := exchanged(3)
	cut.RequestBody, cut.RequestHeader = []byte(strings.Repeat("x", 2000)), nil
	return []*mock.Entry{exchanged(1), post, cut}
}

func TestWriteHAR(t *testing.T) {
	j := mock.NewJournal(mock.JournalLimits{Body: 1000}, nil)
	for _, e := range harEntries() {
		j.Add(e)
	}
	var out bytes.Buffer
	if err := mock.WriteHAR(&out, j.List(mock.Query{}), nil); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"a1b2c3", "0123456789", "tiny", "pw@"} {
		if strings.Contains(out.String(), part) {
			t.Errorf("the archive shows %q", part)
		}
	}
	var archive any
	if err := json.Unmarshal(out.Bytes(), &archive); err != nil {
		t.Fatal(err)
	}
	for _, fault := range harFaults(archive) {
		t.Error(fault)
	}
	golden := filepath.Join("testdata", "journal.har")
	// The version of the program is that of the build.
	creator := archive.(map[string]any)["log"].(map[string]any)["creator"].(map[string]any)["version"].(string)
	got := strings.Replace(out.String(), `"version":"`+creator+`"},"entries"`, `"version":"VERSION"},"entries"`, 1)
	if *updateHAR {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the archive differs from %s:\n%s", golden, got)
	}
}

func TestWriteHARWithoutEntries(t *testing.T) {
	var out bytes.Buffer
	if err := mock.WriteHAR(&out, nil, nil); err != nil || !json.Valid(out.Bytes()) {
		t.Errorf("an empty archive is %q, %v", out.String(), err)
	}
	if err := mock.WriteHAR(brokenWriter{}, harEntries(), nil); !errors.Is(err, errBroken) {
		t.Errorf("a write error is given as %v", err)
	}
}

var errBroken = errors.New("broken")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

// TestHARSkipsNothing holds the parts of an exchange that are easily lost against those of the archive.
func TestHARSkipsNothing(t *testing.T) {
	e := &mock.Entry{Exchange: contracts.Exchange{Method: "GET", URL: "/x?b=1&a=2&a=3", Start: journalStart.In(time.FixedZone("", 3600))}}
	var out bytes.Buffer
	if err := mock.WriteHAR(&out, []*mock.Entry{e}, nil); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"queryString":[{"name":"b","value":"1"},{"name":"a","value":"2"},{"name":"a","value":"3"}]`,
		`"startedDateTime":"2026-03-01T12:00:00.000000Z"`, `"url":"http://localhost/x?b=1&a=2&a=3"`, `"httpVersion":"HTTP/1.1"`} {
		if !strings.Contains(strings.ReplaceAll(out.String(), `\u0026`, "&"), part) {
			t.Errorf("the archive lacks %s: %s", part, out.String())
		}
	}
}

// harFaults names what HAR 1.2 asks for and the archive lacks.
func harFaults(archive any) (faults []string) {
	need := func(v any, at string, members map[string]string) map[string]any {
		object, _ := v.(map[string]any)
		for name, kind := range members {
			ok := false
			switch object[name].(type) {
			case string:
				ok = kind == "string" && object[name] != "" || kind == "text"
			case float64:
				ok = kind == "number"
			case []any:
				ok = kind == "list"
			case map[string]any:
				ok = kind == "object"
			}
			if !ok {
				faults = append(faults, at+"."+name+" is no "+kind)
			}
		}
		return object
	}
	root := need(archive, "", map[string]string{"log": "object"})
	log := need(root["log"], "log", map[string]string{"version": "string", "creator": "object", "entries": "list"})
	need(log["creator"], "creator", map[string]string{"name": "string", "version": "string"})
	for _, e := range log["entries"].([]any) {
		entry := need(e, "entry", map[string]string{"startedDateTime": "string", "time": "number", "request": "object", "response": "object", "cache": "object", "timings": "object"})
		if _, err := time.Parse(time.RFC3339, entry["startedDateTime"].(string)); err != nil {
			faults = append(faults, err.Error())
		}
		request := need(entry["request"], "request", map[string]string{"method": "string", "url": "string", "httpVersion": "string",
			"cookies": "list", "headers": "list", "queryString": "list", "headersSize": "number", "bodySize": "number"})
		if data := request["postData"]; data != nil {
			need(data, "postData", map[string]string{"mimeType": "string", "text": "text"})
		}
		response := need(entry["response"], "response", map[string]string{"status": "number", "statusText": "text", "httpVersion": "string",
			"cookies": "list", "headers": "list", "content": "object", "redirectURL": "text", "headersSize": "number", "bodySize": "number"})
		need(response["content"], "content", map[string]string{"size": "number", "mimeType": "string"})
		need(entry["timings"], "timings", map[string]string{"send": "number", "wait": "number", "receive": "number"})
	}
	return faults
}
