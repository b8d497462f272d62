package receiver_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The secrets of the receivers under test.
var secrets = map[string]string{
	"STRIPE_WEBHOOK_SECRET":    "whsec_5f1c0f0d6a2b4c8e9d7a3b1c5e6f7a8b",
	"ECOSIRE_LICENSE_SECRET":   "9b2e4d6c8a0f1e3d5c7b9a8f6e4d2c0b9b2e4d6c",
	"ECOEVENTS_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	"ECKOSPACE_WEBHOOK_SECRET": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
	"PLAIN_WEBHOOK_SECRET":     "It's a Secret to Everybody",
}

// faults are what is wrong with a receiver. The zero value is a correct one.
type faults struct {
	trusting    string // the families whose signatures are not looked at: "all", "license"
	empty       bool   // an empty signature counts as none needed
	anySecret   bool   // any well-formed signature will do
	rewritten   bool   // verifies JSON as it would write it itself
	ageless     bool   // no timestamp is judged
	onlyPast    bool   // timestamps ahead are not judged
	firstOnly   bool   // only the first signature of the header counts
	anyScheme   bool   // v0 is as good as v1
	patient     bool   // a long header is answered with 500
	byHeader    bool   // the header that is there decides how is verified
	refuse      int    // status of refusals; 0: 401
	works       bool   // works before it verifies
	forgetful   bool   // knows no ids
	racy        bool   // looks for the id, and stores it later
	byContent   bool   // ids are known together with the body
	orderly     bool   // refuses events that are older than the newest
	unknown     int    // status of unknown events; 0: 200; -1: the connection is dropped
	worksOnAll  bool   // unknown events take effect
	fragile     bool   // 500 for a body that is no object
	noCoding    bool   // 500 for a coded body
	small       bool   // 500 for a large body
	hasty       bool   // 500 for a small body that comes in pieces and takes longer than 50 ms
	noMethods   bool   // 500 for other methods than POST
	sour        bool   // 500 once after a body that broke off
	few         bool   // 503 while another delivery is worked on
	slow        time.Duration
	closed      bool // refuses everything
	ignoresType bool // does not look at the content type
}

// A shop is a receiver under test. Its verification is written without regard to the room that signs.
type shop struct {
	faults
	kind string // ecosire, standard, github

	mu       sync.Mutex
	seen     map[string]bool
	worked   int
	newest   string
	upset    bool
	underWay int
}

func newShop(kind string, f faults) *shop {
	return &shop{faults: f, kind: kind, seen: map[string]bool{}}
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/processed" {
		s.mu.Lock()
		defer s.mu.Unlock()
		fmt.Fprintf(w, `{"processed":%d,"name":"shop"}`, s.worked)
		return
	}
	status := s.receive(r)
	if status < 0 {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
}

// receive gives the status of the answer.
func (s *shop) receive(r *http.Request) int {
	if s.slow > 0 {
		time.Sleep(s.slow)
	}
	s.mu.Lock()
	upset, busy := s.upset, s.few && s.underWay > 2
	s.upset = false
	s.underWay++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.underWay--
		s.mu.Unlock()
	}()
	switch {
	case r.Method != http.MethodPost && s.noMethods, upset:
		return 500
	case r.Method != http.MethodPost:
		return 405
	case busy:
		return 503
	case s.closed:
		return s.refused()
	}
	if s.few {
		time.Sleep(20 * time.Millisecond)
	}
	body, status := s.read(r)
	if status != 0 {
		return status
	}
	if s.works {
		s.effect()
	}
	kind, id, created := s.facts(r, body)
	if !s.verified(r, body, kind) {
		if s.patient && len(r.Header.Get("stripe-signature"))+len(r.Header.Get("webhook-signature"))+len(r.Header.Get("X-Hub-Signature-256"))+len(r.Header.Get("X-License-Signature")) > 4000 {
			return 500
		}
		return s.refused()
	}
	return s.work(body, kind, id, created)
}

func (s *shop) refused() int {
	if s.refuse != 0 {
		return s.refuse
	}
	return 401
}

func (s *shop) read(r *http.Request) ([]byte, int) {
	if r.Header.Get("Content-Encoding") != "" {
		if s.noCoding {
			return nil, 500
		}
		return nil, 415
	}
	if !s.ignoresType && !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return nil, 415
	}
	started := time.Now()
	pieces := &counter{r: r.Body}
	body, err := io.ReadAll(io.LimitReader(pieces, 256<<10+1))
	switch {
	case err != nil:
		s.mu.Lock()
		s.upset = s.sour
		s.mu.Unlock()
		return nil, 400
	case len(body) > 256<<10 && s.small:
		_, _ = io.Copy(io.Discard, r.Body) // else the answer may be lost with the connection
		return nil, 500
	case s.hasty && time.Since(started) > 50*time.Millisecond && pieces.n > 1 && len(body) < 64<<10:
		return nil, 500
	case len(body) > 256<<10:
		return nil, 413
	}
	return body, 0
}

// A counter counts the pieces in which something comes.
type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if n > 0 {
		c.n++
	}
	return n, err
}

