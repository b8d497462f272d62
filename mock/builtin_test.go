package mock_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"understudy/mock"
)

// TestDocumentedBodies holds errors of the four built-in contracts against what their vendors print. The contracts' rules
// for credentials and quotas are not asked here.
func TestDocumentedBodies(t *testing.T) {
	const problem = "application/problem+json"
	stands := map[string]*standIn{}
	for _, name := range []string{"ecosire", "echowin", "ecoevents", "eckospace"} {
		stands[name] = serve(t, name, mock.Options{SelfCheck: true})
	}
	for _, c := range []struct {
		requirement, contract, line, body string
		headers                           []string
		status                            int
		media, want                       string
	}{
		{"ECOSIRE-80", "ecosire", "POST /api/auth/login", `{"email":"nobody","password":"1234567"}`, nil, 422, "application/json",
			`{"statusCode":422,"error":"Unprocessable Entity","message":"Validation failed","details":[{"field":"email","message":"Invalid email address"},{"field":"password","message":"Must be at least 8 characters"}]}`},
		{"ECOSIRE-81", "ecosire", "POST /api/auth/login", `{"password":"1234567"}`, nil, 422, "application/json",
			`{"statusCode":422,"error":"Unprocessable Entity","message":"Validation failed","details":[{"field":"email","message":"Required"},{"field":"password","message":"Must be at least 8 characters"}]}`},
		{"ECOSIRE-15", "ecosire", "POST /api/auth/login", "", nil, 422, "application/json",
			`{"statusCode":422,"error":"Unprocessable Entity","message":"Validation failed","details":[{"field":"email","message":"Required"},{"field":"password","message":"Required"}]}`},
		{"ECOSIRE-X01", "ecosire", "POST /api/auth/login", `{"email":"nobody","password":"12345678"}`, []string{"Accept: " + problem + ", application/json;q=0.9"}, 422, problem,
			`{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"Validation failed","code":"VALIDATION_FAILED","statusCode":422,"error":"Unprocessable Entity","message":"Validation failed","details":[{"field":"email","message":"Invalid email address"}]}`},
		{"ECOSIRE-75", "ecosire", "POST /api/auth/login", `{`, nil, 400, "application/json", `{"statusCode":400,"error":"Bad Request","message":"*"}`},
		{"ECOSIRE-78", "ecosire", "GET /api/contacts/con_none", "", nil, 404, "application/json", `{"statusCode":404,"error":"Not Found","message":"*"}`},
		{"ECOSIRE-78", "ecosire", "GET /api/contacts/con_none", "", []string{"Accept: " + problem}, 404, problem,
			`{"type":"about:blank","title":"Not Found","status":404,"detail":"*","code":"NOT_FOUND","statusCode":404,"error":"Not Found","message":"*"}`},
		{"ECOSIRE-78", "ecosire", "GET /api/nowhere", "", nil, 404, "application/json", `{"statusCode":404,"error":"Not Found","message":"*"}`},
		{"ECOSIRE-79", "ecosire", "POST /api/contacts", `{"firstName":"A","lastName":"B","email":"lena.vogel@alpenrad.example"}`, nil, 409, "application/json", `{"statusCode":409,"error":"Conflict","message":"*"}`},
		{"ECOSIRE-79", "ecosire", "POST /api/contacts", `{"firstName":"A","lastName":"B","email":"lena.vogel@alpenrad.example"}`, []string{"Accept: " + problem}, 409, problem,
			`{"type":"about:blank","title":"Conflict","status":409,"detail":"*","code":"CONFLICT","statusCode":409,"error":"Conflict","message":"*"}`},
		{"ECOSIRE-84", "ecosire", "GET /api/contacts?__code=500", "", nil, 500, "application/json", `{"statusCode":500,"error":"Internal Server Error","message":"Internal server error"}`},
		{"COMMON-04", "ecosire", "PATCH /api/contacts", "", nil, 405, "application/json", `{"statusCode":405,"error":"Method Not Allowed","message":"*"}`},
		{"COMMON-04", "ecosire", "POST /api/contacts", "x", []string{"Content-Type: text/plain"}, 415, "application/json", `{"statusCode":415,"error":"Unsupported Media Type","message":"*"}`},

		{"ECHOWIN-24", "echowin", "GET /api/v1/contacts/none", "", nil, 404, "application/json", `{"error":"*"}`},
		{"ECHOWIN-24", "echowin", "GET /api/v1/nowhere", "", nil, 404, "application/json", `{"error":"*"}`},
		{"ECHOWIN-24", "echowin", "PUT /api/v1/contacts", "", nil, 405, "application/json", `{"error":"*"}`},
		{"ECHOWIN-24", "echowin", "GET /api/v1/contacts?limit=1000", "", nil, 400, "application/json", `{"error":"limit must be at most 100"}`},
		{"ECHOWIN-24", "echowin", "POST /api/v1/contacts", `{}`, nil, 400, "application/json", `{"error":"firstName is required"}`},
		{"ECHOWIN-24", "echowin", "GET /api/v1/contacts?__code=500", "", nil, 500, "application/json", `{"error":"Internal server error"}`},
		{"ECHOWIN-23", "echowin", "GET /api/v1/contacts?__code=429", "", nil, 429, "application/json", `{"error":"Rate limit exceeded. Please try again later."}`},

		{"ECOEVENTS-G01", "ecoevents", "GET /v1/events/evt_none", "", nil, 404, "application/json", `{"error":{"code":"not_found","message":"*"}}`},
		{"ECOEVENTS-G01", "ecoevents", "GET /nowhere", "", nil, 404, "application/json", `{"error":{"code":"route_not_found","message":"*"}}`},
		{"ECOEVENTS-G01", "ecoevents", "POST /v1/events", `{}`, nil, 400, "application/json", `{"error":{"code":"validation_failed","message":"name is required."}}`},
		{"ECOEVENTS-G01", "ecoevents", "GET /v1/events?limit=x", "", nil, 400, "application/json", `{"error":{"code":"validation_failed","message":"limit must be an integer."}}`},
		{"ECOEVENTS-G01", "ecoevents", "PUT /v1/events", "", nil, 405, "application/json", `{"error":{"code":"method_not_allowed","message":"*"}}`},
		{"ECOEVENTS-G01", "ecoevents", "GET /v1/events?__code=500", "", nil, 500, "application/json", `{"error":{"code":"internal_error","message":"*"}}`},

		{"ECKOSPACE-G04", "eckospace", "GET /api/nowhere", "", nil, 404, "application/json", `{"message":"The route api/nowhere could not be found."}`},
		{"ECKOSPACE-G04", "eckospace", "GET /api/posts/999", "", nil, 404, "application/json", `{"message":"The route api/posts/999 could not be found."}`},
		{"ECKOSPACE-G04", "eckospace", "DELETE /api/posts", "", nil, 405, "application/json", `{"message":"The DELETE method is not supported for route api/posts. Supported methods: GET, HEAD, POST, OPTIONS."}`},
		{"ECKOSPACE-G04", "eckospace", "POST /api/posts", `{}`, nil, 422, "application/json", `{"message":"The title field is required. (and 1 more error)","errors":{"title":["The title field is required."],"body":["The body field is required."]}}`},
		{"ECKOSPACE-G04", "eckospace", "POST /api/posts", `{"title":"Hello"}`, nil, 422, "application/json", `{"message":"The body field is required.","errors":{"body":["The body field is required."]}}`},
		{"ECKOSPACE-G04", "eckospace", "GET /api/posts?__code=500", "", nil, 500, "application/json", `{"message":"Server Error"}`},
		{"ECKOSPACE-G02", "eckospace", "GET /api/translations/app?locale=xx", "", nil, 422, "application/json", `{"message":"The selected locale is invalid.","errors":{"locale":["The selected locale is invalid."]}}`},
		{"ECKOSPACE-14", "eckospace", "POST /api/post/editor/media/document/upload", "", []string{"Content-Type: multipart/form-data; boundary=x"}, 422, "application/json", `{"message":"The file field is required.","errors":{"file":["The file field is required."]}}`},
		{"ECKOSPACE-16", "eckospace", "GET /social-login/callback/google?code=a", "", nil, 403, "application/json", `{"message":"*"}`},
	} {
		a := stands[c.contract].call(c.line, c.body, c.headers...)
		if a.StatusCode != c.status || a.Header.Get("Content-Type") != c.media {
			t.Errorf("%s: %s: %d %q, want %d %q", c.requirement, c.line, a.StatusCode, a.Header.Get("Content-Type"), c.status, c.media)
		}
		if !alike(t, a.body, c.want) {
			t.Errorf("%s: %s:\ngot  %s\nwant %s", c.requirement, c.line, a.body, c.want)
		}
	}
	for name, s := range stands {
		if log := s.log.String(); strings.Contains(log, "breaks the contract") {
			t.Errorf("%s: %s", name, log)
		}
	}
}

