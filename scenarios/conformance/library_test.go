package conformance_test

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A library is a deployment of testdata/library.yaml, written by hand and by nothing of ours. It keeps its contract, but for
// the one rule that fault names: the id of a check, or an id with what tells two breaches of it apart.
type library struct {
	fault string
	now   func() time.Time

	mu      sync.Mutex
	books   []*book
	made    int
	answers map[string]kept        // by idempotency key
	quotes  map[string][]time.Time // by credential
	seen    map[string]bool
	notes   []*note
}

// A book is one item, with who owns it.
type book struct {
	owner   string
	members map[string]any
	views   int
}

// A note belongs to a book.
type note struct {
	id   int
	book string
	text string
}

// kept is an answer with the request that it was given to.
type kept struct {
	request string
	status  int
	header  http.Header
	body    []byte
}

// A caller is who showed a credential.
type caller struct {
	account string
	scopes  []string
	key     string
}

// The credentials of the library. Alice and Bob have accounts of their own; the reader belongs to Alice's.
var libraryCredentials = map[string]caller{
	"lib_alice_0123456789abcdef": {account: "alice", scopes: []string{"books:read", "books:write", "vault:read"}},
	"lib_bob_0123456789abcdef":   {account: "bob", scopes: []string{"books:read", "books:write", "vault:read"}},
}

// librarySecret signs the library's tokens.
const librarySecret = "a secret of the library, and of nobody else"

