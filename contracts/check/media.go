package check

import (
	"bytes"
	"strings"

	"understudy/contracts"
)

const problemType = "application/problem+json" // RFC 9457, 6.1

// bareType is a media type in lower case, without parameters.
func bareType(contentType string) string {
	name, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(name))
}

// isJSON says whether a type (not a range) is JSON.
func isJSON(name string) bool { return !strings.Contains(name, "*") && contracts.JSONMedia(name) }

func isXML(name string) bool {
	return name == "application/xml" || name == "text/xml" || strings.HasSuffix(name, "+xml") && !strings.HasPrefix(name, "image/")
}

// isStream says whether a type is a sequence of items.
func isStream(name string) bool {
	switch name {
	case "application/x-ndjson", "application/jsonl", "application/ndjson", "application/x-jsonlines", "application/json-seq", "text/event-stream":
		return true
	}
	return strings.HasSuffix(name, "+json-seq")
}

// wholeItems takes an item that was cut off from the end of a stream.
func wholeItems(text []byte, name string) []byte {
	separator := byte('\n')
	switch {
	case name == "text/event-stream":
		return text // an event without its empty line is passed over anyway
	case strings.HasSuffix(name, "json-seq"):
		separator = 0x1e
	}
	return text[:bytes.LastIndexByte(text, separator)+1]
}

func mediaNames(content []*contracts.MediaType) string {
	names := make([]string, len(content))
	for i, m := range content {
		names[i] = m.Name
	}
	return cut(strings.Join(names, ", "), maxShown)
}