// alike compares two JSON texts; "*" in the wanted one is any text that says something.
func alike(t *testing.T, got, want string) bool {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		return false
	}
	return fits(g, w)
}

func fits(got, want any) bool {
	switch w := want.(type) {
	case string:
		text, ok := got.(string)
		return ok && (text == w || w == "*" && text != "")
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for name, v := range w {
			if member, ok := g[name]; !ok || !fits(member, v) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !fits(g[i], w[i]) {
				return false
			}
		}
		return true
	}
	return got == want
}

// TestLifeOfAnItem goes through create, read, change, list, delete and what is left, in each contract.
func TestLifeOfAnItem(t *testing.T) {
	for _, c := range []struct {
		contract, path, create string
		method, change, member string // how an item is changed, and the member that is
		value                  string
		deleted                int
		list                   string // member of the list's body that holds the items
	}{
		{"ecosire", "/api/contacts", `{"firstName":"Ada","lastName":"Byron","email":"ada@example.com"}`, "PATCH", `{"company":"Engines"}`, "company", "Engines", 204, "data"},
		{"echowin", "/api/v1/contacts", `{"firstName":"Ada","lastName":"Byron","phone":"+14155550100"}`, "PATCH", `{"company":"Engines"}`, "company", "Engines", 204, "data"},
		{"ecoevents", "/v1/vendors", `{"name":"Windkraft","category":"energy","contactEmail":"post@windkraft.example","country":"DE"}`, "PATCH", `{"status":"paused"}`, "status", "paused", 204, "data"},
		{"eckospace", "/api/posts", `{"title":"Hello","body":"World"}`, "PUT", `{"title":"Hello","body":"There"}`, "body", "There", 204, "data"},
	} {
		t.Run(c.contract, func(t *testing.T) {
			s := serve(t, c.contract, mock.Options{SelfCheck: true})
			made := s.call("POST "+c.path, c.create)
			if made.StatusCode != 201 {
				t.Fatalf("create: %d %s", made.StatusCode, made.body)
			}
			id := member(t, unwrapped(t, made.body), "id")
			at := c.path + "/" + id
			if read := s.call("GET "+at, ""); read.StatusCode != 200 || read.body != made.body {
				t.Errorf("read: %d %s, made was %s", read.StatusCode, read.body, made.body)
			}
			if a := s.call(c.method+" "+at, c.change); a.StatusCode != 200 || member(t, unwrapped(t, a.body), c.member) != c.value {
				t.Errorf("change: %d %s", a.StatusCode, a.body)
			}
			if a := s.call("GET "+c.path, ""); a.StatusCode != 200 || !strings.Contains(a.body, id) || !strings.Contains(a.body, c.value) {
				t.Errorf("list: %d %s", a.StatusCode, a.body)
			}
			if a := s.call("DELETE "+at, ""); a.StatusCode != c.deleted || a.body != "" || a.Header.Get("Content-Type") != "" {
				t.Errorf("delete: %d %q %v", a.StatusCode, a.body, a.Header)
			}
			if a := s.call("GET "+at, ""); a.StatusCode != 404 {
				t.Errorf("what is gone: %d %s", a.StatusCode, a.body)
			}
			changes := map[string]int{}
			for n := range uint64(6) {
				for _, change := range s.last(n + 1).Changes {
					if !strings.HasSuffix(change.Key, "/"+id) {
						t.Errorf("entry %d changed %s", n+1, change.Key)
					}
					changes[change.Kind]++
				}
			}
			if changes["created"] != 1 || changes["updated"] != 1 || changes["deleted"] != 1 {
				t.Errorf("the journal counts %v", changes)
			}
			if log := s.log.String(); strings.Contains(log, "breaks the contract") {
				t.Error(log)
			}
		})
	}
}