// libraryToken is a token as the library issues them: a JWT (RFC 7519), signed with HS256.
func libraryToken(account, audience string, scopes ...string) string {
	part := func(v any) string {
		raw, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	text := part(map[string]any{"alg": "HS256", "typ": "JWT"}) + "." + part(map[string]any{"sub": account, "aud": audience, "scope": strings.Join(scopes, " ")})
	return text + "." + librarySignature(text)
}

func librarySignature(text string) string {
	h := hmac.New(sha256.New, []byte(librarySecret))
	h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// token finds out who a token stands for.
func (l *library) token(text string) (caller, bool) {
	signed, signature, _ := cutLast(text, ".")
	_, payload, _ := strings.Cut(signed, ".")
	raw, err := base64.RawURLEncoding.DecodeString(payload)
	var claims struct{ Sub, Aud, Scope string }
	switch {
	case err != nil || json.Unmarshal(raw, &claims) != nil:
		return caller{}, false
	case !hmac.Equal([]byte(signature), []byte(librarySignature(signed))) && !l.is("AUTH-006"):
		return caller{}, false
	case claims.Aud != "library" && !l.is("AUTH-007"):
		return caller{}, false
	}
	return caller{account: claims.Sub, scopes: strings.Fields(claims.Scope), key: text}, claims.Sub == "alice" || claims.Sub == "bob"
}

func cutLast(text, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, "", false
}

const (
	libraryExpired = "lib_alice_expired_01234567"
	libraryRevoked = "lib_alice_revoked_01234567"
)

// openLibrary starts the deployment with a fault; empty: none.
func openLibrary(t testing.TB, fault string) (*library, *httptest.Server) {
	t.Helper()
	l := &library{fault: fault, now: time.Now, answers: map[string]kept{}, quotes: map[string][]time.Time{}, seen: map[string]bool{}}
	for i := range 30 {
		owner := "alice"
		if i%7 == 6 {
			owner = "bob"
		}
		l.shelve(owner, map[string]any{"title": fmt.Sprintf("Volume %d", i+1), "isbn": fmt.Sprintf("97800000001%02d", i), "pages": 100.0 + float64(i), "genre": []string{"novel", "poetry", "essay"}[i%3]})
	}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	return l, server
}

func (l *library) is(fault string) bool { return l.fault == fault }

func (l *library) shelve(owner string, members map[string]any) *book {
	l.made++
	sum := sha256.Sum256([]byte(strconv.Itoa(l.made)))
	if id, ok := members["id"].(string); !ok || id == "" {
		members["id"] = "bk_" + hex.EncodeToString(sum[:4])
	}
	members["createdAt"] = cmp.Or(text(members["createdAt"]), "2026-01-02T03:04:05Z")
	b := &book{owner: owner, members: members}
	l.books = append(l.books, b)
	return b
}

func text(v any) string { s, _ := v.(string); return s }

// ServeHTTP is the router.
func (l *library) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	if l.is("SEC-004") {
		w.Header().Set("Cache-Control", "public, max-age=600")
	}
	if l.is("SEC-003") {
		w.Header().Set("Server", "Apache/2.4.1 (Unix) PHP/5.4.3")
	}
	if origin := r.Header.Get("Origin"); origin != "" && l.is("SEC-002") {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Allow-Credentials", "true")
	}
	if r.Method == http.MethodTrace && l.is("MTH-006") {
		w.Header().Set("Content-Type", "message/http")
		fmt.Fprintf(w, "TRACE %s HTTP/1.1\r\nX-Library-Key: %s\r\n", r.URL.Path, r.Header.Get("X-Library-Key"))
		return
	}
	if l.is("SEC-005") && (strings.Contains(r.URL.RawQuery, "'") || strings.Contains(r.URL.RawQuery, "%27")) {
		l.refuse(w, 500, "Internal error", "You have an error in your SQL syntax near ''' at line 1")
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/v1")
	id, isBook := strings.CutPrefix(path, "/books/")
	switch {
	case path == "/status":
		l.only(w, r, "GET", func() { l.json(w, 200, map[string]any{"status": "up"}) })
	case path == "/catalogue":
		l.only(w, r, "GET", func() { l.catalogue(w, r) })
	case path == "/vault":
		l.only(w, r, "GET", func() { l.vault(w, r) })
	case path == "/quote":
		l.only(w, r, "GET", func() {
			if who, ok := l.caller(w, r, "books:read"); ok {
				l.quote(w, who.key)
			}
		})
	case path == "/motto":
		l.only(w, r, "GET", func() { l.quote(w, "") })
	case path == "/search":
		l.only(w, r, "GET", func() { l.search(w, r) })
	case path == "/reports/daily" && !l.is("INV-001"):
		l.only(w, r, "GET", func() { l.report(w, r) })
	case path == "/books":
		l.only(w, r, "GET, POST", func() { l.collection(w, r) })
	case isBook && strings.Contains(id, "/notes"):
		l.noted(w, r, id)
	case isBook && !strings.Contains(id, "/"):
		l.only(w, r, "GET, PUT, PATCH, DELETE", func() { l.item(w, r, id) })
	case l.is("MTH-005"):
		l.json(w, 200, map[string]any{"hello": "stranger"})
	default:
		l.refuse(w, 404, "Not Found", "There is nothing here.")
	}
}

// only lets the methods of a path through. HEAD goes with GET (RFC 9110, 9.3.2).
func (l *library) only(w http.ResponseWriter, r *http.Request, methods string, next func()) {
	allowed := strings.Split(methods, ", ")
	if slices.Contains(allowed, "GET") {
		allowed = append(allowed, "HEAD")
	}
	if r.Method == http.MethodHead && l.is("MTH-004") {
		w.Header().Set("X-Head", "no")
		w.WriteHeader(404)
		return
	}
	if slices.Contains(allowed, r.Method) || l.is("MTH-001") {
		if l.is("MTH-001") && !slices.Contains(allowed, r.Method) {
			l.json(w, 200, map[string]any{"done": true})
			return
		}
		next()
		return
	}
	switch {
	case l.is("MTH-002"):
	case l.is("MTH-003"):
		w.Header().Set("Allow", "OPTIONS")
	default:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
	}
	l.refuse(w, 405, "Method Not Allowed", "Another method, please.")
}

func (l *library) json(w http.ResponseWriter, status int, v any) {
	l.send(w, status, "application/json", v)
}

func (l *library) send(w http.ResponseWriter, status int, media string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// refuse answers with a problem (RFC 9457).
func (l *library) refuse(w http.ResponseWriter, status int, title, detail string, fields ...string) {
	p := map[string]any{"type": "about:blank", "title": title, "status": status, "detail": detail}
	if len(fields) > 0 {
		list := []any{}
		for _, f := range fields {
			list = append(list, map[string]any{"field": f, "message": "It is not as documented."})
		}
		p["errors"] = list
	}
	media := "application/problem+json"
	switch {
	case l.is("ERR-001"):
		media = "application/json"
	case l.is("ERR-002"):
		p["instance"] = 42
	case l.is("ERR-003") && status == 404:
		p["status"] = 400
	case l.is("ERR-005") && status == 404:
		p["detail"] = "java.lang.NullPointerException\n    at org.library.Books.find(Books.java:42)\n    at org.library.Main.run(Main.java:7)"
	case l.is("ERR-006") && len(fields) > 0:
		delete(p, "errors")
		p["detail"] = "Bad input."
	}
	l.send(w, status, media, p)
}

// show finds out who calls. It answers the refusals itself.
func (l *library) caller(w http.ResponseWriter, r *http.Request, scope string) (caller, bool) {
	key := r.Header.Get("X-Library-Key")
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if (l.is("AUTH-008") || l.is("AUTH-016")) && key == "" && !bearer {
		switch {
		case l.is("AUTH-016"):
			key = cmp.Or(r.URL.Query().Get("X-Library-Key"), r.URL.Query().Get("api_key"), r.URL.Query().Get("access_token"))
		default:
			key = cmp.Or(r.Header.Get("X-Api-Key"), strings.TrimPrefix(r.Header.Get("Authorization"), "Basic "), r.Header.Get("Authorization"))
			if c, err := r.Cookie("X-Library-Key"); err == nil && key == "" {
				key = c.Value
			}
		}
	}
	shown := key
	if shown == "" && bearer {
		shown = token
	}
	who, known := libraryCredentials[shown]
	if bearer && key == "" {
		who, known = l.token(token)
	}
	who.key = shown
	good := known
	alice := libraryCredentials["lib_alice_0123456789abcdef"]
	switch {
	case shown == "" && l.is("AUTH-001"), shown == libraryExpired && l.is("AUTH-004"), shown == libraryRevoked && l.is("AUTH-005"):
		who, good = alice, true
	case l.is("AUTH-002") && shown != "" && !strings.HasPrefix(shown, "lib_") && !strings.HasPrefix(shown, "ey"):
		who, good = alice, true
	case l.is("AUTH-003") && !known && strings.HasPrefix(shown, "lib_") && shown != libraryExpired && shown != libraryRevoked:
		who, good = alice, true
	case l.is("AUTH-011") && bearer:
		good = false
	}
	if !good {
		status := 401
		if l.is("AUTH-014") && shown != "" {
			status = 403
		}
		if !l.is("AUTH-010") && status == 401 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="library"`)
		}
		l.refuse(w, status, "Unauthorized", "Show a key or a token.")
		return who, false
	}
	if scope != "" && !slices.Contains(who.scopes, scope) && !l.is("AUZ-001") {
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope"`)
		l.refuse(w, 403, "Forbidden", "The token lacks the scope "+scope+".")
		return who, false
	}
	return who, true
}

func (l *library) catalogue(w http.ResponseWriter, r *http.Request) {
	if l.is("AUTH-013") || r.Header.Get("X-Library-Key") != "" {
		if _, ok := l.caller(w, r, ""); !ok {
			return
		}
	}
	l.json(w, 200, map[string]any{"books": len(l.books)})
}

func (l *library) vault(w http.ResponseWriter, r *http.Request) {
	key := libraryCredentials[r.Header.Get("X-Library-Key")]
	token, good := l.token(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	enough := key.account != "" && good
	if l.is("AUTH-012") {
		enough = key.account != "" || good
	}
	if !enough {
		if !l.is("AUTH-010") {
			w.Header().Set("WWW-Authenticate", `Bearer realm="vault"`)
		}
		l.refuse(w, 401, "Unauthorized", "Both are needed.")
		return
	}
	if good && !slices.Contains(token.scopes, "vault:read") && !l.is("AUZ-001") {
		l.refuse(w, 403, "Forbidden", "The token lacks the scope vault:read.")
		return
	}
	l.json(w, 200, map[string]any{"open": false})
}

// quote is limited: five in a second that begins with the first, for each name.
func (l *library) quote(w http.ResponseWriter, name string) {
	const most, window = 5, time.Second
	anonymous := name == ""
	if l.is("RATE-006") && !anonymous {
		name = "everybody"
	}
	now := l.now()
	if times := l.quotes[name]; len(times) > 0 && now.Sub(times[0]) >= window {
		l.quotes[name] = nil
		if l.is("RATE-005") {
			l.quotes[name] = slices.Repeat([]time.Time{now}, most)
		}
	}
	l.quotes[name] = append(l.quotes[name], now)
	used := len(l.quotes[name])
	left := max(0, most-used)
	reset := l.quotes[name][0].Add(window)
	h := w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(most))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(left))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix()+1, 10))
	switch {
	case l.is("RATE-001"):
		h.Set("X-RateLimit-Remaining", strconv.Itoa(70+left))
	case l.is("RATE-002"):
		h.Set("X-RateLimit-Remaining", "4")
	}
	if used > most && !(l.is("RATE-003") && !anonymous) && !(l.is("RATE-007") && anonymous) {
		if !l.is("RATE-004") {
			h.Set("Retry-After", "1")
		}
		l.refuse(w, 429, "Too Many Requests", "Five a second.")
		return
	}
	l.json(w, 200, map[string]any{"text": "Read more."})
}

