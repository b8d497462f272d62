package contracts

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// EncodeParameters writes arguments as DecodeParameters reads them: the path with its template filled in, the
// query string without a question mark, the headers and the cookies. What a style cannot say (a comma inside
// an item of a header, a space inside one that is delimited by spaces, an empty path value) is an error that
// names the parameter. Parameters without a value are left out, those of the path are an error.
func (o *Operation) EncodeParameters(args Arguments) (path, query string, header http.Header, cookies []*http.Cookie, err error) {
	plan := o.plan()
	header = http.Header{}
	var pairs []string
	for i := range plan.codecs {
		c := &plan.codecs[i]
		value, ok := args.At(i)
		if !ok || c.shape == ignored || c.In == "path" {
			continue
		}
		switch c.In {
		case "query":
			var own []string
			own, err = c.encodePairs(value)
			pairs = append(pairs, own...)
		case "querystring":
			var text string
			text, err = c.encodeText(value)
			pairs = append(pairs, text)
		case "header":
			var text string
			text, err = c.encodeText(value)
			header[c.key] = []string{text}
		case "cookie":
			var own []*http.Cookie
			own, err = c.encodeCookies(value)
			cookies = append(cookies, own...)
		}
		if err != nil {
			return "", "", nil, nil, fmt.Errorf("encode %s parameter %s: %w", c.In, c.Name, err)
		}
	}
	path, err = o.fillPath(plan, args)
	if err != nil {
		return "", "", nil, nil, err
	}
	return path, strings.Join(pairs, "&"), header, cookies, nil
}

// fillPath puts the values of the path parameters into the template.
func (o *Operation) fillPath(plan *parameterPlan, args Arguments) (string, error) {
	var b strings.Builder
	rest := o.Path
	for {
		text, after, ok := strings.Cut(rest, "{")
		b.WriteString(pathText.escape(text))
		if !ok {
			return b.String(), nil
		}
		name, after, ok := strings.Cut(after, "}")
		if !ok {
			b.WriteString(pathText.escape("{" + name))
			return b.String(), nil
		}
		rest = after
		i := o.pathParameter(name)
		if i < 0 {
			return "", fmt.Errorf("encode path %s: no parameter is declared for {%s}", o.Path, name)
		}
		value, has := args.At(i)
		if !has {
			return "", fmt.Errorf("encode path %s: parameter %s has no value", o.Path, name)
		}
		encoded, err := plan.codecs[i].encodeText(value)
		switch {
		case err != nil:
			return "", fmt.Errorf("encode path parameter %s: %w", name, err)
		case encoded == "":
			return "", fmt.Errorf("encode path parameter %s: an empty value leaves no segment", name)
		case encoded == "." || encoded == "..":
			encoded = "%2E" + encoded[1:] // else it would be a step, not a name
		}
		b.WriteString(encoded)
	}
}

// pathText keeps what a template may hold between expressions, percent-encoded text included.
var pathText = escaper{reserved: true, always: "?#[]", percent: true}

// escaper gives the encoding of the parameter's values; inside a structure its delimiters are encoded too.
func (c *codec) escaper(structure bool) escaper {
	switch {
	case c.verbatim:
		return escaper{none: true}
	case c.In == "path":
		e := escaper{reserved: c.AllowReserved, always: "/?#[]"}
		if structure {
			e.always += ",;="
		}
		if structure && c.Style == "label" {
			e.always += "."
		}
		return e
	case c.In == "cookie":
		return escaper{reserved: c.AllowReserved, always: `;,&=+"[]`}
	}
	e := escaper{reserved: c.AllowReserved, always: "#&+[]"}
	if structure {
		e.always += ",="
	}
	return e
}

// encodeText writes a value that stands in one text: a path value, a header line, the value of a pair.
func (c *codec) encodeText(value any) (string, error) {
	if c.shape == content {
		return c.encodeContent(value)
	}
	switch value := value.(type) {
	case []any:
		return c.encodeList(value)
	case map[string]any:
		return c.encodeRecord(value)
	}
	text := c.escaper(false).escape(plainText(value))
	if err := c.check(text, false); err != nil {
		return "", err
	}
	return c.prefix(text), nil
}

// prefix puts what a label or matrix style begins with before a text.
func (c *codec) prefix(text string) string {
	switch {
	case c.Style == "label":
		return "." + text
	case c.Style == "matrix" && text == "":
		return ";" + c.Name
	case c.Style == "matrix":
		return ";" + c.Name + "=" + text
	}
	return text
}

