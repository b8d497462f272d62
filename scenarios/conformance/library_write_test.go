package conformance_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A rule says what a member of a body must be; it answers with the id of the check whose fault a value is, or with "".
type rule func(v any) string

func textRule(least, most int) rule {
	return func(v any) string {
		s, ok := v.(string)
		switch n := len([]rune(s)); {
		case v == nil:
			return "NEG-012"
		case !ok:
			return "NEG-003"
		case n < least || n > most:
			return "NEG-006"
		}
		return ""
	}
}

func nullable(r rule) rule {
	return func(v any) string {
		if v == nil {
			return ""
		}
		return r(v)
	}
}

var (
	isbnForm = regexp.MustCompile(`^[0-9]{13}$`)

	newBookRules = map[string]rule{
		"title": textRule(1, 80), "subtitle": nullable(textRule(0, 80)), "isbn": isbnRule, "pages": pagesRule, "price": priceRule, "genre": genreRule,
		"tags": tagsRule, "published": publishedRule, "access": textRule(4, 40), "source": sourceRule,
	}
	newNoteRules    = map[string]rule{"text": textRule(1, 200)}
	bookChangeRules = map[string]rule{"title": textRule(1, 80), "subtitle": nullable(textRule(0, 80)), "pages": pagesRule}
)

func isbnRule(v any) string {
	s, ok := v.(string)
	switch {
	case v == nil:
		return "NEG-012"
	case !ok:
		return "NEG-003"
	case !isbnForm.MatchString(s):
		return "NEG-007"
	}
	return ""
}

func pagesRule(v any) string {
	n, ok := v.(float64)
	switch {
	case v == nil:
		return "NEG-012"
	case !ok, n != float64(int64(n)):
		return "NEG-003"
	case n < 1 || n > 5000:
		return "NEG-005"
	}
	return ""
}

func priceRule(v any) string {
	n, ok := v.(float64)
	switch {
	case v == nil:
		return "NEG-012"
	case !ok:
		return "NEG-003"
	case n <= 0 || n*2 != float64(int64(n*2)):
		return "NEG-005"
	}
	return ""
}

func genreRule(v any) string {
	s, ok := v.(string)
	switch {
	case v == nil:
		return "NEG-012"
	case !ok:
		return "NEG-003"
	case !slices.Contains([]string{"novel", "poetry", "essay"}, s):
		return "NEG-004"
	}
	return ""
}

func tagsRule(v any) string {
	list, ok := v.([]any)
	switch {
	case v == nil:
		return "NEG-012"
	case !ok:
		return "NEG-003"
	case len(list) > 5:
		return "NEG-008"
	}
	seen := map[string]bool{}
	for _, one := range list {
		if id := textRule(1, 20)(one); id != "" {
			return id
		}
		if seen[one.(string)] {
			return "NEG-008"
		}
		seen[one.(string)] = true
	}
	return ""
}

func publishedRule(v any) string {
	s, ok := v.(string)
	switch {
	case v == nil:
		return "NEG-012"
	case !ok:
		return "NEG-003"
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "NEG-007"
	}
	return ""
}

func sourceRule(v any) string {
	m, ok := v.(map[string]any)
	if v == nil {
		return "NEG-012"
	}
	if !ok {
		return "NEG-003"
	}
	fits := 0
	for name := range m {
		if name != "publisher" && name != "donor" {
			return "NEG-009"
		}
	}
	for _, name := range []string{"publisher", "donor"} {
		if s, ok := m[name].(string); ok && s != "" && len(m) == 1 {
			fits++
		}
	}
	if fits != 1 {
		return "NEG-014"
	}
	return ""
}

