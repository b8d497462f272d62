package redact

import (
	"bytes"
	"mime"
	"net/url"
	"regexp"
	"strings"
)

// What stands in texts without a grammar of their own.
var (
	nameOfValue = regexp.MustCompile(`([A-Za-z0-9_.\[\]-]{2,64})["']?\s*[:=]\s*["']?`)
	element     = regexp.MustCompile(`<(?:[A-Za-z0-9_]+:)?([A-Za-z0-9_.-]{2,64})(?:\s[^<>]*)?>([^<]+)</`)
	userAndWord = regexp.MustCompile(`://([^/\s:@?#]*):([^/\s@?#]+)@`)
	behindWord  = regexp.MustCompile(`(?i)\b(?:bearer|basic) +([A-Za-z0-9._~+/=-]{16,})`)
)

// text redacts a text of any kind: what stands behind a secret name, in an element of that name, before the @ of a
// URL, behind the words Bearer and Basic, and what has the format of a credential.
func (w *Work) text(text string) string {
	text = w.userinfo(text)
	if strings.ContainsAny(text, ":=") {
		text = w.submatch(behindWord, text, 1, func([]string) Secrecy { return AsCredential })
		text = w.named(text)
	}
	if strings.Contains(text, "</") {
		text = w.submatch(element, text, 2, func(m []string) Secrecy { return secrecyOf(m[1]) })
	}
	return w.byFormat(text)
}

// named hides what stands behind the sign after a secret name: up to the closing quote, or where JSON, forms, headers and
// XML end a value that has none.
func (w *Work) named(text string) string {
	var out strings.Builder
	last := 0
	for _, at := range nameOfValue.FindAllStringSubmatchIndex(text, -1) {
		from := at[1]
		as := memberSecrecy(parentAndName(text[at[2]:at[3]]))
		if as == NotSecret || from < last {
			continue
		}
		ends := " \t\r\n\"'&;,<>{}[]"
		if quote := text[from-1]; quote == '"' || quote == '\'' {
			ends = string(quote)
		}
		to := len(text)
		if n := strings.IndexAny(text[from:], ends); n >= 0 {
			to = from + n
		}
		out.WriteString(text[last:from])
		out.WriteString(w.Take(text[from:to], as))
		last = to
	}
	out.WriteString(text[last:])
	return out.String()
}

func (w *Work) userinfo(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	return w.submatch(userAndWord, text, 2, func([]string) Secrecy { return AsPassword })
}

func (w *Work) byFormat(text string) string {
	for _, format := range w.formats {
		if !format.MatchString(text) {
			continue // nearly always: without a copy
		}
		text = format.ReplaceAllStringFunc(text, func(found string) string { return w.Take(found, AsCredential) })
	}
	return text
}

// submatch hides one group of each match of a pattern, where judge, which is given all groups, says so.
func (w *Work) submatch(pattern *regexp.Regexp, text string, group int, judge func([]string) Secrecy) string {
	var out strings.Builder
	last := 0
	for _, at := range pattern.FindAllStringSubmatchIndex(text, -1) {
		groups := make([]string, len(at)/2)
		for i := range groups {
			if at[2*i] >= 0 {
				groups[i] = text[at[2*i]:at[2*i+1]]
			}
		}
		if as := judge(groups); as != NotSecret {
			out.WriteString(text[last:at[2*group]])
			out.WriteString(w.Take(groups[group], as))
			last = at[2*group+1]
		}
	}
	if last == 0 {
		return text
	}
	out.WriteString(text[last:])
	return out.String()
}

// pairs redacts a query or a form: name=value&name=value.
func (w *Work) pairs(text, in string, schemas schemaSet) string {
	parts := strings.Split(text, "&")
	for i, part := range parts {
		raw, value, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		name, err := url.QueryUnescape(raw)
		if err != nil {
			name = raw
		}
		as := w.Judge(in, name)
		if as == NotSecret {
			as = w.codeSecrecy(name, value, text)
		}
		if as == NotSecret && schemas.property(name).secret() {
			as = AsPassword
		}
		if as != NotSecret && w.stand != nil {
			parts[i] = raw + "=" + w.standEscaped(value, as, url.QueryUnescape, url.QueryEscape)
			continue
		}
		if as != NotSecret {
			w.Take(value, as)
			shown := mask(value, as)
			if plain, err := url.QueryUnescape(value); err == nil {
				shown = w.Take(plain, as)
			}
			parts[i] = raw + "=" + shown
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil { // a URL or JSON inside may hold secrets
			if clean := w.inside(plain); clean != plain {
				parts[i] = raw + "=" + url.QueryEscape(clean)
			}
		}
	}
	return strings.Join(parts, "&")
}

// inside redacts a text that stands in a string of another one.
func (w *Work) inside(text string) string {
	if trimmed := strings.TrimSpace(text); len(trimmed) > 1 && (trimmed[0] == '{' || trimmed[0] == '[') {
		return string(w.json([]byte(text), nil))
	}
	if strings.Contains(text, "://") {
		return w.text(text)
	}
	return text
}

// multipart redacts the parts with secret names and those that hold JSON. Bytes between parts stay as they are.
func (w *Work) multipart(body []byte, contentType string, schemas schemaSet) []byte {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || parameters["boundary"] == "" {
		return []byte(w.text(string(body)))
	}
	parts := bytes.Split(body, []byte("--"+parameters["boundary"]))
	for i, part := range parts {
		head, content, ok := bytes.Cut(part, []byte("\r\n\r\n"))
		if !ok {
			continue
		}
		content, end := bytes.CutSuffix(content, []byte("\r\n"))
		clean := w.part(partName(string(head)), head, content, schemas)
		part = append(append(bytes.Clone(head), "\r\n\r\n"...), clean...)
		if end {
			part = append(part, "\r\n"...)
		}
		parts[i] = part
	}
	return bytes.Join(parts, []byte("--"+parameters["boundary"]))
}

func (w *Work) part(name string, head, content []byte, schemas schemaSet) []byte {
	property := schemas.property(name)
	as := w.Judge("body", name)
	if as == NotSecret && property.secret() {
		as = AsPassword
	}
	switch {
	case as != NotSecret:
		return []byte(w.Take(string(content), as))
	case bytes.Contains(bytes.ToLower(head), []byte("json")):
		return w.json(content, property)
	}
	return []byte(w.byFormat(string(content)))
}

// partName is the name that the Content-Disposition of a part gives; empty when it gives none.
func partName(head string) string {
	for line := range strings.SplitSeq(head, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(strings.TrimSpace(name), "Content-Disposition") {
			if _, parameters, err := mime.ParseMediaType(value); err == nil {
				return parameters["name"]
			}
		}
	}
	return ""
}