// check refuses what the place cannot carry.
func (c *codec) check(text string, structure bool) error {
	for i := 0; i < len(text); i++ {
		b := text[i]
		switch {
		case c.In == "header" && (b < ' ' && b != '\t' || b == 0x7f):
			return fmt.Errorf("a header cannot hold the control character %#02x", b)
		case c.In == "cookie" && (b <= ' ' || b >= 0x7f || b == '"' || b == ';' || b == '\\'):
			return fmt.Errorf("a cookie of style %s cannot hold %q", c.Style, b)
		case structure && b == ',' && (c.In == "header" || c.Style == "cookie"):
			return fmt.Errorf("%q has the comma that parts the items", text)
		case structure && c.Style == "spaceDelimited" && (b == ' ' || b == '%' && strings.HasPrefix(text[i:], "%20")):
			return fmt.Errorf("%q has the space that parts the items", text)
		case structure && c.Style == "pipeDelimited" && (b == '|' || b == '%' && strings.HasPrefix(text[i:], "%7C")):
			return fmt.Errorf("%q has the bar that parts the items", text)
		}
	}
	if c.In == "header" && text != strings.Trim(text, " \t") {
		return fmt.Errorf("%q begins or ends with a space, which a header does not keep", text)
	}
	return nil
}

// part encodes an item, or the name or value of a member.
func (c *codec) part(value any) (string, error) {
	text := c.escaper(true).escape(plainText(value))
	return text, c.check(text, true)
}

func (c *codec) parts(values []any) ([]string, error) {
	texts := make([]string, len(values))
	for i, v := range values {
		text, err := c.part(v)
		if err != nil {
			return nil, err
		}
		texts[i] = text
	}
	return texts, nil
}

func (c *codec) encodeList(values []any) (string, error) {
	texts, err := c.parts(values)
	if err != nil {
		return "", err
	}
	if c.Style == "matrix" && c.Explode && len(texts) > 0 {
		var b strings.Builder
		for _, text := range texts {
			b.WriteString(c.prefix(text))
		}
		return b.String(), nil
	}
	return c.prefix(strings.Join(texts, c.separator())), nil
}

// separator is the delimiter as it is written: encoded where RFC 3986 does not let it stand in a query.
func (c *codec) separator() string {
	switch c.Style {
	case "spaceDelimited":
		return "%20"
	case "pipeDelimited":
		return "%7C"
	}
	return string(c.delimiter())
}

func (c *codec) encodeRecord(object map[string]any) (string, error) {
	join := c.separator()
	if c.named() {
		join = "="
	}
	var texts []string
	for _, name := range orderedNames(c.view, object) {
		key, err := c.part(name)
		if err != nil {
			return "", err
		}
		if join == "=" && c.In == "header" && strings.Contains(key, "=") {
			return "", fmt.Errorf("%q has the equals sign that ends a name", key)
		}
		text, err := c.part(object[name])
		if err != nil {
			return "", err
		}
		texts = append(texts, key+join+text)
	}
	text := strings.Join(texts, c.separator())
	if c.Style == "matrix" && c.Explode {
		return ";" + text, nil
	}
	return c.prefix(text), nil
}

func (c *codec) encodeContent(value any) (string, error) {
	_, raw, err := EncodeBody(c.Media, value)
	if err != nil {
		return "", err
	}
	if kindOf(c.Media.Name) == formKind {
		return string(raw), nil
	}
	text := escaper{none: c.In == "header", always: "+"}.escape(string(raw))
	return text, c.check(text, false)
}

// plainText writes a scalar as text, and a structure as JSON, for which no style has a form inside another.
func plainText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return string(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case []byte:
		return string(v)
	}
	return string(schema.AppendJSON(nil, value, nil))
}

// encodeCookies writes a cookie parameter. In style "form" an exploded structure is one cookie with ampersands
// in it, as the table of OpenAPI 3.0.4 has it; in style "cookie" it is several.
func (c *codec) encodeCookies(value any) ([]*http.Cookie, error) {
	pairs, err := c.encodePairs(value)
	if err != nil {
		return nil, err
	}
	if c.Style != "cookie" && len(pairs) > 1 {
		pairs = []string{strings.Join(pairs, "&")}
	}
	cookies := make([]*http.Cookie, 0, len(pairs))
	for _, p := range pairs {
		name, text, _ := strings.Cut(p, "=")
		cookies = append(cookies, &http.Cookie{Name: name, Value: text})
	}
	return cookies, nil
}