// read takes a body and judges it by the rules. Without a body it has answered, or gives the fields that are wrong.
func (l *library) read(w http.ResponseWriter, r *http.Request, rules map[string]rule) (map[string]any, []string) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	wanted := "application/json"
	if r.Method == http.MethodPatch {
		wanted = "application/merge-patch+json"
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		return nil, nil
	}
	if l.is("LIM-002") && len(raw) > 1<<20 || l.is("LIM-003") && strings.Contains(string(raw[:min(len(raw), 1000)]), `[{"a":[{"a":[{"a":`) {
		l.refuse(w, 500, "Internal Server Error", "It broke.")
		return nil, nil
	}
	if len(raw) > 1<<20 {
		l.refuse(w, 413, "Content Too Large", "A megabyte at most.")
		return nil, nil
	}
	if len(raw) == 0 && l.is("NEG-011") {
		return map[string]any{"title": "Untitled", "isbn": "9780000000000", "pages": 1.0}, nil
	}
	if media != wanted && len(raw) > 0 && l.is("ERR-004") && rules["text"] != nil {
		l.json(w, 415, map[string]any{"error": map[string]any{"code": "type"}})
		return nil, nil
	}
	if media != wanted && len(raw) > 0 && !l.is("CTY-005") {
		l.refuse(w, 415, "Unsupported Media Type", "Send "+wanted+".")
		return nil, nil
	}
	if media != wanted && len(raw) > 0 {
		return map[string]any{"title": "Untitled", "isbn": "97800000" + strconv.Itoa(10000+l.made), "pages": 1.0}, nil
	}
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil || body == nil {
		if l.is("NEG-010") && err != nil && len(raw) > 0 && !json.Valid(raw) {
			return map[string]any{"title": "Untitled", "isbn": "97800000" + strconv.Itoa(10000+l.made), "pages": 1.0}, nil
		}
		if err != nil && !json.Valid(raw) || len(raw) == 0 {
			l.refuse(w, 400, "Bad Request", "The body is no JSON.")
			return nil, nil
		}
		if rules["text"] != nil {
			return nil, []string{"text"}
		}
		return nil, []string{"title"}
	}
	return l.judge(body, rules, r.Method)
}