// unwrapped is the item of a body that has it in "data".
func unwrapped(t *testing.T, body string) string {
	t.Helper()
	var wrapper struct{ Data json.RawMessage }
	if err := json.Unmarshal([]byte(body), &wrapper); err == nil && len(wrapper.Data) > 0 {
		return string(wrapper.Data)
	}
	return body
}

// TestECOSIREDescription is for ECOSIRE-01, -05, -06, -07 and -08.
func TestECOSIREDescription(t *testing.T) {
	s := serve(t, "ecosire", mock.Options{})
	a := s.call("GET /api/openapi.json", "")
	var d struct {
		OpenAPI string
		Servers []struct{ URL string }
		Paths   map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(a.body), &d); err != nil || a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v: %v", a.StatusCode, a.Header, err)
	}
	if !strings.HasPrefix(d.OpenAPI, "3.0.") || d.Servers[0].URL != s.url+"/api" {
		t.Errorf("version %s, servers %v", d.OpenAPI, d.Servers)
	}
	for _, route := range []string{"/auth/login post", "/contacts get", "/support post", "/crm/capture post", "/ecosire-ai/ask post", "/licenses/validate post", "/licenses/activate post", "/newsletter/subscribe post"} {
		path, method, _ := strings.Cut(route, " ")
		if d.Paths[path][method] == nil {
			t.Errorf("the description lacks %s", route)
		}
	}
	var references func(v any)
	references = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && !strings.HasPrefix(ref, "#/") {
				t.Errorf("a reference leaves the file: %s", ref)
			}
			for _, m := range v {
				references(m)
			}
		case []any:
			for _, m := range v {
				references(m)
			}
		}
	}
	var whole any
	if err := json.Unmarshal([]byte(a.body), &whole); err != nil {
		t.Fatal(err)
	}
	references(whole)

	page := s.call("GET /api/docs", "")
	if page.StatusCode != 200 || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || !strings.Contains(page.body, "/api/openapi.json") {
		t.Errorf("%d %v", page.StatusCode, page.Header)
	}
	local(t, "the page", page.body)
}