// facts gives what a delivery says of its event, before anybody knows whether it is true.
func (s *shop) facts(r *http.Request, body []byte) (kind, id, created string) {
	var event struct {
		ID, Type, Timestamp string
		Created             json.Number
	}
	_ = json.Unmarshal(body, &event)
	kind, id, created = event.Type, event.ID, event.Timestamp+event.Created.String()
	switch s.kind {
	case "standard":
		id = r.Header.Get("webhook-id")
	case "github":
		kind, id = r.Header.Get("X-GitHub-Event"), r.Header.Get("X-GitHub-Delivery")
	}
	return kind, id, created
}

func (s *shop) work(body []byte, kind, id, created string) int {
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil {
		if s.fragile {
			return 500
		}
		return 400
	}
	known := false
	for _, prefix := range []string{"checkout.session.completed", "invoice.", "customer.", "charge.", "payment_intent.", "license.", "event.", "vendor.", "payment.", "wallet.", "moderation.", "business.", "push", "ping"} {
		known = known || strings.HasPrefix(kind, prefix) && !strings.Contains(kind, "unheard")
	}
	if s.kind == "github" && known {
		known = object["ref"] != nil || object["zen"] != nil
	}
	if !known && !s.worksOnAll {
		if s.unknown != 0 {
			if kind == "" || object["unexpected"] != nil {
				return 200
			}
			return s.unknown
		}
		return 200
	}
	s.mu.Lock()
	late := s.orderly && created < s.newest
	s.newest = max(s.newest, created)
	s.mu.Unlock()
	if late {
		return 409
	}
	s.once(id, body)
	return 200
}

// once works on an id that is not known.
func (s *shop) once(id string, body []byte) {
	if s.byContent {
		id += string(body)
	}
	s.mu.Lock()
	known := s.seen[id]
	if !s.racy {
		s.seen[id] = true
	}
	s.mu.Unlock()
	if known && !s.forgetful {
		return
	}
	if s.racy {
		for range 20 { // until another one comes, or nobody does
			s.mu.Lock()
			another := s.underWay > 1
			s.mu.Unlock()
			time.Sleep(5 * time.Millisecond)
			if another {
				break
			}
		}
		s.mu.Lock()
		s.seen[id] = true
		s.mu.Unlock()
	}
	s.effect()
}

func (s *shop) effect() {
	s.mu.Lock()
	s.worked++
	s.mu.Unlock()
}

// verified judges the signature that the kind of event is signed with.
func (s *shop) verified(r *http.Request, body []byte, kind string) bool {
	if s.rewritten {
		var b bytes.Buffer
		if json.Compact(&b, body) == nil {
			body = b.Bytes()
		}
	}
	family := s.kind
	if s.kind == "ecosire" {
		family = "stripe"
		if strings.HasPrefix(kind, "license.") || s.byHeader && r.Header.Get("stripe-signature") == "" {
			family = "license"
		}
		if s.byHeader && r.Header.Get("stripe-signature") != "" {
			family = "stripe"
		}
	}
	if s.trusting == "all" || s.trusting == family {
		return true
	}
	switch family {
	case "stripe":
		return s.stripe(r.Header.Get("stripe-signature"), body)
	case "license":
		return s.same(r.Header.Get("X-License-Signature"), hex.EncodeToString(sum(secrets["ECOSIRE_LICENSE_SECRET"], body)))
	case "github":
		return s.same(r.Header.Get("X-Hub-Signature-256"), "sha256="+hex.EncodeToString(sum(secrets["PLAIN_WEBHOOK_SECRET"], body)))
	}
	return s.standard(r, body)
}

func (s *shop) stripe(header string, body []byte) bool {
	if header == "" {
		return s.empty
	}
	var at string
	var given []string
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(part, "=")
		switch {
		case name == "t":
			at = value
		case name == "v1" || s.anyScheme && name == "v0":
			given = append(given, value)
		}
	}
	return s.fresh(at, false) && s.among(given, hex.EncodeToString(sum(secrets["STRIPE_WEBHOOK_SECRET"], []byte(at+"."), body)))
}

func (s *shop) standard(r *http.Request, body []byte) bool {
	header := r.Header.Get("webhook-signature")
	if header == "" {
		return s.empty
	}
	id, at := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	var given []string
	for part := range strings.SplitSeq(header, " ") {
		version, value, _ := strings.Cut(part, ",")
		if version == "v1" || s.anyScheme && version == "v0" {
			given = append(given, value)
		}
	}
	for _, name := range []string{"ECOEVENTS_WEBHOOK_SECRET", "ECKOSPACE_WEBHOOK_SECRET"} {
		key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secrets[name], "whsec_"))
		if s.fresh(at, true) && s.among(given, base64.StdEncoding.EncodeToString(sum(string(key), []byte(id+"."+at+"."), body))) {
			return true
		}
	}
	return false
}

func (s *shop) fresh(text string, ahead bool) bool {
	at, err := strconv.ParseInt(text, 10, 64)
	age := time.Now().Unix() - at
	return err == nil && (s.ageless || age <= 300 && (s.onlyPast || !ahead || age >= -300))
}

func (s *shop) among(given []string, want string) bool {
	for i, one := range given {
		if s.same(one, want) && (i == 0 || !s.firstOnly) {
			return true
		}
	}
	return false
}

func (s *shop) same(given, want string) bool {
	switch {
	case given == "":
		return s.empty
	case s.anySecret:
		return len(given) == len(want)
	}
	return hmac.Equal([]byte(given), []byte(want))
}

func sum(key string, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, []byte(key))
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}
