package contracts

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// parseFile gives the tree of one file, JSON or YAML. whole is its text where that is JSON and nothing in it leads to
// another file; else it is empty.
func parseFile(shown string, data []byte, limits Limits) (root *yaml.Node, whole string, err error) {
	text, err := decodeText(shown, data)
	if err != nil {
		return nil, "", err
	}
	trimmed := strings.TrimLeft(text, " \t\r\n")
	if trimmed == "" {
		return nil, "", &DocumentError{At: at(shown), Message: "the file is empty"}
	}
	if trimmed[0] == '{' || trimmed[0] == '[' {
		// What begins like JSON may still be YAML in its flow form, but not in a file that is called .json.
		root, outside, faults := readJSON(text, limits)
		if len(faults) == 0 {
			if outside {
				text = ""
			}
			return root, text, nil
		}
		extension := strings.ToLower(path.Ext(shown))
		if faults[0].advice != "" || extension == ".json" {
			return nil, "", jsonErrors(shown, faults)
		}
		if root, err = parseYAML(shown, text, limits); err != nil && extension != ".yaml" && extension != ".yml" {
			return nil, "", jsonErrors(shown, faults)
		}
		return root, "", err
	}
	root, err = parseYAML(shown, text, limits)
	return root, "", err
}

func jsonErrors(shown string, faults []*syntaxError) error {
	var all documentErrors
	for _, f := range faults {
		message, advice := f.message, f.advice
		if advice == "" {
			message = fmt.Sprintf("the JSON is broken in column %d: %s", f.column, f.message)
		}
		all = append(all, &DocumentError{
			At:      schema.Location{File: shown, Line: f.line, Pointer: f.pointer},
			Message: message, Advice: advice,
		})
	}
	return all.join()
}

// magic are the beginnings of files that people mistake for documents.
var magic = []struct{ prefix, name, advice string }{
	{"\x1f\x8b", "a gzip archive", "unpack it first"},
	{"PK\x03\x04", "a zip archive", "unpack it first"},
	{"%PDF-", "a PDF", "ask for the OpenAPI document itself"},
	{"\x89PNG", "a picture", "name the OpenAPI document"},
	{"\x7fELF", "a program", "name the OpenAPI document"},
}

// decodeText gives the text of a file as UTF-8 without byte order mark. UTF-16 is converted.
func decodeText(shown string, data []byte) (string, error) {
	refuse := func(line int, message, advice string) (string, error) {
		return "", &DocumentError{At: schema.Location{File: shown, Line: line}, Message: message, Advice: advice}
	}
	for _, m := range magic {
		if strings.HasPrefix(string(data[:min(len(data), 8)]), m.prefix) {
			return refuse(0, "the file is "+m.name+", not an OpenAPI document", m.advice)
		}
	}
	switch {
	case hasPrefix(data, 0xef, 0xbb, 0xbf):
		data = data[3:]
	case hasPrefix(data, 0xff, 0xfe, 0, 0), hasPrefix(data, 0, 0, 0xfe, 0xff):
		return refuse(0, "the file is written in UTF-32", "save it as UTF-8")
	case hasPrefix(data, 0xff, 0xfe):
		return decodeUTF16(data[2:], false), nil
	case hasPrefix(data, 0xfe, 0xff):
		return decodeUTF16(data[2:], true), nil
	case len(data) >= 4 && data[0] != 0 && data[1] == 0 && data[2] != 0 && data[3] == 0:
		return decodeUTF16(data, false), nil
	case len(data) >= 4 && data[0] == 0 && data[1] != 0 && data[2] == 0 && data[3] != 0:
		return decodeUTF16(data, true), nil
	}
	text := unsafe.String(unsafe.SliceData(data), len(data)) // the bytes are ours and are never written again
	if i := strings.IndexByte(text, 0); i >= 0 {
		return refuse(1+strings.Count(text[:i], "\n"), "the file is binary, not an OpenAPI document", "name a JSON or YAML file")
	}
	if !utf8.ValidString(text) {
		i := 0
		for i < len(text) {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			i += size
		}
		return refuse(1+strings.Count(text[:i], "\n"), fmt.Sprintf("the text is not UTF-8: byte %#02x", text[i]), "save it as UTF-8; for Latin-1: iconv -f latin1 -t utf-8")
	}
	return text, nil
}

func hasPrefix(data []byte, prefix ...byte) bool {
	return len(data) >= len(prefix) && string(data[:len(prefix)]) == string(prefix)
}

func decodeUTF16(data []byte, bigEndian bool) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		if bigEndian {
			units[i] = uint16(data[2*i])<<8 | uint16(data[2*i+1])
		} else {
			units[i] = uint16(data[2*i+1])<<8 | uint16(data[2*i])
		}
	}
	return string(utf16.Decode(units))
}
