package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

//go:embed testdata/petstore.yaml
var petstore []byte

// What is put on the documents, so that everything is on that costs time.
var (
	//go:embed testdata/everything.yaml
	everything []byte
	//go:embed testdata/credential.yaml
	credential []byte
	//go:embed testdata/soak.yaml
	soakEvents []byte
)

// A subject is a document and the four requests that are measured with it.
type subject struct {
	name     string
	file     string // in the folder of real documents; empty: our own petstore
	open     bool   // the document asks for no credential: one is put on it
	coldMs   int    // budget of the start, milliseconds
	coldMiB  int    // and of the memory behind it
	create   call
	list     string // path and query of a page of 20
	filtered string // path and query of a page with a declared filter; empty: not measured
	item     string // path of one item with the id for %s
	id       string // member of the created item that is its id
	refused  call
}

// A call is a request of a subject.
type call struct {
	method, path string
	contentType  string
	body         string
	// authorization is the value of that header; empty: none is sent.
	authorization string
}

// as is the call with the credential of a server.
func (c call) as(p *process) call {
	c.authorization = p.authorization
	return c
}

var subjects = []subject{
	{
		name: "petstore", coldMs: 30, coldMiB: 25,
		create: call{method: "POST", path: "/pets", contentType: "application/json", body: `{"name":"Rex","status":"available","price":12.5,"tags":["small","brown"],"owner":{"name":"Ada","email":"ada@example.com"}}`},
		list:   "/pets?limit=20", filtered: "/pets?limit=20&status=sold", item: "/pets/%s", id: "id",
		refused: call{method: "POST", path: "/pets", contentType: "application/json", body: `{"status":"lost","price":-1,"owner":{"email":"nobody"}}`},
	},
	{
		name: "Stripe", file: "single/stripe-spec3.json", coldMs: 600, coldMiB: 80,
		create: call{method: "POST", path: "/v1/customers", contentType: "application/x-www-form-urlencoded", body: "name=Ada+Lovelace&email=ada%40example.com&description=first&metadata[order]=17&address[city]=London&address[country]=GB"},
		list:   "/v1/customers?limit=20", item: "/v1/customers/%s", id: "id",
		refused: call{method: "POST", path: "/v1/customers", contentType: "application/x-www-form-urlencoded", body: "balance=much&name=Ada&shipping[phone]=1"},
	},
	{
		name: "GitHub", file: "single/github-api-2026.json", open: true, coldMs: 2000, coldMiB: 200,
		create: call{method: "POST", path: "/gists", contentType: "application/json", body: `{"description":"first","public":true,"files":{"hello.txt":{"content":"hello"}}}`},
		list:   "/gists?per_page=20", item: "/gists/%s", id: "id",
		refused: call{method: "POST", path: "/gists", contentType: "application/json", body: `{"description":7,"files":3}`},
	},
}

// errNoDocument says that the folder of real documents is not there.
var errNoDocument = errors.New("the document is not there")

// arguments are how the subject is served with everything on. The overlays are written into folder.
func (s *subject) arguments(document, folder string, more ...[]byte) ([]string, error) {
	overlays := append([][]byte{everything}, more...)
	if s.open {
		overlays = append(overlays, credential)
	}
	list := serveArguments(document)
	for i, overlay := range overlays {
		name := filepath.Join(folder, fmt.Sprintf("%s-%d.yaml", s.name, i))
		if err := os.WriteFile(name, overlay, 0o600); err != nil {
			return nil, err
		}
		list = append(list, "--overlay", name)
	}
	return list, nil
}

// document gives the file to serve. Our own petstore is written into folder.
func (s *subject) document(specs, folder string) (string, error) {
	if s.file == "" {
		name := filepath.Join(folder, "petstore.yaml")
		return name, os.WriteFile(name, petstore, 0o600)
	}
	if specs == "" {
		return "", errNoDocument
	}
	name := filepath.Join(specs, filepath.FromSlash(s.file))
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return "", errNoDocument
	}
	return name, nil
}