// judge gives the body, or the fields that are wrong.
func (l *library) judge(body map[string]any, rules map[string]rule, method string) (map[string]any, []string) {
	var wrong []string
	kept := map[string]any{}
	for name, v := range body {
		check := rules[name]
		switch {
		case name == "createdAt" && method != http.MethodPatch: // readOnly: it is passed over
			if l.is("NEG-015") {
				kept[name] = v
			}
			continue
		case check == nil && l.is("PRP-001") && name == "id":
			kept[name] = v
			continue
		case check == nil && rules["isbn"] == nil && rules["text"] != nil: // notes take what else comes
			continue
		case check == nil:
			if !l.is("NEG-009") {
				wrong = append(wrong, name)
			}
			continue
		}
		if id := check(v); id != "" && !l.is(id) {
			wrong = append(wrong, name)
			continue
		}
		kept[name] = v
	}
	required := []string{"title", "isbn", "pages"}
	if rules["text"] != nil {
		required = []string{"text"}
	}
	if method != http.MethodPatch {
		for _, name := range required {
			if _, ok := body[name]; !ok && !l.is("NEG-002") {
				wrong = append(wrong, name)
			}
		}
	} else if len(body) == 0 {
		wrong = append(wrong, "body")
	}
	switch subtitle, hasSubtitle := body["subtitle"]; {
	case l.is("POS-002") && !hasSubtitle && method == http.MethodPost:
		wrong = append(wrong, "subtitle")
	case l.is("POS-003") && len(body) == len(newBookRules):
		wrong = append(wrong, "subtitle")
	case l.is("POS-004") && len([]rune(text(body["title"]))) == 80:
		wrong = append(wrong, "title")
	case l.is("POS-001") && body["title"] == "The Long Shelf":
		wrong = append(wrong, "title")
	case l.is("POS-005:branch") && subtitle == nil:
		if source, ok := body["source"].(map[string]any); ok && source["donor"] != nil {
			wrong = append(wrong, "source")
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return nil, wrong
	}
	for name, zero := range map[string]any{"title": "Untitled", "isbn": "97800000" + strconv.Itoa(10000+l.made), "pages": 1.0} {
		if _, ok := kept[name]; !ok && method != http.MethodPatch {
			kept[name] = zero
		}
	}
	return kept, nil
}

func (l *library) create(w http.ResponseWriter, r *http.Request, who caller) {
	key := r.Header.Get("Idempotency-Key")
	if len(key) > 64 && !l.is("NEG-006:header") {
		l.refuse(w, 400, "Bad Request", "The key is too long.", "Idempotency-Key")
		return
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(raw)))
	if a, ok := l.answers[who.account+" "+key]; ok && key != "" && !l.is("RES-009") {
		if a.request != string(raw) && !l.is("RES-009:other") {
			l.refuse(w, 422, "Unprocessable Content", "The key was used for another request.", "Idempotency-Key")
			return
		}
		for name, values := range a.header {
			w.Header()[name] = values
		}
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
		return
	}
	body, fields := l.read(w, r, newBookRules)
	if body == nil {
		if l.is("NEG-020") && len(fields) > 0 {
			l.shelve(who.account, map[string]any{"title": "Left behind", "isbn": "97800000" + strconv.Itoa(10000+l.made), "pages": 1.0})
		}
		if fields != nil {
			l.refuse(w, 422, "Unprocessable Content", "The body is not as documented.", fields...)
		}
		return
	}
	if slices.ContainsFunc(l.books, func(b *book) bool { return b.members["isbn"] == body["isbn"] && b.owner == who.account }) {
		l.refuse(w, 409, "Conflict", "The ISBN is taken.", "isbn")
		return
	}
	b := l.shelve(who.account, body)
	if l.is("RES-002") {
		l.books = l.books[:len(l.books)-1]
	}
	location := "/v1/books/" + text(b.members["id"])
	if l.is("HDR-003") {
		location = "/v1/shelves/" + text(b.members["id"])
	}
	if !l.is("HDR-001") {
		w.Header().Set("Location", location)
	}
	status := http.StatusCreated
	if l.is("STS-001") {
		status = http.StatusAccepted
	}
	shown, _ := json.Marshal(l.shown(b))
	if key != "" {
		l.answers[who.account+" "+key] = kept{request: string(raw), status: status, header: http.Header{"Location": {location}, "Content-Type": {"application/json"}}, body: shown}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(shown)
}

func (l *library) item(w http.ResponseWriter, r *http.Request, id string) {
	scope := "books:read"
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		scope = "books:write"
	}
	who, ok := l.caller(w, r, scope)
	if !ok {
		return
	}
	i := slices.IndexFunc(l.books, func(b *book) bool { return b.members["id"] == id })
	foreign := i >= 0 && l.books[i].owner != who.account
	if foreign && (l.is("AUZ-003") && scope == "books:read" || l.is("AUZ-004") && scope == "books:write") {
		foreign = false
	}
	if i < 0 || foreign {
		if l.is("RES-004:delete") && r.Method == http.MethodDelete && l.seen[id] && len(l.books) > 0 {
			l.books = l.books[1:]
		}
		if foreign && l.is("AUZ-006") {
			l.refuse(w, 403, "Forbidden", "It is somebody else's.")
			return
		}
		l.refuse(w, 404, "Not Found", "There is no such book.")
		return
	}
	b := l.books[i]
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		l.show(w, r, b)
	case http.MethodDelete:
		if !l.is("RES-001") {
			l.books = slices.Delete(l.books, i, i+1)
		}
		l.seen[id] = true
		if !l.is("RES-005") {
			l.notes = slices.DeleteFunc(l.notes, func(n *note) bool { return n.book == id })
		}
		if l.is("STS-004") {
			l.json(w, 201, map[string]any{"deleted": true})
			return
		}
		w.WriteHeader(204)
	default:
		l.change(w, r, b, who)
	}
}

func (l *library) show(w http.ResponseWriter, r *http.Request, b *book) {
	b.views++
	shown := l.shown(b)
	raw, _ := json.Marshal(b.members)
	sum := sha256.Sum256(raw)
	tag := `"` + hex.EncodeToString(sum[:6]) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("X-Views", strconv.Itoa(b.views))
	if l.is("HDR-002") {
		w.Header().Set("X-Views", "many")
	}
	if r.Header.Get("If-None-Match") == tag && !l.is("HDR-005") {
		w.WriteHeader(304)
		return
	}
	l.json(w, 200, shown)
}

