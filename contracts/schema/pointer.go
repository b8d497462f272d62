package schema

import (
	"strconv"
	"strings"
)

// At gives what stands at a JSON Pointer (RFC 6901) in a value; the empty pointer is the value itself. It is false
// where nothing stands there or the pointer cannot be read.
func At(v any, pointer string) (any, bool) {
	if pointer == "" {
		return v, true
	}
	if pointer[0] != '/' {
		return nil, false
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		token = UnescapeToken(token)
		switch at := v.(type) {
		case map[string]any:
			member, ok := at[token]
			if !ok {
				return nil, false
			}
			v = member
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(at) || token != strconv.Itoa(i) {
				return nil, false
			}
			v = at[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// EscapeToken writes a member's name as a reference token of a JSON Pointer (RFC 6901, 3).
func EscapeToken(name string) string {
	if strings.IndexByte(name, '~') < 0 && strings.IndexByte(name, '/') < 0 {
		return name
	}
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// UnescapeToken gives the name that a reference token of a JSON Pointer stands for (RFC 6901, 4).
func UnescapeToken(token string) string {
	if strings.IndexByte(token, '~') < 0 {
		return token
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}
