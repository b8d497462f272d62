package redact

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"understudy/contracts"
)

// A Work is the work on one exchange: its parts are given to it one by one, and what was found in one of them is hidden in all
// others by Finish. It is not safe for concurrent use.
type Work struct {
	*Redactor
	operation *contracts.Operation
	learned   secrets
	replacer  *strings.Replacer // of what was learned; nil until all was seen, or when nothing was

	stand  Substitute // nil: secrets are masked
	marker *Marker    // what stand is, where that puts marks; else nil

	layers []*strings.Replacer // of what other exchanges have shown
}

// Finish hides what was found in one part of the exchange in all its parts. clean is the exchange as put together of the parts.
func (w *Work) Finish(clean *contracts.Exchange) {
	if len(w.learned) == 0 && len(w.layers) == 0 {
		return
	}
	w.replacer = nil // more may have been learned
	clean.URL = w.Again(clean.URL)
	for _, h := range []http.Header{clean.RequestHeader, clean.ResponseHeader} {
		for _, values := range h {
			for i, v := range values {
				values[i] = w.Again(v)
			}
		}
	}
	clean.RequestBody = w.again(clean.RequestBody)
	clean.ResponseBody = w.again(clean.ResponseBody)
}

// Again hides what was found so far in a text.
func (w *Work) Again(text string) string {
	if len(w.learned) > 0 {
		if w.replacer == nil {
			w.replacer = w.hiding()
		}
		text = w.replacer.Replace(text)
	}
	for _, layer := range w.layers {
		text = layer.Replace(text)
	}
	return text
}

// hiding is the replacer of what was learned. Where that is what was known before, it is made once for all work.
func (w *Work) hiding() *strings.Replacer {
	if w.hides != nil && maps.Equal(w.learned, w.known) {
		return w.hides()
	}
	return w.learned.replacer()
}

// Learned lists the secrets that were found in the exchange, without those that were known before, sorted.
func (w *Work) Learned() []string {
	var list []string
	for text := range w.learned {
		if _, known := w.known[text]; !known {
			list = append(list, text)
		}
	}
	slices.Sort(list)
	return list
}

func (w *Work) again(body []byte) []byte {
	if len(body) == 0 {
		return body
	}
	return []byte(w.Again(string(body)))
}

// Note redacts a sentence of ours, in which secrets stand without their names.
func (w *Work) Note(text string) string {
	text = w.byFormat(text)
	return w.Again(text)
}

// Violations gives violations of the exchange without its secrets.
func (w *Work) Violations(list []contracts.Violation) []contracts.Violation {
	list = slices.Clone(list)
	for i := range list {
		v := &list[i]
		// Got is shortened, so that the value as a whole may not be found in it.
		if w.Judge(v.In, v.Name) != NotSecret || pointerSecrecy(v.Pointer) != NotSecret {
			v.Got = Hidden
		}
		v.Got, v.Want = w.Note(v.Got), w.Note(v.Want)
	}
	return list
}

// Judge says how much may be shown of a header ("header" in a request, "answer" in an answer), query parameter, cookie or path
// expression: by the contract, then by its name.
func (w *Work) Judge(in, name string) Secrecy {
	if name == "" {
		return NotSecret
	}
	if w.names[in+" "+strings.ToLower(name)] || in == "cookie" {
		return AsCredential
	}
	if in == "answer" && strings.HasPrefix(strings.ToLower(name), "access-control-") {
		return NotSecret
	}
	if in == "answer" && w.names["header "+strings.ToLower(name)] {
		return AsCredential
	}
	if w.operation != nil {
		for _, p := range w.operation.Parameters {
			if p.In == in && strings.EqualFold(p.Name, name) && p.Schema != nil && secretSchema(p.Schema) {
				return AsPassword
			}
		}
	}
	return memberSecrecy(parentAndName(name))
}

// parentAndName takes "card[number]" and "card.number" apart.
func parentAndName(name string) (parent, last string) {
	parts := strings.FieldsFunc(name, func(c rune) bool { return c == '[' || c == ']' || c == '.' })
	switch len(parts) {
	case 0:
		return "", name
	case 1:
		return "", parts[0]
	}
	return parts[len(parts)-2], parts[len(parts)-1]
}

func pointerSecrecy(pointer string) Secrecy {
	parts := strings.Split(pointer, "/")
	for i := len(parts) - 1; i > 0; i-- {
		if _, err := strconv.Atoi(parts[i]); err != nil {
			return memberSecrecy(parts[i-1], parts[i])
		}
	}
	return NotSecret
}

// Take learns a secret and gives what may be shown of it.
func (w *Work) Take(value string, as Secrecy) string {
	if value == "" || strings.Contains(value, Hidden) {
		return value
	}
	if w.stand != nil {
		other := w.stand.Stand(value, as)
		if other != value && (w.marker == nil || telling(value, as)) {
			w.learned.learn(value, other, mostLearned+len(w.known))
		}
		return other
	}
	shown := mask(value, as)
	w.learned.learn(value, shown, mostLearned+len(w.known))
	return shown
}
