package contracts

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// A parameterReader decodes the parameters of one request.
type parameterReader struct {
	plan       *parameterPlan
	args       Arguments
	violations []Violation
}

// DecodeParameters reads the operation's parameters from a request and judges them by their schemas. The path
// values are the texts that the router found for the expressions of the template, in order, still
// percent-encoded. All violations are given at once: what is missing, given twice, badly written, of the wrong
// type or outside its limits. What could be read is in the arguments even where it breaks its schema.
//
// Defaults of schemas are not filled in. Header parameters named Accept, Content-Type and Authorization are
// passed over, as OpenAPI asks.
func (o *Operation) DecodeParameters(r *http.Request, pathValues []string) (Arguments, []Violation) {
	d := parameterReader{plan: o.plan(), args: o.NewArguments()}
	if len(d.plan.path) > 0 {
		d.readPath(pathValues)
	}
	switch query := r.URL.RawQuery; {
	case len(d.plan.whole) > 0:
		d.readWhole(d.plan.whole[0], query)
	case query != "" || len(d.plan.query) > 0:
		d.readQuery(query)
	}
	for _, i := range d.plan.headers {
		d.readHeader(i, r)
	}
	if len(d.plan.cookies) > 0 {
		d.readCookies(r.Header["Cookie"])
	}
	return d.args, d.violations
}

func (d *parameterReader) readPath(values []string) {
	for at, i := range d.plan.path {
		if i < 0 {
			continue
		}
		if at >= len(values) {
			d.missing(i)
			continue
		}
		d.readText(i, values[at])
	}
}

func (d *parameterReader) readHeader(i int, r *http.Request) {
	c := &d.plan.codecs[i]
	lines := r.Header[c.key]
	switch {
	case len(lines) == 0 && c.key == "Host" && r.Host != "":
		d.readText(i, r.Host)
	case len(lines) == 0:
		d.missing(i)
	case len(lines) == 1:
		d.readText(i, strings.Trim(lines[0], " \t"))
	case c.shape == scalar || c.shape == content:
		d.repeated(i, len(lines))
	default:
		d.readText(i, strings.Join(lines, ","))
	}
}

// readText decodes a parameter that stands in one text and keeps it.
func (d *parameterReader) readText(i int, raw string) {
	c := &d.plan.codecs[i]
	value, fault := c.decode(raw)
	if fault != nil {
		d.violations = append(d.violations, *fault)
		return
	}
	d.keep(i, value)
}

// keep judges a decoded value and puts it among the arguments.
func (d *parameterReader) keep(i int, value any) {
	d.args.values[i] = argument{value, true}
	c := &d.plan.codecs[i]
	s := c.Schema
	if c.shape == content {
		s = c.Media.Schema
	}
	if s == nil || s.Valid(value, schema.Request) {
		return
	}
	for _, v := range s.Check(value, schema.Request) {
		d.violations = append(d.violations, Violation{In: c.In, Name: c.Name, Violation: v})
	}
}

func (d *parameterReader) missing(i int) {
	if c := &d.plan.codecs[i]; c.Required {
		d.violations = append(d.violations, *c.fault("required", "a value", "nothing", c.Name))
	}
}

func (d *parameterReader) repeated(i, times int) {
	c := &d.plan.codecs[i]
	d.violations = append(d.violations, *c.fault("repeated", "one value", strconv.Itoa(times)+" values", "1"))
}

func (c *codec) fault(keyword, want, got, limit string) *Violation {
	return &Violation{In: c.In, Name: c.Name, Violation: schema.Violation{
		Keyword: keyword, Want: want, Got: got, Limit: limit, At: c.At,
	}}
}

// shorten keeps what is quoted in a message to a readable length.
func shorten(s string) string {
	const most = 72
	if len(s) <= most {
		return strconv.Quote(s)
	}
	return strconv.Quote(strings.ToValidUTF8(s[:most], "")) + " …"
}

// decode reads a parameter from the one text that holds all of it: a path value, a header line, or the value
// of a query or cookie pair. An array or object whose style spreads it over pairs does not come here.
func (c *codec) decode(raw string) (any, *Violation) {
	switch c.shape {
	case scalar:
		text, fault := c.strip(raw)
		if fault != nil {
			return nil, fault
		}
		return c.decodeScalar(text)
	case list:
		return c.decodeList(raw)
	case record:
		return c.decodeRecord(raw)
	case content:
		return c.decodeContent(raw)
	}
	return c.decodeMixed(raw)
}

func (c *codec) decodeScalar(raw string) (any, *Violation) {
	text, fault := c.text(raw)
	if fault != nil {
		return nil, fault
	}
	return c.view.coerce(text, c.types), nil
}

// text undoes the percent-encoding of a part of the value. Headers and cookies of style "cookie" have none.
func (c *codec) text(raw string) (string, *Violation) {
	if c.verbatim {
		return raw, nil
	}
	text, err := unescape(raw, c.In == "query" || c.In == "querystring")
	if err != nil {
		return "", c.fault("encoding", "percent-encoding by RFC 3986", shorten(raw), "")
	}
	return text, nil
}

// strip takes the prefix of a label or matrix style away.
func (c *codec) strip(raw string) (string, *Violation) {
	switch c.Style {
	case "label":
		if rest, ok := strings.CutPrefix(raw, "."); ok {
			return rest, nil
		}
		if len(raw) >= 3 && strings.EqualFold(raw[:3], "%2e") { // so written where the segment would be a step
			return raw[3:], nil
		}
		return "", c.fault("style", `a text that begins with "."`, shorten(raw), ".")
	case "matrix":
		prefix := ";" + c.Name
		if rest, ok := strings.CutPrefix(raw, prefix); ok && (rest == "" || rest[0] == '=') {
			return strings.TrimPrefix(rest, "="), nil
		}
		return "", c.fault("style", fmt.Sprintf("a text that begins with %q", prefix+"="), shorten(raw), prefix)
	}
	return raw, nil
}

// decodeContent reads a parameter that is described by a media type instead of a style.
func (c *codec) decodeContent(raw string) (any, *Violation) {
	text := raw
	if kindOf(c.Media.Name) != formKind {
		var fault *Violation
		if text, fault = c.text(raw); fault != nil {
			return nil, fault
		}
	}
	body, violations, err := c.Media.Decode(c.Media.Name, []byte(text))
	if err != nil {
		return nil, c.fault("content", "text of the type "+c.Media.Name, shorten(text), c.Media.Name)
	}
	if len(violations) > 0 {
		v := violations[0]
		v.In, v.Name = c.In, c.Name
		return nil, &v
	}
	if bytes, ok := body.Value.([]byte); ok {
		return string(bytes), nil
	}
	return body.Value, nil
}