func (l *library) collection(w http.ResponseWriter, r *http.Request) {
	scope := "books:read"
	if r.Method == http.MethodPost {
		scope = "books:write"
	}
	if l.is("AUTH-015") && r.Method == http.MethodPost {
		body, fields := l.read(w, r, newBookRules)
		if body == nil {
			if fields != nil {
				l.refuse(w, 422, "Unprocessable", "The body is not as documented.", fields...)
			}
			return
		}
		raw, _ := json.Marshal(body)
		r.Body = io.NopCloser(strings.NewReader(string(raw)))
	}
	who, ok := l.caller(w, r, scope)
	if !ok {
		if l.is("AUZ-007") && r.Method == http.MethodPost {
			l.shelve("alice", map[string]any{"title": "Left behind", "isbn": "97800000" + strconv.Itoa(10000+l.made), "pages": 1.0})
		}
		return
	}
	if r.Method == http.MethodPost {
		l.create(w, r, who)
		return
	}
	l.list(w, r, who)
}

func (l *library) list(w http.ResponseWriter, r *http.Request, who caller) {
	q := r.URL.Query()
	limit, page := 10, 1
	for name, into := range map[string]*int{"limit": &limit, "page": &page} {
		if !q.Has(name) {
			continue
		}
		n, err := strconv.Atoi(q.Get(name))
		most := 1 << 30
		if name == "limit" {
			most = 20
		}
		wrong := err != nil && !l.is("NEG-003:query") || err == nil && (n < 1 || n > most) && !l.is("NEG-005:query") && !(l.is("LIM-001") && n >= 1000)
		if len(q[name]) > 1 && !l.is("NEG-013") {
			wrong = true
		}
		if l.is("NEG-005:query") {
			n = min(n, most)
		}
		if wrong {
			l.refuse(w, 400, "Bad Request", name+" is not as documented.", name)
			return
		}
		*into = max(1, min(n, 1<<20))
	}
	genre := q.Get("genre")
	if len(q["genre"]) > 1 && !l.is("NEG-013") {
		l.refuse(w, 400, "Bad Request", "genre is there twice.", "genre")
		return
	}
	if q.Has("genre") && !slices.Contains([]string{"novel", "poetry", "essay"}, genre) && !l.is("NEG-004") {
		l.refuse(w, 400, "Bad Request", "genre is not as documented.", "genre")
		return
	}
	if l.is("POS-005") && genre == "essay" {
		l.refuse(w, 400, "Bad Request", "No essays.", "genre")
		return
	}
	if l.is("STS-002") && genre == "poetry" {
		l.refuse(w, 500, "Internal Server Error", "It broke.")
		return
	}
	if tags := q.Get("tags"); q.Has("tags") {
		parts := strings.Split(tags, ",")
		if l.is("POS-006") && len(parts) > 1 || len(parts) > 5 || slices.ContainsFunc(parts, func(s string) bool { return len([]rune(s)) > 20 }) {
			l.refuse(w, 400, "Bad Request", "tags is not as documented.", "tags")
			return
		}
	}
	l.page(w, r, who, genre, limit, page)
}