func (l *library) change(w http.ResponseWriter, r *http.Request, b *book, who caller) {
	rules := newBookRules
	if r.Method == http.MethodPatch {
		rules = bookChangeRules
	}
	body, fields := l.read(w, r, rules)
	if body == nil {
		if fields != nil {
			l.refuse(w, 422, "Unprocessable Content", "The body is not as documented.", fields...)
		}
		return
	}
	if slices.ContainsFunc(l.books, func(o *book) bool {
		return o != b && o.owner == who.account && o.members["isbn"] == body["isbn"] && body["isbn"] != nil
	}) {
		l.refuse(w, 409, "Conflict", "The ISBN is taken.", "isbn")
		return
	}
	before := b.members
	next := map[string]any{"id": before["id"], "createdAt": before["createdAt"]}
	if r.Method == http.MethodPatch || l.is("RES-010") {
		for name, v := range before {
			next[name] = v
		}
	}
	for name, v := range body {
		if v == nil && r.Method == http.MethodPatch {
			if !l.is("RES-011") {
				delete(next, name)
			}
			continue
		}
		next[name] = v
	}
	answered := &book{members: next, views: b.views}
	if !l.is("RES-003") {
		b.members = next
	}
	if l.is("RES-004") && r.Method == http.MethodPut {
		l.made++
		b.members["title"] = text(next["title"]) + " " + strconv.Itoa(l.made)
	}
	l.json(w, 200, l.shown(answered))
}

// noted serves the notes of a book.
func (l *library) noted(w http.ResponseWriter, r *http.Request, path string) {
	id, rest, _ := strings.Cut(path, "/notes")
	number, isNote := strings.CutPrefix(rest, "/")
	methods, scope := "GET, POST", "books:read"
	if isNote {
		methods = "GET, DELETE"
	}
	if r.Method == http.MethodPost || r.Method == http.MethodDelete {
		scope = "books:write"
	}
	l.only(w, r, methods, func() {
		who, ok := l.caller(w, r, scope)
		if !ok {
			return
		}
		there := slices.ContainsFunc(l.books, func(b *book) bool { return b.members["id"] == id && b.owner == who.account })
		if !there && !(l.is("RES-005") && l.seen[id]) {
			l.refuse(w, 404, "Not Found", "There is no such book.")
			return
		}
		if isNote {
			l.note(w, r, id, number)
			return
		}
		l.bookNotes(w, r, id)
	})
}

func (l *library) bookNotes(w http.ResponseWriter, r *http.Request, id string) {
	if r.Method != http.MethodPost {
		list := []any{}
		for _, n := range l.notes {
			if n.book == id {
				list = append(list, map[string]any{"id": n.id, "text": n.text})
			}
		}
		l.json(w, 200, list)
		return
	}
	body, fields := l.read(w, r, newNoteRules)
	if body == nil {
		if fields != nil {
			l.refuse(w, 422, "Unprocessable Content", "The body is not as documented.", fields...)
		}
		return
	}
	l.made++
	n := &note{id: l.made, book: id, text: text(body["text"])}
	l.notes = append(l.notes, n)
	l.json(w, 201, map[string]any{"id": n.id, "text": n.text})
}

func (l *library) note(w http.ResponseWriter, r *http.Request, id, number string) {
	i := slices.IndexFunc(l.notes, func(n *note) bool { return n.book == id && strconv.Itoa(n.id) == number })
	switch {
	case i < 0:
		l.refuse(w, 404, "Not Found", "There is no such note.")
	case r.Method == http.MethodDelete:
		l.notes = slices.Delete(l.notes, i, i+1)
		w.WriteHeader(204)
	default:
		l.json(w, 200, map[string]any{"id": l.notes[i].id, "text": l.notes[i].text})
	}
}
