package mock

import (
	"net/http"
	"strconv"
	"strings"
)

// A preference is what a client asks for of an answer: Prefer: code=404, example=name, dynamic=true
// (RFC 7240), or the query parameters __code, __example and __dynamic.
type preference struct {
	code    int
	example string
	dynamic bool // made up although there is an example
	static  bool // dynamic=false: an example although the contract would be carried out
	bad     string
}

// given says whether the client asked for anything.
func (p preference) given() bool { return p.code != 0 || p.example != "" || p.dynamic || p.static }

// preferenceOf reads a request's preference. Unknown preferences are ignored, and of one that comes twice the first
// counts, as RFC 7240 section 2 says; the header comes before the query.
func preferenceOf(r *http.Request) preference {
	lines := r.Header["Prefer"]
	inQuery := strings.Contains(r.URL.RawQuery, "__")
	if len(lines) == 0 && !inQuery {
		return preference{}
	}
	var p preference
	seen := map[string]bool{}
	set := func(key, value string) {
		if !seen[key] {
			seen[key] = true
			p.set(key, value)
		}
	}
	for _, line := range lines {
		for part := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ';' }) {
			key, value, _ := strings.Cut(part, "=")
			set(strings.ToLower(strings.TrimSpace(key)), strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
	if inQuery {
		query := r.URL.Query()
		for _, key := range []string{"code", "example", "dynamic"} {
			if values := query["__"+key]; len(values) > 0 {
				set(key, values[0])
			}
		}
	}
	return p
}

func (p *preference) set(key, value string) {
	switch key {
	case "code":
		code, err := strconv.Atoi(value)
		if err != nil || code < 200 || code > 599 {
			p.bad = "code=" + value
			return
		}
		p.code = code
	case "example":
		p.example = value
	case "dynamic":
		p.dynamic = value == "" || value == "true"
		p.static = value == "false"
	}
}