// page answers with some of a caller's books.
func (l *library) page(w http.ResponseWriter, r *http.Request, who caller, genre string, limit, page int) {
	if l.is("RES-006") && len(l.books) > 0 {
		l.books[0].members["genre"] = map[any]string{"novel": "poetry", "poetry": "essay", "essay": "novel"}[l.books[0].members["genre"]]
	}
	data := []any{}
	for _, b := range l.books {
		if (b.owner == who.account || l.is("AUZ-005")) && (genre == "" || b.members["genre"] == genre) {
			data = append(data, l.shown(b))
		}
	}
	total := len(data)
	from := min((page-1)*limit, total)
	if l.is("RES-007") && page > 1 {
		from = max(0, from-1)
	}
	data = data[from:min(from+limit, total)]
	body := map[string]any{"data": data, "total": total, "page": page}
	switch {
	case l.is("CTY-001"):
		w.Header()["Content-Type"] = nil
		raw, _ := json.Marshal(body)
		w.WriteHeader(200)
		_, _ = w.Write(raw)
	case l.is("CTY-002"):
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<h1>Books</h1>")
	case l.is("CTY-003"):
		l.send(w, 200, "application/json; charset", body)
	case l.is("CTY-004"):
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"data":[`)
	case l.is("STS-003"):
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "4000")
		_, _ = io.WriteString(w, `{"data":[]`)
		if hijacker, ok := w.(http.Hijacker); ok {
			if c, _, err := hijacker.Hijack(); err == nil {
				_ = c.Close()
			}
		}
	case l.is("CTY-006") && r.Header.Get("Accept") == "application/vnd.undeclared":
		l.send(w, 200, "application/vnd.undeclared", body)
	default:
		l.json(w, 200, body)
	}
}

func (l *library) search(w http.ResponseWriter, r *http.Request) {
	who, ok := l.caller(w, r, "books:read")
	if !ok {
		return
	}
	q := r.URL.Query()
	if n := len([]rune(q.Get("text"))); !(l.is("NEG-001") && !q.Has("text")) && (n < 2 || n > 40 || len(q["text"]) > 1) {
		l.refuse(w, 400, "Bad Request", "text is not as documented.", "text")
		return
	}
	hits := 0
	for _, b := range l.books {
		if b.owner == who.account && strings.Contains(text(b.members["title"]), q.Get("text")) {
			hits++
		}
	}
	l.json(w, 200, map[string]any{"hits": hits})
}

func (l *library) report(w http.ResponseWriter, r *http.Request) {
	who, ok := l.caller(w, r, "books:read")
	if !ok {
		return
	}
	latest := "bk_00000000"
	for _, b := range l.books {
		if b.owner == who.account && !l.is("RES-008") {
			latest = text(b.members["id"])
		}
	}
	w.Header().Set("Deprecation", "@1764547200")
	if l.is("HDR-004") {
		w.Header().Set("Deprecation", "soon")
	}
	l.json(w, 200, map[string]any{"loans": 3, "latest": latest})
}

// shown is a book as answers have it.
func (l *library) shown(b *book) map[string]any {
	m := map[string]any{"views": b.views}
	for name, v := range b.members {
		if name != "access" || l.is("SCH-003") {
			m[name] = v
		}
	}
	switch {
	case l.is("SCH-001"):
		m["pages"] = fmt.Sprint(m["pages"])
	case l.is("SCH-003"):
		m["access"] = cmp.Or(text(b.members["access"]), "open sesame")
	case l.is("SCH-004"):
		m["createdAt"] = "yesterday"
	}
	return m
}
