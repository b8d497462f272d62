package grade

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
)

// directive gives the value of a word of Cache-Control (RFC 9111, 5.2).
func directive(h http.Header, word string) (value string, ok bool) {
	for _, line := range h["Cache-Control"] {
		for part := range strings.SplitSeq(line, ",") {
			name, text, _ := strings.Cut(strings.TrimSpace(part), "=")
			if strings.EqualFold(name, word) {
				return strings.Trim(text, `"`), true
			}
		}
	}
	return "", false
}

// conditional says that a request asks only for what has changed.
func conditional(c *Call) bool {
	return c.RequestHeader.Get("If-None-Match") != "" || c.RequestHeader.Get("If-Modified-Since") != ""
}

// validator is what a later request can name the answer by; strong ones first.
func validator(c *Call) string {
	if tag := c.ResponseHeader.Get("ETag"); tag != "" {
		return tag
	}
	return c.ResponseHeader.Get("Last-Modified")
}

// A reading is a resource that one caller reads.
type reading struct{ holder, url string }

// judgeConditional counts reads that brought what was known (NET-004).
func judgeConditional(rec *Recording, t *Trial) {
	type known struct {
		call  *Call
		again int // reads that brought the same once more
	}
	seen := map[reading]*known{}
	for _, c := range rec.Calls {
		if c.Method != http.MethodGet || c.RequestHeader.Get("Range") != "" {
			continue
		}
		key := reading{holder(c), c.URL}
		k := seen[key]
		if k != nil {
			t.Exercised(k.call, c)
			if !conditional(c) && c.Status == http.StatusOK && validator(c) == validator(k.call) {
				k.again++
				t.breaks(finding{
					level: levelOf(k.again), message: fmt.Sprintf("%s was read again without the validator that its answer had, and brought the same once more.", label(c)),
					want: "If-None-Match or If-Modified-Since", got: "neither", where: "request header If-None-Match", keyword: "unconditional",
				}, c, k.call)
			}
		}
		_, forbidden := directive(c.ResponseHeader, "no-store")
		if c.Status == http.StatusOK && validator(c) != "" && !forbidden && (k == nil || validator(k.call) != validator(c)) {
			seen[key] = &known{call: c}
		}
	}
}

// levelOf is how bad it is to have read the same so often.
func levelOf(n int) check.Level {
	if n >= 3 {
		return check.Warning
	}
	return check.Note
}

// judgePrecondition looks for changes without the version that they were made from (NET-005).
func judgePrecondition(rec *Recording, t *Trial) {
	declared := false
	if rec.Contract != nil {
		for _, o := range rec.Contract.Operations {
			declared = declared || takesMatch(o)
		}
	}
	if !declared {
		t.NotExercised("the contract declares If-Match nowhere")
		return
	}
	tags := map[string]*Call{} // by path
	for _, c := range rec.Calls {
		path, _, _ := strings.Cut(c.URL, "?")
		if c.Operation != nil && takesMatch(c.Operation) && !safe(c) && tags[path] != nil {
			t.Exercised(tags[path], c)
			if c.RequestHeader.Get("If-Match") == "" && c.RequestHeader.Get("If-Unmodified-Since") == "" {
				t.breaks(finding{
					message: fmt.Sprintf("%s changed a resource whose ETag was known, without If-Match.", label(c)),
					want:    "If-Match", got: "no such header", where: "request header If-Match", keyword: "missing",
					at: check.PlaceOf(c.Operation.At),
				}, c, tags[path])
			}
		}
		if c.Status/100 == 2 && c.ResponseHeader.Get("ETag") != "" {
			tags[path] = c
		}
	}
}

func takesMatch(o *contracts.Operation) bool {
	for _, p := range o.Parameters {
		if p.In == "header" && strings.EqualFold(p.Name, "If-Match") {
			return true
		}
	}
	return false
}

// judgeFresh looks for reads of what might have been kept (NET-006).
func judgeFresh(rec *Recording, t *Trial) {
	kept := map[reading]*Call{}
	for _, c := range rec.Calls {
		if !safe(c) {
			if c.Status < 400 {
				clear(kept) // what was kept may have changed (RFC 9111, 4.4)
			}
			continue
		}
		if c.Method != http.MethodGet || c.RequestHeader.Get("Range") != "" {
			continue
		}
		key := reading{holder(c), c.URL}
		if before := kept[key]; before != nil {
			age := c.Start.Sub(before.End())
			_, fetch := directive(c.RequestHeader, "no-cache")
			t.Exercised(before, c)
			if age < lifetime(before) && !fetch {
				t.breaks(finding{
					message: fmt.Sprintf("%s was read again after %s; its answer may be kept for %s.", label(c), span(age), span(lifetime(before))),
					want:    "the kept answer", got: "another call", where: "response header Cache-Control", keyword: "fresh",
				}, c, before)
			}
		}
		if c.Status == http.StatusOK && c.ResponseHeader.Get("Vary") != "*" && lifetime(c) > 0 {
			kept[key] = c
		}
	}
}

// lifetime is how long a client may keep an answer (RFC 9111, 4.2.1), less its age when it came.
func lifetime(c *Call) time.Duration {
	for _, word := range []string{"no-store", "no-cache"} {
		if _, forbidden := directive(c.ResponseHeader, word); forbidden {
			return 0
		}
	}
	text, _ := directive(c.ResponseHeader, "max-age")
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n <= 0 {
		return 0
	}
	age, _ := strconv.ParseInt(c.ResponseHeader.Get("Age"), 10, 32)
	return time.Duration(n-max(age, 0)) * time.Second
}

// largeAnswer is from how many bytes on compression is worth asking for.
const largeAnswer = 16 << 10

// judgeCompressed looks at what codings are offered where answers are large (NET-007).
func judgeCompressed(rec *Recording, t *Trial) {
	for _, c := range rec.Calls {
		if len(c.ResponseBody) < largeAnswer || !textual(c.ResponseHeader.Get("Content-Type")) || c.RequestHeader.Get("Range") != "" {
			continue
		}
		t.Exercised(c)
		offer := strings.ToLower(strings.Join(c.RequestHeader["Accept-Encoding"], ","))
		if strings.Trim(strings.ReplaceAll(offer, "identity", ""), " ,;=q.01") == "" && !strings.Contains(offer, "*") {
			t.breaks(finding{
				message: fmt.Sprintf("%s had an answer of %d KiB, and no compression was offered.", label(c), len(c.ResponseBody)>>10),
				want:    "Accept-Encoding: gzip", got: "no coding", where: "request header Accept-Encoding", keyword: "missing",
			}, c)
		}
	}
}

func textual(kind string) bool {
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	kind = strings.TrimSpace(kind)
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "json") || strings.HasSuffix(kind, "xml") || kind == "application/x-ndjson"
}
