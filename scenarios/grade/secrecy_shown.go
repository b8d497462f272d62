package grade

import (
	"encoding/base64"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/redact"
	"understudy/contracts/schema"
)

// A showing is a secret that stands in a request.
type showing struct {
	mark  string
	in    string // header, cookie, query, path, fragment, user (before the @ of a URL) or body
	name  string // of the header (canonical), cookie or query parameter; in a body the JSON Pointer, or the form's member
	word  string // in front of it in a header, lower case: "bearer"; empty: none
	whole bool   // the value is the mark and nothing else
}

// where tells the place in the words of findings.
func (s showing) where() string {
	switch {
	case s.in == "header":
		return "request header " + s.name
	case s.in == "user":
		return "request URL, user information"
	case s.name == "":
		return "request " + s.in
	}
	return "request " + s.in + " " + s.name
}

// showings lists the secrets of a request, those of its headers first. The order is the same in every run.
func showings(c *Call) []showing {
	var list []showing
	for _, name := range slices.Sorted(maps.Keys(c.RequestHeader)) {
		for _, value := range c.RequestHeader[name] {
			if name == "Cookie" {
				list = append(list, cookieShowings(value)...)
				continue
			}
			list = append(list, headerShowings(http.CanonicalHeaderKey(name), value)...)
		}
	}
	list = append(list, addressShowings(c.URL)...)
	return append(list, bodyShowings(c)...)
}

func headerShowings(name, value string) []showing {
	word, rest, two := strings.Cut(strings.TrimSpace(value), " ")
	word, rest = strings.ToLower(word), strings.TrimSpace(rest)
	found := redact.Marks(value)
	if len(found) == 0 && two && word == "basic" {
		if pair := unbase64(rest); pair != "" {
			found = redact.Marks(pair)
		}
	}
	var list []showing
	for _, mark := range found {
		s := showing{mark: mark, in: "header", name: name, whole: value == mark}
		if two && (rest == mark || word == "basic") {
			s.word, s.whole = word, true
		}
		list = append(list, s)
	}
	return list
}

func unbase64(text string) string {
	if strings.Contains(text, ":") { // the pair of HTTP basic, which is shown decoded where its secret is a mark
		return text
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		if plain, err := encoding.DecodeString(text); err == nil {
			return string(plain)
		}
	}
	return ""
}

func cookieShowings(line string) []showing {
	var list []showing
	for part := range strings.SplitSeq(line, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		for _, mark := range redact.Marks(value) {
			list = append(list, showing{mark: mark, in: "cookie", name: name, whole: strings.Trim(value, `"`) == mark})
		}
	}
	return list
}

// addressShowings are the secrets of a URL, by its parts.
func addressShowings(address string) []showing {
	if !strings.Contains(address, "secret~") {
		return nil
	}
	var list []showing
	add := func(in, name, text string) {
		for _, mark := range redact.Marks(text) {
			list = append(list, showing{mark: mark, in: in, name: name, whole: text == mark})
		}
	}
	start, end := redact.PathOf(address)
	add("user", "", address[:start])
	add("path", "", address[start:end])
	query, fragment, _ := strings.Cut(address[end:], "#")
	for _, p := range pairs(strings.TrimPrefix(query, "?")) {
		add("query", p.name, p.value)
	}
	add("fragment", "", fragment)
	return list
}

// A pair is one name=value of a query or a form, decoded.
type pair struct{ name, value string }

// mostPairs bounds what is read of one query or form.
const mostPairs = 1000

