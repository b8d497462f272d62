package mock_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/credential"
)

// A benchSubject is a document with the requests of cmd/bench.
type benchSubject struct {
	name, file            string // file: in the folder SPECS; empty: the benchmarks' own petstore
	path, list, mediaType string
	good, bad             string
}

var benchSubjects = []benchSubject{
	{
		name: "petstore", path: "/pets", list: "?limit=20", mediaType: "application/json",
		good: `{"name":"Rex","status":"available","price":12.5,"tags":["small","brown"],"owner":{"name":"Ada","email":"ada@example.com"}}`,
		bad:  `{"status":"lost","price":-1,"owner":{"email":"nobody"}}`,
	},
	{
		name: "Stripe", file: "single/stripe-spec3.json", path: "/v1/customers", list: "?limit=20", mediaType: "application/x-www-form-urlencoded",
		good: "name=Ada+Lovelace&email=ada%40example.com&description=first&metadata[order]=17&address[city]=London&address[country]=GB",
		bad:  "balance=much&name=Ada&shipping[phone]=1",
	},
	{
		name: "GitHub", file: "single/github-api-2026.json", path: "/gists", list: "?per_page=20", mediaType: "application/json",
		good: `{"description":"first","public":true,"files":{"hello.txt":{"content":"hello"}}}`,
		bad:  `{"description":7,"files":3}`,
	},
}

// BenchmarkRequest measures what a whole request costs beside net/http: everything is on, as cmd/bench has it. The large
// documents are measured where the folder SPECS has them.
func BenchmarkRequest(b *testing.B) {
	for _, sub := range benchSubjects {
		file := filepath.Join("..", "cmd", "bench", "testdata", "petstore.yaml")
		if sub.file != "" {
			file = filepath.Join(os.Getenv("SPECS"), filepath.FromSlash(sub.file))
		}
		if _, err := os.Stat(file); os.Getenv("SPECS") == "" && sub.file != "" || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		b.Run(sub.name, func(b *testing.B) {
			c, err := contracts.Load(b.Context(), file, contracts.Options{})
			if err != nil {
				b.Fatal(err)
			}
			server, err := mock.New(b.Context(), mock.Options{Contract: c, Clock: clock.New(clock.Options{At: noon}), Seed: 1, Journal: mock.JournalLimits{Entries: 1000}})
			if err != nil {
				b.Fatal(err)
			}
			sub.measure(b, server)
		})
	}
}

func (sub *benchSubject) measure(b *testing.B, server *mock.Server) {
	base := ""
	if bases := server.Contract().BasePaths(); len(bases) > 0 {
		base = bases[0]
	}
	authorization := ""
	for _, class := range server.Credentials().Classes() {
		if issued, err := server.Credentials().IssueToken(b.Context(), credential.TokenRequest{Class: class.Name}); err == nil {
			authorization = "Bearer " + issued.Text
			break
		}
	}
	request := func(method, target, body string) *rebody {
		return newRebody(method, "http://stand-in.example"+base+target, sub.mediaType, body, authorization)
	}
	create := request(http.MethodPost, sub.path, sub.good)
	var id string
	for range 40 {
		recorder := httptest.NewRecorder()
		server.ServeHTTP(recorder, create.next())
		var item map[string]json.RawMessage
		if err := json.Unmarshal(recorder.Body.Bytes(), &item); err != nil || recorder.Code >= 300 {
			b.Fatalf("create: status %d, %.300s", recorder.Code, recorder.Body)
		}
		id = strings.Trim(string(item["id"]), `"`)
	}
	for _, scene := range []struct {
		name string
		good bool
		r    *rebody
	}{
		{"GET one", true, request(http.MethodGet, sub.path+"/"+id, "")},
		{"list of 20", true, request(http.MethodGet, sub.path+sub.list, "")},
		{"refused body", false, request(http.MethodPost, sub.path, sub.bad)},
		{"POST create", true, create},
	} {
		b.Run(scene.name, func(b *testing.B) {
			recorder := httptest.NewRecorder()
			if server.ServeHTTP(recorder, scene.r.next()); recorder.Code < 300 != scene.good {
				b.Fatalf("status %d: %.300s", recorder.Code, recorder.Body)
			}
			w := &discard{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				server.ServeHTTP(w, scene.r.next())
			}
		})
	}
}

// A rebody is a request that can be sent again and again without being made anew.
type rebody struct {
	request *http.Request
	text    []byte
	reader  bytes.Reader
}

func newRebody(method, url, mediaType, body, authorization string) *rebody {
	r := &rebody{text: []byte(body)}
	ctx := context.WithValue(context.Background(), http.ServerContextKey, &http.Server{}) // as a server's own connections have it
	r.request = httptest.NewRequestWithContext(ctx, method, url, nil)
	r.request.Header = http.Header{"Accept": {"application/json"}, "User-Agent": {"bench"}}
	if authorization != "" {
		r.request.Header.Set("Authorization", authorization)
	}
	if body != "" {
		r.request.Header.Set("Content-Type", mediaType)
		r.request.Header.Set("Content-Length", fmt.Sprint(len(body)))
		r.request.ContentLength = int64(len(body))
		r.request.Body = r
	}
	return r
}

func (r *rebody) next() *http.Request {
	r.reader.Reset(r.text)
	return r.request
}

func (r *rebody) Read(p []byte) (int, error) { return r.reader.Read(p) }

// Close is the body's.
func (r *rebody) Close() error { return nil }

var _ io.ReadCloser = (*rebody)(nil)
