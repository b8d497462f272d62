package resource

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts/schema"
)

// A filling puts what is known of a request and its item into the placeholders of the behaviour's values.
type filling struct {
	*act
	rec   *record // the item; of a list's answer an empty one
	item  any     // its members as they are so far; nil: those of rec
	salt  string  // what tells this use from others of the same item, for {uuid}
	uuids int     // given out
}

// apply sets the members that an operation sets.
func (a *act) apply(want map[string]any, set map[string]any, rec *record, salt string) {
	f := &filling{act: a, rec: rec, item: want, salt: salt}
	for _, place := range slices.Sorted(maps.Keys(set)) {
		put(want, place, f.in(set[place]))
	}
}

// fillAnswer sets the members of an answer that the behaviour names.
func (a *act) fillAnswer(answer any, rec *record, result *Result) any {
	if len(a.b.Fill) == 0 {
		return answer
	}
	f := &filling{act: a, rec: rec, salt: result.ETag + a.now.String()}
	for _, pointer := range slices.Sorted(maps.Keys(a.b.Fill)) {
		answer = a.set(answer, pointer, f.in(a.b.Fill[pointer]))
	}
	return answer
}

// in gives a value with its placeholders filled in, at every depth. A text that is one placeholder and nothing else
// becomes the value itself, whatever its type; inside a text a value stands as text, and an unknown one as nothing.
// Braces around anything else stay.
func (f *filling) in(v any) any {
	switch v := v.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			object[name] = f.in(v[name])
		}
		return object
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = f.in(v[i])
		}
		return list
	case string:
		return f.text(v)
	}
	return v
}

func (f *filling) text(text string) any {
	var b strings.Builder
	rest := text
	for {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			break
		}
		length := strings.IndexByte(rest[open:], '}')
		if length < 0 {
			break
		}
		value, known := f.value(rest[open+1 : open+length])
		switch {
		case !known:
			b.WriteString(rest[:open+1]) // the brace alone, since another may open before the closing one
			rest = rest[open+1:]
			continue
		case open == 0 && length+1 == len(text):
			return value
		}
		b.WriteString(rest[:open])
		if said, ok := textOfValue(value); ok {
			b.WriteString(said)
		} else if value != nil {
			b.Write(schema.AppendJSON(nil, value, nil))
		}
		rest = rest[open+length+1:]
	}
	if rest == text {
		return text
	}
	return b.String() + rest
}

// value is what a placeholder stands for: {id}, {now}, {unix}, both with a Go duration behind a sign such as {now+30m},
// {uuid}, {origin}, {item.x} and {item./x/y} of the item, {path.x}, {query.x}, {header.X}, {cookie.x} of the operation's
// parameters, {body.x} and {body./x/y} of the request's body. Nil is a value that was not sent.
func (f *filling) value(place string) (value any, known bool) {
	switch place {
	case "id":
		return f.plainID(f.rec.id), true
	case "now":
		return f.now.UTC().Format(timeFormat), true
	case "unix":
		return json.Number(strconv.FormatInt(f.now.Unix(), 10)), true
	case "uuid":
		f.uuids++
		return uuid(f.seed, f.keyOf(f.rec)+"\x00uuid "+strconv.Itoa(f.uuids)+" "+f.salt), true
	case "origin":
		return f.q.Origin, true
	}
	if moved, ok := f.moment(place); ok {
		return moved, true
	}
	in, name, _ := strings.Cut(place, ".")
	switch in {
	case "item":
		return f.member(name), true
	case "body":
		said, _ := at(f.q.Body.Value, name)
		return cloneValue(said), true
	case "path", "query", "header", "cookie":
		if said, ok := f.q.Arguments.Get(in, name); ok {
			return cloneValue(said), true
		}
		if f.b == nil {
			return nil, true
		}
		for _, p := range f.b.Operation.Parameters {
			if p.In == in && p.Name == name {
				v, _ := defaultOf(p.Schema)
				return v, true
			}
		}
		return nil, true
	}
	return nil, false
}

// moment is an instant before or after the present one.
func (f *filling) moment(place string) (value any, ok bool) {
	name, unix := "now", strings.HasPrefix(place, "unix")
	if unix {
		name = "unix"
	}
	sign, ok := strings.CutPrefix(place, name)
	if !ok || sign == "" || sign[0] != '+' && sign[0] != '-' {
		return nil, false
	}
	d, err := time.ParseDuration(sign)
	if err != nil {
		return nil, false
	}
	at := f.now.Add(d).UTC()
	if unix {
		return json.Number(strconv.FormatInt(at.Unix(), 10)), true
	}
	return at.Format(timeFormat), true
}

// member is what the item has at a place, nil where it has nothing.
func (f *filling) member(place string) any {
	if f.item == nil && len(f.rec.json) > 0 {
		f.item, _ = schema.ParseJSON(f.rec.json)
	}
	said, _ := at(f.item, place)
	return cloneValue(said)
}

// uuid makes a UUID of version 4 (RFC 9562, 5.4) that depends on nothing but seed and key.
func uuid(seed uint64, key string) string {
	next := stream(seed, key)
	var raw [16]byte
	for i := range raw {
		raw[i] = byte(next())
	}
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	text := hex.EncodeToString(raw[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// letters gives n letters and digits that depend on nothing but seed and key.
func letters(seed uint64, key string, n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	next := stream(seed, key)
	text := make([]byte, n)
	for i := range text {
		text[i] = alphabet[next()%uint64(len(alphabet))]
	}
	return string(text)
}

// stream gives numbers by SplitMix64: small, and every bit of the state reaches every number.
func stream(seed uint64, key string) func() uint64 {
	state := seed ^ 0x9e3779b97f4a7c15
	for i := range len(key) {
		state = (state ^ uint64(key[i])) * 0x100000001b3
	}
	return func() uint64 {
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return z ^ z>>31
	}
}