func pairs(text string) []pair {
	var list []pair
	for part := range strings.SplitSeq(text, "&") {
		if part == "" || len(list) >= mostPairs {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		list = append(list, pair{unescaped(name), unescaped(value)})
	}
	return list
}

func unescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// query gives the query of a call, decoded.
func query(c *Call) []pair {
	_, end := redact.PathOf(c.URL)
	text, _, _ := strings.Cut(c.URL[end:], "#")
	return pairs(strings.TrimPrefix(text, "?"))
}

// queryValue gives the first value of a query parameter, and whether there is one.
func queryValue(c *Call, name string) (string, bool) {
	for _, p := range query(c) {
		if p.name == name {
			return p.value, true
		}
	}
	return "", false
}

// pathOf gives the path of a call, as it was sent.
func pathOf(c *Call) string {
	start, end := redact.PathOf(c.URL)
	return c.URL[start:end]
}

// mediaOf gives type and subtype of a Content-Type, lower case.
func mediaOf(h http.Header) string {
	name, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		name, _, _ = strings.Cut(h.Get("Content-Type"), ";")
		name = strings.ToLower(strings.TrimSpace(name))
	}
	return name
}

func bodyShowings(c *Call) []showing {
	text := string(c.RequestBody)
	if !strings.Contains(text, "secret~") {
		return nil
	}
	var list []showing
	add := func(name, value string) {
		for _, mark := range redact.Marks(value) {
			list = append(list, showing{mark: mark, in: "body", name: name, whole: value == mark})
		}
	}
	if mediaOf(c.RequestHeader) == "application/x-www-form-urlencoded" {
		for _, p := range pairs(text) {
			add(p.name, p.value)
		}
		return list
	}
	value, err := schema.ParseJSON(c.RequestBody)
	if err != nil {
		add("", text)
		return list
	}
	eachText(value, "", add)
	return list
}

// eachText calls f for every string in a JSON value, with its JSON Pointer. Members come by name.
func eachText(value any, pointer string, f func(pointer, text string)) {
	switch v := value.(type) {
	case string:
		f(pointer, v)
	case []any:
		for i, item := range v {
			eachText(item, pointer+"/"+strconv.Itoa(i), f)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			f(pointer+"/"+schema.EscapeToken(name), name) // a secret may be a name, too
			eachText(v[name], pointer+"/"+schema.EscapeToken(name), f)
		}
	}
}

// places are where a contract looks for credentials.
type places struct {
	words   map[string]bool // that may stand in front of one in Authorization: "bearer"; "": the bare value
	headers map[string]bool // of keys, canonical
	queries map[string]bool
	cookies map[string]bool
	some    bool // there is any
}

func placesOf(k *contracts.Contract) places {
	p := places{words: map[string]bool{}, headers: map[string]bool{}, queries: map[string]bool{}, cookies: map[string]bool{}}
	for _, s := range k.Security {
		p.some = p.some || s.Type != "mutualTLS"
		switch {
		case s.Type == "apiKey" && s.In == "query":
			p.queries[s.Name] = true
		case s.Type == "apiKey" && s.In == "cookie":
			p.cookies[s.Name] = true
		case s.Type == "apiKey" && http.CanonicalHeaderKey(s.Name) == "Authorization":
			p.words[""], p.words["bearer"], p.words["token"] = true, true, true // its description says which, for people
		case s.Type == "apiKey":
			p.headers[http.CanonicalHeaderKey(s.Name)] = true
		case s.Type == "http":
			p.words[s.Scheme] = true
		case s.Type != "mutualTLS":
			p.words["bearer"], p.words["dpop"] = true, true // RFC 6750; RFC 9449
		}
	}
	return p
}

// fits says that a secret stands where the contract looks for one.
func (p places) fits(s showing) bool {
	switch s.in {
	case "header":
		return s.name == "Authorization" && p.words[s.word] || p.headers[s.name]
	case "query":
		return p.queries[s.name]
	case "cookie":
		return p.cookies[s.name]
	}
	return false
}

// credential gives the secret that a call shows where the contract looks for one: what a header says before a cookie, which
// is often sent by itself; "" where there is none.
func (p places) credential(c *Call) string {
	for _, s := range showings(c) {
		if p.fits(s) {
			return s.mark
		}
	}
	return ""
}
