package contracts

import (
	"strconv"
	"strings"
)

// MatchMedia gives the entry of content that a Content-Type header belongs to, or nil. The most specific wins:
// text/plain over text/* over */*. Parameters are passed over unless the entry names them; then they must be
// there and equal, but for a charset, which may be left out.
func MatchMedia(contentType string, offered []*MediaType) *MediaType {
	for _, m := range offered {
		if m.Name == contentType {
			return m
		}
	}
	name := mediaName(contentType)
	if name == "" {
		return nil
	}
	var best *MediaType
	rank := 0
	for _, m := range offered {
		if r := mediaRank(m.Name, name, contentType); r > rank {
			best, rank = m, r
		}
	}
	return best
}

// mediaRank tells how closely a declared media type or range describes a type: 0 is not at all.
func mediaRank(declared, name, contentType string) int {
	key := mediaName(declared)
	switch {
	case key == name:
		if !strings.Contains(declared, ";") {
			return 4
		}
		for parameter, value := range mediaParameters(declared) {
			got, ok := mediaParameter(contentType, parameter)
			if !ok && parameter == "charset" {
				continue // left out is as good: text without one is in the declared charset or in UTF-8
			}
			if !ok || !strings.EqualFold(got, value) {
				return 0
			}
		}
		return 5
	case key == "*/*" || key == "*":
		return 1
	case strings.HasSuffix(key, "/*") && strings.HasPrefix(name, key[:len(key)-1]):
		return 3
	}
	return 0
}

// mediaName gives the type/subtype of a Content-Type header in lower case, without parameters.
func mediaName(contentType string) string {
	if i := strings.IndexByte(contentType, ';'); i >= 0 {
		contentType = contentType[:i]
	}
	return strings.ToLower(strings.Trim(contentType, " \t"))
}

// mediaParameter gives the value of a parameter of a Content-Type header.
func mediaParameter(contentType, name string) (string, bool) {
	for key, value := range mediaParameters(contentType) {
		if key == name {
			return value, true
		}
	}
	return "", false
}

// mediaParameters gives the parameters of a media type, names in lower case, quotes removed. What is badly
// written is left out.
func mediaParameters(contentType string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		_, rest, ok := cutUnquoted(contentType, ';')
		for ok {
			var part string
			part, rest, ok = cutUnquoted(rest, ';')
			name, value, has := strings.Cut(part, "=")
			if !has {
				continue
			}
			if !yield(strings.ToLower(strings.Trim(name, " \t")), unquote(strings.Trim(value, " \t"))) {
				return
			}
		}
	}
}

// cutUnquoted cuts at the first separator that does not stand inside a quoted string.
func cutUnquoted(s string, sep byte) (before, after string, found bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == sep && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// An acceptRange is one element of an Accept header.
type acceptRange struct {
	name    string // "text/*"
	quality int    // thousandths
}

// Negotiate chooses the media type of an answer by the Accept header (RFC 9110, 12.5.1): the highest quality
// wins, then the order of the document. A missing header accepts everything. It tells whether there is an
// acceptable one; where nothing is offered there is nothing to refuse, and it gives nil and true.
func Negotiate(accept string, offered []*MediaType) (*MediaType, bool) {
	switch {
	case len(offered) == 0:
		return nil, true
	case accept == "" || accept == "*/*":
		return offered[0], true
	}
	if strings.IndexByte(accept, ',') < 0 && strings.IndexByte(accept, ';') < 0 {
		for _, m := range offered {
			if m.Name == accept {
				return m, true
			}
		}
	}
	var space [8]acceptRange
	ranges := parseAccept(space[:0], accept)
	if len(ranges) == 0 {
		return offered[0], true // a header without any element says nothing
	}
	var best *MediaType
	quality := 0
	for _, m := range offered {
		if q := acceptQuality(ranges, mediaName(m.Name)); q > quality {
			best, quality = m, q
		}
	}
	return best, best != nil
}

func parseAccept(ranges []acceptRange, accept string) []acceptRange {
	const most = 100 // elements; a longer header is not from a client that means it
	for more := true; more && len(ranges) < most; {
		var element string
		element, accept, more = cutUnquoted(accept, ',')
		name := mediaName(element)
		if name == "" {
			continue
		}
		r := acceptRange{name: name, quality: 1000}
		if q, ok := mediaParameter(element, "q"); ok {
			r.quality = parseQuality(q)
		}
		ranges = append(ranges, r)
	}
	return ranges
}

// parseQuality reads a weight of RFC 9110, 12.4.2. One that is badly written counts as 1.
func parseQuality(s string) int {
	q, err := strconv.ParseFloat(s, 64)
	if err != nil || q > 1 || !(q >= 0) {
		return 1000
	}
	if q > 0 && q < 0.001 {
		return 1
	}
	return int(q*1000 + 0.5)
}

// acceptQuality gives the quality of a type: that of the most specific range that holds it. What is offered as
// a range meets every type inside it.
func acceptQuality(ranges []acceptRange, name string) int {
	quality, rank := 0, 0
	for _, r := range ranges {
		at := 0
		switch {
		case r.name == name:
			at = 4
		case r.name == "*/*" || r.name == "*":
			at = 1
		case strings.HasSuffix(r.name, "/*") && strings.HasPrefix(name, r.name[:len(r.name)-1]):
			at = 3
		case name == "*/*" || strings.HasSuffix(name, "/*") && strings.HasPrefix(r.name, name[:len(name)-1]):
			at = 2
		}
		if at > rank || at == rank && at > 0 && r.quality > quality {
			quality, rank = r.quality, at
		}
	}
	return quality
}