func TestTranslations(t *testing.T) {
	s := serve(t, "eckospace", mock.Options{SelfCheck: true})
	texts := map[string]string{}
	for _, query := range []string{"?locale=en", "?locale=es", "?locale=de", ""} {
		a := s.call("GET /api/translations/app"+query, "", "Authorization: Bearer 1|x", "Accept: application/json")
		var object map[string]string
		if err := json.Unmarshal([]byte(a.body), &object); err != nil || a.StatusCode != 200 || len(object) == 0 {
			t.Errorf("%q: %d %v", query, a.StatusCode, err)
		}
		texts[query] = a.body
	}
	if texts["?locale=en"] != texts[""] || texts["?locale=es"] == texts["?locale=en"] || texts["?locale=de"] == texts["?locale=es"] {
		t.Error("the locale does not choose the texts")
	}
}

// TestUpload sends a file and fetches it again, byte for byte.
func TestUpload(t *testing.T) {
	s := serve(t, "eckospace", mock.Options{SelfCheck: true})
	content := append([]byte("%PDF-1.7 \x00\xff\r\n--x--\r\n"), bytes.Repeat([]byte{0, 1, 2, 255}, 50_000)...)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "flyer.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/post/editor/media/document/upload", &form)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	a := s.send(r)
	if a.StatusCode != 201 || member(t, a.body, "name") != "flyer.pdf" || member(t, a.body, "size") != strconv.Itoa(len(content)) {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	id := member(t, a.body, "id")
	back := s.call("GET /api/post/editor/media/document/"+id, "")
	if back.StatusCode != 200 || back.body != string(content) {
		t.Errorf("back came %d with %d bytes, sent were %d", back.StatusCode, len(back.body), len(content))
	}
}
