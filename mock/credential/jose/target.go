package jose

import (
	"net/url"
	"strconv"
	"strings"
)

// Covers says whether the proof was made for a request with this method and URL (RFC 9449, 4.3, steps 8 and 9). Queries and
// fragments do not count, and URLs that differ only in ways that mean the same are equal (RFC 3986, 6.2.2 and 6.2.3).
func (p *Proof) Covers(method, target string) bool {
	want := normalURL(target)
	return want != "" && p.Method == method && normalURL(p.URL) == want
}

// normalURL gives one spelling of an http or https URL without query and fragment, empty where it is none.
func normalURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return ""
	}
	host, port := strings.ToLower(u.Host), u.Port()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return ""
	case port == "", port == "80" && u.Scheme == "http", port == "443" && u.Scheme == "https":
		host = strings.TrimSuffix(host, ":"+port)
	}
	// Codes are resolved first: %2E%2E is a dot segment too.
	plain, err := url.Parse(u.Scheme + "://" + host + normalPath(u.EscapedPath()))
	if err != nil {
		return ""
	}
	plain = plain.ResolveReference(plain) // takes dot segments out
	if plain.Path == "" {
		plain.Path = "/"
	}
	return plain.String()
}

// normalPath decodes the characters of a path that need no code and writes the other codes in capitals.
func normalPath(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] != '%' || i+2 >= len(path) {
			b.WriteByte(path[i])
			continue
		}
		code := path[i : i+3]
		i += 2
		if c, err := strconv.ParseUint(code[1:], 16, 8); err == nil && isUnreserved(byte(c)) {
			b.WriteByte(byte(c))
		} else {
			b.WriteString(strings.ToUpper(code))
		}
	}
	return b.String()
}