// bytes is the call as it goes over the connection. Each %s in the body becomes a word of its own, so that names may
// be unique.
func (c call) bytes(address, base, word string) []byte {
	body := strings.ReplaceAll(c.body, "%s", word)
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\nAccept: application/json\r\n", c.method, base, c.path, address)
	if c.authorization != "" {
		fmt.Fprintf(&b, "Authorization: %s\r\n", c.authorization)
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Type: %s\r\nContent-Length: %d\r\n", c.contentType, len(body))
	}
	b.WriteString("\r\n")
	b.WriteString(body)
	return []byte(b.String())
}

// An answer is one that was looked at before the measurement, so that nobody measures an error.
type answer struct {
	status int
	header http.Header // without Date and Content-Length
	body   []byte
}

// ask sends one call.
func (p *process) ask(ctx context.Context, c call, word string) (*answer, error) {
	connection, err := dial(ctx, p.address)
	if err != nil {
		return nil, err
	}
	defer connection.conn.Close()
	status, whole, err := connection.exchange(c.as(p).bytes(p.address, p.base, word))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.method, c.path, err)
	}
	head, body, _ := strings.Cut(string(whole), string(headEnd))
	a := &answer{status: status, body: []byte(body), header: http.Header{}}
	for line := range strings.SplitSeq(head, "\r\n") {
		if name, value, ok := strings.Cut(line, ": "); ok && name != "Date" && name != "Content-Length" {
			a.header[name] = append(a.header[name], value)
		}
	}
	return a, nil
}

// A scene is one of the four cases, ready to be measured.
type scene struct {
	name     string
	budget   budget
	requests func(address, base string) [][]byte
	answer   *answer // of the stand-in
}

// A budget is what a case may cost, as ratios to the bare handler.
type budget struct{ cpu, rate float64 }

// scenes fills the collection with a page of items and looks at one answer of each case.
func (s *subject) scenes(ctx context.Context, p *process) ([]scene, error) {
	var id string
	for i := range 40 {
		a, err := p.ask(ctx, s.create, fmt.Sprint("first", i))
		if err != nil {
			return nil, err
		}
		var item map[string]json.RawMessage
		if err := json.Unmarshal(a.body, &item); err != nil || a.status >= 300 {
			return nil, fmt.Errorf("create an item: status %d: %.300s", a.status, a.body)
		}
		id = strings.Trim(string(item[s.id]), `"`)
	}
	get := func(path string) call { return call{method: "GET", path: path} }
	list := []struct {
		name   string
		budget budget
		call   call
		ok     bool
	}{
		{"GET one", budget{1.6, 0.65}, get(strings.ReplaceAll(s.item, "%s", id)), true},
		{"list of 20", budget{2, 0.55}, get(s.list), true},
		{"refused body", budget{2.5, 0.45}, s.refused, false},
		{"POST create", budget{2.5, 0.45}, s.create, true},
	}
	var scenes []scene
	for _, l := range list {
		a, err := p.ask(ctx, l.call, "second")
		if err != nil {
			return nil, err
		}
		if good := a.status < 300; good != l.ok || len(a.body) == 0 {
			return nil, fmt.Errorf("%s of %s: %s %s was answered with the status %d: %.300s", l.name, s.name, l.call.method, l.call.path, a.status, a.body)
		}
		scenes = append(scenes, scene{name: l.name, budget: l.budget, answer: a, requests: l.call.as(p).prepared()})
	}
	return scenes, nil
}

// prepared gives the requests of a round: one, or as many as it takes where each needs a word of its own.
func (c call) prepared() func(address, base string) [][]byte {
	next := 0
	return func(address, base string) [][]byte {
		if !strings.Contains(c.body, "%s") {
			return [][]byte{c.bytes(address, base, "")}
		}
		const most = 100_000
		list := make([][]byte, most)
		for i := range list {
			next++
			list[i] = c.bytes(address, base, fmt.Sprint(next))
		}
		return list
	}
}
