package redact

import "strings"

// PathOf gives where the path of a URL begins and where it ends.
func PathOf(url string) (start, end int) {
	if i := strings.Index(url, "://"); i >= 0 && !strings.ContainsAny(url[:i], "/?#") {
		start = i + 3
		if n := strings.IndexAny(url[start:], "/?#"); n >= 0 {
			start += n
		} else {
			start = len(url)
		}
	}
	if n := strings.IndexAny(url[start:], "?#"); n >= 0 {
		return start, start + n
	}
	return start, len(url)
}
